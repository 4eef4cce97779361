"""The first stages of a search: read the query, lay out each cube, rank its rows.

Each is a function whose value can be looked at, so that a search can be explained. Declines to know what is asked of
hits besides their score (`choosing`), and how they are told (`telling`). Knows ports and engines; no backend.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from memos_graph.engines.own import Heard
from memos_graph.engines.recall import Ranked, may_return
from memos_graph.engines.recall import recall as rank
from memos_graph.engines.rows import Edges, Rows
from memos_graph.engines.tense import Tense, tense_of
from memos_graph.engines.understand import Understood, lexicon, understand
from memos_graph.engines.values import key_of
from memos_graph.model.filter import BySource, Filter, Where, all_of
from memos_graph.model.graph import LIVE, Status, Vector
from memos_graph.model.scope import Scope
from memos_graph.model.survey import Bools, Floats, Lexicon, Survey
from memos_graph.services.alias_rows import with_aliases
from memos_graph.services.asking import RecallRequest
from memos_graph.services.context import Context
from memos_graph.services.embed import embed_whole, find_cube, text_space
from memos_graph.services.layout import rows_of

_WORDS_LOOKED_AT = 20_000  #: characters of a query that are read; no question is longer
_ROUTES = 3  #: told of each hit, strongest first
_LEXICAL_CANDIDATES = 200
_BY_NAME = frozenset({"LongTermMemory", "UserMemory"})  #: kinds that facts are of


@dataclass(frozen=True, slots=True)
class Read:
    """A query, understood: where it looks, what it means in each cube, and the vectors of what it says."""

    scope: Scope
    now: datetime
    meant: Mapping[str, Understood]  #: by cube
    vectors: Mapping[str, Vector]  #: by text of a voice
    filters: Mapping[str, Filter | None]  #: by cube, all that narrows what may be a hit there
    tense: Tense | None  #: whether it asks for what holds now or for what held before


@dataclass(frozen=True, slots=True)
class LaidOut:
    """One cube laid out for a query: what was found there, and what the query means there."""

    survey: Survey
    meant: Understood
    voiced: tuple[tuple[int, Floats], ...]  #: (speaker's row, cosines of the query as that speaker would say it)


@dataclass(frozen=True, slots=True)
class Found:
    """A row found and ranked, in the survey that it is a row of."""

    survey: Survey
    ranked: Ranked

    @property
    def key(self) -> tuple[str, str]:
        """(cube, id)."""
        return self.survey.cube, self.ranked.id


def read_query(context: Context, request: RecallRequest) -> Read:
    """What `request` asks, against the names that each cube knows. One embedding for each way to say it."""
    now = request.now or context.clock()
    fixed = request.as_of is not None or request.known_at is not None
    tense = None if fixed else tense_of(request.query[:_WORDS_LOOKED_AT])
    scope = _scope(request, context.clock(), tense)
    names = context.store.lexicon(scope)
    meant = {cube: _understand(context, request, cube, names[cube], now) for cube in scope.cubes}
    narrow = _narrowed(request)
    filters = {cube: all_of(_filter_of(context, request, cube), narrow) for cube in scope.cubes}
    return Read(scope, now, meant, embed_voices(context, meant.values()), filters, tense)


def _scope(request: RecallRequest, now: datetime, tense: Tense | None) -> Scope:
    past = request.as_of is not None or request.known_at is not None
    # what held before has ended, and is archived when an update ended it
    earlier = request.include_archived or (tense == "before" and request.states is None)
    states: frozenset[Status] = LIVE | {"archived"} if past or earlier else LIVE
    if request.states is not None:
        states = request.states | {"archived"} if request.include_archived else request.states
    current = None if past or earlier else now
    return Scope(cubes=request.cubes, as_of=request.as_of, known_at=request.known_at, current_at=current, states=states)


def _filter_of(context: Context, request: RecallRequest, cube: str) -> Filter | None:
    if isinstance(request.filter, BySource):
        return request.filter.of(find_cube(context.store, cube).cube_class)
    return request.filter


def _narrowed(request: RecallRequest) -> Filter | None:
    """Tags and ranges of time as one filter."""
    parts: list[Filter] = [Where("tags", "contains", tag) for tag in sorted(request.tags)]
    for field, span in (("created_at", request.created), ("updated_at", request.updated)):
        start, end = span or (None, None)
        parts += [Where(field, "gte", start)] if start is not None else []
        parts += [Where(field, "lt", end)] if end is not None else []
    return all_of(*parts)


def _understand(context: Context, request: RecallRequest, cube: str, names: Lexicon, now: datetime) -> Understood:
    speakers, entities = _names(context, cube, names)
    query = request.query[:_WORDS_LOOKED_AT]
    return understand(query, now=now, speakers=speakers, entities=entities, canonical=key_of)


def _names(context: Context, cube: str, names: Lexicon) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """The cube's names as the engine looks them up: built again only when the store hands out another Lexicon."""
    kept = context.names.get(cube)
    if kept is None or kept[0] is not names:
        kept = (names, lexicon(_pairs(names.speakers)), lexicon(_pairs(names.entities)))
        context.names[cube] = kept
    return kept[1], kept[2]


