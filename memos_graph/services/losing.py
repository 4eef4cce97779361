"""why_not: the first stage of a search at which a memory was lost, and by how much.

Walks the stages in the order that a search does. What chooses among the hits (`choosing`) is not read but tried: its
options are switched on one after the other, and the one with which the memory disappears is the one that left it out;
so this stays true whatever they do. A reranker is asked anew for each try.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np

from memos_graph.engines.reasons import Reason, hidden_by, unmet
from memos_graph.engines.recall import SUMMED_UP
from memos_graph.model.graph import Node
from memos_graph.model.scope import everything
from memos_graph.services.asking import RecallRequest
from memos_graph.services.choosing import Chosen, choose, pool_size
from memos_graph.services.context import Context
from memos_graph.services.deepening import deepen
from memos_graph.services.explained import Rival, WhyNot
from memos_graph.services.layout import rows_of
from memos_graph.services.stages import Found, LaidOut, Read, lay_out, rank_all, read_query, returnable_in

#: Stages before the score, in the order that a search meets them.
_ORDER = ("time", "state", "vectors", "filter", "kind", "picture", "candidate", "score")
_STATIC = frozenset({"length", "tells_when"})  #: arms that say what a row is like, not that it answers
#: What chooses among the hits, in the order of `choose`.
CHOOSERS = ("relativity", "tense", "conversation", "recency", "reranker", "dedup", "max_tokens")


@dataclass(frozen=True, slots=True)
class Try:
    """The hits with the choosers up to one switched on."""

    stage: str  #: "score" with none of them, else the last that is on
    hits: tuple[Chosen, ...]


@dataclass(frozen=True, slots=True)
class Search:
    """A search with what each step made of it."""

    context: Context
    request: RecallRequest
    read: Read
    laid: tuple[LaidOut, ...]
    found: tuple[Found, ...]  #: by score, before anything chose among them
    tries: tuple[Try, ...]  #: in order; the last one's are the hits of the search

    @property
    def hits(self) -> tuple[Chosen, ...]:
        """What the search returns."""
        return self.tries[-1].hits


def searched(context: Context, request: RecallRequest) -> Search:
    """The search that `recall` does, its steps kept."""
    read = read_query(context, request)
    laid = lay_out(context, request, read)
    found = rank_all(context, request, laid, k=pool_size(request, read))
    if request.mode == "deep":
        found = tuple(deepen(context, request, read, found))
    tries = tuple(Try(stage, choose(context, one, as_read, found)) for stage, one, as_read in _ladder(request, read))
    return Search(context, request, read, laid, found, tries)


def _ladder(request: RecallRequest, read: Read) -> list[tuple[str, RecallRequest, Read]]:
    """The request with nothing that chooses, then with one more chooser each time."""
    one = replace(
        request, conversation=None, recency=None, reranker=None, dedup="none", relativity=0.0, max_tokens=None
    )
    as_read = replace(read, tense=None)
    steps = [("score", one, as_read)]
    for name in CHOOSERS:
        if name == "tense":
            on = read.tense is not None
            as_read = read
        else:
            on = getattr(request, name) != getattr(one, name)
            one = replace(one, **{name: getattr(request, name)})
        if on:
            steps.append((name, one, as_read))
    return steps


def why_not(context: Context, request: RecallRequest, identity: str, *, among: Collection[str] | None = None) -> WhyNot:
    """Where the memory `identity` is lost in the search `request`, or which hit it is.

    An id that several of the cubes hold is told of where it gets furthest. among: other cubes that may be told of when
    it lies in one of them (None: all that the store has). `NotFound` for a cube that is not there.
    """
    nodes = context.store.get(everything(*request.cubes), [identity])
    if not nodes:
        return _elsewhere(context, request, identity, among)
    search = searched(context, request)
    return max((lost(search, node) for node in nodes), key=_how_far)


def lost(search: Search, node: Node) -> WhyNot:
    """As `why_not`, for a memory in one of the cubes of a search that was done."""
    before = _hidden(search, node) or _narrowed(search, node)
    if before is not None:
        return before
    place = next((at for at, one in enumerate(search.hits, 1) if one.key == (node.cube, node.id)), None)
    rank, one = _ranked(search, node)
    told = WhyNot(
        query=search.request.query, id=node.id, cube=node.cube, stage="hit", detail=f"it is hit number {place}",
        rank=rank, top_k=search.request.top_k, score=None if one is None else one.ranked.score,
        arms=None if one is None else one.ranked.arms,
    )  # fmt: skip
    if place is not None:
        return told
    if one is None or (_unsupported(one) and all(hit.key != one.key for hit in search.tries[0].hits)):
        return replace(told, stage="candidate", detail="no search found it and no edge led to it")
    return _outranked(search, told, one)


def _unsupported(one: Found) -> bool:
    return not any(gain > 0 for arm, gain in one.ranked.arms.items() if arm not in _STATIC)


def _how_far(told: WhyNot) -> int:
    if told.found:
        return len(_ORDER) + 1
    return _ORDER.index(told.stage) if told.stage in _ORDER else len(_ORDER)


def _elsewhere(context: Context, request: RecallRequest, identity: str, among: Collection[str] | None) -> WhyNot:
    others = [c.id for c in context.store.cubes() if c.id not in request.cubes and (among is None or c.id in among)]
    for node in context.store.get(everything(*others), [identity]) if others else ():
        asked = f"one of {', '.join(request.cubes)}"
        return WhyNot(
            query=request.query, id=identity, cube=node.cube, stage="cube",
            detail=f"it lies in cube {node.cube}, and the search looked in {', '.join(request.cubes)}",
            reasons=(Reason(field="cube", asked=asked, found=node.cube),), top_k=request.top_k,
        )  # fmt: skip
    return WhyNot(
        query=request.query, id=identity, cube=None, stage="missing", detail="there is no memory with this id",
        top_k=request.top_k,
    )  # fmt: skip


def _stopped(search: Search, node: Node, stage: str, detail: str, *reasons: Reason) -> WhyNot:
    return WhyNot(
        query=search.request.query, id=node.id, cube=node.cube, stage=stage, detail=detail, reasons=reasons,
        top_k=search.request.top_k,
    )  # fmt: skip


def _hidden(search: Search, node: Node) -> WhyNot | None:
    """Lost because of when or in what state it is."""
    reasons = hidden_by(search.read.scope, node)
    if not reasons:
        return None
    states = [reason for reason in reasons if reason.field == "status"]
    if states and len(states) == len(reasons):
        return _stopped(search, node, "state", f"its status is {node.status}, which was not asked for", *reasons)
    if any(reason.field == "retired_at" for reason in reasons):
        detail = "it was deleted or replaced; known_at can look back"
    elif any(reason.field == "updated_at" for reason in reasons):
        detail = "it was not known yet"
    else:
        detail = "it was not true at the time asked about"
    return _stopped(search, node, "time", detail, *reasons)


def _narrowed(search: Search, node: Node) -> WhyNot | None:
    """Lost because of what may be a hit at all."""
    laid = next((one for one in search.laid if one.survey.cube == node.cube), None)
    if laid is None:
        return _stopped(search, node, "vectors", f"nothing in cube {node.cube} has been embedded yet")
    reasons = unmet(search.read.filters[node.cube], node)
    if reasons:
        return _stopped(search, node, "filter", f"{len(reasons)} of the filter's conditions keep it out", *reasons)
    wanted, hidden = search.request.kinds, search.request.profile.hidden_kinds
    if wanted is not None and node.kind not in wanted:
        reason = Reason(field="kind", asked=f"one of {', '.join(sorted(wanted))}", found=node.kind)
        return _stopped(search, node, "kind", f"it is a {node.kind}, and other kinds were asked for", reason)
    if wanted is None and node.kind in hidden:
        reason = Reason(field="kind", asked=f"none of {', '.join(sorted(hidden))}", found=node.kind)
        return _stopped(search, node, "kind", f"a {node.kind} leads to hits; only kinds= asks for it", reason)
    return _pictured(search, node, laid)


def _pictured(search: Search, node: Node, laid: LaidOut) -> WhyNot | None:
    """Lost because the text that it illustrates shows it, or because the store did not lay it out."""
    survey = laid.survey
    if node.id not in survey.ids:
        detail = "the store laid out only what lies near the query, and not this"
        return _stopped(search, node, "candidate", detail)
    row, edges = survey.ids.index(node.id), search.context.layouts.of(survey)
    if returnable_in(survey, rows_of(survey), edges, search.request)[row]:
        return None
    if SUMMED_UP in edges and len(edges[SUMMED_UP].into.there[edges[SUMMED_UP].into.at(row)]):
        reason = Reason(field="kind", asked="what is no summary of other memories", found=node.kind)
        return _stopped(search, node, "kind", f"a {node.kind} leads to hits; only kinds= asks for it", reason)
    shown = edges["ILLUSTRATES"].out
    shows = shown.there[shown.at(row)].tolist()
    texts = ", ".join(survey.ids[at] for at in shows)
    reason = Reason(field="ILLUSTRATES", asked="a picture that no text shows", found=texts)
    return _stopped(search, node, "picture", f"the text that it stands with shows it: {texts}", reason)


def _ranked(search: Search, node: Node) -> tuple[int | None, Found | None]:
    """Its place by score among all that may be hits."""
    key = (node.cube, node.id)
    for rank, one in enumerate(search.found, 1):
        if one.key == key:
            return rank, one
    most = sum(int(np.count_nonzero(laid.survey.allowed)) for laid in search.laid)
    for rank, one in enumerate(rank_all(search.context, search.request, search.laid, k=max(most, 1)), 1):
        if one.key == key:
            return rank, one
    return None, None


def _outranked(search: Search, told: WhyNot, one: Found) -> WhyNot:
    """Lost to others by score, or by the first chooser with which it is no hit."""
    step = next(step for step in search.tries if all(hit.key != one.key for hit in step.hits))
    rival = _rival(search, one, step.hits)
    if step.stage != "score":
        detail = f"{step.stage} left it out; without that it would have been a hit"
    elif rival is None:
        detail = f"by score it is number {told.rank}"
    else:
        short = rival.score - one.ranked.score
        detail = f"by score it is number {told.rank}, {short:.4f} short of the last of {rival.rank} hits"
    return replace(told, stage=step.stage, detail=detail, rival=rival)


def _rival(search: Search, one: Found, hits: Sequence[Chosen]) -> Rival | None:
    if not hits:
        return None
    last = hits[-1]
    (node, *_) = search.context.store.get(search.read.scope.of(last.key[0]), [last.key[1]]) or (None,)
    mine, theirs = one.ranked.arms, last.ranked.arms
    more = {arm: theirs.get(arm, 0.0) - mine.get(arm, 0.0) for arm in {*mine, *theirs}}
    return Rival(
        id=last.key[1], cube=last.key[0], rank=len(hits), score=last.ranked.score, text=node.text if node else "",
        arms=dict(sorted(more.items(), key=lambda each: (-abs(each[1]), each[0]))),
    )  # fmt: skip
