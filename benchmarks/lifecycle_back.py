"""There and back: merge and unmerge, and steps that are undone, must leave what holds exactly as it was."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.lifecycle_same import differences, live
from benchmarks.watching import watched
from benchmarks.world.generate import make
from memos_graph.app import CubeHandle, Graph, open_store
from memos_graph.model.delta import Receipt
from memos_graph.ports import GraphStore
from memos_graph.providers.embedders.minilm import MiniLM
from memos_graph.services.context import Context
from memos_graph.settings import Settings

_START = datetime(2025, 2, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Back:
    """How often something was done and taken back, and what was not as before."""

    times: int
    differences: tuple[str, ...]


def there_and_back(folder: Path, *, times: int, seed: int) -> dict[str, Back]:
    """Merges taken apart again, and runs of steps undone one after the other, in the embedded store."""
    store = open_store(str(folder / "back.graph"), Settings())
    try:
        cube = Graph(Context(store=store, embedder=MiniLM(), clock=_Clock())).cube("back")
        world = make(seed, people=max(4, times // 8), questions=0)
        texts = [f"{one.fact}." for one in world.statements[: times * 3]]
        cube.add(texts)
        draw = random.Random(seed)
        queries = draw.sample(texts, 8)
        return {
            "merge, unmerge": _all(cube, store, queries, draw, _merged, times),
            "one step, undo": _all(cube, store, queries, draw, _undone(1), times),
            "four steps, undone newest first": _all(cube, store, queries, draw, _undone(4), max(1, times // 4)),
        }
    finally:
        store.close()


Trip = Callable[[CubeHandle, list[str], random.Random], None]


def _all(cube: CubeHandle, store: GraphStore, queries: list[str], draw: random.Random, trip: Trip, times: int) -> Back:
    found: list[str] = []
    before = live(cube, store, queries)
    ids = [node.id for node in cube.list(limit=100_000, filter={"kind": "LongTermMemory"})]
    for _ in watched(range(times), "there and back"):
        trip(cube, ids, draw)
        after = live(cube, store, queries)
        found += differences(before, after)
        before = after
    return Back(times=times, differences=tuple(found))


def _merged(cube: CubeHandle, ids: list[str], draw: random.Random) -> None:
    made = cube.merge(*draw.sample(ids, draw.choice((2, 3))))
    cube.unmerge(made.nodes[0])


def _undone(count: int) -> Trip:
    def trip(cube: CubeHandle, ids: list[str], draw: random.Random) -> None:
        done = [_step(cube, identity, draw) for identity in draw.sample(ids, count)]
        for receipt in reversed(done):
            cube.undo(receipt)

    return trip


def _step(cube: CubeHandle, identity: str, draw: random.Random) -> Receipt:
    """Something that changes what holds."""
    what = draw.choice(("update", "correct", "delete", "freeze", "archive", "tag"))
    if what == "update":
        return cube.update(identity, f"{identity} says something else now.")
    if what == "correct":
        return cube.update(identity, f"{identity} never said so.", correction=True)
    if what == "tag":
        return cube.update(identity, tags=(f"tag-{draw.randint(0, 10**9)}",))
    if what == "delete":
        return cube.delete(identity)
    return cube.freeze(identity) if what == "freeze" else cube.archive(identity)


class _Clock:
    def __init__(self) -> None:
        self._now = _START

    def __call__(self) -> datetime:
        self._now += timedelta(milliseconds=1)
        return self._now
