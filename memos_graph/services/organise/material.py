"""What a cube offers to be put in order: its live texts with their vectors, a row each, and the Summaries it has.

Reads, a page at a time; writes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from memos_graph.engines.rows import Floats
from memos_graph.model.filter import Filter, where
from memos_graph.model.graph import LIVE, Edge, Node
from memos_graph.model.scope import Scope, everything
from memos_graph.services.context import Context
from memos_graph.services.embed import find_cube, text_space

SUMMARY = "Summary"
MADE_BY = "rule:organise"
MARK = "organised"  #: in a Summary's info: its level, the run that made it, and how many themes that run made
THEME, TOPIC = "theme", "topic"
_PAGE = 1000
_IDS = 500  #: looked up at a time

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Material:
    """[n] texts of a cube, in order of their ids, so that the same cube always gives the same rows."""

    nodes: tuple[Node, ...]  #: without their vectors
    vectors: Floats  #: [n, d] unit length, zero for one that has none
    row: Mapping[str, int]  #: by id


@dataclass(frozen=True, slots=True)
class Cluster:
    """A Summary that organising made, and what it sums up."""

    node: Node
    level: str
    run: str
    of_run: int  #: themes that its run meant to make
    founders: tuple[str, ...]  #: ids of texts it was made of
    joined: tuple[str, ...]  #: and of those that came later
    topics: tuple[str, ...] = ()  #: ids of the Summaries below it
    edges: Mapping[str, Edge] = field(default_factory=dict)  #: by the id below


def material(context: Context, cube: str, kinds: Collection[str], progress: Progress | None = None) -> Material:
    """The live texts of `kinds` in `cube` that hold now. O(cube), vectors in memory: 1.5 KB a text of 384 numbers."""
    if not find_cube(context.store, cube).text_space:
        return _laid(context, cube, ())
    scope = Scope(cubes=(cube,), states=LIVE, current_at=context.clock())
    total = context.store.count(scope)
    found: list[Node] = []
    seen, cursor = 0, None
    while True:
        page = context.store.scan(scope, cursor=cursor, limit=_PAGE, vectors=True)
        found.extend(node for node in page.nodes if node.kind in kinds and node.text.strip())
        seen += len(page.nodes)
        if progress is not None:
            progress("reading", seen, max(total, seen))
        cursor = page.cursor
        if cursor is None:
            return _laid(context, cube, found)


def with_changes(context: Context, cube: str, known: Material, gone: Collection[str], new: Sequence[str]) -> Material:
    """`known` without the rows `gone`, with the nodes `new` as they are stored now."""
    space = text_space(context, cube)
    scope = Scope(cubes=(cube,), states=LIVE, current_at=context.clock())
    away = {*gone, *new}
    kept = [
        replace(node, vectors={space: vector}) if vector.any() else node
        for node, vector in zip(known.nodes, known.vectors, strict=True)
        if node.id not in away
    ]
    return _laid(context, cube, [*kept, *context.store.get(scope, new, vectors=True)])


def _laid(context: Context, cube: str, found: Sequence[Node]) -> Material:
    nodes = sorted(found, key=lambda node: node.id)
    vectors = np.zeros((len(nodes), context.embedder.dimension), np.float32)
    if nodes:
        space = text_space(context, cube)
        for at, node in enumerate(nodes):
            vector = node.vectors.get(space)
            if vector is not None:
                vectors[at] = vector / (float(np.linalg.norm(vector)) or 1)
    bare = tuple(replace(node, vectors={}) for node in nodes)
    return Material(bare, vectors, {node.id: at for at, node in enumerate(bare)})


def clusters(context: Context, cube: str) -> tuple[Cluster, ...]:
    """The Summaries that organising made and that stand, whatever their state, by id."""
    marked = [node for node in summaries(context, cube) if _mark(node) is not None]
    ids = {node.id for node in marked}
    below: dict[str, list[Edge]] = {}
    for edge in _parents(context, cube, sorted(ids)):
        below.setdefault(edge.to_id, []).append(edge)
    return tuple(_cluster(node, below.get(node.id, ()), ids) for node in marked)


def summaries(context: Context, cube: str) -> Iterator[Node]:
    """Every Summary that is not retired and has not ended, by id."""
    scope, offset = replace(everything(cube), retired=False), 0
    wanted: Filter = where("kind", "eq", SUMMARY)
    while page := context.store.match(scope, filter=wanted, limit=_PAGE, offset=offset):
        yield from (node for node in page if node.valid_to is None)
        offset += len(page)
        if len(page) < _PAGE:
            return


def _parents(context: Context, cube: str, ids: Sequence[str]) -> Iterator[Edge]:
    scope = replace(everything(cube), retired=False)
    for start in range(0, len(ids), _IDS):
        some = ids[start : start + _IDS]
        for edge in context.store.edges(scope, touching=some, kinds=["PARENT"], direction="in"):
            if edge.valid_to is None:
                yield edge


def _cluster(node: Node, below: Sequence[Edge], ids: Collection[str]) -> Cluster:
    level, run, of_run = _mark(node) or ("", "", 0)
    texts = [edge for edge in below if edge.from_id not in ids]
    later = {edge.from_id for edge in texts if edge.info.get("joined") is True}
    return Cluster(
        node=node, level=level, run=run, of_run=of_run,
        founders=tuple(sorted({edge.from_id for edge in texts} - later)), joined=tuple(sorted(later)),
        topics=tuple(sorted({edge.from_id for edge in below if edge.from_id in ids})),
        edges={edge.from_id: edge for edge in below},
    )  # fmt: skip


def _mark(node: Node) -> tuple[str, str, int] | None:
    """(level, run, themes of the run) that the node's info says; None for a Summary of somebody else's."""
    said = node.info.get(MARK)
    if not isinstance(said, Mapping):
        return None
    level, run, count = said.get("level"), said.get("run"), said.get("themes")
    if level not in (THEME, TOPIC) or not isinstance(run, str) or isinstance(count, bool) or not isinstance(count, int):
        return None
    return str(level), run, count
