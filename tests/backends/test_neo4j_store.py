"""What is Neo4j's own: several processes write one cube, statements of people's own, and servers that will not do."""

from __future__ import annotations

import itertools
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import replace
from threading import Thread
from typing import Any

import pytest

from memos_graph.backends.neo4j import Address, Neo4jStore, open_store
from memos_graph.backends.neo4j.engine import Engine
from memos_graph.backends.neo4j.meaning import check_server
from memos_graph.model.delta import EraseNode, PutNode, Receipt
from memos_graph.model.errors import (
    AlreadyExists,
    Invalid,
    MemosGraphError,
    NotFound,
    NotSupported,
    Refused,
    Unavailable,
)
from memos_graph.testing.bench import Bench, ids, make_cube, vector
from tests.servers.server import Server


@pytest.fixture
def where(neo4j_server: Server) -> Address:
    return Address(url=neo4j_server.url, user=neo4j_server.user, password=neo4j_server.password)


@pytest.fixture
def store(where: Address, neo4j_server: Server) -> Iterator[Neo4jStore]:
    neo4j_server.empty(schema=False)
    with closing(open_store(where)) as opened:
        yield opened


@pytest.fixture
def other(store: Neo4jStore, where: Address) -> Iterator[Neo4jStore]:
    """A second store on the same database, as another process would open it."""
    with closing(open_store(where)) as opened:
        yield opened


@pytest.fixture
def bench(store: Neo4jStore) -> Bench:
    store.create_cube(make_cube("c"))
    return Bench(store, "c")


# --- several processes


def test_two_stores_that_write_one_cube_leave_its_changes_without_gaps(bench: Bench, other: Neo4jStore) -> None:
    def write(number: int) -> Receipt:
        store = (bench.store, other)[number % 2]
        put = PutNode(node=bench.node(f"n{number}"))
        return store.apply(bench.delta(put, id=f"d{number}"))

    with ThreadPoolExecutor(6) as pool:
        receipts = list(pool.map(write, range(40)))
    assert sorted(receipt.seq for receipt in receipts) == list(range(1, 41))
    assert [change.seq for change in other.changes("c")] == list(range(1, 41))
    assert other.count(bench.scope()) == 40


def test_one_delta_applied_by_two_stores_at_once_is_written_once(bench: Bench, other: Neo4jStore) -> None:
    delta = bench.delta(PutNode(node=bench.node("n")), id="d")
    with ThreadPoolExecutor(4) as pool:
        receipts = list(pool.map(lambda store: store.apply(delta), [bench.store, other] * 2))
    assert sorted(receipt.repeated for receipt in receipts) == [False, True, True, True]
    assert len(bench.changes()) == 1


def test_what_one_store_writes_the_other_finds_at_once(bench: Bench, other: Neo4jStore) -> None:
    there = Bench(other, "c", itertools.count(1000))  # ids of Deltas must differ
    bench.put(bench.node("a", text="valve", vectors={"main": vector(1, 0, 0, 0)}), bench.node("b"))
    assert (there.found("valve"), there.nearest(1, 0, 0, 0)) == (["a"], ["a"])
    edge = there.edge("a", "b", "OWN_KIND")
    there.put(edge)
    assert bench.edge_ids(ids=[edge.id]) == [edge.id]
    there.apply(EraseNode(id="a"))
    assert bench.found("valve") == bench.edge_ids() == []


def test_a_cube_that_another_store_drops_is_gone_at_once(bench: Bench, other: Neo4jStore) -> None:
    other.drop_cube("c")
    with pytest.raises(NotFound):
        bench.put(bench.node("n"))
    assert bench.store.cubes() == ()


def test_of_two_that_create_one_cube_one_succeeds(store: Neo4jStore, other: Neo4jStore) -> None:
    def create(opened: Neo4jStore) -> bool:
        try:
            opened.create_cube(make_cube("same"))
        except AlreadyExists:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(create, [store, other] * 2))
    assert made.count(True) == 1
    assert ids(store.cubes()) == ["same"]


def test_writers_of_different_cubes_do_not_wait_for_each_other(bench: Bench, other: Neo4jStore) -> None:
    other.create_cube(make_cube("d"))
    second = Bench(other, "d")

    def meanwhile(run: Any) -> list[Any]:
        bench.store._graph._locked(run, "c")  # type: ignore[attr-defined]
        return [second.put(second.node("n")).seq]

    assert bench.store._engine.transaction(meanwhile) == [1]  # type: ignore[attr-defined]


# --- what a crash leaves


def test_a_drop_cut_short_is_finished_when_the_store_is_opened(bench: Bench, where: Address) -> None:
    bench.put(*(bench.node(f"n{number}") for number in range(5)))
    run = bench.store._engine  # type: ignore[attr-defined]
    run.write("MATCH (c:Cube {id: 'c'}) SET c.dropped = true")
    assert bench.store.cubes() == ()
    with closing(open_store(where)):
        pass
    assert run.read("MATCH (n) WHERE n:Memory OR n:Cube OR n:Change RETURN count(n) AS n") == [{"n": 0}]


