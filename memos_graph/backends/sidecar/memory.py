"""The rows of one cube in memory: laid out as the disk has them when an index opens, changed as the disk was changed.

Knows columns and codes; vectors and words are other matters.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from memos_graph.backends.sidecar.columns import Columns
from memos_graph.backends.sidecar.disk import Loaded
from memos_graph.backends.sidecar.facets import FACETS
from memos_graph.backends.sidecar.feed import IndexDamaged
from memos_graph.backends.sidecar.plan import Codes, Known, Plan, Rows
from memos_graph.backends.sidecar.rows import EDGE, EDGE_NAMES, NODE, NODE_NAMES, SIGNS
from memos_graph.model.graph import STATUSES

_SPARSE = 3  #: more rows or slots than so many times those in use: the index is built anew when next opened
_FEW = 2048  #: so many unused ones are no matter
#: Columns that no mask, adjacency or lexicon depends on.
_BESIDE = frozenset({"confidence", "version", "tags", "usage", "info", "text_hash", "text_seq", "created_at", *SIGNS})


@dataclass(frozen=True, slots=True)
class Stale:
    """What was made of the rows before a write and does not hold after it."""

    facets: bool
    derived: bool


def lay_out(nodes: Loaded, edges: Loaded, kinds: Codes, edge_kinds: Codes) -> Known:
    """The rows read from disk, in memory. `IndexDamaged` where one names a kind, status or node that is not there."""
    _within(nodes.columns["kind"], len(kinds.names))
    _within(nodes.columns["status"], len(STATUSES))
    _within(edges.columns["kind"], len(edge_kinds.names))
    known = Known(_columns(NODE), _columns(EDGE), {}, {}, kinds, edge_kinds)
    _fill(known.nodes, known.rows, nodes)
    _fill(known.edges, known.edge_rows, edges)
    for end in ("source", "target"):
        _within(edges.columns[end], known.nodes.size)
    return known


def remember(known: Known, made: Plan) -> Stale:
    """Change `known` as `made` says."""
    of_nodes = _merge(known.nodes, made.nodes, NODE_NAMES)
    of_edges = _merge(known.edges, made.edges, EDGE_NAMES)
    for rows, held, columns in ((made.nodes, known.rows, known.nodes), (made.edges, known.edge_rows, known.edges)):
        held.update(rows.fresh)
        for row in rows.gone:
            del held[columns.get("id", row)]
        _bury(columns, rows.gone)
    others = made.nodes.new or made.edges.new or made.nodes.gone or made.edges.gone
    return Stale(
        facets=bool(made.nodes.gone) or not of_nodes.isdisjoint(FACETS),
        derived=bool(others) or not of_nodes | of_edges <= _BESIDE,
    )


def sparse(size: int, used: int) -> bool:
    """Whether of `size` rows or slots so few are used that they are better made anew."""
    return size > _SPARSE * used + _FEW


def _columns(layout: Mapping[str, tuple[Any, Any] | None]) -> Columns:
    arrays = {name: kind for name, kind in layout.items() if kind is not None}
    return Columns({**arrays, "alive": (np.bool_, False)}, {name: "" for name, kind in layout.items() if kind is None})


def _fill(held: Columns, by_id: dict[str, int], loaded: Loaded) -> None:
    """Fill `held` with rows read from disk, holes where some are missing; rows by id."""
    rows = loaded.rows
    if not rows:
        return
    size = rows[-1] + 1
    if sparse(size, len(rows)):
        raise IndexDamaged("most of the rows are holes")
    values = {**loaded.columns, "alive": [True] * len(rows)}
    if size == len(rows):
        held.append(values, size)
    else:
        held.append({}, size)
        held.change(rows, values)
    by_id.update(zip(loaded.columns["id"], rows, strict=True))


def _merge(held: Columns, rows: Rows, names: Sequence[str]) -> set[str]:
    """Put `rows` into memory; the columns in which a row that was there has changed."""
    if rows.new:
        new = dict(zip(names, zip(*rows.new, strict=True), strict=True))
        held.append({**new, "alive": [True] * len(rows.new)}, len(rows.new))
    if not rows.changed:
        return set()
    at = list(rows.changed)
    columns = dict(zip(names, zip(*rows.changed.values(), strict=True), strict=True))
    differing = {name: column for name, column in columns.items() if held.differs(name, at, column)}
    held.change(at, differing)
    return set(differing)


def _bury(held: Columns, rows: Sequence[int]) -> None:
    if rows:
        held.change(rows, {"alive": [False] * len(rows), **{name: [""] * len(rows) for name in held.lists}})


def _within(column: npt.NDArray[Any], bound: int) -> None:
    if len(column) and (int(column.min()) < 0 or int(column.max()) >= bound):
        raise IndexDamaged("a row names what is not there")
