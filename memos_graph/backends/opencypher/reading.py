"""Read a graph: nodes, edges and Changes of given cubes, as the model's data. Writes nothing, knows no index.

Every verb takes the cube's name as known to exist: the store has checked it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

import numpy as np

from memos_graph.backends.opencypher.conditions import SORTABLE, edges_where, kinds_text, nodes_where, order_text
from memos_graph.backends.opencypher.keys import bounds, change_uid, uid
from memos_graph.backends.opencypher.rows import change_of, edge_of, node_of, space_property
from memos_graph.backends.opencypher.runner import Row, Runner, text_for
from memos_graph.model.delta import Change
from memos_graph.model.errors import Invalid, require
from memos_graph.model.filter import LIST_FIELDS, Filter, field_name, matches
from memos_graph.model.graph import Edge, Node, Vector
from memos_graph.model.scope import Scope, everything
from memos_graph.ports import Direction, Order

BATCH = 2000  # keys a query: more in one piece gains nothing

T = TypeVar("T")


def nodes_by_id(runner: Runner, scope: Scope, cube: str, ids: Iterable[str]) -> dict[str, Node]:
    """By id, the nodes of `cube` that the scope sees, without vectors."""
    where = nodes_where(scope)
    text = text_for(runner, "nodes/get", where=where.text)
    found: dict[str, Node] = {}
    for part in batches(list(ids)):
        rows = runner.read_many(text, {"uids": [uid(cube, id) for id in part], **where.parameters})
        found |= {row["id"]: node_of(row) for row in rows}
    return found


def with_vectors(runner: Runner, nodes: Sequence[Node], spaces: Mapping[str, Sequence[str]]) -> tuple[Node, ...]:
    """`nodes` with their vectors; `spaces` holds the names of each cube's."""
    vectors: dict[tuple[str, str], dict[str, Vector]] = {}
    for cube in {node.cube for node in nodes}:
        ids = [node.id for node in nodes if node.cube == cube]
        for space in spaces[cube]:
            for id, vector in vectors_of(runner, cube, ids, space):
                vectors.setdefault((cube, id), {})[space] = vector
    return tuple(replace(node, vectors=vectors.get((node.cube, node.id), {})) for node in nodes)


def vectors_of(runner: Runner, cube: str, ids: Sequence[str], space: str) -> Iterator[tuple[str, Vector]]:
    """(id, vector) of the nodes that have one in `space`."""
    text = text_for(runner, "nodes/vectors", space=space_property(space))
    for part in batches(ids):
        known = {uid(cube, id): id for id in part}
        columns = runner.columns(text, {"uids": list(known)})
        for key, vector in zip(columns.get("uid", ()), columns.get("vector", ()), strict=True):
            yield known[str(key)], np.array(vector, dtype=np.float32)


def matching(
    runner: Runner, scope: Scope, cube: str, filter: Filter | None, order: Order | None, limit: int
) -> list[Node]:
    """Nodes of `cube` in scope that meet `filter`: the first `limit` by `order` if the database can sort, else all."""
    where = nodes_where(scope, filter)
    low, high = bounds(cube)
    if where.exact and order is not None and order.field in SORTABLE:
        text = text_for(runner, "nodes/match", where=where.text, order=order_text(order))
        rows = runner.read_many(text, {"low": low, "high": high, "limit": limit, **where.parameters})
        return [node_of(row) for row in rows]
    text = text_for(runner, "nodes/all", where=where.text)
    nodes = [node_of(row) for row in runner.read(text, {"low": low, "high": high, **where.parameters})]
    return nodes if where.exact else [node for node in nodes if matches(filter, node)]


def in_order(nodes: Iterable[Node], order: Order) -> list[Node]:
    """`nodes` sorted by `order`, ties by (cube, id), those without the field last. `Invalid` for a field of lists."""
    name = field_name(order.field)
    require(name not in LIST_FIELDS, "order", order.field, "sort by a field that holds one value")

    def value(node: Node) -> Any:
        stored = node.info.get(name[5:]) if name.startswith("info.") else getattr(node, name)
        return None if isinstance(stored, list | dict) else stored

    def family(stored: Any) -> str:
        return "" if isinstance(stored, bool | int | float | datetime) else type(stored).__name__

    by_id = sorted(nodes, key=lambda node: (node.cube, node.id))
    having = [node for node in by_id if value(node) is not None]
    lacking = [node for node in by_id if value(node) is None]
    return sorted(having, key=lambda n: (family(value(n)), value(n)), reverse=order.descending) + lacking


def counted(runner: Runner, scope: Scope, cube: str, filter: Filter | None) -> int:
    """How many nodes of `cube` in scope meet `filter`."""
    where = nodes_where(scope, filter)
    if not where.exact:
        return len(matching(runner, scope, cube, filter, None, 0))
    low, high = bounds(cube)
    rows = runner.read(
        text_for(runner, "nodes/count", where=where.text), {"low": low, "high": high, **where.parameters}
    )
    return int(rows[0]["found"])


def kinds_of(runner: Runner, scope: Scope, cube: str) -> tuple[Counter[str], Counter[str]]:
    """Counts of nodes and of edges by kind."""
    low, high = bounds(cube)
    counts: list[Counter[str]] = []
    for name, where in (("nodes/kinds", nodes_where(scope)), ("edges/kinds", edges_where(scope))):
        rows = runner.read(text_for(runner, name, where=where.text), {"low": low, "high": high, **where.parameters})
        counts.append(Counter({row["kind"]: int(row["found"]) for row in rows}))
    return counts[0], counts[1]


