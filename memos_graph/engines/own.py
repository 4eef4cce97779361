"""What each row earns by itself for a query, arm by arm, before any neighbour is asked.

An arm is an array of gains over all rows; the score is their sum, so that more of any evidence never ranks a row lower.
Arms that stand on an edge (who said it, what it mentions) can retell it. Declines to know neighbours (`spread`),
stores, models and the clock.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

import numpy as np

from memos_graph.engines.profile import RecallProfile
from memos_graph.engines.rows import NO_TIME, Edges, Floats, Ints, Mask, Rows
from memos_graph.engines.timewords import TimeRange
from memos_graph.model.times import to_micros

_DAY = 86_400_000_000  #: microseconds

Walk = tuple[int, str, int, bool]  #: start row, edge kind, end row, whether walked from the edge's from to its to


@dataclass(frozen=True, slots=True)
class Part:
    """What one arm gave every row, and, where edges brought it, the walk to a row."""

    arm: str
    gain: Floats  #: [n]
    way: Callable[[int], tuple[Walk, ...]] | None = None  #: asked only for rows with a gain above 0
    lends: bool = True  #: whether neighbours profit; False: it says what the row is like, not what stands there


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What the searches found for a query, and what the query names, all as rows. See `understand.Understood`."""

    dense: Floats  #: [n] cosine with the query's first voice; 0 for rows without a vector
    voiced: tuple[tuple[int, Floats], ...] = ()  #: (a speaker's entity row, [n] cosines with the query in their voice)
    lexical_rows: Ints  #: BM25 hits, each row once
    lexical_scores: Floats  #: as many, above 0, in any unit
    lexical_best: float = 0.0  #: what counts as full; 0: the best of these. Give the best of all when cubes are merged
    speakers: frozenset[int] = frozenset()  #: entity rows of the speakers named
    entities: frozenset[int] = frozenset()  #: rows of the other entities named
    times: tuple[TimeRange, ...] = ()
    asks_when: bool = False
    by_name: Mask | None = None  #: [n] rows that tell of speakers by their name, and are no words of theirs


def own(rows: Rows, edges: Mapping[str, Edges], heard: Heard, allowed: Mask, profile: RecallProfile) -> list[Part]:
    """The arms that apply. Gains of rows outside `allowed` mean nothing. O(n + BM25 hits + edges of entities named)."""
    said, mentions = edges.get("SAID_BY"), edges.get("MENTIONS")
    speakers = frozenset(s for s in heard.speakers if allowed[s])
    entities = frozenset(e for e in heard.entities if allowed[e])
    parts = [
        Part("dense", np.float32(profile.dense) * np.maximum(_voiced(heard, said, speakers), 0)),
        Part("lexical", _lexical(heard, allowed, profile)),
        Part("length", _length(rows, profile), lends=False),
    ]
    said_by = profile.said_by if len(heard.speakers) == 1 else profile.said_by_one_of
    if said is not None and speakers and said_by:
        parts.append(_to_named(len(rows), "SAID_BY", said, speakers, said_by, 0.0))
    named = entities | speakers if heard.by_name is not None else entities
    if mentions is not None and named and profile.mentions:
        part = _to_named(len(rows), "MENTIONS", mentions, entities, profile.mentions, profile.mentions_least,
                         besides=speakers, where=heard.by_name)  # fmt: skip
        parts.append(part)
    if heard.asks_when and profile.tells_when:
        parts.append(Part("tells_when", rows.tells_when * np.float32(profile.tells_when), lends=False))
    if profile.question:
        parts.append(Part("question", rows.question * np.float32(-profile.question)))
    return parts


def dated(rows: Rows, times: Collection[TimeRange], profile: RecallProfile) -> Part:
    """The weight within one of `times`, fading by exp(-days / fade) outside; 0 for rows with no time. O(n · times)."""
    nearest = np.full(len(rows), np.inf)
    valid_from = rows.valid_from.astype(np.float64)  # microseconds round to at most 2 ms: no matter for days
    for span in times:
        start, end = to_micros(span.start), to_micros(span.end)
        nearest = np.minimum(nearest, np.maximum(np.maximum(start - valid_from, valid_from - end), 0))
    gain = profile.date * np.exp(nearest / (-_DAY * profile.date_fade))
    return Part("date", np.where(rows.valid_from == NO_TIME, 0, gain).astype(np.float32))


def _voiced(heard: Heard, said: Edges | None, speakers: Collection[int]) -> Floats:
    """Cosines with the first voice; for what a voiced speaker said, with that speaker's."""
    if said is None or not heard.voiced:
        return heard.dense
    cosine = heard.dense.copy()
    for speaker, theirs in heard.voiced:
        if speaker in speakers:
            lines = said.into.there[said.into.at(speaker)]
            cosine[lines] = theirs[lines]
    return cosine


def _length(rows: Rows, profile: RecallProfile) -> Floats:
    whole = np.minimum(rows.length / np.float32(profile.full_length), 1).astype(np.float32)
    return np.float32(profile.length) * whole


def _lexical(heard: Heard, allowed: Mask, profile: RecallProfile) -> Floats:
    gain = np.zeros(len(allowed), np.float32)
    inside = allowed[heard.lexical_rows]
    hits, scores = heard.lexical_rows[inside], heard.lexical_scores[inside]
    if len(hits):
        share = scores / max(heard.lexical_best, float(scores.max()))
        gain[hits] = profile.lexical * share**profile.lexical_power
    return gain


def _to_named(n: int, kind: str, edges: Edges, named: Collection[int], weight: float, least: float, *,
              besides: Collection[int] = (), where: Mask | None = None) -> Part:  # fmt: skip
    """`weight` x the edge's weight for every row with an edge of `kind` to one of `named`: the best, not the sum.

    An edge that weighs something counts as `least` at least. One to any of `besides` counts for rows in `where` alone.
    """
    gain = np.zeros(n, np.float32)
    to = np.full(n, -1, np.int32)
    for entity in sorted({*named, *(besides if where is not None else ())}):
        at = edges.into.at(entity)
        weighs = edges.into.weight[at]
        if where is not None and entity not in named:
            weighs = weighs * where[edges.into.there[at]]
        row, value = edges.into.there[at], np.float32(weight) * np.maximum(weighs, np.float32(least) * (weighs > 0))
        better = value > gain[row]
        gain[row[better]], to[row[better]] = value[better], entity
    return Part(kind, gain, lambda row: ((int(to[row]), kind, row, False),))
