"""Facts as memories: given as structure, and read from chats and texts."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from memos_graph.app import CubeHandle, Graph
from memos_graph.app.feeding import feed_options
from memos_graph.backends.inmemory import InMemoryStore
from memos_graph.model.errors import Frozen, Invalid
from memos_graph.model.graph import Source
from memos_graph.model.scope import everything
from memos_graph.ports import Embedder
from memos_graph.services.context import Context
from memos_graph.services.remember.feed import FeedOptions
from memos_graph.settings import Settings
from tests.services.conftest import Clock

FACTS = FeedOptions(facts="rules")


@pytest.fixture
def cube(graph: Graph) -> CubeHandle:
    return graph.cube("people", create=True)


def held(cube: CubeHandle, subject: str = "Ann", attribute: str | None = None, **asked: Any) -> list[str]:
    return [fact.claim.value for fact in cube.claims(subject, attribute, **asked)]


def said(name: str, text: str, time: str) -> dict[str, str]:
    return {"role": "user", "name": name, "content": text, "chat_time": time}


def stored(cube: CubeHandle) -> set[tuple[str, int, str]]:
    nodes = cube._context.store.scan(everything(cube.name)).nodes
    return {(node.id, node.version, node.text) for node in nodes}


# --- as structure


def test_another_value_ends_the_one_before_and_both_stay_readable(cube: CubeHandle) -> None:
    first = cube.claim("Ann", "lives in", "Paris", since="2015-01-01")
    second = cube.claim("Ann", "home", "Berlin", since="2019-01-01")
    assert (first.outcome, second.outcome) == ("new", "new")
    assert held(cube) == ["Berlin"]
    assert held(cube, as_of="2016-05-01") == ["Paris"] and held(cube, as_of="2014-01-01") == []
    assert [hit.text for hit in cube.search("Where does Ann live?")] == ["Ann lives in Berlin."]
    assert [hit.text for hit in cube.search("Where does Ann live?", as_of="2016-05-01")] == ["Ann lives in Paris."]
    old = cube.get(first.id)
    assert (old.status, old.valid_to) == ("archived", datetime(2019, 1, 1, tzinfo=UTC))
    (edge,) = [e for e in cube.edges(second.id, kinds=["SUPERSEDES"]) if not e.to_id.startswith(second.id)]
    assert (edge.from_id, edge.to_id) == (second.id, first.id)


def test_a_fact_that_comes_late_takes_its_place_in_the_past(cube: CubeHandle) -> None:
    cube.claim("Ann", "lives in", "Paris", since="2015-01-01")
    cube.claim("Ann", "lives in", "Berlin", since="2019-01-01")
    cube.claim("Ann", "lives in", "Oslo", since="2017-01-01")
    assert [held(cube, as_of=f"{year}-06-01") for year in (2015, 2016, 2017, 2018, 2020)] == [
        ["Paris"], ["Paris"], ["Oslo"], ["Oslo"], ["Berlin"],
    ]  # fmt: skip
    assert held(cube) == ["Berlin"]


def test_what_we_believed_before_a_change_stays_readable(cube: CubeHandle, clock: Clock) -> None:
    cube.claim("Ann", "lives in", "Paris", since="2015-01-01")
    then = clock.skip(days=1)
    clock.skip(days=1)
    cube.claim("Ann", "lives in", "Berlin", since="2019-01-01")
    assert held(cube, as_of="2020-01-01") == ["Berlin"]
    assert held(cube, as_of="2020-01-01", known_at=then) == ["Paris"]


def test_a_denial_ends_a_fact_and_leaves_nothing_in_its_place(cube: CubeHandle) -> None:
    cube.claim("Ann", "works at", "Acme", since="2015-01-01")
    done = cube.claim("Ann", "works at", "acme", since="2019-01-01", polarity=False)
    assert done.outcome == "changed" and cube.get(done.id).valid_to == datetime(2019, 1, 1, tzinfo=UTC)
    assert held(cube) == [] and held(cube, as_of="2016-01-01") == ["Acme"] and held(cube, ended=True) == ["Acme"]


def test_a_denial_that_comes_before_what_it_denies_ends_it_all_the_same(cube: CubeHandle) -> None:
    cube.claim("Ann", "works at", "Acme", since="2019-01-01", polarity=False)
    cube.claim("Ann", "works at", "Acme", since="2015-01-01")
    assert [f.claim.polarity for f in cube.claims("Ann")] == [False]
    assert held(cube, as_of="2016-01-01") == ["Acme"]


def test_the_same_fact_again_makes_no_memory_and_adds_a_source_and_a_usage(cube: CubeHandle) -> None:
    first = cube.claim("Ann", "owns", "a Tesla", source="mail", since="2020-01-01")
    again = cube.claim("ann", "owns", "the tesla", source=Source(uri="phone call"), since="2021-01-01")
    assert (again.outcome, again.id) == ("again", first.id)
    node = cube.get(first.id)
    assert [source.uri for source in node.sources] == ["mail", "phone call"] and len(node.usage) == 1
    assert node.valid_from == datetime(2020, 1, 1, tzinfo=UTC)


def test_what_one_may_have_several_of_does_not_contradict(cube: CubeHandle) -> None:
    cube.claim("Ann", "likes", "tea")
    cube.claim("Ann", "likes", "coffee")
    cube.claim("Ann", "badge", "red", single=False)
    cube.claim("Ann", "badge", "blue", single=False)
    assert held(cube) == ["blue", "red", "coffee", "tea"] or sorted(held(cube)) == ["blue", "coffee", "red", "tea"]


def test_events_of_two_days_are_two_and_end_nothing(cube: CubeHandle) -> None:
    for day in ("2024-05-01", "2024-05-08", "2024-05-08"):
        cube.claim("Ann", "visited", "the harbour", since=day, event=True)
    assert [f.node.text for f in cube.claims("Ann")] == [
        "Ann visited the harbour on 2024-05-01.", "Ann visited the harbour on 2024-05-08.",
    ]  # fmt: skip


def test_ids_follow_from_what_is_claimed(graph: Graph) -> None:
    one, two = (graph.cube(name, create=True) for name in ("one", "two"))
    for each in (one, two):
        each.claim("Ann", "lives in", "Paris", since="2015-01-01")
        each.claim("Ann", "lives in", "Oslo", since="2017-01-01")
    assert [f.node.id for f in one.claims(ended=True)] == [f.node.id for f in two.claims(ended=True)]


def test_a_fact_rests_on_its_premise(cube: CubeHandle) -> None:
    (text,) = cube.add("The lease was signed.").ids
    fact = cube.claim("Ann", "lives in", "Oslo", premise=text)
    assert [(e.from_id, e.to_id) for e in cube.edges(text, kinds=["DEPENDS_ON"])] == [(fact.id, text)]


@pytest.mark.parametrize(
    "given",
    [
        {"subject": " "}, {"attribute": ""}, {"value": ""}, {"value": " . "}, {"since": "soon"},
        {"since": "2020-01-01", "until": "2019-01-01"}, {"value": "\ud800"},
    ],
)  # fmt: skip
def test_a_claim_that_says_nothing_is_refused_by_name_and_nothing_is_written(
    cube: CubeHandle, given: dict[str, Any]
) -> None:
    with pytest.raises(Invalid):
        cube.claim(**{"subject": "Ann", "attribute": "lives in", "value": "Oslo"} | given)
    assert cube.history() == ()


def test_a_frozen_fact_ends_only_when_it_is_forced(cube: CubeHandle) -> None:
    first = cube.claim("Ann", "lives in", "Paris", since="2015-01-01")
    cube.freeze(first.id, reason="notary")
    before = cube.history()
    with pytest.raises(Frozen):
        cube.claim("Ann", "lives in", "Oslo", since="2019-01-01")
    assert cube.history() == before and held(cube) == ["Paris"]
    cube.claim("Ann", "lives in", "Oslo", since="2019-01-01", force=True, reason="the notary was wrong")
    assert held(cube, as_of="2020-01-01") == ["Oslo"]


def test_info_that_was_tampered_with_is_no_claim_and_breaks_nothing(cube: CubeHandle) -> None:
    first = cube.claim("Ann", "lives in", "Paris", since="2015-01-01")
    for claim in (7, {"subject": "ann", "attribute": "lives in", "value": "Paris", "said": [[1], "x", [1, 2, None]]}):
        cube.update(first.id, info={"claim": claim, "subject": "ann"})
        cube.claim("Ann", "lives in", "Oslo", since="2019-01-01")
    assert "Oslo" in held(cube)


_STEP = st.tuples(st.integers(2000, 2020), st.sampled_from(["Paris", "Oslo", "Rome"]), st.booleans())


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(_STEP, min_size=1, max_size=6, unique_by=lambda step: step[0]))
def test_as_of_reads_the_last_claim_before_it_in_any_order_of_telling(
    embedder: Embedder, steps: list[tuple[int, str, bool]]
) -> None:
    cube = Graph(Context(store=InMemoryStore(), embedder=embedder, clock=Clock())).cube("p", create=True)
    for year, city, holds in steps:
        cube.claim("Ann", "lives in", city, since=f"{year}-01-01", polarity=holds)
    for year in range(1999, 2022):
        value: list[str] = []
        for began, city, holds in sorted(steps):
            if began <= year:
                value = [city] if holds else [v for v in value if v != city]
        known = cube.claims("Ann", as_of=f"{year}-06-01")
        assert [fact.claim.value for fact in known if fact.claim.polarity] == value, year


# --- from chats


CHAT = [
    said("Ann", "I live in Berlin.", "2021-03-01T10:00:00"),
    said("Bob", "I work at Acme. My sister Eve lives in Rome.", "2021-03-02T10:00:00"),
    said("Ann", "I moved to Oslo last month!", "2022-05-01T10:00:00"),
    said("Ann", "I still live in Oslo.", "2022-06-01T10:00:00"),
    said("Bob", "I quit my job at Acme.", "2022-07-01T10:00:00"),
    said("Ann", "I went to a concert yesterday.", "2022-07-02T10:00:00"),
]


def test_a_chat_is_read_for_facts_only_when_asked(cube: CubeHandle) -> None:
    cube.add(CHAT, conversation="talk")
    assert cube.claims(ended=True) == ()


def test_what_a_chat_claims_becomes_facts_that_rest_on_its_messages(cube: CubeHandle) -> None:
    cube.add(CHAT, conversation="talk", options=FACTS)
    facts = {f.node.text: f for f in cube.claims(ended=True)}
    assert set(facts) == {
        "Ann lives in Berlin.", "Ann lives in Oslo.", "Ann went to a concert on 2022-07-01.", "Bob works at Acme.",
        "Eve lives in Rome.",
    }  # fmt: skip
    oslo = facts["Ann lives in Oslo."].node
    assert oslo.kind == "UserMemory" and facts["Eve lives in Rome."].node.kind == "LongTermMemory"
    assert [source.message for source in oslo.sources] == ["3", "4"] and len(oslo.usage) == 1
    resting = [e.to_id for e in cube.edges(oslo.id, kinds=["DEPENDS_ON"])]
    assert sorted(n.text for n in cube.get_many(resting)) == ["I moved to Oslo last month!", "I still live in Oslo."]
    assert any(r.node.kind == "Entity" and r.node.key == "oslo" for r in cube.around(oslo.id, kinds=["MENTIONS"]))
    assert held(cube, "Bob") == [] and held(cube, "Bob", as_of="2021-06-01") == ["Acme"]


def test_a_chat_fed_again_writes_nothing_and_brings_back_no_deleted_fact(cube: CubeHandle) -> None:
    cube.add(CHAT, conversation="talk", options=FACTS)
    (oslo,) = cube.claims("Ann", "lives in")
    cube.delete(oslo.node.id)
    before, changes = stored(cube), cube.history()
    assert cube.add(CHAT, conversation="talk", options=FACTS).fed[-1].outcome == "unchanged"
    assert stored(cube) == before and cube.history() == changes
    more = [*CHAT, said("Bob", "It rains.", "2022-08-01T10:00:00")]
    cube.add(more, conversation="talk", options=FACTS)
    assert held(cube, "Ann", "lives in") == []


def test_an_old_chat_that_comes_late_does_not_end_what_was_said_after_it(cube: CubeHandle) -> None:
    cube.add(CHAT, conversation="talk", options=FACTS)
    cube.add([said("Ann", "I live in Bonn.", "2021-08-01T10:00:00")], conversation="old", options=FACTS)
    assert held(cube, "Ann", "lives in") == ["Oslo"]
    assert held(cube, "Ann", "lives in", as_of="2021-06-01") == ["Berlin"]
    assert held(cube, "Ann", "lives in", as_of="2021-09-01") == ["Bonn"]


def test_messages_and_their_facts_are_one_change(cube: CubeHandle) -> None:
    cube.add(CHAT, conversation="talk", options=FACTS)
    assert len(cube.history()) == 1


def test_what_an_assistant_says_is_no_fact(cube: CubeHandle) -> None:
    cube.add([{"role": "assistant", "content": "I live in Berlin."}], conversation="talk", options=FACTS)
    assert cube.claims(ended=True) == ()


def test_a_frozen_fact_stays_as_it_is_whatever_a_chat_says(cube: CubeHandle) -> None:
    first = cube.claim("Ann", "lives in", "Paris", since="2015-01-01")
    cube.freeze(first.id, reason="notary")
    report = cube.add(CHAT, conversation="talk", options=FACTS)
    assert report.failed == () and cube.get(first.id).valid_to is None


def test_words_that_name_no_attribute_mean_the_one_that_had_the_value(cube: CubeHandle) -> None:
    cube.add([said("Ann", "I work at Acme.", "2021-01-01"), said("Ann", "I drive a Vela.", "2021-01-02")],
             conversation="talk", options=FACTS)  # fmt: skip
    later = [said("Ann", "I switched from Acme to Globex.", "2022-01-01"), said("Ann", "I sold my Vela.", "2022-01-02")]
    cube.add(later, conversation="later", options=FACTS)
    assert held(cube) == ["Globex"]
    assert sorted(held(cube, as_of="2021-06-01")) == ["Acme", "Vela"]


def test_a_change_tells_what_held_before_it_though_nobody_had_said_so(cube: CubeHandle) -> None:
    cube.add([said("Ann", "I moved from Rome to Oslo.", "2022-01-01")], conversation="talk", options=FACTS)
    assert held(cube) == ["Oslo"] and held(cube, as_of="2021-06-01") == ["Rome"]
    assert held(cube, ended=True) == ["Rome", "Oslo"]


def test_an_old_value_that_is_named_keeps_its_beginning(cube: CubeHandle) -> None:
    cube.add([said("Ann", "My number is 555 0101.", "2020-01-01")], conversation="talk", options=FACTS)
    cube.add([said("Ann", "My number changed from 555 0101 to 555 0202.", "2022-01-01")], conversation="later",
             options=FACTS)  # fmt: skip
    old, new = cube.claims("Ann", "phone", ended=True)
    assert (old.node.valid_from, old.node.valid_to) == (datetime(2020, 1, 1, tzinfo=UTC), new.node.valid_from)


def test_a_past_that_is_told_in_passing_ends_nothing_that_holds(cube: CubeHandle) -> None:
    cube.add([said("Ann", "I work at Acme, before that I was at Globex.", "2022-01-01")], conversation="talk",
             options=FACTS)  # fmt: skip
    assert held(cube) == ["Acme"] and held(cube, as_of="2021-06-01") == ["Globex"]


def test_a_setting_reads_facts_and_another_word_for_it_is_refused() -> None:
    assert feed_options(Settings(facts="rules")).facts == "rules" and feed_options(Settings()).facts == ""
    with pytest.raises(Invalid):
        feed_options(Settings(facts="magic"))


# --- from texts


def test_a_text_that_is_one_claim_becomes_that_fact_and_no_second_memory(cube: CubeHandle) -> None:
    report = cube.add("Bob lives in Rome.", options=FACTS)
    assert [n.text for n in cube.list() if n.kind != "Entity"] == ["Bob lives in Rome."]
    assert report.fed[0].outcome == "new" and cube.get(report.ids[0]).info["attribute"] == "lives in"
    cube.add("Bob lives in Oslo.", options=FACTS)
    assert held(cube, "Bob") == ["Oslo"]


def test_a_text_that_says_more_stays_a_memory_with_its_facts_beside_it(cube: CubeHandle) -> None:
    (root,) = cube.add("It rains again. I moved to Oslo.", options=FACTS).ids
    assert cube.get(root).text == "It rains again. I moved to Oslo."
    assert held(cube, "user") == ["Oslo"]
    assert len(cube.history()) == 1


def test_a_text_in_another_spelling_is_the_same_memory_said_again(cube: CubeHandle) -> None:
    first = cube.add("Ines prefers the window seat.")
    again = cube.add("  ines prefers the  window seat")
    assert again.ids == first.ids and again.fed[0].outcome == "unchanged"
    node = cube.get(first.ids[0])
    assert node.text == "Ines prefers the window seat." and len(node.usage) == 1
    assert cube.add("Ines prefers the aisle seat.").ids != first.ids


def test_a_frozen_text_said_again_stays_as_it_is(cube: CubeHandle) -> None:
    (root,) = cube.add("Ines prefers the window seat.").ids
    cube.freeze(root, reason="keep")
    before = cube.history()
    assert cube.add("Ines prefers the window seat.").ids == (root,)
    assert cube.history() == before


def test_asked_what_held_before_the_replaced_fact_comes_before_the_one_that_replaced_it(cube: CubeHandle) -> None:
    cube.claim("Ann", "lives in", "Paris", since="2015-01-01")
    cube.claim("Ann", "lives in", "Berlin", since="2019-01-01")
    assert [hit.text for hit in cube.search("Where did Ann live before?")][:1] == ["Ann lives in Paris."]
    assert [hit.text for hit in cube.search("Where does Ann live now?")][:1] == ["Ann lives in Berlin."]
