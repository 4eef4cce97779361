"""Turn rows and edges as queries gave them into the arrays of a Survey. Pure; knows no database and no scope."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from memos_graph.backends.opencypher.runner import Row
from memos_graph.model.survey import Adjacency, Floats, Ints, Longs, Survey


def laid_out(cube: str, rows: Sequence[Row], edges: Mapping[str, Row], dense: Mapping[str, float],
             lexical: Mapping[str, float]) -> Survey:  # fmt: skip
    """The Survey of `rows`, sorted by id, and of those `edges` (by id) that have both ends among them.

    All rows are walkable; dense, lexical: by node id, absent ones count 0. O(rows + edges · log edges).
    """
    ordered = sorted(rows, key=lambda row: row["id"])
    ids = tuple(row["id"] for row in ordered)
    number = {id: at for at, id in enumerate(ids)}
    kinds = sorted({row["kind"] for row in ordered})
    code = {kind: at for at, kind in enumerate(kinds)}
    inside = [e for _, e in sorted(edges.items()) if e["from_id"] in number and e["to_id"] in number]
    return Survey(
        cube=cube,
        ids=ids,
        allowed=_array([row["allowed"] for row in ordered], np.bool_),
        walkable=_array([True] * len(ids), np.bool_),
        kinds=kinds,
        kind=_array([code[row["kind"]] for row in ordered], np.int32),
        valid_from=_array([row["valid_from"] for row in ordered], np.int64),
        length=_array([row["length"] for row in ordered], np.int32),
        question=_array([row["question"] for row in ordered], np.bool_),
        tells_when=_array([row["tells_when"] for row in ordered], np.bool_),
        dense=_array([dense.get(id, 0.0) for id in ids], np.float32),
        lexical=_array([lexical.get(id, 0.0) for id in ids], np.float32),
        adjacency=_adjacency(inside, number),
        edge_ids=tuple(edge["id"] for edge in inside),
    )


def _adjacency(edges: Sequence[Row], number: Mapping[str, int]) -> dict[str, Adjacency]:
    by_kind: dict[str, list[int]] = {}
    for at, edge in enumerate(edges):
        by_kind.setdefault(edge["kind"], []).append(at)
    adjacency = {}
    for kind, places in sorted(by_kind.items()):
        starts = _array([number[edges[at]["from_id"]] for at in places], np.int32)
        ends = _array([number[edges[at]["to_id"]] for at in places], np.int32)
        weights = _array([edges[at]["weight"] for at in places], np.float32)
        out = _compressed(len(number), starts, ends, weights, _array(places, np.int32))
        back = _compressed(len(number), ends, starts, weights, _array(places, np.int32))
        adjacency[kind] = Adjacency(
            out_start=out[0], out_rows=out[1], out_weights=out[2], out_edges=out[3],
            in_start=back[0], in_rows=back[1], in_weights=back[2], in_edges=back[3],
        )  # fmt: skip
    return adjacency


def _compressed(rows: int, here: Ints, there: Ints, weights: Floats, places: Ints) -> tuple[Longs, Ints, Floats, Ints]:
    order = np.argsort(here, kind="stable")
    start = np.zeros(rows + 1, np.int64)
    np.cumsum(np.bincount(here, minlength=rows), out=start[1:])
    found = (start, there[order], weights[order], places[order])
    for array in found:
        array.setflags(write=False)
    return found


def _array(values: Sequence[Any], kind: npt.DTypeLike) -> npt.NDArray[Any]:
    array = np.array(values, dtype=kind)
    array.setflags(write=False)
    return array
