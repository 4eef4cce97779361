"""An ArcadeDB database in this process: start the JVM, open and close, run a query text in or out of a transaction.

The one module that touches Java. Knows nothing of nodes, cubes or query files. Rows cross as one JSON text each way and
vectors as one float[][]: item by item each value costs microseconds (measured: 1,700 against 5,000 nodes/s).
"""

from __future__ import annotations

import gc
import json
import os
import re
import signal
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

import arcadedb_embedded as arcadedb
import jpype
import numpy as np
import numpy.typing as npt
from arcadedb_embedded.exceptions import ArcadeDBError
from arcadedb_embedded.jvm import start_jvm

from memos_graph.backends.arcade.commits import Commits, walks
from memos_graph.backends.gate import Gate
from memos_graph.model.errors import DiskFull, MemosGraphError, StoreDamaged, StoreLocked, Unavailable

HEAP_MB = 512
_LOGGING = Path(__file__).with_name("logging.properties")
#: A small heap of one program: the plain collector, and only what runs long is compiled with all means. Measured on
#: two busy cores: opening takes 40 % less, filling a store a fifth less processor time.
_OPTIONS = (
    "-XX:+UseSerialGC",
    "-XX:Tier4InvocationThreshold=50000",
    "-XX:Tier4MinInvocationThreshold=6000",
    "-XX:Tier4CompileThreshold=150000",
    "-XX:Tier4BackEdgeThreshold=400000",
    # One writer at a time: nothing to merge with, so no images of pages kept for it. Edge lists start with room for a
    # few edges; free room in old pages is found as pages are read and not by reading all of them at opening.
    "-Darcadedb.txPageSlotMerge=false",
    "-Darcadedb.graph.edgeAppendMerge=false",
    "-Darcadedb.graph.edgeListInitialChunkSize=128",
    "-Darcadedb.bucketReuseSpaceMode=medium",
    # no query reads files or the network, whatever its text says
    "-Darcadedb.opencypher.loadCsv.allowFileUrls=false",
    "-Darcadedb.opencypher.loadCsv.allowRemoteUrls=false",
)
_STARTING = threading.Lock()
_SILENT: list[Any] = []  # the loggers turned off: Java forgets the level of one that no one holds
_NOISE = "Using incubator modules"  # what the JVM says to stderr at each start; there is no switch for it
_JAVA_NAME = re.compile(r"(?:[a-z]\w*\.){2,}[A-Z][\w$]*(?:: ?)?")
_BAD_QUERY = (
    "CommandParsingException", "CommandExecutionException", "QueryNotIdempotent", "CommandSQLParsingException",
    "CommandSemanticException", "ArithmeticErrorException", "IllegalArgumentException",
)  # fmt: skip
_FULL = ("No space left on device", "not enough space on the disk", "Disk quota exceeded")

_INTERRUPTED = re.compile(r"Interrupt(?:ed|edIO)?Exception")
_INTERRUPTIONS = 3  #: of one read, before its caller hears of it

Row = dict[str, Any]
T = TypeVar("T")


class Retry(MemosGraphError):
    """A page changed under the transaction (a background compaction, say): run it again. Never leaves this package."""


class Interrupted(Retry, Unavailable):
    """Someone woke this thread of the JVM while the database waited (Ctrl-C does): nothing is damaged."""


class BadQuery(MemosGraphError):
    """The database can't run this text. Never leaves this package but as `Invalid` or `Refused`."""


