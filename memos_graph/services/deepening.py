"""Search again from what was found: each of the first hits asks, together with the query, for what else there is.

For an answer in several steps whose later ones share nothing with the question, and no entity that an edge could lead
over. No language model: the next query is the question moved towards the hit, with the question's words that the hit
leaves unanswered and the names that it brings. Where entities do link the steps, the ranking has walked them already:
on a hundred multi-hop questions and on five chats this changes recall by less than a point either way.

Declines to know how rows are scored.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from memos_graph.engines.recall import Route, Step
from memos_graph.engines.understand import Understood, Voice
from memos_graph.model.graph import Node, Vector
from memos_graph.services.asking import RecallRequest
from memos_graph.services.context import Context
from memos_graph.services.embed import text_space
from memos_graph.services.layout import rows_of
from memos_graph.services.stages import Found, LaidOut, Read, lay_out, rank_all

SEEDS = 5  #: first hits that ask again; each costs a survey of every cube
SHARE = 0.7  #: of a score found with a hit's help: what the query finds by itself comes first
FADE = 0.3  #: the k-th seed's share is divided by 1 + FADE · k: a wrong hit leads to wrong ones
TOWARDS = 0.3  #: how far the query's vector moves towards the hit's
ASKED = "ASKED_WITH"  #: the kind that such a step shows in a route; there is no such edge in the graph

_WORD = re.compile(r"\w+(?:[-.]\w+)*")
_NAMES = 24  #: of a hit, first come


def deepen(context: Context, request: RecallRequest, read: Read, found: Sequence[Found]) -> tuple[Found, ...]:
    """`found` (best first) with what its first hits lead to; scores only rise, the order is theirs, ties by (cube, id).

    Costs `SEEDS` surveys of each cube, no embedding.
    """
    best = {one.key: one for one in found}
    for nth, (seed, node) in enumerate(_seeds(context, read, found[:SEEDS])):
        laid = lay_out(context, request, _again(context, read, node))
        for one in rank_all(context, request, [_without(each, seed) for each in laid], k=len(found)):
            if one.key != seed.key:
                best[one.key] = _lifted(best.get(one.key), one, seed, SHARE / (1 + FADE * nth))
    return tuple(sorted(best.values(), key=lambda one: (-one.ranked.score, *one.key))[: len(found)])


def _seeds(context: Context, read: Read, first: Iterable[Found]) -> Iterable[tuple[Found, Node]]:
    for seed in first:
        for node in context.store.get(read.scope.of(seed.survey.cube), [seed.ranked.id], vectors=True):
            yield seed, node


def _again(context: Context, read: Read, node: Node) -> Read:
    """The query as it is asked with `node` in hand."""
    vector = node.vectors.get(text_space(context, node.cube))
    meant: dict[str, Understood] = {}
    vectors: dict[str, Vector] = {}
    for cube, one in read.meant.items():
        asked = read.vectors[one.voices[0].text]
        meant[cube] = replace(one, voices=(Voice(text=one.voices[0].text),), lexical_text=_words(one, node.text))
        vectors[one.voices[0].text] = asked if vector is None else _towards(asked, vector)
    return replace(read, meant=meant, vectors=vectors)


def _without(laid: LaidOut, seed: Found) -> LaidOut:
    """`laid` with the seed and all entities silent: they hold the names it brings and would outshine others."""
    survey = laid.survey
    if survey.cube != seed.survey.cube:
        return laid
    silent = rows_of(survey).of_kinds(frozenset({"Entity"}))
    if seed.ranked.id in survey.ids:
        silent[survey.ids.index(seed.ranked.id)] = True
    dense, lexical = (np.where(silent, np.float32(0), each) for each in (survey.dense, survey.lexical))
    return replace(laid, survey=replace(survey, dense=dense, lexical=lexical))


def _towards(asked: Vector, hit: Vector) -> Vector:
    moved = (1 - TOWARDS) * asked + TOWARDS * hit
    norm = float(np.linalg.norm(moved))
    return np.asarray(moved / norm, np.float32) if norm else asked


def _words(meant: Understood, text: str) -> str:
    """What of the query's words `text` does not hold, and the names in `text` that the query has not."""
    asked = _WORD.findall(meant.lexical_text)
    words = _WORD.findall(text)
    held, wanted = {word.casefold() for word in words}, {word.casefold() for word in asked}
    names = dict.fromkeys(w for w in words if w[:1].isupper() and w.casefold() not in wanted)
    return " ".join([*(word for word in asked if word.casefold() not in held), *list(names)[:_NAMES]])


def _lifted(known: Found | None, again: Found, seed: Found, share: float) -> Found:
    """The better of what is known of a row and `share` of what it scores when `seed` asks."""
    before = 0.0 if known is None else known.ranked.score
    gain = share * again.ranked.score - before
    if known is not None and gain <= 0:
        return known
    base = again if known is None else known
    arms = {"deep": gain} if known is None else {**known.ranked.arms, "deep": known.ranked.arms.get("deep", 0.0) + gain}
    routes = (*_way(seed, base, gain), *(r for r in base.ranked.routes if known is not None and r.arm != "deep"))
    ordered = dict(sorted(arms.items(), key=lambda arm: (-arm[1], arm[0])))
    return replace(base, ranked=replace(base.ranked, score=before + gain, arms=ordered, routes=routes))


def _way(seed: Found, to: Found, gain: float) -> tuple[Route, ...]:
    """From `seed` to the row it led to; none to another cube, whose ids mean something else."""
    if seed.survey.cube != to.survey.cube:
        return ()
    step = Step(start=seed.ranked.id, kind=ASKED, end=to.ranked.id, along=True)
    return (Route(arm="deep", gain=gain, steps=(step,)),)
