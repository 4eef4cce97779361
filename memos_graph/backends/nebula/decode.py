"""Values of NebulaGraph's answers as plain Python values. Knows the driver's types and nothing of our rows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from typing import Any

from nebula3.common.ttypes import Value

Row = dict[str, Any]


def rows_of(data: Any) -> list[Row]:
    """The rows of a DataSet (None: no rows), by column name."""
    if data is None:
        return []
    columns = [_text(name) for name in data.column_names]
    return [dict(zip(columns, map(plain, row.values), strict=True)) for row in data.rows or ()]


def plain(value: Any) -> Any:
    """A thrift Value as: None, bool, int, float, str, date, time, datetime (UTC), list, set, dict.

    A vertex is {vid, tags: {tag: properties}}, an edge {src, dst, kind, rank, properties}, a path the list of its
    vertices and edges, a table a list of rows, a duration {months, seconds, microseconds}, geography its WKT-like repr.
    """
    kind, held = value.field, value.value
    if kind in (Value.__EMPTY__, Value.NVAL):
        return None
    if kind in (Value.BVAL, Value.IVAL, Value.FVAL):
        return held
    reader = _READERS.get(kind)
    if reader is None:
        raise TypeError(f"NebulaGraph sent a value of a type that this version does not know: {kind}")
    return reader(held)


def _text(held: Any) -> str:
    # what is not UTF-8 was not written by us; it must still be readable
    return held if isinstance(held, str) else bytes(held).decode("utf-8", "backslashreplace")


def _properties(held: Any) -> dict[str, Any]:
    return {_text(name): plain(value) for name, value in (held or {}).items()}


def _vertex(held: Any) -> dict[str, Any]:
    return {"vid": plain(held.vid), "tags": {_text(tag.name): _properties(tag.props) for tag in held.tags or ()}}


def _edge(held: Any) -> dict[str, Any]:
    ends = plain(held.src), plain(held.dst)
    source, target = ends if held.type >= 0 else ends[::-1]  # negative: it was walked against its direction
    return {"src": source, "dst": target, "kind": _text(held.name), "rank": held.ranking,
            "properties": _properties(held.props)}  # fmt: skip


def _path(held: Any) -> list[Any]:
    walked: list[Any] = [_vertex(held.src)]
    for step in held.steps or ():
        walked.append({"kind": _text(step.name), "rank": step.ranking, "forward": step.type >= 0,
                       "properties": _properties(step.props)})  # fmt: skip
        walked.append(_vertex(step.dst))
    return walked


_READERS: dict[int, Callable[[Any], Any]] = {
    Value.SVAL: _text,
    Value.DVAL: lambda held: date(held.year, held.month, held.day),
    Value.TVAL: lambda held: time(held.hour, held.minute, held.sec, held.microsec, tzinfo=UTC),
    Value.DTVAL: lambda held: datetime(
        held.year, held.month, held.day, held.hour, held.minute, held.sec, held.microsec, tzinfo=UTC
    ),
    Value.VVAL: _vertex,
    Value.EVAL: _edge,
    Value.PVAL: _path,
    Value.LVAL: lambda held: [plain(value) for value in held.values],
    Value.MVAL: lambda held: _properties(held.kvs),
    Value.UVAL: lambda held: {plain(value) for value in held.values},
    Value.GVAL: rows_of,
    Value.GGVAL: repr,
    Value.DUVAL: lambda held: {"months": held.months, "seconds": held.seconds, "microseconds": held.microseconds},
}
