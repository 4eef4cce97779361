"""What a caller's wishes give and take: age, the talk that is going on, and whether now or before is asked about.

Each function returns gains beside the scores of what was found, in the same unit, so that a hit's arms still sum to its
score. Declines to know nodes, stores and the clock.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from memos_graph.engines.rows import NO_TIME, Floats, Mask, Times
from memos_graph.engines.tense import Tense

_DAY = 86_400_000_000  #: microseconds
#: What age may take at most. Not all: the only answer there is must not vanish because it is old.
AGE_TAKES = 0.5
#: In units of cosine, as the profile's weights: less than one speaker named (.75), more than a neighbour gives (.2).
IN_CONVERSATION = 0.3
#: A replaced version against the one that replaced it: both say nearly the same words, and each lends the other up to
#: .3 of its score over SUPERSEDES, which this must outweigh.
REPLACED = 0.5
#: As much again for replaced ones that score this share of the best: there what both mention lends as much.
SURELY_ANSWERS = 0.75
#: Later among those that may answer, from the first to the last of them. Small: words of time are no proof.
LATER = 0.2
MAY_ANSWER = 0.5  #: share of the best score from which a row may be the answer


def aged(scores: Floats, times: Times, *, now: int, half_life: float) -> Floats:
    """[n] what age takes (0 or less): score x `AGE_TAKES` x (1 - 2^(-age / half_life)).

    scores [n]; times [n] microseconds UTC, `NO_TIME` counts as now, and so does the future; half_life in days, above 0.
    """
    known = times != NO_TIME
    age = np.where(known, np.maximum(float(now) - np.where(known, times, now).astype(np.float64), 0), 0)
    lost = AGE_TAKES * (1 - np.exp2(-age / (half_life * _DAY)))
    return np.asarray(-np.maximum(scores, 0) * lost, np.float32)


def spoken(inside: Mask) -> Floats:
    """[n] what rows of the talk that is going on get."""
    return np.asarray(np.where(inside, IN_CONVERSATION, 0), np.float32)


def timely(scores: Floats, times: Times, replaced: Mask, tense: Tense) -> Floats:
    """[n] what the tense of a question gives or takes.

    scores, times as for `aged`; replaced [n]: rows that another one SUPERSEDES. Asked what held before, replaced rows
    rise; where none of those that may answer is replaced, the earlier ones do. Asked about now, replaced rows sink and
    later ones rise.
    """
    gain = np.zeros(len(scores), np.float32)
    if not len(scores):
        return gain
    may = scores >= MAY_ANSWER * max(float(scores.max()), 0)
    if tense == "before" and (may & replaced).any():
        gain[replaced] = REPLACED
        gain[replaced & (scores >= SURELY_ANSWERS * float(scores.max()))] += REPLACED
        return gain
    share = _later(times, may & (times != NO_TIME))
    if tense == "now":
        gain = np.asarray(LATER * share, np.float32)
        gain[replaced] -= REPLACED
        return gain
    return np.asarray(LATER * np.where(may & (times != NO_TIME), 1 - share, 0), np.float32)


def _later(times: Times, among: Mask) -> NDArray[np.float64]:
    """[n] of the rows `among`: 0 for the earliest time, 1 for the latest, by order; 0 for all others."""
    share = np.zeros(len(times))
    moments, place = np.unique(times[among], return_inverse=True)
    if len(moments) > 1:
        share[among] = place / (len(moments) - 1)
    return share
