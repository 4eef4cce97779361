"""MemOS `textual_memory.json`: general text (a list of items) and tree text ({"nodes", "edges"}).

Knows MemOS's names, and what they are called here; `adapters/graph_db.py` reads and writes items by the same tables.
MemOS draws PARENT from the parent to the child, this engine from the child to the parent: it is turned round.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, get_args

from memos_graph.model.errors import Invalid
from memos_graph.model.graph import Json, Source, Status, Vector
from memos_graph.services.importers.fields import Row, as_row, has_value, into_info
from memos_graph.services.importers.gathering import Gathering, relation
from memos_graph.services.importers.reading import Loaded, json_value

#: memory_type -> kind, where they differ; others keep their name.
KINDS = {
    "ToolSchemaMemory": "ToolSchema", "ToolTrajectoryMemory": "ToolTrajectory", "SkillMemory": "Skill",
    "PreferenceMemory": "Preference",
}  # fmt: skip
_TYPES = ("WorkingMemory", "LongTermMemory", "UserMemory")
_STATUSES = frozenset(get_args(Status))
_SOURCES = frozenset({"conversation", "retrieved", "web", "file"})  # those that TreeTextMemory takes
_VISIBLE = frozenset({"private", "public", "session"})
_EMBEDDING = "embedding"


@dataclass(frozen=True, slots=True)
class Item:
    """One item, understood: the fields of its node, its vector, the entities it names, what people should know."""

    fields: dict[str, Any]
    embedding: Vector | None
    entities: tuple[str, ...]
    notes: tuple[str, ...]


def parse(loaded: Loaded, into: Gathering) -> None:
    """Take in the whole file. `Invalid` names the item and the field that can't be used."""
    value = loaded.value
    tree = isinstance(value, Mapping)
    for row in _items(loaded):
        item = read_item(row)
        node = into.node(row.where, embedding=item.embedding, **item.fields)
        for name in item.entities:
            entity = into.entity(name, row.place("metadata.entities"))
            into.edge(row.where, "MENTIONS", node.id, entity, evidence=name)
        for note in item.notes:
            into.note(note)
    if not tree:
        return
    for edge in as_row(value, loaded.name + " ").rows("edges"):
        kind, from_id, to_id, original = read_edge(edge)
        info = edge.rest() | ({"type": original} if original else {})
        into.edge(edge.where, kind, from_id, to_id, discriminator=_discriminator(kind, original), info=info)


def read_item(row: Row) -> Item:
    """An item {id, memory, metadata}, or a row of a vector store {id, vector, payload: item}."""
    payload = row.row("payload")
    if payload is not None:
        vector = row.vector("vector")
        item = read_item(Row({"id": row.values.get("id")} | dict(payload.values), payload.where))
        return Item(item.fields, vector if item.embedding is None else item.embedding, item.entities, item.notes)
    identity, text = row.required("id"), row.required("memory")
    meta = row.row("metadata") or Row({}, row.place("metadata"))
    row.raw("score")
    unknown = row.rest()
    if unknown:
        name = next(iter(unknown))
        raise row.wrong(name, "an item has id, memory and metadata; put fields of your own into metadata")
    return _item(identity, text, meta)


def read_edge(row: Row) -> tuple[str, str, str, str]:
    """(kind, from, to, MemOS's type where the kind does not say it) of an edge {source, target, type}."""
    source, target = row.required("source"), row.required("target")
    kind, original = relation(row.required("type"))
    return (kind, target, source, original) if kind == "PARENT" else (kind, source, target, original)


def _discriminator(kind: str, original: str) -> str:
    return original if kind == "RELATED_TO" else ""


