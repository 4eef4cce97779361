"""What of a cube an export holds, page by page: nodes, and the edges both ends of which are among them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from memos_graph.model.graph import Edge, Node
from memos_graph.model.scope import ANY_STATE, Scope
from memos_graph.services.context import Context
from memos_graph.services.embed import find_cube
from memos_graph.services.prefix.kept import is_public

PAGE = 1000


def selection(context: Context, cube: str, *, as_of: datetime | None = None, known_at: datetime | None = None,
              retired: bool = False) -> Scope:  # fmt: skip
    """The Scope of an export: every state; of one time with as_of or known_at; retired versions too if asked for.

    `NotFound` when there is no such cube.
    """
    find_cube(context.store, cube)
    return Scope(cubes=(cube,), as_of=as_of, known_at=known_at, states=ANY_STATE, retired=retired)


def node_pages(context: Context, scope: Scope, *, vectors: bool = False) -> Iterator[tuple[Node, ...]]:
    """Every node in scope but those that a prefix is kept in, in store order."""
    cursor: str | None = None
    while True:
        page = context.store.scan(scope, cursor=cursor, limit=PAGE, vectors=vectors)
        yield tuple(node for node in page.nodes if is_public(node))
        cursor = page.cursor
        if cursor is None:
            return


def edge_pages(context: Context, scope: Scope) -> Iterator[tuple[Edge, ...]]:
    """Every edge in scope whose two ends are in scope too, in store order."""
    cursor: str | None = None
    while True:
        page = context.store.scan_edges(scope, cursor=cursor, limit=PAGE)
        ends = {end for edge in page.edges for end in (edge.from_id, edge.to_id)}
        there = {node.id for node in context.store.get(scope, sorted(ends))} if ends else set()
        yield tuple(edge for edge in page.edges if edge.from_id in there and edge.to_id in there)
        cursor = page.cursor
        if cursor is None:
            return
