"""Frozen values to JSON and back, by their own type hints: for every class of `memos_ingest.elements`, and Limits.

What comes back is believed in nothing: an unknown field, a wrong type, a number out of range is Malformed. A field
that holds its default is left out. Declines to know frames, processes, and what a value is for.
"""

from __future__ import annotations

import base64
import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from datetime import datetime
from functools import cache
from types import MappingProxyType, NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from memos_ingest.elements import Element, Link, Message, Passage, PictureFacts, Provenance, Section
from memos_ingest.links import ADDRESS_CHARS, MOST_LINKS, WORDS_CHARS

T = TypeVar("T")
_MOST = 2**53  # whole numbers that every reader of JSON keeps
_SHA256 = re.compile(r"[0-9a-f]{64}")
_LIKENESS = re.compile(r"(?:[0-9a-f]{16})?")


class Malformed(ValueError):
    """This is not what the codec writes."""


class _NotFinite(ValueError):
    """JSON has no word for this number."""


@dataclass(frozen=True, slots=True)
class _Way:
    to: Callable[[Any], object]
    back: Callable[[object], Any]


def to_json(value: object) -> object:
    """The value as what `json` can write. A box or place with a number that is not finite is left out: it is none."""
    return _way(type(value)).to(value)


def from_json(kind: type[T], value: object) -> T:
    """The value of that class. Malformed when it cannot have come from `to_json`. O(size)."""
    return cast(T, _way(kind).back(value))


