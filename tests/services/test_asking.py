"""What a caller can ask of a search, over every kind of store."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from memos_graph.app import CubeHandle, Graph
from memos_graph.app.given import as_filter
from memos_graph.engines.profile import PRESETS
from memos_graph.model.errors import Invalid, NotFound, Unavailable
from memos_graph.model.filter import matches
from memos_graph.services.hits import Hit
from memos_graph.services.recall import RecallRequest
from tests.services.conftest import Clock

SHARED = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


class ByLength:
    """The longest text is the best."""

    model = "by-length"

    def __init__(self) -> None:
        self.asked: list[tuple[str, tuple[str, ...]]] = []

    def rerank(self, query: str, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        self.asked.append((query, tuple(texts)))
        return np.array([len(text) for text in texts], np.float32)


@pytest.fixture
def cube(graph: Graph) -> CubeHandle:
    return graph.cube("harbour")


def texts(hits: Sequence[Hit]) -> list[str]:
    return [hit.text for hit in hits]


def fill(cube: CubeHandle, clock: Clock) -> None:
    for number in range(8):
        clock.skip(days=10)
        cube.add_text(
            f"Pump {number} of the harbour was serviced by crew {'north' if number % 2 else 'south'}.",
            tags=("pumps", f"t{number % 3}"), info={"part": number, "scene": "dock" if number < 4 else "quay"},
        )  # fmt: skip
    cube.add(
        [
            {"role": "user", "name": "Ann", "content": "Which pump leaks in the harbour?"},
            {"role": "user", "name": "Ben", "content": "Pump 3 leaks, Greta saw it at the quay."},
        ],
        conversation="talk-1", chat_time="2025-01-05T10:00:00",
    )  # fmt: skip
    cube.add_text("Greta keeps bees behind the customs house.", tags=("people",))


# --- nothing is returned that was not asked for

TREES: list[dict[str, Any]] = [
    {"tags": {"contains": "pumps"}},
    {"scene": "quay"},
    {"info.part": {"gte": 3, "lt": 6}},
    {"or": [{"info.part": 1}, {"kind": "Message"}]},
    {"and": [{"or": [{"scene": "dock"}, {"tags": {"contains": "people"}}]}, {"text": {"like": "*greta*"}}]},
    {"info.part": {"in": [2, 5]}},
    {"tags": {"contains": "nothing has this"}},
]
WISHES: list[dict[str, Any]] = [
    {}, {"mode": "deep"}, {"dedup": "similar"}, {"dedup": "mmr"}, {"conversation": "talk-1"}, {"recency": 5.0},
    {"rerank": ByLength()}, {"max_tokens": 30}, {"include_archived": True}, {"relativity": 0.05},
    {"mode": "deep", "dedup": "mmr", "conversation": "talk-1", "recency": 30.0, "rerank": ByLength()},
]  # fmt: skip
QUERIES = [
    "Which pump leaks?", "what did Ben say about Greta", "who keeps bees", "crew north now", "where was it before?",
    "the of and", "阀门", "?!", "pump " * 500,
]  # fmt: skip


@pytest.mark.parametrize("tree", TREES, ids=str)
def test_no_wish_brings_back_what_the_filter_left_out(cube: CubeHandle, clock: Clock, tree: dict[str, Any]) -> None:
    fill(cube, clock)
    condition = as_filter(tree)
    allowed = {node.id for node in cube.list(filter=tree)}
    for wish in WISHES:
        for query in QUERIES:
            hits = cube.search(query, filter=tree, top_k=20, **wish)
            assert all(matches(condition, hit.node) for hit in hits), (wish, query)
            assert {hit.id for hit in hits} <= allowed
            assert len({hit.id for hit in hits}) == len(hits)


def test_arms_sum_to_the_score_and_ranks_count_whatever_is_wished(cube: CubeHandle, clock: Clock) -> None:
    fill(cube, clock)
    for wish in WISHES:
        for query in QUERIES:
            hits = cube.search(query, **wish)
            assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))
            for hit in hits:
                assert sum(hit.arms.values()) == pytest.approx(hit.score, abs=1e-4), (wish, query)
                assert 0 <= hit.relativity <= 1


def test_wishes_that_ask_for_nothing_change_nothing(cube: CubeHandle, clock: Clock) -> None:
    fill(cube, clock)
    for query in QUERIES:
        plain = cube.search(query)
        same = cube.search(
            query, recency=None, dedup="none", mode="fast", relativity=0.0, max_tokens=10_000_000, tags=None,
            rerank=False,
        )  # fmt: skip
        assert [(hit.id, hit.score) for hit in plain] == [(hit.id, hit.score) for hit in same]


# --- narrowing


def test_tags_kinds_and_times_narrow_before_anything_is_ranked(cube: CubeHandle, clock: Clock) -> None:
    fill(cube, clock)
    assert {tag for hit in cube.search("pump", tags=("pumps", "t1"), top_k=20) for tag in hit.node.tags} == {
        "pumps", "t1",
    }  # fmt: skip
    assert {hit.kind for hit in cube.search("pump", kinds="Message", top_k=20)} == {"Message"}
    early = cube.search("pump serviced", created=("2025-01-10", "2025-02-02T00:00:00+00:00"), kinds=["LongTermMemory"])
    assert sorted(str(hit.node.info["part"]) for hit in early) == ["0", "1", "2"]
    late = cube.search("pump serviced", created={"from": "2025-03-10"}, tags="pumps")
    assert sorted(str(hit.node.info["part"]) for hit in late) == ["6", "7"]
    (changed,) = cube.search("pump serviced", filter={"info.part": 1})
    since = clock.skip(days=1)
    cube.update(changed.id, "Pump 1 was scrapped.")
    assert texts(cube.search("pump", updated=(since, None), top_k=20)) == ["Pump 1 was scrapped."]
    assert "Pump 1 was scrapped." not in texts(cube.search("pump", updated={"until": since}, top_k=20))


def test_each_class_of_cube_has_its_own_filter(graph: Graph) -> None:
    mine, shared = graph.cube("mine"), graph.cube("shared", cube_class="knowledgebase")
    graph.cube("all", cube_class="public").add_text("Tide tables for the port.", tags=("b",))
    for handle in (mine, shared):
        handle.add_text("Tide tables for the north.", tags=("a",))
        handle.add_text("Tide tables for the south.", tags=("b",))

    def found(tree: dict[str, Any]) -> set[tuple[str, str]]:
        return {(hit.cube, hit.node.tags[0]) for hit in graph.search("tide tables", filter=tree)}

    only = {"contains": "a"}
    assert found({"knowledgebase": {"tags": only}}) == {("mine", "a"), ("mine", "b"), ("shared", "a"), ("all", "b")}
    assert found({"user": {"and": [{"tags": only}]}, "public": {"tags": only}}) == {
        ("mine", "a"), ("shared", "a"), ("shared", "b"),
    }  # fmt: skip
    assert found({"tags": only}) == {("mine", "a"), ("shared", "a")}
    assert {hit.cube for hit in graph.search("tide", cubes=["shared"])} == {"shared"}
    with pytest.raises(NotFound):
        graph.search("tide", cubes=["nowhere"])


def test_what_is_archived_shows_only_when_asked_for(cube: CubeHandle, clock: Clock) -> None:
    (identity,) = cube.add("The crane stands at berth four.").ids
    clock.skip(days=3)
    cube.update(identity, "The crane stands at berth nine.")
    assert texts(cube.search("where is the crane")) == ["The crane stands at berth nine."]
    assert sorted(texts(cube.search("where is the crane", include_archived=True))) == [
        "The crane stands at berth four.", "The crane stands at berth nine.",
    ]  # fmt: skip


# --- time


def test_now_and_before_choose_between_versions(cube: CubeHandle, clock: Clock) -> None:
    (identity,) = cube.add("I live in Porto, near the river.").ids
    clock.skip(days=100)
    cube.update(identity, "I live in Lisbon, near the castle.")
    assert texts(cube.search("Where do I live now?", top_k=1)) == ["I live in Lisbon, near the castle."]
    assert texts(cube.search("Where did I live before?", top_k=1)) == ["I live in Porto, near the river."]
    assert texts(cube.search("我以前住在哪里？", top_k=1)) == ["I live in Porto, near the river."]


def test_now_and_before_choose_between_things_said_at_different_times(cube: CubeHandle) -> None:
    cube.add([{"role": "user", "name": "Ann", "content": "I work at the bakery."}], conversation="a",
             chat_time="2024-01-01T10:00:00")  # fmt: skip
    cube.add([{"role": "user", "name": "Ann", "content": "I work at the library."}], conversation="b",
             chat_time="2025-06-01T10:00:00")  # fmt: skip
    assert texts(cube.search("Where does Ann work now?", top_k=1)) == ["I work at the library."]
    assert texts(cube.search("Where did Ann work before?", top_k=1)) == ["I work at the bakery."]


def test_recency_prefers_the_later_of_two_that_say_the_same(cube: CubeHandle) -> None:
    for year in (2021, 2024):
        cube.add([{"role": "user", "name": "Ann", "content": "We repaired the winch again."}], conversation=str(year),
                 chat_time=f"{year}-06-01T10:00:00")  # fmt: skip
    first, second = cube.search("winch repaired", recency=30, now="2024-07-01")
    assert (first.node.valid_from or datetime.max).year == 2024
    assert first.score > second.score and second.arms["recency"] < first.arms["recency"] < 0


@SHARED
@given(st.integers(-3, 12), st.sampled_from(WISHES), st.sampled_from(QUERIES))
def test_nothing_is_told_that_was_not_yet_known_or_not_yet_true(
    graph: Graph, days: int, wish: dict[str, Any], query: str
) -> None:
    cube = _dated(graph)
    moment = datetime(2025, 3, 1, tzinfo=UTC) + timedelta(days=days)
    for hit in cube.search(query, known_at=moment, **wish):
        assert hit.node.updated_at <= moment and hit.node.created_at <= moment
    for hit in cube.search(query, as_of=moment, **wish):
        node = hit.node
        assert node.valid_from is None or node.valid_from <= moment
        assert node.valid_to is None or node.valid_to > moment


def _dated(graph: Graph) -> CubeHandle:
    """A cube whose pumps began to leak, and were known to, a day after another; made once for all examples."""
    made = any(cube.id == "dated" for cube in graph.cubes())
    cube, clock = graph.cube("dated"), graph.context.clock
    assert isinstance(clock, Clock)
    for number in range(0 if made else 6):
        clock.time = datetime(2025, 3, number + 1, 12, tzinfo=UTC)
        cube.add(
            [{"role": "user", "name": "Ann", "content": f"Pump {number} leaks at the harbour, Greta saw it."}],
            conversation="log", chat_time=f"2025-03-0{number + 1}T10:00:00",
        )  # fmt: skip
        (identity,) = cube.add(f"Greta keeps {number} bees.").ids
        cube.update(identity, f"Greta keeps {number} ducks.")
    return cube


# --- choosing


def test_a_budget_counts_the_tokens_of_what_is_returned(cube: CubeHandle, clock: Clock) -> None:
    fill(cube, clock)
    count = cube._context.embedder.count_tokens
    for budget in (1, 12, 40, 100):
        for wish in ({}, {"dedup": "mmr"}, {"rerank": ByLength()}, {"mode": "deep"}):
            hits = cube.search("Which pump leaks in the harbour?", max_tokens=budget, top_k=50, **wish)
            assert sum(count(hit.text) for hit in hits) <= budget
    assert cube.search("Which pump leaks?", max_tokens=1) == ()


def test_near_duplicates_give_their_place_to_others(cube: CubeHandle) -> None:
    for text in (
        "The winch at berth two is broken.", "The winch at berth two is broken!", "The winch at berth two: is broken",
        "The winch at berth three is broken.", "Winches need grease.",
    ):  # fmt: skip
        cube.add_text(text)
    assert len(cube.search("broken winch", top_k=10)) == 5
    plain, kept = cube.search("broken winch", top_k=10), cube.search("broken winch", top_k=10, dedup="similar")
    assert kept[0].id == plain[0].id
    assert len(kept) == 3
    assert "The winch at berth three is broken." in texts(kept)


def test_diverse_hits_leave_room_for_what_else_there_is_to_say(cube: CubeHandle) -> None:
    for text in (
        "The broken winch is at berth two", "The broken winch: it is at berth two", "At berth two is the broken winch",
        "The broken winch was paid for by the dredger's insurance.",
    ):  # fmt: skip
        cube.add_text(text)
    plain, varied = (texts(cube.search("broken winch", top_k=2, dedup=each)) for each in ("none", "mmr"))
    assert plain[0] == varied[0]
    assert not any("dredger" in text for text in plain)
    assert any("dredger" in text for text in varied)


def test_the_talk_that_goes_on_comes_before_an_equal_one_elsewhere(cube: CubeHandle) -> None:
    for talk in ("monday", "tuesday"):
        cube.add([{"role": "user", "name": "Ann", "content": "The refund is on its way."}], conversation=talk,
                 chat_time="2025-01-05T10:00:00")  # fmt: skip
    for talk in ("monday", "tuesday"):
        first, second = cube.search("refund", conversation=talk)
        assert first.sources[0].uri == talk != second.sources[0].uri
        assert first.arms["conversation"] > 0 and "conversation" not in second.arms


def test_a_threshold_keeps_what_is_relevant_and_a_higher_one_keeps_less(cube: CubeHandle, clock: Clock) -> None:
    fill(cube, clock)
    everything = cube.search("Which pump leaks in the harbour?", top_k=20)
    for limit in (0.0, 0.1, 0.3, 0.6, 1.0):
        kept = cube.search("Which pump leaks in the harbour?", top_k=20, relativity=limit)
        assert [hit.id for hit in kept] == [hit.id for hit in everything if hit.relativity >= limit]
    assert max(hit.relativity for hit in everything) > 0.6 > min(hit.relativity for hit in everything)


def test_a_reranker_reads_the_query_and_decides_the_order(graph: Graph, clock: Clock) -> None:
    reranker = ByLength()
    cube = Graph(graph.context, reranker=reranker).cube("harbour")
    fill(cube, clock)
    hits = cube.search("pump", top_k=5)
    assert [len(hit.text) for hit in hits] == sorted((len(hit.text) for hit in hits), reverse=True)
    assert all(hit.reranked == len(hit.text) for hit in hits)
    assert reranker.asked[0][0] == "pump"
    plain = cube.search("pump", top_k=5, rerank=False)
    assert all(hit.reranked is None for hit in plain) and len(reranker.asked) == 1
    assert {hit.reranked for hit in cube.search("pump", rerank=ByLength())} != {None}


def test_a_reranker_that_scores_nothing_is_an_error_not_an_order(cube: CubeHandle, clock: Clock) -> None:
    class Broken(ByLength):
        def rerank(self, query: str, texts: Sequence[str]) -> npt.NDArray[np.float32]:
            return np.full(len(texts), np.nan, np.float32)

    fill(cube, clock)
    with pytest.raises(Unavailable, match="by-length"):
        cube.search("pump", rerank=Broken())


def test_deep_finds_what_only_another_hit_leads_to(cube: CubeHandle) -> None:
    cube.add_text("The ferry Halcyon is captained by Odile Marsh.")
    cube.add_text("Marsh grew up on a sheep farm in the hills, milking before school.")
    for number in range(30):
        cube.add_text(f"The ferry timetable number {number} lists the crossings of that season.")
    asked = "What was the childhood of the captain of the ferry Halcyon like?"
    assert "sheep farm" not in " ".join(texts(cube.search(asked, top_k=5)))
    found = next(hit for hit in cube.search(asked, top_k=5, mode="deep") if "sheep farm" in hit.text)
    assert found.arms["deep"] > 0
    assert "Halcyon" in found.path and "ASKED_WITH" in found.path


# --- bad input

BAD: list[tuple[dict[str, Any], str]] = [
    ({"top_k": 0}, "top_k"), ({"top_k": 1_000_000}, "top_k"), ({"top_k": 2.5}, "top_k"), ({"top_k": True}, "top_k"),
    ({"max_tokens": 0}, "max_tokens"), ({"max_tokens": "many"}, "max_tokens"),
    ({"relativity": 1.01}, "relativity"), ({"relativity": -0.1}, "relativity"),
    ({"relativity": float("nan")}, "relativity"), ({"relativity": "high"}, "relativity"),
    ({"recency": 0}, "recency"), ({"recency": -3}, "recency"), ({"recency": float("inf")}, "recency"),
    ({"mode": "fine"}, "mode"), ({"dedup": "sim"}, "dedup"), ({"dedup": ["mmr"]}, "dedup"),
    ({"conversation": " "}, "conversation"), ({"conversation": 5}, "conversation"),
    ({"created": ("2025-02-01", "2025-01-01")}, "created"), ({"created": ("2025-02-01", "2025-02-01")}, "created"),
    ({"created": "2025-02-01"}, "created"), ({"created": (None, None)}, "created"), ({"created": {}}, "created"),
    ({"updated": {"since": "2025-02-01"}}, "updated"), ({"updated": (datetime(2025, 1, 1), None)}, "updated"),
    ({"created": (5, None)}, "created"), ({"as_of": "last year"}, "as_of"), ({"as_of": 5}, "as_of"),
    ({"known_at": datetime(2025, 1, 1)}, "known_at"), ({"now": 5}, "now"),
    ({"kinds": []}, "kinds"), ({"kinds": ["no kind"]}, "kind"), ({"kinds": 5}, "kinds"), ({"kinds": [5]}, "kinds"),
    ({"tags": [""]}, "tags"), ({"tags": 5}, "tags"), ({"tags": [f"t{n}" for n in range(65)]}, "tags"),
    ({"states": ["alive"]}, "states"), ({"include_archived": "yes"}, "include_archived"),
    ({"rerank": True}, "rerank"), ({"rerank": "cosine"}, "rerank"), ({"limit": 5}, "limit"),
    ({"cubes": ["a"]}, "cubes"),
    ({"filter": "kind"}, "filter"), ({"filter": []}, "filter"), ({"filter": {"info": {"scene": "x"}}}, "info"),
    ({"filter": {"user": {"scene": "x"}, "and": [{"scene": "x"}]}}, "filter"), ({"filter": {"user": {}}}, "filter"),
    ({"filter": {"user": {"public": {"scene": "x"}}}}, "filter"), ({"filter": {"scene": {"near": "x"}}}, "near"),
    ({"filter": {"info.`) DETACH DELETE n //\x00": 1}}, "filter"),
]  # fmt: skip


@pytest.mark.parametrize(("wish", "named"), BAD, ids=str)
def test_bad_input_is_an_error_that_names_the_field(wish: dict[str, Any], named: str) -> None:
    from memos_graph.app.given import request

    with pytest.raises(Invalid, match=named) as raised:
        request("pump", ("a",), wish)
    assert len(str(raised.value)) < 700


@pytest.mark.parametrize("query", ["", "   ", "\n\t", "\ud800 pump"])
def test_a_query_that_says_nothing_is_an_error(query: str) -> None:
    with pytest.raises(Invalid, match="query"):
        RecallRequest(query=query, cubes=("a",))


def test_a_filter_fifty_deep_is_answered_and_a_deeper_one_is_a_clear_error(cube: CubeHandle) -> None:
    cube.add_text("Pump three leaks.", tags=("a",))
    cube.add_text("Pump four leaks.", tags=("b",))

    def nested(depth: int) -> dict[str, Any]:
        tree: dict[str, Any] = {"tags": {"contains": "a"}}
        for nth in range(depth):
            tree = {("and", "or")[nth % 2]: [tree, {"text": {"contains": "leaks"} if nth % 2 == 0 else {"like": "x*"}}]}
        return tree

    assert texts(cube.search("pump", filter=nested(50))) == ["Pump three leaks."]
    for depth in (65, 500, 900):
        with pytest.raises(Invalid, match="deep") as raised:
            cube.search("pump", filter=nested(depth))
        assert len(str(raised.value)) < 200


@pytest.mark.parametrize("query", ["the of and to", "阀门在哪里？", "🙂", "\x00", "كيف", "' OR 1=1 --", '"*"~2 AND ('])
def test_odd_queries_get_an_answer(cube: CubeHandle, clock: Clock, query: str) -> None:
    cube.add_text("Pump three leaks.")
    cube.add_text("阀门在三号码头。")
    assert len(cube.search(query)) == 2


def test_a_request_is_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        RecallRequest(query="q", cubes=("a",)).top_k = 5  # type: ignore[misc]


def test_a_profile_is_a_preset_by_name_or_weights_of_the_caller_s_own(cube: CubeHandle, clock: Clock) -> None:
    fill(cube, clock)
    plain = cube.search("Which pump leaks?")
    assert texts(cube.search("Which pump leaks?", profile="default")) == texts(plain)
    assert "SAID_BY" in cube.search("What did Ben say?", profile="chat")[0].arms
    silent = dataclasses.replace(PRESETS["chat"], said_by=0.0)
    assert "SAID_BY" not in cube.search("What did Ben say?", profile=silent)[0].arms
    with pytest.raises(Invalid, match="chat, default, documents"):
        cube.search("pump", profile="locomo")
