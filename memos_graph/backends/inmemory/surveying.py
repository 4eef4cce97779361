"""Lay a cube out as arrays for recall, and list the names it knows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import numpy as np

from memos_graph.backends.inmemory.searching import bm25, cosines
from memos_graph.backends.inmemory.state import CubeState
from memos_graph.model.filter import Filter, matches
from memos_graph.model.graph import Edge, Vector
from memos_graph.model.scope import Scope
from memos_graph.model.survey import NO_TIME, Adjacency, Floats, Ints, Lexicon, Longs, Survey
from memos_graph.model.times import to_micros
from memos_graph.model.wording import is_question, tells_when


def survey(
    state: CubeState, scope: Scope, space: str, vector: Vector | None, words: str, filter: Filter | None, k: int
) -> Survey:
    """Every row of the cube by id, scored; `lexical` for the best `k` allowed rows only."""
    nodes = [node for _, node in sorted(state.nodes.items())]
    ids = [node.id for node in nodes]
    row = {id: i for i, id in enumerate(ids)}
    walkable = np.array([scope.sees(node) for node in nodes], dtype=np.bool_)
    allowed = np.array([scope.sees(node) and matches(filter, node) for node in nodes], dtype=np.bool_)
    kinds = sorted({node.kind for node in nodes})
    dense, lexical = np.zeros(len(ids), np.float32), np.zeros(len(ids), np.float32)
    if vector is not None:
        for id, score in cosines(nodes, space, vector).items():
            dense[row[id]] = score
    found = [(-score, id) for id, score in bm25(nodes, words).items() if allowed[row[id]]]
    for score, id in sorted(found)[:k]:
        lexical[row[id]] = -score
    edges = [edge for _, edge in sorted(state.edges.items()) if scope.sees_edge(edge)]
    return _read_only(
        Survey(
            cube=state.cube.id,
            ids=ids,
            allowed=allowed,
            walkable=walkable,
            kinds=kinds,
            kind=np.array([kinds.index(node.kind) for node in nodes], dtype=np.int32),
            valid_from=np.array([_micros(node.valid_from) for node in nodes], dtype=np.int64),
            length=np.array([len(node.text) for node in nodes], dtype=np.int32),
            question=np.array([is_question(node.text) for node in nodes], dtype=np.bool_),
            tells_when=np.array([tells_when(node.text) for node in nodes], dtype=np.bool_),
            dense=dense,
            lexical=lexical,
            adjacency=_adjacency(edges, row),
            edge_ids=[edge.id for edge in edges],
        )
    )


def lexicon(state: CubeState, scope: Scope) -> Lexicon:
    """The Entity nodes in scope by key, and those of them that a Message in scope was SAID_BY."""
    seen = {node.id: node for _, node in sorted(state.nodes.items()) if scope.sees(node)}
    said = {
        edge.to_id
        for edge in state.edges.values()
        if edge.kind == "SAID_BY" and scope.sees_edge(edge)
        if edge.from_id in seen and seen[edge.from_id].kind == "Message"
    }
    entities: dict[str, tuple[str, ...]] = {}
    speakers: dict[str, tuple[str, ...]] = {}
    for node in seen.values():
        if node.kind == "Entity" and node.key:
            entities[node.key] = (*entities.get(node.key, ()), node.id)
            if node.id in said:
                speakers[node.key] = (*speakers.get(node.key, ()), node.id)
    return Lexicon(entities=entities, speakers=speakers)


def _adjacency(edges: Sequence[Edge], row: Mapping[str, int]) -> dict[str, Adjacency]:
    adjacency = {}
    for kind in sorted({edge.kind for edge in edges}):
        numbers = [i for i, edge in enumerate(edges) if edge.kind == kind]
        starts, ends = [row[edges[i].from_id] for i in numbers], [row[edges[i].to_id] for i in numbers]
        weights = [edges[i].weight for i in numbers]
        out = _compressed(len(row), starts, ends, weights, numbers)
        back = _compressed(len(row), ends, starts, weights, numbers)
        adjacency[kind] = Adjacency(
            out_start=out[0], out_rows=out[1], out_weights=out[2], out_edges=out[3],
            in_start=back[0], in_rows=back[1], in_weights=back[2], in_edges=back[3],
        )  # fmt: skip
    return adjacency


def _compressed(
    rows: int, here: Sequence[int], there: Sequence[int], weights: Sequence[float], numbers: Sequence[int]
) -> tuple[Longs, Ints, Floats, Ints]:
    order = sorted(range(len(here)), key=lambda i: here[i])
    start = np.zeros(rows + 1, dtype=np.int64)
    for place in here:
        start[place + 1 :] += 1
    return (
        start,
        np.array([there[i] for i in order], dtype=np.int32),
        np.array([weights[i] for i in order], dtype=np.float32),
        np.array([numbers[i] for i in order], dtype=np.int32),
    )


def _micros(moment: datetime | None) -> int:
    return NO_TIME if moment is None else to_micros(moment)


def _read_only(survey: Survey) -> Survey:
    for name in Survey.__dataclass_fields__:
        value = getattr(survey, name)
        if isinstance(value, np.ndarray):
            value.setflags(write=False)
    return survey
