"""A process of its own that fills one store with made-up cubes, asks it, and says what that took. Started by `stores`.

Every store gets the same rows through the port, as ingestion writes them, and the same questions. What a store is
held against (its own best query, the bare driver) is measured in the same process, right after.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

import memos_graph
from benchmarks import bare_neo4j
from benchmarks.machine import disk_mb, memory_mb
from benchmarks.metrics import percentiles
from benchmarks.store import Given
from benchmarks.synthetic import MadeUp, batches, make, sentences, unit_rows
from benchmarks.watching import milliseconds
from memos_graph.app import now
from memos_graph.model.delta import Delta, Operation, PutEdge, PutNode
from memos_graph.model.graph import Cube, VectorSpace
from memos_graph.model.scope import Scope
from memos_graph.ports import GraphStore
from memos_graph.services.context import Context
from memos_graph.services.embed import space_name
from memos_graph.services.recall import RecallRequest, recall

BATCH = 2000  #: operations in a Delta while loading
SEEDS = 20  #: nodes that a walk starts from
K = 10
_WARM = 3  #: calls before those that count
_AT_A_TIME = 1000  #: nodes of the Delta that is held against a bare UNWIND
T = TypeVar("T")
Floats = npt.NDArray[np.float32]


def main(arguments: Sequence[str]) -> int:
    """`URL NODES EDGES CUBES SEED ASKED`: one JSON line on the standard output it was given."""
    url, counts = arguments[0], [int(text) for text in arguments[1:]]
    said = os.dup(1)
    os.dup2(2, 1)  # whatever else writes to standard output must not be taken for the answer
    with memos_graph.open(url) as graph:
        found = _measure(graph, url, *counts)
    found |= {"disk_mb": disk_mb(Path(url)) if Path(url).exists() else 0.0}
    os.write(said, (json.dumps(found) + "\n").encode())
    return 0


def _measure(graph: memos_graph.Graph, url: str, nodes: int, edges: int, cubes: int, seed: int,
             asked: int) -> dict[str, Any]:  # fmt: skip
    store, embedder = graph.context.store, graph.context.embedder
    space = VectorSpace(name=space_name(embedder.model), model=embedder.model, dimension=embedder.dimension)
    names = [f"cube-{number}" for number in range(cubes)]

    def made_up(name: str) -> MadeUp:
        return make(name, nodes // cubes, edges // cubes, space=space.name, dimension=space.dimension, seed=seed)

    loaded = [_load(store, space, name, made_up(name)) for name in names]
    chosen = names[cubes // 2]
    made = made_up(chosen)
    generator = np.random.default_rng([seed, 2])
    vectors = unit_rows(generator, asked + _WARM, space.dimension)
    starts = [[made.nodes[at].id for at in row] for row in generator.integers(0, len(made.nodes), (asked, SEEDS))]
    questions = sentences(np.random.default_rng([seed, 1]), asked + _WARM, shortest=3, longest=8)
    scope, everywhere = Scope(cubes=(chosen,)), Scope(cubes=tuple(names))
    given = Context(store=store, embedder=Given(embedder, vectors), clock=now)

    times: dict[str, dict[str, float]] = {}

    def take(what: str, action: Callable[[T], object], inputs: Iterable[T]) -> None:
        times[what] = percentiles(milliseconds(action, inputs)[_WARM:])

    near = partial(store.near, scope, space.name, k=K)
    take("get 20", partial(store.get, scope), starts)
    take("near, one cube", near, vectors)
    take("near, all cubes", partial(store.near, everywhere, space.name, k=K), vectors)
    take("text, one cube", partial(store.text, scope, k=K), questions)
    for depth in (1, 2, 3):
        walks = starts if depth == 1 else starts[: max(asked // (5 * depth), _WARM + 2)]
        take(f"around {SEEDS} nodes, depth {depth}", partial(store.around, scope, depth=depth), walks)
    take("whole recall, query vector given",
         lambda question: recall(given, RecallRequest(query=question, cubes=(chosen,))), questions)  # fmt: skip
    found = {
        "loaded": loaded, "times": times, "recall": _recall(near, made, vectors[: min(asked, 50)]),
        "memory_mb": memory_mb(),
    }  # fmt: skip
    if bare_neo4j.serves(url):
        with bare_neo4j.Bare(url) as bare:
            found["bare"] = _beside_the_driver(bare, store, space, chosen, made, vectors, starts, asked)
    return found


def _run(action: Callable[[], object]) -> object:
    return action()


def _load(store: GraphStore, space: VectorSpace, cube: str, made: MadeUp) -> dict[str, float]:
    """One cube written, nodes first; the seconds are those inside `apply`."""
    store.create_cube(Cube(id=cube, spaces=(space,), text_space=space.name, created_at=now()))
    puts: list[Operation] = [PutNode(node=node) for node in made.nodes]
    links: list[Operation] = [PutEdge(edge=edge) for edge in made.edges]
    return {
        "nodes": len(puts), "edges": len(links),
        "node_seconds": _applied(store, cube, "nodes", puts), "edge_seconds": _applied(store, cube, "edges", links),
    }  # fmt: skip


def _applied(store: GraphStore, cube: str, what: str, operations: Sequence[Operation]) -> float:
    seconds = 0.0
    for at, group in enumerate(batches(operations, BATCH)):
        delta = Delta(id=f"{cube}-{what}-{at}", cube=cube, reason="load", at=now(), operations=tuple(group))
        began = time.perf_counter()
        store.apply(delta)
        seconds += time.perf_counter() - began
    return seconds


def _recall(near: Callable[..., Sequence[Any]], made: MadeUp, vectors: Floats) -> float:
    """The share of the exact nearest that `near` finds, by numpy over the cube's own vectors."""
    found = []
    for vector in vectors:
        scores = made.vectors @ vector
        wanted = {made.nodes[at].id for at in np.argpartition(-scores, K)[:K]}
        found.append(len(wanted & {scored.id for scored in near(vector)}) / K)
    return float(np.mean(found))


