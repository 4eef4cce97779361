"""Which rows lie near which, by their vectors alone, a block of rows at a time.

Declines to know what the rows say (`duplicates`), and which pairs become edges (`related`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from memos_graph.engines.rows import Floats, Ints

BLOCK = 1024  #: rows compared with all others at a time; 4 KB of scores for each row of the cube


@dataclass(frozen=True, slots=True)
class Pairs:
    """Pairs of rows, nearest first, ties by row; [m] each."""

    first: Ints  #: the lower row
    second: Ints
    cosine: Floats

    def above(self, least: float) -> Pairs:
        """Those of at least `least`."""
        keep = self.cosine >= np.float32(least)
        return Pairs(self.first[keep], self.second[keep], self.cosine[keep])


def near_pairs(vectors: Floats, *, least: float, most: int) -> Pairs:
    """Each row with its `most` nearest others of a cosine of at least `least`; a pair counts once.

    vectors [n, d]: unit length, all zero for a row that has none (it is near nothing). O(n² · d) in matrix products,
    O(BLOCK · n) memory: some 2 s for 10,000 rows of 384 on two cores.
    """
    n = len(vectors)
    firsts, seconds, cosines = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)], [np.zeros(0, np.float32)]
    for start in range(0, n, BLOCK):
        block = vectors[start : start + BLOCK] @ vectors.T
        block[np.arange(len(block)), np.arange(start, start + len(block))] = -np.inf
        if n > most:
            # the most-th best of a row is its own least; what ties with it comes along
            floor = np.partition(block, n - most, axis=1)[:, n - most]
            rows, others = np.nonzero(block >= np.maximum(floor, np.float32(least))[:, None])
        else:
            rows, others = np.nonzero(block >= np.float32(least))
        firsts.append(rows + start)
        seconds.append(others)
        cosines.append(block[rows, others])
    return _once(np.concatenate(firsts), np.concatenate(seconds), np.concatenate(cosines), n)


def _once(first: np.ndarray, second: np.ndarray, cosine: Floats, n: int) -> Pairs:
    low, high = np.minimum(first, second), np.maximum(first, second)
    _, at = np.unique(low * max(n, 1) + high, return_index=True)
    low, high, cosine = low[at], high[at], cosine[at]
    order = np.lexsort((high, low, -cosine))
    return Pairs(low[order].astype(np.int32), high[order].astype(np.int32), cosine[order])