def test_a_cube_can_be_made_anew_while_its_namesake_is_being_dropped(bench: Bench) -> None:
    bench.put(bench.node("n"))
    bench.store._engine.write("MATCH (c:Cube {id: 'c'}) SET c.dropped = true")  # type: ignore[attr-defined]
    bench.store.create_cube(make_cube("c"))
    assert bench.matching() == []
    assert bench.put(bench.node("m")).seq == 1


def test_vectors_of_a_space_that_went_never_come_back(bench: Bench, where: Address) -> None:
    bench.put(bench.node("n", vectors={"main": vector(1, 0, 0, 0), "other": vector(1, 0)}))
    run = bench.store._engine  # type: ignore[attr-defined]
    cut = bench.store.replace_cube  # the record says that `other` fades, as after a crash before its vectors went
    run.write("MATCH (c:Cube {id: 'c'}) SET c.fading = ['other'], c.spaces = '[[\"main\",\"test-4\",4]]'")
    cut(make_cube("c"))
    assert set((bench.get("n") or bench.node("?")).vectors) == {"main"}
    assert run.read("MATCH (c:Cube) RETURN c.fading AS fading") == [{"fading": None}]


# --- statements of people's own


def test_a_read_gives_plain_values(bench: Bench) -> None:
    bench.put(bench.node("a", text="x", tags=("t",)), bench.node("b"), bench.edge("a", "b"))
    values = "date('2020-01-02') AS d, [1, {a: 2.5}] AS l, point({x: 1, y: 2}) AS o"
    text = f"MATCH p = (n:Memory)-[e]->(m) RETURN n, e, p, {values}"
    table = bench.store.cypher(text)  # type: ignore[attr-defined]
    row = dict(zip(table.columns, table.rows[0], strict=True))
    assert (row["n"]["id"], row["n"]["tags"], row["e"]["from_id"]) == ("a", ["t"], "a")
    assert not [name for name in row["n"] if name.startswith("terms_")]
    assert [node["id"] for node in row["p"]["nodes"]] == ["a", "b"]
    assert (row["d"], row["l"], row["o"]["y"]) == ("2020-01-02", [1, {"a": 2.5}], 2.0)


@pytest.mark.parametrize(
    "text",
    ["CREATE (n:X)", "MATCH (n) DETACH DELETE n", "LOAD CSV FROM 'file:///etc/passwd' AS r RETURN r",
     "CALL dbms.listConfig()", "CALL apoc.load.json('http://x')", "DROP INDEX memory_uid"],
)  # fmt: skip
def test_a_read_that_is_none_is_refused(bench: Bench, text: str) -> None:
    with pytest.raises(Refused):
        bench.store.cypher(text)  # type: ignore[attr-defined]


def test_the_server_itself_refuses_a_write_in_a_read(bench: Bench) -> None:
    engine: Engine = bench.store._engine  # type: ignore[attr-defined]
    with pytest.raises(Refused):
        engine.reading(lambda run: run.read("CREATE (n:Memory {uid: 'c#x'}) RETURN 1 AS one"))


def test_a_statement_that_can_not_be_read_is_invalid(bench: Bench) -> None:
    with pytest.raises(Invalid, match="cypher"):
        bench.store.cypher("MATCH (n RETURN n")  # type: ignore[attr-defined]
    with pytest.raises(Invalid, match="cypher"):
        bench.store.cypher("RETURN $missing")  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "text",
    ["MATCH (n:Memory) REMOVE n.uid", "MATCH (n:Memory) SET n.cube_id = 'other'", "MATCH (c:Cube) SET c.seq = 7",
     "MATCH (c:Cube) DELETE c", "MATCH (a:Memory {id: 'a'}), (b:Memory {id: 'b'}) CREATE (a)-[:OWN]->(b)",
     "CREATE (n:Memory {uid: 'c#x', cube_id: 'c', id: 'x'})", "MATCH ()-[e]->() REMOVE e.from_id",
     "CREATE (n:Memory:Passage {uid: 'c#a'})", "MATCH (n:Memory {id: 'a'}) SET n.v_main = [1.0, 2.0]"],
)  # fmt: skip
def test_a_write_that_would_break_a_cube_is_undone(bench: Bench, text: str) -> None:
    bench.chain("a", "b")
    before = bench.contents()
    with pytest.raises((Refused, Invalid)):
        bench.store.cypher(text, write=True)  # type: ignore[attr-defined]
    assert bench.contents() == before


def test_text_search_follows_what_a_statement_wrote(bench: Bench) -> None:
    bench.put(bench.node("n", text="valve"))
    bench.store.cypher("MATCH (n:Memory) SET n.text = $text", {"text": "pump"}, write=True)  # type: ignore[attr-defined]
    assert (bench.found("pump"), bench.found("valve")) == (["n"], [])
    assert [finding for finding in bench.store.check() if not finding.ok] == []


