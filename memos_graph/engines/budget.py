"""Fit hits into a number of tokens. Declines to know what counts them."""

from __future__ import annotations

from collections.abc import Iterable


def fitting(costs: Iterable[int], budget: int, most: int) -> list[int]:
    """Positions, in order, of at most `most` whose costs together stay within `budget`.

    One that does not fit is left out and the next is tried: a long text must not keep short ones away. Reads no more of
    `costs` than it needs.
    """
    taken: list[int] = []
    left = budget
    for at, cost in enumerate(costs):
        if cost <= left:
            taken.append(at)
            left -= cost
        if len(taken) == most or left <= 0:
            break
    return taken
