"""What must be written so that a node says what an item says: MemOS's MERGE and SET, with history kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import numpy as np

from memos_graph.adapters.items import item_of, node_of
from memos_graph.engines.versions import reopen, succeed
from memos_graph.model.delta import Operation, PatchNode, PutNode
from memos_graph.model.graph import Node, Vector
from memos_graph.services.importers.fields import Row

_IN_PLACE = ("status", "confidence", "tags", "usage", "info")
_CONTENT = ("kind", "text", "key", "sources", "valid_from")


def upsert(known: Node | None, row: Row, cube: str, at: datetime, space: str) -> tuple[Operation, ...]:
    """The operations after which the node `row` names has its fields; those that `row` leaves out stay as they were.

    Nothing when it says so already. A change of text, type, key or sources keeps what was as a version; status, tags,
    usage, confidence and fields of the caller's own change in place.
    """
    if known is None:
        node, vector = node_of(row, cube, at)
        return (PutNode(node=node if vector is None else replace(node, vectors={space: vector})),)
    given = row.values.get("metadata")
    given = given if isinstance(given, Mapping) else {}
    wanted, vector = node_of(_merged(known, row, given), cube, at)
    wanted = replace(
        wanted, valid_from=wanted.valid_from if "memory_time" in given else known.valid_from,
        sources=wanted.sources if "sources" in given else known.sources,
    )  # fmt: skip
    return _changed(known, wanted, _vectors(known, wanted, vector, space), at)


def _merged(known: Node, row: Row, given: Mapping[str, Any]) -> Row:
    """The item that `known` is, with what `row` says over it."""
    before = item_of(known)
    memory = row.values.get("memory", before["memory"])
    return Row({**row.values, "id": known.id, "memory": memory, "metadata": before["metadata"] | given}, row.where)


def _vectors(known: Node, wanted: Node, vector: Vector | None, space: str) -> Mapping[str, Vector]:
    before = known.vectors if wanted.text == known.text else {}
    return before if vector is None else {**before, space: vector}


def _changed(known: Node, wanted: Node, vectors: Mapping[str, Vector], at: datetime) -> tuple[Operation, ...]:
    changes: dict[str, Any] = {
        name: getattr(wanted, name) for name in (*_CONTENT, *_IN_PLACE) if getattr(wanted, name) != getattr(known, name)
    }
    if known.retired_at is not None:
        return reopen(known, at, **({"status": wanted.status} | changes), vectors=vectors)
    if changes.keys() & set(_CONTENT):
        return succeed(known, at, at, **changes, vectors=vectors)
    if not _equal(known.vectors, vectors):
        changes["vectors"] = vectors
    return (PatchNode(id=known.id, expects=known.version, set=changes),) if changes else ()


def _equal(one: Mapping[str, Vector], other: Mapping[str, Vector]) -> bool:
    return one.keys() == other.keys() and all(np.array_equal(one[name], other[name]) for name in one)
