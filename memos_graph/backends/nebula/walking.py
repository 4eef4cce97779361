"""Walk edges outwards from some nodes, a level a statement, inside a Scope."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from memos_graph.backends.nebula.database import Database
from memos_graph.backends.nebula.reading import edges_at, nodes_by_id
from memos_graph.model.graph import Edge, Node
from memos_graph.model.scope import Scope
from memos_graph.ports import Direction, Reached

Path = tuple[Edge, ...]


def walk(
    database: Database, scope: Scope, cube: str, ids: Collection[str], kinds: Collection[str], direction: Direction,
    depth: int, limit: int,
) -> list[Reached]:  # fmt: skip
    """The first `limit` nodes within `depth` of `ids`, by (hops, id), with the shortest path whose edge ids sort first.

    Level by level is enough for that: of two paths of one length to a node the smaller stays so whatever follows. Two
    or three statements a level: O(edges touched).
    """
    level: dict[str, Path] = dict.fromkeys(_visible(database, scope, cube, ids), ())
    seen = set(level)
    reached: dict[str, tuple[Node, Path]] = {}
    for _ in range(depth):
        if not level or len(reached) >= limit:
            break
        following: dict[str, Path] = {}
        for here, edge, there in _steps(database, scope, cube, level, kinds, direction):
            if here not in level or there in seen:
                continue
            path = (*level[here], edge)
            if there not in following or _ids(path) < _ids(following[there]):
                following[there] = path
        visible = _visible(database, scope, cube, following)
        level = {id: following[id] for id in visible}
        seen |= set(visible)
        reached |= {id: (node, following[id]) for id, node in visible.items()}
    first = sorted(reached.items(), key=lambda item: (len(item[1][1]), item[0]))[:limit]
    return [Reached(node=node, hops=len(path), path=path) for _, (node, path) in first]


def _steps(
    database: Database, scope: Scope, cube: str, level: Collection[str], kinds: Collection[str], direction: Direction
) -> list[tuple[str, Edge, str]]:
    steps: list[tuple[str, Edge, str]] = []
    if direction in ("out", "both"):
        steps += [(edge.from_id, edge, edge.to_id) for edge in edges_at(database, cube, level, kinds, "out")]
    if direction in ("in", "both"):
        steps += [(edge.to_id, edge, edge.from_id) for edge in edges_at(database, cube, level, kinds, "in")]
    return [step for step in steps if scope.sees_edge(step[1])]


def _visible(database: Database, scope: Scope, cube: str, ids: Iterable[str]) -> dict[str, Node]:
    found = nodes_by_id(database, cube, dict.fromkeys(ids))
    return {id: node for id, node in found.items() if scope.sees(node)}


def _ids(path: Path) -> list[str]:
    return [edge.id for edge in path]
