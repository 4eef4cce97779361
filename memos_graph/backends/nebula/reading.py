"""Read the graph: nodes, edges and Changes of given cubes, as the model's data. Writes nothing, knows no index.

Every function takes the cube's name as known to exist. What a Scope or a filter says is decided here, by the model's
own definitions, not by the database: a read transfers what it looks at.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import islice
from typing import TypeVar

from memos_graph.backends.nebula import keys
from memos_graph.backends.nebula.database import Database
from memos_graph.backends.nebula.rows import EdgeKey, change_of, edge_of, node_of, vectors_of
from memos_graph.model.delta import Change
from memos_graph.model.graph import Edge, Node
from memos_graph.ports import Direction

CHANGES = 200  #: asked for at once: each may hold the before-images of thousands of rows
Item = TypeVar("Item", Node, Edge)


def nodes_by_id(database: Database, cube: str, ids: Iterable[str]) -> dict[str, Node]:
    """By id, the nodes of `cube` that are there, without vectors."""
    rows = database.get("Memory", (keys.node_vid(cube, node) for node in ids))
    return {row["id"]: node_of(row) for row in rows.values()}


def with_vectors(database: Database, nodes: Iterable[Node], spaces: Mapping[str, Collection[str]]) -> tuple[Node, ...]:
    """`nodes` with their vectors of the spaces that their cube has."""
    found = tuple(nodes)
    rows = database.get("Vectors", (keys.node_vid(node.cube, node.id) for node in found))
    vectors = {(row["cube_id"], row["id"]): vectors_of(row) for row in rows.values()}
    return tuple(
        replace(
            node, vectors={s: v for s, v in vectors.get((node.cube, node.id), {}).items() if s in spaces[node.cube]}
        )
        for node in found
    )


def all_nodes(database: Database, cube: str, *, after: str = keys.FIRST, size: int = 1000) -> Iterator[Node]:
    """The nodes of `cube` behind the vertex id `after`, in an order that writes do not change, without vectors."""
    while rows := database.page("Memory", cube, after, size):
        yield from map(node_of, rows)
        after = rows[-1]["place"]


def all_edges(database: Database, cube: str, *, after: str = keys.FIRST, size: int = 1000) -> Iterator[Edge]:
    """The edges of `cube` behind the Link `after`, in an order that writes do not change."""
    while rows := database.page("Link", cube, after, size):
        found = edges_of(database, rows)
        yield from (found[row["id"]] for row in rows if row["id"] in found)
        after = rows[-1]["place"]


def page_of(
    database: Database, cubes: Iterable[tuple[str, list[str] | None]], limit: int, read: Callable[..., Iterator[Item]],
    sees: Callable[[Item], bool], vid: Callable[[str, str], str],
) -> tuple[list[Item], str | None]:  # fmt: skip
    """The next `limit` items of those that `read` gives and `sees` lets through, and the cursor of the next page.

    cubes: by name, each with the vertex id behind which to go on, none to begin. read: `all_nodes` or `all_edges`.
    vid: the vertex id of an item, by its cube and id.
    """
    page: list[Item] = []
    for cube, after in cubes:
        found = read(database, cube, after=after[0] if after else keys.FIRST, size=min(1000, limit + 1))
        page += islice(filter(sees, found), limit + 1 - len(page))
        if len(page) > limit:
            break
    more = len(page) > limit
    page = page[:limit]
    return page, json.dumps([page[-1].cube, vid(page[-1].cube, page[-1].id)]) if more else None


def edges_of(database: Database, links: Iterable[Mapping[str, str]]) -> dict[str, Edge]:
    """By id, the edges that these Links lead to."""
    places = [link_key(link) for link in links]
    return {row["id"]: edge_of(kind, row) for kind, row in database.get_edges(places)}


def edges_by_id(database: Database, cube: str, ids: Iterable[str]) -> dict[str, Edge]:
    """By id, the edges of `cube` that are there."""
    links = database.get("Link", (keys.link_vid(cube, edge) for edge in ids))
    return edges_of(database, links.values())


def edges_at(
    database: Database, cube: str, ids: Iterable[str], kinds: Collection[str], direction: Direction
) -> list[Edge]:
    """Edges of `kinds` that leave (out) or arrive at (in) these nodes; a loop comes once for each way."""
    vids = [keys.node_vid(cube, node) for node in dict.fromkeys(ids)]
    ways = {"out": (False,), "in": (True,), "both": (False, True)}[direction]
    return [edge_of(kind, row) for into in ways for kind, row in database.edges_at(vids, kinds, into=into)]


def changes_after(database: Database, cube: str, after: int, limit: int, last: int) -> tuple[Change, ...]:
    """The Changes of `cube` above `after`, in order; `last` is the cube's counter."""
    found: list[Change] = []
    end = min(last, after + limit)
    for start in range(after + 1, end + 1, CHANGES):
        vids = [keys.change_vid(cube, seq) for seq in range(start, min(end, start + CHANGES - 1) + 1)]
        found += sorted(map(change_of, database.get("Change", vids).values()), key=lambda change: change.seq)
    return tuple(found)


def change_by_delta(database: Database, cube: str, delta: str) -> Change | None:
    """The Change that Delta `delta` made; None when it made none."""
    vid = keys.applied_vid(cube, delta)
    note = database.get("Applied", [vid]).get(vid)
    if note is None:
        return None
    at = keys.change_vid(cube, note["seq"])
    found = database.get("Change", [at]).get(at)
    return None if found is None else change_of(found)


def link_key(link: Mapping[str, str]) -> EdgeKey:
    """Where the edge of a Link is."""
    cube = link["cube_id"]
    source, target = keys.node_vid(cube, link["from_id"]), keys.node_vid(cube, link["to_id"])
    return EdgeKey(kind=link["kind"], source=source, target=target, rank=keys.rank(link["id"]))
