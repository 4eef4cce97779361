"""The vectors of one space of one cube: unit float32 rows in a file that grows at its end, mapped into memory.

Numbered by slot; which node a slot belongs to is known elsewhere. Slots past the committed count are garbage.
"""

from __future__ import annotations

import mmap
import os
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from memos_graph.backends.sidecar.feed import IndexDamaged, IndexLate
from memos_graph.model.survey import Floats, Ints

_GROWTH = 32 << 20  #: bytes a file grows by at most at a time; sparse until written
_BLOCK = 400_000  #: numbers in a product that stays on one core
_FEW = 4  #: where fewer than one in so many slots are asked for, gathering them is cheaper than multiplying all


class VectorIndex(Protocol):
    """Vectors as they were at one moment.

    An approximate index (HNSW, above some 50k vectors) may take the place of the exact one here.
    """

    def scores(self, query: Floats) -> Floats:
        """[slots] cosines with `query`."""

    def best(self, query: Floats, slots: Ints, k: int) -> tuple[Ints, npt.NDArray[np.float64]]:
        """Positions in `slots` of the `k` closest, and all that tie with the last; their cosines. Not sorted."""


class ExactVectors:
    """Every vector compared. rows [slots, d] float32, unit length."""

    def __init__(self, rows: Floats) -> None:
        self.rows = rows

    def scores(self, query: Floats) -> Floats:
        """[slots] cosines. One pass over memory: some 2 ms for 10k x 384."""
        return self._times(unit(query))

    def best(self, query: Floats, slots: Ints, k: int) -> tuple[Ints, npt.NDArray[np.float64]]:
        """As VectorIndex says, exact. O(n d); gathers where few slots are asked for."""
        wanted = unit(query)
        few = len(slots) * _FEW < len(self.rows)
        rough = self.rows[slots] @ wanted if few else self._times(wanted)[slots]
        if len(slots) > k:
            # matrix kernels round differently by position: keep all within reach of the k-th, then settle in float64
            last = np.partition(rough, len(slots) - k)[len(slots) - k]
            chosen = np.flatnonzero(rough >= last - 1e-5).astype(np.int32)
        else:
            chosen = np.arange(len(slots), dtype=np.int32)
        exact = (self.rows[slots[chosen]].astype(np.float64) * wanted.astype(np.float64)).sum(axis=1)
        if len(chosen) > k:
            last64 = np.partition(exact, len(exact) - k)[len(exact) - k]
            keep = exact >= last64
            return chosen[keep], exact[keep]
        return chosen, exact

    def _times(self, wanted: Floats) -> Floats:
        # In blocks that OpenBLAS does not share out: on busy cores its threads wait for each other, whole time slices
        block = max(1, _BLOCK // max(1, self.rows.shape[1]))
        scores = np.empty(len(self.rows), np.float32)
        for start in range(0, len(scores), block):
            np.dot(self.rows[start : start + block], wanted, out=scores[start : start + block])
        return scores


class VectorFile:
    """The file of one space. One writer; `index()` is for all threads and stays as it was when taken."""

    def __init__(self, path: Path, dimension: int, slots: int) -> None:
        """`slots` are committed; `IndexDamaged` when the file holds fewer or one of them is no unit vector."""
        self.dimension, self.slots = dimension, slots
        self._width = 4 * dimension
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0)
        self._file = os.open(path, flags, 0o644)
        try:
            self._capacity = os.fstat(self._file).st_size // self._width
            if self._capacity < slots:
                raise IndexDamaged(f"{path.name} holds {self._capacity} vectors, {slots} are committed")
            self._map = self._mapped()
        except BaseException:
            os.close(self._file)
            raise

    def close(self) -> None:
        """Release the file; indexes handed out keep their memory."""
        os.close(self._file)

    def check(self, slots: Ints) -> None:
        """`IndexDamaged` unless each of `slots` holds a unit vector: a torn or zeroed page does not."""
        if len(slots) and (int(slots.max()) >= self.slots or int(slots.min()) < 0):
            raise IndexDamaged("a vector lies past the end of its file")
        rows = self._map[: self.slots]
        with np.errstate(all="ignore"):
            lengths = np.einsum("ij,ij->i", rows, rows)[slots]
            if not bool((np.abs(lengths - 1.0) < 1e-3).all()):
                raise IndexDamaged("a vector in the file is no unit vector")

    def append(self, vectors: Floats) -> int:
        """Write [n, d] unit vectors behind the last; the first's slot. `IndexLate` when the disk is full."""
        first = self.slots
        end = first + len(vectors)
        try:
            if end > self._capacity:
                room = min(max(2 * self._capacity * self._width, 64 << 10), self._capacity * self._width + _GROWTH)
                self._capacity = max(end, room // self._width)
                os.truncate(self._file, self._capacity * self._width)
                self._map = self._mapped()
            _write_all(self._file, np.ascontiguousarray(vectors, "<f4").tobytes(), first * self._width)
        except OSError as error:
            self._capacity = os.fstat(self._file).st_size // self._width
            raise IndexLate(f"writing vectors: {error.strerror}") from error
        self.slots = end
        return first

    def take_back(self, slots: int) -> None:
        """Forget what was appended behind the first `slots`: its commit failed."""
        self.slots = slots

    def blank(self, keep: Ints) -> None:
        """Overwrite with zeros, on disk before it returns, every vector whose slot is not in `keep`."""
        gone = np.ones(self.slots, np.bool_)
        gone[keep] = False
        try:
            for slot in np.flatnonzero(gone).tolist():
                if self._map[slot].any():
                    _write_all(self._file, bytes(self._width), slot * self._width)
            os.fsync(self._file)
        except OSError as error:
            raise IndexLate(f"erasing vectors: {error.strerror}") from error

    def get(self, slot: int) -> Floats:
        """The unit vector in `slot`."""
        vector: Floats = self._map[slot]
        return vector

    def index(self) -> ExactVectors:
        """The committed vectors of this moment."""
        return ExactVectors(self._map[: self.slots])

    def _mapped(self) -> Floats:
        if self._capacity == 0:
            return np.empty((0, self.dimension), np.float32)
        mapped = mmap.mmap(self._file, self._capacity * self._width, access=mmap.ACCESS_READ)
        return np.frombuffer(mapped, "<f4").reshape(self._capacity, self.dimension)


def unit(vectors: npt.NDArray[Any]) -> Floats:
    """`vectors` [..., d] as float32 of unit length, computed in float64; a zero vector stays zero."""
    wide = np.asarray(vectors, np.float64)
    largest = np.abs(wide).max(axis=-1, keepdims=True)
    wide = wide / np.where(largest == 0, 1, largest)  # squares of float32's smallest numbers would vanish
    lengths = np.linalg.norm(wide, axis=-1, keepdims=True)
    scaled: Floats = (wide / np.where(lengths == 0, 1, lengths)).astype(np.float32)
    return scaled


def _write_all(file: int, data: bytes, offset: int) -> None:
    rest = memoryview(data)
    while rest:
        done = os.pwrite(file, rest, offset)
        rest, offset = rest[done:], offset + done
