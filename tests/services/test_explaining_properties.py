"""Whatever is asked with whatever options: an explanation and why_not agree with the search."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memos_graph.app import CubeHandle, Graph
from memos_graph.backends.inmemory import InMemoryStore
from memos_graph.model.filter import parse_filter
from memos_graph.providers.embedders.minilm import MiniLM
from memos_graph.services.asking import RecallRequest
from memos_graph.services.context import Context
from memos_graph.services.explaining import explain
from memos_graph.services.losing import why_not
from memos_graph.services.recall import recall

AT = datetime(2025, 3, 1, tzinfo=UTC)
LINES = (
    ("Anna", "I planted tomatoes behind the shed in May."),
    ("Ben", "How many tomatoes did you plant?"),
    ("Anna", "Twelve, and I water them every evening."),
    ("Ben", "Ann Lee sold me a red bicycle."),
    ("Anna", "Ann Lee used to live in Lisbon. Now she lives in Oslo."),
    ("Ben", "I bought a red bicycle."),
    ("Ben", "I bought a red bicycle!"),
)
FILTERS = (None, {"text": {"like": "*tomatoes*"}}, {"or": [{"key": "Ben"}, {"kind": "LongTermMemory"}]})
REQUESTS = st.builds(
    RecallRequest,
    query=st.sampled_from([
        "How many tomatoes did Anna plant?", "What did Ben buy?", "Where did Ann Lee live before?", "Where is she now?",
        "tomatoes", "?", "the of and", "submarine 潜水艇", "What did Anna and Ben do in May 2024?",
    ]),
    cubes=st.sampled_from([("talk",), ("talk", "notes"), ("empty", "notes")]),
    top_k=st.integers(1, 8),
    filter=st.sampled_from(FILTERS).map(lambda tree: None if tree is None else parse_filter(tree)),
    kinds=st.sampled_from([None, None, frozenset({"Message"}), frozenset({"Entity"})]),
    as_of=st.sampled_from([None, None, AT - timedelta(days=40), AT]),
    known_at=st.sampled_from([None, None, AT - timedelta(days=40), AT + timedelta(hours=2)]),
    include_archived=st.booleans(),
    mode=st.sampled_from(["fast", "fast", "deep"]),
    conversation=st.sampled_from([None, "garden"]),
    recency=st.sampled_from([None, 3.0]),
    relativity=st.sampled_from([0.0, 0.0, 0.2, 0.9]),
    dedup=st.sampled_from(["none", "similar", "mmr"]),
    max_tokens=st.sampled_from([None, None, 15, 60]),
)  # fmt: skip


@cache
def graph() -> Graph:
    clock = iter(AT + timedelta(minutes=at) for at in range(1_000_000))
    made = Graph(Context(store=InMemoryStore(), embedder=MiniLM(), clock=lambda: next(clock)))
    made.cube("talk").add(
        [{"role": "user", "name": who, "content": text} for who, text in LINES],
        conversation="garden", chat_time="2025-02-01T10:00:00+00:00",
    )  # fmt: skip
    notes = made.cube("notes")
    notes.add("Ann Lee lives in Oslo.")
    notes.add("The shed is red.")
    notes.update(notes.list()[0].id, "Ann Lee lives in Rome.")
    made.cube("empty")
    return made


def everything_in(kb: CubeHandle) -> list[str]:
    return [node.id for node in kb.get_many([n.id for n in kb.list(limit=1000)])]


@settings(deadline=None, max_examples=60)
@given(REQUESTS)
def test_an_explanation_tells_of_the_hits_of_the_search_and_its_numbers_add_up(request: RecallRequest) -> None:
    context = graph().context
    told, found = explain(context, request), recall(context, request)
    assert [(one.hit.cube, one.hit.id, one.hit.rank) for one in told.hits] == [(h.cube, h.id, h.rank) for h in found]
    nodes = {(node.cube, node.id) for node in told.nodes}
    for one in told.hits:
        assert sum(one.hit.arms.values()) == pytest.approx(one.hit.score, abs=1e-3)
        assert {(one.hit.cube, i) for r in one.hit.routes for s in r.steps for i in (s.from_id, s.to_id)} <= nodes
    assert {one.stage for one in told.lost} <= {stage.name for stage in told.stages}
    left = [stage.left for stage in told.stages[:3]]
    assert left == sorted(left, reverse=True)
    assert json.loads(json.dumps(told.to_json())) == told.to_json()
    assert 0 < told.answerability.probability < 1


@settings(deadline=None, max_examples=60)
@given(REQUESTS, st.data())
def test_a_memory_is_told_to_be_hit_n_exactly_when_the_search_returns_it_there(
    request: RecallRequest, data: st.DataObject
) -> None:
    made = graph()
    place: dict[str, Any] = {hit.id: hit.rank for hit in recall(made.context, request)}
    ids = [i for name in ("talk", "notes") for i in everything_in(made.cube(name))]
    identity = data.draw(st.sampled_from(ids))
    told = why_not(made.context, request, identity)
    assert told.found is (identity in place)
    if told.found:
        assert told.detail == f"it is hit number {place[identity]}"
    if told.stage == "score" and told.short_by is not None:
        assert told.short_by >= 0
        assert told.rank is not None
        assert told.rank > request.top_k
    if told.stage == "filter":
        assert told.reasons
    assert json.loads(json.dumps(told.to_json())) == told.to_json()
