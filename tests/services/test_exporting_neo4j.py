"""An exported Cypher script run by a real Neo4j server."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from memos_graph.backends.inmemory import InMemoryStore
from memos_graph.model.graph import Cube, Node, make_edge
from memos_graph.providers.embedders.minilm import MiniLM
from memos_graph.services.context import Context
from memos_graph.services.evolve import put_memories
from memos_graph.services.exporters.script import cypher_script, literal
from memos_graph.services.exporters.selection import selection
from tests.servers.server import Server

AT = datetime(2025, 1, 1, tzinfo=UTC)
HOSTILE = (
    "it's", 'a "b"', "a\\b", "a\\u0041", "\\\\u0027", "\\", "'", "x\ny\r\t\x00\x01\x1f\x7f\x85\u2028", "ü 喜 😀",
    "; // no comment", "/* */ ;\n", "`}]", "$p {a: 1}", "\\'", "\\u", "u",
)  # fmt: skip


@pytest.fixture
def server(neo4j_server: Server) -> Server:
    neo4j_server.empty()
    return neo4j_server


def test_the_server_reads_every_literal_as_what_it_was(server: Server) -> None:
    values = [*HOSTILE, 0, -1, 2**63 - 1, -(2**63), 0.1, -1e-7, 1.5e300, 1e16, True, False, ["a", "b'"]]
    with server.driver() as driver, driver.session() as session:
        for value in values:
            assert session.run(f"RETURN {literal(value)} AS v").single(strict=True)["v"] == value
        assert session.run(f"RETURN {literal(AT)} AS v").single(strict=True)["v"].to_native() == AT


def test_the_server_runs_the_script_and_holds_the_graph(server: Server) -> None:
    context = Context(store=InMemoryStore(), embedder=MiniLM(), clock=lambda: AT)
    context.store.create_cube(Cube(id="kb", created_at=AT))
    nodes = [
        Node(id=f"n{i}", cube="kb", kind="Passage" if i % 2 else "Recipe", text=text if text.strip() else "x",
             tags=("t",), info={"shelf": i, "odd name": text, "deep": {"a": [text]}}, created_at=AT, updated_at=AT)
        for i, text in enumerate(HOSTILE)
    ]  # fmt: skip
    edges = [make_edge("kb", "CAUSES", "n0", f"n{i}", created_at=AT, evidence=t) for i, t in enumerate(HOSTILE) if i]
    put_memories(context, "kb", nodes, edges=edges)
    script = "".join(cypher_script(context, "kb", selection(context, "kb"), vectors=True))
    with server.driver() as driver, driver.session() as session:
        for statement in script.split(";\n"):
            if statement.strip():
                session.run(statement).consume()
        rows = session.run("MATCH (n:Memory) WHERE n.id STARTS WITH 'n' RETURN n ORDER BY n.`info.shelf`").value()
        assert [row["text"] for row in rows] == [node.text for node in nodes]
        assert [row["info.odd name"] for row in rows] == list(HOSTILE)
        assert {len(row[name]) for row in rows for name in row if name.startswith("v_")} == {384}
        told = session.run("MATCH (:Memory {id: 'n0'})-[r:CAUSES]->(b) RETURN r.evidence, b.id").values()
        assert sorted(told) == sorted([text, f"n{i}"] for i, text in enumerate(HOSTILE) if i)
        states = session.run("SHOW VECTOR INDEXES YIELD name, state RETURN name, state").values()
        assert [name.startswith("memory_v_") and state == "ONLINE" for name, state in states] == [True]
