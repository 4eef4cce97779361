"""Choose among what was ranked: what the caller prefers, a relevance threshold, a reranker, duplicates, a budget.

Works on the first hits only (`pool_size`), whose texts and vectors it fetches when something needs them. Declines to
know how rows were scored. Without any wish it changes nothing and fetches nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from memos_graph.engines import dedup, prefer
from memos_graph.engines.budget import fitting
from memos_graph.engines.recall import Ranked
from memos_graph.engines.relativity import relativity
from memos_graph.engines.rows import Floats
from memos_graph.model.errors import Unavailable
from memos_graph.model.graph import Node
from memos_graph.model.survey import Survey
from memos_graph.model.times import to_micros
from memos_graph.services.asking import RecallRequest
from memos_graph.services.context import Context
from memos_graph.services.embed import text_space
from memos_graph.services.stages import Found, Read

POOL = 100  #: hits ranked at least when something besides their score chooses among them
RERANKED = 50  #: first hits that a reranker reads; a text costs it as much as a whole search
_FOR_EACH = 4  #: hits ranked for each one asked for
_MORE = 1000  #: and at most so many more than are asked for

Nodes = Mapping[tuple[str, str], Node]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """A row that will be a hit."""

    survey: Survey
    ranked: Ranked
    relativity: float  #: from 0 to 1
    reranked: float | None = None  #: the reranker's score

    @property
    def key(self) -> tuple[str, str]:
        """(cube, id)."""
        return self.survey.cube, self.ranked.id


def pool_size(request: RecallRequest, read: Read) -> int:
    """How many hits to rank: `top_k`, and more when something besides their score chooses among them."""
    if not request.chooses and read.tense is None and request.mode == "fast":
        return request.top_k
    return max(POOL, min(_FOR_EACH * request.top_k, request.top_k + _MORE))


def choose(context: Context, request: RecallRequest, read: Read, found: Sequence[Found]) -> tuple[Chosen, ...]:
    """At most `top_k` of `found` (best first, ties by (cube, id)) in the order that `request` asks for."""
    rated = [_rated(request, read, one) for one in found]
    pool = [one for one in rated if one.relativity >= request.relativity]
    if not request.chooses and read.tense is None:
        return tuple(pool[: request.top_k])
    nodes = _fetch(context, request, read, pool)
    pool = [one for one in pool if one.key in nodes]
    pool = _reranked(request, _preferred(request, read, pool, nodes), nodes)
    pool = _without_repeats(context, request, pool, nodes)
    if request.max_tokens is None:
        return tuple(pool[: request.top_k])
    costs = (context.embedder.count_tokens(nodes[one.key].text) for one in pool)
    return tuple(pool[at] for at in fitting(costs, request.max_tokens, request.top_k))


def _rated(request: RecallRequest, read: Read, found: Found) -> Chosen:
    ranked = found.ranked
    share = relativity(ranked.score, ranked.arms, read.meant[found.survey.cube], request.profile)
    return Chosen(survey=found.survey, ranked=ranked, relativity=share)


def _fetch(context: Context, request: RecallRequest, read: Read, pool: Sequence[Chosen]) -> Nodes:
    nodes: dict[tuple[str, str], Node] = {}
    for cube in read.scope.cubes:
        ids = [one.ranked.id for one in pool if one.survey.cube == cube]
        if ids:
            found = context.store.get(read.scope.of(cube), ids, vectors=request.dedup != "none")
            nodes |= {(node.cube, node.id): node for node in found}
    return nodes


def _preferred(request: RecallRequest, read: Read, pool: list[Chosen], nodes: Nodes) -> list[Chosen]:
    """`pool` with what the caller prefers added to scores, best first again."""
    times = np.array([_time(nodes[one.key]) for one in pool], np.int64)
    gains: list[tuple[str, Floats]] = []
    if read.tense is not None:
        replaced = np.array([_replaced(one) for one in pool], np.bool_)
        gains.append((read.tense, prefer.timely(_scores(pool), times, replaced, read.tense)))
    if request.conversation is not None:
        inside = np.array([_said_in(nodes[one.key], request.conversation) for one in pool], np.bool_)
        gains.append(("conversation", prefer.spoken(inside)))
    if request.recency is not None:
        so_far = _scores(pool) + sum((gain for _, gain in gains), start=np.zeros(len(pool), np.float32))
        at = _moment(request, read)
        gains.append(("recency", prefer.aged(so_far, times, now=at, half_life=request.recency)))
    if not gains:
        return pool
    moved = [_moved(one, {arm: float(gain[at]) for arm, gain in gains}) for at, one in enumerate(pool)]
    return sorted(moved, key=lambda one: (-one.ranked.score, *one.key))


def _scores(pool: Sequence[Chosen]) -> Floats:
    return np.array([one.ranked.score for one in pool], np.float32)


def _moment(request: RecallRequest, read: Read) -> int:
    """When "now" is for what the request looks at."""
    then: datetime = request.as_of or request.known_at or read.now
    return to_micros(then)


def _time(node: Node) -> int:
    return to_micros(node.valid_from or node.created_at)


def _replaced(one: Chosen) -> bool:
    """Whether another row of its survey SUPERSEDES it."""
    edges = one.survey.adjacency.get("SUPERSEDES")
    return edges is not None and bool(edges.in_start[one.ranked.row + 1] > edges.in_start[one.ranked.row])


def _said_in(node: Node, conversation: str) -> bool:
    named = (node.info.get("conversation_id"), node.info.get("session_id"))
    return conversation in named or any(source.uri == conversation for source in node.sources)


def _moved(one: Chosen, gains: Mapping[str, float]) -> Chosen:
    arms = {arm: share for arm, share in ({**one.ranked.arms, **gains}).items() if share}
    ordered = dict(sorted(arms.items(), key=lambda arm: (-arm[1], arm[0])))
    return replace(one, ranked=replace(one.ranked, score=one.ranked.score + sum(gains.values()), arms=ordered))


def _reranked(request: RecallRequest, pool: list[Chosen], nodes: Nodes) -> list[Chosen]:
    """The first `RERANKED` of `pool` (at least `top_k`) in the reranker's order, ties in recall's; then the others."""
    if request.reranker is None or not pool:
        return pool
    first = pool[: max(RERANKED, request.top_k)]
    scores = request.reranker.rerank(request.query, [nodes[one.key].text for one in first])
    if len(scores) != len(first) or not np.isfinite(scores).all():
        raise Unavailable(f"the reranker {request.reranker.model} gave {len(scores)} scores for {len(first)} texts")
    order = sorted(range(len(first)), key=lambda at: -float(scores[at]))
    return [replace(first[at], reranked=float(scores[at])) for at in order] + pool[len(first) :]


def _without_repeats(context: Context, request: RecallRequest, pool: list[Chosen], nodes: Nodes) -> list[Chosen]:
    if request.dedup == "none" or not pool:
        return pool
    vectors = _vectors(context, pool, nodes)
    most = len(pool) if request.max_tokens is not None else request.top_k
    if request.dedup == "similar":
        said = [dedup.Said(nodes[one.key].text, _voice(nodes[one.key])) for one in pool]
        kept = dedup.distinct(said, vectors, most)
    else:
        kept = dedup.diverse(_relevance(pool), vectors, most)
    return [pool[at] for at in kept]


def _voice(node: Node) -> str:
    return node.key if node.kind == "Message" else ""


def _vectors(context: Context, pool: Sequence[Chosen], nodes: Nodes) -> Floats:
    """[n, d] the vectors of what is in `pool`; zeros where a memory has none."""
    spaces = {cube: text_space(context, cube) for cube in {one.survey.cube for one in pool}}
    vectors = np.zeros((len(pool), context.embedder.dimension), np.float32)
    for at, one in enumerate(pool):
        vector = nodes[one.key].vectors.get(spaces[one.survey.cube])
        if vector is not None:
            vectors[at] = vector / (float(np.linalg.norm(vector)) or 1)
    return vectors


def _relevance(pool: Sequence[Chosen]) -> Floats:
    """[n] from 0 to 1: the reranker's scores spread over that range where there are any, else shares of the best."""
    if pool[0].reranked is not None:
        known = [one.reranked for one in pool if one.reranked is not None]
        low, high = min(known), max(known)
        spread = [0.0 if one.reranked is None else (one.reranked - low) / ((high - low) or 1) for one in pool]
        return np.array(spread, np.float32)
    scores = np.maximum(_scores(pool), 0)
    return np.asarray(scores / (float(scores.max()) or 1), np.float32)
