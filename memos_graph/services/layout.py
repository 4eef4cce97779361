"""A Survey as the arrays that the recall engine works on; what does not change between queries is built once."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from memos_graph.engines.recall import SUMMED_UP
from memos_graph.engines.rows import Edges, Floats, Ints, Rows, Side
from memos_graph.model.survey import Adjacency, Bools, Longs, Survey


def rows_of(survey: Survey) -> Rows:
    """The survey's rows; no array is copied."""
    return Rows(
        ids=survey.ids, kinds=survey.kinds, kind=survey.kind, valid_from=survey.valid_from, length=survey.length,
        question=survey.question, tells_when=survey.tells_when,
    )  # fmt: skip


class EdgeLayouts:
    """The edges of each cube as the engine reads them, kept while the store hands out the same adjacency."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], tuple[Adjacency, Edges]] = {}
        self._summed: dict[str, tuple[Edges, Mapping[str, Edges]]] = {}

    def of(self, survey: Survey) -> Mapping[str, Edges]:
        """The survey's edges by kind. O(1) when they are those of the last query, else O(edges).

        PARENT edges to a Summary come as a kind of their own, SUMMED_UP: what it sums up stands elsewhere.
        """
        edges = {kind: self._edges((survey.cube, kind), adjacency) for kind, adjacency in survey.adjacency.items()}
        if "PARENT" in edges and "Summary" in survey.kinds:
            edges |= self._parted(survey, edges["PARENT"])
        return edges

    def _parted(self, survey: Survey, parent: Edges) -> Mapping[str, Edges]:
        """The PARENT edges apart: those to Summaries, and the others."""
        kept = self._summed.get(survey.cube)
        if kept is None or kept[0] is not parent:
            summary = survey.kind == list(survey.kinds).index("Summary")
            kept = self._summed[survey.cube] = (parent, {
                "PARENT": _of(parent, ~summary[parent.out.there], ~summary[parent.into.here]),
                SUMMED_UP: _of(parent, summary[parent.out.there], summary[parent.into.here]),
            })  # fmt: skip
        return kept[1]

    def _edges(self, key: tuple[str, str], adjacency: Adjacency) -> Edges:
        kept = self._kept.get(key)
        if kept is not None and kept[0] is adjacency:
            return kept[1]
        a = adjacency
        made = Edges(out=_side(a.out_start, a.out_rows, a.out_weights), into=_side(a.in_start, a.in_rows, a.in_weights))
        self._kept[key] = (adjacency, made)
        return made


def _of(edges: Edges, out: Bools, into: Bools) -> Edges:
    """Those of `edges` that the masks keep, seen from either end."""
    return Edges(out=_kept(edges.out, out), into=_kept(edges.into, into))


def _kept(side: Side, mask: Bools) -> Side:
    here, rows = side.here[mask], len(side.start) - 1
    start = np.zeros(rows + 1, np.int32)
    np.cumsum(np.bincount(here, minlength=rows), out=start[1:])
    return Side(start=start, here=here, there=side.there[mask], weight=side.weight[mask])


def _side(start: Longs, there: Ints, weights: Floats) -> Side:
    here = np.repeat(np.arange(len(start) - 1, dtype=np.int32), np.diff(start))
    # no edge gives more than it got, and one that weighs nothing or less gives nothing
    return Side(start=start.astype(np.int32), here=here, there=there, weight=np.clip(weights, 0, 1))
