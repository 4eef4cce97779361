"""What a cube's index answers, on one state of it: nearest vectors, best texts, the layout for a recall.

Scope and Filter become masks before anything is compared, so that no hit is fetched to be thrown away.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import numpy as np
import numpy.typing as npt

from memos_graph.backends.sidecar.cube import CubeIndex
from memos_graph.backends.sidecar.filtering import meeting, needs_texts
from memos_graph.backends.sidecar.snapshot import Snapshot
from memos_graph.model.filter import Filter
from memos_graph.model.graph import Vector
from memos_graph.model.scope import Scope
from memos_graph.model.survey import Bools, Floats, Ints, Survey
from memos_graph.ports import Scored


def near(index: CubeIndex, scope: Scope, space: str, vector: Vector, k: int,
         filter: Filter | None = None) -> tuple[Scored, ...]:  # fmt: skip
    """The `k` rows in scope and filter whose vectors lie closest, best first, ties by id. () for an unknown space."""
    with _reading(index, filter) as snapshot:
        if space not in snapshot.spaces or k < 1:
            return ()
        slots = snapshot.slots(space)
        mask = snapshot.seen(scope).nodes & (slots >= 0)
        rows = _allowed(index, snapshot, mask, filter)
        if not len(rows):
            return ()
        at, scores = snapshot.spaces[space].best(np.asarray(vector, np.float32), slots[rows], k)
        return _sorted(snapshot, rows[at], scores, k)


def text(index: CubeIndex, scope: Scope, query: str, k: int, filter: Filter | None = None) -> tuple[Scored, ...]:
    """The `k` rows in scope and filter that match the words of `query` best, best first, ties by id."""
    with index.steady() if needs_texts(filter) else nullcontext():
        snapshot, words = index.searching()
        rows = _allowed(index, snapshot, snapshot.seen(scope).nodes, filter)
        if k < 1:
            return ()
        found, scores = words.best(query, k, _mask(snapshot.rows, rows))
        return _sorted(snapshot, found, scores, k)


def survey(index: CubeIndex, scope: Scope, space: str, vector: Vector | None, words: str,
           filter: Filter | None = None, k: int = 200) -> Survey:  # fmt: skip
    """Every row of the cube with its scores: cosine for all in scope, BM25 for the best `k` in scope and filter."""
    with index.steady() if needs_texts(filter) else nullcontext():
        snapshot, searching = index.searching()
        masks = snapshot.seen(scope)
        allowed = masks.nodes
        if filter is not None:
            allowed = _mask(snapshot.rows, _allowed(index, snapshot, masks.nodes, filter))
            allowed.flags.writeable = False
    lexical = np.zeros(snapshot.rows, np.float32)
    found, scores = searching.best(words, k, allowed)
    if len(found) > k:
        best = _order(snapshot, found, scores)[:k]
        found, scores = found[best], scores[best]
    lexical[found] = scores
    arrays = snapshot.nodes.arrays
    return Survey(
        cube=snapshot.cube, ids=snapshot.ids, allowed=allowed, walkable=masks.nodes, kinds=snapshot.kinds,
        kind=arrays["kind"], valid_from=arrays["valid_from"], length=arrays["length"], question=arrays["question"],
        tells_when=arrays["tells_when"],
        dense=_frozen(_dense(snapshot, masks.nodes, space, vector)), lexical=_frozen(lexical),
        adjacency=snapshot.adjacency(scope), edge_ids=snapshot.edge_ids,
    )  # fmt: skip


def count(index: CubeIndex, scope: Scope, filter: Filter | None = None) -> int:
    """How many rows are in scope and filter."""
    with _reading(index, filter) as snapshot:
        return len(_allowed(index, snapshot, snapshot.seen(scope).nodes, filter))


def _dense(snapshot: Snapshot, mask: Bools, space: str, vector: Vector | None) -> Floats:
    dense = np.zeros(snapshot.rows, np.float32)
    if vector is not None and space in snapshot.spaces:
        scores = snapshot.spaces[space].scores(np.asarray(vector, np.float32))
        rows = np.flatnonzero(mask & (snapshot.slots(space) >= 0))
        dense[rows] = scores[snapshot.slots(space)[rows]]
    return dense


@contextmanager
def _reading(index: CubeIndex, condition: Filter | None) -> Iterator[Snapshot]:
    if needs_texts(condition):
        with index.steady() as snapshot:
            yield snapshot
    else:
        yield index.snapshot()


def _allowed(index: CubeIndex, snapshot: Snapshot, mask: Bools, condition: Filter | None) -> Ints:
    rows = np.flatnonzero(mask).astype(np.int32)
    return rows if condition is None else meeting(snapshot, condition, rows, index.texts)


def _mask(size: int, rows: Ints) -> Bools:
    mask = np.zeros(size, np.bool_)
    mask[rows] = True
    return mask


def _sorted(snapshot: Snapshot, rows: Ints, scores: npt.NDArray[np.float64], k: int) -> tuple[Scored, ...]:
    ids, cube = snapshot.nodes.lists["id"], snapshot.cube
    best = _order(snapshot, rows, scores)[:k]
    return tuple(Scored(cube=cube, id=ids[rows[at]], score=float(scores[at])) for at in best)


def _order(snapshot: Snapshot, rows: Ints, scores: npt.NDArray[np.float64]) -> list[int]:
    ids = snapshot.nodes.lists["id"]
    falling, names = (-scores).tolist(), [ids[row] for row in rows.tolist()]
    return sorted(range(len(names)), key=lambda at: (falling[at], names[at]))


def _frozen(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    array.flags.writeable = False
    return array
