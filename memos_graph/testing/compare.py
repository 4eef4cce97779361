"""Compare what reads of a store say: with each other, and with the same read of the oracle."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from memos_graph.model.filter import Filter
from memos_graph.model.graph import Vector
from memos_graph.model.scope import Scope
from memos_graph.model.survey import Survey
from memos_graph.ports import Direction, GraphStore, Scored

#: Scores of one node in two stores may differ by rounding in float32.
TOLERANCE = 1e-4


def same_ranking(found: Collection[Scored], wanted: Collection[Scored], all_wanted: Collection[Scored]) -> None:
    """AssertionError unless `found` is `wanted`, up to the order of nodes whose scores differ by rounding alone.

    all_wanted: the whole ranking that `wanted` is the top of.
    """
    scores = {(scored.cube, scored.id): scored.score for scored in all_wanted}
    keys = [(scored.cube, scored.id) for scored in found]
    assert len(keys) == len(set(keys)) == len(wanted)
    for key, scored, best in zip(keys, found, wanted, strict=True):
        assert abs(scored.score - scores[key]) <= TOLERANCE, (key, scored.score, scores[key])
        assert abs(scored.score - best.score) <= TOLERANCE, (key, scored.score, best)


def walk_survey(
    survey: Survey, starts: Collection[str], kinds: Collection[str] | None, direction: Direction, depth: int
) -> dict[str, tuple[int, str]]:
    """Hops, and the least id of a last edge, by id of the node reached: what `around` says, read off the arrays."""
    row = {id: number for number, id in enumerate(survey.ids)}
    level = {row[id] for id in starts if id in row and survey.walkable[row[id]]}
    seen = set(level)
    reached: dict[str, tuple[int, str]] = {}
    for hops in range(1, depth + 1):
        following: dict[int, str] = {}
        for here in sorted(level):
            for there, edge in _steps(survey, here, kinds, direction):
                if there not in seen and survey.walkable[there]:
                    following[there] = min(edge, following.get(there, edge))
        reached |= {survey.ids[there]: (hops, edge) for there, edge in following.items()}
        level = set(following)
        seen |= level
    return reached


def _steps(survey: Survey, row: int, kinds: Collection[str] | None, direction: Direction) -> list[tuple[int, str]]:
    steps: list[tuple[int, int]] = []
    for kind, edges in survey.adjacency.items():
        if kinds is not None and kind not in kinds:
            continue
        if direction in ("out", "both"):
            here = slice(edges.out_start[row], edges.out_start[row + 1])
            steps += zip(edges.out_rows[here].tolist(), edges.out_edges[here].tolist(), strict=True)
        if direction in ("in", "both"):
            here = slice(edges.in_start[row], edges.in_start[row + 1])
            steps += zip(edges.in_rows[here].tolist(), edges.in_edges[here].tolist(), strict=True)
    return [(there, survey.edge_ids[edge]) for there, edge in steps]


def survey_agrees(
    store: GraphStore, scope: Scope, space: str, query: Vector, words: str, filter: Filter | None, *, k: int
) -> None:
    """AssertionError unless surveys say what near, text, around and edges of the same store say, cube by cube."""
    for survey in store.survey(scope, space, query, words, filter=filter, k=k):
        of = scope.of(survey.cube)
        row = {id: number for number, id in enumerate(survey.ids)}
        assert len(row) == len(survey.ids)
        near = store.near(of, space, query, k, filter=filter)
        text = store.text(of, words, k, filter=filter)
        for scored in near:
            assert survey.allowed[row[scored.id]]
            assert abs(survey.dense[row[scored.id]] - scored.score) <= TOLERANCE
        lexical = {survey.ids[number]: survey.lexical[number] for number in np.flatnonzero(survey.lexical).tolist()}
        assert set(lexical) == {scored.id for scored in text}
        for scored in text:
            assert abs(lexical[scored.id] - scored.score) <= TOLERANCE * max(1.0, scored.score)
        allowed = {id for id, number in row.items() if survey.allowed[number]}
        matching = {node.id for node in store.match(of, filter=filter, limit=1_000_000)}
        assert allowed <= matching
        assert not (survey.allowed & ~survey.walkable).any()
        starts = [scored.id for scored in (*near, *text)]
        _walks_agree(store, of, survey, starts)
        _edges_agree(store, of, survey)


#: direction, kinds (of the suite, and of the machine), depth
_WALKS: tuple[tuple[Direction, tuple[str, ...] | None, int], ...] = (
    ("both", None, 1), ("both", None, 2), ("out", None, 2), ("in", ("PARENT", "SAID_BY", "MY_KIND"), 2),
    ("out", ("MENTIONS", "FOLLOWS", "RELATED_TO"), 1),
)  # fmt: skip


def _walks_agree(store: GraphStore, scope: Scope, survey: Survey, starts: list[str]) -> None:
    for direction, kinds, depth in _WALKS:
        reached = store.around(scope, starts[:3], kinds=kinds, direction=direction, depth=depth, limit=1_000_000)
        walked = walk_survey(survey, starts[:3], kinds, direction, depth)
        assert {r.node.id: r.hops for r in reached} == {id: hops for id, (hops, _) in walked.items()}
        if depth == 1:
            assert {r.node.id: r.path[0].id for r in reached} == {id: edge for id, (_, edge) in walked.items()}


def _edges_agree(store: GraphStore, scope: Scope, survey: Survey) -> None:
    """Between rows that may be walked, the survey holds the edges of the graph and their weights, both ways."""
    wanted = {edge.id: edge for edge in store.edges(scope)}
    for kind, edges in survey.adjacency.items():
        for start, rows, weights, numbers, outwards in (
            (edges.out_start, edges.out_rows, edges.out_weights, edges.out_edges, True),
            (edges.in_start, edges.in_rows, edges.in_weights, edges.in_edges, False),
        ):
            assert len(start) == len(survey.ids) + 1
            here = np.repeat(np.arange(len(survey.ids)), np.diff(start))
            columns = (here.tolist(), rows.tolist(), weights.tolist(), numbers.tolist())
            for a, b, weight, number in zip(*columns, strict=True):
                if not (survey.walkable[a] and survey.walkable[b]):
                    continue
                edge = wanted[survey.edge_ids[number]]
                ends = (edge.from_id, edge.to_id) if outwards else (edge.to_id, edge.from_id)
                assert (survey.ids[a], survey.ids[b], kind) == (*ends, edge.kind)
                assert weight == np.float32(edge.weight)
