"""Put another store's rows into a cube's state as they are: the state after it, or an error and no state at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from memos_graph.backends.checks import check_load
from memos_graph.backends.inmemory.state import CubeState, own_change, own_edge, own_node
from memos_graph.model.delta import Change
from memos_graph.model.errors import MissingEndpoint
from memos_graph.model.graph import Edge, Node


def loaded(state: CubeState, nodes: Sequence[Node], edges: Sequence[Edge], changes: Sequence[Change]) -> CubeState:
    """The cube with these rows; those of the same id or seq are replaced. O(nodes + edges + changes of the cube)."""
    check_load(state.cube, len(state.changes), nodes, edges, changes)
    all_nodes = {**state.nodes, **{node.id: own_node(node) for node in nodes}}
    missing = {id for edge in edges for id in (edge.from_id, edge.to_id) if id not in all_nodes}
    if missing:
        raise MissingEndpoint(state.cube.id, tuple(sorted(missing)))
    by_seq = {change.seq: change for change in (*state.changes, *map(own_change, changes))}
    return replace(
        state,
        nodes=all_nodes,
        edges={**state.edges, **{edge.id: own_edge(edge) for edge in edges}},
        changes=tuple(change for _, change in sorted(by_seq.items())),
        applied={change.delta: seq for seq, change in by_seq.items()},
    )
