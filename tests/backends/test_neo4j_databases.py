"""A database for each cube, on a `system` database of ours that does what Neo4j Enterprise's manual says of its own.

No Enterprise server can be had on the machines we test on: what this shows rests on our reading of
https://neo4j.com/docs/operations-manual/current/database-administration/. What real servers say: test_neo4j_apart.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any, cast

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from memos_graph.backends.apart import Apart
from memos_graph.backends.inmemory import InMemoryStore
from memos_graph.backends.neo4j import Address, Neo4jApart, ensure_database
from memos_graph.backends.neo4j.databases import (
    Databases,
    database_of,
    make_database,
    refuse_community,
)
from memos_graph.backends.neo4j.meaning import BadQuery
from memos_graph.model.errors import (
    AlreadyExists,
    Invalid,
    MemosGraphError,
    NotFound,
    NotSupported,
    Refused,
    Unavailable,
)
from memos_graph.model.scope import Scope
from memos_graph.ports import CypherStore, GraphStore, Table
from memos_graph.queries import load
from memos_graph.testing import StoreContract, store_machine
from memos_graph.testing.bench import Bench, ids, make_cube, vector

STATEMENTS = {name: load(f"databases/{name}", dialect="neo4j").text for name in ("all", "create", "drop", "edition")}
_numbers = itertools.count(1)
Rows = list[dict[str, Any]]


MISSING = Invalid("store database", "x", "the server has no such database")
GOING = Unavailable("the database is unavailable; nothing was written; try again")


@dataclass(slots=True)
class Database:
    """A database as it was made: one of the same name after it is another."""

    id: str = field(default_factory=lambda: f"id-{next(_numbers)}")
    store: InMemoryStore = field(default_factory=InMemoryStore)


class System:
    """The database `system` of a server of two machines, as Neo4j's manual describes it.

    Names are unique. CREATE ... IF NOT EXISTS does nothing when the name is taken; DROP of none is an error; each is
    one step, and with WAIT returns a row for every machine. SHOW DATABASES has a row for every machine too.
    `after`: what happens once the statement of that name is carried out, before its answer.
    """

    def __init__(self, edition: str = "enterprise") -> None:
        self.edition = edition
        self.databases: dict[str, Database] = {"neo4j": Database(), "memos-like": Database()}
        self.refuses: str = ""
        self.after: dict[str, Callable[[], None]] = {}
        self.late = False
        self.missing: MemosGraphError = MISSING
        self._lock = Lock()

    def read(self, text: str, parameters: Mapping[str, Any] | None = None) -> Rows:
        if text == STATEMENTS["edition"]:
            return [{"name": "Cypher", "edition": ""}, {"name": "Neo4j Kernel", "edition": self.edition}]
        assert text == STATEMENTS["all"]
        there = sorted((name, one.id) for name, one in dict(self.databases).items())
        return [
            {"name": name, "id": id} for name, id in there for _ in "12" if name.startswith((parameters or {})["start"])
        ]

    def schema(self, text: str, parameters: Mapping[str, Any] | None = None) -> Rows:
        what = next(name for name, statement in STATEMENTS.items() if statement == text)
        name = (parameters or {})["name"]
        assert re.fullmatch("[a-z][a-z0-9.-]{1,61}[a-z0-9]", name)
        if self.edition == "community":
            raise BadQuery(f"Unsupported administration command: {text}")
        if self.refuses:
            raise BadQuery(self.refuses)
        with self._lock:
            if what == "create":
                self.databases.setdefault(name, Database())
            elif self.databases.pop(name, None) is None:
                raise Invalid("store database", "system", f"no such database: {name}")
        self.after.pop(what, lambda: None)()
        done = {"state": "CaughtUp", "message": "caught up", "success": not self.late}
        late = {"state": "Incomplete", "message": "it is still waiting"} if self.late else {}
        return [{"address": "m0", **done}, {"address": "m1", **done, **late}]

    def close(self) -> None:
        """Nothing is open."""

    def member(self, name: str) -> GraphStore:
        return cast(GraphStore, Remote(self, name))


class Remote:
    """A store by the name of its database, as Neo4jStore is one: it speaks to whichever bears that name now."""

    def __init__(self, system: System, name: str) -> None:
        self._system, self._name = system, name
        _ = self.cubes  # opening it asks the database

    def cypher(self, text: str, parameters: Mapping[str, Any] | None = None, *, write: bool = False) -> Table:
        return Table(columns=("database", "text"), rows=((self._name, text),))

    def __getattr__(self, verb: str) -> Any:
        database = self._system.databases.get(self._name)
        if database is None:
            raise self._system.missing
        return getattr(database.store, verb)


def apart(system: System, prefix: str = "") -> Apart:
    """A store on that server, as another process would open it."""
    return Apart(Databases(system, system.member, InMemoryStore.can, prefix=prefix))


@pytest.mark.long
class TestDatabases(StoreContract):
    def make_store(self, path: Path) -> GraphStore:
        return apart(System())


TestDatabasesBesideTheOracle = pytest.mark.long(store_machine(lambda _path: apart(System()), examples=5))


# --- names

CUBES = st.from_regex(r"\A[A-Za-z0-9._@-]{1,128}\Z")


@for_all(CUBES, CUBES)
def test_cubes_of_different_names_have_databases_that_neo4j_takes_and_tells_apart(one: str, other: str) -> None:
    for name in (database_of(one), database_of(other, "tenletters")):
        assert re.fullmatch("[a-z][a-z0-9-]{1,61}[a-z0-9]", name)
        assert not name.startswith("system")
    assert (database_of(one) == database_of(other)) == (one == other)
    assert database_of(one) != database_of(one.swapcase()) or one == one.swapcase()


def test_a_database_shows_what_cube_it_holds() -> None:
    assert database_of("hand_Book@v2").startswith("memos-hand-book-v2-")
    assert re.fullmatch("memos-[0-9a-f]{32}", database_of("_"))


def test_stores_with_prefixes_of_their_own_share_a_server_and_see_nothing_of_each_other() -> None:
    system = System()
    one, other = apart(system, "team"), apart(system, "team2")
    one.create_cube(make_cube("c"))
    assert (ids(one.cubes()), other.cubes()) == (["c"], ())
    other.create_cube(make_cube("c"))
    one.drop_cube("c")
    assert ids(other.cubes()) == ["c"]


@pytest.mark.parametrize("prefix", ["a-b", "ab", "A", "1ab", "x" * 11, "system", "systemic", "a_b", "a.b"])
def test_a_prefix_that_can_begin_no_name_is_invalid(prefix: str) -> None:
    with pytest.raises(Invalid, match="store database"):
        apart(System(), prefix)


# --- several processes


@pytest.fixture
def system() -> System:
    return System()


@pytest.fixture
def bench(system: System) -> Bench:
    store = apart(system)
    store.create_cube(make_cube("c"))
    bench = Bench(store, "c")
    bench.put(bench.node("n", text="valve"))
    return bench


def test_each_cube_is_in_a_database_of_its_own_and_goes_with_it(system: System, bench: Bench) -> None:
    bench.store.create_cube(make_cube("d"))
    assert {database_of("c"), database_of("d")} <= set(system.databases)
    bench.store.drop_cube("c")
    assert database_of("c") not in system.databases
    assert ids(bench.store.cubes()) == ["d"]


@pytest.mark.parametrize("said", [MISSING, GOING], ids=["missing", "going"])
def test_what_another_process_makes_is_found_and_what_it_drops_is_not(
    system: System, bench: Bench, said: MemosGraphError
) -> None:
    system.missing = said
    other = apart(system)
    assert other.count(bench.scope()) == 1
    other.create_cube(make_cube("d"))
    assert bench.store.count(Scope(cubes=("c", "d"))) == 1
    other.drop_cube("c")
    for verb in (
        lambda: bench.store.count(bench.scope()), lambda: bench.put(bench.node("m")),
        lambda: bench.store.near(Scope(cubes=("c", "d")), "main", vector(1, 0, 0, 0), 3),
        lambda: bench.store.drop_cube("c"), lambda: bench.store.scan(Scope(cubes=("c", "d"))),
    ):  # fmt: skip
        with pytest.raises(NotFound, match="cube 'c'"):
            verb()
    assert ids(bench.store.cubes()) == ["d"]


def test_a_cube_that_another_process_drops_and_makes_anew_is_the_new_one(system: System, bench: Bench) -> None:
    other = apart(system)
    other.drop_cube("c")
    other.create_cube(make_cube("c", settings={"new": True}))
    assert bench.store.count(bench.scope()) == 0
    assert [cube.settings for cube in bench.store.cubes()] == [{"new": True}]


def test_a_database_that_was_made_anew_is_opened_anew_once_cubes_are_listed(system: System, bench: Bench) -> None:
    opened: list[str] = []
    store = Apart(Databases(system, lambda name: opened.append(name) or system.member(name), InMemoryStore.can))  # type: ignore[func-returns-value]
    for _ in range(2):
        store.cubes()
        store.count(bench.scope())
    assert opened == [database_of("c")]
    bench.store.drop_cube("c")
    bench.store.create_cube(make_cube("c"))
    store.cubes()
    assert opened == [database_of("c")] * 2


def test_of_many_processes_that_create_one_cube_one_succeeds(system: System) -> None:
    def create(_: int) -> bool:
        try:
            apart(system).create_cube(make_cube("same"))
        except AlreadyExists:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(create, range(24))).count(True) == 1
    assert ids(apart(system).cubes()) == ["same"]


def test_a_drop_between_the_database_and_its_record_is_overcome(system: System) -> None:
    system.after["create"] = lambda: system.databases.clear()
    apart(system).create_cube(make_cube("c"))
    assert ids(apart(system).cubes()) == ["c"]


def test_processes_that_make_and_drop_one_cube_all_the_time_leave_it_or_none(system: System) -> None:
    def turn(number: int) -> None:
        store = apart(system)
        try:
            store.create_cube(make_cube("c")) if number % 2 else store.drop_cube("c")
        except (AlreadyExists, NotFound):
            return

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(turn, range(60)))
    store = apart(system)
    assert ids(store.cubes()) == (["c"] if database_of("c") in system.databases else [])
    assert [finding for finding in store.check() if finding.what.startswith("database")] == []


def test_a_database_that_goes_while_cubes_are_listed_is_left_out(system: System, bench: Bench) -> None:
    bench.store.create_cube(make_cube("d"))
    for system.missing, cube in ((MISSING, "c"), (GOING, "d")):
        left = dict(system.databases)

        def read(text: str, parameters: Any = None, name: str = database_of(cube), left: Any = left) -> Rows:
            listed = System.read(system, text, parameters)
            system.databases = {one: left[one] for one in system.databases if one != name}
            return listed

        system.read = read  # type: ignore[method-assign]
        assert cube not in ids(apart(system).cubes())
        del system.read
    assert bench.store.cubes() == ()


def test_a_server_that_is_away_is_unavailable_and_no_cube_is_said_to_be_gone(
    system: System, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: Any, **__: Any) -> Rows:
        raise Unavailable("no answer")

    monkeypatch.setattr(system, "read", away)
    monkeypatch.setattr(system.databases[database_of("c")].store, "count", away)
    with pytest.raises(Unavailable, match="no answer"):
        bench.store.count(bench.scope())


# --- crashes


def _dies() -> None:
    raise Unavailable("the connection was lost")


def test_a_creation_cut_short_leaves_no_cube_and_is_simply_done_again(system: System) -> None:
    system.after["create"] = _dies
    with pytest.raises(Unavailable):
        apart(system).create_cube(make_cube("c"))
    store, bench = apart(system), Bench(apart(system), "c")
    assert store.cubes() == ()
    with pytest.raises(NotFound):
        bench.put(bench.node("n"))
    (said,) = [finding for finding in store.check() if finding.what == f"database {database_of('c')}"]
    assert said.ok and "cut short" in said.detail
    store.create_cube(make_cube("c"))
    assert [finding for finding in store.check() if finding.what.startswith("database")] == []


def test_a_drop_whose_answer_is_lost_has_happened_whole(system: System, bench: Bench) -> None:
    system.after["drop"] = _dies
    with pytest.raises(Unavailable):
        bench.store.drop_cube("c")
    with pytest.raises(NotFound):
        bench.store.drop_cube("c")
    bench.store.create_cube(make_cube("c"))
    assert bench.store.count(bench.scope()) == 0


def test_a_server_that_is_behind_is_unavailable_and_says_which(system: System) -> None:
    system.late = True
    with pytest.raises(Unavailable, match="m1: Incomplete"):
        apart(system).create_cube(make_cube("c"))


def test_a_cube_made_by_hand_in_another_s_database_is_not_listed(system: System, bench: Bench) -> None:
    system.databases[database_of("c")].store.create_cube(make_cube("d"))
    assert ids(bench.store.cubes()) == ["c"]
    with pytest.raises(NotFound):
        bench.store.count(Scope(cubes=("d",)))


# --- refusals


def test_a_community_server_is_refused_before_anything_is_written() -> None:
    system = System("community")
    with pytest.raises(NotSupported, match=r"store_multi_db.*Enterprise"):
        refuse_community(system, "bolt://host")
    refuse_community(System(), "bolt://host")


def test_a_server_that_calls_itself_otherwise_and_makes_no_database_says_what_is_needed() -> None:
    with pytest.raises(NotSupported, match=r"store_multi_db.*Enterprise"):
        make_database(System("community"), "alice")


def test_what_the_server_will_not_do_is_refused_with_its_words(system: System, bench: Bench) -> None:
    system.refuses = "The total limit of databases is already reached."
    with pytest.raises(Refused, match=f"{database_of('d')}.*limit of databases"):
        bench.store.create_cube(make_cube("d"))
    with pytest.raises(Refused, match=database_of("c")):
        bench.store.drop_cube("c")
    assert ids(bench.store.cubes()) == ["c"]


@pytest.mark.parametrize("name", ["", "ab", "1ab", "a_b", "ab-", "a" * 64, "a b", "$(x)"])
def test_what_can_be_no_database_s_name_is_invalid_before_anyone_is_asked(name: str) -> None:
    with pytest.raises(Invalid, match="store database"):
        ensure_database(Address(url="bolt://127.0.0.1:1", database=name))


# --- Cypher


def test_a_statement_runs_where_one_cube_is_and_asks_which_of_several(system: System, bench: Bench) -> None:
    store = Neo4jApart(Databases(system, system.member, InMemoryStore.can), "neo4j://host")
    assert isinstance(store, CypherStore)
    assert store.cypher("RETURN 1").rows == ((database_of("c"), "RETURN 1"),)
    store.create_cube(make_cube("d"))
    with pytest.raises(Refused, match=f"c in {database_of('c')}, d in {database_of('d')}.*store_multi_db off"):
        store.cypher("RETURN 1")
    store.drop_cube("c")
    assert store.cypher("RETURN 2").rows == ((database_of("d"), "RETURN 2"),)
    store.drop_cube("d")
    with pytest.raises(Refused, match="none yet"):
        store.cypher("RETURN 1")