def _pairs(names: Mapping[str, tuple[str, ...]]) -> Iterable[tuple[str, str]]:
    return ((name, identity) for name, ids in names.items() for identity in ids)


def embed_voices(context: Context, meant: Iterable[Understood]) -> dict[str, Vector]:
    """The vector of each text that a voice of `meant` says."""
    texts = list(dict.fromkeys(voice.text for understood in meant for voice in understood.voices))
    return dict(zip(texts, embed_whole(context.embedder, texts), strict=True))


def lay_out(context: Context, request: RecallRequest, read: Read) -> tuple[LaidOut, ...]:
    """Each cube that holds something, laid out for the query."""
    return tuple(
        _lay_out(context, request, read, cube)
        for cube in read.scope.cubes
        if find_cube(context.store, cube).text_space
    )  # fmt: skip


def _lay_out(context: Context, request: RecallRequest, read: Read, cube: str) -> LaidOut:
    store, space, scope = context.store, text_space(context, cube), read.scope.of(cube)
    meant, filter, vectors = read.meant[cube], read.filters[cube], read.vectors
    first, *others = meant.voices
    wanted = max(_LEXICAL_CANDIDATES, 2 * request.top_k)
    (survey,) = store.survey(scope, space, vectors[first.text], meant.lexical_text, filter=filter, k=wanted)
    if meant.named_speakers and first.text != request.query and _tells(survey).any():
        # facts name the speaker, who says "I": for them the query is put as it was asked
        (asked,) = embed_whole(context.embedder, [request.query])
        (plain,) = store.survey(scope, space, asked, "", filter=filter, k=wanted)
        nearer = np.where(_tells(survey), np.maximum(survey.dense, _aligned(survey, plain)), survey.dense)
        survey = replace(survey, dense=nearer)
    voiced = []
    for voice in others:
        for row in _rows(survey, [voice.speaker] if voice.speaker else []):
            (said,) = store.survey(scope, space, vectors[voice.text], "", filter=filter, k=wanted)
            voiced.append((row, _aligned(survey, said)))
    return LaidOut(survey, meant, tuple(voiced))


def _tells(survey: Survey) -> Bools:
    """[n] which rows say things of people by their name, as facts do that were read from what they said."""
    return rows_of(survey).of_kinds(_BY_NAME)


def _aligned(survey: Survey, other: Survey) -> Floats:
    """The vector scores of `other` for the rows of `survey`: a store may lay out other rows for another vector."""
    if other.ids is survey.ids or other.ids == survey.ids:
        return other.dense
    scores = dict(zip(other.ids, other.dense.tolist(), strict=True))
    return np.array([scores.get(id, 0.0) for id in survey.ids], dtype=other.dense.dtype)


def rank_all(
    context: Context, request: RecallRequest, laid: Sequence[LaidOut], *, k: int | None = None
) -> tuple[Found, ...]:
    """The `k` (None: `top_k`) best rows of all cubes together, best first, ties by (cube, id)."""
    wanted = request.top_k if k is None else k
    # one cube's best word match must not count as much as another's that matches far better
    best = max((float(one.survey.lexical.max(initial=0)) for one in laid), default=0.0)
    found = [
        Found(one.survey, ranked) for one in laid for ranked in _rank(context, request, one, best, wanted)
    ]  # fmt: skip
    found.sort(key=lambda f: (-f.ranked.score, *f.key))
    return tuple(found[:wanted])


def _rank(context: Context, request: RecallRequest, laid: LaidOut, lexical_best: float, k: int) -> list[Ranked]:
    survey = laid.survey
    rows, edges = rows_of(survey), context.layouts.of(survey)
    return rank(
        rows, edges, heard_in(laid, lexical_best), allowed=survey.walkable, profile=request.profile, top_k=k,
        returnable=returnable_in(survey, rows, edges, request), routes=_ROUTES,
    )  # fmt: skip


def heard_in(laid: LaidOut, lexical_best: float = 0.0) -> Heard:
    """What the searches found and the query names, as the engine reads it. lexical_best: the best BM25 of all cubes."""
    survey, meant = laid.survey, laid.meant
    hits = np.flatnonzero(survey.lexical > 0).astype(np.int32)
    tells = _tells(survey)
    return Heard(
        dense=survey.dense, voiced=laid.voiced, lexical_rows=hits, lexical_scores=survey.lexical[hits],
        lexical_best=lexical_best, speakers=_rows(survey, meant.named_speakers),
        entities=with_aliases(survey, _rows(survey, meant.entities)), times=meant.times,
        asks_when=meant.asks_when, by_name=tells if meant.named_speakers and tells.any() else None,
    )  # fmt: skip


def _rows(survey: Survey, ids: Iterable[str]) -> frozenset[int]:
    # a query names a handful of nodes: looking through the list costs less than keeping a mapping
    return frozenset(survey.ids.index(i) for i in ids if i in survey.ids)


def returnable_in(survey: Survey, rows: Rows, edges: Mapping[str, Edges], request: RecallRequest) -> Bools:
    """[n] which rows may be hits: inside the filter, and of a kind asked for."""
    # a filter says what may be returned; what lies outside it may still lead to what lies inside
    if request.kinds is None:
        return survey.allowed & may_return(rows, edges, survey.allowed, request.profile)
    return survey.allowed & rows.of_kinds(request.kinds)
