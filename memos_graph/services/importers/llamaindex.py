"""LlamaIndex nodes and documents as JSON: a list, JSON Lines, {"nodes": [...]}, or a `docstore.json`.

Chunks become Passage (Image) nodes, documents that have chunks become Document nodes; relationships become PARENT and
FOLLOWS edges, and PART_OF from a chunk to its source where its parent is another chunk.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from memos_graph.model.errors import Invalid
from memos_graph.model.graph import Json, Source
from memos_graph.services.importers.fields import Row, as_row, into_info
from memos_graph.services.importers.gathering import Gathering
from memos_graph.services.importers.reading import Loaded, json_value

_RELATIONS = {"1": "SOURCE", "2": "PREVIOUS", "3": "NEXT", "4": "PARENT", "5": "CHILD"}
_DOCUMENTS = frozenset({"Document", "ImageDocument", "4"})
_IMAGES = frozenset({"ImageNode", "ImageDocument", "2"})
#: How LlamaIndex would print a node; it says nothing about what it holds.
_LAYOUT = (
    "excluded_embed_metadata_keys", "excluded_llm_metadata_keys", "metadata_template", "metadata_separator",
    "metadata_seperator", "text_template", "hash", "doc_hash",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Read:
    row: Row
    identity: str
    type: str
    relations: tuple[tuple[str, str, Mapping[str, Any]], ...]  # name, node id, metadata of that node


def parse(loaded: Loaded, into: Gathering) -> None:
    """Take in the whole file. `Invalid` names the node and the field that can't be used."""
    read = [_read(row, type_) for row, type_ in _rows(loaded)]
    ids = {node.identity for node in read}
    sources = {to: meta for node in read for name, to, meta in node.relations if name == "SOURCE"}
    for node in read:
        _node(node, into, has_chunks=node.identity in sources)
    for node in read:
        for name, to, _ in node.relations:
            if to not in ids and name == "SOURCE":
                _missing_source(node, to, sources[to], into)
    known = into.nodes.keys()
    for node in read:
        for name, to, _ in node.relations:
            if to in known:
                _edge(node, name, to, into)
            else:
                into.note("relationships to nodes that the file does not hold, left out")


def _rows(loaded: Loaded) -> Iterator[tuple[Row, str]]:
    value = loaded.value
    if isinstance(value, Mapping) and "docstore/data" in value:
        whole = as_row(value, loaded.name + " ")
        stored = whole.row("docstore/data")
        for name, item in (stored.values if stored is not None else {}).items():
            where = f"{loaded.name} docstore/data[{name!r}]"
            yield _unwrapped(as_row(item, where))
        return
    if isinstance(value, Mapping) and "nodes" in value:
        for row in as_row(value, loaded.name + " ").rows("nodes"):
            yield _unwrapped(row)
        return
    if isinstance(value, Mapping):
        yield _unwrapped(as_row(value, loaded.name))
        return
    if not isinstance(value, list):
        raise Invalid(loaded.name, type(value).__name__, 'write a list of nodes, {"nodes"} or a docstore.json')
    for index, item in enumerate(value):
        yield _unwrapped(as_row(item, loaded.at(index)))


def _unwrapped(row: Row) -> tuple[Row, str]:
    """The node in {"__data__", "__type__"} with its type; some versions write it as JSON text."""
    if "__data__" not in row.values:
        return row, str(row.values.get("class_name") or "")
    data = row.raw("__data__")
    where = row.place("__data__")
    inner = as_row(json_value(data, where) if isinstance(data, str) else data, where)
    return inner, str(inner.values.get("class_name") or row.values.get("__type__") or "")


def _read(row: Row, type_: str) -> _Read:
    name = next((name for name in ("id_", "node_id", "doc_id", "id") if row.values.get(name)), "id_")
    identity = row.required(name)
    row.taken.update(("id_", "node_id", "doc_id", "id", "class_name"))
    return _Read(row, identity, type_, tuple(_relations(row)))


