"""Edges in compressed rows, by kind: what a walk from row to row needs. Pure arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from memos_graph.backends.sidecar.scoping import Arrays
from memos_graph.model.survey import Adjacency, Bools


def adjacency(edges: Arrays, seen: Bools, kinds: Sequence[str], rows: int) -> dict[str, Adjacency]:
    """The edges that `seen` marks, by kind; kinds without any are absent. O(edges log edges)."""
    chosen = np.flatnonzero(seen).astype(np.int32)
    codes = edges["kind"][chosen]
    found: dict[str, Adjacency] = {}
    for code in np.unique(codes).tolist():
        of_kind = chosen[codes == code]
        source, target = edges["source"][of_kind], edges["target"][of_kind]
        weight = edges["weight"][of_kind]
        out, into = np.argsort(source, kind="stable"), np.argsort(target, kind="stable")
        found[kinds[code]] = Adjacency(
            out_start=_starts(source, rows), out_rows=_kept(target[out]), out_weights=_kept(weight[out]),
            out_edges=_kept(of_kind[out]), in_start=_starts(target, rows), in_rows=_kept(source[into]),
            in_weights=_kept(weight[into]), in_edges=_kept(of_kind[into]),
        )  # fmt: skip
    return found


def _starts(ends: npt.NDArray[Any], rows: int) -> npt.NDArray[np.int64]:
    starts = np.zeros(rows + 1, np.int64)
    np.cumsum(np.bincount(ends, minlength=rows), out=starts[1:])
    starts.flags.writeable = False
    return starts


def _kept(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    array.flags.writeable = False
    return array
