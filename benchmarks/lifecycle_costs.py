"""What living memories cost: `tidy` over a large cube, and a change of state beside a plain update.

The cube for `tidy` is made up so that nearly all of its memories are due: half of them idle, most others one too many.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.metrics import percentiles
from benchmarks.synthetic import batches, make
from benchmarks.watching import milliseconds, timed, watched
from memos_graph.app import Graph, open_store
from memos_graph.model.delta import Delta, PutNode
from memos_graph.model.graph import Cube, VectorSpace
from memos_graph.providers.embedders.minilm import MiniLM
from memos_graph.services.context import Context
from memos_graph.services.embed import space_name
from memos_graph.settings import Settings

_START = datetime(2025, 1, 1, tzinfo=UTC)
_DAYS = 180  #: over which the memories were written, the last one today
_BATCH = 2000
_DIMENSION = 384


@dataclass(frozen=True, slots=True, kw_only=True)
class Tidying:
    """One run of `tidy` over a large cube."""

    nodes: int
    dry_seconds: float
    seconds: float
    wrote: int
    again_seconds: float
    again_wrote: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """Milliseconds of single calls, as percentiles, by what was called."""

    calls: int
    times: dict[str, dict[str, float]]

    def ratio(self, what: str, beside: str) -> float:
        """How many times the median of `beside` the median of `what` is."""
        return self.times[what]["p50"] / self.times[beside]["p50"]


def tidying(folder: Path, *, nodes: int, seed: int) -> Tidying:
    """`tidy` over `nodes` memories, dry, for good, and once more."""
    space = VectorSpace(name=space_name("made-up"), model="made-up", dimension=_DIMENSION)
    store = open_store(str(folder / "tidy.graph"), Settings())
    end = _START + timedelta(days=_DAYS)
    try:
        store.create_cube(Cube(id="large", spaces=(space,), text_space=space.name, created_at=_START))
        made = make("large", nodes, 0, space=space.name, dimension=_DIMENSION, seed=seed).nodes
        apart = timedelta(days=_DAYS) / len(made)
        memories = [
            replace(node, kind="LongTermMemory", key="", created_at=_START + at * apart, updated_at=_START + at * apart)
            for at, node in enumerate(made)
        ]
        for at, some in enumerate(watched(list(batches(memories, _BATCH)), "writing memories")):
            puts = tuple(PutNode(node=node) for node in some)
            store.apply(Delta(id=f"load-{at}", cube="large", reason="load", at=end, operations=puts))
        cube = Graph(Context(store=store, embedder=MiniLM(), clock=_Ticking(end))).cube("large")
        with timed() as dry:
            cube.tidy()
        with timed() as took:
            first = cube.tidy(dry_run=False)
        with timed() as again:
            second = cube.tidy(dry_run=False)
    finally:
        store.close()
    return Tidying(
        nodes=len(memories), dry_seconds=dry.seconds, seconds=took.seconds, wrote=first.wrote,
        again_seconds=again.seconds, again_wrote=second.wrote,
    )  # fmt: skip


def costs(folder: Path, *, calls: int) -> Costs:
    """Single calls on a cube of ten times as many memories, in the embedded store."""
    store = open_store(str(folder / "costs.graph"), Settings())
    try:
        cube = Graph(Context(store=store, embedder=MiniLM(), clock=_Ticking(_START))).cube("costs")
        report = cube.add(
            [f"The lamp number {at} stands in room {at % 37} of house {at % 11}." for at in range(calls * 10)]
        )
        ids = list(report.ids)
        parts = [ids[at * calls : (at + 1) * calls] for at in range(7)]
        for warm in ids[7 * calls : 7 * calls + 5]:
            cube.update(warm, tags=("warm",))
            cube.freeze(warm)
        times = {
            "update in place (tags)": milliseconds(lambda i: cube.update(i, tags=("seen",)), parts[0]),
            "update of the text": milliseconds(lambda i: cube.update(i, f"What was {i} is another lamp."), parts[1]),
            "use": milliseconds(lambda i: cube.use(i), parts[2]),
            "freeze": milliseconds(lambda i: cube.freeze(i), parts[3]),
            "thaw": milliseconds(lambda i: cube.thaw(i), parts[3]),
            "archive": milliseconds(lambda i: cube.archive(i), parts[4]),
            "restore": milliseconds(lambda i: cube.restore(i), parts[4]),
            "delete": milliseconds(lambda i: cube.delete(i), parts[5]),
        }
    finally:
        store.close()
    return Costs(calls=calls, times={what: percentiles(each) for what, each in times.items()})


class _Ticking:
    """A clock that moves on by a millisecond at each look."""

    def __init__(self, start: datetime) -> None:
        self._now = start

    def __call__(self) -> datetime:
        self._now += timedelta(milliseconds=1)
        return self._now
