"""A cube as arrays over row numbers: what recall reads. No store here, and no ids until the end.

A row is a node. The arrays are derived from the graph by whoever calls, kept while the graph does not change, and never
written to by an engine.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]
Times = NDArray[np.int64]
Mask = NDArray[np.bool_]

NO_TIME = np.iinfo(np.int64).min  #: valid_from of a row that has none


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """The nodes of a cube, one row each, in any order that stays."""

    ids: Sequence[str]  #: [n], unique
    kinds: Sequence[str]  #: the node kinds that occur, each once
    kind: Ints  #: [n] index in `kinds`
    valid_from: Times  #: [n] microseconds UTC, `NO_TIME` where unknown
    length: Ints  #: [n] characters of the text
    question: Mask  #: [n] `timewords.is_question` of the text
    tells_when: Mask  #: [n] `timewords.tells_when` of the text

    def __len__(self) -> int:
        return len(self.ids)

    def of_kinds(self, kinds: frozenset[str]) -> Mask:
        """[n] which rows are of one of `kinds`. O(n)."""
        wanted = np.fromiter((k in kinds for k in self.kinds), np.bool_, len(self.kinds))
        return wanted[self.kind] if len(self.kinds) else np.zeros(len(self), np.bool_)


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """The edges of one kind, by the row at one of their ends: those of row i are `start[i]:start[i+1]`."""

    start: Ints  #: [n + 1]
    here: Ints  #: [m] the row itself, ascending
    there: Ints  #: [m] the row at the other end
    weight: Floats  #: [m] of the edge, above 0 and at most 1

    def at(self, row: int) -> slice:
        """Where the edges of `row` lie in `there` and `weight`."""
        return slice(int(self.start[row]), int(self.start[row + 1]))

    def of(self, rows: Ints) -> tuple[Ints, Ints]:
        """(positions, owners): where the edges of all `rows` lie, and for each the index in `rows` it belongs to."""
        first = self.start[rows]
        count = self.start[rows + 1] - first
        owner = np.repeat(np.arange(len(rows), dtype=np.int32), count)
        offset = np.cumsum(count, dtype=np.int32) - count
        return np.arange(len(owner), dtype=np.int32) - offset[owner] + first[owner], owner


@dataclass(frozen=True, slots=True, kw_only=True)
class Edges:
    """All live edges of one kind in a cube, from both ends."""

    out: Side  #: here = the edge's from, there = its to
    into: Side  #: here = the edge's to, there = its from

    @classmethod
    def of(cls, rows: int, heads: Sequence[int], tails: Sequence[int], weights: Sequence[float] | None = None) -> Edges:
        """Edges from `heads` to `tails`, row numbers below `rows`; weight 1 unless given. O(m log m).

        ValueError when lengths differ, a row is out of range, or a weight is not finite and positive; weights above 1
        count as 1, so that no edge gives more than it got.
        """
        a, b = np.asarray(heads, np.int32), np.asarray(tails, np.int32)
        w = np.ones(len(a), np.float32) if weights is None else np.asarray(weights, np.float32)
        if not len(a) == len(b) == len(w):
            raise ValueError(
                f"heads, tails and weights have {len(a)}, {len(b)} and {len(w)} values; give as many of each"
            )
        if len(a) and (min(a.min(), b.min()) < 0 or max(a.max(), b.max()) >= rows):
            raise ValueError(f"an edge names a row outside 0..{rows - 1}")
        if not (np.isfinite(w).all() and (w > 0).all()):
            raise ValueError("an edge's weight must be finite and above 0")
        w = np.minimum(w, 1)
        return cls(out=_side(rows, a, b, w), into=_side(rows, b, a, w))


def _side(rows: int, here: Ints, there: Ints, weight: Floats) -> Side:
    order = np.lexsort((there, here))
    start = np.zeros(rows + 1, np.int32)
    np.cumsum(np.bincount(here, minlength=rows), out=start[1:])
    return Side(start=start, here=here[order], there=there[order], weight=weight[order])
