"""Rank the rows of a cube for a query, and say for each how it was found.

Own score (`own`), then what neighbours give (`spread`), then places for other sources (`lead`), then order. Works on
arrays over row numbers, ids only at the end. Declines to know stores, models and the clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from memos_graph.engines.lead import lead, leads_from
from memos_graph.engines.own import Heard, Part, Walk, dated, own
from memos_graph.engines.profile import DEFAULT, RecallProfile
from memos_graph.engines.referring import KIND, over_references, way_down
from memos_graph.engines.rows import Edges, Floats, Mask, Rows, Side
from memos_graph.engines.spread import beside, best_hops, highest_below, lender, over_entities, seeds

#: kind under which PARENT edges to a Summary come: a Summary leads to what it sums up and is no hit by default, since
#: it says nothing that the texts below it don't say
SUMMED_UP = "SUMMED_UP"
_BY_OWN_RULE = frozenset({"PARENT", "MENTIONS", "SAID_BY", "ALIAS_OF", SUMMED_UP})  #: kinds that don't flow


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One edge walked."""

    start: str  #: id where the step starts
    kind: str
    end: str  #: id where it ends
    along: bool  #: walked from the edge's from to its to; else the other way


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """How score came over edges to a hit."""

    arm: str  #: as in `Ranked.arms`
    gain: float
    steps: tuple[Step, ...]  #: one at least; the last ends at the hit


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """A row found, its score, and where each part of the score came from."""

    id: str
    row: int
    score: float
    arms: Mapping[str, float]  #: what each arm gave, largest first; they sum to the score
    routes: tuple[Route, ...] = ()  #: largest gain first

    @property
    def path(self) -> tuple[Step, ...]:
        """The steps of the strongest route; empty when no edge helped."""
        return self.routes[0].steps if self.routes else ()


def recall(
    rows: Rows,
    edges: Mapping[str, Edges],
    heard: Heard,
    *,
    allowed: Mask,
    profile: RecallProfile = DEFAULT,
    top_k: int,
    returnable: Mask | None = None,
    routes: int = 3,
) -> list[Ranked]:
    """The `top_k` best rows, best first, ties by id, each with its `routes` strongest routes.

    edges: live ones by kind, over the same rows. allowed [n]: rows that may be looked at (cube, time, state, rights);
    no other is returned, passed through or counted, as if it were not there. returnable [n]: which of them may be hits
    (a filter, kinds asked for); by default `may_return`. O(n + m), besides the searches.
    """
    if top_k < 1 or not len(rows):
        return []
    eligible = allowed & (may_return(rows, edges, allowed, profile) if returnable is None else returnable)
    parts = score(rows, edges, heard, allowed=allowed, profile=profile)
    total = total_of(parts, len(rows))
    hits = best(total, eligible, rows.ids, leads_from(profile))
    led = lead(hits, edges, total, named=heard.entities, allowed=allowed, eligible=eligible, profile=profile)
    if led is not None:
        parts.append(led)
        total = total + led.gain
    found = best(total, eligible, rows.ids, top_k)
    return [_told(rows.ids, row, float(total[row]), parts, routes) for row in found]


def score(rows: Rows, edges: Mapping[str, Edges], heard: Heard, *, allowed: Mask, profile: RecallProfile) -> list[Part]:
    """Every arm's gains for all rows; those of rows outside `allowed` mean nothing."""
    parts = own(rows, edges, heard, allowed, profile)
    base = _above_nothing(parts, allowed)
    lent = _above_nothing([part for part in parts if part.lends], allowed)
    parts += _from_neighbours(rows, edges, lent, profile)
    parent, mentions = edges.get("PARENT"), edges.get("MENTIONS")
    if parent is not None and profile.siblings:
        parts.append(_from_siblings(lent, parent, allowed, profile))
    if mentions is not None and profile.hop:
        parts.append(_from_entities(base, mentions, allowed, profile))
    if KIND in edges and parent is not None and profile.refer:
        parts.append(_from_references(base, edges[KIND], parent, allowed, profile))
    if heard.times and profile.date:
        parts.append(dated(rows, heard.times, profile))
    if profile.reply and "FOLLOWS" in edges:
        parts.append(_replies(rows, edges["FOLLOWS"], parts, allowed, profile))
    return parts


def _above_nothing(parts: Iterable[Part], allowed: Mask) -> Floats:
    return np.where(allowed, np.maximum(total_of(parts, len(allowed)), 0), np.float32(0))


def total_of(parts: Iterable[Part], n: int) -> Floats:
    """[n] the sum of all gains."""
    total = np.zeros(n, np.float32)
    for part in parts:
        total += part.gain
    return total


def best(total: Floats, eligible: Mask, ids: Sequence[str], k: int) -> list[int]:
    """The `k` eligible rows of highest `total`, best first, ties by id. O(n + k log k)."""
    among = np.flatnonzero(eligible)
    if len(among) > k:
        values = total[among]
        among = among[values >= np.partition(values, -k)[-k]]
    return sorted(among.tolist(), key=lambda row: (-float(total[row]), ids[row]))[:k]


