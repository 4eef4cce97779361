"""Which part of an explanation a picture shows: the query in the middle, the hits, and the edges that led to them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from memos_graph.interfaces.drawing.picture import Neighbourhood, hops_from
from memos_graph.model.graph import Node, make_edge
from memos_graph.services.explained import Explanation
from memos_graph.services.hits import Hit

MOST = 24  #: cards that fit a page and can still be read
_SOME_DAY = datetime(2000, 1, 1, tzinfo=UTC)  #: of the query's card, which shows no time


def ways(told: Explanation, *, most: int = MOST) -> Neighbourhood:
    """The query, hits from the best down with what lies on their routes, at most `most` cards; none is shown in part.

    Each hit hangs on the query with its rank and score; the edges that were walked are bold.
    """
    chosen: dict[str, None] = {}
    hits: list[Hit] = []
    for one in told.hits:
        along = [i for route in one.hit.routes for step in route.steps for i in (step.from_id, step.to_id)]
        grown = dict.fromkeys((*chosen, one.hit.id, *along))
        if len(grown) > most - 1 and hits:
            break
        chosen = grown
        hits.append(one.hit)
    centre = "query"
    while centre in chosen:
        centre += "'"
    nodes = {node.id: node for node in reversed(told.nodes) if node.id in chosen}
    hits = [hit for hit in hits if hit.id in nodes]
    cube, at = (hits[0].cube if hits else told.answerability.cube), _SOME_DAY
    query = Node(id=centre, cube=cube, kind="Query", text=told.query[:2000], created_at=at, updated_at=at)
    finds = [make_edge(cube, "FINDS", centre, hit.id, created_at=at) for hit in hits]
    walked = [
        make_edge(cube, kind, start, end, created_at=_SOME_DAY)
        for kind, start, end in _walked(hits)
        if start in nodes and end in nodes
    ]
    edges = (*finds, *walked)
    ends = {(edge.from_id, edge.to_id) for edge in walked}
    return Neighbourhood(
        centre=centre, nodes=(query, *(nodes[i] for i in chosen if i in nodes)), edges=edges,
        hops=hops_from(centre, edges, {centre, *nodes}), walked=frozenset(ends | {(b, a) for a, b in ends}),
        labels={edge.id: f"hit {hit.rank}: {hit.score:.2f}" for edge, hit in zip(finds, hits, strict=True)},
    )  # fmt: skip


def _walked(hits: Iterable[Hit]) -> Iterable[tuple[str, str, str]]:
    """(kind, from, to) of every step, once; `deep` takes some that no edge of the graph stands for."""
    steps = (step for hit in hits for route in hit.routes for step in route.steps)
    return dict.fromkeys((s.kind, *((s.from_id, s.to_id) if s.along else (s.to_id, s.from_id))) for s in steps)
