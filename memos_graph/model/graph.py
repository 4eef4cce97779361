"""Nodes, edges and cubes: what the graph is made of. Data only; nothing here knows how it is stored."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from memos_graph.model.errors import Invalid
from memos_graph.model.kinds import edge_kind, node_kind

Json = str | int | float | bool | None | Sequence["Json"] | Mapping[str, "Json"]
Vector = npt.NDArray[np.float32]
Status = Literal["generated", "activated", "merged", "archived", "expired", "frozen", "deleted"]
CubeClass = Literal["user", "public", "knowledgebase"]

STATUSES: tuple[Status, ...] = get_args(Status)
#: States that search looks at unless asked for others.
LIVE: frozenset[Status] = frozenset({"generated", "activated", "frozen"})

MAX_ID = 256  #: characters of an id
MAX_TEXT = 10_000_000  #: characters of a node's text
_SPACE_NAME = re.compile(r"[a-z][a-z0-9_]{0,31}")
_CUBE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,127}")
_EMPTY: Mapping[str, Json] = MappingProxyType({})
_NO_VECTORS: Mapping[str, Vector] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a node's text came from, down to page, box, characters or message."""

    uri: str  #: document name, path, URL or conversation id
    page: int | None = None  #: from 1
    box: tuple[float, float, float, float] | None = None  #: left, top, right, bottom in points
    start: int | None = None  #: first character in the decoded text
    end: int | None = None  #: exclusive
    message: str | None = None  #: message id within the conversation


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One memory. Times are UTC. Equality leaves `vectors` out: they are derived from `text`."""

    id: str
    cube: str
    kind: str
    text: str = ""
    key: str = ""  #: short handle that text search reads too: heading path, speaker, canonical entity name
    status: Status = "activated"
    confidence: float = 100.0  #: 0 to 100
    tags: tuple[str, ...] = ()
    usage: tuple[str, ...] = ()  #: what used it, oldest first
    sources: tuple[Source, ...] = ()
    info: Mapping[str, Json] = field(default_factory=lambda: _EMPTY)  #: the caller's own fields
    created_at: datetime  #: when the memory was first known; never moves
    updated_at: datetime  #: since when this version's text, key and valid times are known
    retired_at: datetime | None = None  #: until when they were; None while we hold them
    valid_from: datetime | None = None  #: true from here; None: always was
    valid_to: datetime | None = None  #: true until here, exclusive; None: still is
    version: int = 1  #: grows by one with every change
    content_hash: str = ""  #: of what the text was made from; "" when it is the text itself
    vectors: Mapping[str, Vector] = field(default_factory=lambda: _NO_VECTORS, compare=False, repr=False)

    def __post_init__(self) -> None:
        check_id(self.id)
        node_kind(self.kind)
        if len(self.text) > MAX_TEXT:
            raise Invalid("text", f"{len(self.text)} characters", f"split it; a node holds at most {MAX_TEXT}")
        for name, value in (("text", self.text), ("key", self.key)):
            try:
                value.encode()
            except UnicodeEncodeError as error:
                bad = value[error.start : error.start + 8]
                raise Invalid(name, bad, "remove the lone surrogate; it is no Unicode text") from None
        if self.status not in STATUSES:
            raise Invalid("status", self.status, f"use one of {', '.join(STATUSES)}")
        if not 0.0 <= self.confidence <= 100.0:
            raise Invalid("confidence", self.confidence, "use a number from 0 to 100")
        if self.valid_from is not None and self.valid_to is not None and self.valid_to < self.valid_from:
            raise Invalid("valid_to", self.valid_to.isoformat(), "it lies before valid_from")


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """One typed, directed relation between two nodes of one cube. Times are UTC."""

    id: str
    cube: str
    kind: str
    from_id: str
    to_id: str
    discriminator: str = ""  #: tells apart edges of one kind between the same two nodes
    weight: float = 1.0
    created_by: str = "rule"  #: rule, model, user, or a finer name of what made it
    evidence: str = ""  #: the span or reason it rests on
    info: Mapping[str, Json] = field(default_factory=lambda: _EMPTY)
    created_at: datetime
    retired_at: datetime | None = None
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    version: int = 1

    def __post_init__(self) -> None:
        edge_kind(self.kind)
        if not math.isfinite(self.weight):
            raise Invalid("weight", self.weight, "use a finite number")


def edge_id(cube: str, kind: str, from_id: str, to_id: str, discriminator: str = "") -> str:
    """The id of the edge between these ends: the same arguments always give the same id (SHA-256, 128 bits)."""
    digest = hashlib.sha256("\x1f".join((cube, kind, from_id, to_id, discriminator)).encode("utf-8", "surrogatepass"))
    return f"e_{digest.hexdigest()[:32]}"


def make_edge(cube: str, kind: str, from_id: str, to_id: str, *, created_at: datetime, discriminator: str = "",
              weight: float = 1.0, created_by: str = "rule", evidence: str = "",
              info: Mapping[str, Json] = _EMPTY, valid_from: datetime | None = None,
              valid_to: datetime | None = None) -> Edge:  # fmt: skip
    """A new Edge whose id follows from its ends, kind and discriminator."""
    return Edge(
        id=edge_id(cube, kind, from_id, to_id, discriminator), cube=cube, kind=kind, from_id=from_id, to_id=to_id,
        discriminator=discriminator, weight=weight, created_by=created_by, evidence=evidence, info=info,
        created_at=created_at, valid_from=valid_from, valid_to=valid_to,
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class VectorSpace:
    """Vectors that may be compared: made by one model, of one length."""

    name: str
    model: str
    dimension: int

    def __post_init__(self) -> None:
        if not _SPACE_NAME.fullmatch(self.name):
            raise Invalid("vector space", self.name, "use lower-case letters, digits and underscores, 32 at most")
        if not 1 <= self.dimension <= 8192:
            raise Invalid("dimension", self.dimension, "use 1 to 8192")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cube:
    """A unit of isolation: its nodes, edges, vectors and changes are seen by no other cube."""

    id: str
    cube_class: CubeClass = "user"
    spaces: tuple[VectorSpace, ...] = ()
    text_space: str = ""  #: the space that text search embeds into; "" before the first vector
    settings: Mapping[str, Json] = field(default_factory=lambda: _EMPTY)
    created_at: datetime

    def __post_init__(self) -> None:
        check_cube_id(self.id)
        if self.cube_class not in get_args(CubeClass):
            raise Invalid("cube class", self.cube_class, "use user, public or knowledgebase")
        names = [space.name for space in self.spaces]
        if len(set(names)) != len(names):
            raise Invalid("vector spaces", names, "give each space its own name")
        if self.text_space and self.text_space not in names:
            raise Invalid(
                "text_space", self.text_space, f"name one of the cube's spaces: {', '.join(names) or 'none yet'}"
            )

    def space(self, name: str) -> VectorSpace | None:
        """The space called `name`; None when the cube has none."""
        return next((space for space in self.spaces if space.name == name), None)


def check_id(value: str) -> str:
    """`value`, if it can be a node's id: 1 to 256 printable characters, no space at its ends. `Invalid` else."""
    if not value or len(value) > MAX_ID or not value.isprintable() or value != value.strip():
        raise Invalid("id", value, f"use 1 to {MAX_ID} printable characters")
    return value


def check_cube_id(value: str) -> str:
    """`value`, if it can name a cube (it also names a folder): ASCII letters, digits, `. _ @ -`. `Invalid` else."""
    if not _CUBE_NAME.fullmatch(value):
        raise Invalid("cube", value, "use 1 to 128 ASCII letters, digits, dots, underscores, @ or hyphens")
    return value
