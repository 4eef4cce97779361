"""A database for each cube on real servers: what Community says to it, and the whole contract where
MEMOS_GRAPH_TEST_NEO4J names an Enterprise server. Without one the contract is not collected here: it runs on a server
of our own in test_neo4j_databases.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from neo4j.exceptions import Neo4jError

from memos_graph.adapters.opening import open_graph_db
from memos_graph.backends.neo4j import Address, Neo4jApart, Neo4jStore, store_at
from memos_graph.backends.neo4j.databases import Databases, database_of, has_database, make_database
from memos_graph.backends.neo4j.engine import Engine
from memos_graph.model.errors import Invalid, NotFound, NotSupported, Unavailable
from memos_graph.ports import GraphStore
from memos_graph.queries import load
from memos_graph.settings import Settings
from memos_graph.testing import StoreContract, store_machine
from memos_graph.testing.bench import Bench, make_cube
from memos_graph.testing.cubes import CubeTests
from memos_graph.testing.recalls import SurveyTests
from tests.servers.neo4j import GIVEN
from tests.servers.neo4j import given as given_server
from tests.servers.server import Server

STATEMENTS = {name: load(f"databases/{name}", dialect="neo4j").text for name in ("all", "create", "drop", "edition")}


def _at(server: Server, **fields: Any) -> Address:
    return Address(**{"url": server.url, "user": server.user, "password": server.password, **fields})


@pytest.fixture
def on_system(neo4j_server: Server) -> Iterator[Engine]:
    with closing(Engine(_at(neo4j_server, database="system"))) as engine:
        yield engine


def _enterprise() -> Server | None:
    """The server that MEMOS_GRAPH_TEST_NEO4J names, if it is an Enterprise."""
    if not os.environ.get(GIVEN):
        return None
    server = given_server(os.environ[GIVEN])
    with server.driver() as driver:
        found = {row["edition"] for row in driver.execute_query(STATEMENTS["edition"]).records}
    return server if "enterprise" in found else None


ENTERPRISE = _enterprise()

if ENTERPRISE is None:

    def test_the_real_community_server_is_refused_and_nothing_is_written_there(neo4j_server: Server) -> None:
        neo4j_server.empty()
        with pytest.raises(NotSupported, match=r"store_multi_db: .* is Neo4j Community.*Enterprise"):
            store_at(_at(neo4j_server, multi_db=True))
        with neo4j_server.driver() as driver:
            assert driver.execute_query("MATCH (n) RETURN count(n) AS n").records[0]["n"] == 0
            assert driver.execute_query("SHOW CONSTRAINTS YIELD name").records == []

    def test_a_database_is_made_for_a_tenant_on_enterprise_alone(neo4j_server: Server) -> None:
        settings = Settings(store_user=neo4j_server.user, store_password=neo4j_server.password)
        with pytest.raises(NotSupported, match="Enterprise"):
            open_graph_db(neo4j_server.url, db_name="alice", use_multi_db=True, auto_create=True, settings=settings)
        db = open_graph_db(neo4j_server.url, db_name="neo4j", use_multi_db=True, auto_create=True, settings=settings)
        assert db.get_memory_count("LongTermMemory") == 0
        db.close()

    @pytest.mark.parametrize("what", ["create", "drop"])
    def test_the_real_parser_takes_the_statements_that_the_edition_then_refuses(
        neo4j_server: Server, what: str
    ) -> None:
        def said(text: str) -> str:
            with neo4j_server.driver() as driver, driver.session(database="system") as session:
                with pytest.raises(Neo4jError) as caught:
                    session.run(text, name="memos-x").consume()
                return f"{caught.value.code} {caught.value.message}"

        for before in ("", "EXPLAIN "):
            assert "Unsupported administration command" in said(before + STATEMENTS[what])
            assert "SyntaxError" in said(before + STATEMENTS[what].replace("WAIT", "WAITS"))
        with closing(Engine(_at(neo4j_server, database="system"))) as engine, pytest.raises(NotSupported, match="Ent"):
            make_database(engine, "memos-x")


def test_the_real_server_lists_its_databases_with_an_id_that_stays(on_system: Engine) -> None:
    first, second = (on_system.read(STATEMENTS["all"], {"start": "neo"}) for _ in "12")
    assert [row["name"] for row in first] == ["neo4j"]
    assert first == second
    assert first[0]["id"]
    assert (has_database(on_system, "Neo4j"), has_database(on_system, "neo4")) == (True, False)
    assert not has_database(on_system, "system")  # it is no database to keep cubes in


def test_stores_within_one_connection_work_and_their_closing_closes_nothing(
    neo4j_server: Server, on_system: Engine
) -> None:
    neo4j_server.empty(schema=False)
    for number in range(2):
        engine = on_system.within("neo4j")
        store = Neo4jStore(engine.address, engine=engine)
        bench = Bench(store, f"c{number}")
        store.create_cube(make_cube(bench.cube))
        bench.put(bench.node("n", text="valve"))
        assert bench.found("valve") == ["n"]
        store.close()
    assert on_system.read(STATEMENTS["all"], {"start": "neo"})


def test_a_database_that_the_real_server_has_not_is_a_lost_member(on_system: Engine) -> None:
    def open_member(name: str) -> GraphStore:
        engine = on_system.within(name)
        return Neo4jStore(engine.address, engine=engine)

    with pytest.raises(Invalid) as caught:
        open_member(database_of("c"))
    databases = Databases(on_system, open_member, Neo4jStore.can)
    assert databases.lost("c", caught.value)
    assert databases.lost("c", Unavailable("it is going"))
    with pytest.raises(NotFound):
        databases.find("c")


# --- its members on the real server, all in the one database that Community has


class OneDatabase:
    """A `system` that says yes to every name: what bears them all is the home database."""

    def __init__(self, server: Server) -> None:
        self.engine = Engine(_at(server, database="neo4j"))
        self.names: dict[str, str] = {}

    def read(self, text: str, parameters: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        start = (parameters or {})["start"]
        return [{"name": name, "id": "one"} for name in self.names if name.startswith(start)]

    def schema(self, text: str, parameters: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        name = (parameters or {})["name"]
        if text == STATEMENTS["create"]:
            self.names[name] = name
        else:
            del self.names[name]
            store = self.member(name)
            for cube in store.cubes():
                if database_of(cube.id) == name:
                    store.drop_cube(cube.id)
        return []  # as under Cypher 25

    def member(self, _name: str) -> Neo4jStore:
        engine = self.engine.within("neo4j")
        return Neo4jStore(engine.address, engine=engine)

    def close(self) -> None:
        self.engine.close()


_servers: list[Server] = []  # the one of this worker: `make_store` is told a path alone


@pytest.fixture(scope="session")
def _server(neo4j_server: Server) -> None:
    _servers.append(neo4j_server)


@pytest.mark.usefixtures("_server")
class TestNeo4jMembers(CubeTests, SurveyTests):
    def make_store(self, path: Path) -> GraphStore:
        _servers[0].empty(schema=False)
        system = OneDatabase(_servers[0])
        return Neo4jApart(Databases(system, system.member, Neo4jStore.can), _servers[0].url)


# --- an Enterprise server, where one is given

_prefixes: set[str] = set()


def on_enterprise(path: Path) -> GraphStore:
    """The store of `path`: databases whose names begin with what follows from it."""
    assert ENTERPRISE is not None
    prefix = "t" + hashlib.sha256(str(path).encode()).hexdigest()[:9]
    _prefixes.add(prefix)
    return store_at(_at(ENTERPRISE, database=prefix, multi_db=True))


@pytest.fixture(scope="session", autouse=True)
def _dropped() -> Iterator[None]:
    yield
    for prefix in _prefixes:
        assert ENTERPRISE is not None
        with closing(store_at(_at(ENTERPRISE, database=prefix, multi_db=True))) as store:
            for cube in store.cubes():
                store.drop_cube(cube.id)


if ENTERPRISE is not None:

    class TestNeo4jApart(StoreContract):
        def make_store(self, path: Path) -> GraphStore:
            return on_enterprise(path)

    TestNeo4jApartBesideTheOracle = store_machine(on_enterprise, examples=2, steps=15)


def test_the_contract_asks_an_enterprise_server_exactly_when_one_is_named() -> None:
    assert ("TestNeo4jApart" in globals()) == (ENTERPRISE is not None)
    if ENTERPRISE is None:
        print(f"Neo4j: no Enterprise server named in {GIVEN}, so a database for each cube was not run on one")
