"""Nodes, edges and cubes as plain JSON values, and back. The one place that knows those names.

Times are ISO 8601 UTC with microseconds; vectors are base64 of little-endian float32, and only there when asked for.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any

import numpy as np

from memos_graph.model.errors import Invalid
from memos_graph.model.graph import Cube, Edge, Node, Source, Vector, VectorSpace
from memos_graph.model.times import parse_time

_NODE_TIMES = ("created_at", "updated_at", "retired_at", "valid_from", "valid_to")
_EDGE_TIMES = ("created_at", "retired_at", "valid_from", "valid_to")


def node_to_json(node: Node, *, vectors: bool = False) -> dict[str, Any]:
    """`node` as JSON values, every field by its name; `node_from_json` is the inverse."""
    values: dict[str, Any] = {f.name: getattr(node, f.name) for f in fields(node) if f.name != "vectors"}
    for name in _NODE_TIMES:
        values[name] = _iso(values[name])
    values["tags"], values["usage"] = list(node.tags), list(node.usage)
    values["sources"] = [source_to_json(source) for source in node.sources]
    values["info"] = dict(node.info)
    if vectors:
        values["vectors"] = {space: vector_to_text(vector) for space, vector in node.vectors.items()}
    return values


def node_from_json(values: Mapping[str, Any]) -> Node:
    """The Node that `node_to_json` wrote. `Invalid` names a field that is missing or unknown."""
    known = {f.name for f in fields(Node)}
    _check(values, known, required={"id", "cube", "kind", "created_at", "updated_at"}, what="node")
    read = dict(values)
    for name in _NODE_TIMES:
        read[name] = _time(read.get(name), name)
    read["tags"], read["usage"] = tuple(read.get("tags", ())), tuple(read.get("usage", ()))
    read["sources"] = tuple(source_from_json(source) for source in read.get("sources", ()))
    read["vectors"] = {space: text_to_vector(text) for space, text in read.get("vectors", {}).items()}
    return Node(**read)


def edge_to_json(edge: Edge) -> dict[str, Any]:
    """`edge` as JSON values, every field by its name; `edge_from_json` is the inverse."""
    values: dict[str, Any] = {f.name: getattr(edge, f.name) for f in fields(edge)}
    for name in _EDGE_TIMES:
        values[name] = _iso(values[name])
    values["info"] = dict(edge.info)
    return values


def edge_from_json(values: Mapping[str, Any]) -> Edge:
    """The Edge that `edge_to_json` wrote. `Invalid` names a field that is missing or unknown."""
    required = {"id", "cube", "kind", "from_id", "to_id", "created_at"}
    _check(values, {f.name for f in fields(Edge)}, required=required, what="edge")
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
    _check(values, {f.name for f in fields(Cube)}, required={"id", "created_at"}, what="cube")
    read = dict(values)
    read["created_at"] = _time(read["created_at"], "created_at")
    read["spaces"] = tuple(VectorSpace(**space) for space in read.get("spaces", ()))
    return Cube(**read)


def source_to_json(source: Source) -> dict[str, Any]:
    """`source` as JSON values, what is not set left out."""
    values = {f.name: getattr(source, f.name) for f in fields(source)}
    return {name: list(v) if isinstance(v, tuple) else v for name, v in values.items() if v is not None}


def source_from_json(values: Mapping[str, Any]) -> Source:
    """The Source that `source_to_json` wrote."""
    _check(values, {f.name for f in fields(Source)}, required={"uri"}, what="source")
    box = values.get("box")
    return Source(**{**values, "box": tuple(box) if box is not None else None})


def vector_to_text(vector: Vector) -> str:
    """`vector` as base64 of little-endian float32: exact, and a third of the size of decimal digits."""
    return base64.b64encode(np.ascontiguousarray(vector, dtype="<f4").tobytes()).decode("ascii")


def text_to_vector(text: str) -> Vector:
    """The vector that `vector_to_text` wrote."""
    return np.frombuffer(base64.b64decode(text, validate=True), dtype="<f4").astype(np.float32)


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(timespec="microseconds")


def _time(text: Any, name: str) -> datetime | None:
    if text is None:
        return None
    if not isinstance(text, str):
        raise Invalid(name, text, "write times as ISO 8601 text")
    return parse_time(text, name)


def _check(values: Mapping[str, Any], known: set[str], *, required: set[str], what: str) -> None:
    for name in sorted(required - set(values)):
        raise Invalid(what, dict(values), f"field {name!r} is missing")
    for name in sorted(set(values) - known):
        raise Invalid(what, name, f"no such field; known: {', '.join(sorted(known))}")