def _relations(row: Row) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    relations = row.row("relationships")
    for key, value in (relations.values if relations is not None else {}).items():
        name = _RELATIONS.get(str(key), str(key).rpartition(".")[2].upper())
        where = f"{row.place('relationships')}[{key!r}]"
        if name not in _RELATIONS.values():
            known = ", ".join(f"{number} {name}" for number, name in _RELATIONS.items())
            raise Invalid(where, key, f"use one of {known}")
        for item in value if isinstance(value, list) else [value]:
            related = as_row({"node_id": item} if isinstance(item, str) else item, where)
            meta = related.row("metadata")
            yield name, related.required("node_id"), meta.values if meta is not None else {}


def _node(node: _Read, into: Gathering, *, has_chunks: bool) -> None:
    row = node.row
    text, info = _text(row)
    meta = row.row("metadata") or row.row("extra_info") or Row({}, row.place("metadata"))
    name = _file(meta.values)
    start, end = row.whole("start_char_idx"), row.whole("end_char_idx")
    embedding = row.vector("embedding")
    row.taken.update(_LAYOUT)
    if row.values.get("mimetype") == "text/plain":
        row.taken.add("mimetype")
    info = into_info(into_info(info, row.rest(), under="llamaindex"), meta.values, under="metadata")
    kind, key = _kind(node.type, has_chunks), ""
    if kind == "Document":  # its words are in its chunks; the whole stays readable
        info = into_info(info, {"text": text}, under="llamaindex")
        text, key, embedding = PurePath(name).name or name or node.identity, name or node.identity, None
    elif kind == "Image" and not text.strip():
        text = PurePath(name).name or node.identity
    source = Source(uri=name or row.where.partition(" ")[0], page=_page(meta.values), start=start, end=end)
    into.node(row.where, embedding=embedding, id=node.identity, kind=kind, text=text, key=key, sources=(source,),
              info=info)  # fmt: skip


def _text(row: Row) -> tuple[str, dict[str, Json]]:
    resource = row.row("text_resource")
    if resource is None:
        return row.text("text"), {}
    row.raw("text")
    text = resource.text("text")
    resource.raw("embeddings")
    if resource.values.get("mimetype") == "text/plain":
        resource.taken.add("mimetype")
    return text, resource.rest()


def _kind(type_: str, has_chunks: bool) -> str:
    if type_ in _IMAGES:
        return "Image"
    return "Document" if has_chunks and type_ in _DOCUMENTS else "Passage"


def _missing_source(node: _Read, to: str, meta: Mapping[str, Any], into: Gathering) -> None:
    """A docstore keeps chunks, and of their documents the ids: the Document is made from what they say of it."""
    name = _file(meta) or to
    into.stub(f"{node.row.where}.relationships", id=to, kind="Document", text=PurePath(name).name or name, key=name,
              sources=(Source(uri=name),), info=into_info({}, meta, under="metadata"))  # fmt: skip


def _edge(node: _Read, name: str, to: str, into: Gathering) -> None:
    where = node.row.place("relationships")
    if name == "NEXT":
        _once(into, where, "FOLLOWS", to, node.identity)
    elif name == "PREVIOUS":
        _once(into, where, "FOLLOWS", node.identity, to)
    elif name == "CHILD":
        _once(into, where, "PARENT", to, node.identity)
    elif name == "PARENT":
        _once(into, where, "PARENT", node.identity, to)
    else:
        parents = {other for relation, other, _ in node.relations if relation == "PARENT"}
        _once(into, where, "PART_OF" if parents and to not in parents else "PARENT", node.identity, to)


def _once(into: Gathering, where: str, kind: str, from_id: str, to_id: str) -> None:
    """Both ends tell of the same relationship: no news the second time."""
    if from_id != to_id and not into.has_edge(kind, from_id, to_id):
        into.edge(where, kind, from_id, to_id)


def _file(meta: Mapping[str, Any]) -> str:
    named = (meta.get(name) for name in ("file_path", "file_name", "source", "url"))
    return next((name for name in named if isinstance(name, str) and name), "")


def _page(meta: Mapping[str, Any]) -> int | None:
    label = meta.get("page_label")
    return int(label) if isinstance(label, str) and label.isascii() and label.isdigit() and len(label) < 7 else None