def node_page(runner: Runner, scope: Scope, cube: str, after: str | None, limit: int) -> list[Node]:
    """The next `limit` nodes of `cube` in scope after the node `after`, by id."""
    where = nodes_where(scope)
    low, high = bounds(cube)
    start = low if after is None else uid(cube, after)
    text = text_for(runner, "nodes/range", where=where.text)
    rows = runner.read_many(text, {"low": start, "high": high, "limit": limit, **where.parameters})
    return [node_of(row) for row in rows]


def edge_page(runner: Runner, scope: Scope, cube: str, after: tuple[str, str] | None, limit: int) -> list[Edge]:
    """The next `limit` edges of `cube` in scope after `after` (start node, edge id), in that order.

    An edge never moves to another start, so writes between two pages move nothing.
    """
    low, high = bounds(cube)
    start = low if after is None else uid(cube, after[0])
    found: list[Edge] = []
    at_a_time = limit // 2 + 1  # nodes: most have more than one edge, and what is read past `limit` is read again
    while len(found) < limit:
        given = {"low": start, "high": high, "limit": at_a_time}
        keys = [row["uid"] for row in runner.read_many(text_for(runner, "nodes/keys"), given)]
        if not keys:
            break
        edges = edges_at(runner, scope, keys, None, "out")
        ordered = sorted(edges, key=lambda edge: (uid(cube, edge.from_id), edge.id))
        found += [edge for edge in ordered if after is None or (edge.from_id, edge.id) > after]
        if len(keys) < at_a_time:
            break
        start = keys[-1] + "\x00"  # the smallest key above it
    return found[:limit]


def edges_at(
    runner: Runner, scope: Scope, uids: Sequence[str], kinds: Collection[str] | None, direction: Direction
) -> list[Edge]:
    """Edges in scope that leave (out) or arrive at (in) the nodes with these keys; a loop comes once for each way."""
    where = edges_where(scope)
    found: list[Edge] = []
    for name in {"out": ["edges/out"], "in": ["edges/into"], "both": ["edges/out", "edges/into"]}[direction]:
        text = text_for(runner, name, where=where.text, kinds=kinds_text(kinds))
        for part in batches(uids):
            found += [edge_of(row) for row in runner.read_many(text, {"uids": list(part), **where.parameters})]
    return found


def all_edges(runner: Runner, scope: Scope, cube: str, kinds: Collection[str] | None) -> list[Edge]:
    """Every edge of `cube` in scope, unsorted."""
    where = edges_where(scope)
    low, high = bounds(cube)
    text = text_for(runner, "edges/all", where=where.text, kinds=kinds_text(kinds))
    return [edge_of(row) for row in runner.read(text, {"low": low, "high": high, **where.parameters})]


def edges_by_start(runner: Runner, scope: Scope, cube: str, starts: Mapping[str, str]) -> dict[str, Edge]:
    """By id, the edges in scope of `starts`: edge id -> id of the node it starts from."""
    where = edges_where(scope)
    text = text_for(runner, "edges/by_start", where=where.text)
    found: dict[str, Edge] = {}
    for part in batches(grouped(cube, starts)):
        for row in runner.read_many(text, {"starts": list(part), **where.parameters}):
            found[row["id"]] = edge_of(row)
    return found


def grouped(cube: str, starts: Mapping[str, str]) -> list[Row]:
    """`starts` (edge id -> start node) as rows of start key and edge ids, for the queries that look edges up."""
    by_start: dict[str, dict[str, bool]] = {}
    for edge, start in starts.items():
        by_start.setdefault(uid(cube, start), {})[edge] = True
    return [{"uid": key, "ids": ids} for key, ids in by_start.items()]


def starts_of(runner: Runner, cube: str) -> dict[str, str]:
    """Every edge of `cube`: edge id -> id of the node it starts from."""
    low, high = bounds(cube)
    names: dict[str, str] = {}
    rows = runner.read(text_for(runner, "edges/starts"), {"low": low, "high": high})
    return {row["id"]: names.setdefault(row["from_id"], row["from_id"]) for row in rows}


def changes_after(runner: Runner, cube: str, after: int, limit: int) -> tuple[Change, ...]:
    """The Changes of `cube` above `after`, in order."""
    low, high = change_uid(cube, after), bounds(cube)[1]
    rows = runner.read_many(text_for(runner, "changes/after"), {"low": low, "high": high, "limit": limit})
    return tuple(change_of(row) for row in rows)


def change_by_delta(runner: Runner, cube: str, delta: str) -> Change | None:
    """The Change that Delta `delta` made; None when it made none."""
    rows = runner.read(text_for(runner, "changes/by_delta"), {"delta": uid(cube, delta)})
    return change_of(rows[0]) if rows else None


def node_stream(runner: Runner, cube: str, spaces: Sequence[str]) -> Iterator[Node]:
    """Every node version of `cube` with its vectors, in order of ids."""
    after: str | None = None
    while nodes := node_page(runner, everything(cube), cube, after, BATCH):
        yield from with_vectors(runner, nodes, {cube: spaces})
        after = nodes[-1].id


def batches(items: Sequence[T], size: int = BATCH) -> Iterator[Sequence[T]]:
    """`items` in pieces of `size`."""
    return (items[start : start + size] for start in range(0, len(items), size))


def read_cursor(cursor: str, length: int) -> list[str]:
    """The parts of a cursor this store gave out. `Invalid` for anything else."""
    try:
        parts = json.loads(cursor)
    except ValueError:
        parts = None
    if not isinstance(parts, list) or len(parts) != length or not all(isinstance(part, str) for part in parts):
        raise Invalid("cursor", cursor, "pass on the cursor of the page before, as it is")
    return parts
