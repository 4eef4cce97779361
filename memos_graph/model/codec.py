"""Nodes, edges, Changes and cubes as plain JSON values, and back. The one place that knows those names.

Times are ISO 8601 UTC with microseconds; vectors are base64 of little-endian float32, and only there when asked for.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping, Set
from dataclasses import fields
from datetime import datetime
from typing import Any

import numpy as np

from memos_graph.model.delta import Change, Image
from memos_graph.model.errors import Invalid
from memos_graph.model.graph import Cube, Edge, Node, Source, Vector, VectorSpace
from memos_graph.model.times import parse_time

_NODE_TIMES = ("created_at", "updated_at", "retired_at", "valid_from", "valid_to")
_EDGE_TIMES = ("created_at", "retired_at", "valid_from", "valid_to")
# asked once: `fields` looks through a class anew each time, and rows come by the hundred thousand
_NODE, _EDGE, _CHANGE, _CUBE, _SOURCE = (
    {field.name: None for field in fields(of)} for of in (Node, Edge, Change, Cube, Source)
)

_CANONICAL = json.JSONEncoder(ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_texts(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(item, str) for item in value)


_Type = tuple[Callable[[Any], bool], str]
_TEXT: _Type = (lambda value: isinstance(value, str), "give a text")
_NUMBER: _Type = (_is_number, "give a number")
_WHOLE: _Type = (_is_whole, "give a whole number")
_TEXTS: _Type = (_is_texts, "give a list of texts")
_LIST: _Type = (lambda value: isinstance(value, list | tuple), "give a list")
_OBJECT: _Type = (lambda value: isinstance(value, Mapping), "give an object")
_ANY: Mapping[str, _Type] = {}
_NODE_TYPES: Mapping[str, _Type] = {
    **dict.fromkeys(("id", "cube", "kind", "text", "key", "status", "content_hash"), _TEXT),
    "confidence": _NUMBER, "version": _WHOLE, "tags": _TEXTS, "usage": _TEXTS, "sources": _LIST, "info": _OBJECT,
    "vectors": _OBJECT,
}  # fmt: skip
_EDGE_TYPES: Mapping[str, _Type] = {
    **dict.fromkeys(("id", "cube", "kind", "from_id", "to_id", "discriminator", "created_by", "evidence"), _TEXT),
    "weight": _NUMBER, "version": _WHOLE, "info": _OBJECT,
}  # fmt: skip
_CHANGE_TYPES: Mapping[str, _Type] = {
    **dict.fromkeys(("cube", "delta", "actor", "reason"), _TEXT),
    "seq": _WHOLE, "images": _LIST, "present_nodes": _TEXTS, "present_edges": _TEXTS,
}  # fmt: skip
_CUBE_TYPES: Mapping[str, _Type] = {
    **dict.fromkeys(("id", "cube_class", "text_space"), _TEXT), "spaces": _LIST, "settings": _OBJECT,
}  # fmt: skip


def node_to_json(node: Node, *, vectors: bool = False) -> dict[str, Any]:
    """`node` as JSON values, every field by its name; `node_from_json` is the inverse."""
    values: dict[str, Any] = {name: getattr(node, name) for name in _NODE if name != "vectors"}
    for name in _NODE_TIMES:
        values[name] = _iso(values[name])
    values["tags"], values["usage"] = list(node.tags), list(node.usage)
    values["sources"] = [source_to_json(source) for source in node.sources]
    values["info"], values["confidence"] = _plain(node.info), float(node.confidence)
    if vectors:
        values["vectors"] = {space: vector_to_text(vector) for space, vector in node.vectors.items()}
    return values


def node_from_json(values: Mapping[str, Any]) -> Node:
    """The Node that `node_to_json` wrote. `Invalid` names a field that is missing or unknown."""
    required = {"id", "cube", "kind", "created_at", "updated_at"}
    _check(values, _NODE.keys(), required=required, what="node", types=_NODE_TYPES)
    read = dict(values)
    for name in _NODE_TIMES:
        read[name] = _time(read.get(name), name)
    read["tags"], read["usage"] = tuple(read.get("tags", ())), tuple(read.get("usage", ()))
    read["sources"] = tuple(source_from_json(source) for source in read.get("sources", ()))
    read["vectors"] = {space: _vector(space, text) for space, text in read.get("vectors", {}).items()}
    return Node(**read)


def edge_to_json(edge: Edge) -> dict[str, Any]:
    """`edge` as JSON values, every field by its name; `edge_from_json` is the inverse."""
    values: dict[str, Any] = {name: getattr(edge, name) for name in _EDGE}
    for name in _EDGE_TIMES:
        values[name] = _iso(values[name])
    values["info"], values["weight"] = _plain(edge.info), float(edge.weight)
    return values


def edge_from_json(values: Mapping[str, Any]) -> Edge:
    """The Edge that `edge_to_json` wrote. `Invalid` names a field that is missing or unknown."""
    required = {"id", "cube", "kind", "from_id", "to_id", "created_at"}
    _check(values, _EDGE.keys(), required=required, what="edge", types=_EDGE_TYPES)
    read = dict(values)
    for name in _EDGE_TIMES:
        read[name] = _time(read.get(name), name)
    return Edge(**read)


def cube_to_json(cube: Cube) -> dict[str, Any]:
    """`cube` as JSON values; `cube_from_json` is the inverse."""
    return {
        "id": cube.id,
        "cube_class": cube.cube_class,
        "spaces": [{"name": s.name, "model": s.model, "dimension": s.dimension} for s in cube.spaces],
        "text_space": cube.text_space,
        "settings": dict(cube.settings),
        "created_at": _iso(cube.created_at),
    }


def cube_from_json(values: Mapping[str, Any]) -> Cube:
    """The Cube that `cube_to_json` wrote. `Invalid` names a field that is missing or unknown."""
    _check(values, _CUBE.keys(), required={"id", "created_at"}, what="cube", types=_CUBE_TYPES)
    read = dict(values)
    read["created_at"] = _time(read["created_at"], "created_at")
    read["spaces"] = tuple(_space(space) for space in read.get("spaces", ()))
    return Cube(**read)


def change_to_json(change: Change) -> dict[str, Any]:
    """`change` as JSON values, its images with what was there before; `change_from_json` is the inverse."""
    values: dict[str, Any] = {name: getattr(change, name) for name in _CHANGE}
    values["at"] = _iso(change.at)
    values["images"] = [{"id": image.id, "of": image.of, "before": _plain(image.before)} for image in change.images]
    values["present_nodes"], values["present_edges"] = list(change.present_nodes), list(change.present_edges)
    return values


def change_from_json(values: Mapping[str, Any]) -> Change:
    """The Change that `change_to_json` wrote. `Invalid` names a field that is missing, unknown or of a wrong type."""
    required = {"cube", "seq", "delta", "at"}
    _check(values, _CHANGE.keys(), required=required, what="change", types=_CHANGE_TYPES)
    read = {"actor": "", "reason": "", **values}
    read["at"] = _time(read["at"], "at")
    read["images"] = tuple(_image(image) for image in read.get("images", ()))
    for name in ("present_nodes", "present_edges"):
        read[name] = tuple(read.get(name, ()))
    return Change(**read)


def _image(values: Any) -> Image:
    if not isinstance(values, Mapping) or set(values) != {"id", "of", "before"} or values["of"] not in ("node", "edge"):
        raise Invalid("images", values, "an image is {id, of: node or edge, before: its fields or null}")
    if not (values["before"] is None or isinstance(values["before"], Mapping)):
        raise Invalid("before", values["before"], "give the fields of a node or an edge, or null")
    return Image(id=values["id"], of=values["of"], before=values["before"])


def canonical(value: Any) -> str:
    """The one text of a JSON value: names sorted, no spaces, letters as they are. `ValueError`: a number JSON lacks."""
    return _CANONICAL.encode(value)


def source_to_json(source: Source) -> dict[str, Any]:
    """`source` as JSON values, what is not set left out."""
    values = {name: getattr(source, name) for name in _SOURCE}
    return {name: list(v) if isinstance(v, tuple) else v for name, v in values.items() if v is not None}


def source_from_json(values: Mapping[str, Any]) -> Source:
    """The Source that `source_to_json` wrote."""
    _check(values, _SOURCE.keys(), required={"uri"}, what="source")
    box = values.get("box")
    return Source(**{**values, "box": tuple(box) if box is not None else None})


def vector_to_text(vector: Vector) -> str:
    """`vector` as base64 of little-endian float32: exact, and a third of the size of decimal digits."""
    return base64.b64encode(np.ascontiguousarray(vector, dtype="<f4").tobytes()).decode("ascii")


def text_to_vector(text: str) -> Vector:
    """The vector that `vector_to_text` wrote."""
    return np.frombuffer(base64.b64decode(text, validate=True), dtype="<f4").astype(np.float32)


def _vector(space: str, text: Any) -> Vector:
    try:
        return text_to_vector(text)
    except (ValueError, TypeError):
        shown = text[:20] if isinstance(text, str) else text
        raise Invalid(f"vector {space!r}", shown, "write it as base64 of little-endian float32") from None


def _space(values: Any) -> VectorSpace:
    _check(values, {"name", "model", "dimension"}, required={"name", "model", "dimension"}, what="vector space",
           types={"name": _TEXT, "model": _TEXT, "dimension": _WHOLE})  # fmt: skip
    return VectorSpace(**values)


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(timespec="microseconds")


def _time(text: Any, name: str) -> datetime | None:
    if text is None:
        return None
    if not isinstance(text, str):
        raise Invalid(name, text, "write times as ISO 8601 text")
    return parse_time(text, name)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value


def _check(
    values: Mapping[str, Any], known: Set[str], *, required: Set[str], what: str, types: Mapping[str, _Type] = _ANY
) -> None:
    if not isinstance(values, Mapping):
        raise Invalid(what, values, "give an object of its fields")
    if not required <= values.keys() <= known:
        for name in sorted(required - values.keys()):
            raise Invalid(what, dict(values), f"field {name!r} is missing")
        for name in sorted(values.keys() - known):
            raise Invalid(what, name, f"no such field; known: {', '.join(sorted(known))}")
    for name, (fits, wanted) in types.items():
        if name in values and not fits(values[name]):
            raise Invalid(name, values[name], wanted)
