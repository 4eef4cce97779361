"""Figures from rankings and from times. Pure: no store, no model, no clock, no file.

A ranking is ids, best first, each once. What counts as relevant, and how averages are grouped, is the caller's.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def recall_at(ranking: Sequence[str], relevant: Collection[str], k: int) -> float:
    """The share of `relevant` among the first `k` of `ranking`, 0 to 1. ValueError when nothing is relevant."""
    wanted = set(relevant)
    if not wanted:
        raise ValueError("recall of nothing has no value; leave questions without evidence out")
    return len(wanted.intersection(ranking[:k])) / len(wanted)


def ndcg_at(ranking: Sequence[str], relevant: Collection[str], k: int) -> float:
    """Normalised discounted gain of the first `k`, each relevant id worth 1, 0 to 1 (Järvelin and Kekäläinen 2002).

    1 when the relevant ones come first, however many there are. ValueError when nothing is relevant.
    """
    wanted = set(relevant)
    if not wanted:
        raise ValueError("nDCG of nothing has no value; leave questions without evidence out")
    gained = sum(1 / math.log2(place + 2) for place, identity in enumerate(ranking[:k]) if identity in wanted)
    ideal = sum(1 / math.log2(place + 2) for place in range(min(len(wanted), k)))
    return gained / ideal


def within_budget(ranking: Sequence[str], tokens: Mapping[str, int], budget: int) -> int:
    """How many of `ranking`, in its order, fit in `budget` tokens; the first that does not fit ends it."""
    spent = 0
    for place, identity in enumerate(ranking):
        spent += tokens[identity]
        if spent > budget:
            return place
    return len(ranking)


def fuse(rankings: Sequence[Sequence[str]], *, k: int = 60) -> list[str]:
    """Reciprocal rank fusion of `rankings`, best first, ties by id (Cormack et al. 2009, whose k is 60)."""
    scores: dict[str, float] = {}
    for ranking in rankings:
        for place, identity in enumerate(ranking):
            scores[identity] = scores.get(identity, 0.0) + 1 / (k + place + 1)
    return sorted(scores, key=lambda identity: (-scores[identity], identity))


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean over questions and the interval that resampling its groups gives."""

    mean: float
    low: float
    high: float


def bootstrap(groups: Sequence[Sequence[float]], generator: np.random.Generator, *, resamples: int = 10_000,
              level: float = 0.95) -> Estimate:  # fmt: skip
    """The mean of all values, with the percentile interval over `groups` drawn with replacement (Efron 1979).

    groups: values by conversation: questions of one conversation are alike, so that drawing questions one by one would
    promise too narrow an interval. Empty groups are left out; ValueError when all are. O(resamples · groups).
    """
    filled = [group for group in groups if len(group)]
    if not filled:
        raise ValueError("there is nothing to average")
    sums: Floats = np.array([math.fsum(group) for group in filled])
    counts: Floats = np.array([len(group) for group in filled], dtype=np.float64)
    drawn = generator.integers(0, len(filled), size=(resamples, len(filled)))
    means: Floats = sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1)
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return Estimate(float(sums.sum() / counts.sum()), float(low), float(high))


def percentiles(values: Sequence[float], at: Sequence[float] = (50, 95, 99)) -> dict[str, float]:
    """`values` at these percentiles, by names such as p50: each one of the values (nearest rank), no mixture of two."""
    if not values:
        raise ValueError("there is nothing to sort")
    found = np.percentile(np.asarray(values, dtype=np.float64), list(at), method="inverted_cdf")
    return {f"p{p:g}": float(value) for p, value in zip(at, found, strict=True)}


def auroc(positive: Sequence[float], negative: Sequence[float]) -> float:
    """How often a value of `positive` lies above one of `negative`, ties for half: the area under the ROC curve.

    1 parts them wholly, 0.5 is chance (Hanley and McNeil 1982). ValueError when either is empty. O(n log n).
    """
    if not len(positive) or not len(negative):
        raise ValueError("AUROC compares two groups; one of them is empty")
    low = np.sort(np.asarray(negative, dtype=np.float64))
    high = np.asarray(positive, dtype=np.float64)
    below, up_to = np.searchsorted(low, high, side="left"), np.searchsorted(low, high, side="right")
    return float((below + up_to).sum() / 2 / (len(low) * len(high)))