def _item(identity: str, text: str, meta: Row) -> Item:
    notes: list[str] = []
    info: dict[str, Json] = {}
    status = meta.text("status") or "activated"
    if status not in _STATUSES:
        if status != "resolving":
            raise meta.wrong("status", f"use resolving or one of {', '.join(sorted(_STATUSES))}")
        info["memos_status"], status = status, "activated"
        notes.append("memories were resolving: taken as activated, info.memos_status says so")
    sources, details = _sources(meta)
    if details:
        info["source_details"] = details
    confidence = meta.number("confidence")
    begins = None
    when = meta.text("memory_time")
    if when:
        info["memory_time"] = when
        try:
            begins = meta.time("memory_time")
        except Invalid:  # MemOS leaves the form open: kept in words then
            notes.append("memory_time that is no ISO 8601: kept in info, not as valid_from")
    for name, known in (("source", _SOURCES), ("visibility", _VISIBLE)):
        value = meta.text(name)
        if value:
            info[name if value in known else f"memos_{name}"] = value
    entities = meta.texts("entities")
    if entities:
        info["entities"] = list(entities)
    fields: dict[str, Any] = {
        "id": identity, "text": text, "kind": _kind(meta), "key": meta.text("key"), "status": status,
        "confidence": 100.0 if confidence is None else confidence, "tags": meta.texts("tags"),
        "usage": meta.texts("usage"), "sources": sources, "created_at": meta.time("created_at"),
        "updated_at": meta.time("updated_at"), "valid_from": begins,
    }  # fmt: skip
    embedding = meta.vector(_EMBEDDING)
    own = meta.row("info")
    fields["info"] = into_info(info, meta.rest(), under="memos_metadata")
    if own is not None:
        fields["info"] = into_info(fields["info"], own.values, under="memos_info")
    return Item(fields, embedding, entities, tuple(notes))


def _kind(meta: Row) -> str:
    kind = meta.text("memory_type")
    if not kind and meta.values.get("preference_type") is not None:
        return "Preference"
    if not kind:  # some of MemOS's own examples say it in `type`
        kind = str(meta.values["type"]) if meta.values.get("type") in _TYPES else "LongTermMemory"
    return KINDS.get(kind, kind)


def _sources(meta: Row) -> tuple[tuple[Source, ...], list[Json]]:
    """The sources; and all of them as they are, where one says more than a name."""
    value = meta.raw("sources")
    if value is None:
        return (), []
    if not isinstance(value, list | tuple):
        raise meta.wrong("sources", "write it as a list of texts or objects")
    records = [_record(item, f"{meta.place('sources')}[{index}]") for index, item in enumerate(value)]
    made = [_source(record, f"{meta.place('sources')}[{index}]") for index, record in enumerate(records)]
    plain = all(isinstance(record, str) for record in records)
    return tuple(made), [] if plain else [dict(r) if isinstance(r, Mapping) else r for r in records]


def _source(record: Any, where: str) -> Source:
    if isinstance(record, str):
        return Source(uri=record)
    row = as_row(record, where)
    file = row.values.get("file_info")
    named = [row.values.get(name) for name in ("url", "doc_path")]
    named += [file.get(name) for name in ("filename", "file_id")] if isinstance(file, Mapping) else []
    named.append(row.values.get("type"))
    uri = next((name for name in named if isinstance(name, str) and name), "chat")
    message = row.values.get("message_id")
    return Source(uri=uri, message=message if isinstance(message, str) else None)


def _record(item: Any, where: str) -> Any:
    """A source as text or object; MemOS's stores write objects as JSON text, some of them twice."""
    for _ in range(3):
        if not isinstance(item, str) or not item.lstrip().startswith(("{", '"')):
            break
        try:
            item = json_value(item, where)
        except Invalid:  # a text that only looks like it
            break
    return item


def _items(loaded: Loaded) -> Iterator[Row]:
    value = loaded.value
    if isinstance(value, Mapping):
        if "nodes" not in value:
            raise Invalid(loaded.name, sorted(value)[:5], 'a tree has "nodes" and "edges"')
        yield from as_row(value, loaded.name + " ").rows("nodes")
        return
    if not isinstance(value, list):
        raise Invalid(loaded.name, type(value).__name__, 'write a list of items, or {"nodes", "edges"}')
    for index, item in enumerate(value):
        yield as_row(item, loaded.at(index))


def metadata_of(kind: str, fields: Mapping[str, Any], info: Mapping[str, Json]) -> dict[str, Any]:
    """MemOS's metadata of a node: the inverse of what `read_item` does with it. `fields`: the node's own, as JSON."""
    back = {name: value for name, value in info.items() if name not in ("memos_status", "source_details")}
    for name in ("source", "visibility"):
        if f"memos_{name}" in back:
            back[name] = back.pop(f"memos_{name}")
    kinds = {ours: theirs for theirs, ours in KINDS.items()}
    made: dict[str, Any] = {"memory_type": kinds.get(kind, kind), **fields, **back}
    if has_value(info.get("memos_status")) and made["status"] == "activated":
        made["status"] = info["memos_status"]
    if has_value(info.get("source_details")):
        made["sources"] = info["source_details"]
    return made
