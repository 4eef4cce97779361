"""Links that organising adds: RELATED_TO between texts near in meaning, SAME_AS where causal chains meet.

SAME_AS leads from the effect that one document tells of to the cause that another goes on from: the two are one event,
so that neither causes the other (CAUSES would be untrue), and the way is one way (ALIAS_OF and RELATED_TO are used for
other things, and a walk along them would leave the chain). `cypher/explore/causes.cypher` and recall walk it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from memos_graph.engines.organise.chains import SpanOf, candidates, confirmed, equal
from memos_graph.engines.organise.near_pairs import Pairs
from memos_graph.engines.organise.related import to_link
from memos_graph.model.delta import Operation, PutEdge, RetireEdge
from memos_graph.model.graph import LIVE, Edge, Json, make_edge
from memos_graph.model.scope import Scope, everything
from memos_graph.model.times import to_micros
from memos_graph.services.context import Context
from memos_graph.services.embed import embed_whole
from memos_graph.services.organise.material import MADE_BY, Material, Progress
from memos_graph.services.organise.steps import Steps

SAME_AS = "SAME_AS"
RELATED_TO = "RELATED_TO"
_BATCH = 1000  #: edges a step
_IDS = 500
_SLACK = 0.05  #: a link stays until its texts lie so much further apart than a new one may
_MOST_ASKED = 4000  #: spans of nearly the same words that are embedded in a run


def relate(steps: Steps, known: Material, pairs: Pairs, *, least: float, most: int, progress: Progress | None,
           ) -> tuple[int, int]:  # fmt: skip
    """(links made, links ended) so that near texts are linked, `most` at most for each by organising and by hand.

    A link weighs how far its cosine, kept in its info, lies above `least`, from 0 to 1: recall counts nearness already.
    """
    context, cube = steps.context, steps.cube
    scope = replace(everything(cube), retired=False)
    here = [e for e in context.store.edges(scope, kinds=[RELATED_TO]) if e.valid_to is None]
    inside = [(known.row[e.from_id], known.row[e.to_id], e) for e in here if {e.from_id, e.to_id} <= known.row.keys()]
    apart = [e for one, other, e in inside if e.created_by == MADE_BY and _cosine(known, one, other) < least - _SLACK]
    ended = {edge.id for edge in apart}
    linked = [(one, other) for one, other, edge in inside if edge.id not in ended]
    fresh = to_link(pairs.above(least), linked, most=most)
    made = gone = 0
    for start in range(0, len(apart), _BATCH):
        some = apart[start : start + _BATCH]
        gone += len(some) * steps.take("organise: unrelate", lambda at, some=some: _retired(some))  # type: ignore[misc]
    for start in range(0, len(fresh), _BATCH):
        batch = fresh[start : start + _BATCH]

        def near(at: datetime, batch: Sequence[tuple[int, int, float]] = batch) -> Sequence[Operation]:
            wanted = [_near(cube, known.nodes[a].id, known.nodes[b].id, cosine, least, at) for a, b, cosine in batch]
            return links(context, cube, wanted, at)

        made += len(batch) * steps.take("organise: relate", near)
        if progress is not None:
            progress("relating", min(start + _BATCH, len(fresh)), len(fresh))
    return made, gone


def _near(cube: str, one: str, other: str, cosine: float, least: float, at: datetime) -> Edge:
    weight = (cosine - least) / (1 - least) if least < 1 else 1.0
    info: dict[str, Json] = {"cosine": round(cosine, 4)}
    return draw(cube, RELATED_TO, one, other, at, weight=min(1.0, weight), info=info)


def join_causes(steps: Steps) -> int:
    """How many effects of one document were joined to the same event as a cause in another."""
    spans = tuple(_spans(steps.context, steps.cube))
    found = candidates(spans)
    sure = [(effect, cause) for effect, cause in found if equal(spans[effect], spans[cause])]
    nearly = [pair for pair in found if pair not in set(sure)]
    wanted = _new(steps, spans, [*sure, *_confirmed(steps.context, spans, nearly)])
    made = 0
    for start in range(0, len(wanted), _BATCH):
        batch = wanted[start : start + _BATCH]

        def joined(at: datetime, batch: Sequence[tuple[int, int]] = batch) -> Sequence[Operation]:
            wanted = [draw(steps.cube, SAME_AS, spans[a].id, spans[b].id, at, evidence=spans[b].text) for a, b in batch]
            return links(steps.context, steps.cube, wanted, at)

        made += len(batch) * steps.take("organise: join causes", joined)
    return made


def draw(cube: str, kind: str, one: str, other: str, at: datetime, *, weight: float = 1.0, evidence: str = "",
         info: dict[str, Json] | None = None) -> Edge:  # fmt: skip
    """An edge of `kind` as organising makes it."""
    return make_edge(cube, kind, one, other, created_at=at, weight=round(weight, 4), created_by=MADE_BY,
                     evidence=evidence, info=info or {})  # fmt: skip


def links(context: Context, cube: str, wanted: Sequence[Edge], at: datetime) -> list[Operation]:
    """PutEdge for each of `wanted` that is not there; one that was retired comes as a new one."""
    stored = {e.id: e for e in _by_id(context, cube, [edge.id for edge in wanted])}
    made: list[Operation] = []
    for edge in wanted:
        known = stored.get(edge.id)
        if known is not None and (known.retired_at is not None or known.valid_to is not None):
            edge = make_edge(
                cube, edge.kind, edge.from_id, edge.to_id, created_at=at, discriminator=f"again-{to_micros(at)}",
                weight=edge.weight, created_by=MADE_BY, evidence=edge.evidence, info=edge.info,
            )  # fmt: skip
        elif known is not None:
            continue
        made.append(PutEdge(edge=edge))
    return made


def _by_id(context: Context, cube: str, ids: Sequence[str]) -> Iterator[Edge]:
    for start in range(0, len(ids), _IDS):
        yield from context.store.edges(everything(cube), ids=ids[start : start + _IDS])


def _retired(edges: Sequence[Edge]) -> list[Operation]:
    return [RetireEdge(id=edge.id) for edge in edges]


def _cosine(known: Material, one: int, other: int) -> float:
    return float(known.vectors[one] @ known.vectors[other])


def _spans(context: Context, cube: str) -> Iterator[SpanOf]:
    """The spans that live texts call causes and effects, by id. Reads all such edges and their ends."""
    scope = Scope(cubes=(cube,), states=LIVE, current_at=context.clock())
    edges = context.store.edges(scope, kinds=["CAUSES", "CONDITION_OF"])
    causes, caused = {edge.from_id for edge in edges}, {edge.to_id for edge in edges}
    ids = sorted(causes | caused)
    for start in range(0, len(ids), _IDS):
        for node in context.store.get(scope, ids[start : start + _IDS]):
            if node.kind == "Entity" and not node.key and node.sources:
                yield SpanOf(
                    id=node.id, text=node.text, document=node.sources[0].uri, causes=node.id in causes,
                    caused=node.id in caused,
                )  # fmt: skip


def _confirmed(context: Context, spans: Sequence[SpanOf], pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    rows = sorted({row for pair in pairs for row in pair})[:_MOST_ASKED]
    if not rows:
        return []
    vectors = dict(zip(rows, embed_whole(context.embedder, [spans[row].text for row in rows]), strict=True))
    return [(a, b) for a, b in pairs if a in vectors and b in vectors and confirmed(vectors[a], vectors[b])]


def _new(steps: Steps, spans: Sequence[SpanOf], pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Those of `pairs` that no live SAME_AS joins yet."""
    if not pairs:
        return []
    scope = replace(everything(steps.cube), retired=False)
    there = {(e.from_id, e.to_id) for e in steps.context.store.edges(scope, kinds=[SAME_AS]) if e.valid_to is None}
    return [(a, b) for a, b in pairs if (spans[a].id, spans[b].id) not in there]