def _beside_the_driver(
    bare: bare_neo4j.Bare, store: GraphStore, space: VectorSpace, cube: str, made: MadeUp, vectors: Floats,
    starts: Sequence[Sequence[str]], asked: int,
) -> dict[str, Any]:  # fmt: skip
    """The same work by hand-written queries through the bare driver; each pair taken in turns."""
    walks = starts[: max(asked // 10, _WARM + 2)]
    scope = Scope(cubes=(cube,))
    ours, theirs = [], []
    for ids in walks:
        ours += milliseconds(partial(store.around, scope, depth=2), [ids])
        theirs += milliseconds(partial(bare.around, cube=cube), [ids])
    applied: list[float] = []
    unwound: list[float] = []
    for number in range(6):
        fresh = bare_neo4j.fresh(made.nodes, f"bare{number}", _AT_A_TIME)
        delta = Delta(id=f"bare-{number}", cube=cube, at=now(), operations=tuple(PutNode(node=n) for n in fresh))
        pair: list[tuple[list[float], Callable[[], object]]] = [
            (applied, partial(store.apply, delta)),
            (unwound, partial(bare.unwind, bare_neo4j.fresh(made.nodes, f"plain{number}", _AT_A_TIME), space.name)),
        ]
        for taken, action in pair if number % 2 else reversed(pair):
            taken += milliseconds(_run, [action])
    bare.forget_unwound()
    return {
        "around 2, store": percentiles(ours[_WARM:]), "around 2, driver": percentiles(theirs[_WARM:]),
        "apply 1000, store": percentiles(applied[1:]), "apply 1000, driver": percentiles(unwound[1:]),
        "near unfiltered, driver": percentiles(
            milliseconds(partial(bare.nearest, space, K), vectors)[_WARM:]
        ),
        "near exact in the cube, driver": percentiles(
            milliseconds(partial(bare.nearest_exact, space, cube, K), vectors[: max(asked // 5, _WARM + 2)])[_WARM:]
        ),
    }  # fmt: skip


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
