"""A graph as networkx or pandas sees it: for exploring, never for writing back.

Needs the extra `frames` (networkx, pandas), and says so when it is missing. Everything in scope is held in memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, fields
from datetime import datetime
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

from memos_graph.model.errors import NotSupported
from memos_graph.model.graph import Edge, Node
from memos_graph.model.scope import ANY_STATE, Scope
from memos_graph.ports import GraphStore

if TYPE_CHECKING:
    import networkx
    import pandas

_PAGE = 1000
_NODE = tuple(f.name for f in fields(Node) if f.name != "vectors")
_EDGE = tuple(f.name for f in fields(Edge))
_TIMES = ("created_at", "updated_at", "retired_at", "valid_from", "valid_to")


class Frames(NamedTuple):
    """Two tables: a row for each node, and one for each edge."""

    nodes: pandas.DataFrame
    edges: pandas.DataFrame


def frame_scope(*cubes: str, as_of: datetime | None = None, known_at: datetime | None = None, retired: bool = False,
                now: datetime | None = None) -> Scope:  # fmt: skip
    """The Scope to look at: every state of what is known now, or at `known_at`; `retired` ones too if asked for.

    as_of: only what was true then. now: hides what had stopped being true by then, earlier versions among it.
    """
    hides = None if as_of is not None or known_at is not None or retired else now
    return Scope(
        cubes=cubes, as_of=as_of, known_at=known_at, retired=retired, states=ANY_STATE, current_at=hides
    )  # fmt: skip


def to_networkx(store: GraphStore, scope: Scope, *, vectors: bool = False) -> networkx.MultiDiGraph[Any]:
    """A MultiDiGraph: nodes by id (over several cubes by (cube, id)), edges keyed by edge id, fields as attributes.

    Times are UTC datetimes, sources and info mappings; None where there is no value. vectors: as arrays, by space.
    `NotSupported` without networkx. Edges an end of which is not in scope are left out. O(nodes + edges) memory.
    """
    made: networkx.MultiDiGraph[Any] = _needed("networkx").MultiDiGraph()
    several = len(scope.cubes) > 1
    for node in _nodes(store, scope, vectors):
        name: Any = (node.cube, node.id) if several else node.id
        made.add_node(name, **_node_values(node, vectors))
    for edge in _edges(store, scope):
        ends = [(edge.cube, end) if several else end for end in (edge.from_id, edge.to_id)]
        if ends[0] in made and ends[1] in made:
            made.add_edge(ends[0], ends[1], key=edge.id, **_edge_values(edge))
    return made


def to_pandas(store: GraphStore, scope: Scope, *, vectors: bool = False) -> Frames:
    """(nodes, edges): a column for each field, times as datetime64[us, UTC], rows in store order.

    vectors: a column `vectors` of mappings space -> array. `NotSupported` without pandas.
    """
    pandas = _needed("pandas")
    nodes = [_node_values(node, vectors) for node in _nodes(store, scope, vectors)]
    there = {(row["cube"], row["id"]) for row in nodes}
    edges = [
        _edge_values(edge) for edge in _edges(store, scope)
        if (edge.cube, edge.from_id) in there and (edge.cube, edge.to_id) in there
    ]  # fmt: skip
    columns = [*_NODE, "vectors"] if vectors else list(_NODE)
    return Frames(_frame(pandas, nodes, columns), _frame(pandas, edges, list(_EDGE)))


def _frame(pandas: Any, rows: list[dict[str, Any]], columns: list[str]) -> Any:
    frame = pandas.DataFrame(rows, columns=columns)
    for name in _TIMES:
        if name in columns:  # in microseconds: years beyond 2262 would not fit nanoseconds
            frame[name] = pandas.Series([row[name] for row in rows], dtype="datetime64[us, UTC]")
    return frame


def _node_values(node: Node, vectors: bool) -> dict[str, Any]:
    values = {name: getattr(node, name) for name in _NODE}
    values |= {
        "tags": list(node.tags), "usage": list(node.usage), "info": dict(node.info),
        "sources": [{k: v for k, v in asdict(source).items() if v is not None} for source in node.sources],
    }  # fmt: skip
    return values | {"vectors": dict(node.vectors)} if vectors else values


def _edge_values(edge: Edge) -> dict[str, Any]:
    return {name: getattr(edge, name) for name in _EDGE} | {"info": dict(edge.info)}


def _nodes(store: GraphStore, scope: Scope, vectors: bool) -> Iterator[Node]:
    cursor: str | None = None
    while True:
        page = store.scan(scope, cursor=cursor, limit=_PAGE, vectors=vectors)
        yield from (node for node in page.nodes if node.kind != "Prefix")  # it holds the key of salts, and no memory
        cursor = page.cursor
        if cursor is None:
            return


def _edges(store: GraphStore, scope: Scope) -> Iterator[Edge]:
    cursor: str | None = None
    while True:
        page = store.scan_edges(scope, cursor=cursor, limit=_PAGE)
        yield from page.edges
        cursor = page.cursor
        if cursor is None:
            return


def _needed(module: str) -> Any:
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        if error.name != module:
            raise
        raise NotSupported(module, "it is not installed; get it with: pip install 'memos-graph[frames]'") from None
