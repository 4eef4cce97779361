"""The reading verbs of a GraphStore over several cubes, for any store that speaks openCypher.

Every function takes the names of the cubes, sorted, as known to exist, and a `Runner`; searches are another matter.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Mapping

from memos_graph.backends.arguments import check_page
from memos_graph.backends.opencypher.gathering import Places
from memos_graph.backends.opencypher.keys import uid
from memos_graph.backends.opencypher.reading import (
    all_edges,
    counted,
    edge_page,
    edges_at,
    in_order,
    kinds_of,
    matching,
    node_page,
    nodes_by_id,
    read_cursor,
)
from memos_graph.backends.opencypher.runner import Runner
from memos_graph.backends.opencypher.walking import Steps, Way, walk
from memos_graph.model.filter import Filter
from memos_graph.model.graph import Edge, Node
from memos_graph.model.scope import Scope
from memos_graph.ports import Direction, EdgePage, Order, Reached


def found(runner: Runner, scope: Scope, cubes: list[str], ids: Collection[str]) -> list[Node]:
    """The nodes of these ids that the scope sees, in order of (position of the id, cube)."""
    wanted = list(dict.fromkeys(ids))
    by_cube = [nodes_by_id(runner, scope, cube, wanted) for cube in cubes]
    return [nodes[id] for id in wanted for nodes in by_cube if id in nodes]


def matched(
    runner: Runner, scope: Scope, cubes: list[str], filter: Filter | None, order: Order | None, limit: int, offset: int
) -> list[Node]:
    """Nodes that meet `filter`, sorted, `limit` of them from `offset`."""
    order = order or Order()
    wanted = offset + limit
    nodes = [node for cube in cubes for node in matching(runner, scope, cube, filter, order, wanted)]
    return in_order(nodes, order)[offset:wanted]


def total(runner: Runner, scope: Scope, cubes: list[str], filter: Filter | None) -> int:
    """How many nodes meet `filter`."""
    return sum(counted(runner, scope, cube, filter) for cube in cubes)


def shapes(runner: Runner, scope: Scope, cubes: list[str]) -> tuple[Mapping[str, int], Mapping[str, int]]:
    """Counts of nodes by kind and of edges by kind, most first, ties by name."""
    nodes: Counter[str] = Counter()
    edges: Counter[str] = Counter()
    for cube in cubes:
        of_nodes, of_edges = kinds_of(runner, scope, cube)
        nodes += of_nodes
        edges += of_edges
    return most_first(nodes), most_first(edges)


def walked(
    runner: Runner, scope: Scope, cubes: list[str], ids: Collection[str], kinds: Collection[str] | None,
    direction: Direction, depth: int, limit: int, steps: Steps,
) -> tuple[Reached, ...]:  # fmt: skip
    """What `around` gives; check the arguments with `check_walk` first."""
    if kinds is not None and not kinds:
        return ()
    ways = [Way(runner, scope, cube, kinds, direction) for cube in cubes]
    reached = [there for way in ways for there in walk(way, ids, depth, limit, steps)]
    return tuple(sorted(reached, key=lambda r: (r.hops, r.node.cube, r.node.id))[:limit])


def chosen_edges(
    runner: Runner, places: Places, scope: Scope, cubes: list[str], ids: Collection[str] | None,
    touching: Collection[str] | None, kinds: Collection[str] | None, direction: Direction, limit: int | None,
) -> tuple[Edge, ...]:  # fmt: skip
    """What `edges` gives."""
    edges: list[Edge] = []
    for cube in [] if kinds is not None and not kinds else cubes:
        if ids is not None:
            by_id = places.edges(runner, cube, dict.fromkeys(ids)).values()
            seen = [edge for edge in by_id if scope.sees_edge(edge)]
            edges += [edge for edge in seen if touching is None or touches(edge, touching, direction)]
        elif touching is not None:
            keys = [uid(cube, id) for id in dict.fromkeys(touching)]
            edges += {edge.id: edge for edge in edges_at(runner, scope, keys, kinds, direction)}.values()
        else:
            edges += all_edges(runner, scope, cube, kinds)
    chosen = [edge for edge in edges if kinds is None or edge.kind in kinds]
    return tuple(sorted(chosen, key=lambda edge: (edge.id, edge.cube))[:limit])


def scanned(
    runner: Runner, scope: Scope, cubes: list[str], cursor: str | None, limit: int
) -> tuple[list[Node], str | None]:
    """A page of nodes, and the cursor of the next."""
    check_page(limit)
    page: list[Node] = []
    for cube, after in cubes_left(cubes, cursor, 2):
        page += node_page(runner, scope, cube, after[0] if after else None, limit + 1 - len(page))
        if len(page) > limit:
            break
    more = len(page) > limit
    page = page[:limit]
    return page, json.dumps([page[-1].cube, page[-1].id]) if more else None


def scanned_edges(runner: Runner, scope: Scope, cubes: list[str], cursor: str | None, limit: int) -> EdgePage:
    """A page of edges."""
    check_page(limit)
    page: list[Edge] = []
    for cube, after in cubes_left(cubes, cursor, 3):
        start = (after[0], after[1]) if after else None
        page += edge_page(runner, scope, cube, start, limit + 1 - len(page))
        if len(page) > limit:
            break
    more = len(page) > limit
    page = page[:limit]
    following = json.dumps([page[-1].cube, page[-1].from_id, page[-1].id]) if more else None
    return EdgePage(edges=tuple(page), cursor=following)


def cubes_left(cubes: list[str], cursor: str | None, parts: int) -> list[tuple[str, list[str] | None]]:
    """The cubes a scan still has to read, each with where to go on in it: the rest of the cursor's `parts`."""
    if cursor is None:
        return [(cube, None) for cube in cubes]
    last = read_cursor(cursor, parts)
    return [(cube, last[1:] if cube == last[0] else None) for cube in cubes if cube >= last[0]]


def touches(edge: Edge, nodes: Collection[str], direction: Direction) -> bool:
    """Whether `edge` leaves (out) or arrives at (in) one of `nodes`."""
    return (direction in ("out", "both") and edge.from_id in nodes) or (
        direction in ("in", "both") and edge.to_id in nodes
    )


def most_first(counts: Mapping[str, int]) -> dict[str, int]:
    """`counts`, most first, ties by name."""
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
