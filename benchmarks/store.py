"""A store of some size: how fast it fills, reads and searches, what it takes, and what the machine would allow.

Cubes are made up (`synthetic`) and written through the port as ingestion does: Deltas with their Changes, index kept
in step, on disk before each returns; vectors are given.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt

import memos_graph
from benchmarks import yardsticks
from benchmarks.machine import disk_mb, memory_mb
from benchmarks.metrics import percentiles
from benchmarks.reopening import reopen
from benchmarks.report import Report
from benchmarks.store_report import Loaded, Measured, make_report
from benchmarks.synthetic import MadeUp, batches, make, sentences, unit_rows
from benchmarks.watching import milliseconds, watched
from memos_graph.app import Graph, now
from memos_graph.model.delta import Delta, Operation, PutEdge, PutNode
from memos_graph.model.graph import Cube, Node, VectorSpace
from memos_graph.model.scope import Scope
from memos_graph.ports import Embedder, GraphStore
from memos_graph.services.context import Context
from memos_graph.services.embed import space_name
from memos_graph.services.recall import RecallRequest, recall

BATCH = 2000  #: operations in a Delta while loading
ASKED = 200  #: calls behind each percentile
ADDED = 50  #: single writes behind each percentile
SEEDS = 20  #: nodes that a walk starts from
_WARM = 5  #: calls before those that count


class Given:
    """An Embedder that knows its answers: what a search costs beside the embedding model."""

    limit = 0

    def __init__(self, like: Embedder, vectors: npt.NDArray[np.float32]) -> None:
        self.model, self.dimension = like.model, like.dimension
        self._vectors, self._next = vectors, 0

    def embed(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """The next of its vectors for each text."""
        rows = [(self._next + at) % len(self._vectors) for at in range(len(texts))]
        self._next += len(texts)
        return self._vectors[rows]

    def count_tokens(self, text: str) -> int:
        """Words, which is near enough where nothing is cut."""
        return len(text.split())


def run(folder: Path, *, nodes: int, edges: int, cubes: int, seed: int) -> Report:
    """The report over a new store in `folder` with about so many nodes and edges in all. ValueError for too few."""
    if nodes < 100 * cubes:
        raise ValueError(f"{nodes} nodes in {cubes} cubes are too few to measure; give at least {100 * cubes}")
    path = folder / "store.graph"
    names = [f"cube-{number}" for number in range(cubes)]
    chosen = names[cubes // 2]
    with memos_graph.open(path) as graph:
        embedder = graph.context.embedder
        space = VectorSpace(name=space_name(embedder.model), model=embedder.model, dimension=embedder.dimension)

        def made_up(name: str) -> MadeUp:
            return make(name, nodes // cubes, edges // cubes, space=space.name, dimension=space.dimension, seed=seed)

        loaded = [_load(graph.context.store, space, name, made_up(name)) for name in watched(names, "loading")]
        made = made_up(chosen)
        questions = sentences(np.random.default_rng([seed, 1]), ASKED + _WARM, shortest=3, longest=8)
        times = dict(_reads(graph, chosen, made, space.name, questions, seed))
        times |= dict(_writes(graph, chosen, made, questions, seed))
        memory, disk = memory_mb(), disk_mb(path)
    reopened = reopen(path, chosen, questions[0])
    sqlite = yardsticks.sqlite_table(
        folder / "yardstick.sqlite", made, batch=BATCH, asked=_some(made, ASKED, seed), added=_fresh(made, "sql")
    )
    return make_report(
        Measured(
            cubes=cubes, loaded=tuple(loaded), times=times, memory=memory, disk_mb=disk, reopened=reopened,
            sqlite=sqlite, appended=yardsticks.appended(folder / "yardstick.log", _fresh(made, "log")),
            exact=yardsticks.exact(made.vectors, unit_rows(np.random.default_rng(seed), ASKED, space.dimension), 10),
            batch=BATCH, asked=ASKED,
        )
    )  # fmt: skip


def _load(store: GraphStore, space: VectorSpace, cube: str, made: MadeUp) -> Loaded:
    """One cube written, nodes first; the seconds are those inside `apply`."""
    store.create_cube(Cube(id=cube, spaces=(space,), text_space=space.name, created_at=now()))
    puts = [PutNode(node=node) for node in made.nodes]
    links = [PutEdge(edge=edge) for edge in made.edges]
    return Loaded(
        nodes=len(puts), edges=len(links),
        node_seconds=sum(_applied(store, cube, "nodes", puts)), edge_seconds=sum(_applied(store, cube, "edges", links)),
    )  # fmt: skip


def _applied(store: GraphStore, cube: str, what: str, operations: Sequence[Operation]) -> list[float]:
    seconds = []
    for at, group in enumerate(batches(operations, BATCH)):
        delta = Delta(id=f"{cube}-{what}-{at}", cube=cube, reason="load", at=now(), operations=tuple(group))
        began = time.perf_counter()
        store.apply(delta)
        seconds.append(time.perf_counter() - began)
    return seconds


Timing = tuple[str, dict[str, float]]


def _reads(graph: Graph, cube: str, made: MadeUp, space: str, questions: Sequence[str], seed: int) -> Iterator[Timing]:
    """Each kind of read, with its percentiles in milliseconds."""
    store, embedder = graph.context.store, graph.context.embedder
    scope, everywhere = Scope(cubes=(cube,)), Scope(cubes=tuple(c.id for c in graph.cubes()))
    generator = np.random.default_rng([seed, 2])
    vectors = unit_rows(generator, ASKED + _WARM, embedder.dimension)
    starts = [[made.nodes[at].id for at in row] for row in generator.integers(0, len(made.nodes), (ASKED, SEEDS))]
    one = [row[0] for row in starts]
    given = Context(store=store, embedder=Given(embedder, vectors), clock=now)
    real = graph.cube(cube, create=False)

    def searched(question: str) -> object:
        return recall(given, RecallRequest(query=question, cubes=(cube,)))

    yield "get 1", percentiles(milliseconds(lambda id: store.get(scope, [id]), one))
    yield f"get {SEEDS}", percentiles(milliseconds(partial(store.get, scope), starts))
    for name, where in (("near, one cube", scope), ("near, all cubes", everywhere)):
        yield name, _warm(milliseconds(partial(store.near, where, space, k=10), vectors))
    yield "text, one cube", _warm(milliseconds(partial(store.text, scope, k=10), questions))
    for depth in (1, 2):
        walks = milliseconds(partial(store.around, scope, depth=depth), starts[: ASKED // 2])
        yield f"around {SEEDS} nodes, depth {depth}", percentiles(walks)
    yield "search, query vector given", _warm(milliseconds(searched, questions))
    yield "search, whole", _warm(milliseconds(real.search, questions))


def _writes(graph: Graph, cube: str, made: MadeUp, questions: Sequence[str], seed: int) -> Iterator[Timing]:
    """Single writes, and the first search after each."""
    store, handle = graph.context.store, graph.cube(cube, create=False)
    texts = sentences(np.random.default_rng([seed, 3]), ADDED)

    def put(node: Node) -> object:
        return store.apply(Delta(id=f"single-{node.id}", cube=cube, at=now(), operations=(PutNode(node=node),)))

    yield "apply 1 node, vector given", percentiles(milliseconds(put, _fresh(made, "one")))
    adding, searching = [], []
    for text, question in zip(texts, questions, strict=False):
        adding += milliseconds(handle.add_text, [text])
        searching += milliseconds(handle.search, [question])
    yield "add_text, embedding included", percentiles(adding)
    yield "search, whole, right after an add", percentiles(searching)


def _warm(times: Sequence[float]) -> dict[str, float]:
    return percentiles(times[_WARM:])


def _some(made: MadeUp, count: int, seed: int) -> list[str]:
    return [made.nodes[at].id for at in np.random.default_rng([seed, 4]).integers(0, len(made.nodes), count)]


def _fresh(made: MadeUp, mark: str) -> list[Node]:
    """Nodes that are not stored yet."""
    return [replace(node, id=f"{mark}_{node.id}") for node in made.nodes[-ADDED:]]
