"""Search: understand the query, lay out each cube, let the engine rank it, fetch what was found and how.

Knows ports and engines; no backend. One embedding and one survey a cube are nearly all of its cost.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from memos_graph.engines.mentions import canonical
from memos_graph.engines.own import Heard
from memos_graph.engines.profile import RecallProfile
from memos_graph.engines.recall import Ranked, may_return
from memos_graph.engines.recall import Route as RankedRoute
from memos_graph.engines.recall import recall as rank
from memos_graph.engines.rows import Edges, Rows
from memos_graph.engines.understand import Understood, lexicon, understand
from memos_graph.model.errors import Invalid
from memos_graph.model.filter import Filter
from memos_graph.model.graph import LIVE, Node, Source, Status, Vector
from memos_graph.model.scope import Scope, everything
from memos_graph.model.survey import Bools, Floats, Lexicon, Survey
from memos_graph.services.context import Context
from memos_graph.services.embed import embed_whole, find_cube, text_space
from memos_graph.services.hits import Hit, Route, Step
from memos_graph.services.layout import rows_of

MAX_TOP_K = 10_000
_WORDS_LOOKED_AT = 20_000  #: characters of a query that are read; no question is longer
_ROUTES = 3  #: told of each hit, strongest first
_LEXICAL_CANDIDATES = 200
_PROFILE = RecallProfile()


@dataclass(frozen=True, slots=True, kw_only=True)
class RecallRequest:
    """What is asked.

    as_of: what was true then; known_at: what we knew then; both None: what is true as far as we know.
    states: None: the live ones, and with as_of or known_at the archived ones too. kinds: None: all that say something.
    """

    query: str
    cubes: tuple[str, ...]
    top_k: int = 10
    filter: Filter | None = None
    kinds: frozenset[str] | None = None
    as_of: datetime | None = None
    known_at: datetime | None = None
    states: frozenset[Status] | None = None
    now: datetime | None = None  #: what "yesterday" counts from; None: the clock's time
    profile: RecallProfile = _PROFILE

    def __post_init__(self) -> None:
        if not self.query.strip():
            raise Invalid("query", self.query, "ask something")
        if not 1 <= self.top_k <= MAX_TOP_K:
            raise Invalid("top_k", self.top_k, f"use 1 to {MAX_TOP_K}")


@dataclass(frozen=True, slots=True)
class _Found:
    survey: Survey
    ranked: Ranked


@dataclass(frozen=True, slots=True)
class _LaidOut:
    """One cube laid out for the query: what was found there, and what the query means there."""

    survey: Survey
    read: Understood
    voiced: tuple[tuple[int, Floats], ...]  #: (speaker's row, cosines of the query as that speaker would say it)


def recall(context: Context, request: RecallRequest) -> tuple[Hit, ...]:
    """The `top_k` memories that answer best, best first, ties by (cube, id), each with the routes that led to it."""
    scope = _scope(request, context.clock())
    names = context.store.lexicon(scope)
    read = {cube: _understand(context, request, cube, names[cube]) for cube in scope.cubes}
    vectors = _embed(context, read.values())
    laid = [
        _lay_out(context, request, scope.of(cube), read[cube], vectors)
        for cube in scope.cubes
        if find_cube(context.store, cube).text_space
    ]
    # one cube's best word match must not count as much as another's that matches far better
    best = max((float(one.survey.lexical.max(initial=0)) for one in laid), default=0.0)
    found = [_Found(one.survey, ranked) for one in laid for ranked in _rank(context, request, one, best)]
    found.sort(key=lambda f: (-f.ranked.score, f.survey.cube, f.ranked.id))
    return _told(context, scope, found[: request.top_k])


def _scope(request: RecallRequest, now: datetime) -> Scope:
    states = request.states
    if states is None:
        past = request.as_of is not None or request.known_at is not None
        states = LIVE | {"archived"} if past else LIVE
    current = now if request.as_of is None and request.known_at is None else None
    return Scope(cubes=request.cubes, as_of=request.as_of, known_at=request.known_at, current_at=current, states=states)


def _understand(context: Context, request: RecallRequest, cube: str, names: Lexicon) -> Understood:
    speakers, entities = _names(context, cube, names)
    query = request.query[:_WORDS_LOOKED_AT]
    now = request.now or context.clock()
    return understand(query, now=now, speakers=speakers, entities=entities, canonical=canonical)


def _names(context: Context, cube: str, names: Lexicon) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """The cube's names as the engine looks them up: built again only when the store hands out another Lexicon."""
    kept = context.names.get(cube)
    if kept is None or kept[0] is not names:
        kept = (names, lexicon(_pairs(names.speakers)), lexicon(_pairs(names.entities)))
        context.names[cube] = kept
    return kept[1], kept[2]


def _pairs(names: Mapping[str, tuple[str, ...]]) -> Iterable[tuple[str, str]]:
    return ((name, identity) for name, ids in names.items() for identity in ids)


def _embed(context: Context, read: Iterable[Understood]) -> dict[str, Vector]:
    texts = list(dict.fromkeys(voice.text for understood in read for voice in understood.voices))
    return dict(zip(texts, embed_whole(context.embedder, texts), strict=True))


