"""Lay out, cube by cube, what a recall looks at.

A cube of up to `WHOLE` nodes is laid out whole, as an exact store does it. Of a larger one: the best `k` by each search
and what lies two edges around them. No step follows more than `_EDGES` edges, those of nodes with the fewest first: a
hub (an entity that everything mentions) then shows only with those of its edges that lead to other rows. Cosines are
there for what the vector search found and for `_COMPARED` rows more, the nearest in steps; further rows have 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from memos_graph.backends.neo4j.laying import laid_out
from memos_graph.backends.neo4j.search import cosine, direction, near, text
from memos_graph.backends.opencypher.conditions import edges_where, nodes_where
from memos_graph.backends.opencypher.keys import uid
from memos_graph.backends.opencypher.reading import nodes_by_id
from memos_graph.backends.opencypher.rows import space_property
from memos_graph.backends.opencypher.runner import Row, Runner, text_for
from memos_graph.model.filter import Filter, matches
from memos_graph.model.graph import Cube, Vector
from memos_graph.model.scope import Scope
from memos_graph.model.survey import NO_TIME, Survey

WHOLE = 1500  #: nodes of a cube that is laid out whole: comparing as many costs what the vector index costs
_EDGES = 3000  # followed in one step
_COMPARED = 600  # rows with a cosine besides those that the vector search found


def survey(runner: Runner, cubes: Mapping[str, Cube], scope: Scope, space: str, vector: Vector | None, words: str, *,
           filter: Filter | None = None, k: int = 200) -> tuple[Survey, ...]:  # fmt: skip
    """For each cube in scope, in the scope's order, its rows, their scores and the edges between them.

    cubes: those in scope, by id; the caller has checked the vector against those that have the space.
    """
    surveys = []
    for name in scope.cubes:
        compared = vector if cubes[name].space(space) is not None else None
        surveys.append(_Layout(runner, scope.of(name), name, filter, space, compared).made(words, k))
    return tuple(surveys)


@dataclass(frozen=True, slots=True)
class _Layout:
    """One cube, and what is asked of it."""

    runner: Runner
    scope: Scope
    cube: str
    filter: Filter | None
    space: str
    vector: Vector | None  #: None: compare nothing

    def made(self, words: str, k: int) -> Survey:
        lexical = {found.id: found.score for found in text(self.runner, self.scope, words, k, filter=self.filter)}
        sizes = self.runner.read(text_for(self.runner, "search/sizes"), {"cubes": [self.cube], "most": WHOLE + 1})
        if sizes and int(sizes[0]["inside"]) <= WHOLE:
            return self._whole(lexical)
        return self._around(lexical, k)

    def _whole(self, lexical: Mapping[str, float]) -> Survey:
        vector = None if self.vector is None else direction(self.vector)
        rows = self._rows("cube_rows", {"cube": self.cube, "vector": vector}, space=space_property(self.space))
        edges = self._edges("cube_edges", {"cube": self.cube})
        dense = {row["id"]: cosine(row) for row in rows if row["score"] >= 0}
        return laid_out(self.cube, rows, edges, dense, lexical)

    def _around(self, lexical: Mapping[str, float], k: int) -> Survey:
        dense: dict[str, float] = {}
        if self.vector is not None:
            nearest = near(self.runner, self.scope, self.space, self.vector, k, filter=self.filter)
            dense = {found.id: found.score for found in nearest}
        rows: dict[str, Row] = {}
        edges: dict[str, Row] = {}
        level: list[Row] = []
        for hops in range(3):
            fresh = dict.fromkeys((*dense, *lexical)) if not hops else _ends(edges.values())
            uids = [uid(self.cube, id) for id in fresh if id not in rows]
            level = self._rows("rows", {"uids": uids}) if uids else []
            rows |= {row["id"]: row for row in level}
            if hops < 2 and level:
                edges |= self._edges("edges_of", {"uids": [uid(self.cube, id) for id in _fewest(level)]})
        if self.vector is not None:
            dense |= self._cosines([id for id in rows if id not in dense][:_COMPARED])
        return laid_out(self.cube, list(rows.values()), edges, dense, lexical)

    def _rows(self, name: str, parameters: dict[str, Any], **slots: str) -> list[Row]:
        """Rows that the scope sees, each with whether the filter allows it."""
        where, allowed = nodes_where(self.scope), nodes_where(self.scope, self.filter)
        filled = text_for(self.runner, f"search/{name}", where=where.text, allowed=allowed.text, **slots)
        given = {**parameters, "no_time": int(NO_TIME), **where.parameters, **allowed.parameters}
        rows = _rows(self.runner.read(filled, given))
        if allowed.exact:
            return rows
        maybe = [row["id"] for row in rows if row["allowed"]]
        nodes = nodes_by_id(self.runner, self.scope, self.cube, maybe)
        met = {id for id, node in nodes.items() if matches(self.filter, node)}
        return [{**row, "allowed": row["id"] in met} for row in rows]

    def _edges(self, name: str, parameters: dict[str, Any]) -> dict[str, Row]:
        where = edges_where(self.scope)
        filled = text_for(self.runner, f"search/{name}", where=where.text)
        return {row["id"]: row for row in _rows(self.runner.read(filled, {**parameters, **where.parameters}))}

    def _cosines(self, ids: Sequence[str]) -> dict[str, float]:
        if self.vector is None or not ids:
            return {}
        filled = text_for(self.runner, "search/cosines", space=space_property(self.space))
        given = {"uids": [uid(self.cube, id) for id in ids], "vector": direction(self.vector)}
        return {row["id"]: cosine(row) for row in _rows(self.runner.read(filled, given))}


def _rows(columns: Sequence[Row]) -> list[Row]:
    """The rows of what a query gave as one row of lists."""
    return [
        dict(zip(one, values, strict=True)) for one in columns for values in zip(*one.values(), strict=True)
    ]  # fmt: skip


def _ends(edges: Iterable[Row]) -> dict[str, None]:
    return dict.fromkeys(id for edge in edges for id in (edge["from_id"], edge["to_id"]))


def _fewest(level: Iterable[Row]) -> list[str]:
    """The ids of the nodes to walk on from: those with the fewest edges, while they have at most `_EDGES` together."""
    chosen, followed = [], 0
    for row in sorted(level, key=lambda row: (row["degree"], row["id"])):
        followed += row["degree"]
        if followed > _EDGES:
            break
        chosen.append(row["id"])
    return chosen
