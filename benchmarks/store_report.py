"""What was measured of a store, laid out beside the yardsticks and the figures to reach."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from benchmarks.reopening import Reopened
from benchmarks.report import Cell, Report, Table, Target
from benchmarks.yardsticks import Sqlite

SEARCH = "search, whole"


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """One cube written."""

    nodes: int
    edges: int
    node_seconds: float
    edge_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One run."""

    cubes: int
    loaded: tuple[Loaded, ...]
    times: Mapping[str, Mapping[str, float]]  #: what -> percentile -> milliseconds
    memory: Mapping[str, float]  #: MB, of the process that loaded and searched
    disk_mb: float
    reopened: Reopened
    sqlite: Sqlite
    appended: Mapping[str, float]  #: milliseconds
    exact: Mapping[str, float]  #: milliseconds
    batch: int
    asked: int

    @property
    def nodes(self) -> int:
        """Nodes loaded."""
        return sum(cube.nodes for cube in self.loaded)

    @property
    def edges(self) -> int:
        """Edges loaded."""
        return sum(cube.edges for cube in self.loaded)

    @property
    def nodes_per_second(self) -> float:
        """Over all cubes, time in `apply` alone."""
        return self.nodes / sum(cube.node_seconds for cube in self.loaded)

    @property
    def edges_per_second(self) -> float:
        """Over all cubes, time in `apply` alone."""
        return self.edges / sum(cube.edge_seconds for cube in self.loaded)


def make_report(run: Measured) -> Report:
    """The whole report."""
    return Report(
        name="store", title="The store under load", reading=_reading(run), targets=_targets(run),
        tables=(_loading(run), _times(run), _yardsticks(run), _keeping(run)), results=_results(run),
    )  # fmt: skip


def _targets(run: Measured) -> tuple[Target, ...]:
    return (
        _at_least("nodes loaded, with vectors, Changes and index", 2000, run.nodes_per_second, "nodes/s"),
        _at_least("edges loaded", 6000, run.edges_per_second, "edges/s"),
        _at_most("whole search p50, one cube among all", 25, run.times[SEARCH]["p50"], "ms"),
        _at_most("open in a fresh process", 2, run.reopened.open_s, "s"),
        _at_most("memory at most", 1536, run.memory["peak"], "MB"),
    )


def _at_least(what: str, bound: float, measured: float, unit: str) -> Target:
    return Target(what=what, bound=bound, measured=measured, unit=unit, at_least=True)


def _at_most(what: str, bound: float, measured: float, unit: str) -> Target:
    return Target(what=what, bound=bound, measured=measured, unit=unit, at_least=False)


def _loading(run: Measured) -> Table:
    rows: list[tuple[Cell, ...]] = [
        (f"cube {at}", cube.nodes, cube.edges, cube.nodes / cube.node_seconds, cube.edges / cube.edge_seconds)
        for at, cube in enumerate(run.loaded, 1)
    ]
    rows.append(("all", run.nodes, run.edges, run.nodes_per_second, run.edges_per_second))
    note = f"In Deltas of {run.batch:,}; the later cubes show whether a full store takes writes as fast."
    return Table(title="Loading", columns=("", "nodes", "edges", "nodes/s", "edges/s"), rows=tuple(rows), note=note)


def _times(run: Measured) -> Table:
    rows: list[tuple[Cell, ...]] = [(what, *times.values()) for what, times in run.times.items()]
    note = f"In one cube of {run.loaded[0].nodes:,} nodes among {run.cubes}; one call at a time."
    return Table(title="Reading and writing, ms", columns=("", "p50", "p95", "p99"), rows=tuple(rows), note=note)


def _yardsticks(run: Measured) -> Table:
    get, add, near = run.times["get 1"], run.times["apply 1 node, vector given"], run.times["near, one cube"]
    rows: tuple[tuple[Cell, ...], ...] = (
        ("nodes/s", "SQLite table", f"{run.sqlite.nodes_per_second:,.0f}", f"{run.nodes_per_second:,.0f}"),
        ("edges/s", "SQLite table", f"{run.sqlite.edges_per_second:,.0f}", f"{run.edges_per_second:,.0f}"),
        ("get by id, p50 ms", "SQLite table", f"{run.sqlite.get_ms['p50']:.3f}", f"{get['p50']:.3f}"),
        ("one durable add, p50 ms", "SQLite table", f"{run.sqlite.add_ms['p50']:.2f}", f"{add['p50']:.2f}"),
        ("one durable add, p50 ms", "file, append and fsync", f"{run.appended['p50']:.2f}", f"{add['p50']:.2f}"),
        ("10 nearest in a cube, p50 ms", "numpy, exact", f"{run.exact['p50']:.2f}", f"{near['p50']:.2f}"),
    )
    return Table(
        title="Beside what the machine allows", columns=("figure", "yardstick", "its value", "memos_graph"), rows=rows,
        note="SQLite: WAL, synchronous=FULL, the same batches of one cube's rows and vectors, two edge indexes;"
        " it keeps no history, no index of words or vectors, and no graph.",
    )  # fmt: skip


def _keeping(run: Measured) -> Table:
    rows: tuple[tuple[Cell, ...], ...] = (
        ("import of the package in a fresh process, s", run.reopened.import_s),
        ("open in that process, s", run.reopened.open_s),
        ("first search after it, model start included, s", run.reopened.search_s),
        ("second search, s", run.reopened.again_s),
        ("memory of that process, MB", run.reopened.rss_mb),
        ("memory of the loading process at the end, MB", run.memory["rss"]),
        ("memory of the loading process at most, MB", run.memory["peak"]),
        ("store on disk, MB", run.disk_mb),
        ("store on disk, KB a node", run.disk_mb * 1024 / run.nodes),
    )
    return Table(title="Keeping", columns=("figure", "value"), rows=rows)


def _reading(run: Measured) -> str:
    return f"""\
{run.nodes:,} nodes and {run.edges:,} edges in {run.cubes} cubes, made up by a seeded generator: texts of 20 to 60
words as frequent as words are, a random unit vector for every node, PARENT, FOLLOWS and MENTIONS edges. They go in
through `GraphStore.apply` as ingestion writes: each Delta with its Change, vectors and index of words, synced to disk
before it returns. Rates count the time inside `apply`; making the data up does not count. Percentiles are over up to
{run.asked} calls after a few that warm up.

*Whole search* is `CubeHandle.search` with ten hits: reading the query, embedding it, vectors, words, edges, ranking,
hits with their paths; *query vector given* is the same without the embedding model.

What it does not say: how real text and vectors behave (random vectors do not cluster; made-up words carry no names, so
that few queries name an entity), how several callers at once fare, or what a slower disk does to single writes."""


def _results(run: Measured) -> dict[str, Any]:
    return {
        "nodes": run.nodes,
        "edges": run.edges,
        "cubes": run.cubes,
        "batch": run.batch,
        "nodes_per_second": run.nodes_per_second,
        "edges_per_second": run.edges_per_second,
        "by_cube": [asdict(cube) for cube in run.loaded],
        "milliseconds": {what: dict(times) for what, times in run.times.items()},
        "reopened": asdict(run.reopened),
        "memory_mb": dict(run.memory),
        "disk_mb": run.disk_mb,
        "yardsticks": {
            "sqlite": asdict(run.sqlite),
            "file_append_fsync_ms": dict(run.appended),
            "numpy_exact_ms": dict(run.exact),
        },
    }
