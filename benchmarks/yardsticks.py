"""What this disk, this memory and this processor allow: the same rows in a SQLite table, in a plain file, in numpy.

None of them keeps a history, an index of words or a graph; they say what the figures beside them cost.
"""

from __future__ import annotations

import json
import os
import sqlite3
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.metrics import percentiles
from benchmarks.synthetic import MadeUp, batches
from benchmarks.watching import milliseconds, timed
from memos_graph.model.codec import edge_to_json, node_to_json
from memos_graph.model.graph import Edge, Node

_SCHEMA = """
create table nodes (cube text, id text, body text, vector blob, primary key (cube, id)) without rowid;
create table edges (id text primary key, source text, target text, body text) without rowid;
create index edge_source on edges (source);
create index edge_target on edges (target);
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sqlite:
    """A SQLite table of the same rows: journal in WAL mode, synchronous=FULL (an fsync for every commit)."""

    nodes_per_second: float
    edges_per_second: float
    get_ms: dict[str, float]
    add_ms: dict[str, float]


def sqlite_table(path: Path, made: MadeUp, *, batch: int, asked: Sequence[str], added: Sequence[Node]) -> Sqlite:
    """One cube written `batch` rows a transaction, then read by key, then single rows added."""
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("pragma journal_mode = wal")
        database.execute("pragma synchronous = full")
        database.executescript(_SCHEMA)
        with timed() as nodes:
            for group in batches(made.nodes, batch):
                _insert(database, "insert into nodes values (?, ?, ?, ?)", [_row(node) for node in group])
        with timed() as edges:
            for linked in batches(made.edges, batch):
                _insert(database, "insert into edges values (?, ?, ?, ?)", [_edge_row(edge) for edge in linked])
        cube = made.nodes[0].cube

        def get(identity: str) -> object:
            return database.execute("select body from nodes where cube = ? and id = ?", (cube, identity)).fetchone()

        def add(node: Node) -> None:
            _insert(database, "insert into nodes values (?, ?, ?, ?)", [_row(node)])

        return Sqlite(
            nodes_per_second=len(made.nodes) / nodes.seconds, edges_per_second=len(made.edges) / edges.seconds,
            get_ms=percentiles(milliseconds(get, asked)), add_ms=percentiles(milliseconds(add, added)),
        )  # fmt: skip


def appended(path: Path, nodes: Sequence[Node]) -> dict[str, float]:
    """Milliseconds for one node's bytes appended to a file and synced: the least that a durable write can cost."""
    times = []
    descriptor = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_APPEND)
    try:
        for node in nodes:
            _, _, body, vector = _row(node)
            began = time.perf_counter()
            os.write(descriptor, body.encode() + vector)
            os.fsync(descriptor)
            times.append((time.perf_counter() - began) * 1000)
    finally:
        os.close(descriptor)
    return percentiles(times)


def exact(vectors: npt.NDArray[np.float32], queries: npt.NDArray[np.float32], k: int) -> dict[str, float]:
    """Milliseconds for the `k` nearest rows of one cube: one product and one partition."""

    def nearest(query: npt.NDArray[np.float32]) -> object:
        found = vectors @ query
        among = np.argpartition(-found, k)[:k]
        return among[np.argsort(-found[among])]

    return percentiles(milliseconds(nearest, queries))


def _insert(database: sqlite3.Connection, statement: str, rows: Sequence[Sequence[object]]) -> None:
    database.execute("begin immediate")
    database.executemany(statement, rows)
    database.execute("commit")


def _row(node: Node) -> tuple[str, str, str, bytes]:
    vector = next(iter(node.vectors.values())).astype("<f4").tobytes()
    return node.cube, node.id, json.dumps(node_to_json(node)), vector


def _edge_row(edge: Edge) -> tuple[str, str, str, str]:
    return edge.id, edge.from_id, edge.to_id, json.dumps(edge_to_json(edge))
