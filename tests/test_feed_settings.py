"""Settings of feeding: the size of passages and the limits of parsers."""

from __future__ import annotations

from pathlib import Path

import pytest

import memos_graph
from memos_graph.app.feeding import feed_options
from memos_graph.model.errors import Invalid
from memos_graph.settings import Settings

LONG = "# Boats\n\n" + " ".join(f"The boat number {n} lies at pier {n} of the old harbour." for n in range(60))


def passages(settings: Settings, tmp_path: Path) -> list[str]:
    file = tmp_path / "boats.md"
    file.write_text(LONG, encoding="utf-8")
    with memos_graph.open("memory:", settings=settings) as graph:
        kb = graph.cube("c")
        assert not kb.add(file).failed
        return [node.text for node in kb.list(filter={"kind": "Passage"}, limit=1000)]


def test_smaller_chunks_make_more_passages_and_overlapping_ones_share_sentences(tmp_path: Path) -> None:
    usual = passages(Settings(), tmp_path)
    small = passages(Settings(chunk_size=60), tmp_path)
    shared = passages(Settings(chunk_size=60, chunk_overlap=25), tmp_path)
    assert len(usual) < len(small) < len(shared)
    assert max(map(len, small)) < max(map(len, usual))
    assert sum("number 31 lies" in text for text in small) == 1
    assert any(sum(f"number {n} lies" in text for text in shared) == 2 for n in range(60))


def test_a_limit_that_was_set_is_obeyed_and_named(tmp_path: Path) -> None:
    file = tmp_path / "boats.md"
    file.write_text(LONG, encoding="utf-8")
    with memos_graph.open("memory:", settings=Settings(limits="text_bytes=100, pages = 5")) as graph:
        (fed,) = graph.cube("c").add(file).fed
    assert fed.outcome == "failed"
    assert "text_bytes = 100" in fed.problem


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        (Settings(limits="page=5"), "file_bytes"),
        (Settings(limits="pages=many"), "many"),
        (Settings(limits="pages=0"), "above 0"),
        (Settings(limits="pages"), "above 0"),
        (Settings(chunk_size=60, chunk_overlap=30), "half of chunk_size 60"),
    ],
)
def test_a_setting_that_cannot_be_says_what_can(settings: Settings, named: str) -> None:
    with pytest.raises(Invalid, match=named):
        feed_options(settings)
