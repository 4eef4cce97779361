"""JSON that is no chat: each record as a passage of "path: value" lines, a list of flat records as a table would be.

Declines to know schemas. Keys keep their order; null and empty values are left out.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TypeAlias

from memos_ingest.decode import decode
from memos_ingest.elements import Element
from memos_ingest.errors import UnreadableFile
from memos_ingest.parsers.base import Parsed, Source, check_text_size

Json: TypeAlias = object
_RECORD_CHARS = 1_500  # a larger record is cut along its own branches
_LINES = "application/jsonl"
_DEEPEST = 200


def parse(source: Source) -> Parsed:
    """The records of the file."""
    return records(json_of(source), source)


def json_of(source: Source) -> Json:
    """The file's value; of JSON lines the list of the lines' values. UnreadableFile names line and column."""
    check_text_size(source)
    text = decode(source.data, name=source.name, encoding=source.encoding)
    try:
        if source.media_type == _LINES:
            return list(_lines(text, source.name))
        try:
            return _loads(text)
        except json.JSONDecodeError as problem:
            if problem.msg != "Extra data" or problem.lineno < 2:
                raise
            return list(_lines(text, source.name))  # JSON lines under the name of JSON
    except json.JSONDecodeError as problem:
        raise UnreadableFile(
            source.name,
            f"is not valid JSON at line {problem.lineno}, column {problem.colno}: {problem.msg}; repair the file",
        ) from problem
    except RecursionError as problem:
        raise UnreadableFile(source.name, "is JSON nested too deep to be read; flatten it") from problem
    except ValueError as problem:  # a number of more digits than Python takes
        raise UnreadableFile(source.name, f"is JSON with a value that cannot be read: {problem}") from problem


def records(value: Json, source: Source) -> Parsed:
    """The value as passages, in its order."""
    elements = tuple(Element(kind="paragraph", text=text) for text in _passages(value, "", source, 0) if text.strip())
    title = value.get("title") if isinstance(value, Mapping) else None
    return Parsed(elements=elements, title=_scalar(title) or None if isinstance(title, str) else None)


def _lines(text: str, name: str) -> Iterator[Json]:
    for at, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            yield _loads(line)
        except json.JSONDecodeError as problem:
            raise UnreadableFile(
                name, f"line {at:,} is not valid JSON at column {problem.colno}: {problem.msg}; repair the line"
            ) from problem


def _loads(text: str) -> Json:
    return json.loads(text)


def _passages(value: Json, path: str, source: Source, depth: int) -> Iterator[str]:
    """The value as one passage where it is small, else each of its branches."""
    if depth > _DEEPEST:
        raise UnreadableFile(source.name, f"is JSON nested over {_DEEPEST} levels deep; flatten it")
    if not isinstance(value, (dict, list)):
        line = _line(path, value)
        if line:
            yield line
        return
    whole = None if isinstance(value, list) and _holds_records(value) else _flat(value, path)
    if whole is not None:
        yield whole
        return
    together: list[str] = []  # single values of one record, kept side by side
    branches = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in branches:
        place = f"{path}.{key}" if path and isinstance(value, dict) else str(key) if not path else f"{path}[{key}]"
        if isinstance(value, list):
            place = f"{path}[{key}]"
        if isinstance(inner, (dict, list)):
            if together:
                yield "\n".join(together)
                together = []
            yield from _passages(inner, place, source, depth + 1)
        elif line := _line(place, inner):
            together.append(line)
    if together:
        yield "\n".join(together)


def _holds_records(value: list[Json]) -> bool:
    return any(isinstance(inner, (dict, list)) for inner in value)


def _flat(value: Json, path: str) -> str | None:
    """All values inside as lines; None when that is too long for one passage."""
    lines: list[str] = [path] if path else []
    size = 0
    stack: list[tuple[str, Json]] = [("", value)]
    while stack:
        place, at = stack.pop()
        if isinstance(at, dict):
            stack.extend((f"{place}.{key}" if place else str(key), inner) for key, inner in reversed(at.items()))
        elif isinstance(at, list) and _holds_records(at):
            stack.extend((f"{place}[{n}]", inner) for n, inner in reversed(list(enumerate(at))))
        else:
            shown = ", ".join(filter(None, map(_scalar, at))) if isinstance(at, list) else _scalar(at)
            line = f"{place}: {shown}" if place and shown else shown
            if line:
                lines.append(line)
                size += len(line)
        if size > _RECORD_CHARS or len(stack) > _RECORD_CHARS:
            return None
    return "\n".join(lines) if len(lines) > bool(path) else ""


def _line(path: str, value: Json) -> str:
    shown = _scalar(value)
    return f"{path}: {shown}" if path and shown else shown


def _scalar(value: Json) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    text = value if isinstance(value, str) else json.dumps(value)
    # JSON may hold halves of surrogate pairs, and NUL, that no encoder takes
    return text.encode("utf-8", "replace").decode("utf-8").replace("\x00", "").strip()
