"""The oracle keeps the contract that it is the measure of."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from memos_graph.backends.inmemory import InMemoryStore
from memos_graph.model.delta import Delta, Operation, PutEdge, PutNode
from memos_graph.model.graph import Cube, Edge, Node, make_edge
from memos_graph.model.scope import Scope, everything
from memos_graph.ports import GraphStore
from memos_graph.testing import StoreContract, store_machine

AT = datetime(2025, 1, 1, tzinfo=UTC)


class TestInMemory(StoreContract):
    def make_store(self, path: Path) -> GraphStore:
        return InMemoryStore()


#: The oracle beside itself: what fails here is the machine's own fault.
TestInMemoryBesideItself = store_machine(lambda _path: InMemoryStore(), examples=5)


def test_edges_asked_for_by_id_are_looked_up_not_searched_for(monkeypatch: pytest.MonkeyPatch) -> None:
    store = InMemoryStore()
    store.create_cube(Cube(id="c", created_at=AT))
    nodes = [Node(id=f"n{i}", cube="c", kind="Passage", created_at=AT, updated_at=AT) for i in range(9)]
    edges = [make_edge("c", "LEADS_TO", "n0", node.id, created_at=AT) for node in nodes[1:]]
    operations: tuple[Operation, ...] = (
        *(PutNode(node=node) for node in nodes),
        *(PutEdge(edge=edge) for edge in edges),
    )
    store.apply(Delta(id="d", cube="c", at=AT, operations=operations))
    looked_at: list[str] = []
    sees = Scope.sees_edge

    def noted(scope: Scope, edge: Edge) -> bool:
        looked_at.append(edge.id)
        return sees(scope, edge)

    monkeypatch.setattr(Scope, "sees_edge", noted)
    found = store.edges(everything("c"), ids=[edges[3].id, "no such edge", edges[3].id])
    assert [edge.id for edge in found] == looked_at == [edges[3].id]
