"""Parts a set of rows by their vectors in two levels: themes, and topics within them.

Which rows lie together is the work of a library, handed in as a function; here is how many parts there should be, what
is too small or too far off to belong, and where a new row belongs. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from memos_graph.engines.rows import Floats, Ints

#: [n, d] unit vectors and k -> [n] the part of each row, from 0 to k - 1; the same arguments give the same parts
Part = Callable[[Floats, int], Ints]
_OUTER = 10  #: percent of a cluster's own rows count as its rim
_BEYOND = 0.8  #: share of the rim's cosine that a row needs to join


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """How large parts are."""

    least: int = 20  #: rows of a theme at least; fewer are no neighbourhood
    theme: int = 100  #: about so many rows make a theme
    least_topic: int = 5
    topic: int = 20  #: about so many rows make a topic
    alike: float = 0.35  #: cosine with its part's middle, below which a row does not belong


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """Rows that lie together, ascending. Those of its topics are rows of it too; some may be of no topic."""

    rows: tuple[int, ...]
    topics: tuple[tuple[int, ...], ...]


def middle(vectors: Floats) -> Floats:
    """[d] the unit vector amid `vectors` [n, d]; zero when they cancel out."""
    total = vectors.sum(axis=0)
    norm = float(np.linalg.norm(total))
    return np.asarray(total / norm if norm else total, np.float32)


def themes(vectors: Floats, part: Part, sizes: Sizes) -> tuple[Theme, ...]:
    """The themes of `vectors` [n, d] (unit length), in order of their first row; rows of none are left over."""
    n = len(vectors)
    if n < sizes.least:
        return ()
    found = _parts(
        vectors, np.arange(n, dtype=np.int32), part, max(1, round(n / sizes.theme)), sizes.least, sizes.alike
    )
    found = _gathered(vectors, found, sizes.alike)
    made = [
        Theme(rows=tuple(rows.tolist()), topics=_topics(vectors, rows, part, sizes))
        for rows in found
    ]  # fmt: skip
    return tuple(sorted(made, key=lambda theme: theme.rows))


def _topics(vectors: Floats, rows: Ints, part: Part, sizes: Sizes) -> tuple[tuple[int, ...], ...]:
    count = round(len(rows) / sizes.topic)
    if count < 2:
        return ()
    found = _parts(vectors, rows, part, count, sizes.least_topic, sizes.alike)
    topics = sorted(tuple(each.tolist()) for each in found)
    return tuple(topics) if len(topics) > 1 else ()


def _parts(vectors: Floats, rows: Ints, part: Part, count: int, least: int, alike: float) -> list[Ints]:
    """`rows` in `count` parts, ascending each, without those that lie far from their part's middle or are too few."""
    label = part(vectors[rows], count) if count > 1 else np.zeros(len(rows), np.int32)
    found: list[Ints] = []
    for which in range(count):
        inside = rows[label == which]
        if len(inside) < least:
            continue
        inside = inside[vectors[inside] @ middle(vectors[inside]) >= np.float32(alike)]
        if len(inside) >= least:
            found.append(inside)
    return found


def _gathered(vectors: Floats, found: list[Ints], alike: float) -> list[Ints]:
    """The parts, each with the rows of no part that lie nearest to its middle and near enough."""
    if not found:
        return found
    loose = np.setdiff1d(np.arange(len(vectors)), np.concatenate(found))
    if not len(loose):
        return found
    score = vectors[loose] @ np.stack([middle(vectors[rows]) for rows in found]).T
    nearest, near = score.argmax(axis=1), score.max(axis=1) >= np.float32(alike)
    return [np.sort(np.concatenate([rows, loose[near & (nearest == at)]])) for at, rows in enumerate(found)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A cluster that a row may join."""

    middle: Floats  #: [d]
    tight: float  #: the cosine with the middle that a row needs


def place_of(vectors: Floats, alike: float) -> Place:
    """The place of a cluster whose founders have `vectors` [n, d], n above 1.

    How tight it is: each founder's cosine with the middle of the others, since its own share would flatter it.
    """
    others = vectors.sum(axis=0) - vectors
    norms = np.linalg.norm(others, axis=1)
    apart = np.divide((others * vectors).sum(axis=1), norms, out=np.zeros_like(norms), where=norms > 0)
    return Place(middle=middle(vectors), tight=max(alike, _BEYOND * float(np.percentile(apart, _OUTER))))


def join(vectors: Floats, places: Sequence[Place]) -> Ints:
    """[n] the place each of `vectors` [n, d] joins: the nearest of those it is near enough to; -1 for none."""
    if not places or not len(vectors):
        return np.full(len(vectors), -1, np.int32)
    score = vectors @ np.stack([place.middle for place in places]).T
    tight = np.array([place.tight for place in places], np.float32)
    score = np.where(score >= tight, score, -np.inf)
    best = score.argmax(axis=1)
    return np.where(np.isfinite(score.max(axis=1)), best, -1).astype(np.int32)
