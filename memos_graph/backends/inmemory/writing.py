"""Apply a Delta to a cube's state: the state after it, or an error and no state at all.

Decides on its own, beside `opencypher/planning`, which the other stores share: a mistake made in one of them is found
by the tests that compare the two, so they must not become one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

from memos_graph.backends.checks import check_delta
from memos_graph.backends.inmemory.state import CubeState, own_edge, own_json, own_node, own_vector
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
    Receipt,
    RetireEdge,
    RetireNode,
    same_content,
    touches_node,
)
from memos_graph.model.errors import Conflict, MissingEndpoint, NotFound
from memos_graph.model.graph import Edge, Node


def write(state: CubeState, delta: Delta) -> tuple[CubeState, Receipt]:
    """The cube after `delta`, and what it did; the same state when it had been applied, or left all as it was.

    All conflicts are found before `Conflict` is raised, then all missing endpoints. Copies two dicts, O(nodes + edges
    of the cube), then O(1) an operation and edge it touches; nodes retired or erased look at all edges once a Delta.
    """
    if delta.id in state.applied:
        return state, state.changes[state.applied[delta.id] - 1].receipt(repeated=True)
    check_delta(state.cube, delta)
    work = _Work(at=delta.at, nodes=dict(state.nodes), edges=dict(state.edges))
    for operation in sorted(delta.operations, key=lambda operation: not touches_node(operation)):
        work.do(operation)
    if work.expected:
        raise Conflict(delta.cube, work.expected, work.found)
    if work.missing:
        raise MissingEndpoint(delta.cube, tuple(sorted(work.missing)))
    change = Change(
        cube=delta.cube,
        seq=len(state.changes) + 1,
        delta=delta.id,
        actor=delta.actor,
        reason=delta.reason,
        at=delta.at,
        images=work.images(),
        present_nodes=tuple(work.present_nodes),
        present_edges=tuple(work.present_edges),
    )
    if not change.images:
        return state, replace(change, seq=len(state.changes)).receipt(repeated=False)
    changes = (*state.changes, change)
    after = replace(
        state,
        nodes=work.nodes,
        edges=work.edges,
        changes=tuple(_without(work.erased, each) for each in changes) if work.erased else changes,
        applied={**state.applied, delta.id: change.seq},
    )
    return after, change.receipt(repeated=False)


Key = tuple[Literal["node", "edge"], str]


@dataclass(slots=True, kw_only=True)
class _Work:
    """A cube being written to, and what was there before."""

    at: datetime
    nodes: dict[str, Node]
    edges: dict[str, Edge]
    touching: dict[str, set[str]] | None = None  #: ids of edges by the nodes at their ends; made when first needed
    before: dict[Key, Mapping[str, Any] | None] = field(default_factory=dict)
    erased: set[Key] = field(default_factory=set)
    present_nodes: list[str] = field(default_factory=list)
    present_edges: list[str] = field(default_factory=list)
    expected: dict[str, int] = field(default_factory=dict)
    found: dict[str, int] = field(default_factory=dict)
    missing: set[str] = field(default_factory=set)

    def images(self) -> tuple[Image, ...]:
        ordered = sorted(self.before.items(), key=lambda item: item[0][0] == "edge")
        return tuple(Image(id=id, of=of, before=before) for (of, id), before in ordered)

    def do(self, operation: Operation) -> None:
        match operation:
            case PutNode():
                self.put_node(own_node(operation.node), operation.replaces)
            case PatchNode():
                self.patch_node(operation)
            case RetireNode(id=id):
                self.retire_node(id)
            case EraseNode(id=id):
                self.erase_node(id)
            case PutEdge():
                self.put_edge(own_edge(operation.edge))
            case PatchEdge():
                self.patch_edge(operation)
            case RetireEdge(id=id):
                self.retire_edge(id)
            case EraseEdge(id=id):
                self.erase_edge(id)

    def put_node(self, node: Node, replaces: int | None) -> None:
        stored = self.nodes.get(node.id)
        if replaces is None and stored is None:
            self.set_node(node)
        elif replaces is None and stored is not None and same_content(stored, node):
            self.present_nodes.append(node.id)
        elif self.is_version(node.id, stored, replaces or 0):
            self.set_node(replace(node, version=(replaces or 0) + 1))

    def patch_node(self, operation: PatchNode) -> None:
        stored = self.nodes.get(operation.id)
        if not self.is_version(operation.id, stored, operation.expects) or stored is None:
            return
        changes = dict(operation.set)
        if "info" in changes:
            changes["info"] = own_json(changes["info"])
        for name in {"tags", "usage"} & set(changes):
            changes[name] = tuple(changes[name])
        if "vectors" in changes:
            given = {space: own_vector(vector) for space, vector in changes["vectors"].items()}
            changes["vectors"] = {**stored.vectors, **given}
        self.set_node(replace(stored, **changes, version=stored.version + 1))

    def retire_node(self, id: str) -> None:
        stored = self.nodes.get(id)
        if stored is None:
            raise NotFound("node", id, "nothing was written")
        if stored.retired_at is not None:
            self.present_nodes.append(id)
            return
        self.set_node(replace(stored, retired_at=self.at, version=stored.version + 1))
        for edge in self.edges_of(id):
            if edge.retired_at is None:
                self.retire_edge(edge.id)

    def erase_node(self, id: str) -> None:
        if id not in self.nodes:
            self.present_nodes.append(id)
            return
        self.note("node", id)
        self.erased.add(("node", id))
        del self.nodes[id]
        for edge in self.edges_of(id):
            self.erase_edge(edge.id)

    def put_edge(self, edge: Edge) -> None:
        absent = {id for id in (edge.from_id, edge.to_id) if id not in self.nodes}
        stored = self.edges.get(edge.id)
        if absent:
            self.missing |= absent
        elif stored is None:
            self.set_edge(edge)
        elif stored.retired_at is None:
            self.present_edges.append(edge.id)
        else:
            self.expected[edge.id], self.found[edge.id] = 0, stored.version

    def patch_edge(self, operation: PatchEdge) -> None:
        stored = self.edges.get(operation.id)
        if not self.is_version(operation.id, stored, operation.expects) or stored is None:
            return
        changes = dict(operation.set)
        if "info" in changes:
            changes["info"] = own_json(changes["info"])
        self.set_edge(replace(stored, **changes, version=stored.version + 1))

    def retire_edge(self, id: str) -> None:
        stored = self.edges.get(id)
        if stored is None:
            raise NotFound("edge", id, "nothing was written")
        if stored.retired_at is not None:
            self.present_edges.append(id)
            return
        self.set_edge(replace(stored, retired_at=self.at, version=stored.version + 1))

    def erase_edge(self, id: str) -> None:
        if id not in self.edges:
            self.present_edges.append(id)
            return
        self.note("edge", id)
        self.erased.add(("edge", id))
        del self.edges[id]

    def is_version(self, id: str, stored: Node | Edge | None, expected: int) -> bool:
        """Whether the version stored under `id` is the one expected; noted as a conflict when it is not."""
        found = 0 if stored is None else stored.version
        if stored is not None and found == expected:
            return True
        self.expected[id], self.found[id] = expected, found
        return False

    def set_node(self, node: Node) -> None:
        self.note("node", node.id)
        self.nodes[node.id] = node

    def set_edge(self, edge: Edge) -> None:
        self.note("edge", edge.id)
        self.edges[edge.id] = edge
        if self.touching is not None:
            _touch(self.touching, edge)

    def note(self, of: Literal["node", "edge"], id: str) -> None:
        """Keep what was there before this Delta, once."""
        if (of, id) in self.before:
            return
        node, edge = self.nodes.get(id), self.edges.get(id)
        if of == "node":
            self.before[of, id] = None if node is None else node_to_json(node)
        else:
            self.before[of, id] = None if edge is None else edge_to_json(edge)

    def edges_of(self, node: str) -> list[Edge]:
        """The edges that start or end at `node`, by id. The first call of a Delta looks at all edges."""
        if self.touching is None:
            self.touching = {}
            for edge in self.edges.values():
                _touch(self.touching, edge)
        return [self.edges[id] for id in sorted(self.touching.get(node, ())) if id in self.edges]


def _touch(touching: dict[str, set[str]], edge: Edge) -> None:
    for end in (edge.from_id, edge.to_id):
        touching.setdefault(end, set()).add(edge.id)


def _without(erased: set[Key], change: Change) -> Change:
    """`change` with the before-images of erased nodes and edges blanked: that they were touched stays known."""
    images = (replace(image, before=None) if (image.of, image.id) in erased else image for image in change.images)
    return replace(change, images=tuple(images))
