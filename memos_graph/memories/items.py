"""The textual memory item of the reference API: an id, the memory's text, and metadata; to and from nodes."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any

from memos_graph.model.errors import Invalid
from memos_graph.model.graph import Json, Node, Source, Vector
from memos_graph.model.times import parse_time

MEMORY_TYPES = ("WorkingMemory", "LongTermMemory", "UserMemory")
VISIBILITIES = ("private", "public", "session")
SOURCE_TYPES = ("conversation", "retrieved", "web", "file")
#: Metadata that a node has no field for; it lives in the node's info under the same name.
_IN_INFO = ("user_id", "session_id", "type", "visibility", "source", "background", "entities", "memory_time")


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeNodeMetadata:
    """What is known about a memory. Times are ISO 8601 text; `extra` holds fields of the caller's own."""

    memory_type: str = "LongTermMemory"
    status: str = "activated"
    key: str = ""
    type: str | None = None  #: procedure, fact, event, opinion, ... as the caller says
    memory_time: str | None = None  #: when it happened, in words
    visibility: str | None = None
    source: str | None = None
    sources: tuple[str, ...] = ()
    confidence: float = 100.0
    entities: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    usage: tuple[str, ...] = ()
    background: str | None = None
    user_id: str | None = None
    session_id: str | None = None
    created_at: str | None = None
    updated_at: str | None = None
    embedding: Vector | None = field(default=None, repr=False, compare=False)
    extra: Mapping[str, Json] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.visibility not in (None, *VISIBILITIES):
            raise Invalid("visibility", self.visibility, f"use one of {', '.join(VISIBILITIES)}")
        if self.source not in (None, *SOURCE_TYPES):
            raise Invalid("source", self.source, f"use one of {', '.join(SOURCE_TYPES)}")


@dataclass(frozen=True, slots=True, kw_only=True)
class TextualMemoryItem:
    """One memory."""

    memory: str
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    metadata: TreeNodeMetadata = field(default_factory=TreeNodeMetadata)

    def to_dict(self) -> dict[str, Any]:
        """JSON values, without the embedding."""
        names = (f.name for f in fields(TreeNodeMetadata) if f.name not in ("embedding", "extra"))
        metadata = {name: getattr(self.metadata, name) for name in names}
        metadata = {name: list(v) if isinstance(v, tuple) else v for name, v in metadata.items()}
        return {"id": self.id, "memory": self.memory, "metadata": metadata | dict(self.metadata.extra)}


def as_item(value: TextualMemoryItem | Mapping[str, Any] | str) -> TextualMemoryItem:
    """The item that an item, a mapping {id?, memory, metadata?} or a text means. `Invalid` names what is wrong."""
    if isinstance(value, TextualMemoryItem):
        item = value
    elif isinstance(value, str):
        item = TextualMemoryItem(memory=value)
    elif isinstance(value, Mapping):
        unknown = sorted(set(value) - {"id", "memory", "metadata"})
        if unknown:
            raise Invalid("memory", unknown[0], "an item has id, memory and metadata")
        metadata = value.get("metadata") or {}
        if not isinstance(metadata, Mapping):
            raise Invalid("metadata", metadata, "give a mapping")
        named: dict[str, Any] = {"id": str(value["id"])} if value.get("id") else {}
        item = TextualMemoryItem(memory=value.get("memory", ""), metadata=_metadata(metadata), **named)
    else:
        raise Invalid("memory", type(value).__name__, "give an item, a mapping or a text")
    if not isinstance(item.memory, str) or not item.memory.strip():
        raise Invalid("memory", item.memory, "give it words")
    return item


def _metadata(values: Mapping[str, Any]) -> TreeNodeMetadata:
    known = {f.name for f in fields(TreeNodeMetadata)} - {"extra"}
    read: dict[str, Any] = {name: value for name, value in values.items() if name in known and value is not None}
    for name in ("sources", "entities", "tags", "usage"):
        if name in read:
            if isinstance(read[name], str):
                raise Invalid(name, read[name], "give a list")
            read[name] = tuple(str(part) for part in read[name])
    extra = {name: value for name, value in values.items() if name not in known}
    return TreeNodeMetadata(**read, extra=extra)


def to_node(item: TextualMemoryItem, cube: str, at: datetime, space: str) -> Node:
    """The node that `item` is; its embedding, if it carries one, goes into `space`."""
    meta = item.metadata
    info: dict[str, Json] = dict(meta.extra)
    for name in _IN_INFO:
        value = getattr(meta, name)
        if value:
            info[name] = list(value) if isinstance(value, tuple) else value
    created = parse_time(meta.created_at, "created_at") if meta.created_at else at
    return Node(
        id=item.id, cube=cube, kind=meta.memory_type, text=item.memory, key=meta.key,
        status=meta.status,  # type: ignore[arg-type]  # Node checks it
        confidence=meta.confidence, tags=meta.tags, usage=meta.usage,
        sources=tuple(Source(uri=uri) for uri in meta.sources), info=info, created_at=created,
        updated_at=parse_time(meta.updated_at, "updated_at") if meta.updated_at else created,
        vectors={space: meta.embedding} if meta.embedding is not None and space else {},
    )  # fmt: skip


def to_item(node: Node, space: str = "") -> TextualMemoryItem:
    """The item that `node` is, with its vector of `space` if the node was read with vectors."""
    info = dict(node.info)
    named: dict[str, Any] = {name: info.pop(name) for name in _IN_INFO if name in info}
    if "entities" in named:
        named["entities"] = tuple(named["entities"])
    metadata = TreeNodeMetadata(
        memory_type=node.kind, status=node.status, key=node.key, confidence=node.confidence, tags=node.tags,
        usage=node.usage, sources=tuple(source.uri for source in node.sources),
        created_at=node.created_at.isoformat(), updated_at=node.updated_at.isoformat(),
        embedding=node.vectors.get(space), extra=info, **named,
    )  # fmt: skip
    return TextualMemoryItem(id=node.id, memory=node.text, metadata=metadata)
