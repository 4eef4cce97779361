"""Which memories are at hand: the most recent and the most used together.

A memory's base-level activation, ln of the sum of age^-d over every moment at which it was learned or used, falls with
the time since and rises with each use (Anderson and Schooler, Psychological Science 2, 1991; d = 0.5 as in ACT-R).
Pure: now is an argument.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import datetime

DECAY = 0.5
_LEAST_AGE = 1.0  #: seconds; what is told now is not told infinitely long


def activation(moments: Sequence[datetime], now: datetime, *, more: int = 0) -> float:
    """How much at hand a memory is that was learned or used at `moments`; -inf for none.

    more: uses whose moments are not known; they count as if spread like those that are. Moments after now count as now.
    """
    if not moments:
        return -math.inf
    total = sum(max((now - moment).total_seconds(), _LEAST_AGE) ** -DECAY for moment in moments)
    return math.log(total * (1 + more / len(moments)))


def at_hand(active: Mapping[str, float], capacity: int) -> tuple[str, ...]:
    """The `capacity` ids of the highest activation, highest first, ties by id."""
    return tuple(sorted(active, key=lambda identity: (-active[identity], identity))[:capacity])
