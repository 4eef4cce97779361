"""The same cubes in every store, side by side in one run: what each costs, and beside its own best.

Each store is filled and asked in a process of its own; then cubes are carried between two of them and back.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import yardsticks
from benchmarks.bare_neo4j import fresh
from benchmarks.launching import command
from benchmarks.machine import disk_mb, process_mb
from benchmarks.report import Report
from benchmarks.stores_report import make_report
from benchmarks.synthetic import make, unit_rows
from benchmarks.watching import watched

BATCH = 2000  #: rows in a transaction of the yardstick
_DIMENSION = 384


def run(folder: Path, *, nodes: int, edges: int, cubes: int, seed: int, asked: int, neo4j: str,
        server: Sequence[str]) -> Report:  # fmt: skip
    """The report over about so many nodes and edges in every store.

    neo4j: the URL of a server that holds nothing else, or "" for none. server: its process id and the folder of its
    data, for memory and disk. ValueError for too few nodes, OSError for a store that could not be measured.
    """
    if nodes < 100 * cubes:
        raise ValueError(f"{nodes} nodes in {cubes} cubes are too few to measure; give at least {100 * cubes}")
    urls = {"inmemory": "memory:", "arcade": str(folder / "stores.graph")} | ({"neo4j": neo4j} if neo4j else {})
    numbers = [nodes, edges, cubes, seed, asked]
    found = {
        name: _child("benchmarks.stores_child", [urls[name], *map(str, numbers)]) for name in watched([*urls], "stores")
    }
    if neo4j and server:
        found["neo4j"] |= {"memory_mb": process_mb(int(server[0])), "disk_mb": disk_mb(Path(server[1]))}
    carried = {}
    if neo4j:
        carried = _child("benchmarks.stores_copy", [urls["arcade"], neo4j, str(folder / "back.graph"), "cube-0"])
    made = make("cube-0", nodes // cubes, edges // cubes, space="v", dimension=_DIMENSION, seed=seed)
    sqlite = yardsticks.sqlite_table(
        folder / "yardstick.sqlite",
        made,
        batch=BATCH,
        asked=[node.id for node in made.nodes[:asked]],
        added=fresh(made.nodes, "sql", 20),
    )
    exact = yardsticks.exact(made.vectors, unit_rows(np.random.default_rng(seed), asked, _DIMENSION), 10)
    return make_report(found, carried, sqlite, exact, nodes=nodes, edges=edges, cubes=cubes)


def _child(module: str, arguments: Sequence[str]) -> dict[str, Any]:
    done = subprocess.run(command(module, arguments), capture_output=True, text=True, check=False)
    if done.returncode:
        raise OSError(f"{module} {arguments[0]} failed: {done.stderr[-3000:]}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found
