"""Edges that stand for closed ones: a fact that holds again is a new edge, which its old id does not find."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from memos_graph.model.graph import Edge, make_edge
from memos_graph.model.scope import everything
from memos_graph.model.times import to_micros
from memos_graph.ports import GraphStore


def beside_closed(store: GraphStore, cube: str, edges: Iterable[Edge]) -> tuple[Edge, ...]:
    """All edges of the kind and ends of those of `edges` that are retired or closed. One read, none without such."""
    closed = {(e.kind, e.from_id, e.to_id) for e in edges if e.retired_at is not None or e.valid_to is not None}
    if not closed:
        return ()
    starts, kinds = {start for _, start, _ in closed}, {kind for kind, _, _ in closed}
    found = store.edges(everything(cube), touching=starts, kinds=kinds, direction="out")
    return tuple(e for e in found if (e.kind, e.from_id, e.to_id) in closed)


def wanted_again(store: GraphStore, cube: str, edges: Sequence[Edge], at: datetime) -> list[Edge]:
    """Those of `edges` that must be put so that all of them hold: new ones, and others for retired ones."""
    if not edges:
        return []
    stored = {edge.id: edge for edge in store.edges(everything(cube), ids=[edge.id for edge in edges])}
    retired = [edge for edge in stored.values() if edge.retired_at is not None]
    live = {(e.kind, e.from_id, e.to_id) for e in beside_closed(store, cube, retired) if e.retired_at is None}
    fresh = [edge for edge in edges if edge.id not in stored]
    return fresh + [
        make_edge(
            cube, e.kind, e.from_id, e.to_id, created_at=at, discriminator=f"{e.discriminator}again-{to_micros(at)}",
            weight=e.weight, created_by=e.created_by, evidence=e.evidence, info=e.info, valid_from=e.valid_from,
            valid_to=e.valid_to,
        )
        for e in edges
        if e.id in stored and stored[e.id].retired_at is not None and (e.kind, e.from_id, e.to_id) not in live
    ]  # fmt: skip
