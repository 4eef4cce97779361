"""Nodes and edges as rows: which columns an index holds of them, and how each is written.

Times are microseconds; NEVER and NO_TIME stand for a time that is not set, so that comparing needs no special case.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Any

import numpy as np

from memos_graph.model.graph import STATUSES, Edge, Node
from memos_graph.model.survey import NO_TIME
from memos_graph.model.times import to_micros
from memos_graph.model.wording import is_question, tells_when

NEVER = int(np.iinfo(np.int64).max)  #: retired_at or valid_to that is not set
ALWAYS = int(NO_TIME)  #: valid_from that is not set
SLOT = "slot "  #: a space's column of vector slots is called SLOT + space; -1: the node has no vector there

#: Columns of a node in the order of `node_row`: array dtype and default, or None for a list.
NODE: Mapping[str, tuple[Any, Any] | None] = {
    "id": None,
    "kind": (np.int32, 0),
    "status": (np.int8, 0),
    "confidence": (np.float64, 0.0),
    "version": (np.int64, 0),
    "created_at": (np.int64, 0),
    "updated_at": (np.int64, 0),
    "retired_at": (np.int64, NEVER),
    "valid_from": (np.int64, ALWAYS),
    "valid_to": (np.int64, NEVER),
    "length": (np.int32, 0),
    "question": (np.bool_, False),
    "tells_when": (np.bool_, False),
    "key": None,
    "tags": None,
    "usage": None,
    "info": None,
    "text_hash": (np.int64, 0),
    "text_seq": (np.int64, 0),
}
EDGE: Mapping[str, tuple[Any, Any] | None] = {
    "id": None,
    "kind": (np.int32, 0),
    "source": (np.int32, 0),
    "target": (np.int32, 0),
    "weight": (np.float32, 0.0),
    "version": (np.int64, 0),
    "created_at": (np.int64, 0),
    "retired_at": (np.int64, NEVER),
    "valid_from": (np.int64, ALWAYS),
    "valid_to": (np.int64, NEVER),
}
NODE_NAMES, EDGE_NAMES = tuple(NODE), tuple(EDGE)


@dataclass(frozen=True, slots=True)
class Layout:
    """How rows lie on disk: the list columns as they are, all arrays of a row packed into one value behind them."""

    lists: tuple[str, ...]
    packed: np.dtype[Any]

    def pack(self, rows: Sequence[tuple[Any, ...]], names: Sequence[str]) -> Iterator[tuple[Any, ...]]:
        """Rows of a number and the values of `names`, as the disk takes them."""
        at = {name: place for place, name in enumerate(names, 1)}
        fields, lists = [at[name] for name in self.packed.names or ()], [at[name] for name in self.lists]
        packed = np.array([tuple(row[place] for place in fields) for row in rows], self.packed).tobytes()
        width = self.packed.itemsize
        for nth, row in enumerate(rows):
            yield (row[0], *(row[place] for place in lists), packed[nth * width : (nth + 1) * width])


def _layout(columns: Mapping[str, tuple[Any, Any] | None]) -> Layout:
    arrays = [(name, np.dtype(kind[0]).newbyteorder("<")) for name, kind in columns.items() if kind is not None]
    return Layout(tuple(name for name, kind in columns.items() if kind is None), np.dtype(arrays))


NODE_LAYOUT, EDGE_LAYOUT = _layout(NODE), _layout(EDGE)
_encode = json.JSONEncoder(default=dict).encode  # dict: a mapping within info may be of any kind
SIGNS = ("length", "question", "tells_when")
STATUS_CODES = {status: code for code, status in enumerate(STATUSES)}


def node_row(node: Node, kind: int, digest: int, signs: tuple[int, bool, bool], seq: int) -> tuple[Any, ...]:
    """`node`, its kind by code, as the values of NODE.

    `digest` and `signs` are those of its text (`text_hash`, `text_signs`), `seq` is that of the Change that set it.
    """
    return (
        node.id,
        kind,
        STATUS_CODES[node.status],
        float(node.confidence),
        node.version,
        to_micros(node.created_at),
        to_micros(node.updated_at),
        _micros(node.retired_at, NEVER),
        _micros(node.valid_from, ALWAYS),
        _micros(node.valid_to, NEVER),
        *signs,
        node.key,
        _encode(node.tags) if node.tags else "",
        _encode(node.usage) if node.usage else "",
        _encode(dict(node.info)) if node.info else "",
        digest,
        seq,
    )


def text_signs(text: str) -> tuple[int, bool, bool]:
    """What SIGNS holds of a text. The dearest part of a row: not worked out again while the text stays."""
    return len(text), is_question(text), tells_when(text)


def edge_row(edge: Edge, kind: int, source: int, target: int) -> tuple[Any, ...]:
    """`edge`, its kind by code, between the rows of its ends, as the values of EDGE."""
    return (
        edge.id,
        kind,
        source,
        target,
        float(edge.weight),
        edge.version,
        to_micros(edge.created_at),
        _micros(edge.retired_at, NEVER),
        _micros(edge.valid_from, ALWAYS),
        _micros(edge.valid_to, NEVER),
    )


def text_hash(node: Node) -> int:
    """64 bits of key, text and content_hash, to tell whether they changed without reading them."""
    whole = "\x00".join((node.key, node.content_hash, node.text))
    return int.from_bytes(blake2b(whole.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big", signed=True)


def body(key: str, text: str) -> str:
    """What text search reads of a node."""
    return f"{key}\n{text}" if key else text


def _micros(moment: datetime | None, absent: int) -> int:
    return absent if moment is None else to_micros(moment)
