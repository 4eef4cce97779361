"""Walk edges outwards from some nodes, level by level, inside a Scope."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from memos_graph.backends.opencypher.conditions import edges_where, kinds_text, nodes_where
from memos_graph.backends.opencypher.keys import uid
from memos_graph.backends.opencypher.reading import batches, edges_at, nodes_by_id
from memos_graph.backends.opencypher.rows import EDGE_COLUMNS, NODE_COLUMNS, edge_of, node_of
from memos_graph.backends.opencypher.runner import Runner, text_for
from memos_graph.model.graph import Edge, Node
from memos_graph.model.scope import Scope
from memos_graph.ports import Direction, Reached

Path = tuple[Edge, ...]
Step = tuple[str, Edge, str, Node | None]  #: from a node, over an edge, to a node; and that, if it was read
_ARROWS = {"out": ("-", "->"), "in": ("<-", "-"), "both": ("-", "-")}


@dataclass(frozen=True, slots=True)
class Way:
    """Which edges of one cube a walk takes."""

    runner: Runner
    scope: Scope
    cube: str
    kinds: Collection[str] | None
    direction: Direction


class Steps(Protocol):
    """How a database is asked for one level of a walk."""

    def __call__(self, way: Way, level: Sequence[str], *, seen: Collection[str], most: int) -> list[Step]:
        """Steps from those nodes of `level` that the scope sees to nodes that it sees; to `seen` ones, or not.

        level: in the order of their paths. No more than the best step to each of the first `most` new nodes by id is
        needed.
        """


def walk(way: Way, ids: Collection[str], depth: int, limit: int, steps: Steps) -> list[Reached]:
    """The first `limit` nodes within `depth` of `ids`, by (hops, id), with the shortest path whose edge ids sort first.

    Level by level is enough for that: of two paths of one length to a node the smaller stays so whatever follows.
    O(edges touched).
    """
    level: dict[str, Path] = dict.fromkeys(ids, ())
    seen = set(level)  # one that the scope does not see is not reached either
    reached: dict[str, Path] = {}
    read: dict[str, Node] = {}
    for _ in range(depth):
        if not level or len(reached) >= limit:
            break
        following: dict[str, Path] = {}
        # further nodes of this level would not be returned, and if there are any, no later level is looked at
        for here, edge, there, node in steps(way, _by_path(level), seen=seen, most=limit - len(reached)):
            if here not in level or there in seen:
                continue
            if node is not None:
                read[there] = node
            path = (*level[here], edge)
            if there not in following or _ids(path) < _ids(following[there]):
                following[there] = path
        level = following
        seen |= set(following)
        reached |= following
    first = sorted(reached.items(), key=lambda item: (len(item[1]), item[0]))[:limit]
    nodes = read | nodes_by_id(way.runner, way.scope, way.cube, [id for id, _ in first if id not in read])
    return [Reached(node=nodes[id], hops=len(path), path=path) for id, path in first if id in nodes]


def steps_apart(way: Way, level: Sequence[str], *, seen: Collection[str], most: int) -> list[Step]:
    """`Steps` by a query for the edges each way, and one for the nodes they lead to: for a database in this process."""
    keys = [uid(way.cube, id) for id in level]
    found: list[tuple[str, Edge, str]] = []
    if way.direction in ("out", "both"):
        found += [(e.from_id, e, e.to_id) for e in edges_at(way.runner, way.scope, keys, way.kinds, "out")]
    if way.direction in ("in", "both"):
        found += [(e.to_id, e, e.from_id) for e in edges_at(way.runner, way.scope, keys, way.kinds, "in")]
    new = [(here, edge, there) for here, edge, there in found if there not in seen]
    first = len(seen) == len(level)  # what the caller named; later levels were looked at when they were reached
    visible = _visible(way, {there for _, _, there in new}.union(level if first else ()))
    return [(*step, None) for step in new if step[2] in visible and (not first or step[0] in visible)]


def steps_at_once(way: Way, level: Sequence[str], *, seen: Collection[str], most: int) -> list[Step]:
    """`Steps` by one query that returns what is needed alone: for a database on the other side of a wire."""
    near, far = nodes_where(way.scope, name="a"), nodes_where(way.scope, name="b")
    where = edges_where(way.scope)
    left, right = _ARROWS[way.direction]
    text = text_for(
        way.runner, "edges/steps", near=near.text, far=far.text, where=where.text, kinds=kinds_text(way.kinds),
        left=left, right=right,
    )  # fmt: skip
    given = {**near.parameters, **far.parameters, **where.parameters}
    given |= {"seen": [uid(way.cube, id) for id in seen], "most": most}
    first = len(seen) == len(level)  # then all paths are empty, and no start goes before another
    ranked = [{"uid": uid(way.cube, id), "rank": 0 if first else rank} for rank, id in enumerate(level)]
    found: list[Step] = []
    for part in batches(ranked):
        for row in way.runner.read_many(text, {"starts": list(part), **given}):
            node = node_of(dict(zip(NODE_COLUMNS, row["node"], strict=True)))
            edge = edge_of(dict(zip(EDGE_COLUMNS, row["edge"], strict=True)))
            found.append((row["here"], edge, node.id, node))
    return found


def _visible(way: Way, ids: Iterable[str]) -> set[str]:
    where = nodes_where(way.scope)
    text = text_for(way.runner, "nodes/visible", where=where.text)
    keys = {uid(way.cube, id): id for id in ids}
    found: set[str] = set()
    for part in batches(list(keys)):
        rows = way.runner.read_many(text, {"uids": list(part), **where.parameters})
        found |= {keys[row["uid"]] for row in rows}
    return found


def _by_path(level: Mapping[str, Path]) -> list[str]:
    return sorted(level, key=lambda id: (_ids(level[id]), id))


def _ids(path: Path) -> list[str]:
    return [edge.id for edge in path]
