"""Nodes, edges, Changes and cubes as rows of NebulaGraph, and back: the one place that knows tags and properties.

Times are int microseconds UTC, lists and maps JSON text: NebulaGraph 3 has no list or map as a property. Vectors are
base64 of little-endian float32 within JSON, exact, as it has no array of floats either. A row that is too long for a
statement leaves its long properties in Pieces.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from memos_graph.backends.nebula import keys
from memos_graph.backends.nebula.literals import Value
from memos_graph.backends.opencypher.rows import images_of, images_text
from memos_graph.model.codec import source_from_json, source_to_json, text_to_vector, vector_to_text
from memos_graph.model.delta import Change
from memos_graph.model.graph import Cube, Edge, Node, Vector, VectorSpace
from memos_graph.model.times import from_micros, to_micros

Row = dict[str, Value]
_PLACED = ("shelf", "place", "cube_id")
#: Properties by tag, in the order of cypher/nebula/schema.
COLUMNS: dict[str, tuple[str, ...]] = {
    "Memory": (*_PLACED, "id", "kind", "text", "key", "status", "confidence", "tags", "usage", "sources", "info",
               "created_at", "updated_at", "retired_at", "valid_from", "valid_to", "version", "content_hash", "pieces"),
    "Vectors": (*_PLACED, "id", "vectors", "pieces"),
    "Link": (*_PLACED, "id", "kind", "from_id", "to_id"),
    "Change": (*_PLACED, "seq", "delta_id", "actor", "reason", "at", "images", "present_nodes", "present_edges",
               "pieces"),
    "Applied": (*_PLACED, "delta_id", "seq"),
    "Piece": (*_PLACED, "number", "piece"),
    "Cube": (*_PLACED, "cube_class", "spaces", "text_space", "settings", "created_at", "seq", "lineage", "owner",
             "journal", "body", "body_pieces", "forgetting", "dropped"),
    "Store": (*_PLACED, "format"),
}  # fmt: skip
EDGE_COLUMNS = (
    "cube_id", "id", "from_id", "to_id", "discriminator", "weight", "created_by", "evidence", "info", "created_at",
    "retired_at", "valid_from", "valid_to", "version", "pieces",
)  # fmt: skip
#: Tags whose rows are paged through by cube.
PAGED = ("Memory", "Link", "Change", "Applied", "Piece", "Cube")
_LONG: dict[str, tuple[str, ...]] = {
    "Memory": ("text", "key", "tags", "usage", "sources", "info", "content_hash"),
    "Vectors": ("vectors",),
    "Change": ("actor", "reason", "images", "present_nodes", "present_edges"),
    "Edge": ("discriminator", "created_by", "evidence", "info"),
}
LONGEST = 400_000  #: characters of a row's long properties, beyond which they go into Pieces
PIECE = 200_000  #: characters of a Piece: at most 800 kB of a statement, which servers limit to 4 MiB


@dataclass(frozen=True, slots=True, kw_only=True)
class Vertex:
    """A row of one tag on one vertex."""

    tag: str
    vid: str
    row: Row


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class EdgeKey:
    """Where an edge is."""

    kind: str
    source: str
    target: str
    rank: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgeRow:
    """An edge and its properties."""

    key: EdgeKey
    row: Row


def node_vertices(node: Node) -> Iterator[Vertex]:
    """The Memory row of `node`, with its Pieces; its vectors are another row."""
    vid = keys.node_vid(node.cube, node.id)
    row: Row = {
        **_placed(node.cube, vid), "id": node.id, "kind": node.kind, "text": node.text, "key": node.key,
        "status": node.status, "confidence": float(node.confidence),
        "tags": _dumps(node.tags) if node.tags else None,
        "usage": _dumps(node.usage) if node.usage else None,
        "sources": _dumps([source_to_json(source) for source in node.sources]) if node.sources else None,
        "info": _dumps(node.info) if node.info else None,
        "created_at": to_micros(node.created_at), "updated_at": to_micros(node.updated_at),
        "retired_at": _micros(node.retired_at), "valid_from": _micros(node.valid_from),
        "valid_to": _micros(node.valid_to), "version": node.version, "content_hash": node.content_hash, "pieces": 0,
    }  # fmt: skip
    return _in_pieces(node.cube, "Memory", vid, row)


def node_of(row: Mapping[str, Any], vectors: Mapping[str, Vector] | None = None) -> Node:
    """The Node of a Memory row."""
    return Node(
        id=row["id"], cube=row["cube_id"], kind=row["kind"], text=row["text"], key=row["key"], status=row["status"],
        confidence=float(row["confidence"]), tags=tuple(_loads(row["tags"], [])),
        usage=tuple(_loads(row["usage"], [])),
        sources=tuple(source_from_json(source) for source in _loads(row["sources"], [])),
        info=_loads(row["info"], {}), created_at=from_micros(row["created_at"]),
        updated_at=from_micros(row["updated_at"]), retired_at=_moment(row["retired_at"]),
        valid_from=_moment(row["valid_from"]), valid_to=_moment(row["valid_to"]), version=row["version"],
        content_hash=row["content_hash"], vectors=vectors or {},
    )  # fmt: skip


def vector_vertices(cube: str, node: str, vectors: Mapping[str, Vector]) -> Iterator[Vertex]:
    """The Vectors row of a node, with its Pieces."""
    vid = keys.node_vid(cube, node)
    told = _dumps({space: vector_to_text(vector) for space, vector in sorted(vectors.items())})
    row: Row = {**_placed(cube, vid), "id": node, "vectors": told, "pieces": 0}
    return _in_pieces(cube, "Vectors", vid, row)


def vectors_of(row: Mapping[str, Any]) -> dict[str, Vector]:
    """The vectors of a Vectors row, by space."""
    return {space: text_to_vector(text) for space, text in _loads(row["vectors"], {}).items()}


def edge_key(edge: Edge) -> EdgeKey:
    """Where `edge` is, or will be."""
    source, target = keys.node_vid(edge.cube, edge.from_id), keys.node_vid(edge.cube, edge.to_id)
    return EdgeKey(kind=edge.kind, source=source, target=target, rank=keys.rank(edge.id))


def edge_rows(edge: Edge) -> tuple[EdgeRow, list[Vertex]]:
    """The row of `edge`, and its Link and Pieces."""
    link = keys.link_vid(edge.cube, edge.id)
    row: Row = {
        "cube_id": edge.cube, "id": edge.id, "from_id": edge.from_id, "to_id": edge.to_id,
        "discriminator": edge.discriminator, "weight": float(edge.weight), "created_by": edge.created_by,
        "evidence": edge.evidence, "info": _dumps(edge.info) if edge.info else None,
        "created_at": to_micros(edge.created_at), "retired_at": _micros(edge.retired_at),
        "valid_from": _micros(edge.valid_from), "valid_to": _micros(edge.valid_to), "version": edge.version,
        "pieces": 0,
    }  # fmt: skip
    whole, *pieces = _in_pieces(edge.cube, "Edge", link, row)
    found: Row = {**_placed(edge.cube, link), "id": edge.id, "kind": edge.kind, "from_id": edge.from_id,
                  "to_id": edge.to_id}  # fmt: skip
    return EdgeRow(key=edge_key(edge), row=whole.row), [Vertex(tag="Link", vid=link, row=found), *pieces]


def edge_of(kind: str, row: Mapping[str, Any]) -> Edge:
    """The Edge of a row of an edge type."""
    return Edge(
        id=row["id"], cube=row["cube_id"], kind=kind, from_id=row["from_id"], to_id=row["to_id"],
        discriminator=row["discriminator"], weight=float(row["weight"]), created_by=row["created_by"],
        evidence=row["evidence"], info=_loads(row["info"], {}), created_at=from_micros(row["created_at"]),
        retired_at=_moment(row["retired_at"]), valid_from=_moment(row["valid_from"]),
        valid_to=_moment(row["valid_to"]), version=row["version"],
    )  # fmt: skip


def change_vertices(change: Change) -> Iterator[Vertex]:
    """The row of a Change with its Pieces, and the note that its Delta was applied."""
    vid, applied = keys.change_vid(change.cube, change.seq), keys.applied_vid(change.cube, change.delta)
    row: Row = {
        **_placed(change.cube, vid), "seq": change.seq, "delta_id": change.delta, "actor": change.actor,
        "reason": change.reason, "at": to_micros(change.at), "images": images_text(change.images),
        "present_nodes": _dumps(change.present_nodes) if change.present_nodes else None,
        "present_edges": _dumps(change.present_edges) if change.present_edges else None, "pieces": 0,
    }  # fmt: skip
    yield from _in_pieces(change.cube, "Change", vid, row)
    note: Row = {**_placed(change.cube, applied), "delta_id": change.delta, "seq": change.seq}
    yield Vertex(tag="Applied", vid=applied, row=note)


def change_of(row: Mapping[str, Any]) -> Change:
    """The Change of its row."""
    return Change(
        cube=row["cube_id"], seq=row["seq"], delta=row["delta_id"], actor=row["actor"], reason=row["reason"],
        at=from_micros(row["at"]), images=images_of(row["images"]),
        present_nodes=tuple(_loads(row["present_nodes"], [])), present_edges=tuple(_loads(row["present_edges"], [])),
    )  # fmt: skip


def cube_values(cube: Cube) -> Row:
    """What a cube's record says of `cube`."""
    return {
        "cube_class": cube.cube_class,
        "spaces": _dumps([[space.name, space.model, space.dimension] for space in cube.spaces]),
        "text_space": cube.text_space, "settings": _dumps(cube.settings), "created_at": to_micros(cube.created_at),
    }  # fmt: skip


