"""What a Delta does to what others rest on: which premises fall with it, and which hold again.

Reads what is stored before the Delta; writes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, assert_never

from memos_graph.engines.consequences.cascade import Fell
from memos_graph.engines.consequences.doubts import Why
from memos_graph.engines.consequences.fallout import doubted, holds
from memos_graph.model.delta import (
    Delta,
    EraseEdge,
    EraseNode,
    Operation,
    PatchEdge,
    PatchNode,
    PutEdge,
    PutNode,
    RetireEdge,
    RetireNode,
)
from memos_graph.model.filter import Where
from memos_graph.model.graph import Edge, Node
from memos_graph.model.scope import everything
from memos_graph.ports import GraphStore

KINDS = ("DEPENDS_ON", "MERGED_INTO", "PARENT")
SUMMARY = "Summary"
_FEW = 20


@dataclass(slots=True, kw_only=True)
class Happening:
    """A Delta and what it comes to. Grows as texts are made again because of it."""

    cube: str
    at: datetime
    written: dict[str, Operation] = field(default_factory=dict)  #: operations on nodes, by id
    closed: set[str] = field(default_factory=set)  #: edges that it ends by name
    put: dict[str, Edge] = field(default_factory=dict)
    stored: dict[str, Node] = field(default_factory=dict)  #: as they were, of those that edges lead to
    edges: dict[str, Edge] = field(default_factory=dict)
    fells: dict[str, Fell] = field(default_factory=dict)
    back: dict[str, Node] = field(default_factory=dict)  #: as they will be: those that hold again or say another thing
    settled: set[str] = field(default_factory=set)  #: those whose own doubt it takes away
    thawed: set[str] = field(default_factory=set)  #: those that nothing could change until now

    def after(self, identity: str) -> Node | None:
        """The node as the Delta leaves it; None when it erases it."""
        return _after(self.written.get(identity), self.stored.get(identity), self.at)

    def live(self, edge: Edge) -> bool:
        """Whether `edge` bore until this Delta, which does not end it by name."""
        open_ = edge.retired_at is None and (edge.valid_to is None or edge.valid_to > self.at)
        return open_ and edge.id not in self.closed

    def take(self, operations: Iterable[Operation], path: tuple[str, ...] = ()) -> None:
        """Count `operations` as part of the Delta; `path`: from what was made again to what made it so."""
        ids = []
        for operation in operations:
            if isinstance(operation, PutEdge):
                self.put[operation.edge.id] = operation.edge
            elif isinstance(operation, RetireEdge | EraseEdge):
                self.closed.add(operation.id)
            elif isinstance(operation, PatchEdge):
                if operation.set.get("valid_to") is not None:
                    self.closed.add(operation.id)
            else:
                identity = operation.node.id if isinstance(operation, PutNode) else operation.id
                self.written[identity] = operation
                ids.append(identity)
        for identity in ids:
            self._look(identity, path)

    def know(self, nodes: Iterable[Node]) -> None:
        """Take in what is stored of some nodes."""
        for node in nodes:
            self.stored.setdefault(node.id, node)
            self._look(node.id, ())

    def _look(self, identity: str, path: tuple[str, ...]) -> None:
        stored, operation = self.stored.get(identity), self.written.get(identity)
        if stored is None or operation is None or identity in self.fells or identity in self.back:
            return
        after = self.after(identity)
        before, now = holds(stored, self.at), holds(after, self.at)
        if before and not now:
            self.fells[identity] = Fell(why=why_of(after), version=stored.version, path=path)
        elif now and after is not None and (not before or after.text != stored.text):
            self.back[identity] = after
            if before:
                self.fells[identity] = Fell(why="changed", version=stored.version, path=path)
        elif after is not None and now and doubted(stored) and not doubted(after):
            self.settled.add(identity)
        elif after is not None and now and stored.status == "frozen" != after.status:
            self.thawed.add(identity)


def happening(store: GraphStore, delta: Delta) -> Happening | None:
    """What `delta` comes to; None when nothing rests on what it touches. Nothing is read for puts of new things alone,
    else one query for edges, and one for nodes where there are some."""
    found = Happening(cube=delta.cube, at=delta.at)
    found.take(delta.operations)
    moving = [identity for identity, operation in found.written.items() if _may_move(operation)]
    if not moving and not found.closed:
        return None
    scope = everything(delta.cube)
    if moving:
        kinds = KINDS if _has_summaries(store, delta.cube, len(moving)) else KINDS[:2]
        found.edges = {edge.id: edge for edge in store.edges(scope, touching=moving, kinds=kinds)}
    elif not found.written:  # what ends with its nodes is found by them
        closed = store.edges(scope, ids=sorted(found.closed))
        found.edges |= {edge.id: edge for edge in closed if edge.kind == "DEPENDS_ON"}
    ends = {end for edge in found.edges.values() for end in (edge.from_id, edge.to_id)}
    restated = {identity for identity in moving if _may_restate(found.written[identity])}
    wanted = [identity for identity in moving if identity in ends or identity in restated]
    if not ends and not wanted:
        return None
    found.know(store.get(scope, wanted) if wanted else ())
    return found


def _has_summaries(store: GraphStore, cube: str, moving: int) -> bool:
    """Whether PARENT edges may lead to Summaries. Of a whole document they are many, and asking first is quicker."""
    return moving <= _FEW or store.count(everything(cube), filter=Where("kind", "eq", SUMMARY)) > 0


def _may_move(operation: Operation) -> bool:
    if isinstance(operation, PatchNode):
        return "status" in operation.set
    if isinstance(operation, PutNode):
        return operation.replaces is not None
    return isinstance(operation, RetireNode | EraseNode)


def _may_restate(operation: Operation) -> bool:
    return isinstance(operation, PutNode) and "doubt" in operation.node.info


def _after(operation: Operation | None, stored: Node | None, at: datetime) -> Node | None:
    match operation:
        case None:
            return stored
        case PutNode(node=node):
            return node
        case PatchNode(set=changes):
            return None if stored is None else replace(stored, **_fields(changes))
        case RetireNode():
            return None if stored is None else replace(stored, retired_at=stored.retired_at or at)
        case EraseNode():
            return None
        case PutEdge() | PatchEdge() | RetireEdge() | EraseEdge():
            return stored
    assert_never(operation)


def _fields(changes: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in changes.items() if name in ("status", "info")}


def group_of(edge: Edge) -> str:
    """The alternatives that `edge` leads to one of; "" for a premise that stands alone."""
    value = edge.info.get("any_of") if edge.kind == "DEPENDS_ON" else None
    return value if isinstance(value, str) else ""


def why_of(after: Node | None) -> Why:
    """How a premise fell that is `after` now; None: it is gone."""
    if after is None:
        return "erased"
    if after.retired_at is not None:
        return "retired"
    return "expired" if after.status == "expired" else "ended"
