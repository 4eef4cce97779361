"""Links from rows to what stands below a document, or a section, that they refer to.

A text says "see the valve handbook"; the answer is in one of that document's passages, and which one, their own scores
tell. Declines to know weights (`profile`) and how hits were scored.
"""

from __future__ import annotations

import numpy as np

from memos_graph.engines.own import Walk
from memos_graph.engines.rows import Edges, Ints, Mask
from memos_graph.engines.spread import Links

KIND = "REFERS_TO"
_DEEPEST = 16  #: levels of parents walked; no document nests deeper, and a circle ends
_MOST = 20_000  #: rows below one layer of targets that are looked at; a library of that size tells nothing


def over_references(start: Ints, refers: Edges, parent: Edges, passable: Mask, rare: float) -> Links:
    """All links from the rows `start` [k] to passable rows below a passable row that they refer to.

    `entity` is the row referred to. A text that refers to d documents leads to each as strongly as (2 / d) ** rare of
    one that refers to two at most: a list of links says little of each. O(edges of `start` + rows below).
    """
    at, seed = refers.out.of(start)
    at, seed = at[keep := passable[refers.out.there[at]]], seed[keep]
    target = refers.out.there[at]
    count = np.maximum(np.bincount(seed, minlength=len(start)), 2)
    strength = (refers.out.weight[at] * ((2 / count) ** rare)[seed]).astype(np.float32)
    rows, by = _below(target, parent, passable)
    other = rows != start[seed[by]]
    rows, by = rows[other], by[other]
    return Links(seed[by], target[by], rows, strength[by])


def _below(tops: Ints, parent: Edges, passable: Mask) -> tuple[Ints, Ints]:
    """(rows, positions): every passable row below each of `tops`, and which of `tops` it is below."""
    rows, by = tops, np.arange(len(tops), dtype=np.int32)
    found, owners = [rows[:0]], [by[:0]]
    for _ in range(_DEEPEST):
        at, via = parent.into.of(rows)
        at, via = at[keep := passable[parent.into.there[at]]][:_MOST], via[keep][:_MOST]
        if not len(at):
            break
        rows, by = parent.into.there[at], by[via]
        found.append(rows)
        owners.append(by)
    return np.concatenate(found), np.concatenate(owners)


def way_down(seed: int, target: int, row: int, parent: Edges, passable: Mask) -> tuple[Walk, ...]:
    """The shortest walk from `seed` over what it refers to, `target`, down to `row`; () where there is none."""
    below, layer = {row: row}, [row]
    for _ in range(_DEEPEST):
        if target in below:
            break
        ups = [(up, at) for at in layer for up in parent.out.there[parent.out.at(at)].tolist() if passable[up]]
        layer = [up for up, _ in ups if up not in below]
        below = dict(ups) | below
    if target not in below:
        return ()
    walk: list[Walk] = [(seed, KIND, target, True)]
    while (at := walk[-1][2]) != row:
        walk.append((at, "PARENT", below[at], False))
    return tuple(walk)
