"""What was measured over MuSiQue-100, laid out for people and programs. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.locomo_scores import OURS, Ingested
from benchmarks.metrics import Estimate, bootstrap, percentiles, recall_at
from benchmarks.plot import Group, bars
from benchmarks.report import Cell, Report, Table, Target

CUTS = (2, 5, 10)
PLAIN = ("RRF, titled", "RRF", "dense, titled", "dense", "BM25")
_SEED = 20240217  # any will do; fixed, so that two reports of the same rankings agree


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One question, ranked by each ranker."""

    wanted: frozenset[str]  #: paragraphs that answer it
    hops: int
    milliseconds: float  #: of the timed search
    rankings: Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One run."""

    asked: tuple[Asked, ...]
    paragraphs: int
    ingested: Ingested
    memory: Mapping[str, float]
    disk_mb: float
    embedder: str
    presets: tuple[str, ...]
    ablations: tuple[str, ...]
    ladder: tuple[str, ...]


def make_report(run: Measured) -> Report:
    """The whole report."""
    names = (OURS, *run.presets, *PLAIN, *run.ladder, *run.ablations)
    found = {name: {k: _estimate(run.asked, name, k) for k in CUTS} for name in names}
    latency = percentiles([one.milliseconds for one in run.asked])
    rate = run.ingested.turns / run.ingested.seconds
    return Report(
        name="multihop", title="Multi-hop retrieval (MuSiQue-100)", reading=_reading(run),
        tables=(
            _table("Paragraphs found", found, (OURS, *run.presets, *PLAIN)),
            _ladder(found, run.ladder),
            _edges(found, run.ablations),
            _by_hops(run),
            Table(title="Speed", columns=("figure", "value"), rows=_speed(run, latency, rate)),
        ),
        targets=tuple(
            Target(what=f"R@{k}", bound=bound, measured=100 * found[OURS][k].mean, unit="%", at_least=True)
            for k, bound in ((5, 75.0), (10, 84.0))
        ),
        results=_results(found, latency, rate, run), pictures={"multihop.svg": _picture(found, run.presets)},
    )  # fmt: skip


def _estimate(asked: Sequence[Asked], ranker: str, k: int) -> Estimate:
    groups = [[recall_at(one.rankings[ranker], one.wanted, k)] for one in asked]
    return bootstrap(groups, np.random.default_rng(_SEED))


def _table(title: str, found: Mapping[str, Mapping[int, Estimate]], names: Sequence[str]) -> Table:
    rows = tuple((name, *(_percent(found[name][k]) for k in CUTS)) for name in names)
    note = "Share of the paragraphs that answer a question among the first k. In brackets the 95 % interval."
    return Table(title=title, columns=("ranker", *(f"R@{k}" for k in CUTS)), rows=rows, note=note)


def _ladder(found: Mapping[str, Mapping[int, Estimate]], steps: Sequence[str]) -> Table:
    rows = tuple((name, *(f"{100 * found[name][k].mean:.1f}" for k in CUTS)) for name in steps)
    return Table(title="What each stage adds", columns=("recall", *(f"R@{k} %" for k in CUTS)), rows=rows,
                 note="Stages that are not yet added have a weight of 0; the last line is the default.")  # fmt: skip


def _edges(found: Mapping[str, Mapping[int, Estimate]], ablations: Sequence[str]) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for name in (OURS, *ablations):
        lost = [100 * (found[name][k].mean - found[OURS][k].mean) for k in (5, 10)]
        shown = ("", "") if name == OURS else tuple(f"{value:+.1f}" for value in lost)
        rows.append((name, *(f"{100 * found[name][k].mean:.1f}" for k in CUTS), *shown))
    columns = ("recall", *(f"R@{k} %" for k in CUTS), "R@5 against ours", "R@10 against ours")
    return Table(title="What each edge earns", columns=columns, rows=tuple(rows),
                 note="The store's edges of that kind are hidden from recall; weights stay.")  # fmt: skip


def _by_hops(run: Measured) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for hops in sorted({one.hops for one in run.asked}):
        of = [one for one in run.asked if one.hops == hops]
        for name in (OURS, "RRF, titled"):
            rows.append((hops, len(of), name, *(_percent(_estimate(of, name, k)) for k in CUTS)))
    columns = ("paragraphs needed", "questions", "ranker", *(f"R@{k}" for k in CUTS))
    return Table(title="By paragraphs needed", columns=columns, rows=tuple(rows))


def _percent(of: Estimate) -> str:
    return f"{100 * of.mean:.1f} ({100 * of.low:.1f}-{100 * of.high:.1f})"


def _speed(run: Measured, latency: Mapping[str, float], rate: float) -> tuple[tuple[Cell, ...], ...]:
    return (
        *((f"search {name}, ms, query embedding included", value) for name, value in latency.items()),
        ("paragraphs taken in a second", rate),
        ("nodes written", run.ingested.nodes),
        ("edges written", run.ingested.edges),
        ("memory at most, MB", run.memory["peak"]),
        ("store on disk, MB", run.disk_mb),
    )


def _picture(found: Mapping[str, Mapping[int, Estimate]], presets: Sequence[str]) -> str:
    groups = [
        Group(label=name, values=tuple(100 * found[name][k].mean for k in CUTS), ours=name.startswith(OURS))
        for name in (OURS, *presets, *PLAIN)
    ]
    groups.sort(key=lambda group: -group.values[1])
    return bars("MuSiQue-100: paragraphs found, %", [f"R@{k}" for k in CUTS], groups)


def _reading(run: Measured) -> str:
    return f"""\
Each of {run.paragraphs:,} paragraphs is fed as a document of its own, its title as heading, into one cube by
`CubeHandle.add_bytes`; entities and mentions are what feeding finds. Each of {len(run.asked)} questions is asked by
`CubeHandle.search` as it stands, over all paragraphs. Recall is the share of the paragraphs that a question rests on
among the first k, averaged over questions. Beside it, over the same cube: *dense* (the same vectors, of
{run.embedder}, over a paragraph's text), *BM25* (the same text index), *RRF* of the two (k = 60), and *titled*: vectors
of title and text together, which is how such paragraphs are usually put into a vector database.

What it does not say: whether a language model would then answer rightly, or how other documents would fare. Weights of
recall were set looking at these questions among others; with a hundred of them a difference of two points is noise."""


def _results(found: Mapping[str, Mapping[int, Estimate]], latency: Mapping[str, float], rate: float,
             run: Measured) -> dict[str, Any]:  # fmt: skip
    return {
        "questions": len(run.asked), "paragraphs": run.paragraphs, "embedder": run.embedder,
        "recall": {
            name: {f"R@{k}": {"mean": e.mean, "low": e.low, "high": e.high} for k, e in of.items()}
            for name, of in found.items()
        },
        "latency_ms": dict(latency), "paragraphs_per_second": rate, "nodes": run.ingested.nodes,
        "edges": run.ingested.edges, "memory_mb": dict(run.memory), "disk_mb": run.disk_mb,
    }  # fmt: skip
