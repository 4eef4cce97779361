"""What is sent for a patch, how odd JSON is written, and who answers `count`: pure parts of the Cypher stores."""

from __future__ import annotations

import json
from collections import UserDict, deque
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType

import pytest

from memos_graph.backends.arcade import store as arcade
from memos_graph.backends.opencypher.asking import total
from memos_graph.backends.opencypher.rows import images_of, images_text, node_of, node_row, patch_row
from memos_graph.model.altering import altered
from memos_graph.model.codec import node_to_json
from memos_graph.model.delta import Delta, Image, PatchNode, PutNode
from memos_graph.model.filter import parse_filter
from memos_graph.model.graph import Cube, Node
from memos_graph.model.scope import everything

_NOW = datetime(2025, 3, 4, tzinfo=UTC)
_NODE = Node(
    id="n", cube="c", kind="Passage", text="Shut the valve.", tags=("a",), info={"flag": 1}, version=3,
    created_at=_NOW, updated_at=_NOW,
)  # fmt: skip


def test_a_patch_sends_what_it_changes_and_neither_key_nor_text() -> None:
    after = altered(_NODE, {"status": "archived", "tags": (), "version": 4})
    assert patch_row(_NODE, after) == {"status": "archived", "tags": None, "version": 4}


def test_a_patch_to_an_equal_value_of_another_type_is_sent() -> None:
    assert patch_row(_NODE, altered(_NODE, {"info": {"flag": True}})) == {"info": '{"flag":true}'}


def test_a_patched_row_reads_back_as_the_patched_node() -> None:
    after = altered(_NODE, {"confidence": 5, "usage": ("u",), "info": {}, "retired_at": _NOW, "version": 4})
    row = {**node_row(_NODE), **patch_row(_NODE, after)}
    assert node_of({**row, "cube": row["cube_id"]}) == after


def test_mappings_and_lists_of_any_kind_within_info_are_written_as_json() -> None:
    odd = MappingProxyType({"a": UserDict({"b": (1, deque([["x", 2]]))})})
    before = {**node_to_json(_NODE), "info": odd}
    (image,) = images_of(images_text((Image(id="n", of="node", before=before),)))
    assert image.before == {**node_to_json(_NODE), "info": {"a": {"b": [1, [["x", 2]]]}}}
    assert json.loads(node_row(altered(_NODE, {"info": odd}))["info"]) == {"a": {"b": [1, [["x", 2]]]}}


def test_what_is_no_json_is_refused_when_it_is_written() -> None:
    with pytest.raises(TypeError, match="no JSON value"):
        images_text((Image(id="n", of="node", before={"info": {"a": {1, 2}}}),))


def test_counting_reads_no_node_of_the_graph_once_the_index_is_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = arcade.open_store(tmp_path / "s.graph")
    archived = parse_filter({"status": "archived"})
    try:
        store.create_cube(Cube(id="c", created_at=_NOW))
        store.apply(Delta(id="d1", cube="c", at=_NOW, operations=(PutNode(node=_NODE),)))
        from_graph = total(store._engine, everything("c"), ["c"], archived)
        monkeypatch.setattr(arcade, "total", None)
        assert store.count(everything("c"), filter=archived) == from_graph == 0
        patch = PatchNode(id="n", expects=3, set={"status": "archived"})
        store.apply(Delta(id="d2", cube="c", at=_NOW, operations=(patch,)))
        assert store.count(everything("c"), filter=archived) == 1
    finally:
        store.close()
    again = arcade.open_store(tmp_path / "s.graph")
    try:
        monkeypatch.undo()
        assert not again._sidecar.ready("c")
        assert again.count(everything("c"), filter=archived) == 1
    finally:
        again.close()
