"""Which pairs of near rows become links: nearest first, so many at most for each row.

What is linked already counts, so that a second look at the same rows finds nothing to add. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable

from memos_graph.engines.organise.near_pairs import Pairs

Pair = tuple[int, int]


def to_link(pairs: Pairs, linked: Iterable[Pair], *, most: int) -> tuple[tuple[int, int, float], ...]:
    """(lower row, higher row, cosine) of the pairs to link, nearest first, until each row has `most` links.

    linked: pairs that are linked already, in either order. O(m).
    """
    there = {(min(pair), max(pair)) for pair in linked}
    degree: dict[int, int] = {}
    for pair in there:
        for row in pair:
            degree[row] = degree.get(row, 0) + 1
    made: list[tuple[int, int, float]] = []
    for one, other, cosine in zip(pairs.first.tolist(), pairs.second.tolist(), pairs.cosine.tolist(), strict=True):
        if (one, other) in there or degree.get(one, 0) >= most or degree.get(other, 0) >= most:
            continue
        there.add((one, other))
        degree[one], degree[other] = degree.get(one, 0) + 1, degree.get(other, 0) + 1
        made.append((one, other, float(cosine)))
    return tuple(made)
