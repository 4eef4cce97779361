"""What the stores with a derived index share: a cube as they know it, and what the sidecar is told of a write."""

from __future__ import annotations

from dataclasses import dataclass

from memos_graph.backends.opencypher.planning import Plan
from memos_graph.backends.sidecar import Written
from memos_graph.model.graph import Cube


@dataclass(frozen=True, slots=True, kw_only=True)
class CubeState:
    """A cube as this process knows it, the seq of its last committed Change, and what tells it from its namesakes."""

    cube: Cube
    seq: int
    lineage: str


def written_by(plan: Plan, seq: int) -> Written:
    """What the sidecar must know of `plan`, carried out as the cube's Change `seq`."""
    return Written(
        seq=seq,
        put=tuple(plan.put.values()),
        patched=tuple(plan.patched.values()),  # planned over nodes without vectors: they hold those given alone
        edges=tuple(plan.edges.values()),
        erased_nodes=tuple(plan.erased_nodes),
        erased_edges=tuple(id for id in plan.erased_edges if id not in plan.edges),
    )