def dumps(value: object) -> bytes:
    """JSON as bytes; a lone surrogate passes, since names of files and texts of old formats hold some."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode(
        "utf-8", "surrogatepass"
    )


def loads(data: bytes) -> object:
    """What `dumps` wrote. Malformed for anything else, however deep it is nested."""
    try:
        return json.loads(data.decode("utf-8", "surrogatepass"), parse_constant=_no_constant)
    except RecursionError as problem:
        raise Malformed("JSON nested too deep") from problem
    except ValueError as problem:
        raise Malformed(f"not JSON: {problem}") from problem


def _no_constant(text: str) -> object:
    raise Malformed(f"{text} is no number")


def _way(kind: Any) -> _Way:
    return _made(kind)


@cache
def _made(kind: Any) -> _Way:
    """Both ways for a type hint; TypeError for one that elements do not use."""
    if kind in _PLAIN:
        return _PLAIN[kind]
    if is_dataclass(kind):
        return _record(cast(type[Any], kind))
    origin, inner = get_origin(kind), get_args(kind)
    if origin is Literal:
        return _literal(frozenset(inner))
    if origin in (Union, UnionType) and len(inner) == 2 and NoneType in inner:
        return _optional(_way(next(one for one in inner if one is not NoneType)))
    if origin is tuple and inner[-1] is Ellipsis:
        return _sequence(_way(inner[0]))
    if origin is tuple:
        return _fixed(tuple(map(_way, inner)))
    if origin is Mapping and inner == (str, str):
        return _Way(dict, _mapping)
    raise TypeError(f"{kind}: no way to write this as JSON")


def _record(kind: type[Any]) -> _Way:
    hints = get_type_hints(kind)
    plan = tuple((field.name, _default(field), _way(hints[field.name])) for field in fields(kind))
    known = {name: way.back for name, _, way in plan}
    needed = frozenset(name for name, default, _ in plan if default is MISSING)
    check = _CHECKS.get(kind)

    def to(value: Any) -> object:
        out = {}
        for name, default, way in plan:
            held = getattr(value, name)
            if default is MISSING or held != default:
                out[name] = way.to(held)
        return out

    def back(value: object) -> Any:
        if not isinstance(value, dict) or not needed <= value.keys() <= known.keys():
            raise Malformed(f"not a {kind.__name__}")
        made = kind(**{name: known[name](held) for name, held in value.items()})
        if check is not None and not check(made):
            raise Malformed(f"a {kind.__name__} with a value out of range")
        return made

    return _Way(to, back)


def _default(field: Any) -> Any:
    return field.default if field.default_factory is MISSING else field.default_factory()


def _optional(way: _Way) -> _Way:
    def to(value: Any) -> object:
        try:
            return None if value is None else way.to(value)
        except _NotFinite:
            return None

    return _Way(to, lambda value: None if value is None else way.back(value))


def _sequence(way: _Way) -> _Way:
    to, back = way.to, way.back
    return _Way(lambda value: [to(one) for one in value], lambda value: tuple(back(one) for one in _list(value)))


def _fixed(ways: tuple[_Way, ...]) -> _Way:
    def back(value: object) -> tuple[Any, ...]:
        held = _list(value)
        if len(held) != len(ways):
            raise Malformed(f"{len(held)} values; {len(ways)} belong here")
        return tuple(way.back(one) for way, one in zip(ways, held, strict=True))

    return _Way(lambda value: [way.to(one) for way, one in zip(ways, value, strict=True)], back)


def _literal(allowed: frozenset[str]) -> _Way:
    def back(value: object) -> str:
        if not isinstance(value, str) or value not in allowed:
            raise Malformed("a word that is not among those allowed")
        return value

    return _Way(str, back)


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise Malformed("no list")
    return value


def _string(value: object) -> str:
    if not isinstance(value, str):
        raise Malformed("no text")
    return value


def _whole(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not -_MOST <= value <= _MOST:
        raise Malformed("no whole number, or one out of range")
    return value


def _number(value: object) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not -1e300 <= value <= 1e300:
        raise Malformed("no number, or one out of range")
    return float(value)


def _finite(value: float) -> float:
    if not math.isfinite(value):
        raise _NotFinite(str(value))
    return float(value)


def _bytes(value: object) -> bytes:
    try:
        return base64.b64decode(_string(value), validate=True)
    except ValueError as problem:
        raise Malformed(f"no base64: {problem}") from problem


def _time(value: object) -> datetime:
    try:
        return datetime.fromisoformat(_string(value))
    except ValueError as problem:
        raise Malformed(f"no time: {problem}") from problem


def _mapping(value: object) -> Mapping[str, str]:
    if not isinstance(value, dict) or not all(isinstance(held, str) for held in value.values()):
        raise Malformed("no mapping of text to text")
    return MappingProxyType(value)


_PLAIN: Mapping[Any, _Way] = {
    str: _Way(str, _string),
    int: _Way(int, _whole),
    float: _Way(_finite, _number),
    bytes: _Way(lambda value: base64.b64encode(value).decode("ascii"), _bytes),
    datetime: _Way(datetime.isoformat, _time),
}


def _is_place(made: Provenance) -> bool:
    span = made.start is None or made.end is None or made.start <= made.end
    return span and (made.page is None or made.page > 0) and min(made.start or 0, made.end or 0) >= 0


def _is_picture(made: PictureFacts) -> bool:
    sized = made.width >= 0 and made.height >= 0
    where = made.place is None or (abs(made.place[0]) <= 90 and abs(made.place[1]) <= 180)
    return sized and where and bool(_SHA256.fullmatch(made.content_hash) and _LIKENESS.fullmatch(made.likeness))


_CHECKS: Mapping[type[Any], Callable[[Any], bool]] = {
    Provenance: _is_place,
    PictureFacts: _is_picture,
    Link: lambda made: 0 < len(made.href) <= ADDRESS_CHARS and len(made.text) <= WORDS_CHARS,
    Element: lambda made: made.level >= 0 and len(made.links) <= MOST_LINKS,
    Section: lambda made: made.level >= 0 and len(made.links) <= MOST_LINKS,
    Passage: lambda made: len(made.links) <= MOST_LINKS,
    Message: lambda made: bool(made.id and (made.text or made.images)),
}