def cube_vertex(cube: Cube, *, lineage: str, owner: str) -> Vertex:
    """The record of a new cube."""
    vid = keys.cube_vid(cube.id)
    row: Row = {
        "shelf": keys.shelf(keys.EVERY_CUBE), "place": vid, "cube_id": cube.id, **cube_values(cube), "seq": 0,
        "lineage": lineage, "owner": owner, "journal": "", "body": "", "body_pieces": 0, "forgetting": "",
        "dropped": False,
    }  # fmt: skip
    return Vertex(tag="Cube", vid=vid, row=row)


def cube_of(row: Mapping[str, Any]) -> Cube:
    """The Cube of its record."""
    return Cube(
        id=row["cube_id"], cube_class=row["cube_class"], text_space=row["text_space"],
        spaces=tuple(VectorSpace(name=name, model=model, dimension=d) for name, model, d in json.loads(row["spaces"])),
        settings=json.loads(row["settings"]), created_at=from_micros(row["created_at"]),
    )  # fmt: skip


def pieces_of(cube: str, owner: str, text: str) -> list[Vertex]:
    """`text` in Pieces of the row `owner`."""
    parts = [text[start : start + PIECE] for start in range(0, len(text), PIECE)]
    return [
        Vertex(tag="Piece", vid=vid, row={**_placed(cube, vid), "number": number, "piece": part})
        for number, part in enumerate(parts)
        for vid in [keys.piece_vid(cube, owner, number)]
    ]


