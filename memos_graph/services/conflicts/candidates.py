"""Which memories a search for conflicts compares: all of a cube, or what changed and what lies around it.

Reads only. Declines to know what contradicts what.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass

import numpy as np

from memos_graph.engines.conflicts import ALIKE, Pair, Statement, rivals
from memos_graph.engines.organise.near_pairs import near_pairs
from memos_graph.engines.rows import Floats
from memos_graph.model.filter import Where
from memos_graph.model.graph import Node, Vector
from memos_graph.model.scope import Scope
from memos_graph.ports import GraphStore
from memos_graph.services.claims.statements import statement
from memos_graph.services.embed import find_cube

NEAREST = 16  #: of a memory that its words are compared with
MOST_FRESH = 500  #: changed memories up to which only what lies around them is read; beyond, all are
_MOST_MENTIONS = 20_000  #: MENTIONS edges that one step follows: a name that all share leads everywhere
_PAGE = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidates:
    """Memories to compare, by position."""

    nodes: tuple[Node, ...]
    statements: tuple[Statement, ...]
    fresh: frozenset[int]  #: positions of those that are new to this search
    whole: bool  #: all that the cube has of these kinds


def candidates(store: GraphStore, scope: Scope, kinds: Collection[str], since: int | None) -> Candidates:
    """The memories of `kinds` in `scope`; with `since` those changed after that Change, and what may concern them.

    What may: memories that mention an entity that a changed one mentions, and its `NEAREST` by vector. A scan of the
    cube without `since`, or with more than `MOST_FRESH` changes.
    """
    if since is None:
        nodes = list(_all(store, scope, kinds))
        return _of(nodes, {node.id for node in nodes}, whole=True)
    changed = _changed(store, scope.cubes[0], since)
    if len(changed) > MOST_FRESH:
        return _of(list(_all(store, scope, kinds)), changed, whole=True)
    fresh = [node for node in store.get(scope, sorted(changed), vectors=True) if node.kind in kinds]
    found = {node.id: node for node in fresh}
    around = _around(store, scope, fresh, kinds) - found.keys()
    found |= {node.id: node for node in store.get(scope, sorted(around), vectors=True) if node.kind in kinds}
    return _of(list(found.values()), {node.id for node in fresh}, whole=False)


def pairs(found: Candidates, space: str) -> dict[Pair, float]:
    """Pairs of positions worth comparing, one of each `fresh`, with the cosine of their vectors where they are near.

    space: whose vectors; "": a cube without any.
    """
    wanted = dict.fromkeys(rivals(found.statements, found.fresh), 0.0)
    rows = _rows(found, space)
    if len(rows) < 2:
        return wanted
    near = near_pairs(_matrix([found.nodes[at].vectors[space] for at in rows]), least=ALIKE, most=NEAREST)
    for one, other, cosine in zip(near.first.tolist(), near.second.tolist(), near.cosine.tolist(), strict=True):
        a, b = sorted((rows[one], rows[other]))
        if a in found.fresh or b in found.fresh:
            wanted[a, b] = cosine
    return wanted


def _rows(found: Candidates, space: str) -> list[int]:
    """Positions of those that have a vector, each text and time once.

    Of one vector `NEAREST` at most: texts that a model can't read all have the same, and each would be near each.
    """
    rows: list[int] = []
    seen: set[tuple[object, ...]] = set()
    alike: Counter[bytes] = Counter()
    for at, (node, said) in enumerate(zip(found.nodes, found.statements, strict=True)):
        what = (said.text, said.start, said.end)
        if space in node.vectors and what not in seen:
            seen.add(what)
            alike[kept := node.vectors[space].tobytes()] += 1
            if alike[kept] <= NEAREST:
                rows.append(at)
    return rows


def last_seq(store: GraphStore, cube: str) -> int:
    """The number of the cube's last Change; 0 before the first. Reads O(log Changes) of them."""
    if not store.changes(cube, limit=1):
        return 0
    step = 1
    while store.changes(cube, after=step, limit=1):
        step *= 2
    known, gone = step // 2, step  # there is one after `known`, none after `gone`
    while gone - known > 1:
        middle = (known + gone) // 2
        known, gone = (middle, gone) if store.changes(cube, after=middle, limit=1) else (known, middle)
    return gone


def _of(nodes: list[Node], fresh: Collection[str], *, whole: bool) -> Candidates:
    nodes.sort(key=lambda node: node.id)
    return Candidates(
        nodes=tuple(nodes), statements=tuple(map(statement, nodes)), whole=whole,
        fresh=frozenset(at for at, node in enumerate(nodes) if node.id in fresh),
    )  # fmt: skip


def _all(store: GraphStore, scope: Scope, kinds: Collection[str]) -> Iterator[Node]:
    cursor: str | None = None
    while True:
        page = store.scan(scope, cursor=cursor, limit=_PAGE, vectors=True)
        yield from (node for node in page.nodes if node.kind in kinds)
        cursor = page.cursor
        if cursor is None:
            return


def _changed(store: GraphStore, cube: str, since: int) -> set[str]:
    changed: set[str] = set()
    while page := store.changes(cube, after=since, limit=_PAGE):
        since = page[-1].seq
        changed.update(identity for change in page for identity in change.ids("node"))
    return changed


def _around(store: GraphStore, scope: Scope, fresh: Collection[Node], kinds: Collection[str]) -> set[str]:
    if not fresh:
        return set()
    ids = [node.id for node in fresh]
    named = store.edges(scope, touching=ids, kinds=["MENTIONS"], direction="out", limit=_MOST_MENTIONS)
    entities = sorted({edge.to_id for edge in named})
    found: set[str] = set()
    if entities:
        naming = store.edges(scope, touching=entities, kinds=["MENTIONS"], direction="in", limit=_MOST_MENTIONS)
        found.update(edge.from_id for edge in naming)
    (cube,) = scope.cubes
    space = find_cube(store, cube).text_space
    same_kind = Where("kind", "in", tuple(sorted(kinds)))
    for node in fresh:
        if space in node.vectors:
            near = store.near(scope, space, node.vectors[space], NEAREST + 1, filter=same_kind)
            found.update(one.id for one in near if one.score >= ALIKE)
    return found


def _matrix(vectors: list[Vector]) -> Floats:
    """[n, d], rows of unit length: a caller's own vectors need not be."""
    stacked = np.stack(vectors).astype(np.float32)
    norms = np.linalg.norm(stacked, axis=1, keepdims=True)
    return np.asarray(stacked / np.where(norms == 0, 1, norms), np.float32)
