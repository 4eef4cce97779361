"""A database for each cube on a Neo4j server: their names, and how they are listed, made, found and dropped.

All of that is decided by the server's database `system`, so any number of processes may make and drop cubes at once.
Which databases are open is remembered here, never which there are. Knows no nodes, and opens no driver.

A cube is there once its record is in its database, and until the database is dropped: each is one step of the server.
A crash between making a database and writing the record leaves an empty one, which the next creation of that cube uses;
`check` names it. It is never dropped from here: another process may be about to write the record.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from threading import Lock
from typing import Any, Protocol

from memos_graph.backends.neo4j.meaning import BadQuery
from memos_graph.backends.opencypher.runner import Row
from memos_graph.model.errors import Invalid, MemosGraphError, NotFound, NotSupported, Refused, Unavailable, require
from memos_graph.model.graph import Cube
from memos_graph.ports import Capabilities, Finding, GraphStore
from memos_graph.queries import load

DIALECT = "neo4j"
SYSTEM = "system"  #: the database that knows of all others
PREFIX = "memos"
_LIKE = "[a-z][a-z0-9]{2,9}"  # without a dash, so that the names of no prefix begin with another prefix and a dash
_SHOWN = 19  # of a cube's own name: Neo4j takes 63 characters in all
OpenMember = Callable[[str], GraphStore]


class System(Protocol):
    """What this module needs of an engine on the database `system`."""

    def read(self, text: str, parameters: Mapping[str, Any] | None = None) -> list[Row]:
        """The rows of a text that only reads."""

    def schema(self, text: str, parameters: Mapping[str, Any] | None = None) -> list[Row]:
        """The rows of one statement that commits by itself."""

    def close(self) -> None:
        """Close every connection."""


def database_of(cube: str, prefix: str = PREFIX) -> str:
    """The name of the database of `cube`: PREFIX-WORDS-HASH; another for each cube, however Neo4j folds cases.

    WORDS: what of the cube's name may stand there, for people; HASH: 32 hex digits of prefix and name.
    """
    words = re.sub("[^a-z0-9]+", "-", cube.lower()).strip("-")[:_SHOWN].strip("-")
    digest = hashlib.sha256(f"{prefix}/{cube}".encode()).hexdigest()[:32]
    return "-".join(part for part in (prefix, words, digest) if part)


def refuse_community(system: System, where: str) -> None:
    """Nothing, when the server may keep several databases. `NotSupported` for the Community edition."""
    if any(str(row["edition"]).lower() == "community" for row in system.read(_query("edition"))):
        raise NotSupported("store_multi_db", f"{where} is Neo4j Community: {_NEEDS}")


def has_database(system: System, name: str) -> bool:
    """Whether the server has a database of that name; Neo4j's names know no case."""
    return any(row["name"] == name.lower() for row in system.read(_query("all"), {"start": name.lower()}))


def make_database(system: System, name: str) -> None:
    """The database `name` is there and online; nothing when it was. `NotSupported`, `Refused`, `Unavailable`."""
    try:
        rows = system.schema(_query("create"), {"name": name})
    except BadQuery as error:
        raise _refusal(name, "made", error) from error
    _done(rows, name, "come up")


