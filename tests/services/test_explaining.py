"""explain, why_not and answerability, on each kind of store."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from memos_graph.app import CubeHandle, Graph
from memos_graph.model.errors import Invalid, NotFound
from memos_graph.model.filter import parse_filter
from memos_graph.model.graph import Node, Source, make_edge
from memos_graph.services.asking import RecallRequest
from memos_graph.services.explained import Explanation, WhyNot
from memos_graph.services.explaining import explain
from memos_graph.services.judging import answerability
from memos_graph.services.losing import CHOOSERS, why_not
from memos_graph.services.recall import recall
from memos_graph.services.stages import read_query

from .conftest import Clock

TALK = [
    {"role": "user", "name": "Anna", "content": "I planted tomatoes behind the shed."},
    {"role": "user", "name": "Ben", "content": "How many tomatoes did you plant?"},
    {"role": "user", "name": "Anna", "content": "Twelve, and I water them every evening."},
    {"role": "user", "name": "Ben", "content": "I bought a red bicycle for my commute."},
    {"role": "user", "name": "Anna", "content": "Cycling to work sounds healthy."},
]


@pytest.fixture
def talk(graph: Graph) -> CubeHandle:
    kb = graph.cube("talk")
    kb.add(TALK, conversation="garden", chat_time="2025-01-01T10:00:00+00:00")
    return kb


def request(kb: CubeHandle, query: str, **options: Any) -> RecallRequest:
    return RecallRequest(query=query, cubes=(kb.name,), **options)


def ask(graph: Graph, kb: CubeHandle, query: str, **options: Any) -> Explanation:
    return explain(graph.context, request(kb, query, **options))


def lose(graph: Graph, kb: CubeHandle, query: str, identity: str, **options: Any) -> WhyNot:
    return why_not(graph.context, request(kb, query, **options), identity)


def said(kb: CubeHandle, words: str) -> str:
    return next(node.id for node in kb.list() if words in node.text)


# --- explain


def test_an_explanation_has_the_hits_of_the_search_with_numbers_that_sum_to_the_score(
    graph: Graph, talk: CubeHandle
) -> None:
    query = "What did Anna plant behind the shed?"
    told = ask(graph, talk, query, top_k=4)
    found = recall(graph.context, request(talk, query, top_k=4))
    assert [one.hit.id for one in told.hits] == [hit.id for hit in found]
    for one in told.hits:
        assert sum(one.hit.arms.values()) == pytest.approx(one.hit.score, abs=1e-4)
        assert one.ranked == one.hit.rank
    assert told.hits[0].searches == {"dense": 1, "lexical": 1}


def test_an_explanation_says_how_the_query_was_read(graph: Graph, talk: CubeHandle) -> None:
    (meaning,) = ask(graph, talk, "When did Anna plant the tomatoes?").meanings
    assert meaning.speakers == ("Anna",)
    assert meaning.asks_when
    assert [voice.text for voice in meaning.voices] == ["When did I plant the tomatoes?"]
    assert meaning.words == "plant tomatoes?"


def test_stages_never_grow_but_for_the_hits_chosen_from_the_pool(graph: Graph, talk: CubeHandle) -> None:
    only = parse_filter({"text": {"like": "*tomatoes*"}})
    told = ask(graph, talk, "tomatoes", filter=only, top_k=1)
    left = [stage.left for stage in told.stages]
    assert [stage.name for stage in told.stages] == ["scope", "filter", "kinds", "score"]
    assert left == sorted(left, reverse=True)
    assert left[1:] == [2, 2, 1]


def test_every_edge_on_a_route_is_in_the_subgraph_with_both_its_ends(graph: Graph, talk: CubeHandle) -> None:
    told = ask(graph, talk, "How many tomatoes did Anna plant?")
    nodes = {node.id for node in told.nodes}
    walked = {(edge.kind, edge.from_id, edge.to_id) for edge in told.edges}
    steps = [step for one in told.hits for route in one.hit.routes for step in route.steps]
    assert steps
    for step in steps:
        ends = (step.from_id, step.to_id) if step.along else (step.to_id, step.from_id)
        assert (step.kind, *ends) in walked
        assert set(ends) <= nodes


def test_an_explanation_is_plain_json(graph: Graph, talk: CubeHandle) -> None:
    told = ask(graph, talk, "What did Anna plant in January 2025?", dedup="similar").to_json()
    assert json.loads(json.dumps(told)) == told
    assert {"meanings", "stages", "hits", "lost", "answerability", "graph"} <= set(told)


def test_explaining_an_empty_cube_finds_nothing_and_does_not_fail(graph: Graph) -> None:
    told = ask(graph, graph.cube("empty"), "anything at all?")
    assert told.hits == ()
    assert told.answerability.probability < 0.3


def test_what_a_later_stage_left_out_is_told_with_that_stage(graph: Graph) -> None:
    kb = graph.cube("twice")
    for text in ("The pump stands in the hall.", "The pump stands in the hall!", "Cats sleep all day."):
        kb.add(text)
    told = ask(graph, kb, "Where does the pump stand?", dedup="similar")
    assert [lost.stage for lost in told.lost] == ["dedup"]
    assert len(told.hits) == 2


# --- why_not


def test_a_hit_is_told_by_its_number(graph: Graph, talk: CubeHandle) -> None:
    told = lose(graph, talk, "red bicycle", said(talk, "bicycle"))
    assert (told.stage, told.found, told.rank) == ("hit", True, 1)


def test_an_id_that_nothing_has_is_missing(graph: Graph, talk: CubeHandle) -> None:
    told = lose(graph, talk, "red bicycle", "mem_nowhere")
    assert (told.stage, told.cube) == ("missing", None)


def test_a_memory_of_another_cube_is_told_of_only_where_that_may_be_told(graph: Graph, talk: CubeHandle) -> None:
    other = graph.cube("other")
    other.add("The bicycle is red.")
    identity = said(other, "bicycle")
    told = lose(graph, talk, "red bicycle", identity)
    assert (told.stage, told.cube) == ("cube", "other")
    silent = why_not(graph.context, request(talk, "red bicycle"), identity, among=())
    assert (silent.stage, silent.cube) == ("missing", None)


def test_a_filter_names_the_condition_that_keeps_a_memory_out(graph: Graph, talk: CubeHandle) -> None:
    only = parse_filter({"and": [{"kind": "Message"}, {"tags": {"contains": "red"}}]})
    told = lose(graph, talk, "red bicycle", said(talk, "bicycle"), filter=only)
    assert told.stage == "filter"
    assert [(why.field, why.asked) for why in told.reasons] == [("tags", "contains red")]


def test_states_times_and_kinds_are_stages_of_their_own(graph: Graph, clock: Clock) -> None:
    kb = graph.cube("states")
    at = clock.time
    base = Node(id="kept", cube="states", kind="Note", text="The valve is open.", created_at=at, updated_at=at)
    kb.put([
        base, replace(base, id="old", status="archived"), replace(base, id="ended", valid_to=at - timedelta(days=3)),
        replace(base, id="who", kind="Entity", key="valve"),
    ])  # fmt: skip
    query = "Is the valve open?"
    assert lose(graph, kb, query, "kept").found
    state = lose(graph, kb, query, "old")
    assert (state.stage, state.reasons[0].found) == ("state", "archived")
    ended = lose(graph, kb, query, "ended")
    assert ended.stage == "time"
    assert ended.reasons[0].seconds_off == pytest.approx(3 * 86400, abs=600)
    unknown = lose(graph, kb, query, "kept", known_at=at - timedelta(days=1))
    assert (unknown.stage, unknown.reasons[0].field) == ("time", "updated_at")
    assert lose(graph, kb, query, "who").stage == "kind"
    assert lose(graph, kb, query, "kept", kinds=frozenset({"Passage"})).stage == "kind"


def test_a_deleted_memory_says_that_it_was_deleted(graph: Graph, talk: CubeHandle) -> None:
    identity = said(talk, "bicycle")
    talk.delete(identity)
    told = lose(graph, talk, "red bicycle", identity)
    assert told.stage == "time"
    assert "deleted" in told.detail


def test_a_picture_that_its_text_shows_is_found_there(graph: Graph, clock: Clock) -> None:
    kb = graph.cube("pictures")
    at = clock.time
    text = Node(id="m", cube="pictures", kind="Message", text="Look at my boat!", created_at=at, updated_at=at)
    boat = replace(text, id="i", kind="Image", text="a wooden boat", sources=(Source(uri="x"),))
    kb.put([text, boat], [make_edge("pictures", "ILLUSTRATES", "i", "m", created_at=at)])
    told = lose(graph, kb, "wooden boat", "i")
    assert (told.stage, told.reasons[0].found) == ("picture", "m")


def test_the_outranked_learn_their_number_and_what_the_last_hit_has_more(graph: Graph, talk: CubeHandle) -> None:
    told = lose(graph, talk, "What did Anna plant behind the shed?", said(talk, "bicycle"), top_k=1)
    assert told.stage == "score"
    assert told.rank is not None
    assert told.rank > 1
    assert told.rival is not None
    assert told.rival.id == said(talk, "behind the shed")
    assert told.short_by is not None
    assert told.short_by > 0
    assert sum(told.rival.arms.values()) == pytest.approx(told.short_by, abs=1e-4)
    assert "SAID_BY" in told.rival.arms
    assert json.loads(json.dumps(told.to_json())) == told.to_json()


@pytest.mark.parametrize(("option", "value"), [("dedup", "similar"), ("max_tokens", 12), ("relativity", 0.999)])
def test_what_chooses_among_hits_is_named_when_it_leaves_one_out(graph: Graph, option: str, value: Any) -> None:
    kb = graph.cube("chosen")
    kb.add("The pump stands in the hall.")
    kb.add("The pump stands in the hall!")
    (first, second) = recall(graph.context, request(kb, "Where does the pump stand?"))
    told = lose(graph, kb, "Where does the pump stand?", second.id, **{option: value})
    assert told.stage == option
    assert first.id != second.id


def test_every_memory_is_a_hit_or_lost_just_as_the_search_says(graph: Graph, talk: CubeHandle) -> None:
    for options in ({"top_k": 2}, {"top_k": 3, "dedup": "mmr"}, {"recency": 2.0, "top_k": 2}, {"max_tokens": 20}):
        for query in ("tomatoes", "What did Ben buy?"):
            hits = {hit.id: hit.rank for hit in recall(graph.context, request(talk, query, **options))}
            for node in talk.list():
                told = lose(graph, talk, query, node.id, **options)
                assert told.found is (node.id in hits)
                if told.found:
                    assert told.detail == f"it is hit number {hits[node.id]}"


def test_every_option_that_chooses_is_a_stage() -> None:
    chosen = {"conversation", "recency", "dedup", "max_tokens", "reranker"}
    assert chosen | {"relativity", "tense"} == set(CHOOSERS)
    values: dict[str, Any] = {"conversation": "x", "recency": 1.0, "dedup": "mmr", "max_tokens": 5}
    assert all(RecallRequest(query="q", cubes=("c",), **{name: value}).chooses for name, value in values.items())


def test_a_cube_that_is_not_there_is_an_error_that_names_it(graph: Graph) -> None:
    with pytest.raises(NotFound, match="nowhere"):
        why_not(graph.context, RecallRequest(query="q", cubes=("nowhere",)), "n")


# --- answerability


def test_who_did_it_is_likelier_to_be_answerable_than_who_did_not(graph: Graph, talk: CubeHandle) -> None:
    odds = {
        name: answerability(graph.context, request(talk, f"Where did {name} plant tomatoes?"))
        for name in ("Anna", "Ben")
    }
    assert odds["Anna"].probability > odds["Ben"].probability
    assert (odds["Anna"].signs.about or 0) > 0 > (odds["Ben"].signs.about or 0)


def test_what_is_there_is_likelier_answerable_than_what_is_nowhere(graph: Graph, talk: CubeHandle) -> None:
    there = answerability(graph.context, request(talk, "What did Anna plant behind the shed?"))
    nowhere = answerability(graph.context, request(talk, "Which submarine reached Antarctica first?"))
    assert there.probability > 0.5 > nowhere.probability


def test_what_may_not_be_a_hit_is_no_evidence(graph: Graph, talk: CubeHandle) -> None:
    query = "What did Anna plant behind the shed?"
    narrow = answerability(graph.context, request(talk, query, filter=parse_filter({"text": {"like": "*bicycle*"}})))
    assert narrow.probability < answerability(graph.context, request(talk, query)).probability


@pytest.mark.parametrize("prior", [0, 1, -0.5, 2.0, float("nan"), True, "high"])
def test_a_prior_that_is_no_probability_is_refused(graph: Graph, talk: CubeHandle, prior: Any) -> None:
    with pytest.raises(Invalid, match="prior"):
        answerability(graph.context, request(talk, "tomatoes"), prior=prior)


def test_of_several_cubes_the_likeliest_is_named(graph: Graph, talk: CubeHandle) -> None:
    graph.cube("other").add("Submarines are noisy.")
    both = RecallRequest(query="What did Anna plant behind the shed?", cubes=("other", "talk"))
    assert answerability(graph.context, both).cube == "talk"
    assert read_query(graph.context, both).scope.cubes == ("other", "talk")
