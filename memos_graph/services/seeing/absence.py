""" "We no longer know": what was once known of a question's answer, when it ended, and what took its place.

What has ended is ranked as a search ranks what holds, in a survey of its own, so that no search changes by it. It is
told only where it answers clearly better than all that holds. Reads; nothing here is offered as true now.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from memos_graph.engines.answerable import DEFAULT, Line, signs
from memos_graph.engines.snapshots import head_of, is_snapshot_of
from memos_graph.model.filter import Or, Where, all_of
from memos_graph.model.graph import LIVE, Node, Status
from memos_graph.model.scope import everything
from memos_graph.ports import GraphStore
from memos_graph.services.asking import RecallRequest
from memos_graph.services.context import Context
from memos_graph.services.explained import Absence, Once
from memos_graph.services.stages import LaidOut, Read, lay_out, rank_all, read_query

_LOOKED_AT = 20  #: best rows of what holds, and of what has ended, that are compared
_TOLD = 3
_LIKELY = 0.5  #: a row that does not answer as likely as not was no knowledge of it
#: Log odds by which it must answer better than what holds: a tenth of a cosine. Two wordings of one fact lie closer.
_CLEARLY = 1.0
_STEPS = 8  #: from a fact to what replaced what replaced it
_PAST: frozenset[Status] = LIVE | {"archived"}


def absence(context: Context, request: RecallRequest) -> Absence:
    """What was once known of what is asked; empty where the question or the request asks for the past itself.

    One embedding, two surveys a cube, and a few queries for what took its place.
    """
    read = read_query(context, request)
    return absence_in(context, request, read, lay_out(context, request, read))


def absence_in(context: Context, request: RecallRequest, read: Read, laid: Sequence[LaidOut]) -> Absence:
    """As `absence`, for a query that was read and laid out."""
    past = request.as_of is not None or request.known_at is not None or request.include_archived
    if past or request.states is not None or read.tense == "before":
        return Absence()
    now = context.clock()
    ended = lay_out(context, request, _of_the_past(read, now))
    found = _judged(context, request, ended)
    if not found:
        return Absence()
    least = max((odds for _, odds in _judged(context, request, laid)), default=-math.inf) + _CLEARLY
    likely = [(node, odds) for node, odds in found if odds >= max(least, _log_odds(_LIKELY))]
    if not likely:
        return Absence()
    once = [one for cube in read.scope.cubes for one in _once(context.store, cube, likely, now)]
    once.sort(key=lambda one: (-one.probability, one.node.cube, one.memory))
    return Absence(once=tuple(once[:_TOLD]))


def _of_the_past(read: Read, now: datetime) -> Read:
    """`read`, looking at what has ended or was deleted, and at nothing else."""
    over = Or((Where("retired_at", "lte", now), Where("valid_to", "lte", now)))
    scope = replace(read.scope, states=_PAST, current_at=None, retired=True)
    filters = {cube: all_of(filter, over) for cube, filter in read.filters.items()}
    return replace(read, scope=scope, filters=filters)


def _judged(context: Context, request: RecallRequest, laid: Sequence[LaidOut]) -> list[tuple[Node, float]]:
    """The best rows of `laid`, each with the log odds that it answers by itself."""
    words = {one.survey.cube: one.meant.lexical_text for one in laid}
    made: list[tuple[Node, float]] = []
    for one in laid:
        found = rank_all(context, request, [one], k=_LOOKED_AT)
        if not found:
            continue
        cube = one.survey.cube
        dense = dict(zip(one.survey.ids, one.survey.dense.tolist(), strict=True))
        for node in context.store.get(everything(cube), [each.ranked.id for each in found]):
            line = Line(text=node.text, cosine=dense[node.id], share=0.0)
            made.append((node, _log_odds(DEFAULT.chance(signs(words[cube], [line])))))
    return made


def _log_odds(chance: float) -> float:
    return math.log(chance / (1 - chance)) if 0 < chance < 1 else math.inf * (chance - 0.5)


def _once(
    store: GraphStore, cube: str, judged: Sequence[tuple[Node, float]], now: datetime
) -> list[Once]:  # fmt: skip
    """The memories of `cube` among the rows, each once, by the row that answers best."""
    rows = [(node, odds) for node, odds in judged if node.cube == cube]
    heads = {n.id: n for n in store.get(everything(cube), sorted({head_of(n.id) for n, _ in rows}))} if rows else {}
    best: dict[str, tuple[Node, float]] = {}
    for node, odds in rows:
        memory = head_of(node.id) if head_of(node.id) in heads else node.id
        if node.retired_at is not None and is_snapshot_of(node.id, memory):
            continue  # believed for a while and taken back: it never was so, or its memory says how it ended
        if memory not in best or odds > best[memory][1]:
            best[memory] = (node, odds)
    after = _successors(store, cube, [node.id for node, _ in best.values()], now)
    return [
        Once(
            node=node, memory=memory, until=_until(node, now), deleted=node.valid_to is None or node.valid_to > now,
            probability=1 / (1 + math.exp(-odds)), successor=after.get(node.id),
        )
        for memory, (node, odds) in best.items()
    ]  # fmt: skip


def _until(node: Node, now: datetime) -> datetime:
    ends = [moment for moment in (node.valid_to, node.retired_at) if moment is not None and moment <= now]
    return min(ends, default=now)


def _successors(store: GraphStore, cube: str, ids: Collection[str], now: datetime) -> Mapping[str, Node]:
    """By each of `ids`, what holds in its place: the nearest over SUPERSEDES and MERGED_INTO. Absent: nothing does."""
    found: dict[str, Node] = {}
    reached = {identity: {identity} for identity in ids}  # node -> those of `ids` that led to it
    seen = {(identity, identity) for identity in ids}
    scope = everything(cube)
    for _ in range(_STEPS):
        if not reached:
            break
        newer = store.edges(scope, touching=list(reached), kinds=["SUPERSEDES"], direction="in")
        merged = store.edges(scope, touching=list(reached), kinds=["MERGED_INTO"], direction="out")
        steps = [(e.to_id, e.from_id) for e in newer] + [(e.from_id, e.to_id) for e in merged]
        following: dict[str, set[str]] = {}
        for old, new in steps:
            fresh = {start for start in reached[old] if start not in found and (start, new) not in seen}
            if fresh:
                following.setdefault(new, set()).update(fresh)
                seen |= {(start, new) for start in fresh}
        nodes = store.get(scope, list(following)) if following else ()
        for node in nodes:
            if node.retired_at is None and node.status in LIVE and (node.valid_to is None or node.valid_to > now):
                for start in following.pop(node.id):
                    found.setdefault(start, node)
        reached = following
    return found
