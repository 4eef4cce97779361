"""Nodes, edges, Changes and cubes as rows of the database, and back: the one place that knows the property names.

Times are int microseconds UTC. Maps (info, sources, settings) are JSON text: the database takes no map as a property.
Vectors travel apart, as arrays.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from memos_graph.backends.opencypher.keys import change_uid, uid
from memos_graph.model.codec import source_from_json, source_to_json
from memos_graph.model.delta import Change, Image
from memos_graph.model.graph import Cube, Edge, Node, VectorSpace
from memos_graph.model.times import from_micros, to_micros

Row = dict[str, Any]


def _of_any_kind(value: Any) -> Any:
    """What JSON takes for a mapping or a list that is no dict or list: both may stand within info."""
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Sequence):
        return list(value)
    raise TypeError(f"no JSON value: {value!r}")


_PLAIN = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_of_any_kind)

#: Declared, so that a whole number in JSON comes back as what it was.
NODE_TYPES = {
    **dict.fromkeys(("uid", "cube_id", "id", "kind", "text", "key", "status", "sources", "info"), "STRING"),
    **dict.fromkeys(("created_at", "updated_at", "retired_at", "valid_from", "valid_to", "version"), "LONG"),
    "content_hash": "STRING",
    "confidence": "DOUBLE",
}
CHANGE_TYPES = {
    **dict.fromkeys(("uid", "delta_uid", "cube_id", "delta_id", "actor", "reason", "images"), "STRING"),
    **dict.fromkeys(("seq", "at"), "LONG"),
}
CUBE_TYPES = {
    **dict.fromkeys(("id", "cube_class", "spaces", "text_space", "settings", "lineage"), "STRING"),
    **dict.fromkeys(("created_at", "seq"), "LONG"),
}
#: The columns that `node_of` reads, in the order of the query files; and those of `edge_of`.
NODE_COLUMNS = (
    "id", "cube", "kind", "text", "key", "status", "confidence", "tags", "usage", "sources", "info", "created_at",
    "updated_at", "retired_at", "valid_from", "valid_to", "version", "content_hash",
)  # fmt: skip
EDGE_COLUMNS = (
    "id", "cube", "kind", "from_id", "to_id", "discriminator", "weight", "created_by", "evidence", "info",
    "created_at", "retired_at", "valid_from", "valid_to", "version",
)  # fmt: skip


def space_property(space: str) -> str:
    """The property that holds vectors of `space` (its name was checked by VectorSpace)."""
    return f"v_{space}"


def node_row(node: Node) -> Row:
    """Every property of `node` but its vectors; None for what is not there."""
    return {
        "uid": uid(node.cube, node.id),
        "cube_id": node.cube,
        "id": node.id,
        "kind": node.kind,
        "text": node.text,
        "key": node.key,
        "status": node.status,
        "confidence": float(node.confidence),
        "tags": list(node.tags) or None,
        "usage": list(node.usage) or None,
        "sources": _dumps([source_to_json(source) for source in node.sources]) if node.sources else None,
        "info": _dumps(node.info) if node.info else None,
        "created_at": to_micros(node.created_at),
        "updated_at": to_micros(node.updated_at),
        "retired_at": _micros(node.retired_at),
        "valid_from": _micros(node.valid_from),
        "valid_to": _micros(node.valid_to),
        "version": node.version,
        "content_hash": node.content_hash,
    }


def patch_row(before: Node, node: Node) -> Row:
    """The properties of `node` that a patch of `before` changes, vectors aside; None for what is no more there.

    A field that holds the very value it held is left out: equal is less, as 1 == True.
    """
    return {
        name: written(value)
        for name, written in _PATCHED.items()
        if (value := getattr(node, name)) is not getattr(before, name)
    }


def node_of(row: Row, vectors: Mapping[str, Any] | None = None) -> Node:
    """The Node of a row that nodes/get and its like return."""
    return Node(
        id=row["id"],
        cube=row["cube"],
        kind=row["kind"],
        text=row["text"],
        key=row["key"],
        status=row["status"],
        confidence=row["confidence"],
        tags=tuple(row["tags"] or ()),
        usage=tuple(row["usage"] or ()),
        sources=tuple(source_from_json(source) for source in json.loads(row["sources"])) if row["sources"] else (),
        info=json.loads(row["info"]) if row["info"] else {},
        created_at=from_micros(row["created_at"]),
        updated_at=from_micros(row["updated_at"]),
        retired_at=_moment(row["retired_at"]),
        valid_from=_moment(row["valid_from"]),
        valid_to=_moment(row["valid_to"]),
        version=row["version"],
        content_hash=row["content_hash"],
        vectors=vectors or {},
    )


def edge_row(edge: Edge) -> Row:
    """Every property of `edge` but its kind, which is its type; None for what is not there."""
    return {
        "id": edge.id,
        "cube_id": edge.cube,
        "from_id": edge.from_id,
        "to_id": edge.to_id,
        "discriminator": edge.discriminator or None,
        "weight": float(edge.weight),
        "created_by": edge.created_by,
        "evidence": edge.evidence or None,
        "info": _dumps(edge.info) if edge.info else None,
        "created_at": to_micros(edge.created_at),
        "retired_at": _micros(edge.retired_at),
        "valid_from": _micros(edge.valid_from),
        "valid_to": _micros(edge.valid_to),
        "version": edge.version,
    }


def edge_of(row: Row) -> Edge:
    """The Edge of a row that edges/out and its like return."""
    return Edge(
        id=row["id"],
        cube=row["cube"],
        kind=row["kind"],
        from_id=row["from_id"],
        to_id=row["to_id"],
        discriminator=row["discriminator"] or "",
        weight=float(row["weight"]),
        created_by=row["created_by"],
        evidence=row["evidence"] or "",
        info=json.loads(row["info"]) if row["info"] else {},
        created_at=from_micros(row["created_at"]),
        retired_at=_moment(row["retired_at"]),
        valid_from=_moment(row["valid_from"]),
        valid_to=_moment(row["valid_to"]),
        version=row["version"],
    )


def change_row(change: Change) -> Row:
    """Every property of `change`."""
    return {
        "uid": change_uid(change.cube, change.seq),
        "delta_uid": uid(change.cube, change.delta),
        "cube_id": change.cube,
        "seq": change.seq,
        "delta_id": change.delta,
        "actor": change.actor,
        "reason": change.reason,
        "at": to_micros(change.at),
        "images": images_text(change.images),
        "present_nodes": _dumps(change.present_nodes) if change.present_nodes else None,
        "present_edges": _dumps(change.present_edges) if change.present_edges else None,
    }


def change_of(row: Row) -> Change:
    """The Change of a row that changes/after and its like return."""
    return Change(
        cube=row["cube"],
        seq=row["seq"],
        delta=row["delta"],
        actor=row["actor"],
        reason=row["reason"],
        at=from_micros(row["at"]),
        images=images_of(row["images"]),
        present_nodes=tuple(json.loads(row["present_nodes"] or "[]")),
        present_edges=tuple(json.loads(row["present_edges"] or "[]")),
    )


def images_text(images: tuple[Image, ...]) -> str:
    """`images` as JSON text."""
    return _dumps([[image.id, image.of, image.before] for image in images])


def images_of(text: str) -> tuple[Image, ...]:
    """The Images that `images_text` wrote."""
    return tuple(Image(id=id, of=of, before=before) for id, of, before in json.loads(text))


def quoted(id: str) -> str:
    """`id` as it stands in `images_text`."""
    return _dumps(id)


def cube_row(cube: Cube) -> Row:
    """What a cube's record holds of `cube`; its counter and lineage are kept beside."""
    return {
        "id": cube.id,
        "cube_class": cube.cube_class,
        "spaces": _dumps([[space.name, space.model, space.dimension] for space in cube.spaces]),
        "text_space": cube.text_space,
        "settings": _dumps(cube.settings),
        "created_at": to_micros(cube.created_at),
    }


def cube_of(row: Row) -> Cube:
    """The Cube of a row that cubes/all returns."""
    return Cube(
        id=row["id"],
        cube_class=row["cube_class"],
        spaces=tuple(VectorSpace(name=name, model=model, dimension=d) for name, model, d in json.loads(row["spaces"])),
        text_space=row["text_space"],
        settings=json.loads(row["settings"]),
        created_at=from_micros(row["created_at"]),
    )


def _dumps(value: Any) -> str:
    return _PLAIN.encode(value)


def _as_is(value: Any) -> Any:
    return value


def _micros(moment: datetime | None) -> int | None:
    return None if moment is None else to_micros(moment)


def _moment(micros: int | None) -> datetime | None:
    return None if micros is None else from_micros(micros)


#: What a patch or the end of a node may change, and how it is written.
_PATCHED: Mapping[str, Callable[[Any], Any]] = {
    "status": _as_is,
    "confidence": float,
    "tags": lambda tags: list(tags) or None,
    "usage": lambda usage: list(usage) or None,
    "info": lambda info: _dumps(info) if info else None,
    "retired_at": _micros,
    "version": _as_is,
}