class Engine:
    """One open database. Queries from several threads; one transaction for each thread, writers take turns."""

    dialect = ""

    def __init__(self, path: Path, *, create: bool, heap_mb: int = HEAP_MB) -> None:
        """`StoreLocked` when another process has it open; `StoreDamaged` when there is no database to open."""
        _start_jvm(heap_mb)
        self._gate = Gate()
        self._commits = Commits()
        self._path = str(path)
        with _translated(self._path):
            self._database = _opened(self._path, create=create)
        self._json = jpype.JClass("com.arcadedb.serializer.json.JSONObject")
        self._floats = jpype.JArray(jpype.JFloat, 2)

    def close(self) -> None:
        """Write what is pending and drop the log. A second call does nothing."""
        with self._gate.alone():
            if self._database.is_open():
                with _translated(self._path):
                    self._database.close()

    def checkpoint(self) -> None:
        """Leave nothing of what was erased in the log files: they go when the database closes, so close and reopen.

        Waits for the queries under way. Call it outside a transaction.
        """
        with self._gate.alone(), _translated(self._path):
            self._database.close()
            self._database = _opened(self._path, create=False)

    def read(self, text: str, parameters: Mapping[str, Any] | None = None) -> list[Row]:
        """The rows of a Cypher text that only reads."""
        if walks(text):
            return self._commits.without(lambda: self._rows(text, parameters))
        return self._rows(text, parameters)

    def read_many(self, text: str, parameters: Mapping[str, Any] | None = None) -> list[Row]:
        """As `read`: in one process nothing is gained by sending rows together."""
        return self.read(text, parameters)

    def columns(self, text: str, parameters: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The columns of a Cypher text that only reads: vectors of one length come as one array [rows, d]."""

        def read() -> dict[str, Any]:
            columns: dict[str, Any] = self._database.query("cypher", text, *self._given(parameters)).to_columns()
            return columns

        return self._read_again(read)

    def write(self, text: str, parameters: Mapping[str, Any] | None = None) -> list[Row]:
        """The rows of a Cypher text that may write; call it within `transaction`."""
        with _translated(self._path):
            found = self._database.command("cypher", text, *self._given(parameters))
            rows: list[Row] = [] if found is None else found.to_json_list()
        return rows

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All writes within, or none; on disk when it ends. `DiskFull`, `Retry`: nothing was kept.

        `Unavailable`: it was interrupted while it was written to disk; whether it is there, a read will tell.
        """
        with _translated(self._path):
            self._database.begin()
        try:
            yield
            try:
                with self._commits.one(), _translated(self._path):
                    self._database.commit()
            except Interrupted as error:
                raise Unavailable(f"{self._path}: interrupted while writing to disk; look, then retry") from error
        except BaseException:
            if self._database.is_transaction_active():
                self._database.rollback()
            raise

    def define(self, vertices: Mapping[str, Mapping[str, str]], unique: Mapping[str, tuple[str, ...]]) -> None:
        """Make vertex types with typed properties and unique indexes where they are missing. Outside a transaction.

        One bucket for each type: a look-up asks the index of every bucket, so eight buckets cost eight look-ups.
        """
        with _translated(self._path):
            schema = self._database.get_java_database().getSchema()
            types = jpype.JClass("com.arcadedb.schema.Type")
            for name, properties in vertices.items():
                kind = schema.buildVertexType().withName(name).withTotalBuckets(1).withIgnoreIfExists(True).create()
                for field, of in properties.items():
                    kind.getOrCreateProperty(field, types.valueOf(of))
            lsm = jpype.JClass("com.arcadedb.schema.Schema$INDEX_TYPE").LSM_TREE
            for name, fields in unique.items():
                for field in fields:
                    schema.getType(name).getOrCreateTypeIndex(lsm, True, field)

    def types(self) -> set[str]:
        """Names of the types there are; a node of two labels has the type `A~B`, in order of the alphabet."""
        with _translated(self._path):
            return {str(kind.getName()) for kind in self._database.get_java_database().getSchema().getTypes()}

    def backup(self, folder: Path) -> Path:
        """A zip of the database as it is between two transactions, in `folder`; writers wait meanwhile."""
        with _translated(self._path):
            job = jpype.JClass("com.arcadedb.integration.backup.Backup")(
                self._database.get_java_database(), "graph.zip"
            )
            with _java_prints_nothing():  # it tells its progress on stdout, where our results go
                job.setDirectory(str(folder)).setVerboseLevel(0).backupDatabase()
        return folder / "graph.zip"

    def _rows(self, text: str, parameters: Mapping[str, Any] | None) -> list[Row]:
        def read() -> list[Row]:
            rows: list[Row] = self._database.query("cypher", text, *self._given(parameters)).to_json_list()
            return rows

        return self._read_again(read)

    def _read_again(self, read: Callable[[], T]) -> T:
        """What `read` gives, called again when it was interrupted: the next call finds the thread awake."""
        for _ in range(_INTERRUPTIONS):
            with suppress(Interrupted), self._gate.among(), _translated(self._path):
                return read()
        with self._gate.among(), _translated(self._path):
            return read()

    def _given(self, parameters: Mapping[str, Any] | None) -> tuple[Any, ...]:
        if not parameters:
            return ()
        if all(type(value) is int or (type(value) is str and value.isascii()) for value in parameters.values()):
            return (dict(parameters),)  # the short way across, for look-ups
        arrays = {name: value for name, value in parameters.items() if isinstance(value, np.ndarray)}
        plain = {name: value for name, value in parameters.items() if name not in arrays}
        given = self._json(json.dumps(plain, allow_nan=False)).toMap()
        for name, array in arrays.items():
            given.put(name, self._floats(_rows_of_floats(array)))
        return (given,)


def _opened(path: str, *, create: bool) -> Any:
    opener = arcadedb.create_database if create else arcadedb.open_database
    database = opener(path)
    # The default leaves a commit in the page cache when it returns. By class name: the package's own setter scans jars.
    flush = jpype.JClass("com.arcadedb.engine.WALFile$FlushType").YES_NOMETADATA
    database.get_java_database().setWALFlush(flush)
    return database


def _rows_of_floats(array: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    return np.ascontiguousarray(array, dtype=np.float32)


@contextmanager
def _java_prints_nothing() -> Iterator[None]:
    system = jpype.JClass("java.lang.System")
    before = system.out
    nowhere = jpype.JClass("java.io.OutputStream").nullOutputStream()
    system.setOut(jpype.JClass("java.io.PrintStream")(nowhere))
    try:
        yield
    finally:
        system.setOut(before)


def _start_jvm(heap_mb: int) -> None:
    """Start the JVM unless it runs: its options count at the first start in a process."""
    with _STARTING:
        if not jpype.isJVMStarted():
            with _quiet_stderr():
                options = [f"-Djava.util.logging.config.file={_LOGGING}", *_OPTIONS]
                start_jvm(heap_size=f"{heap_mb}m", jvm_args=options)
                _collect_apart()
                _keep_signals()
                threading.Thread(target=_prepare, daemon=True).start()
        elif not _SILENT:
            _silence()


def _keep_signals() -> None:
    """Give Python its signals back, as they were set; from another thread than the main one nothing can be set.

    Java's handlers tell Python from a thread of their own: Ctrl-C would wait for a read on stdin to end, SIGTERM crash
    where nobody handles it, and SIGHUP wait half a minute for a database in use.
    """
    if threading.current_thread() is not threading.main_thread():
        return
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        known = signal.getsignal(getattr(signal, name))
        if known is not None:
            signal.signal(getattr(signal, name), known)


def _collect_apart() -> None:
    """Let Java and Python collect garbage each by itself.

    JPype (1.7) has every collection in Java followed by a whole one in Python, which stops all its threads, and some in
    Python by a whole one in Java, for objects that hold each other across: we make none. With 100,000 memories at
    hand it took a fifth of a write's processor time.
    """
    gc.callbacks[:] = [each for each in gc.callbacks if getattr(each, "__module__", "") != "_jpype"]


def _prepare() -> None:
    """Load the query parser, half a megabyte of classes, while the database opens: the first query waits for it."""
    for name in ("Cypher25Parser", "Cypher25Lexer"):
        try:
            jpype.JClass("java.lang.Class").forName(f"com.arcadedb.query.opencypher.grammar.{name}")
        except jpype.JException:  # another release calls it otherwise: then the first query loads it
            return


def _silence() -> None:
    """Turn off what the database logs: a JVM that other code started has not read our settings."""
    off = jpype.JClass("java.util.logging.Level").OFF
    manager = jpype.JClass("com.arcadedb.log.LogManager").instance()
    manager.isLoggable(manager, off)  # it reads settings at its first use, which would undo ours
    for name in ("com.arcadedb", ""):
        logger = jpype.JClass("java.util.logging.Logger").getLogger(name)
        logger.setLevel(off)
        _SILENT.append(logger)


@contextmanager
def _quiet_stderr() -> Iterator[None]:
    """Hold back what goes to the process's stderr meanwhile, then let all through but the JVM's known notice."""
    sys.stderr.flush()
    kept = os.dup(2)
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)
            held.seek(0)
            for line in held.read().decode(errors="replace").splitlines(keepends=True):
                if _NOISE not in line:
                    sys.stderr.write(line)


@contextmanager
def _translated(path: str) -> Iterator[None]:
    """Errors of the database as errors of this package."""
    try:
        yield
    except (ArcadeDBError, jpype.JException) as error:
        raise _meaning(error, path) from error


def _meaning(error: BaseException, path: str) -> MemosGraphError:
    causes = list(_causes(error))
    names, text = {type(cause).__name__ for cause in causes}, " ".join(str(cause) for cause in causes)
    if any(sign in text for sign in _FULL):
        return DiskFull(f"the disk that holds {path} is full; nothing of this write was kept; free some room and retry")
    if _INTERRUPTED.search(text):
        return Interrupted(f"{path}: interrupted while the database waited; nothing is damaged; try again")
    if "atabase is closed" in text or "is not open" in text:
        return MemosGraphError(f"the store {path} was closed: open it again")
    if "LockException" in text and "locked by another process" in text:
        return StoreLocked(path, "another process")
    if any(sign in text for sign in ("ConcurrentModificationException", "NeedRetryException", "LockTimeoutException")):
        return Retry(text)
    missing = re.search(r"Expected parameter\(s\): (\w+(?:, ?\w+)*)", text)
    if missing:
        wanted = ", ".join(f"${name}" for name in re.findall(r"\w+", missing[1]))
        return BadQuery(f"no value was given for {wanted}: pass it as a parameter")
    if any(sign in text for sign in _BAD_QUERY):
        said = (_plain_words(str(cause)) for cause in causes)
        return BadQuery(next((words for words in said if words), "the database can't run it"))
    return StoreDamaged(f"{path}: {text[:500]} ({', '.join(sorted(names))})")


def _plain_words(message: str) -> str:
    """What an error says without the Java in it; nothing when it says no more than a class name."""
    words = _JAVA_NAME.sub("", message.removeprefix("Query failed: ").removeprefix("Reading the result set failed: "))
    # a list of hundreds of the grammar's own names helps no one
    words = re.sub(r", expected: one of .*", "", words.replace("(caused by )", ""), flags=re.DOTALL).strip()
    return "" if words in ("", "Java Exception") else words


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: BaseException | None = error
    while seen is not None:
        yield seen
        seen = seen.__cause__
