"""Where settings come from, and which ones are refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from memos_graph.model.errors import Invalid
from memos_graph.settings import load_settings


def test_the_environment_wins_over_the_file_and_the_file_over_the_default(tmp_path: Path) -> None:
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    (tmp_path / "memos-graph.toml").write_text('store = "data/kb.graph"\ncube = "notes"\nheap_mb = 256\n')
    settings = load_settings({"MEMOS_GRAPH_CUBE": "other"}, inner)
    assert settings.store == str(tmp_path / "data/kb.graph")
    assert (settings.cube, settings.embedder, settings.heap_mb) == ("other", "minilm", 256)


@pytest.mark.parametrize(
    "text", ['sotre = "x"', "store = [1]", 'embedder_key = "secret"', "store = ", "heap_mb = 1", 'heap_mb = "lots"']
)
def test_a_file_that_can_t_be_meant_is_refused_by_name(tmp_path: Path, text: str) -> None:
    (tmp_path / "memos-graph.toml").write_text(text)
    with pytest.raises(Invalid, match=r"memos-graph\.toml"):
        load_settings({}, tmp_path)


def test_a_url_or_memory_store_in_a_file_is_left_as_it_is(tmp_path: Path) -> None:
    for store in ("memory:", "neo4j://host:7687"):
        (tmp_path / "memos-graph.toml").write_text(f'store = "{store}"')
        assert load_settings({}, tmp_path).store == store
