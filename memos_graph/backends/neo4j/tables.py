"""What a Cypher query returned, as plain JSON values: nodes and edges as mappings, times as ISO 8601 text."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from neo4j.graph import Node, Path, Relationship
from neo4j.spatial import Point
from neo4j.time import Date, DateTime, Duration, Time

from memos_graph.ports import Table

_WORDS = "terms_"  # starts the names of properties that text search alone reads (words.py)


def table(columns: tuple[str, ...], rows: Iterable[Iterable[Any]]) -> Table:
    """The Table of these rows."""
    return Table(columns=columns, rows=tuple(tuple(plain(value) for value in row) for row in rows))


def plain(value: Any) -> Any:
    """`value` as a JSON value. A node is its properties, but those that hold words for the text search."""
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, Node | Relationship):
        return {name: plain(item) for name, item in value.items() if not name.startswith(_WORDS)}
    if isinstance(value, Path):
        return {
            "_type": "path",
            "nodes": [plain(node) for node in value.nodes],
            "relationships": [plain(edge) for edge in value.relationships],
            "length": len(value.relationships),
        }
    if isinstance(value, Mapping):
        return {str(name): plain(item) for name, item in value.items()}
    if isinstance(value, Date | Time | DateTime | Duration):
        return value.iso_format()
    if isinstance(value, Point):
        return {"srid": value.srid, **dict(zip("xyz", map(float, value), strict=False))}
    if isinstance(value, bytes | bytearray):
        return value.hex()
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return str(value)
