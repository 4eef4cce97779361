"""Walk edges from some nodes outwards, level by level, inside a Scope."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from memos_graph.backends.inmemory.state import CubeState
from memos_graph.model.graph import Edge
from memos_graph.model.scope import Scope
from memos_graph.ports import Direction


def walk(
    state: CubeState, scope: Scope, starts: Collection[str], kinds: Collection[str] | None, direction: Direction,
    depth: int,
) -> dict[str, tuple[Edge, ...]]:  # fmt: skip
    """By node id, the shortest path to each node within `depth` of `starts`, which are left out.

    Of several shortest paths the one whose edge ids sort first. It can be found level by level: of two paths of one
    length to a node, the smaller stays the smaller whatever follows.
    """
    seen = {id for id in starts if id in state.nodes and scope.sees(state.nodes[id])}
    edges = [edge for edge in state.edges.values() if scope.sees_edge(edge) and (kinds is None or edge.kind in kinds)]
    level: dict[str, tuple[Edge, ...]] = dict.fromkeys(seen, ())
    reached: dict[str, tuple[Edge, ...]] = {}
    for _ in range(depth):
        following: dict[str, tuple[Edge, ...]] = {}
        for edge in edges:
            for here, there in _steps(edge, direction):
                if here not in level or there in seen or not scope.sees(state.nodes[there]):
                    continue
                path = (*level[here], edge)
                if there not in following or _ids(path) < _ids(following[there]):
                    following[there] = path
        seen |= set(following)
        reached |= following
        level = following
    return reached


def _steps(edge: Edge, direction: Direction) -> Iterator[tuple[str, str]]:
    if direction in ("out", "both"):
        yield edge.from_id, edge.to_id
    if direction in ("in", "both"):
        yield edge.to_id, edge.from_id


def _ids(path: tuple[Edge, ...]) -> list[str]:
    return [edge.id for edge in path]
