"""Walk edges outwards from some nodes, a level a query, inside a Scope."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from memos_graph.backends.opencypher.conditions import nodes_where
from memos_graph.backends.opencypher.keys import uid
from memos_graph.backends.opencypher.reading import batches, edges_at, nodes_by_id
from memos_graph.backends.opencypher.runner import Runner
from memos_graph.model.graph import Edge
from memos_graph.model.scope import Scope
from memos_graph.ports import Direction, Reached
from memos_graph.queries import load

Path = tuple[Edge, ...]


def walk(
    runner: Runner, scope: Scope, cube: str, ids: Collection[str], kinds: Collection[str] | None,
    direction: Direction, depth: int, limit: int,
) -> list[Reached]:  # fmt: skip
    """The first `limit` nodes within `depth` of `ids`, by (hops, id), with the shortest path whose edge ids sort first.

    Level by level is enough for that: of two paths of one length to a node the smaller stays so whatever follows. One
    query a level and way: O(edges touched).
    """
    level: dict[str, Path] = dict.fromkeys(_visible(runner, scope, cube, dict.fromkeys(ids)), ())
    seen = set(level)
    reached: dict[str, Path] = {}
    for _ in range(depth):
        if not level or len(reached) >= limit:
            break
        steps = _steps(runner, scope, cube, level, kinds, direction)
        following: dict[str, Path] = {}
        for here, edge, there in steps:
            if here not in level or there in seen:
                continue
            path = (*level[here], edge)
            if there not in following or _ids(path) < _ids(following[there]):
                following[there] = path
        visible = _visible(runner, scope, cube, following)
        level = {id: following[id] for id in visible}
        seen |= visible
        reached |= level
    first = sorted(reached.items(), key=lambda item: (len(item[1]), item[0]))[:limit]
    nodes = nodes_by_id(runner, scope, cube, [id for id, _ in first])
    return [Reached(node=nodes[id], hops=len(path), path=path) for id, path in first if id in nodes]


def _steps(
    runner: Runner, scope: Scope, cube: str, level: Iterable[str], kinds: Collection[str] | None, direction: Direction
) -> list[tuple[str, Edge, str]]:
    keys = [uid(cube, id) for id in level]
    steps: list[tuple[str, Edge, str]] = []
    if direction in ("out", "both"):
        steps += [(edge.from_id, edge, edge.to_id) for edge in edges_at(runner, scope, keys, kinds, "out")]
    if direction in ("in", "both"):
        steps += [(edge.to_id, edge, edge.from_id) for edge in edges_at(runner, scope, keys, kinds, "in")]
    return steps


def _visible(runner: Runner, scope: Scope, cube: str, ids: Iterable[str]) -> set[str]:
    where = nodes_where(scope)
    text = load("nodes/visible").fill(where=where.text)
    keys = {uid(cube, id): id for id in ids}
    found: set[str] = set()
    for part in batches(list(keys)):
        rows = runner.read(text, {"uids": list(part), **where.parameters})
        found |= {keys[row["uid"]] for row in rows}
    return found


def _ids(path: Path) -> list[str]:
    return [edge.id for edge in path]
