"""A Filter over rows: what `matches` says, by whole columns where they are arrays and row by row where they are not."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import numpy as np

from memos_graph.backends.sidecar.rows import ALWAYS, NEVER
from memos_graph.backends.sidecar.snapshot import Snapshot
from memos_graph.model.filter import NUMBER_FIELDS, TIME_FIELDS, And, Filter, Or, Where, compare
from memos_graph.model.graph import STATUSES
from memos_graph.model.survey import Bools, Ints
from memos_graph.model.times import to_micros

ReadTexts = Callable[[Sequence[int]], Mapping[int, tuple[str, str]]]  #: text and content_hash by row
_ABSENT = {"retired_at": NEVER, "valid_to": NEVER, "valid_from": ALWAYS}
_HUGE = 2**62


def needs_texts(condition: Filter | None) -> bool:
    """Whether `condition` asks for what only the disk holds."""
    if isinstance(condition, Where):
        return condition.field in ("text", "content_hash")
    return condition is not None and any(needs_texts(part) for part in condition.of)


def meeting(snapshot: Snapshot, condition: Filter, rows: Ints, texts: ReadTexts) -> Ints:
    """Those of `rows` that meet `condition`, in their order."""
    if isinstance(condition, And):
        for part in sorted(condition.of, key=_cost):
            rows = meeting(snapshot, part, rows, texts)
        return rows
    if isinstance(condition, Or):
        met = np.zeros(snapshot.rows, np.bool_)
        for part in sorted(condition.of, key=_cost):
            met[meeting(snapshot, part, rows[~met[rows]], texts)] = True
        return rows[met[rows]]
    return rows[_met(snapshot, condition, rows, texts)]


def _met(snapshot: Snapshot, where: Where, rows: Ints, texts: ReadTexts) -> Bools:
    field, arrays, lists = where.field, snapshot.nodes.arrays, snapshot.nodes.lists
    if field == "kind" or field == "status":
        names: Sequence[str] = snapshot.kinds if field == "kind" else STATUSES
        table = np.array([compare(name, where.op, where.value) for name in names], np.bool_)
        return table[arrays[field][rows]] if len(rows) else np.zeros(0, np.bool_)
    if field in NUMBER_FIELDS:
        return _numbers(arrays[field][rows].astype(np.float64), where)
    if field in TIME_FIELDS:
        return _times(arrays[field][rows], where, _ABSENT.get(field))
    if field in ("text", "content_hash"):
        read, place = texts(rows.tolist()), 0 if field == "text" else 1
        return _each(lambda row: read[row][place], where, rows)
    if field == "usage":
        held = lists[field]
        return _each(lambda row: json.loads(held[row]) if held[row] else (), where, rows)
    if field == "id":
        names = lists[field]
        return _each(lambda row: names[row], where, rows)
    codes, values = snapshot.facets.get(field, snapshot.nodes)
    table = np.array([compare(value, where.op, where.value) for value in values], np.bool_)
    return table[codes[rows]] if len(rows) else np.zeros(0, np.bool_)


def _each(value: Callable[[int], Any], where: Where, rows: Ints) -> Bools:
    op, wanted = where.op, where.value
    return np.fromiter((compare(value(row), op, wanted) for row in rows.tolist()), np.bool_, len(rows))


def _numbers(column: np.ndarray[Any, np.dtype[np.float64]], where: Where) -> Bools:
    def number(value: object) -> float | None:
        if isinstance(value, bool) or not isinstance(value, int | float):
            return None
        return float(value) if abs(value) < _HUGE else float("inf") if value > 0 else float("-inf")

    return _compared(column, where, number)


def _times(column: np.ndarray[Any, np.dtype[np.int64]], where: Where, absent: int | None) -> Bools:
    def moment(value: object) -> int | None:
        return to_micros(value) if isinstance(value, datetime) else None

    mask = _compared(column, where, moment)
    return mask if absent is None else mask & (column != absent)


def _compared(column: np.ndarray[Any, Any], where: Where, read: Callable[[object], Any]) -> Bools:
    nothing = np.zeros(len(column), np.bool_)
    if where.op == "in":
        wanted = [value for value in map(read, where.value) if value is not None]
        return np.isin(column, wanted) if wanted else nothing
    value = read(where.value)
    if value is None:
        return nothing
    operations: Mapping[str, Callable[[Any, Any], Any]] = {
        "eq": np.equal, "gt": np.greater, "gte": np.greater_equal, "lt": np.less, "lte": np.less_equal,
    }  # fmt: skip
    operation = operations.get(where.op)
    return nothing if operation is None else np.asarray(operation(column, value), np.bool_)


def _cost(condition: Filter) -> int:
    if not isinstance(condition, Where):
        return max((_cost(part) for part in condition.of), default=0)
    if condition.field in ("text", "content_hash"):
        return 3
    if condition.field in NUMBER_FIELDS | TIME_FIELDS | {"kind", "status"}:
        return 0
    return 2 if condition.field in ("id", "usage") else 1
