"""The most central of some texts, and a choice among them that says little twice.

Centrality is continuous LexRank (Erkan and Radev, JAIR 22, 2004): a text is central when it is like many that are
central. Works on vectors; declines to know texts, tokens and models.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from memos_graph.engines.rows import Floats

DAMPING = 0.15  #: the share that every text has by being there, as in the paper
REDUNDANT = 0.85  #: cosine from which a text adds nothing to one that was chosen
_ROUNDS = 50
_STILL = 1e-6


def centrality(vectors: Floats) -> Floats:
    """[n] how central each row is; they sum to 1. vectors [n, d]: unit length. O(n² · (d + rounds))."""
    n = len(vectors)
    if n == 0:
        return np.zeros(0, np.float32)
    like = np.maximum(vectors @ vectors.T, 0).astype(np.float64)
    total = like.sum(axis=1, keepdims=True)
    walk = np.divide(like, total, out=np.full_like(like, 1 / n), where=total > 0)
    rank = np.full(n, 1 / n)
    for _ in range(_ROUNDS):
        moved = DAMPING / n + (1 - DAMPING) * (rank @ walk)
        if np.abs(moved - rank).sum() < _STILL:
            break
        rank = moved
    return np.asarray(rank, np.float32)


def chosen(central: Floats, vectors: Floats, costs: Sequence[int], budget: int) -> list[int]:
    """Rows by centrality, each unlike those before it, as many as fit in `budget`; the first always.

    Ties go to the lower row. O(n · chosen · d).
    """
    order = np.lexsort((np.arange(len(central)), -np.round(central, 6)))
    taken: list[int] = []
    left = budget
    for row in order.tolist():
        if taken and (costs[row] > left or float((vectors[taken] @ vectors[row]).max()) >= REDUNDANT):
            continue
        taken.append(row)
        left -= costs[row]
        if left <= 0:
            break
    return taken
