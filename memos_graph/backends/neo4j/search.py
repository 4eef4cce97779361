"""Find nodes in Neo4j by vector and by words, with its own indexes. Never a short list, never one node too many.

Neo4j's indexes know no cubes and no conditions: what they give is filtered afterwards, in the same query. So a search
looks on until `k` nodes are left, or none is left to look at. Knows no cube's record: the caller has checked those.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from memos_graph.backends.neo4j.schema import MOST_DIMENSIONS, index_name
from memos_graph.backends.neo4j.words import indexed, queries
from memos_graph.backends.opencypher.conditions import Condition, nodes_where
from memos_graph.backends.opencypher.reading import nodes_by_id
from memos_graph.backends.opencypher.rows import space_property
from memos_graph.backends.opencypher.runner import Row, Runner, text_for
from memos_graph.model.filter import Filter, matches
from memos_graph.model.graph import Vector
from memos_graph.model.scope import Scope
from memos_graph.ports import Scored

__all__ = ["cosine", "direction", "indexed", "near", "text"]

_GROWS = 4  # times as many at each further look
_COUNTED = 50_000  # nodes of a scope that are counted to choose a way
# One node given by the vector index costs about as much as one compared: the index pays only where it gives fewer.
FEW = 1000  #: nodes in scope: up to here each is compared
_LEAST_AMONG = 1250  # nodes that the index looks among at least: below, it misses near ones (100k random directions)
_SPARE = 112  # nodes of the scope to be expected among them besides 5/4 k: so the k best are found, not any k
_MOST_AMONG = 10_000

Fetch = Callable[[int], list[Row]]
Keep = Callable[[Sequence[Row]], list[Row]]


@dataclass(frozen=True, slots=True)
class _Question:
    """What both kinds of search need."""

    runner: Runner
    scope: Scope
    filter: Filter | None
    where: Condition

    @classmethod
    def of(cls, runner: Runner, scope: Scope, filter: Filter | None) -> _Question:
        return cls(runner, scope, filter, nodes_where(scope, filter))

    def ask(self, name: str, parameters: dict[str, Any], **slots: str) -> list[Row]:
        text = text_for(self.runner, f"search/{name}", where=self.where.text, **slots)
        return self.runner.read_many(text, {**parameters, **self.where.parameters})

    def keep(self, rows: Sequence[Row]) -> list[Row]:
        """Those of `rows` that meet the filter, where the condition alone could not tell."""
        if self.where.exact:
            return list(rows)
        met: set[tuple[str, str]] = set()
        for cube in {row["cube"] for row in rows}:
            ids = [row["id"] for row in rows if row["cube"] == cube]
            found = nodes_by_id(self.runner, self.scope, cube, ids)
            met |= {(cube, id) for id, node in found.items() if matches(self.filter, node)}
        return [row for row in rows if (row["cube"], row["id"]) in met]


def near(runner: Runner, scope: Scope, space: str, vector: Vector, k: int, *,
         filter: Filter | None = None) -> tuple[Scored, ...]:  # fmt: skip
    """The `k` nodes in scope and filter whose vectors lie closest, best first, ties by (cube, id).

    The caller has checked the vector, and that every cube of the scope has the space. Exact in cubes of up to `FEW`
    nodes, for large `k`, and where a filter leaves little; else the native index is asked, which finds .98 and more of
    the `k` nearest. Scores are cosines either way, to 1e-6.
    """
    if k < 1:
        return ()
    question = _Question.of(runner, scope, filter)
    asked = {"vector": direction(vector), "cubes": sorted(scope.cubes)}
    if len(vector) <= MOST_DIMENSIONS:
        found = _by_index(question, index_name(space), asked, k)
        if found is not None:
            return found

    def fetch(limit: int) -> list[Row]:
        return question.ask("nearest_exact", {**asked, "limit": limit}, space=space_property(space))

    return _scored(_looked_on(fetch, question.keep, k, cosine, first=k if question.where.exact else 4 * k + 100), k)


def text(runner: Runner, scope: Scope, query: str, k: int, *, filter: Filter | None = None) -> tuple[Scored, ...]:
    """The `k` nodes in scope and filter that match the words of `query` best, best first, ties by (cube, id).

    BM25; what its statistics count: `words`. More than a thousand different words cost a query for each thousand.
    """
    if k < 1:
        return ()
    question = _Question.of(runner, scope, filter)
    found: list[Row] = []
    for cube in sorted(scope.cubes):
        found += _by_words(question, cube, query, k)
    return _scored(found, k)


def direction(vector: Vector) -> list[float]:
    """`vector` as a parameter: of length 1, whatever its own."""
    row = np.asarray(vector, np.float64)
    row = row / np.abs(row).max()  # so that no square overflows
    unit: list[float] = (row / np.linalg.norm(row)).tolist()
    return unit


def _by_index(question: _Question, index: str, asked: dict[str, Any], k: int) -> tuple[Scored, ...] | None:
    """What the index finds; None when comparing one by one costs less, or it does not hold enough."""
    sizes = question.runner.read(
        text_for(question.runner, "search/sizes"), {"cubes": asked["cubes"], "most": _COUNTED}
    )  # fmt: skip
    inside, total = int(sizes[0]["inside"]), int(sizes[0]["total"])
    if inside <= FEW:
        return None
    among = max(_LEAST_AMONG, round((1.25 * k + _SPARE) * total / inside))
    limit = 2 * k + 50
    while among <= min(inside, _MOST_AMONG):
        rows = question.ask("nearest", {**asked, "index": index, "among": among, "limit": limit})
        kept = question.keep(rows)
        # when all that is given ties with the last one wanted, others that tie may be missing
        if len(kept) >= k and (kept[k - 1]["score"] > rows[-1]["score"] or len(rows) < limit):
            return _scored([{**row, "score": cosine(row)} for row in kept], k)
        among *= _GROWS
        limit *= _GROWS
    return None


def _by_words(question: _Question, cube: str, query: str, k: int) -> list[Row]:
    """The best of `cube`: at least `k` and all that tie with the last, or all there are."""
    asked = queries(cube, query)
    if not asked:
        return []
    name, given = ("words", {"query": asked[0]}) if len(asked) == 1 else ("many_words", {"queries": asked})

    def fetch(limit: int) -> list[Row]:
        return question.ask(name, {**given, "cube": cube, "limit": limit})

    return _looked_on(fetch, question.keep, k, _bm25, first=k + k // 4 + 32, ties=True)


def _looked_on(fetch: Fetch, keep: Keep, k: int, score: Callable[[Row], float], *, first: int,
               ties: bool = False) -> list[Row]:  # fmt: skip
    """The kept rows of the first fetch that holds `k` of them, or of all; with `ties`, all that tie with the k-th."""
    limit = first
    while True:
        rows = [{**row, "score": score(row)} for row in fetch(limit)]
        kept = keep(rows)
        if len(rows) < limit:
            return kept
        if len(kept) >= k and (not ties or rows[-1]["score"] < sorted((r["score"] for r in kept), reverse=True)[k - 1]):
            return kept
        limit *= _GROWS


def _scored(rows: Iterable[Row], k: int) -> tuple[Scored, ...]:
    found = [Scored(cube=row["cube"], id=row["id"], score=row["score"]) for row in rows]
    return tuple(sorted(found, key=lambda one: (-one.score, one.cube, one.id))[:k])


def cosine(row: Row) -> float:
    """The cosine that a row's `score` says; rounded, so that vectors of one direction tie whatever their lengths."""
    return round(2.0 * float(row["score"]) - 1.0, 6)


def _bm25(row: Row) -> float:
    """Rounded to five digits: sums of the same parts differ by their order. Above 0 whatever the word's weight."""
    return max(float(f"{float(row['score']):.5g}"), 1e-9)
