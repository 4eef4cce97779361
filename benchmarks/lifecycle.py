"""Memories that live: a made-up world's truth asked of us and of others, and the promises of lifecycle steps.

`final` takes the phrasing and the seeds that are kept apart for the figure that is published; never tune to them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import lifecycle_steps
from benchmarks.lifecycle_back import there_and_back
from benchmarks.lifecycle_costs import costs, tidying
from benchmarks.lifecycle_crash import crashes
from benchmarks.lifecycle_ours import Told, tell
from benchmarks.lifecycle_peers import ask_all
from benchmarks.lifecycle_report import BY_CHAT, BY_FACTS, Measured, Row, make_report
from benchmarks.report import Report
from benchmarks.world.facts import World
from benchmarks.world.generate import make
from memos_graph.providers.embedders.minilm import MiniLM

FINAL_SEED = 90_001  #: seeds from here on are the published figure's alone
PARTS = ("world", "back", "crash", "steps", "costs")


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much of everything."""

    people: int
    questions: int
    trips: int  #: there and back
    kills: int
    memories: int  #: in the cube that is organised
    histories: int
    steps: int  #: of each history
    tidied: int
    calls: int


FULL = Size(
    people=170, questions=520, trips=60, kills=5, memories=400, histories=20, steps=500, tidied=100_000, calls=100
)
#: Without kills: each takes half a dozen processes, and tests kill one.
SHORT = Size(people=6, questions=36, trips=3, kills=0, memories=60, histories=1, steps=60, tidied=500, calls=4)


def run(folder: Path, *, seed: int = 1, final: bool = False, short: bool = False, parts: Sequence[str] = PARTS,
        peers: Path | None = None, only: Sequence[str] = (), timeout_s: float = 3600) -> Report:  # fmt: skip
    """The report, with everything in `folder`. ValueError for a seed that belongs to the other phrasing."""
    if not final and seed >= FINAL_SEED:
        raise ValueError(f"seed {seed} is kept for --final; use one below {FINAL_SEED}")
    size = SHORT if short else FULL
    world = make(
        seed + FINAL_SEED - 1 if final else seed, phrasing="final" if final else "dev", people=size.people,
        questions=size.questions,
    )  # fmt: skip
    rows = list(_rows(world, folder, peers, only, timeout_s)) if "world" in parts else []
    return make_report(
        Measured(
            world=world, rows=tuple(rows),
            back=there_and_back(folder, times=size.trips, seed=seed) if "back" in parts else {},
            killed=crashes(folder, memories=size.memories, kills=size.kills, seed=seed)
            if "crash" in parts and size.kills else (),
            stepped=lifecycle_steps.run(folder, histories=size.histories, steps=size.steps, seed=seed)
            if "steps" in parts else None,
            tidied=tidying(folder, nodes=size.tidied, seed=seed) if "costs" in parts else None,
            costs=costs(folder, calls=size.calls) if "costs" in parts else None,
        )
    )  # fmt: skip


def _rows(world: World, folder: Path, peers: Path | None, only: Sequence[str], timeout_s: float) -> Iterator[Row]:
    for facts, target in ((True, BY_FACTS), (False, BY_CHAT)):
        told = tell(world, folder, facts=facts)
        yield _row(told, target)
    if peers is not None:
        for asked in ask_all(world, peers, folder, MiniLM(), only=only, timeout_s=timeout_s):
            yield Row(
                name=asked.way.name, version=asked.version, why_not=asked.why_not, found=asked.found,
                seconds=asked.seconds, milliseconds=asked.milliseconds,
            )  # fmt: skip


def _row(told: Told, target: float) -> Row:
    return Row(
        name=told.name, found=told.found, seconds=told.seconds, milliseconds=told.milliseconds, target=target,
        extra=told.extra,
    )  # fmt: skip
