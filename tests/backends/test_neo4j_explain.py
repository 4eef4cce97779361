"""Every query that the store sends to Neo4j is served by an index: the plans of a real server, over filled cubes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import neo4j
import pytest

from memos_graph.backends.neo4j import Neo4jStore, address
from memos_graph.backends.neo4j.gathered import columns
from memos_graph.model.delta import (
    EraseEdge,
    EraseNode,
    PatchEdge,
    PatchNode,
    PutEdge,
    PutNode,
    RetireEdge,
    RetireNode,
)
from memos_graph.model.scope import everything
from memos_graph.ports import LOADING, Order
from memos_graph.queries import load, names
from memos_graph.testing.bench import SPACE, Bench, condition, day, make_cube, vector
from tests.servers.plans import scans
from tests.servers.server import Server

#: The scans that are meant: what each reads, it reads all of.
ALLOWED = {
    "cubes/all": "gives every cube",
    "search/spaces": "gives every cube's spaces",
    "check/broken": "doctor looks at every node and edge for those that no key or cube would lead to",
}
KINDS = ("PARENT", "MENTIONS", "CAUSES", "CONFLICTS_WITH", "RELATED_TO", "DEPENDS_ON", "MERGED_INTO")
MIGRATIONS = "migrations/"


@pytest.fixture(scope="module")
def bench(neo4j_server: Server) -> Iterator[Bench]:
    """Two cubes with every kind of edge, so that the planner has something to choose between."""
    store = Neo4jStore(address(neo4j_server.url, user=neo4j_server.user, password=neo4j_server.password))
    for cube, size in (("beside", 400), ("explained", 100)):
        store.create_cube(make_cube(cube))
        bench = Bench(store, cube)
        nodes = [
            bench.node(
                f"n{i:04}", kind="Entity" if i % 10 == 0 else "Passage", key=f"valve {i}", text=f"valve {i} leaks",
                tags=("a",), vectors={"main": vector(1, i, 2, 3)},
            )
            for i in range(size)
        ]  # fmt: skip
        edges = [bench.edge(f"n{i:04}", f"n{i - 1:04}", kind) for i in range(1, size) for kind in KINDS]
        bench.put(*nodes, *edges)
    yield bench
    for cube in ("explained", "beside"):
        store.drop_cube(cube)
    store.close()


@pytest.fixture(scope="module")
def session(neo4j_server: Server, bench: Bench) -> Iterator[neo4j.Session]:
    with neo4j_server.driver() as driver, driver.session() as session:
        session.run("CALL db.resampleOutdatedIndexes()").consume()
        yield session


def _files() -> list[str]:
    """Migrations are schema; `databases/` runs in the system database, and test_neo4j_apart asks that about it."""
    own = {name.removeprefix("neo4j/") for name in names() if not name.startswith(MIGRATIONS)}
    return sorted(name for name in own if not name.startswith("databases/"))


@pytest.mark.parametrize("name", _files())
def test_a_query_file_as_a_person_would_paste_it_scans_nothing(session: neo4j.Session, name: str) -> None:
    found = scans(session, load(name, dialect="neo4j").fill())
    assert bool(found) == (name in ALLOWED), f"{name}: {found}"


@pytest.mark.parametrize("name", [name for name in _files() if "RETURN" in load(name, dialect="neo4j").text])
def test_the_columns_that_we_read_from_a_text_are_those_the_server_returns(session: neo4j.Session, name: str) -> None:
    text = load(name, dialect="neo4j").fill()
    assert columns(text) == tuple(session.run(f"EXPLAIN {text}").keys())


def test_no_query_that_the_verbs_send_scans(
    session: neo4j.Session, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: dict[str, None] = {}
    run = neo4j.ManagedTransaction.run

    def recorded(self: neo4j.ManagedTransaction, text: Any, *given: Any, **named: Any) -> neo4j.Result:
        sent[str(text)] = None
        return run(self, text, *given, **named)

    monkeypatch.setattr(neo4j.ManagedTransaction, "run", recorded)
    _write(bench)
    _read(bench)
    meant = {load(name, dialect="neo4j").fill() for name in ALLOWED}
    wrong = {text: found for text in sent if text not in meant and (found := scans(session, text))}
    assert len(sent) > 40
    assert wrong == {}


def _write(bench: Bench) -> None:
    """Every operation, on new things and on those that are there."""
    a, b, edge = bench.node("a"), bench.node("b", vectors={"main": vector(1, 0, 0, 0)}), bench.edge("a", "b", "CAUSES")
    bench.put(a, b, edge, bench.node("c"), bench.edge("c", "n0001"))
    bench.apply(PutNode(node=bench.node("a", text="other", version=2), replaces=1))
    bench.apply(PutNode(node=bench.node("b", kind="Entity", version=2), replaces=1))
    bench.apply(PatchNode(id="a", expects=2, set={"tags": ["x"], "info": {"k": 1}}))
    bench.apply(PatchEdge(id=edge.id, expects=1, set={"weight": 0.5}))
    other = bench.edge("a", "c", "MENTIONS")
    bench.apply(PutEdge(edge=other), PutEdge(edge=bench.edge("a", "n0002", "MENTIONS")))
    bench.apply(RetireEdge(id=other.id))
    bench.apply(EraseEdge(id=edge.id))
    bench.apply(RetireNode(id="a"))
    bench.apply(EraseNode(id="b"), EraseNode(id="c"))
    store = bench.store
    store.create_cube(make_cube("filled", settings={LOADING: True}))
    filled = Bench(store, "filled")
    nodes = [filled.node(f"m{i}", vectors={"main": vector(1, 2, 3, i)}) for i in range(5)]
    store.load("filled", nodes=nodes, edges=[filled.edge("m0", "m1")], changes=bench.changes()[:0])
    store.load("filled", nodes=nodes[:2], edges=[filled.edge("m0", "m1", weight=0.5)])
    store.replace_cube(make_cube("filled"))
    store.replace_cube(make_cube("filled", spaces=(SPACE,)))
    store.check(mend=True)
    store.drop_cube("filled")


def _read(bench: Bench) -> None:
    """Every verb, with and without its options."""
    store, here = bench.store, bench.scope()
    trees = (
        None, {"tags": {"contains": "a"}}, {"info.k": 1}, {"text": {"like": "%valve%"}},
        {"and": [{"kind": "Passage"}, {"or": [{"confidence": {"gt": 0.5}}, {"created_at": {"lt": "2026-01-01"}}]}]},
    )  # fmt: skip
    for tree in trees:
        filter = condition(tree)
        store.match(here, filter=filter, limit=5, vectors=True)
        store.count(here, filter=filter)
        store.near(here, "main", vector(1, 2, 3, 4), 5, filter=filter)
        store.text(here, "valve leaks", 5, filter=filter)
        store.survey(here, "main", vector(1, 2, 3, 4), "valve", filter=filter, k=5)
    for scope in (everything(bench.cube), bench.scope(as_of=day(5), known_at=day(11))):
        store.near(scope, "main", vector(1, 2, 3, 4), 5)
        store.text(scope, "valve leaks", 5)
        store.survey(scope, "main", None, "valve", k=5)
        for direction in ("out", "in", "both"):
            store.around(scope, ["n0005"], depth=3, direction=direction)
            store.around(scope, ["n0005"], depth=2, direction=direction, kinds=["PARENT", "CAUSES"])
            store.edges(scope, touching=["n0005"], direction=direction, kinds=["MENTIONS"])
        store.edges(scope)
        store.edges(scope, kinds=["CAUSES"])
        store.edges(scope, ids=[bench.edge("n0002", "n0001").id])
        page = store.scan(scope, limit=50, vectors=True)
        store.scan(scope, cursor=page.cursor, limit=50)
        edges = store.scan_edges(scope, limit=50)
        store.scan_edges(scope, cursor=edges.cursor, limit=50)
        store.get(scope, ["n0001", "n0002"], vectors=True)
        store.match(scope, order=Order(field="key", descending=True), limit=5, offset=3)
        store.shape(scope)
        store.lexicon(scope)
    store.changes(bench.cube, after=1, limit=5)
    store.cubes()
