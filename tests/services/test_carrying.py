"""An export holds a cube whole; an import brings it back, or names the line that can't be used and writes nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from memos_graph.app import Graph
from memos_graph.backends.inmemory import InMemoryStore
from memos_graph.model.delta import EraseEdge, EraseNode, PutNode
from memos_graph.model.errors import AlreadyExists, Conflict, Invalid, MemosGraphError
from memos_graph.model.graph import edge_id
from memos_graph.model.scope import everything
from memos_graph.ports import LOADING
from memos_graph.services import keep
from memos_graph.services.context import Context
from memos_graph.services.copy import copy_cubes
from memos_graph.testing.bench import Bench, contents, make_cube
from memos_graph.testing.loads import lived
from memos_graph.testing.writes import full_edge
from tests.memories.letters import LetterEmbedder
from tests.services.conftest import Clock
from tests.services.test_keeping import fill, with_embedder

Rows = list[dict[str, Any]]


def lines(graph: Graph, cube: str = "kb", **how: bool) -> list[str]:
    return [keep.line_of(row) for row in keep.export_lines(graph.context, cube, **how)]


def rows_of(graph: Graph, *, vectors: bool = True, history: bool = True) -> Rows:
    return [json.loads(line) for line in lines(graph, vectors=vectors, history=history)]


def elsewhere(graph: Graph) -> Graph:
    """A new store in memory, with the embedder of `graph`."""
    return Graph(Context(store=InMemoryStore(), embedder=graph.context.embedder, clock=graph.context.clock))


def test_an_export_imported_and_exported_again_is_the_same_to_the_byte(graph: Graph, clock: Clock) -> None:
    identity = fill(graph, clock)
    graph.cube("kb").delete(graph.cube("kb").list(filter={"kind": "Entity"}, limit=1)[0].id, erase=True)
    first = lines(graph)
    other = elsewhere(graph)
    done = keep.import_export(other.context, [json.loads(line) for line in first])
    assert (done.nodes, done.edges, done.changes, done.embedded) == (
        sum('{"node"' in line for line in first), sum('{"edge"' in line for line in first),
        len(graph.cube("kb").history()), 0,
    )  # fmt: skip
    assert lines(other) == first
    assert [cube.settings for cube in other.cubes()] == [{}]
    assert other.cube("kb").search("where does Ana live?", top_k=1)[0].id == identity


def test_a_copy_there_and_back_exports_the_same_to_the_byte(graph: Graph, clock: Clock) -> None:
    fill(graph, clock)
    first, between = lines(graph), InMemoryStore()
    assert all(one.same for one in copy_cubes(graph.context.store, between))
    graph.drop_cube("kb")
    assert all(one.same for one in copy_cubes(between, graph.context.store))
    assert lines(graph) == first


def test_history_comes_along_under_another_name(graph: Graph, clock: Clock) -> None:
    store = graph.context.store
    store.create_cube(make_cube("kb"))
    bench = Bench(store, "kb")
    lived(bench)
    bench.apply(EraseEdge(id=full_edge(bench, "full", "a").id))
    rows = rows_of(graph)
    rows[1]["cube"] |= {"spaces": [], "text_space": ""}  # of no model there is
    rows = [{"node": {**row["node"], "vectors": {}}} if "node" in row else row for row in rows]
    keep.import_export(graph.context, rows, cube="copy")
    old, new = bench.contents(), contents(store, "copy")
    assert [(c.seq, c.delta, c.ids("node")) for c in new.changes] == [
        (c.seq, c.delta, c.ids("node")) for c in old.changes
    ]
    assert {edge.id for edge in new.edges} == {
        edge_id("copy", e.kind, e.from_id, e.to_id, e.discriminator) for e in old.edges
    }
    named = {id for change in new.changes for id in change.ids("edge")}
    assert {edge.id for edge in new.edges} < named
    before = [image.before for change in new.changes for image in change.images if image.before]
    assert before and {image["cube"] for image in before} == {"copy"}
    assert store.apply(Bench(store, "copy").delta(PutNode(node=Bench(store, "copy").node("x")), id="delta-0")).repeated


def test_without_history_the_history_begins_with_the_import(graph: Graph, clock: Clock) -> None:
    fill(graph, clock)
    plain = rows_of(graph, history=False)
    assert not any("change" in row for row in plain)
    other = elsewhere(graph)
    done = keep.import_export(other.context, plain)
    assert done.changes == 0
    changes = other.cube("kb").history()
    assert {change.reason for change in changes} == {"import"}
    made = [id for change in changes for id in change.ids("node")]
    assert sorted(made) == sorted(row["node"]["id"] for row in plain if "node" in row)
    assert rows_of(other, history=False) == plain


def test_an_export_of_version_1_is_read(graph: Graph, clock: Clock) -> None:
    fill(graph, clock)
    rows = [row for row in rows_of(graph) if "change" not in row and "end" not in row]
    rows[0] = {"format": "memos-graph-export", "version": 1, "vectors": True}
    other = elsewhere(graph)
    assert keep.import_lines(other.context, iter(rows))[0] == "kb"
    assert rows_of(other, history=False)[2:] == rows_of(graph, history=False)[2:]


def test_another_embedder_makes_the_vectors_anew_and_keeps_the_history(graph: Graph, clock: Clock) -> None:
    fill(graph, clock)
    rows = rows_of(graph)
    other = with_embedder(elsewhere(graph), LetterEmbedder())
    planned = keep.import_export(other.context, rows, dry_run=True)
    assert other.cubes() == ()
    done = keep.import_export(other.context, rows)
    assert planned == done and done.embedded > 0
    assert [space.model for space in other.cubes()[0].spaces] == ["letters-1"]
    assert len(other.cube("kb").history()) == len(graph.cube("kb").history())
    nodes = other.context.store.scan(everything("kb"), limit=10_000, vectors=True).nodes
    assert sum(bool(node.vectors) for node in nodes) == done.embedded


def test_merging_leaves_equal_nodes_and_meets_others_as_conflicts(graph: Graph, clock: Clock) -> None:
    identity = fill(graph, clock)
    rows = rows_of(graph)
    last = len(graph.cube("kb").history())
    keep.import_export(graph.context, rows, merge=True)
    assert len(graph.cube("kb").history()) == last
    with pytest.raises(AlreadyExists, match="kb"):
        keep.import_export(graph.context, rows)
    graph.cube("kb").update(identity, "Ana lives in Rome.")
    with pytest.raises(Conflict):
        keep.import_export(graph.context, rows, merge=True)


def node_of(rows: Rows, **changes: Any) -> dict[str, Any]:
    return {"node": {**next(row["node"] for row in rows if "node" in row), **changes}}


def after_nodes(rows: Rows, *more: dict[str, Any]) -> Rows:
    at = max(number for number, row in enumerate(rows) if "node" in row) + 1
    return [*rows[:at], *more, *rows[at:]]


Broken = Callable[[Rows], Rows]
BROKEN: dict[str, tuple[Broken, str]] = {
    "newer": (lambda rows: [{**rows[0], "version": 3}, *rows[1:]], "upgrade"),
    "no version": (lambda rows: [{**rows[0], "version": "2"}, *rows[1:]], "version"),
    "other format": (lambda rows: [{"format": "x"}, *rows[1:]], "line 1.*memos-graph-export"),
    "empty": (lambda rows: [], "line 1"),
    "no cube": (lambda rows: [rows[0], *rows[2:]], "line 2.*cube comes before"),
    "two cubes": (lambda rows: [*rows[:2], rows[1], *rows[2:]], "line 3.*one cube"),
    "dangling": (lambda rows: [*rows[:2], *(row for row in rows if "edge" in row)], "line 3.*from_id.*no line before"),
    "node twice": (lambda rows: after_nodes(rows, node_of(rows)), "line 3 holds this node already"),
    "edge twice": (
        lambda rows: [r for row in rows for r in ((row, row) if "edge" in row else (row,))], "holds this edge already",
    ),
    "delta twice": (
        lambda rows: [r for row in rows for r in ((row, row) if "change" in row else (row,))], "holds this Change",
    ),
    "a gap": (lambda rows: [row for row in rows if row.get("change", {}).get("seq") != 1], "seq.*1 is due"),
    "cut short": (lambda rows: rows[:-1], "cut short"),
    "a line lost": (lambda rows: [*rows[:-2], rows[-1]], "some are missing"),
    "more after the end": (lambda rows: [*rows, node_of(rows, id="x")], "nothing comes after"),
    "unknown line": (lambda rows: [*rows[:3], {"what": 1}, *rows[3:]], "line 4.*a line holds one of"),
    "unknown field": (lambda rows: after_nodes(rows, node_of(rows, id="x", colour="red")), "colour.*no such field"),
    "unknown kind": (lambda rows: after_nodes(rows, node_of(rows, id="x", kind="no kind")), "kind.*CamelCase"),
    "wrong type": (lambda rows: after_nodes(rows, node_of(rows, id="x", text=7)), "text: 7"),
    "wrong tags": (lambda rows: after_nodes(rows, node_of(rows, id="x", tags="t")), "tags.*list of texts"),
    "wrong time": (lambda rows: after_nodes(rows, node_of(rows, id="x", created_at=5)), "created_at"),
    "wrong dimension": (
        lambda rows: after_nodes(rows, node_of(rows, id="x", vectors={rows[1]["cube"]["text_space"]: "AACAPw=="})),
        "vector of 'x' has 1 numbers",
    ),
    "no vector": (lambda rows: after_nodes(rows, node_of(rows, id="x", vectors={"main": "?"})), "'main'.*base64"),
    "surrogate": (lambda rows: after_nodes(rows, node_of(rows, id="x", tags=["\ud800"])), "surrogate"),
    "not a number": (lambda rows: after_nodes(rows, node_of(rows, id="x", info={"x": float("nan")})), "JSON compliant"),
    "node no object": (lambda rows: after_nodes(rows, {"node": []}), "give an object"),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_wrong_with_an_export_is_named_and_nothing_is_written(name: str, embedder: Any, clock: Clock) -> None:
    graph = Graph(Context(store=InMemoryStore(), embedder=embedder, clock=clock))
    fill(graph, clock)
    breaks, says = BROKEN[name]
    rows = breaks(rows_of(graph))
    with pytest.raises(Invalid, match=says) as caught:
        keep.import_export(graph.context, rows, cube="copy")
    assert caught.value.field.startswith("import")
    assert [cube.id for cube in graph.cubes()] == ["kb"]


def test_an_import_cut_short_begins_anew_and_a_copy_cut_short_is_left_alone(graph: Graph, clock: Clock) -> None:
    fill(graph, clock)
    rows, store = rows_of(graph), elsewhere(graph).context.store
    other = Graph(Context(store=store, embedder=graph.context.embedder, clock=clock))
    at = datetime(2025, 1, 1, tzinfo=UTC)
    store.create_cube(make_cube("kb", settings={LOADING: True}, created_at=at))
    store.load("kb", nodes=[Bench(store, "kb").node("rest")])
    keep.import_export(other.context, rows)
    assert rows_of(other) == rows
    store.create_cube(make_cube("half", settings={LOADING: True, "copy": {"stage": "nodes"}}))
    with pytest.raises(AlreadyExists, match="copy"):
        keep.import_export(other.context, rows, cube="half")


def test_a_cube_written_to_while_it_is_exported_is_not_half_exported(graph: Graph, clock: Clock) -> None:
    identity = fill(graph, clock)
    with pytest.raises(MemosGraphError, match="export it again"):
        for number, _ in enumerate(keep.export_lines(graph.context, "kb")):
            if number == 2:
                graph.context.store.apply(Bench(graph.context.store, "kb").delta(EraseNode(id=identity), id="own"))
