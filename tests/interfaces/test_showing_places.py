"""`show ID --source`: the page that a memory came from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from memos_graph.interfaces.demo import material

from .conftest import Cli

RED = (208, 48, 32)


@pytest.fixture
def report(cli: Cli, tmp_path: Path) -> Path:
    """A folder that was fed, with the report of the examples in it."""
    place = tmp_path / "papers"
    place.mkdir()
    (place / "report.pdf").write_bytes((material.folder() / "incident-report.pdf").read_bytes())
    (place / "note.md").write_text("# Note\n\nThe foreman keeps the second key of the culvert in his coat.\n")
    assert cli("add", str(place)).code == 0
    return place / "report.pdf"


def piece(cli: Cli, words: str) -> dict[str, Any]:
    found: dict[str, Any] = cli("search", words, "--json").rows[0]
    return found


def test_the_page_is_drawn_with_a_frame_where_the_passage_stands(cli: Cli, report: Path) -> None:
    hit = piece(cli, "why did the dry-run relay stop the middle pump")
    told = cli("show", hit["id"], "--source", "--picture", "page.png", "--json").json["source"]
    assert Path(told["page"]) == Path("page.png").resolve()
    (place,) = told["places"]
    with Image.open("page.png") as drawn:
        picture = drawn.convert("RGB")
    scale = 150 / 72
    left, top, right, bottom = (round(side * scale) for side in place["box"])
    middle = ((left + right) // 2, (top + bottom) // 2)
    rows = [y for y in range(picture.height) if picture.getpixel((middle[0], y)) == RED]
    columns = [x for x in range(picture.width) if picture.getpixel((x, middle[1])) == RED]
    assert abs(min(rows) - top) < 10 and abs(max(rows) - bottom) < 10
    assert abs(min(columns) - left) < 10 and abs(max(columns) - right) < 10


def test_without_a_name_the_page_lies_in_a_folder_of_its_own_and_is_told(cli: Cli, report: Path) -> None:
    hit = piece(cli, "why did the dry-run relay stop the middle pump")
    ran = cli("show", hit["id"], "--source")
    assert ran.code == 0, ran.err
    (row,) = [line.split("\t") for line in ran.out.splitlines() if line.startswith("page\t")]
    assert Path(row[-1]).is_file()


def test_what_has_no_page_says_so_and_is_shown_all_the_same(cli: Cli, report: Path) -> None:
    told = cli("show", piece(cli, "second key of the culvert")["id"], "--source", "--json").json["source"]
    assert "no pages" in told["unseen"]
    assert "page" not in told


def test_a_page_of_a_file_that_changed_or_went_is_not_shown_as_if_it_had_not(cli: Cli, report: Path) -> None:
    identity = piece(cli, "why did the dry-run relay stop the middle pump")["id"]
    report.write_bytes(report.read_bytes() + b"\n% one line more\n")
    assert "changed since" in cli("show", identity, "--source", "--json").json["source"]["unseen"]
    report.unlink()
    assert "moved or deleted" in cli("show", identity, "--source", "--json").json["source"]["unseen"]


def test_what_came_by_no_file_has_no_page(cli: Cli, spoken: str) -> None:
    assert "no file" in cli("show", spoken, "--source", "--json").json["source"]["unseen"]