def may_return(rows: Rows, edges: Mapping[str, Edges], allowed: Mask, profile: RecallProfile) -> Mask:
    """[n] what can be a hit by default: no bare container, and no picture where the text it stands with shows it."""
    may = ~rows.of_kinds(profile.hidden_kinds)
    if SUMMED_UP in edges:
        may[edges[SUMMED_UP].into.here] = False
    pictured = edges.get("ILLUSTRATES")
    if pictured is not None:
        text = pictured.out.there
        silent = rows.length[pictured.out.here] == 0
        may[pictured.out.here[allowed[text] & (rows.of_kinds(profile.shows_pictures)[text] | silent)]] = False
    return may


def _from_neighbours(rows: Rows, edges: Mapping[str, Edges], base: Floats, profile: RecallProfile) -> list[Part]:
    parts = []
    for kind in sorted(edges.keys() - _BY_OWN_RULE):
        flow = profile.flow(kind)
        against = np.float32(flow.against) * base
        if kind == "FOLLOWS" and profile.answers:
            against = against + rows.question * (np.float32(profile.answers) * base)
        if flow.against or kind == "FOLLOWS":
            parts.append(_lent(kind, against, edges[kind].out, along=False))
        if flow.along:
            parts.append(_lent(kind, np.float32(flow.along) * base, edges[kind].into, along=True))
    return parts


def _lent(kind: str, lent: Floats, side: Side, *, along: bool) -> Part:
    return Part(kind, beside(lent, side), lambda row: ((lender(lent, side, row), kind, row, along),))


def _from_siblings(base: Floats, parent: Edges, allowed: Mask, profile: RecallProfile) -> Part:
    lent = np.float32(profile.siblings) * base
    up = highest_below(lent, parent, allowed)

    def way(row: int) -> tuple[Walk, ...]:
        over = lender(up, parent.out, row)
        source = lender(lent, parent.into, over)
        # The best below that parent may be the row itself; then nothing was walked.
        return () if source == row else ((source, "PARENT", over, True), (over, "PARENT", row, False))

    return Part("PARENT", beside(up, parent.out), way)


def _from_entities(base: Floats, mentions: Edges, allowed: Mask, profile: RecallProfile) -> Part:
    start = seeds(base, profile.hop_seeds)
    worth = (profile.hop / (1 + profile.hop_fade * np.arange(len(start)))).astype(np.float32)
    reach = base + np.float32(profile.hop_floor)
    reach[start] *= np.float32(profile.hop_back)
    hops = best_hops(over_entities(start, mentions, allowed, profile.links), start, worth, reach)

    def way(row: int) -> tuple[Walk, ...]:
        seed, entity = int(hops.seed[row]), int(hops.entity[row])
        return ((seed, "MENTIONS", entity, True), (entity, "MENTIONS", row, False))

    return Part("hop", hops.gain, way)


def _from_references(base: Floats, refers: Edges, parent: Edges, allowed: Mask, profile: RecallProfile) -> Part:
    """What rows below a document or section gain when a good row refers to that."""
    start = seeds(base, profile.hop_seeds)
    worth = (profile.refer / (1 + profile.hop_fade * np.arange(len(start)))).astype(np.float32)
    reach = base + np.float32(profile.hop_floor)
    reach[start] *= np.float32(profile.hop_back)
    found = best_hops(over_references(start, refers, parent, allowed, profile.hop_rare), start, worth, reach)

    def way(row: int) -> tuple[Walk, ...]:
        return way_down(int(found.seed[row]), int(found.entity[row]), row, parent, allowed)

    return Part("refer", found.gain, way)


def _replies(rows: Rows, follows: Edges, parts: Sequence[Part], allowed: Mask, profile: RecallProfile) -> Part:
    """What lifts a row to its share of the score of the row before it, when that asks what the query asks."""
    total = total_of(parts, len(rows))
    words = total_of((part for part in parts if part.arm == "lexical"), len(rows))
    asks = allowed & rows.question & (words >= profile.reply_words * profile.lexical)
    lent = np.where(asks, np.maximum(total, 0), np.float32(0)) * np.float32(profile.reply)
    lifted = beside(lent, follows.out)
    gain = np.where(lifted > 0, np.maximum(lifted - total, 0), np.float32(0))
    return Part("reply", gain, lambda row: ((lender(lent, follows.out, row), "FOLLOWS", row, False),))


def _told(ids: Sequence[str], row: int, total: float, parts: Iterable[Part], most: int) -> Ranked:
    gains = [(float(part.gain[row]), part) for part in parts]
    arms: dict[str, float] = {}
    for gain, part in gains:
        if gain:
            arms[part.arm] = arms.get(part.arm, 0.0) + gain
    ordered = dict(sorted(arms.items(), key=lambda a: (-a[1], a[0])))
    walked = [(gain, part) for gain, part in gains if gain > 0 and part.way is not None]
    walked.sort(key=lambda each: -each[0])
    routes: list[Route] = []
    for gain, part in walked:  # retelling a walk costs more than ranking by it: only as many as are shown
        if len(routes) == most:
            break
        steps = part.way(row) if part.way else ()
        if steps:
            told = tuple(Step(start=ids[a], kind=kind, end=ids[b], along=along) for a, kind, b, along in steps)
            routes.append(Route(arm=part.arm, gain=gain, steps=told))
    return Ranked(id=ids[row], row=row, score=total, arms=ordered, routes=tuple(routes))