def _lay_out(context: Context, request: RecallRequest, scope: Scope, read: Understood,
             vectors: Mapping[str, Vector]) -> _LaidOut:  # fmt: skip
    store, space = context.store, text_space(context, scope.cubes[0])
    first, *others = read.voices
    wanted = max(_LEXICAL_CANDIDATES, 2 * request.top_k)
    (survey,) = store.survey(scope, space, vectors[first.text], read.lexical_text, filter=request.filter, k=wanted)
    voiced = []
    for voice in others:
        for row in _rows(survey, [voice.speaker] if voice.speaker else []):
            (said,) = store.survey(scope, space, vectors[voice.text], "", filter=request.filter, k=wanted)
            voiced.append((row, _aligned(survey, said)))
    return _LaidOut(survey, read, tuple(voiced))


def _aligned(survey: Survey, other: Survey) -> Floats:
    """The vector scores of `other` for the rows of `survey`: a store may lay out other rows for another vector."""
    if other.ids is survey.ids or other.ids == survey.ids:
        return other.dense
    scores = dict(zip(other.ids, other.dense.tolist(), strict=True))
    return np.array([scores.get(id, 0.0) for id in survey.ids], dtype=other.dense.dtype)


def _rank(context: Context, request: RecallRequest, laid: _LaidOut, lexical_best: float) -> list[Ranked]:
    survey, read = laid.survey, laid.read
    hits = np.flatnonzero(survey.lexical > 0).astype(np.int32)
    heard = Heard(
        dense=survey.dense, voiced=laid.voiced, lexical_rows=hits, lexical_scores=survey.lexical[hits],
        lexical_best=lexical_best, speakers=_rows(survey, read.named_speakers), entities=_rows(survey, read.entities),
        times=read.times, asks_when=read.asks_when,
    )  # fmt: skip
    rows, edges = rows_of(survey), context.layouts.of(survey)
    # a filter says what may be returned; what lies outside it may still lead to what lies inside
    returnable = survey.allowed & _returnable(survey, rows, edges, request)
    return rank(
        rows, edges, heard, allowed=survey.walkable, profile=request.profile, top_k=request.top_k,
        returnable=returnable, routes=_ROUTES,
    )  # fmt: skip


def _rows(survey: Survey, ids: Iterable[str]) -> frozenset[int]:
    # a query names a handful of nodes: looking through the list costs less than keeping a mapping
    return frozenset(survey.ids.index(i) for i in ids if i in survey.ids)


def _returnable(survey: Survey, rows: Rows, edges: Mapping[str, Edges], request: RecallRequest) -> Bools:
    if request.kinds is None:
        return may_return(rows, edges, survey.allowed, request.profile)
    return rows.of_kinds(request.kinds)


def _told(context: Context, scope: Scope, found: Sequence[_Found]) -> tuple[Hit, ...]:
    """Hits with their nodes, their places in the text, and the texts along their routes."""
    nodes: dict[tuple[str, str], Node] = {}
    for cube in scope.cubes:
        ids = dict.fromkeys(i for f in found if f.survey.cube == cube for i in (f.ranked.id, *_along(f.ranked.routes)))
        nodes |= {(n.cube, n.id): n for n in context.store.get(scope.of(cube), list(ids))} if ids else {}
    places = _places(
        context, [nodes[f.survey.cube, f.ranked.id] for f in found if (f.survey.cube, f.ranked.id) in nodes]
    )
    hits: list[Hit] = []
    for f in found:
        node = nodes.get((f.survey.cube, f.ranked.id))
        if node is None:  # retired by another thread between the survey and here
            continue
        routes = tuple(_route(f.survey.cube, route, nodes) for route in f.ranked.routes)
        hits.append(
            Hit(node=_placed(node, places), score=f.ranked.score, rank=len(hits) + 1, arms=f.ranked.arms, routes=routes)
        )
    return tuple(hits)


def _along(routes: Iterable[RankedRoute]) -> Iterable[str]:
    return (end for route in routes for step in route.steps for end in (step.start, step.end))


def _route(cube: str, route: RankedRoute, nodes: Mapping[tuple[str, str], Node]) -> Route:
    steps = tuple(
        Step(
            from_id=step.start, from_text=_name(nodes.get((cube, step.start))), kind=step.kind, along=step.along,
            to_id=step.end, to_text=_name(nodes.get((cube, step.end))),
        )
        for step in route.steps
    )  # fmt: skip
    return Route(arm=route.arm, gain=route.gain, steps=steps)


def _name(node: Node | None) -> str:
    return "" if node is None else node.text or node.key


def _places(context: Context, nodes: Iterable[Node]) -> dict[tuple[str, str], tuple[int, int]]:
    """(cube, node id) -> character span, read from the layouts of the documents that the nodes come from."""
    from memos_graph.services.remember.documents import document_id

    wanted: dict[str, set[str]] = {}
    for node in nodes:
        if node.sources and node.sources[0].message is None and node.sources[0].page is None:
            wanted.setdefault(node.cube, set()).add(document_id(node.sources[0].uri))
    spans: dict[tuple[str, str], tuple[int, int]] = {}
    for cube, documents in wanted.items():
        for document in context.store.get(replace(everything(cube), retired=False), sorted(documents)):
            layout = document.info.get("layout")
            for row in layout if isinstance(layout, Sequence) and not isinstance(layout, str) else ():
                if isinstance(row, Sequence) and len(row) == 3 and isinstance(row[1], int) and isinstance(row[2], int):
                    spans[cube, str(row[0])] = (row[1], row[2])
    return spans


def _placed(node: Node, places: Mapping[tuple[str, str], tuple[int, int]]) -> Node:
    span = places.get((node.cube, node.id))
    if span is None:
        return node
    first: Source = replace(node.sources[0], start=span[0], end=span[1])
    return replace(node, sources=(first, *node.sources[1:]))
