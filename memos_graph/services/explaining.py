"""explain: a search with all that led to its hits.

The query as it was read, how many were left after each stage, the searches and edges that found each hit, what was
nearly found, and how likely the answer is there at all. Does the search once more, step by step, and reads the graph
for what lies on the routes. Changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from memos_graph.engines.rows import Floats, Mask
from memos_graph.engines.understand import Understood
from memos_graph.model.graph import Edge, Node
from memos_graph.services.asking import RecallRequest
from memos_graph.services.context import Context
from memos_graph.services.explained import Explanation, Meaning, Stage, Told, Voice, WhyNot
from memos_graph.services.hits import Hit
from memos_graph.services.judging import judge
from memos_graph.services.layout import rows_of
from memos_graph.services.losing import Search, lost, searched
from memos_graph.services.stages import LaidOut, returnable_in
from memos_graph.services.telling import tell

_STAGES: Mapping[str, str] = {
    "score": "the best by score, as many as were asked for",
    "relativity": "relevant enough",
    "tense": "of the time that the wording asks for",
    "conversation": "what was said in the conversation raised",
    "recency": "what is recent raised",
    "reranker": "in the reranker's order",
    "dedup": "without near-duplicates",
    "max_tokens": "as many as the token budget holds",
}


def explain(context: Context, request: RecallRequest) -> Explanation:
    """The hits of `recall` for `request`, each with its way through the stages; a search and some reads."""
    search = searched(context, request)
    hits = tell(context, search.read.scope, search.hits)
    may = {laid.survey.cube: _may(search, laid) for laid in search.laid}
    nodes, edges = _subgraph(search, hits)
    return Explanation(
        query=request.query,
        meanings=tuple(_meaning(search, cube, meant) for cube, meant in search.read.meant.items()),
        stages=_stages(search, may),
        hits=_told(search, hits, may),
        lost=_lost(search),
        answerability=judge(context, request, search.read, search.laid),
        nodes=nodes,
        edges=edges,
    )


def _may(search: Search, laid: LaidOut) -> Mask:
    survey = laid.survey
    return returnable_in(survey, rows_of(survey), search.context.layouts.of(survey), search.request)


def _meaning(search: Search, cube: str, meant: Understood) -> Meaning:
    ids = [*meant.named_speakers, *meant.entities, *(v.speaker for v in meant.voices if v.speaker)]
    found = search.context.store.get(search.read.scope.of(cube), list(dict.fromkeys(ids))) if ids else ()
    names = {node.id: node.text or node.key for node in found}
    return Meaning(
        cube=cube,
        voices=tuple(Voice(text=v.text, speaker=v.speaker and names.get(v.speaker, v.speaker)) for v in meant.voices),
        words=meant.lexical_text,
        speakers=tuple(sorted(names.get(i, i) for i in meant.named_speakers)),
        entities=tuple(sorted(names.get(i, i) for i in meant.entities)),
        times=meant.times,
        asks_when=meant.asks_when,
    )


def _stages(search: Search, may: Mapping[str, Mask]) -> tuple[Stage, ...]:
    surveys = [laid.survey for laid in search.laid]
    seen = sum(int(np.count_nonzero(survey.walkable)) for survey in surveys)
    met = sum(int(np.count_nonzero(survey.allowed)) for survey in surveys)
    hits = sum(int(np.count_nonzero(rows)) for rows in may.values())
    stages = [
        Stage(name="scope", left=seen, detail="in the cubes, states and times asked about"),
        Stage(name="filter", left=met, detail="that meet the filter"),
        Stage(name="kinds", left=hits, detail="of kinds that may be hits, pictures where no text shows them"),
    ]
    if len(search.found) > search.request.top_k or search.request.mode == "deep":
        stages.append(Stage(name="pool", left=len(search.found), detail="the best by score, to choose among"))
    stages += [Stage(name=one.stage, left=len(one.hits), detail=_STAGES[one.stage]) for one in search.tries]
    return tuple(stages)


def _told(search: Search, hits: Iterable[Hit], may: Mapping[str, Mask]) -> tuple[Told, ...]:
    place = {one.key: at for at, one in enumerate(search.found, 1)}
    surveys = {laid.survey.cube: laid.survey for laid in search.laid}
    told = []
    for hit in hits:
        key, survey = (hit.cube, hit.id), surveys[hit.cube]
        row = survey.ids.index(hit.id)
        searches = {"dense": survey.dense, "lexical": survey.lexical}
        places = {name: _place(values, may[hit.cube], row) for name, values in searches.items() if values[row] > 0}
        told.append(Told(hit=hit, searches=places, ranked=place[key]))
    return tuple(told)


def _place(values: Floats, may: Mask, row: int) -> int:
    """From 1, among the rows that may be hits."""
    return int(np.count_nonzero(may & (values > values[row]))) + 1


def _lost(search: Search) -> tuple[WhyNot, ...]:
    """What had score enough and was left out later, best first."""
    kept = {one.key for one in search.hits}
    out = [one.key for one in search.tries[0].hits if one.key not in kept]
    nodes: dict[tuple[str, str], Node] = {}
    for cube in {cube for cube, _ in out}:
        found = search.context.store.get(search.read.scope.of(cube), [identity for of, identity in out if of == cube])
        nodes |= {(node.cube, node.id): node for node in found}
    return tuple(lost(search, nodes[key]) for key in out if key in nodes)


def _subgraph(search: Search, hits: Iterable[Hit]) -> tuple[tuple[Node, ...], tuple[Edge, ...]]:
    """The hits with what lies on their routes, and the edges that were walked."""
    hits = tuple(hits)
    nodes: list[Node] = []
    edges: list[Edge] = []
    for cube in dict.fromkeys(hit.cube for hit in hits):
        steps = [s for hit in hits if hit.cube == cube for route in hit.routes for s in route.steps]
        along = [identity for step in steps for identity in (step.from_id, step.to_id)]
        ids = dict.fromkeys((*(hit.id for hit in hits if hit.cube == cube), *along))
        scope, store = search.read.scope.of(cube), search.context.store
        nodes += store.get(scope, list(ids))
        walked = {(s.kind, *((s.from_id, s.to_id) if s.along else (s.to_id, s.from_id))) for s in steps}
        if not walked:
            continue
        touching = sorted({start for _, start, _ in walked})
        there = store.edges(scope, touching=touching, kinds=sorted({kind for kind, _, _ in walked}), direction="out")
        edges += {(e.kind, e.from_id, e.to_id): e for e in there if (e.kind, e.from_id, e.to_id) in walked}.values()
    return tuple(nodes), tuple(edges)
