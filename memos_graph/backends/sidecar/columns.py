"""Growing columns with frozen views: the rows of a cube in memory. Knows no nodes and no edges.

A view shows the rows there were when it was taken and never changes: rows are added behind its end, and a column that
some view shows is copied before a row of it is changed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

_SMALLEST = 256


@dataclass(frozen=True, slots=True)
class View:
    """`size` rows: read-only `arrays` [size], and `lists` of at least `size` objects: look no further."""

    size: int
    arrays: Mapping[str, npt.NDArray[Any]]
    lists: Mapping[str, list[Any]]


class Columns:
    """Named columns of equal length: numpy arrays, or lists for objects. One writer at a time; views are for all."""

    def __init__(self, arrays: Mapping[str, tuple[npt.DTypeLike, Any]], lists: Mapping[str, Any]) -> None:
        """`arrays`: dtype and default by name; `lists`: default by name."""
        self.size = 0
        self._defaults: dict[str, Any] = {name: default for name, (_, default) in arrays.items()} | dict(lists)
        self._arrays = {name: np.full(_SMALLEST, default, dtype) for name, (dtype, default) in arrays.items()}
        self._lists: dict[str, list[Any]] = {name: [] for name in lists}
        self._shown: set[str] = set()

    def add_column(self, name: str, dtype: npt.DTypeLike, default: Any) -> None:
        """A new array column that holds `default` in every row there is."""
        self._defaults[name] = default
        self._arrays[name] = np.full(max(_SMALLEST, self.size), default, dtype)

    def drop_column(self, name: str) -> None:
        """Forget an array column; views keep it."""
        del self._arrays[name], self._defaults[name]
        self._shown.discard(name)

    def get(self, name: str, row: int) -> Any:
        """One value."""
        return self._lists[name][row] if name in self._lists else self._arrays[name][row].item()

    def array(self, name: str) -> npt.NDArray[Any]:
        """A whole array column, for the writer's eyes."""
        return self._arrays[name][: self.size]

    @property
    def lists(self) -> tuple[str, ...]:
        """Names of the columns that hold objects."""
        return tuple(self._lists)

    def differs(self, name: str, rows: Sequence[int], values: Sequence[Any]) -> bool:
        """Whether any of `rows` holds something else than `values`."""
        if name in self._arrays:
            return not np.array_equal(self._arrays[name][list(rows)], np.asarray(values, self._arrays[name].dtype))
        held = self._lists[name]
        return any(held[row] != value for row, value in zip(rows, values, strict=True))

    def append(self, values: Mapping[str, Sequence[Any] | npt.NDArray[Any]], count: int) -> None:
        """`count` rows more; columns that `values` lacks get their default."""
        start, end = self.size, self.size + count
        for name, array in self._arrays.items():
            if end > len(array):
                array = self._grown(name, array, end)
            array[start:end] = values.get(name, self._defaults[name])
        for name, held in self._lists.items():
            del held[start:]  # left there by an append that failed half-way
            held.extend(values[name] if name in values else [self._defaults[name]] * count)
        self.size = end

    def change(self, rows: Sequence[int], values: Mapping[str, Sequence[Any]]) -> None:
        """Set the columns that `values` names in `rows`."""
        for name, column in values.items():
            self._own(name)
            if name in self._arrays:
                self._arrays[name][list(rows)] = column
            else:
                held = self._lists[name]
                for row, value in zip(rows, column, strict=True):
                    held[row] = value

    def view(self) -> View:
        """The rows of this moment."""
        self._shown.update(self._arrays, self._lists)
        arrays = {}
        for name, array in self._arrays.items():
            arrays[name] = array[: self.size]
            arrays[name].flags.writeable = False
        return View(self.size, arrays, dict(self._lists))

    def _grown(self, name: str, array: npt.NDArray[Any], least: int) -> npt.NDArray[Any]:
        grown = np.full(max(least, 2 * len(array)), self._defaults[name], array.dtype)
        grown[: self.size] = array[: self.size]
        self._arrays[name] = grown
        self._shown.discard(name)
        return grown

    def _own(self, name: str) -> None:
        if name not in self._shown:
            return
        if name in self._arrays:
            self._arrays[name] = self._arrays[name].copy()
        else:
            self._lists[name] = self._lists[name].copy()
        self._shown.discard(name)
