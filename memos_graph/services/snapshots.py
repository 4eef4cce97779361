"""The earlier versions of memories, found over SUPERSEDES edges. Reads; a few queries however many memories."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from memos_graph.engines.snapshots import is_snapshot_of, newest_first
from memos_graph.model.graph import Node
from memos_graph.model.scope import everything
from memos_graph.ports import GraphStore


def snapshot_ids(store: GraphStore, cube: str, heads: Collection[str]) -> Mapping[str, tuple[str, ...]]:
    """By each of `heads`, the ids of its earlier versions, newest first; a deleted one has a past too."""
    found: dict[str, set[str]] = {head: set() for head in heads}
    layer = {head: head for head in heads}
    while layer:
        edges = store.edges(everything(cube), touching=list(layer), kinds=["SUPERSEDES"], direction="out")
        following: dict[str, str] = {}
        for edge in edges:
            head = layer[edge.from_id]
            if is_snapshot_of(edge.to_id, head) and edge.to_id not in found[head]:
                found[head].add(edge.to_id)
                following[edge.to_id] = head
        layer = following
    return {head: tuple(sorted(ids, key=newest_first)) for head, ids in found.items()}


def snapshots(store: GraphStore, cube: str, heads: Collection[str]) -> Mapping[str, tuple[Node, ...]]:
    """As `snapshot_ids`, as nodes without vectors."""
    ids = snapshot_ids(store, cube, heads)
    wanted = [identity for each in ids.values() for identity in each]
    nodes = {node.id: node for node in store.get(everything(cube), wanted)} if wanted else {}
    return {head: tuple(nodes[i] for i in each if i in nodes) for head, each in ids.items()}
