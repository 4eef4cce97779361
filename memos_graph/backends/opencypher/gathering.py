"""Read what a Delta touches, as far as deciding and writing it takes. Decides nothing, writes nothing.

A database has its own way to name a node in a query: its number there, or simply its key. Here that is a `Ref`, and
whoever wrote the query files knows which.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from memos_graph.backends.opencypher.keys import uid
from memos_graph.backends.opencypher.planning import Stored
from memos_graph.backends.opencypher.reading import batches, edges_at, edges_by_start
from memos_graph.backends.opencypher.rows import node_of
from memos_graph.backends.opencypher.runner import Runner, text_for
from memos_graph.model.delta import Delta, EraseNode, PutEdge, PutNode, RetireNode, touches_node
from memos_graph.model.graph import Edge, Node, edge_id
from memos_graph.model.scope import everything

Ref = int | str


class Places(Protocol):
    """Where things are in one database: what its queries do not find by themselves, or what is remembered of it."""

    def refs(self, runner: Runner, cube: str, ids: Iterable[str]) -> dict[str, Ref]:
        """By id, the refs of those nodes of `cube` that are there."""

    def edges(self, runner: Runner, cube: str, ids: Iterable[str]) -> dict[str, Edge]:
        """By id, those edges of `cube` that are there, retired ones too."""

    def by_id(self, cube: str, puts: int) -> bool:
        """Whether `edges` costs less than a look at the start node of each of `puts` edges."""


@dataclass(slots=True)
class Gathered:
    """What was read for one Delta."""

    nodes: dict[str, Node] = field(default_factory=dict)  #: those written that are there, without vectors
    refs: dict[str, Ref] = field(default_factory=dict)  #: of those, and of the ends of edges put
    edges: dict[str, Edge] = field(default_factory=dict)
    edges_of: dict[str, tuple[str, ...]] = field(default_factory=dict)  #: of nodes retired or erased
    moving: dict[str, tuple[str, ...]] = field(default_factory=dict)  #: nodes whose kind changes -> their edges

    def stored(self) -> Stored:
        """The same, as `plan` takes it."""
        return Stored(nodes=self.nodes, edges=self.edges, ends=frozenset(self.refs), edges_of=self.edges_of)


def gather(runner: Runner, places: Places, delta: Delta) -> Gathered:
    """All that `delta` touches. A query or two for every kind of operation in it."""
    found, cube = Gathered(), delta.cube
    writes = [operation for operation in delta.operations if touches_node(operation)]
    gather_nodes(runner, cube, [op.node.id if isinstance(op, PutNode) else op.id for op in writes], found)  # type: ignore[union-attr]
    for op in writes:
        if isinstance(op, RetireNode | EraseNode) and op.id in found.nodes:
            found.edges_of[op.id] = _edges_of(runner, cube, op.id, found)
        elif isinstance(op, PutNode) and op.replaces is not None:
            note_moving(runner, op.node, found)
    puts = [op.edge for op in delta.operations if isinstance(op, PutEdge)]
    fresh = {op.node.id for op in delta.operations if isinstance(op, PutNode)} - set(found.nodes)
    named = [op.id for op in delta.operations if not touches_node(op) and not isinstance(op, PutEdge)]  # type: ignore[union-attr]
    gather_edges(runner, places, cube, puts, fresh, named, found)
    return found


def gather_nodes(runner: Runner, cube: str, ids: list[str], found: Gathered) -> None:
    """Into `found`: the nodes of these ids that are there, and their refs."""
    for part in batches(ids):
        for row in runner.read_many(text_for(runner, "nodes/get"), {"uids": [uid(cube, id) for id in part]}):
            found.nodes[row["id"]] = node_of(row)
            found.refs[row["id"]] = row["ref"]


def note_moving(runner: Runner, node: Node, found: Gathered) -> None:
    """Into `found`: the edges of `node` if it is there under another kind.

    A label is fixed for life: such a node is made anew, with its edges.
    """
    before = found.nodes.get(node.id)
    if before is not None and before.kind != node.kind:
        found.moving[node.id] = _edges_of(runner, node.cube, node.id, found)


def gather_edges(
    runner: Runner, places: Places, cube: str, puts: list[Edge], fresh: Iterable[str], named: list[str], found: Gathered
) -> None:
    """Into `found`: the ends of `puts` but those `fresh`, and the edges of `puts` and `named` that are there."""
    ends = dict.fromkeys(id for edge in puts for id in (edge.from_id, edge.to_id))
    for id in fresh:
        ends.pop(id, None)
    found.refs |= places.refs(runner, cube, [id for id in ends if id not in found.refs])
    starts: Mapping[str, str] = {}
    if places.by_id(cube, len(puts)):
        named = [*named, *(edge.id for edge in puts)]
    else:
        # an id made by edge_id names its ends: where one of them is new, the edge can't be there
        starts = {e.id: e.from_id for e in puts if e.from_id in found.refs and e.to_id in found.refs}
        named = [*named, *(e.id for e in puts if not _says_its_ends(e))]
    unknown = {id: start for id, start in starts.items() if id not in found.edges}
    if unknown:
        found.edges |= edges_by_start(runner, everything(cube), cube, unknown)
    if named:
        found.edges |= places.edges(runner, cube, [id for id in named if id not in found.edges])


def _edges_of(runner: Runner, cube: str, node: str, found: Gathered) -> tuple[str, ...]:
    edges = {edge.id: edge for edge in edges_at(runner, everything(cube), [uid(cube, node)], None, "both")}
    found.edges |= edges
    return tuple(sorted(edges))


def _says_its_ends(edge: Edge) -> bool:
    return edge.id == edge_id(edge.cube, edge.kind, edge.from_id, edge.to_id, edge.discriminator)
