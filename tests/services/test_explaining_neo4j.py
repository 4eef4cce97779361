"""Recall, explain, why_not and answerability over a real Neo4j, beside the same chat in the oracle."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from memos_graph.app import Graph
from memos_graph.backends.inmemory import InMemoryStore
from memos_graph.backends.neo4j import Address, open_store
from memos_graph.ports import Embedder, GraphStore
from memos_graph.services.context import Context
from tests.servers.server import Server

from .conftest import Clock

TALK = [
    {"role": "user", "name": "Anna", "content": "I planted tomatoes behind the shed."},
    {"role": "user", "name": "Ben", "content": "How many tomatoes did you plant?"},
    {"role": "user", "name": "Anna", "content": "Twelve, and I water them every evening."},
    {"role": "user", "name": "Ben", "content": "I bought a red bicycle for my commute."},
]
QUERY = "How many tomatoes did Anna plant?"


@pytest.fixture
def both(neo4j_server: Server, embedder: Embedder) -> Iterator[tuple[Graph, Graph]]:
    neo4j_server.empty()
    store = open_store(Address(url=neo4j_server.url, user=neo4j_server.user, password=neo4j_server.password))
    stores: tuple[GraphStore, GraphStore] = (store, InMemoryStore())
    graphs = [Graph(Context(store=one, embedder=embedder, clock=Clock())) for one in stores]
    for graph in graphs:
        graph.cube("talk").add(TALK, conversation="garden", chat_time="2025-01-01T10:00:00+00:00")
    yield graphs[0], graphs[1]
    store.close()


def test_an_explanation_on_the_server_is_that_of_the_oracle(both: tuple[Graph, Graph]) -> None:
    real, oracle = (graph.cube("talk").explain(QUERY, top_k=3) for graph in both)
    assert [one.hit.id for one in real.hits] == [one.hit.id for one in oracle.hits]
    for mine, theirs in zip(real.hits, oracle.hits, strict=True):
        assert mine.hit.arms == pytest.approx(theirs.hit.arms, abs=1e-3)
        assert [route.steps for route in mine.hit.routes] == [route.steps for route in theirs.hit.routes]
        assert mine.searches == theirs.searches
    assert any(one.hit.routes for one in real.hits)  # else nothing is shown of edges


def test_a_lost_memory_is_lost_at_the_same_stage_on_the_server(both: tuple[Graph, Graph]) -> None:
    for options in ({"top_k": 1}, {"tags": ["none"]}, {"as_of": "2020-01-01"}, {"kinds": ["Table"]}, {"top_k": 10}):
        told = []
        for graph in both:
            kb = graph.cube("talk")
            missed = next(node.id for node in kb.list() if "bicycle" in node.text)
            told.append(kb.why_not(QUERY, missed, **options).stage)
        assert told[0] == told[1], options


def test_the_chance_that_the_answer_is_there_is_the_same_on_the_server(both: tuple[Graph, Graph]) -> None:
    real, oracle = (graph.cube("talk").answerability(QUERY).probability for graph in both)
    assert real == pytest.approx(oracle, abs=0.02)
