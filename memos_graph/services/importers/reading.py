"""A file from elsewhere as text or JSON, read strictly: what two readers could take for two things is refused.

Knows no format: what the values mean is said in the modules beside this one.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from memos_graph.model.errors import Invalid, NotFound


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a file says; `lines`: the line number of each value, when it was JSON Lines (`value` is their list)."""

    name: str
    value: Any
    lines: Sequence[int] | None = None

    def at(self, index: int) -> str:
        """Where the value of that index (from 0) stands, for people."""
        return f"{self.name} line {self.lines[index]}" if self.lines is not None else f"{self.name} [{index}]"


def read_text(path: Path) -> str:
    """The file's text, without a byte order mark. `NotFound`; `Invalid` names the first byte that is no UTF-8."""
    try:
        data = path.read_bytes()
    except (FileNotFoundError, IsADirectoryError):
        raise NotFound("file", str(path), "give a file to import") from None
    except OSError as error:
        raise Invalid("file", str(path), f"it can't be read: {error.strerror}") from None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        bad = data[error.start : error.start + 8]
        raise Invalid(f"{path.name} byte {error.start}", bad, "save the file as UTF-8") from None


def looks_like_json(text: str) -> bool:
    """Whether `text` begins as JSON does."""
    return text.lstrip()[:1] in ("{", "[")


def read_json(path: Path, text: str) -> Loaded:
    """What `text`, the content of `path`, says as one JSON value or as JSON Lines.

    `Invalid` names line and column; besides what is no JSON it refuses a name given twice, NaN, Infinity, and
    nesting too deep to read.
    """
    start = len(text) - len(text.lstrip())
    value, end = _decoded(path.name, text, start)
    rest = text[end:].strip()
    if not rest:
        return Loaded(path.name, value)
    if not isinstance(value, dict) or "\n" in text[start:end]:
        line = text.count("\n", 0, len(text) - len(text[end:].lstrip())) + 1
        raise Invalid(f"{path.name} line {line}", rest[:40], "one JSON value a file, or one object a line")
    values, lines = [], []
    for number, line_text in enumerate(text.split("\n"), start=1):
        if line_text.strip():
            one, stop = _decoded(path.name, line_text.strip(), 0, line=number)
            if line_text.strip()[stop:].strip() or not isinstance(one, dict):
                raise Invalid(f"{path.name} line {number}", line_text[:40], "each line holds one JSON object")
            values.append(one)
            lines.append(number)
    return Loaded(path.name, values, lines)


def json_value(text: str, where: str) -> Any:
    """The JSON value that `text` says, as strictly. `Invalid` says where it stops being JSON."""
    stripped = text.strip()
    value, end = _decoded(where, stripped, 0)
    if stripped[end:].strip():
        raise Invalid(where, stripped[end : end + 40], "one JSON value, nothing after it")
    return value


class _Refused(ValueError):
    """What Python's reader would take and another reader would take otherwise."""


def _decoded(name: str, text: str, start: int, *, line: int | None = None) -> tuple[Any, int]:
    try:
        return _DECODER.raw_decode(text, start)
    except json.JSONDecodeError as error:
        number = error.lineno if line is None else line
        shown = text[error.pos : error.pos + 40]
        raise Invalid(f"{name} line {number} column {error.colno}", shown, f"it is not JSON: {error.msg}") from None
    except RecursionError:
        raise Invalid(name, "...", "it is nested too deeply to be read; flatten it") from None
    except ValueError as error:  # a refused one, or a number of thousands of digits
        where = name if line is None else f"{name} line {line}"
        raise Invalid(where, str(error).partition(";")[0], "write plain JSON: each name once, finite numbers") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        seen: set[str] = set()
        twice = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        raise _Refused(f"the name {twice!r} twice in one object")
    return made


def _constant(name: str) -> NoReturn:
    raise _Refused(name)


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_constant)
