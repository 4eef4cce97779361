"""How the sidecar reads this graph to catch up."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice

from memos_graph.backends.indexed import CubeState
from memos_graph.backends.nebula.database import Database
from memos_graph.backends.nebula.reading import (
    all_edges,
    all_nodes,
    changes_after,
    edges_by_id,
    nodes_by_id,
    with_vectors,
)
from memos_graph.backends.sidecar import Written
from memos_graph.model.graph import Edge, Node, VectorSpace

MOST_CHANGES = 1000  #: caught up with in one piece; beyond, the graph is read anew
_BATCH = 500


class GraphFeed:
    """A `sidecar.Feed` over one space."""

    def __init__(self, database: Database, state: Callable[[str], CubeState]) -> None:
        self._database, self._state = database, state

    def seq(self, cube: str) -> int:
        return self._state(cube).seq

    def lineage(self, cube: str) -> str:
        return self._state(cube).lineage

    def spaces(self, cube: str) -> Sequence[VectorSpace]:
        return self._state(cube).cube.spaces

    def written(self, cube: str, after: int) -> Written | None:
        seq = self.seq(cube)
        if seq - after > MOST_CHANGES:
            return None
        changes = changes_after(self._database, cube, after, MOST_CHANGES, seq)
        node_ids = list(dict.fromkeys(id for change in changes for id in change.ids("node")))
        edge_ids = list(dict.fromkeys(id for change in changes for id in change.ids("edge")))
        nodes = self._whole(cube, nodes_by_id(self._database, cube, node_ids).values())
        edges = edges_by_id(self._database, cube, edge_ids)
        there = {node.id for node in nodes}
        return Written(
            seq=seq, put=nodes, edges=tuple(edges.values()),
            erased_nodes=[id for id in node_ids if id not in there],
            erased_edges=[id for id in edge_ids if id not in edges],
        )  # fmt: skip

    def nodes(self, cube: str) -> Iterator[Node]:
        rest = all_nodes(self._database, cube)
        while batch := list(islice(rest, _BATCH)):
            yield from self._whole(cube, batch)

    def edges(self, cube: str) -> Iterator[Edge]:
        return all_edges(self._database, cube)

    def _whole(self, cube: str, nodes: Iterable[Node]) -> tuple[Node, ...]:
        return with_vectors(self._database, nodes, {cube: {space.name for space in self.spaces(cube)}})
