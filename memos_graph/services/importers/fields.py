"""One object from a foreign file, read field by field; every error says the place, the field, its value, what to do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np

from memos_graph.model.errors import Invalid
from memos_graph.model.graph import Json, Vector
from memos_graph.model.times import parse_time


@dataclass(frozen=True, slots=True)
class Row:
    """`values` as they stand at `where`. What a getter has read is taken; `rest` holds what nobody took."""

    values: Mapping[str, Any]
    where: str
    taken: set[str] = field(default_factory=set)

    def place(self, name: str) -> str:
        """Where the field `name` stands."""
        return f"{self.where}.{name}"

    def wrong(self, name: str, advice: str) -> Invalid:
        """The error for the field `name`."""
        return Invalid(self.place(name), self.values.get(name), advice)

    def raw(self, name: str) -> Any:
        """The value as it is; None when there is none."""
        self.taken.add(name)
        return self.values.get(name)

    def text(self, name: str, default: str = "") -> str:
        """A text; `default` when it is missing or null."""
        value = self.raw(name)
        if value is None:
            return default
        if not isinstance(value, str):
            raise self.wrong(name, "write it as a text")
        return value

    def required(self, name: str) -> str:
        """A text with words in it."""
        if not self.text(name).strip():
            raise self.wrong(name, "it is needed: give it words, or leave this one out of the file")
        return self.text(name)

    def number(self, name: str) -> float | None:
        """A number; None when it is missing or null."""
        value = self.raw(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.wrong(name, "write it as a number")
        return float(value)

    def whole(self, name: str) -> int | None:
        """A whole number; None when it is missing or null."""
        value = self.raw(name)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
            raise self.wrong(name, "write it as a whole number")
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts; () when it is missing or null."""
        value = self.raw(name)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self.wrong(name, "write it as a list of texts")
        return tuple(value)

    def time(self, name: str) -> datetime | None:
        """An instant; None when it is missing, null or empty."""
        text = self.text(name).strip()
        return parse_time(text, self.place(name)) if text else None

    def vector(self, name: str) -> Vector | None:
        """A vector of finite numbers that are not all 0; None when it is missing, null or empty."""
        value = self.raw(name)
        if value is None or (isinstance(value, list) and not value):
            return None
        return vector_of(value, self.place(name))

    def row(self, name: str) -> Row | None:
        """The object in the field `name`; None when it is missing or null."""
        value = self.raw(name)
        if value is None:
            return None
        return as_row(value, self.place(name))

    def rows(self, name: str) -> Iterator[Row]:
        """The objects in the list in the field `name`; none when it is missing or null."""
        value = self.raw(name)
        if value is None:
            return
        if not isinstance(value, list):
            raise self.wrong(name, "write it as a list of objects")
        for index, item in enumerate(value):
            yield as_row(item, f"{self.where}{'' if self.where.endswith(' ') else '.'}{name}[{index}]")

    def rest(self) -> dict[str, Json]:
        """What no getter has read, without what is null or empty."""
        return {name: v for name, v in self.values.items() if name not in self.taken and has_value(v)}


def as_row(value: Any, where: str) -> Row:
    """`value` as a Row. `Invalid` when it is no object."""
    if not isinstance(value, Mapping):
        raise Invalid(where, value, "write it as an object {name: value}")
    return Row(value, where)


def has_value(value: Any) -> bool:
    """Whether `value` says anything: null, an empty text, list or object do not."""
    return value is not None and value != "" and value != [] and value != {}


def vector_of(value: Any, where: str) -> Vector:
    """`value` as float32 [numbers]. `Invalid`: not a list of finite numbers, or all 0."""
    numbers = value.tolist() if isinstance(value, np.ndarray) else value
    plain = isinstance(numbers, list | tuple) and all(
        isinstance(n, int | float) and not isinstance(n, bool) for n in numbers
    )
    if not plain or not numbers:
        raise Invalid(where, value, "write a vector as a list of numbers, or leave it out")
    try:
        made = np.asarray(numbers, dtype=np.float64).astype(np.float32)
    except OverflowError:
        raise Invalid(where, "a number too large", "give numbers that fit float32") from None
    if not np.isfinite(made).all():
        raise Invalid(where, "a number that is not finite", "give numbers that fit float32")
    if not made.any():
        raise Invalid(where, "all zero", "a zero vector has no direction; leave the vector out instead")
    return made


def into_info(info: dict[str, Json], more: Mapping[str, Json], *, under: str) -> dict[str, Json]:
    """`info` with the fields of `more`; those whose name is taken already go together into info[`under`]."""
    clash = {name: v for name, v in more.items() if name in info and info[name] != v}
    merged = dict(info) | {name: v for name, v in more.items() if name not in clash and has_value(v)}
    return merged | {under: clash} if clash else merged
