"""The graph as the sidecar reads it to catch up."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from memos_graph.backends.arcade.directory import Directory
from memos_graph.backends.arcade.engine import Engine
from memos_graph.backends.indexed import CubeState
from memos_graph.backends.opencypher.reading import (
    BATCH,
    changes_after,
    edge_page,
    edges_by_start,
    node_stream,
    nodes_by_id,
    with_vectors,
)
from memos_graph.backends.sidecar import Written
from memos_graph.model.graph import Edge, Node, VectorSpace
from memos_graph.model.scope import everything

MAX_CHANGES = 200  # past these, or so many ids, reading all of a cube costs less
MAX_IDS = 10_000


class GraphFeed:
    """A `Feed` over one database; takes no lock that a writer holds."""

    def __init__(self, engine: Engine, directory: Directory, state: Callable[[str], CubeState]) -> None:
        self._engine, self._directory, self._state = engine, directory, state

    def seq(self, cube: str) -> int:
        return self._state(cube).seq

    def lineage(self, cube: str) -> str:
        return self._state(cube).lineage

    def spaces(self, cube: str) -> Sequence[VectorSpace]:
        return self._state(cube).cube.spaces

    def written(self, cube: str, after: int) -> Written | None:
        seq = self.seq(cube)
        if seq - after > MAX_CHANGES:
            return None
        changes = changes_after(self._engine, cube, after, MAX_CHANGES)
        node_ids = list(dict.fromkeys(id for change in changes for id in change.ids("node")))
        edge_ids = list(dict.fromkeys(id for change in changes for id in change.ids("edge")))
        if len(node_ids) + len(edge_ids) > MAX_IDS:
            return None
        scope = everything(cube)
        nodes = with_vectors(
            self._engine,
            tuple(nodes_by_id(self._engine, scope, cube, node_ids).values()),
            {cube: self._names(cube)},
        )
        starts = self._directory.starts(cube, edge_ids) if edge_ids else {}
        edges = edges_by_start(self._engine, scope, cube, starts)
        there = {node.id for node in nodes}
        return Written(
            seq=max([seq, *(change.seq for change in changes)]),
            put=nodes,
            edges=tuple(edges.values()),
            erased_nodes=[id for id in node_ids if id not in there],
            erased_edges=[id for id in edge_ids if id not in edges],
        )

    def nodes(self, cube: str) -> Iterable[Node]:
        return node_stream(self._engine, cube, self._names(cube))

    def edges(self, cube: str) -> Iterator[Edge]:
        after: tuple[str, str] | None = None
        while page := edge_page(self._engine, everything(cube), cube, after, BATCH):
            yield from page
            after = page[-1].from_id, page[-1].id

    def _names(self, cube: str) -> tuple[str, ...]:
        return tuple(space.name for space in self._state(cube).cube.spaces)
