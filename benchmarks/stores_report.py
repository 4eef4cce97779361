"""What every store took for the same work, laid out side by side and beside its own best."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from benchmarks.report import Cell, Report, Table, Target
from benchmarks.yardsticks import Sqlite

Found = Mapping[str, Mapping[str, Any]]


def make_report(found: Found, carried: Mapping[str, Any], sqlite: Sqlite, exact: Mapping[str, float], *, nodes: int,
                edges: int, cubes: int) -> Report:  # fmt: skip
    """The whole report."""
    tables = [_loading(found, sqlite), _times(found, exact), _sizes(found)]
    if bare := found.get("neo4j", {}).get("bare"):
        tables.append(_driver(bare))
    if carried:
        tables.append(_carrying(carried))
    return Report(
        name="stores", title="The stores side by side", reading=_reading(nodes, edges, cubes),
        targets=tuple(_targets(found, carried)), tables=tuple(tables), problems=tuple(_problems(carried)),
        results={
            "nodes": nodes, "edges": edges, "cubes": cubes, "stores": found, "carried": carried,
            "sqlite": asdict(sqlite), "numpy_exact_ms": exact,
        },
    )  # fmt: skip


def _targets(found: Found, carried: Mapping[str, Any]) -> list[Target]:
    targets = [
        Target(what=f"{store}: recall of near in one cube", bound=0.98, measured=of["recall"], unit="", at_least=True)
        for store, of in found.items()
    ]
    for store, of in found.items():
        near = of["times"]["near, one cube"]["p50"]
        targets.append(_times_over(f"{store}: near in one cube beside its slower yardstick", 2, near, _beside(of)))
    bare = found.get("neo4j", {}).get("bare")
    if bare:
        around, by_hand = bare["around 2, store"]["p50"], bare["around 2, driver"]["p50"]
        applied, unwound = bare["apply 1000, store"]["p50"], bare["apply 1000, driver"]["p50"]
        targets.append(_times_over("neo4j: around, 2 hops, beside a query by hand", 2, around, by_hand))
        targets.append(_times_over("neo4j: apply of 1,000 nodes beside a bare UNWIND", 1.3, applied, unwound))
    targets += [
        Target(what=f"copy to {leg['to']}, beside its bare load rate", bound=0.8, measured=leg["rate"] / leg["bare"],
               unit="x", at_least=True)
        for leg in carried.get("legs", ())
    ]  # fmt: skip
    return targets


def _beside(of: Mapping[str, Any]) -> float:
    """What near in one cube may cost twice of: the store's own unfiltered search, or exact search in the cube."""
    bare = of.get("bare")
    if bare is None:  # exact both ways: all cubes is the unfiltered search
        return float(of["times"]["near, all cubes"]["p50"])
    return float(max(bare["near unfiltered, driver"]["p50"], bare["near exact in the cube, driver"]["p50"]))


def _times_over(what: str, bound: float, measured: float, yardstick: float) -> Target:
    return Target(what=what, bound=bound, measured=measured / yardstick, unit="x", at_least=False)


def _problems(carried: Mapping[str, Any]) -> list[str]:
    if carried and not carried["identical"]:
        return ["the export after arcade -> neo4j -> arcade differs from the one before"]
    return []


def _loading(found: Found, sqlite: Sqlite) -> Table:
    rows: list[tuple[Cell, ...]] = [(store, _rate(of, "node"), _rate(of, "edge")) for store, of in found.items()]
    rows.append(("a SQLite table", sqlite.nodes_per_second, sqlite.edges_per_second))
    note = "Over all cubes, time in `apply` alone, in Deltas of 2,000; SQLite keeps no history and no index but keys."
    return Table(title="Loading", columns=("store", "nodes/s", "edges/s"), rows=tuple(rows), note=note)


def _rate(of: Mapping[str, Any], what: str) -> float:
    return float(sum(c[f"{what}s"] for c in of["loaded"]) / sum(c[f"{what}_seconds"] for c in of["loaded"]))


def _times(found: Found, exact: Mapping[str, float]) -> Table:
    columns = ["", *(f"{store} {p}" for store in found for p in ("p50", "p95"))]
    names = list(next(iter(found.values()))["times"])
    rows: list[tuple[Cell, ...]] = [
        (name, *(of["times"][name][p] for of in found.values() for p in ("p50", "p95"))) for name in names
    ]
    note = f"One call at a time, one cube among all. Numpy, 10 nearest of one cube's rows: p50 {exact['p50']:.2f} ms."
    return Table(title="Reading, ms", columns=tuple(columns), rows=tuple(rows), note=note)


def _sizes(found: Found) -> Table:
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (store, float(of["recall"]), float(of["memory_mb"]["rss"]), float(of["disk_mb"])) for store, of in found.items()
    )
    note = (
        "Memory: of the process that holds the store; for neo4j, the server's (0: not told). Disk: the store's files."
    )
    return Table(title="Recall, memory, disk", columns=("store", "recall of near", "RSS, MB", "disk, MB"), rows=rows,
                 note=note)  # fmt: skip


def _driver(bare: Mapping[str, Mapping[str, float]]) -> Table:
    rows: tuple[tuple[Cell, ...], ...] = tuple((what, of["p50"], of["p95"]) for what, of in bare.items())
    note = "In turns in one process: a verb of the store, then a query written by hand through the bare driver."
    return Table(title="neo4j beside its bare driver, ms", columns=("", "p50", "p95"), rows=rows, note=note)


def _carrying(carried: Mapping[str, Any]) -> Table:
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (f"{leg['from']} -> {leg['to']}", leg["rows"], leg["seconds"], leg["rate"], leg["bare"])
        for leg in carried["legs"]
    )
    note = (
        "Rows: nodes, edges and Changes of one cube; verified on both sides, which the seconds include."
        f" Export before and after {'identical, byte for byte' if carried['identical'] else '**differ**'}"
        f" ({carried['bytes']:,} bytes, history and vectors included). Bare: the target's own load by `apply`, rows/s."
    )
    columns = ("from -> to", "rows", "seconds", "rows/s", "bare rows/s")
    return Table(title="Carried between stores", columns=columns, rows=rows, note=note)


def _reading(nodes: int, edges: int, cubes: int) -> str:
    return f"""\
{nodes:,} nodes with vectors of 384 numbers and {edges:,} edges in {cubes} cubes, made up by a seeded generator, the
same in every store, written and asked through the same port. *inmemory* is the oracle of the tests, a dict; it keeps
nothing on disk. The neo4j server runs on the same machine and shares its two cores with the client.

What it does not say: how several clients at once fare, what a network adds, how real vectors cluster."""