def test_names_follow_what_a_statement_wrote(bench: Bench) -> None:
    bench.put(bench.node("e", kind="Entity", key="ann"))
    assert set(bench.store.lexicon(bench.scope())[bench.cube].entities) == {"ann"}
    bench.store.cypher("MATCH (n:Memory) SET n.key = $key", {"key": "bob"}, write=True)  # type: ignore[attr-defined]
    assert set(bench.store.lexicon(bench.scope())[bench.cube].entities) == {"bob"}


def test_check_finds_and_mends_what_went_past_the_store(bench: Bench) -> None:
    bench.put(bench.node("n", text="valve"), bench.node("m"), bench.edge("n", "m", "OWN_KIND"))
    run = bench.store._engine  # type: ignore[attr-defined]
    run.write("MATCH (n:Memory {id: 'n'}) SET n.text = 'pump'")
    (index,) = run.read("SHOW INDEXES YIELD name, labelsOrTypes WHERE labelsOrTypes = ['OWN_KIND'] RETURN name")
    run.schema(f"DROP INDEX {index['name']}")
    found = {finding.what for finding in bench.store.check() if not finding.ok}
    assert found == {"words of c", "index of OWN_KIND edges"}
    bench.store.check(mend=True)
    assert [finding for finding in bench.store.check() if not finding.ok] == []
    assert bench.found("pump") == ["n"]


# --- servers and users


def test_no_password_shows_anywhere(store: Neo4jStore, where: Address) -> None:
    wrong = replace(where, password="not-the-one-at-all")
    with pytest.raises(MemosGraphError) as caught:
        open_store(wrong)
    shown = f"{store!r} {where!r} {store._engine!r} {caught.value} {caught.value.__cause__} {wrong}"
    assert where.user in str(caught.value)
    assert where.password not in shown
    assert wrong.password not in shown


def test_a_database_for_each_cube_is_not_supported(where: Address) -> None:
    with pytest.raises(NotSupported):
        open_store(replace(where, multi_db=True))


def test_an_unknown_database_is_named(where: Address) -> None:
    with pytest.raises(Invalid, match="nothere"):
        open_store(replace(where, database="nothere"))


def test_nobody_listening_is_unavailable() -> None:
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        where = Address(url=f"bolt://127.0.0.1:{taken.getsockname()[1]}", retry_s=0, connect_s=2)
        with pytest.raises(Unavailable, match="see that the server runs"):
            open_store(where)


@pytest.mark.parametrize("said", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"220 mail.example.org\r\n", b"SSH-2.0-OpenSSH"])
def test_what_speaks_no_bolt_is_invalid(said: bytes) -> None:
    with _answering(said) as port:
        where = Address(url=f"bolt://127.0.0.1:{port}", retry_s=0, connect_s=5)
        with pytest.raises(Invalid, match="Bolt"):
            open_store(where)


@pytest.mark.parametrize(
    ("agent", "components", "reason"),
    [
        ("Neo4j/4.4.30", [("Neo4j Kernel", "4.4.30")], "too old"),
        ("Neo4j/5.25.1", [("Neo4j Kernel", "5.25.1")], "too old"),
        ("Neo4j/5.2.0 compatible graph database server - Memgraph", [("Memgraph", "3.0")], "Memgraph"),
        ("Neo4j/5.26.0", [("ArcadeDB", "26.10")], "no Neo4j Kernel"),
        ("Neo4j/5.26.0 compatible", [("Neo4j Kernel", "5.26.0")], "calls itself"),
        ("Neo4j/5.26.4", [("Neo4j Kernel", "5.26.0")], "says Neo4j/5.26.4"),
    ],
)
def test_a_server_of_another_kind_or_too_old_is_refused(
    agent: str, components: list[tuple[str, str]], reason: str
) -> None:
    with pytest.raises(Invalid, match=reason):
        check_server("bolt://h:1", agent, components)


@pytest.mark.parametrize("version", ["5.26.0", "5.26.30", "5.27.0", "2025.10.1", "2026.01.0-enterprise"])
def test_a_server_that_is_new_enough_will_do(version: str) -> None:
    check_server("bolt://h:1", f"Neo4j/{version}", [("Neo4j Kernel", version), ("Cypher", "5")])


@contextmanager
def _answering(said: bytes) -> Iterator[int]:
    """The port of a server that says `said` to whoever comes."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:

        def serve() -> None:
            while True:
                try:
                    client, _ = server.accept()
                except OSError:
                    return
                with client:
                    client.recv(20)
                    client.sendall(said)

        thread = Thread(target=serve, daemon=True)
        thread.start()
        yield int(server.getsockname()[1])
        server.shutdown(socket.SHUT_RDWR)
        thread.join()