class Databases:
    """The `Members` of a server: for each cube a store in a database of its own."""

    def __init__(self, system: System, open_member: OpenMember, can: Capabilities, *, prefix: str = "") -> None:
        """system: owned from here on. open_member: the store in the database of that name, which is there.

        prefix: how the names of databases begin, so that several such stores share a server; "": PREFIX.
        """
        self.prefix = prefix or PREFIX
        fits = re.fullmatch(_LIKE, self.prefix) is not None and not self.prefix.startswith(SYSTEM)
        advice = "with store_multi_db it begins names of databases: give 3 to 10 of a-z and 0-9, a letter first"
        require(fits, "store database", prefix, advice)
        self.can = can
        self._system, self._open_member = system, open_member
        self._lock = Lock()
        self._open: dict[str, tuple[str | None, GraphStore]] = {}  # by name: id of the database, its store

    def close(self) -> None:
        for name in list(self._open):
            self._forget(name)
        self._system.close()

    def name(self, cube: str) -> str:
        """The name of the database of `cube`, there or not."""
        return database_of(cube, self.prefix)

    def cubes(self) -> Iterable[Cube]:
        """O(databases) queries; a database that is stopped is `Unavailable`."""
        return [cube for _, cube in self._held() if cube is not None]

    def find(self, cube: str) -> GraphStore:
        name = self.name(cube)
        with self._lock:
            if name in self._open:
                return self._open[name][1]
        there = self._there(name)
        if name not in there:
            raise NotFound("cube", cube, "create it first")
        return self._opened(name, there[name], cube)

    def make(self, cube: str) -> GraphStore:
        name = self.name(cube)
        if name not in self._there(name):
            make_database(self._system, name)
        return self.find(cube)

    def drop(self, cube: str) -> None:
        name = self.name(cube)
        try:
            rows = self._system.schema(_query("drop"), {"name": name})
        except BadQuery as error:
            raise _refusal(name, "dropped", error) from error
        except Invalid as error:
            if _gone(error):
                raise NotFound("cube", cube, "create it first") from error
            raise
        finally:
            self._forget(name)
        _done(rows, name, "go")

    def lost(self, cube: str, error: MemosGraphError) -> bool:
        return self._lost(self.name(cube), error)

    def check(self) -> Iterable[Finding]:
        return [
            Finding(
                what=f"database {name}", ok=True,
                detail="the creation of its cube was cut short, or is under way: creating it again uses this database",
            )
            for name, cube in self._held()
            if cube is None
        ]  # fmt: skip

    # --- within

    def _held(self) -> list[tuple[str, Cube | None]]:
        """Every database of ours, with the record of its cube; None: it holds none yet."""
        found: list[tuple[str, Cube | None]] = []
        for name, id in sorted(self._there(f"{self.prefix}-").items()):
            try:
                records = self._opened(name, id, name).cubes()
            except MemosGraphError as error:
                if not isinstance(error, NotFound) and not self._lost(name, error):
                    raise
                continue  # dropped since it was listed
            # a person who opens this database by its name may make other cubes in it: those are not ours to list
            found.append((name, next((cube for cube in records if self.name(cube.id) == name), None)))
        return found

    def _there(self, start: str) -> dict[str, str | None]:
        """By name that begins so, the id of every database of ours there is now."""
        like = re.compile(f"{self.prefix}-(?:[a-z0-9-]+-)?[0-9a-f]{{32}}")
        rows = self._system.read(_query("all"), {"start": start})
        there = {row["name"]: row["id"] for row in rows if like.fullmatch(row["name"])}
        with self._lock:  # what another process dropped, or made anew, is opened anew
            for name, (id, _) in list(self._open.items()):
                if name.startswith(start) and there.get(name) != id:
                    del self._open[name]
        return there

    def _lost(self, name: str, error: MemosGraphError) -> bool:
        # while a database goes, the server may call it unavailable
        if not _gone(error) and not (isinstance(error, Unavailable) and self._vanished(name)):
            return False
        self._forget(name)
        return True

    def _vanished(self, name: str) -> bool:
        try:
            return name not in self._there(name)
        except Unavailable:  # the whole server is; the error at hand says so
            return False

    def _opened(self, name: str, id: str | None, cube: str) -> GraphStore:
        with self._lock:
            if name in self._open:
                return self._open[name][1]
        try:
            store = self._open_member(name)
        except MemosGraphError as error:
            if self._lost(name, error):
                raise NotFound("cube", cube, "create it first") from error
            raise
        with self._lock:  # of two threads that opened it, one store is kept: they hold nothing of their own
            return self._open.setdefault(name, (id, store))[1]

    def _forget(self, name: str) -> None:
        with self._lock:
            self._open.pop(name, None)


_NEEDS = (
    "a database for each cube needs the Enterprise edition. Leave store_multi_db off: one database then keeps all"
    " cubes, apart from each other"
)


def _query(name: str) -> str:
    return load(f"databases/{name}", dialect=DIALECT).text


def _gone(error: MemosGraphError) -> bool:
    """Whether the server said that it has no such database."""
    return isinstance(error, Invalid) and error.field == "store database"


def _done(rows: Iterable[Row], name: str, what: str) -> None:
    """Nothing, once every server has done it. `Unavailable` names what a server said that has not."""
    late = [row for row in rows if row["state"] != "CaughtUp"]
    if late and not late[0]["success"]:
        said = ", ".join(f"{row['address']}: {row['state']} {row['message']}".strip() for row in late)
        raise Unavailable(f"database {name} did not {what} on every server ({said}): see SHOW DATABASES, try again")


def _refusal(name: str, what: str, error: BadQuery) -> MemosGraphError:
    if "Unsupported administration command" in str(error):
        return NotSupported("store_multi_db", f"this server lets no database be {what} ({error}): {_NEEDS}")
    return Refused(f"database {name} can't be {what}: {error}")