def piece_vids(cube: str, owner: str, count: int) -> list[str]:
    """The vertex ids of the first `count` Pieces of the row `owner`."""
    return [keys.piece_vid(cube, owner, number) for number in range(count)]


def owner_of(tag: str, vid: str) -> str:
    """What Pieces of a row are named after; edges have tag Edge and their Link's vid."""
    return f"{tag}:{vid}"


def _in_pieces(cube: str, tag: str, vid: str, row: Row) -> Iterator[Vertex]:
    """`row` itself if it is short, else without its long properties, and the Pieces that hold those as JSON."""
    long = {name: row[name] for name in _LONG[tag]}
    if sum(len(value) for value in long.values() if isinstance(value, str)) <= LONGEST:
        yield Vertex(tag=tag, vid=vid, row=row)
        return
    pieces = pieces_of(cube, owner_of(tag, vid), _dumps(long))
    yield Vertex(tag=tag, vid=vid, row={**row, **dict.fromkeys(long), "pieces": len(pieces)})
    yield from pieces


def _placed(cube: str, vid: str) -> Row:
    return {"shelf": keys.shelf(cube), "place": vid, "cube_id": cube}


def _dumps(value: Any) -> str:
    return json.dumps(_plain(value), ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _loads(text: Any, otherwise: Any) -> Any:
    return json.loads(text) if text else otherwise


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(item) for item in value]
    return value


def _micros(moment: datetime | None) -> int | None:
    return None if moment is None else to_micros(moment)


def _moment(micros: int | None) -> datetime | None:
    return None if micros is None else from_micros(micros)
