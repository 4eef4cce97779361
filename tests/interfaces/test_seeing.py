"""search-images: pictures found from the command line."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from .conftest import Cli

pytestmark = pytest.mark.long  # a process that parses for each command


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "pictures"
    made.mkdir()
    for colour in ("red", "green", "blue"):
        Image.new("RGB", (90, 60), colour).save(made / f"{colour}.png")
    return made


def test_a_picture_finds_those_like_it_with_the_model_that_the_option_names(cli: Cli, folder: Path) -> None:
    assert cli("add", str(folder), "--images", "colours").code == 0
    query = folder.parent / "query.jpg"
    Image.new("RGB", (40, 40), "blue").save(query)
    found = cli("search-images", str(query), "--images", "colours", "--top-k", "2", "--json").rows
    assert [row["rank"] for row in found] == [1, 2] and found[0]["sources"][0]["uri"] == "blue.png"
    assert cli("search-images", str(query), "--images", "colours", "-k", "1").out.split("\t")[2] == "blue.png"


def test_a_missing_model_and_words_for_one_of_pictures_are_told(
    cli: Cli, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli("add", str(folder))
    missing = cli("search-images", str(folder / "red.png"), "--json")
    assert missing.code and "MEMOS_GRAPH_IMAGES" in missing.error["message"]
    monkeypatch.setenv("MEMOS_GRAPH_IMAGES", "colours")
    words = cli("search-images", "a red boat", "--json")
    assert words.code and "pictures only" in words.error["message"]
    assert cli("search-images", str(folder / "red.png")).code == 0


def test_reembed_gives_pictures_that_were_there_before_their_vectors(cli: Cli, folder: Path) -> None:
    cli("add", str(folder))
    assert cli("search-images", str(folder / "red.png"), "--images", "colours", "--json").out == ""
    assert cli("reembed", "--images", "colours", "--json").json["embedded"] == 3
    assert cli("search-images", str(folder / "red.png"), "--images", "colours", "--json").rows[0]["rank"] == 1
