"""The rows of one cube in a SQLite file. One transaction a write; knows no vectors, no word index, no Scope.

WAL with synchronous NORMAL: a power cut may lose the last writes (the index then catches up), never mix them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from memos_graph.backends.sidecar.feed import IndexDamaged, IndexLate
from memos_graph.backends.sidecar.rows import EDGE_LAYOUT, EDGE_NAMES, NODE_LAYOUT, NODE_NAMES, Layout

FORMAT = 1  #: raise it when a column, the terms of text search or a file's layout changes: older ones are rebuilt

_FETCHED = 5000  #: rows read at a time: all at once would double the memory

_TABLES = f"""
CREATE TABLE meta (name TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE nodes ("row" INTEGER PRIMARY KEY, {", ".join(f'"{name}" NOT NULL' for name in NODE_LAYOUT.lists)},
    packed BLOB NOT NULL);
CREATE TABLE edges ("row" INTEGER PRIMARY KEY, {", ".join(f'"{name}" NOT NULL' for name in EDGE_LAYOUT.lists)},
    packed BLOB NOT NULL);
CREATE TABLE texts ("row" INTEGER PRIMARY KEY, text TEXT NOT NULL, content_hash TEXT NOT NULL);
CREATE TABLE spaces (name TEXT PRIMARY KEY, model TEXT NOT NULL, dimension INTEGER NOT NULL, slots INTEGER NOT NULL)
    WITHOUT ROWID;
CREATE TABLE slots ("row" INTEGER, space TEXT, slot INTEGER NOT NULL, PRIMARY KEY ("row", space)) WITHOUT ROWID;
"""
_PUT_NODE = f"INSERT OR REPLACE INTO nodes VALUES (?{', ?' * len(NODE_LAYOUT.lists)}, ?)"  # noqa: S608 only marks
_PUT_EDGE = f"INSERT OR REPLACE INTO edges VALUES (?{', ?' * len(EDGE_LAYOUT.lists)}, ?)"  # noqa: S608 only marks


@dataclass(slots=True, kw_only=True)
class Batch:
    """What one transaction writes. Rows come first in each tuple."""

    nodes: list[tuple[Any, ...]] = field(default_factory=list)
    texts: list[tuple[int, str, str]] = field(default_factory=list)
    slots: list[tuple[int, str, int]] = field(default_factory=list)
    no_slots: list[tuple[int, str]] = field(default_factory=list)
    spaces: list[tuple[str, str, int, int]] = field(default_factory=list)
    edges: list[tuple[Any, ...]] = field(default_factory=list)
    gone_nodes: list[int] = field(default_factory=list)
    gone_edges: list[int] = field(default_factory=list)
    meta: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Loaded:
    """Rows read from disk: their numbers, rising, and their columns by name."""

    rows: list[int]
    columns: Mapping[str, Any]


class Disk:
    """A cube's rows on disk. Not for two threads at once."""

    def __init__(self, path: Path) -> None:
        """Open the file at `path` or make it. `IndexDamaged` when it is not one of ours or does not hold together."""
        new = not path.exists()
        if new:
            for left in (f"{path.name}-wal", f"{path.name}-shm"):  # a log without its file is of nothing
                path.with_name(left).unlink(missing_ok=True)
        with _told("opening"):
            self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None, cached_statements=64)
            try:
                self._open(new)
            except BaseException:
                self._db.close()
                raise

    def close(self) -> None:
        """Fold the log into the file and release it."""
        with _told("closing"):
            self._db.close()

    def meta(self) -> dict[str, Any]:
        """All values that `Batch.meta` set."""
        return dict(self._read("SELECT name, value FROM meta"))

    def nodes(self) -> Loaded:
        """Every node, by row."""
        return self._load('SELECT * FROM nodes ORDER BY "row"', NODE_LAYOUT)

    def edges(self) -> Loaded:
        """Every edge, by row."""
        return self._load('SELECT * FROM edges ORDER BY "row"', EDGE_LAYOUT)

    def spaces(self) -> list[tuple[str, str, int, int]]:
        """Name, model, dimension and slots in use of each vector space."""
        return self._read("SELECT name, model, dimension, slots FROM spaces ORDER BY name")

    def slots(self, space: str) -> list[tuple[int, int]]:
        """Row and slot of each vector of `space`."""
        return self._read('SELECT "row", slot FROM slots WHERE space = ?', space)

    def texts(self, rows: Sequence[int]) -> dict[int, tuple[str, str]]:
        """Text and content_hash by row. `IndexDamaged` when one of `rows` has none."""
        found: dict[int, tuple[str, str]] = {}
        if len(rows) > 2000:
            wanted = set(rows)
            low, high = min(rows), max(rows)
            for row, text, digest in self._read('SELECT * FROM texts WHERE "row" BETWEEN ? AND ?', low, high):
                if row in wanted:
                    found[row] = (text, digest)
        else:
            for row in rows:
                for _, text, digest in self._read('SELECT * FROM texts WHERE "row" = ?', row):
                    found[row] = (text, digest)
        if len(found) != len(set(rows)):
            raise IndexDamaged("texts are missing from rows.db")
        return found

    def write(self, batch: Batch) -> None:
        """All of `batch` or, on `IndexLate`, none of it."""
        with _told("writing"), self._transaction():
            put = self._db.executemany
            if batch.gone_nodes:
                rows = [(row,) for row in batch.gone_nodes]
                for table in ("nodes", "texts", "slots"):
                    put(f'DELETE FROM {table} WHERE "row" = ?', rows)  # noqa: S608 three fixed names
            if batch.gone_edges:
                put('DELETE FROM edges WHERE "row" = ?', [(row,) for row in batch.gone_edges])
            put(_PUT_NODE, NODE_LAYOUT.pack(batch.nodes, NODE_NAMES))
            put("INSERT OR REPLACE INTO texts VALUES (?, ?, ?)", batch.texts)
            put('DELETE FROM slots WHERE "row" = ? AND space = ?', batch.no_slots)
            put('INSERT OR REPLACE INTO slots ("row", space, slot) VALUES (?, ?, ?)', batch.slots)
            put("INSERT OR REPLACE INTO spaces VALUES (?, ?, ?, ?)", batch.spaces)
            put(_PUT_EDGE, EDGE_LAYOUT.pack(batch.edges, EDGE_NAMES))
            put("INSERT OR REPLACE INTO meta VALUES (?, ?)", batch.meta.items())

    def drop_space(self, name: str) -> None:
        """Forget a vector space and its slots."""
        with _told("writing"), self._transaction():
            self._db.execute("DELETE FROM slots WHERE space = ?", (name,))
            self._db.execute("DELETE FROM spaces WHERE name = ?", (name,))

    def wipe_log(self) -> None:
        """Fold the log into the file and empty it, so that no erased byte stays in it."""
        with _told("checkpointing"):
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def _open(self, new: bool) -> None:
        self._db.execute("PRAGMA journal_mode = WAL").fetchall()
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.execute("PRAGMA secure_delete = ON")  # erased text is overwritten, not only unlinked
        self._db.execute("PRAGMA wal_autocheckpoint = 4000")
        if new:
            with self._transaction():
                for statement in _TABLES.split(";"):
                    self._db.execute(statement)
                self._db.execute(f"PRAGMA user_version = {FORMAT}")
            return
        ((version,),) = self._db.execute("PRAGMA user_version").fetchall()
        if version != FORMAT:
            raise IndexDamaged(f"rows.db has format {version}, this version reads {FORMAT}")
        ((verdict,), *_) = self._db.execute("PRAGMA quick_check(1)").fetchall()
        if verdict != "ok":
            raise IndexDamaged(f"rows.db: {verdict}")

    def _read(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        with _told("reading"):
            return self._db.execute(statement, values).fetchall()

    def _load(self, statement: str, layout: Layout) -> Loaded:
        numbers: list[int] = []
        packed: list[bytes] = []
        lists: dict[str, list[Any]] = {name: [] for name in layout.lists}
        with _told("reading"):
            cursor = self._db.execute(statement)
            while rows := cursor.fetchmany(_FETCHED):
                number, *columns, blobs = zip(*rows, strict=True)
                numbers.extend(number)
                packed.append(b"".join(blobs))
                for held, column in zip(lists.values(), columns, strict=True):
                    held.extend(column)
        whole = np.frombuffer(b"".join(packed), layout.packed)
        if len(whole) != len(numbers):
            raise IndexDamaged("rows.db holds rows of another length")
        return Loaded(numbers, {**lists, **{name: whole[name] for name in layout.packed.names or ()}})

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._db.execute("COMMIT")
        except BaseException:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise


class Notes:
    """What the files of an index say of themselves, by name; kept in memory beside the disk."""

    def __init__(self, disk: Disk) -> None:
        self._disk, self._values = disk, disk.meta()

    def get(self, name: str, default: Any = None) -> Any:
        """What is noted under `name`."""
        return self._values.get(name, default)

    def set(self, **values: Any) -> None:
        """Note `values`, on disk first."""
        self._disk.write(Batch(meta=values))
        self._values |= values

    def expect(self, values: Mapping[str, Any]) -> None:
        """Hold `values` true from now on; the disk is told of them in the next transaction."""
        self._values |= values


_LATE = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY,
         sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_PERM}  # fmt: skip


@contextmanager
def _told(doing: str) -> Iterator[None]:
    """SQLite's errors as ours: `IndexLate` for what time or room mends, `IndexDamaged` for the rest."""
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in _LATE:
            raise IndexLate(f"{doing} rows.db: {error}") from error
        raise IndexDamaged(f"{doing} rows.db: {error}") from error
