"""Writes as data: a Delta goes in, a Change is kept, a Receipt comes back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from memos_graph.model.errors import Invalid
from memos_graph.model.graph import Edge, Node

#: What a patch may touch in place; text, key and times change through a new version (see engines/versions.py).
PATCHABLE_NODE = frozenset({"status", "usage", "tags", "confidence", "info", "vectors"})
PATCHABLE_EDGE = frozenset({"weight", "evidence", "info", "valid_to"})


@dataclass(frozen=True, slots=True, kw_only=True)
class PutNode:
    """Create `node`, or with `replaces` put it in place of the version of that number.

    Without `replaces`: an id that is there with the same content (all but times, version and usage) counts as
    present and is left alone; other content is a `Conflict`. With it: any other stored version is a `Conflict`;
    the stored version becomes `replaces + 1`, whatever `node.version` says.
    """

    node: Node
    replaces: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PatchNode:
    """Change status, usage, tags, confidence, info or vectors of version `expects` in place; version grows by one."""

    id: str
    expects: int
    set: Mapping[str, Any]

    def __post_init__(self) -> None:
        _check_fields(self.set, PATCHABLE_NODE)


@dataclass(frozen=True, slots=True, kw_only=True)
class RetireNode:
    """End what we know of a node at the Delta's time; its live edges end with it. A retired one counts as present."""

    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EraseNode:
    """Remove a node, its edges and every before-image of both. An unknown id counts as present."""

    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PutEdge:
    """Create `edge` between two nodes that are there after this Delta's puts; `MissingEndpoint` fails the Delta.

    An edge with this id that is live counts as present; a retired one is a `Conflict` (a reopened fact is a new
    edge with another discriminator).
    """

    edge: Edge


@dataclass(frozen=True, slots=True, kw_only=True)
class PatchEdge:
    """Change weight, evidence, info or valid_to of version `expects` in place; version grows by one."""

    id: str
    expects: int
    set: Mapping[str, Any]

    def __post_init__(self) -> None:
        _check_fields(self.set, PATCHABLE_EDGE)


@dataclass(frozen=True, slots=True, kw_only=True)
class RetireEdge:
    """End what we know of an edge at the Delta's time. A retired one counts as present."""

    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EraseEdge:
    """Remove an edge and its before-images. An unknown id counts as present."""

    id: str


Operation = PutNode | PatchNode | RetireNode | EraseNode | PutEdge | PatchEdge | RetireEdge | EraseEdge


@dataclass(frozen=True, slots=True, kw_only=True)
class Delta:
    """One use case's writes to one cube: all or none. Node operations apply before edge operations, else in order.

    An id may be written once per Delta (a second operation on it is `Invalid`).
    """

    id: str  #: chosen by the caller; applying it again returns the first Receipt
    cube: str
    actor: str = "user"
    reason: str = ""
    at: datetime  #: when we came to know it; UTC
    operations: tuple[Operation, ...]

    def __post_init__(self) -> None:
        nodes: set[str] = set()
        edges: set[str] = set()
        for operation in self.operations:
            subject, known = _subject(operation), nodes if touches_node(operation) else edges
            if subject in known:
                raise Invalid("operations", subject, "write each node and each edge once per Delta")
            known.add(subject)
            cube = _cube(operation)
            if cube is not None and cube != self.cube:
                raise Invalid("operations", subject, f"it lies in cube {cube!r}, the Delta in {self.cube!r}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What a Delta did. `repeated` when it had been applied before: then nothing changed now."""

    delta: str
    cube: str
    seq: int  #: of the cube's Change that holds it; the cube's last one when nothing was written
    at: datetime
    nodes: tuple[str, ...] = ()  #: ids created or changed
    edges: tuple[str, ...] = ()
    present_nodes: tuple[str, ...] = ()  #: ids that were as wanted already
    present_edges: tuple[str, ...] = ()
    repeated: bool = False

    @property
    def wrote(self) -> int:
        """How many nodes and edges this Delta created or changed."""
        return len(self.nodes) + len(self.edges)


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """A node or edge before a Change (model/codec.py, without vectors); `before` None: it was not there."""

    id: str
    of: Literal["node", "edge"]
    before: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """The record of one applied Delta, kept in the same transaction."""

    cube: str
    seq: int  #: 1, 2, 3, ... without gaps within the cube
    delta: str
    actor: str
    reason: str
    at: datetime
    images: tuple[Image, ...] = field(default=(), repr=False)
    present_nodes: tuple[str, ...] = ()
    present_edges: tuple[str, ...] = ()

    def ids(self, of: Literal["node", "edge"]) -> tuple[str, ...]:
        """Ids of the nodes or edges it created or changed, in order of writing."""
        return tuple(image.id for image in self.images if image.of == of)

    def receipt(self, *, repeated: bool) -> Receipt:
        """The Receipt of the Delta this Change records."""
        return Receipt(
            delta=self.delta, cube=self.cube, seq=self.seq, at=self.at, nodes=self.ids("node"), edges=self.ids("edge"),
            present_nodes=self.present_nodes, present_edges=self.present_edges, repeated=repeated,
        )  # fmt: skip


def touches_node(operation: Operation) -> bool:
    """Whether `operation` writes a node (else an edge)."""
    return isinstance(operation, PutNode | PatchNode | RetireNode | EraseNode)


def same_content(stored: Node, wanted: Node) -> bool:
    """Whether putting `wanted` over `stored` changes nothing but times of knowing, version, usage and vectors."""
    ignored = {"created_at", "updated_at", "version", "usage", "vectors"}
    return all(
        getattr(stored, name) == getattr(wanted, name) for name in Node.__dataclass_fields__ if name not in ignored
    )


def _subject(operation: Operation) -> str:
    if isinstance(operation, PutNode):
        return operation.node.id
    return operation.edge.id if isinstance(operation, PutEdge) else operation.id


def _cube(operation: Operation) -> str | None:
    if isinstance(operation, PutNode):
        return operation.node.cube
    return operation.edge.cube if isinstance(operation, PutEdge) else None


def _check_fields(changes: Mapping[str, Any], allowed: frozenset[str]) -> None:
    for name in changes:
        if name not in allowed:
            raise Invalid("patch", name, f"in place change only {', '.join(sorted(allowed))}; else put a version")
    if not changes:
        raise Invalid("patch", dict(changes), "name at least one field")
