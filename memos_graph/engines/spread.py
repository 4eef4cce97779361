"""Carry score over edges: from neighbours, from siblings under one parent, and over a shared entity.

Each function takes a score for every row, 0 where a row may not take part, and returns what each row gains, 0 where
nothing reaches it. A gain is the best that any one neighbour gives, never a sum: many weak neighbours are no evidence,
and the best one can be named as the way. Declines to know edge kinds and the reasons of weights (`profile`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from memos_graph.engines.rows import Edges, Floats, Ints, Mask, Side


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


@dataclass(frozen=True, slots=True)
class Hops:
    """What rows gain by sharing an entity with a seed, and over which; -1 where there is no gain."""

    gain: Floats  #: [n]
    seed: Ints  #: [n] row
    entity: Ints  #: [n] row


def over_entities(
    start: Ints,
    worth: Floats,
    reach: Floats,
    mentions: Edges,
    passable: Mask,
    *,
    names: float,
    named: float,
    common: int,
) -> Hops:
    """The best over seeds and entities of worth x link x reach.

    start [k]: seed rows; worth [k]: what each counts; reach [n]: how well a row does by itself; mentions: edges from
    rows to entities; passable [n]: rows that may take part. link = names x weight of the seed's edge + named x weight
    of the row's edge. An entity in more than `common` passable rows leads only to rows whose edge has the full weight
    of 1. O(edges of the seeds' entities).
    """
    gain = np.zeros_like(reach)
    by_seed, by_entity = np.full(len(reach), -1, np.int32), np.full(len(reach), -1, np.int32)
    at, seed = mentions.out.of(start)
    at, seed = at[keep := passable[mentions.out.there[at]]], seed[keep]
    entity, strength = mentions.out.there[at], mentions.out.weight[at]
    at, via = mentions.into.of(entity)
    at, via = at[keep := passable[mentions.into.there[at]]], via[keep]
    row, weight = mentions.into.there[at], mentions.into.weight[at]
    rare = np.bincount(via, minlength=len(entity)) <= common
    link = np.where(rare[via] | (weight >= 1), names * strength[via] + named * weight, 0)
    value = np.where(row == start[seed[via]], 0, worth[seed[via]] * link * reach[row]).astype(np.float32)
    # The last write wins: the highest value, and among equals the better seed (they come best first).
    order = np.lexsort((-seed[via], value))
    order = order[value[order] > 0]
    row, via = row[order], via[order]
    gain[row] = value[order]
    by_seed[row], by_entity[row] = start[seed[via]], entity[via]
    return Hops(gain, by_seed, by_entity)
