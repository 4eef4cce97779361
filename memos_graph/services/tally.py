"""Count and hash all rows of a cube, so that two stores can be compared without laying them side by side.

A hash is the sum, modulo 2**256, of the SHA-256 of every row as JSON (and the bytes of its vectors): it does not depend
on the order of rows, which stores may choose, and a stopped sum goes on where it was. The JSON is orjson's, which takes
a tenth of the time, of the fields in their order: good for comparing, not for keeping.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from operator import attrgetter
from typing import Any, TypeAlias, TypeVar

import numpy as np
import orjson

from memos_graph.model.codec import canonical, change_to_json, edge_to_json, node_to_json
from memos_graph.model.delta import Change
from memos_graph.model.graph import Edge, Node
from memos_graph.ports import GraphStore
from memos_graph.services.rows import change_pages, coming, edge_pages, node_pages

T = TypeVar("T")
_RANGE = 2**256
_Row: TypeAlias = bytes  # in Sum, `bytes` is a field
# what may be a whole number in one store and a float in another is left to `float`
_NODE = attrgetter(*(each.name for each in fields(Node) if each.name not in ("confidence", "vectors")))
_EDGE = attrgetter(*(each.name for each in fields(Edge) if each.name != "weight"))


@dataclass(slots=True)
class Sum:
    """Rows of one sort: how many, how large as JSON, and the sum of their hashes."""

    rows: int = 0
    bytes: int = 0
    hashes: int = 0

    def add(self, data: _Row, vectors: Mapping[str, Any] | None = None) -> None:
        """Take in a row."""
        digest = hashlib.sha256(data)
        self.bytes += len(data)
        for space, vector in sorted((vectors or {}).items()):
            row = np.ascontiguousarray(vector, dtype="<f4").tobytes()
            digest.update(b"\x00" + space.encode() + b"\x00" + row)
            self.bytes += len(row)
        self.rows += 1
        self.hashes = (self.hashes + int.from_bytes(digest.digest())) % _RANGE

    def merge(self, other: Sum) -> None:
        """Take in the rows of `other`."""
        self.rows, self.bytes = self.rows + other.rows, self.bytes + other.bytes
        self.hashes = (self.hashes + other.hashes) % _RANGE

    @property
    def hex(self) -> str:
        """The hash as text."""
        return f"{self.hashes:064x}"


@dataclass(slots=True)
class Tally:
    """All that a cube holds, in three sums."""

    nodes: Sum = field(default_factory=Sum)
    edges: Sum = field(default_factory=Sum)
    changes: Sum = field(default_factory=Sum)

    def add_nodes(self, nodes: Iterable[Node]) -> Tally:
        """Itself, with nodes and their vectors taken in."""
        for node in nodes:
            self.nodes.add(_as_bytes((*_NODE(node), float(node.confidence)), node_to_json, node), node.vectors)
        return self

    def add_edges(self, edges: Iterable[Edge]) -> Tally:
        """Itself, with edges taken in."""
        for edge in edges:
            self.edges.add(_as_bytes((*_EDGE(edge), float(edge.weight)), edge_to_json, edge))
        return self

    def add_changes(self, changes: Iterable[Change]) -> Tally:
        """Itself, with Changes taken in; each says its number, so their order counts."""
        for change in changes:
            self.changes.add(canonical(change_to_json(change)).encode())
        return self

    def merge(self, other: Tally) -> None:
        """Take in what `other` counted."""
        self.nodes.merge(other.nodes)
        self.edges.merge(other.edges)
        self.changes.merge(other.changes)

    def to_json(self) -> dict[str, Any]:
        """As JSON values; `tally_from_json` is the inverse."""
        sums = {"nodes": self.nodes, "edges": self.edges, "changes": self.changes}
        return {name: [of.rows, of.bytes, of.hex] for name, of in sums.items()}


def tally_from_json(values: Mapping[str, Any]) -> Tally:
    """The Tally that `to_json` wrote. `KeyError`, `ValueError`, `TypeError` for anything else."""
    sums = {}
    for name in ("nodes", "edges", "changes"):
        rows, size, text = values[name]
        sums[name] = Sum(int(rows), int(size), int(text, 16))
    return Tally(**sums)


def _as_bytes(row: tuple[Any, ...], to_json: Callable[[T], Mapping[str, Any]], whole: T) -> bytes:
    """`row` as JSON; `whole` in the canonical form where orjson has no word for a value: numbers over 64 bits."""
    try:
        return orjson.dumps(row, default=_plain, option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError:
        return canonical(to_json(whole)).encode()


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError


def tally(store: GraphStore, cube: str) -> Tally:
    """What `cube` of `store` holds, all of it read."""
    found = Tally()
    for nodes in coming(node_pages(store, cube)):
        found.add_nodes(nodes.rows)
    for edges in coming(edge_pages(store, cube)):
        found.add_edges(edges.rows)
    for changes in coming(change_pages(store, cube)):
        found.add_changes(changes.rows)
    return found
