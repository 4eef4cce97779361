"""Carry score over edges: from neighbours, from siblings under one parent, and over a shared entity.

Each function takes a score for every row, 0 where a row may not take part, and returns what each row gains, 0 where
nothing reaches it. A gain is the best that any one neighbour gives, never a sum: many weak neighbours are no evidence,
and the best one can be named as the way. Declines to know edge kinds and the reasons of weights (`profile`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from memos_graph.engines.rows import Edges, Floats, Ints, Mask, Side

_SURE = 0.999  #: as strong as a link counts, so that its logarithm is finite
_DEEPEST = 16  #: levels of parents walked; no document nests deeper, and a circle ends


def beside(lent: Floats, side: Side) -> Floats:
    """[n] the best of edge weight x `lent` among the rows at the other end of each row's edges. O(n + m)."""
    gain = np.zeros_like(lent)
    np.maximum.at(gain, side.here, side.weight * lent[side.there])
    return gain


def lender(lent: Floats, side: Side, row: int) -> int:
    """The row that gave `row` its gain in `beside`; the lowest of equals. `row` has an edge."""
    at = side.at(row)
    return int(side.there[at][np.argmax(side.weight[at] * lent[side.there[at]])])


def highest_below(lent: Floats, parent: Edges, passable: Mask) -> Floats:
    """[n] for each passable parent the best of edge weight x `lent` among its children, for others 0. O(n + m)."""
    return np.where(passable, beside(lent, parent.into), np.float32(0))


def seeds(score: Floats, k: int) -> Ints:
    """The at most `k` rows of highest score above 0, best first, ties by row number. O(n)."""
    k = min(k, len(score))
    if k <= 0:
        return np.zeros(0, np.int32)
    among = np.flatnonzero((score >= np.partition(score, -k)[-k]) & (score > 0))
    return among[np.lexsort((among, -score[among]))][:k].astype(np.int32)


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkRule:
    """How strongly an entity that two rows mention links them."""

    names: float  #: share from the weight of the first row's edge to the entity
    named: float  #: share from the weight of the other's
    rare: float  #: an entity in d rows counts (2 / d) ** rare: what two rows alone mention links as much as can be
    common: int  #: an entity in more rows than this links only to rows whose edge has the full weight of 1


@dataclass(frozen=True, slots=True)
class Links:
    """Ways from seeds to other rows over an entity that both mention, in no order; [m] each."""

    seed: Ints  #: position among the seeds
    entity: Ints  #: row
    row: Ints
    strength: Floats  #: from 0 to 1


def over_entities(start: Ints, mentions: Edges, passable: Mask, rule: LinkRule) -> Links:
    """All links from the rows `start` [k] to passable rows that share a passable entity with them.

    mentions: edges from rows to entities; only passable rows count towards how common an entity is. O(edges of the
    seeds' entities).
    """
    at, seed = mentions.out.of(start)
    at, seed = at[keep := passable[mentions.out.there[at]]], seed[keep]
    entity, strength = mentions.out.there[at], mentions.out.weight[at]
    at, via = mentions.into.of(entity)
    at, via = at[keep := passable[mentions.into.there[at]]], via[keep]
    row, weight = mentions.into.there[at], mentions.into.weight[at]
    count = np.maximum(np.bincount(via, minlength=len(entity)), 2)
    link = (rule.names * strength[via] + rule.named * weight) * ((2 / count) ** rule.rare)[via]
    keep = ((count <= rule.common)[via] | (weight >= 1)) & (row != start[seed[via]])
    return Links(seed[via][keep], entity[via][keep], row[keep], link[keep].astype(np.float32))


@dataclass(frozen=True, slots=True)
class Hops:
    """What rows gain by sharing an entity with a seed, and over which; -1 where there is no gain."""

    gain: Floats  #: [n]
    seed: Ints  #: [n] row
    entity: Ints  #: [n] row


def best_hops(links: Links, start: Ints, worth: Floats, reach: Floats) -> Hops:
    """For each row the best of worth x strength x reach.

    start [k]: seed rows, best first; worth [k]: what each counts; reach [n]: how well a row does by itself. O(m log m).
    """
    gain = np.zeros_like(reach)
    by_seed, by_entity = np.full(len(reach), -1, np.int32), np.full(len(reach), -1, np.int32)
    value = (worth[links.seed] * links.strength * reach[links.row]).astype(np.float32)
    # The last write wins: the highest value, and among equals the better seed (they come best first).
    order = np.lexsort((-links.seed, value))
    order = order[value[order] > 0]
    row = links.row[order]
    gain[row] = value[order]
    by_seed[row], by_entity[row] = start[links.seed[order]], links.entity[order]
    return Hops(gain, by_seed, by_entity)


def together(links: Links, n: int) -> Floats:
    """[m] for each link how strongly all links of its seed and row tie the two: 1 - the product of (1 - strength).

    n: number of rows. Two shared entities are better evidence than one, and never more than certain. O(m log m).
    """
    pair = links.seed.astype(np.int64) * n + links.row
    _, which = np.unique(pair, return_inverse=True)
    missed = np.bincount(which, np.log1p(-np.minimum(links.strength, _SURE)))
    return (1 - np.exp(missed[which])).astype(np.float32)


def roots(rows: Ints, parent: Edges | None, passable: Mask) -> Ints:
    """The topmost passable row above each of `rows`, itself where there is none. O(n + m)."""
    over = np.arange(len(passable), dtype=np.int32)
    if parent is not None:
        inside = passable[parent.out.there]
        # Backwards, so that of several parents the first stays.
        over[parent.out.here[inside][::-1]] = parent.out.there[inside][::-1]
    for _ in range(_DEEPEST):
        rows = over[rows]
    return rows
