"""CSV: a file of nodes and one of edges, with a header row each, commas between, UTF-8.

Columns that are not ours become info, as text; a header like `shelf:int` says what else they hold. Nothing is guessed.
"""

from __future__ import annotations

import csv
import io
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from memos_graph.model.errors import Invalid
from memos_graph.model.graph import MAX_TEXT, Json
from memos_graph.services.importers.fields import Row
from memos_graph.services.importers.gathering import Gathering
from memos_graph.services.importers.reading import json_value, looks_like_json

_NODE = ("id", "kind", "text", "key", "tags", "status", "confidence", "valid_from", "valid_to", "created_at")
_EDGE = ("from", "to", "kind", "weight", "evidence", "discriminator", "valid_from", "valid_to", "created_at")
_NEEDED_NODE, _NEEDED_EDGE = ("id", "text"), ("from", "to", "kind")
_LIMIT = threading.Lock()


def is_nodes(text: str) -> bool:
    """Whether the first line of `text` is the header of nodes."""
    return set(_NEEDED_NODE) <= set(_first(text))


def is_edges(text: str) -> bool:
    """Whether the first line of `text` is the header of edges."""
    return set(_NEEDED_EDGE) <= set(_first(text))


def parse_nodes(path: Path, text: str, into: Gathering) -> None:
    """Take in a file of nodes. `Invalid` names line, column and value."""
    for row in _rows(path.name, text, _NODE, _NEEDED_NODE):
        confidence = _number(row, "confidence", float)
        into.node(
            row.where, id=row.required("id").strip(), kind=row.text("kind").strip() or "LongTermMemory",
            text=row.required("text"), key=row.text("key").strip(),
            tags=tuple(tag.strip() for tag in row.text("tags").split(";") if tag.strip()),
            status=row.text("status").strip() or "activated", confidence=100.0 if confidence is None else confidence,
            valid_from=row.time("valid_from"), valid_to=row.time("valid_to"), created_at=row.time("created_at"),
            info=_info(row),
        )  # fmt: skip


def parse_edges(path: Path, text: str, into: Gathering) -> None:
    """Take in a file of edges. `Invalid` names line, column and value."""
    for row in _rows(path.name, text, _EDGE, _NEEDED_EDGE):
        weight = _number(row, "weight", float)
        into.edge(
            row.where, row.required("kind").strip(), row.required("from").strip(), row.required("to").strip(),
            once=True, weight=1.0 if weight is None else weight, evidence=row.text("evidence"),
            discriminator=row.text("discriminator"), valid_from=row.time("valid_from"), valid_to=row.time("valid_to"),
            created_at=row.time("created_at"), info=_info(row),
        )  # fmt: skip


def _rows(name: str, text: str, ours: Sequence[str], needed: Sequence[str]) -> Iterator[Row]:
    with _wide_fields():
        reader = csv.reader(io.StringIO(text, newline=""), strict=True)
        header: list[str] | None = None
        begins = 1
        while True:
            try:
                cells = next(reader)
            except StopIteration:
                break
            except csv.Error as error:
                raise Invalid(
                    f"{name} line {begins}", str(error), "write it as CSV: quotes closed and doubled"
                ) from None
            where, begins = f"{name} line {begins}", reader.line_num + 1
            if header is None:
                header = _header(name, cells, ours, needed)
            elif cells:
                if len(cells) != len(header):
                    raise Invalid(
                        where, f"{len(cells)} fields", f"the header has {len(header)} columns; quote fields with commas"
                    )
                yield Row(dict(zip(header, cells, strict=True)), where)
        if header is None:
            raise Invalid(name, "", f"the first line names the columns: {', '.join(ours)}")


def _header(name: str, cells: Sequence[str], ours: Sequence[str], needed: Sequence[str]) -> list[str]:
    header = [cell.strip() if cell.strip().lower() not in ours else cell.strip().lower() for cell in cells]
    for column in needed:
        if column not in header:
            hint = "; separate columns with commas" if len(header) == 1 else ""
            raise Invalid(f"{name} line 1", ",".join(cells)[:80], f"there is no column {column!r}{hint}")
    for position, column in enumerate(header):
        if not column:
            raise Invalid(f"{name} line 1", ",".join(cells)[:80], f"column {position + 1} has no name")
        if column in header[:position]:
            raise Invalid(f"{name} line 1", column, "two columns have this name; rename one")
    return header


def _info(row: Row) -> dict[str, Json]:
    info: dict[str, Json] = {}
    for column, cell in row.rest().items():
        name, colon, type_ = column.rpartition(":")
        if not colon or type_ not in _TYPES:
            name, type_ = column, "string"
        assert isinstance(cell, str)
        try:
            value = _TYPES[type_](cell)
        except ValueError:
            raise Invalid(row.place(column), cell, f"the header says {type_}: {_HOW[type_]}") from None
        if name in info:
            raise Invalid(row.place(column), column, "two columns have this name; rename one")
        info[name] = value
    return info


def _number(row: Row, name: str, read: Callable[[str], float]) -> float | None:
    text = row.text(name).strip()
    try:
        return read(text) if text else None
    except ValueError:
        raise row.wrong(name, "write it as a number") from None


def _whole(text: str) -> Json:
    if len(text.strip()) > 100:  # Python refuses thousands of digits in another wording
        raise ValueError(text)
    return int(text)


def _finite(text: str) -> Json:
    value = float(text)
    if value - value != 0:
        raise ValueError(text)
    return value


def _truth(text: str) -> Json:
    known = {"true": True, "false": False}
    if text.strip().lower() not in known:
        raise ValueError(text)
    return known[text.strip().lower()]


def _json(text: str) -> Json:
    value: Json = json_value(text, "json")
    return value


def _list(text: str) -> Json:
    return [part.strip() for part in text.split(";") if part.strip()]


_TYPES: Mapping[str, Callable[[str], Json]] = {
    "string": str, "int": _whole, "float": _finite, "bool": _truth, "json": _json, "list": _list,
}  # fmt: skip
_HOW = {
    "int": "write a whole number", "float": "write a number", "bool": "write true or false", "json": "write JSON",
    "string": "", "list": "separate them by ;",
}  # fmt: skip


def _first(text: str) -> list[str]:
    if looks_like_json(text):
        return []
    line = text.lstrip("\r\n").partition("\n")[0].rstrip("\r")[:10_000]
    try:
        return [cell.strip().lower() for cell in next(csv.reader([line]), [])]
    except csv.Error:
        return []


@contextmanager
def _wide_fields() -> Iterator[None]:
    """Let a field be as long as a node's text may be: the csv module's own limit is 128 KiB, for the whole process."""
    with _LIMIT:
        before = csv.field_size_limit(MAX_TEXT + 1)
        try:
            yield
        finally:
            csv.field_size_limit(before)
