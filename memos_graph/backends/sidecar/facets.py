"""Values that are no numbers, as codes: a condition is tried once a value, not once a row.

Grows with the rows; thrown away by its owner when a row's value changes.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from typing import Any

import numpy as np

from memos_graph.backends.sidecar.columns import View
from memos_graph.model.survey import Ints

FACETS = ("key", "tags", "info")  #: columns that facets are made of


class Facets:
    """Codes by field for all states of a cube between two changes of these columns in a row. For all threads."""

    def __init__(self) -> None:
        self._held: dict[str, _Facet] = {}
        self._lock = threading.Lock()

    def get(self, field: str, rows: View) -> tuple[Ints, Sequence[Any]]:
        """[rows] codes of `field` (key, tags or info.NAME), and the value that each code stands for."""
        with self._lock:
            facet = self._held.get(field)
            if facet is None:
                facet = self._held[field] = _Facet(field)
            facet.extend(rows)
            return facet.codes[: rows.size], list(facet.values)


class _Facet:
    def __init__(self, field: str) -> None:
        self._column, _, self._name = field.partition(".")
        self._known: dict[object, int] = {}
        self._size = 0
        self.codes = np.empty(0, np.int32)
        self.values: list[Any] = []

    def extend(self, rows: View) -> None:
        """Go on to the last row of `rows`."""
        if rows.size <= self._size:
            return
        held = rows.lists[self._column]
        new = [self._code(self._value(held[row])) for row in range(self._size, rows.size)]
        self.codes = np.concatenate([self.codes, np.array(new, np.int32)])  # codes handed out stay as they are
        self._size = rows.size

    def _value(self, stored: Any) -> Any:
        if self._column == "key":
            return stored
        if self._column == "tags":
            return tuple(json.loads(stored)) if stored else ()
        return json.loads(stored).get(self._name) if stored else None

    def _code(self, value: Any) -> int:
        # 1, 1.0 and True are equal, and different values
        plain = isinstance(value, str | int | float | bool | tuple) or value is None
        key = (type(value), value if plain else json.dumps(value, sort_keys=True))
        code = self._known.setdefault(key, len(self.values))
        if code == len(self.values):
            self.values.append(value)
        return code
