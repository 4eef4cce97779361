"""The demo on the examples and on a visitor's folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from memos_graph.interfaces.demo import material

from .conftest import Cli


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A visitor's folder: two files that share a name, one with nothing to read in it."""
    place = tmp_path / "mine"
    place.mkdir()
    (place / "boats.md").write_text("# Boats\n\nGreta Sollis keeps the Blue Heron at pier four of the old harbour.\n")
    (place / "dives.md").write_text(
        "# Dives\n\nOn Tuesday Greta Sollis dived twice and cleared the rack of driftwood.\n"
    )
    (place / "broken.pdf").write_bytes(b"%PDF-1.4 nothing")
    return place


def test_the_demo_finds_by_graph_what_vectors_miss_and_shows_all_it_promises(cli: Cli, tmp_path: Path) -> None:
    ran = cli("demo", "--json")
    assert ran.code == 0, ran.err
    told = ran.json
    assert {source["name"] for source in told["fed"]["sources"]} >= {"handbook.md", "incident-report.pdf", "visit.html"}
    assert all(source["outcome"] == "new" for source in told["fed"]["sources"])
    assert told["shape"]["nodes"]["Passage"] > 20
    assert told["shape"]["edges"]["MENTIONS"] > 100
    shown = told["questions"]["shown"]
    assert len(shown) == 3
    won = [q for q in shown if q["rank"] and q["rank"] <= 5 and (q["vector_rank"] is None or q["vector_rank"] > 5)]
    assert won
    assert all(q["hit"]["path"] and q["hit"]["routes"] for q in won)
    assert "Ruth Adeyemi" in told["changed"]["before"]["text"]
    assert "Ines Varga" in told["changed"]["after"]["text"]
    assert "Ruth Adeyemi" in told["changed"]["as_of"]["text"]
    assert told["changed"]["old"]["valid_to"]
    assert told["twice"]["wrote"] == 0
    assert told["twice"]["unchanged"] == told["twice"]["sources"]
    assert told["twice"]["nodes"][0] == told["twice"]["nodes"][1]
    assert told["twice"]["last_change"][0] == told["twice"]["last_change"][1]
    drawn = Path(told["picture"]["path"])
    assert drawn.parent == tmp_path
    assert drawn.read_text(encoding="utf-8").startswith("<svg")


def test_a_visitors_folder_is_shown_and_not_touched(cli: Cli, folder: Path) -> None:
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.iterdir()}
    ran = cli("demo", "--data", str(folder), "--picture", "mine.svg")
    assert ran.code == 0, ran.err
    assert "broken.pdf" in ran.out
    assert "Greta Sollis" in ran.out
    assert "by vectors alone" in ran.out
    assert "This sentence was added by the demo" in ran.out
    assert "-SUPERSEDES->" in ran.out
    assert Path("mine.svg").is_file()
    assert {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.iterdir()} == before


def test_a_folder_without_anything_to_read_says_so(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    ran = cli("demo", "--data", "empty")
    assert ran.code == 0
    assert "nothing" in ran.out


def test_the_prepared_questions_have_answers_and_proofs_in_the_files_that_are_fed() -> None:
    place = material.folder()
    questions = material.questions(place)
    assert len(questions) >= 10
    texts = [
        path.read_text(encoding="utf-8")
        for name in material.FED
        for path in ([place / name] if (place / name).is_file() else sorted((place / name).iterdir()))
        if path.suffix != ".pdf"
    ]
    for question in questions:
        assert question.answer
        assert any(question.quote in text for text in texts), question.quote
