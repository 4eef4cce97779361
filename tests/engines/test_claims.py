"""What texts claim, by rules; and what holds when, in whatever order it was said."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memos_graph.engines.claims import (
    Claim,
    Said,
    attribute_name,
    claim_of,
    read_claims,
    sentence_of,
    spans,
    subject_key,
    value_key,
)
from memos_graph.engines.claims.settling import Held, settle
from memos_graph.engines.claims.slots import ALWAYS, NEVER
from memos_graph.model.graph import Json, Node

SAID = datetime(2024, 6, 12, 10, tzinfo=UTC)


def read(text: str) -> list[tuple[str, str, str, bool]]:
    return [(c.subject, c.attribute, c.value, c.polarity) for c in read_claims(text, speaker="Ann", said_at=SAID)]


def day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "claims"),
    [
        ("I live in Berlin.", [("ann", "lives in", "Berlin", True)]),
        ("My home is in Oslo.", [("ann", "lives in", "Oslo", True)]),
        ("Bob Stone lives in Paris, France.", [("bob stone", "lives in", "Paris", True)]),
        ("I don't live in Berlin anymore.", [("ann", "lives in", "Berlin", False)]),
        ("I no longer work at Acme.", [("ann", "works at", "Acme", False)]),
        ("I quit my job at Acme.", [("ann", "works at", "Acme", False)]),
        ("I stopped working at Acme.", [("ann", "works at", "Acme", False)]),
        ("I quit my job.", [("ann", "works at", "", False)]),
        ("I moved from Rome to Oslo.", [("ann", "lives in", "Rome", False), ("ann", "lives in", "Oslo", True)]),
        (
            "I'm a nurse at Mercy Hospital.",
            [("ann", "job", "nurse", True), ("ann", "works at", "Mercy Hospital", True)],
        ),
        ("I became a baker and I love hiking.", [("ann", "job", "baker", True), ("ann", "likes", "hiking", True)]),
        ("I'm 34 years old.", [("ann", "age", "34", True)]),
        ("My phone number is 555 0123.", [("ann", "phone", "555 0123", True)]),
        ("My number changed from 555 01 to 555 02.", [("ann", "phone", "555 02", True)]),
        ("My sister works at Globex.", [("ann's sister", "works at", "Globex", True)]),
        ("My sister Maria lives in Rome.", [("maria", "lives in", "Rome", True)]),
        ("Tom's manager is Dana Fox.", [("tom", "manager", "Dana Fox", True)]),
        ("Dana Fox is the manager of Orion.", [("orion", "manager", "Dana Fox", True)]),
        ("The manager of Orion is Dana Fox.", [("orion", "manager", "Dana Fox", True)]),
        ("Tom is my husband.", [("ann", "spouse", "Tom", True)]),
        ("The Orion lamp costs $40.", [("orion lamp", "price", "$40", True)]),
        ("The price of the Orion lamp rose from $40 to $45.", [("orion lamp", "price", "$45", True)]),
        ("The library opens at 9:00.", [("library", "opens", "9:00", True)]),
        ("The ferry is delayed.", [("ferry", "status", "delayed", True)]),
        ("Project Lark is no longer blocked.", [("project lark", "status", "blocked", False)]),
        ("The meeting was moved from Tuesday to Friday.", [("meeting", "scheduled for", "Friday", True)]),
        ("The deadline of Orion is 5 May 2024.", [("orion", "deadline", "5 May 2024", True)]),
        ("Mint tea is my favourite drink.", [("ann", "favorite drink", "Mint tea", True)]),
        ("I don't eat meat.", [("ann", "eats", "meat", False)]),
        ("I have a dog named Rex.", [("ann", "has", "a dog named Rex", True)]),
        ("Project Orion was renamed to Vega.", [("project orion", "name", "Vega", True)]),
        ("I switched from Slack to Zulip.", [("ann", "uses", "Slack", False), ("ann", "uses", "Zulip", True)]),
        ("我住在北京。", [("ann", "lives in", "北京", True)]),
        ("我不再在阿里工作。", [("ann", "works at", "阿里", False)]),
        ("张伟的电话是 12345678。", [("张伟", "phone", "12345678", True)]),
    ],
)
def test_a_plain_statement_is_read(text: str, claims: list[tuple[str, str, str, bool]]) -> None:
    assert read(text) == claims


@pytest.mark.parametrize(
    "text",
    [
        "Do I live in Berlin?", "If I lived in Berlin, I'd be happy.", "I think Bob lives in Berlin.",
        "Maybe I work at Acme.", "Bob said that I live in Berlin.", '"I live in Berlin" is a song.',
        "I would live in Berlin.", "I want to move to Berlin.", "I might join Acme.", "I lived in Berlin.",
        "I live in a dream.", "I moved on.", "They've become like family to me.", "Fixing cars is like therapy for me.",
        "That is where I will live when I have kids.", "I used to love hiking.", "I went to a concert.",
        "My phone's been giving me a hard time.",
        "She lives in Rome.",
        "如果我住在北京就好了。", "我住在北京吗？", "", "\x01\x01\x01", "I", "My", "the", "I live in",
    ],
)  # fmt: skip
def test_what_is_not_stated_is_no_claim(text: str) -> None:
    assert read(text) == []


@pytest.mark.parametrize(
    ("text", "since", "until"),
    [
        ("I've lived in Berlin since 2019.", "2019-01-01", None),
        ("I moved to Oslo last month.", "2024-05-01", None),
        ("Last month I moved to Oslo.", "2024-05-01", None),
        ("Bob lived in Paris from 2015 to 2018.", "2015-01-01", "2018-01-01"),
        ("In 2015 I worked at Acme.", "2015-01-01", "2016-01-01"),
        ("I went to a concert yesterday.", "2024-06-11", "2024-06-12"),
        ("Yesterday I visited the harbour.", "2024-06-11", "2024-06-12"),
        ("I went to a concert the day before yesterday.", "2024-06-10", "2024-06-11"),
        ("I live in Berlin.", None, None),
    ],
)
def test_times_are_read_with_what_they_bound(text: str, since: str, until: str | None) -> None:
    (claim,) = read_claims(text, speaker="Ann", said_at=SAID)
    assert claim.since == (day(since) if since else None)
    assert claim.until == (day(until) if until else None)


def test_an_event_and_a_habit_are_never_of_one_kind() -> None:
    once = read_claims("Yesterday I went to the gym.", speaker="Ann", said_at=SAID)
    often = read_claims("I go to the gym every Monday.", speaker="Ann", said_at=SAID)
    assert [c.kind for c in (*once, *often)] == ["event", "habit"]
    assert once[0].attribute != often[0].attribute


def test_a_habit_is_the_same_however_often_and_in_whatever_form() -> None:
    (runs,) = read_claims("I run every morning.", speaker="Ann")
    (stopped,) = read_claims("I stopped running.", speaker="Ann")
    assert runs.key == stopped.key and runs.polarity and not stopped.polarity


def test_nothing_is_read_of_a_speaker_who_is_not_known() -> None:
    assert read_claims("I live in Berlin. My sister lives in Rome.") == ()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("I live in Berlin.", "Ann lives in Berlin."),
        ("I don't live in Berlin.", "Ann does not live in Berlin."),
        ("I'm 34 years old.", "Ann is 34 years old."),
        ("I quit my job.", "Ann no longer has an employer."),
        ("The ferry is delayed.", "The ferry is delayed."),
        ("I went to a concert yesterday.", "Ann went to a concert on 2024-06-11."),
        ("I walk my dog every day.", "Ann walks their dog every day."),
        ("我住在北京。", "Ann住在北京。"),
    ],
)
def test_a_claim_is_said_so_that_it_stands_alone(text: str, sentence: str) -> None:
    (claim,) = read_claims(text, speaker="Ann", said_at=SAID)
    assert sentence_of(claim) == sentence


def test_what_a_claim_says_is_read_again_from_its_own_sentence() -> None:
    for text in ("I live in Berlin.", "I work at Acme.", "My manager is Tom Hale.", "The ferry is delayed."):
        (claim,) = read_claims(text, speaker="Ann")
        (again,) = read_claims(sentence_of(claim), speaker="Ann")
        assert (again.subject, again.attribute, again.key) == (claim.subject, claim.attribute, claim.key)


@given(st.text(max_size=400))
def test_any_text_can_be_read_and_spans_lie_in_it(text: str) -> None:
    for claim in read_claims(text, speaker="Ann", said_at=SAID):
        assert 0 <= claim.span[0] <= claim.span[1] <= len(text)
        assert claim.subject == subject_key(claim.subject) and claim.attribute


_PIECES = [
    "I ",
    "live in ",
    "Berlin",
    " and ",
    "my ",
    "sister ",
    "'s ",
    "moved ",
    "from ",
    "to ",
    "since 2019",
    ". ",
    ", ",
]


@given(st.lists(st.sampled_from(_PIECES), max_size=30))
def test_jumbled_words_of_claims_break_nothing(pieces: list[str]) -> None:
    for claim in read_claims("".join(pieces), speaker="Ann", said_at=SAID):
        assert sentence_of(claim).strip()


def test_a_hostile_text_is_read_to_its_end() -> None:
    for text in ("I live in " * 20_000, "a" * 200_000, "My " * 60_000, '"' * 100_000, "from 2015 to " * 20_000):
        assert len(read_claims(text, speaker="Ann", said_at=SAID)) <= 64
    many = " ".join(f"Bob{n} lives in Rome." for n in range(5_000))
    assert len(read_claims(many)) == 64


def test_names_of_attributes_have_one_form() -> None:
    assert attribute_name("Home_City") == attribute_name("residence") == "lives in"
    assert attribute_name("Favourite  Colour") == "favorite color"
    assert value_key("The Tesla") == value_key("a tesla") and value_key("1,200") == value_key("1200")


@pytest.mark.parametrize("kept", [None, 7, [], {}, {"subject": "ann"}, {"subject": 1, "attribute": "x", "value": "y"}])
def test_info_that_holds_no_claim_is_none(kept: Json) -> None:
    node = Node(id="a", cube="c", kind="LongTermMemory", text="x", info={"claim": kept}, created_at=SAID,
                updated_at=SAID)  # fmt: skip
    assert claim_of(node) is None


# --- what holds when


def sayings() -> st.SearchStrategy[list[Said]]:
    """Up to eight, each at another time, of three values; some end, some deny."""

    def make(rows: list[tuple[int, int, str, bool]]) -> list[Said]:
        return [
            Said(at=at, start=at, end=NEVER if length == 0 else at + length, value=value, holds=holds)
            for at, length, value, holds in rows
        ]

    row = st.tuples(st.integers(0, 50), st.integers(0, 9), st.sampled_from("abc"), st.booleans())
    return st.lists(row, max_size=8, unique_by=lambda one: one[0]).map(make)


def at_each(said: list[Said]) -> list[str | None]:
    """What holds at each instant, by looking at every saying: who spoke last of it is believed."""
    out: list[str | None] = []
    for moment in range(-1, 65):
        value = None
        for one in sorted(said, key=lambda each: each.at):
            if one.start <= moment < one.end:
                value = one.value if one.holds else None if value == one.value else value
        out.append(value)
    return out


@given(sayings())
def test_spans_say_of_every_instant_what_the_last_speaker_said(said: list[Said]) -> None:
    found = spans(said)
    for number, moment in enumerate(range(-1, 65)):
        there = [span.value for span in found if span.start <= moment < span.end]
        assert there == ([] if at_each(said)[number] is None else [at_each(said)[number]])


@given(sayings(), st.randoms(use_true_random=False))
def test_memories_hold_the_same_whatever_the_order_of_arrival(said: list[Said], random: object) -> None:
    shuffled = list(said)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    numbers = count()
    held: tuple[Held, ...] = ()
    for one in shuffled:
        held = settle(held, [one], lambda: str(next(numbers)))
    lasting = sorted((each.start, each.end, each.value) for each in held if each.holds and each.end > each.start)
    assert lasting == [(span.start, span.end, span.value) for span in spans(said)]
    assert len({each.id for each in held}) == len(held)
    assert {one for each in held for one in (*each.said, *each.denied)} == set(said)


@given(sayings())
def test_saying_it_all_at_once_comes_to_the_same(said: list[Said]) -> None:
    numbers = count()
    held = settle((), said, lambda: str(next(numbers)))
    lasting = sorted((each.start, each.end, each.value) for each in held if each.holds and each.end > each.start)
    assert lasting == [(span.start, span.end, span.value) for span in spans(said)]


def test_what_was_always_so_has_no_beginning() -> None:
    assert spans([Said(at=5, value="a")])[0].start == ALWAYS


def test_a_claim_of_its_own_needs_no_text() -> None:
    claim = Claim(subject="ann", name="Ann", attribute="shoe size", value="39")
    assert sentence_of(claim) == "Ann's shoe size is 39."


def test_what_an_erased_memory_ended_does_not_begin_again() -> None:
    paris = Held(id="1", value="paris", start=1, end=5, said=(Said(at=1, start=1, value="paris"),))
    held = settle([paris], [Said(at=9, start=9, value="rome")], lambda: "2")
    assert [(each.value, each.start, each.end) for each in held] == [("paris", 1, 5), ("rome", 9, NEVER)]
