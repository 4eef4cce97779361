"""Put another store's rows into a cube as they are: find what is there under their ids, then write over it.

Decides nothing: rows come with their versions and times, and no Change is made for them.
"""

from __future__ import annotations

from collections.abc import Sequence

from memos_graph.backends.opencypher.gathering import (
    Gathered,
    Places,
    gather_edges,
    gather_nodes,
    note_moving,
)
from memos_graph.backends.opencypher.planning import Plan
from memos_graph.backends.opencypher.reading import batches, grouped
from memos_graph.backends.opencypher.rows import change_row
from memos_graph.backends.opencypher.runner import Runner, text_for
from memos_graph.backends.opencypher.writing import Writer
from memos_graph.model.delta import Change
from memos_graph.model.errors import MissingEndpoint, StoreDamaged
from memos_graph.model.graph import Edge, Node

_CHANGES = 500  # of one query: each may hold hundreds of before-images


def gather_rows(
    runner: Runner, places: Places, cube: str, nodes: Sequence[Node], edges: Sequence[Edge]
) -> tuple[Plan, Gathered]:
    """What writing these rows amounts to, and what is there of it now. `MissingEndpoint`."""
    found = Gathered()
    gather_nodes(runner, cube, [node.id for node in nodes], found)
    for node in nodes:
        note_moving(runner, node, found)
    fresh = {node.id for node in nodes} - set(found.nodes)
    gather_edges(runner, places, cube, list(edges), fresh, [], found)
    missing = {id for edge in edges for id in (edge.from_id, edge.to_id)} - fresh - set(found.refs)
    if missing:
        raise MissingEndpoint(cube, tuple(sorted(missing)))
    return Plan(put={node.id: node for node in nodes}, edges={edge.id: edge for edge in edges}), found


def write_rows(runner: Runner, writer: Writer, cube: str, planned: Plan, found: Gathered) -> None:
    """Write what `gather_rows` gave, within the caller's transaction."""
    misplaced = {
        edge.id: before.from_id
        for edge in planned.edges.values()
        if (before := found.edges.get(edge.id)) is not None and _place(before) != _place(edge)
    }
    if misplaced:  # an edge keeps its ends and type for life: this one is made anew
        for part in batches(grouped(cube, misplaced)):
            runner.write(text_for(runner, "edges/erase"), {"starts": list(part)})
        for id in misplaced:
            del found.edges[id]
    writer.write(cube, planned, found)


def write_changes(runner: Runner, cube: str, changes: Sequence[Change], seq: int) -> None:
    """Write `changes` of a cube whose last one is `seq`, and move its counter on; within the caller's transaction."""
    old = [change for change in changes if change.seq <= seq]
    new = [change for change in changes if change.seq > seq]
    for query, some in (("changes/replace", old), ("changes/put", new)):
        for part in batches(some, _CHANGES):
            rows = [change_row(change) for change in part]
            (told,) = runner.write(text_for(runner, query), {"rows": rows})
            if told["found"] != len(rows):
                raise StoreDamaged(f"{query}: {len(rows)} rows sent, {told['found']} written; nothing was kept")
    if new:
        runner.write(text_for(runner, "cubes/patch"), {"id": cube, "set": {"seq": new[-1].seq}})


def _place(edge: Edge) -> tuple[str, str, str]:
    return edge.from_id, edge.to_id, edge.kind
