"""Decide what a Delta does to what is stored: the states to write and the Change to keep. Pure; no database here.

All that the Delta touches is given; nothing is asked for on the way.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from memos_graph.backends.checks import plain_json
from memos_graph.model.altering import altered
from memos_graph.model.codec import edge_to_json, node_to_json
from memos_graph.model.delta import (
    Change,
    Delta,
    EraseEdge,
    EraseNode,
    Image,
    Operation,
    PatchEdge,
    PatchNode,
    PutEdge,
    PutNode,
    RetireEdge,
    RetireNode,
    same_content,
    touches_node,
)
from memos_graph.model.errors import Conflict, MissingEndpoint, NotFound
from memos_graph.model.graph import Edge, Node

Key = tuple[Literal["node", "edge"], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """What is in the cube of all that a Delta touches: absent ids are not there."""

    nodes: Mapping[str, Node]  #: without vectors; those written, and the ends of edges put may be bare ids in `ends`
    edges: Mapping[str, Edge]  #: those written, and all edges of nodes retired or erased
    ends: frozenset[str]  #: ids of nodes that are there, `nodes` included
    edges_of: Mapping[str, tuple[str, ...]]  #: by node retired or erased: its edges' ids, sorted


@dataclass(slots=True)
class Plan:
    """The states after the Delta. A node in `put` is written whole, in `patched` all but vectors it does not name."""

    put: dict[str, Node] = field(default_factory=dict)
    patched: dict[str, Node] = field(default_factory=dict)
    erased_nodes: dict[str, None] = field(default_factory=dict)
    edges: dict[str, Edge] = field(default_factory=dict)
    erased_edges: dict[str, None] = field(default_factory=dict)
    images: dict[Key, Mapping[str, Any] | None] = field(default_factory=dict)
    present_nodes: list[str] = field(default_factory=list)
    present_edges: list[str] = field(default_factory=list)

    def change(self, delta: Delta, seq: int) -> Change:
        """The Change that records this plan, node images first; erased things keep no image."""
        ordered = sorted(self.images.items(), key=lambda item: item[0][0] == "edge")
        gone = {("node", id) for id in self.erased_nodes} | {("edge", id) for id in self.erased_edges}
        return Change(
            cube=delta.cube, seq=seq, delta=delta.id, actor=delta.actor, reason=delta.reason, at=delta.at,
            images=tuple(
                Image(id=id, of=of, before=None if (of, id) in gone else before) for (of, id), before in ordered
            ),
            present_nodes=tuple(self.present_nodes), present_edges=tuple(self.present_edges),
        )  # fmt: skip


def plan(delta: Delta, stored: Stored) -> Plan:
    """What `delta` does. `NotFound` at once, then `Conflict` with all stale versions, then `MissingEndpoint`."""
    planner = _Planner(delta, stored)
    for operation in sorted(delta.operations, key=lambda operation: not touches_node(operation)):
        planner.do(operation)
    if planner.expected:
        raise Conflict(delta.cube, planner.expected, planner.found)
    if planner.missing:
        raise MissingEndpoint(delta.cube, tuple(sorted(planner.missing)))
    return planner.plan


class _Planner:
    def __init__(self, delta: Delta, stored: Stored) -> None:
        self.at = delta.at
        self.stored = stored
        self.plan = Plan()
        self.expected: dict[str, int] = {}
        self.found: dict[str, int] = {}
        self.missing: set[str] = set()

    def do(self, operation: Operation) -> None:
        match operation:
            case PutNode():
                self._put_node(operation.node, operation.replaces)
            case PatchNode():
                self._patch_node(operation)
            case RetireNode(id=id):
                self._retire_node(id)
            case EraseNode(id=id):
                self._erase_node(id)
            case PutEdge():
                self._put_edge(operation.edge)
            case PatchEdge():
                self._patch_edge(operation)
            case RetireEdge(id=id):
                self._retire_edge(id)
            case EraseEdge(id=id):
                self._erase_edge(id)

    # --- nodes: each is written once per Delta, so that what is stored is what is there now

    def _put_node(self, node: Node, replaces: int | None) -> None:
        before = self.stored.nodes.get(node.id)
        if replaces is None:
            if before is None:
                self.plan.images["node", node.id] = None
                self.plan.put[node.id] = node
            elif same_content(before, _as_stored(node)):
                self.plan.present_nodes.append(node.id)
            else:
                self._conflict(node.id, 0, before)
        elif before is None or before.version != replaces:
            self._conflict(node.id, replaces, before)
        else:
            self._note_node(before)
            self.plan.put[node.id] = replace(node, version=replaces + 1)

    def _patch_node(self, operation: PatchNode) -> None:
        before = self.stored.nodes.get(operation.id)
        if before is None or before.version != operation.expects:
            self._conflict(operation.id, operation.expects, before)
            return
        changes = dict(operation.set)
        for name in {"tags", "usage"} & set(changes):
            changes[name] = tuple(changes[name])
        self._note_node(before)
        self.plan.patched[operation.id] = altered(before, {**changes, "version": before.version + 1})

    def _retire_node(self, id: str) -> None:
        before = self.stored.nodes.get(id)
        if before is None:
            raise NotFound("node", id, "nothing was written")
        if before.retired_at is not None:
            self.plan.present_nodes.append(id)
            return
        self._note_node(before)
        self.plan.patched[id] = altered(before, {"retired_at": self.at, "version": before.version + 1})
        for edge in self.stored.edges_of[id]:
            now = self._edge(edge)
            if now is not None and now.retired_at is None:
                self._retire_edge(edge)

    def _erase_node(self, id: str) -> None:
        before = self.stored.nodes.get(id)
        if before is None:
            self.plan.present_nodes.append(id)
            return
        self._note_node(before)
        self.plan.erased_nodes[id] = None
        for edge in self.stored.edges_of[id]:
            if self._edge(edge) is not None:
                self._erase_edge(edge)

    # --- edges: the end of a node may have changed them already

    def _put_edge(self, edge: Edge) -> None:
        absent = {id for id in (edge.from_id, edge.to_id) if not self._is_there(id)}
        before = self._edge(edge.id)
        if absent:
            self.missing |= absent
        elif before is None:
            self._note_edge(edge.id, None)
            self.plan.edges[edge.id] = edge
        elif before.retired_at is None:
            self.plan.present_edges.append(edge.id)
        else:
            self._conflict(edge.id, 0, before)

    def _patch_edge(self, operation: PatchEdge) -> None:
        before = self._edge(operation.id)
        if before is None or before.version != operation.expects:
            self._conflict(operation.id, operation.expects, before)
            return
        self._note_edge(operation.id, before)
        self.plan.edges[operation.id] = replace(before, **operation.set, version=before.version + 1)

    def _retire_edge(self, id: str) -> None:
        before = self._edge(id)
        if before is None:
            raise NotFound("edge", id, "nothing was written")
        if before.retired_at is not None:
            self.plan.present_edges.append(id)
            return
        self._note_edge(id, before)
        self.plan.edges[id] = replace(before, retired_at=self.at, version=before.version + 1)

    def _erase_edge(self, id: str) -> None:
        before = self._edge(id)
        if before is None:
            self.plan.present_edges.append(id)
            return
        self._note_edge(id, before)
        self.plan.edges.pop(id, None)
        self.plan.erased_edges[id] = None

    # --- within

    def _is_there(self, id: str) -> bool:
        return id in self.plan.put or (id in self.stored.ends and id not in self.plan.erased_nodes)

    def _edge(self, id: str) -> Edge | None:
        written = self.plan.edges.get(id)
        return written if written is not None or id in self.plan.erased_edges else self.stored.edges.get(id)

    def _note_node(self, before: Node) -> None:
        self.plan.images["node", before.id] = node_to_json(before)

    def _note_edge(self, id: str, before: Edge | None) -> None:
        self.plan.images.setdefault(("edge", id), None if before is None else edge_to_json(before))

    def _conflict(self, id: str, expected: int, before: Node | Edge | None) -> None:
        self.expected[id], self.found[id] = expected, 0 if before is None else before.version


def _as_stored(node: Node) -> Node:
    """`node` as it would be read back: JSON knows no tuples."""
    return replace(node, info=plain_json(node.info, "info"), tags=tuple(node.tags), sources=tuple(node.sources))
