"""The extra `py2neo`: its queries, data frames and matchers read what our store wrote on a real server."""

from __future__ import annotations

from collections.abc import Iterator

import py2neo
import pytest
from py2neo.matching import NodeMatcher, RelationshipMatcher

from memos_graph.backends.neo4j import Neo4jStore, address
from memos_graph.queries import load
from memos_graph.testing.bench import Bench, make_cube
from tests.servers.server import Server


@pytest.fixture(scope="module")
def bench(neo4j_server: Server) -> Iterator[Bench]:
    store = Neo4jStore(address(neo4j_server.url, user=neo4j_server.user, password=neo4j_server.password))
    store.create_cube(make_cube("py2neo"))
    bench = Bench(store, "py2neo")
    bench.put(
        bench.node("valve", kind="Entity", key="valve 7", text="valve 7"),
        bench.node("note", text="valve 7 leaks"),
        bench.edge("note", "valve", "MENTIONS", weight=0.5),
    )
    yield bench
    store.drop_cube("py2neo")
    store.close()


@pytest.fixture(scope="module")
def graph(neo4j_server: Server, bench: Bench) -> Iterator[py2neo.Graph]:
    graph = py2neo.Graph(neo4j_server.url, auth=(neo4j_server.user, neo4j_server.password))
    yield graph
    graph.service.connector.close()  # a Graph has no close of its own


def test_py2neo_runs_a_query_with_parameters(graph: py2neo.Graph) -> None:
    rows = graph.run("MATCH (n:Memory {cube_id: $cube}) RETURN n.id AS id ORDER BY id", cube="py2neo").data()
    assert rows == [{"id": "note"}, {"id": "valve"}]


def test_py2neo_gives_a_shipped_query_as_a_data_frame(graph: py2neo.Graph) -> None:
    frame = graph.run(load("explore/mentions").fill(), cube="py2neo", name="Valve 7").to_data_frame()
    assert list(frame.columns) == ["entity", "kind", "id", "text"]
    assert frame.iloc[0].to_dict() == {"entity": "valve 7", "kind": "Passage", "id": "note", "text": "valve 7 leaks"}


def test_py2neo_matchers_find_nodes_by_kind_and_edges_by_type(graph: py2neo.Graph) -> None:
    entity = NodeMatcher(graph).match("Memory", "Entity", cube_id="py2neo").first()
    assert entity is not None
    assert (entity["id"], entity["key"]) == ("valve", "valve 7")
    edge = RelationshipMatcher(graph).match((None, entity), "MENTIONS").first()
    assert edge is not None
    assert (edge.start_node["id"], edge["weight"]) == ("note", 0.5)


def test_py2neo_s_schema_helpers_do_not_know_neo4j_5(graph: py2neo.Graph) -> None:
    """The gap that docs/explore.md tells of: when this fails, py2neo can do it and the docs must say so."""
    with pytest.raises(py2neo.errors.ClientError):
        graph.schema.get_indexes("Memory")
    with pytest.raises(py2neo.errors.ClientError):
        graph.schema.create_index("Memory", "key")
