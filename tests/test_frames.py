"""A cube as networkx and pandas see it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import networkx
import pandas
import pytest

from memos_graph.app import Graph, open_store
from memos_graph.backends.inmemory import InMemoryStore
from memos_graph.frames import frame_scope, to_networkx, to_pandas
from memos_graph.model.errors import NotSupported
from memos_graph.model.graph import Node, Source, make_edge
from memos_graph.providers.embedders.minilm import MiniLM
from memos_graph.services.context import Context
from memos_graph.settings import Settings

AT = datetime(2025, 1, 1, tzinfo=UTC)


@pytest.fixture(params=["inmemory", "arcade"])
def graph(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Graph]:
    store = InMemoryStore() if request.param == "inmemory" else open_store(str(tmp_path / "kb.graph"), Settings())
    with Graph(Context(store=store, embedder=MiniLM(), clock=lambda: AT + timedelta(days=9))) as made:
        for name in ("kb", "other"):
            cube = made.cube(name)
            nodes = [
                Node(id=i, cube=name, kind="Passage", text=f"part {i}", tags=("x",), sources=(Source(uri="d", page=2),),
                     info={"shelf": 4}, created_at=AT, updated_at=AT, valid_from=AT)
                for i in ("a", "b")
            ]  # fmt: skip
            edges = [make_edge(name, "CAUSES", "a", "b", created_at=AT, discriminator=d, weight=0.5) for d in "12"]
            cube.put(nodes, edges)
        yield made


def test_networkx_holds_every_field_and_parallel_edges_by_their_ids(graph: Graph) -> None:
    made = to_networkx(graph.context.store, frame_scope("kb"))
    assert type(made) is networkx.MultiDiGraph
    node = made.nodes["a"]
    assert (node["text"], node["tags"], node["info"]) == ("part a", ["x"], {"shelf": 4})
    assert (node["valid_from"], node["retired_at"]) == (AT, None)
    assert node["sources"] == [{"uri": "d", "page": 2}]
    assert "vectors" not in node
    edges = {edge.id for edge in graph.cube("kb").edges("a", kinds=["CAUSES"])}
    assert set(made["a"]["b"]) == edges
    assert {values["weight"] for values in made["a"]["b"].values()} == {0.5}
    assert networkx.has_path(made, "a", "b")


def test_nodes_of_several_cubes_are_told_apart(graph: Graph) -> None:
    made = to_networkx(graph.context.store, frame_scope("kb", "other"))
    assert {("kb", "a"), ("other", "a")} <= set(made)
    assert made.number_of_edges(("kb", "a"), ("other", "b")) == 0


def test_vectors_come_by_choice(graph: Graph) -> None:
    made = to_networkx(graph.context.store, frame_scope("kb"), vectors=True)
    (vector,) = made.nodes["a"]["vectors"].values()
    assert vector.shape == (384,)
    nodes, _ = to_pandas(graph.context.store, frame_scope("kb"), vectors=True)
    assert nodes.set_index("id").vectors["a"].keys() == made.nodes["a"]["vectors"].keys()


def test_pandas_gives_a_table_of_nodes_and_one_of_edges(graph: Graph) -> None:
    nodes, edges = to_pandas(graph.context.store, frame_scope("kb"))
    assert set(nodes.id) >= {"a", "b"}
    assert str(nodes.valid_from.dtype) == "datetime64[us, UTC]"
    assert nodes.set_index("id").valid_from["a"] == pandas.Timestamp(AT)
    assert nodes.retired_at.isna().all()
    causes = edges[edges.kind == "CAUSES"]
    assert list(causes.from_id) == ["a", "a"]
    assert causes.weight.sum() == 1.0


def test_an_empty_cube_gives_tables_with_all_columns(graph: Graph) -> None:
    graph.cube("empty")
    nodes, edges = to_pandas(graph.context.store, frame_scope("empty"))
    assert (len(nodes), len(edges)) == (0, 0)
    assert {"id", "valid_from"} <= set(nodes.columns)
    assert str(edges.created_at.dtype) == "datetime64[us, UTC]"


def test_a_scope_says_which_time_is_shown(graph: Graph) -> None:
    store, then = graph.context.store, graph.context.clock()
    graph.cube("kb").delete("b")
    assert "b" not in to_networkx(store, frame_scope("kb"))
    assert to_networkx(store, frame_scope("kb")).number_of_edges("a", "b") == 0
    assert "b" in to_networkx(store, frame_scope("kb", retired=True))
    assert "b" in to_networkx(store, frame_scope("kb", known_at=then - timedelta(days=1)))
    assert "a" not in to_networkx(store, frame_scope("kb", as_of=AT - timedelta(days=1)))


def test_earlier_versions_are_hidden_from_a_look_at_now(graph: Graph) -> None:
    graph.cube("kb").update("a", "part a, anew")
    now = graph.context.clock()
    shown = to_networkx(graph.context.store, frame_scope("kb", now=now))
    assert [name for name in shown if str(name).startswith("a")] == ["a"]
    assert len(to_networkx(graph.context.store, frame_scope("kb"))) > len(shown)


def test_a_missing_library_is_named_with_the_extra_that_brings_it(
    graph: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    monkeypatch.setitem(sys.modules, "networkx", None)
    with pytest.raises(NotSupported, match=r"memos-graph\[frames\]"):
        to_pandas(graph.context.store, frame_scope("kb"))
    with pytest.raises(NotSupported, match=r"memos-graph\[frames\]"):
        to_networkx(graph.context.store, frame_scope("kb"))
