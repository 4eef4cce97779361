"""What a query names, and how its speaker would say it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memos_graph.engines.understand import Understood, lexicon, plain, understand

UNHURRIED = settings(deadline=None, max_examples=60)  # a busy machine is no failure

SPEAKERS = lexicon([("Ann Lee", "e:ann"), ("Bob", "e:bob"), ("王小明", "e:wang"), ("Will", "e:will")])
ENTITIES = {"red valve": "e:valve", "pump": "e:pump", "o'hara": "e:ohara", "北京": "e:beijing"}


def read(query: str) -> Understood:
    return understand(query, now=None, speakers=SPEAKERS, entities=ENTITIES)


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("When did Ann go to the fair?", "When did I go to the fair?"),
        ("What does Ann like?", "What do I like?"),
        ("Is Ann Lee happy with her garden?", "am I happy with my garden?"),
        ("What is Ann's job?", "What is my job?"),
        ("Which words describe Bob?", "Which words describe me?"),
        ("What was given to Bob by the club?", "What was given to me by the club?"),
        ("Who helped Bob when he moved?", "Who helped me when I moved?"),
    ],
)
def test_a_query_about_one_speaker_is_put_as_they_would_say_it(query: str, text: str) -> None:
    assert [v.text for v in read(query).voices] == [text]


def test_a_query_about_two_speakers_is_also_put_in_the_voice_of_each() -> None:
    voices = read("What did Ann say about Bob's boat?").voices
    assert [(v.speaker, v.text) for v in voices] == [
        (None, "What did Ann say about Bob's boat?"),
        ("e:ann", "What did I say about your boat?"),
        ("e:bob", "What did you say about my boat?"),
    ]


@pytest.mark.parametrize("query", ["Wohin ging Bob gestern?", "王小明昨天去了哪里?", "Bob", "where is the pump?"])
def test_a_query_in_another_language_or_about_nobody_is_left_as_it_is(query: str) -> None:
    assert [v.text for v in read(query).voices] == [query]


def test_bm25_is_not_asked_for_the_speakers_name_nor_for_common_words() -> None:
    assert read("When did Ann's boat sink in the harbour?").lexical_text == "boat sink harbour?"


@pytest.mark.parametrize("query", ["Ann", "what is it", "?!", "the"])
def test_bm25_is_asked_for_something_even_when_little_is_left(query: str) -> None:
    assert read(query).lexical_text.strip()


def test_names_are_found_longest_first_and_without_case_for_entities() -> None:
    assert read("who closed the Red Valve near the PUMP?").entities == {"e:valve", "e:pump"}
    assert read("did O'Hara close it?").entities == {"e:ohara"}
    assert read("他去了北京吗").entities == {"e:beijing"}


def test_a_speaker_is_found_by_a_part_of_the_name_that_is_theirs_alone() -> None:
    assert read("where did Ann go?").named_speakers == {"e:ann"}
    two = lexicon([("Ann Lee", "1"), ("Ann Gray", "2")])
    assert "ann" not in two and two["gray"] == "2" and two["ann lee"] == "1"


def test_a_name_that_is_also_a_common_word_needs_its_capital() -> None:
    assert read("what will happen to the pump?").named_speakers == frozenset()
    assert read("What did Will say?").named_speakers == {"e:will"}


def test_a_query_all_in_small_letters_still_finds_its_speaker() -> None:
    assert read("what did bob eat").named_speakers == {"e:bob"}


class _Counted(Mapping[str, str]):
    """A lexicon that may be asked for names but not gone through."""

    def __init__(self) -> None:
        self.asked = 0

    def __getitem__(self, key: str) -> str:
        self.asked += 1
        raise KeyError(key)

    def __iter__(self) -> Iterator[str]:
        raise AssertionError("went through all names")

    def __len__(self) -> int:
        return 10_000


def test_names_are_looked_up_and_never_gone_through() -> None:
    names = _Counted()
    understand("where did the old man go with his six dogs?", now=None, speakers=names, entities=names)
    assert 0 < names.asked <= 2 * 8 * 11


@UNHURRIED
@given(st.text(max_size=80))
def test_any_query_is_understood_with_texts_that_are_not_lost(query: str) -> None:
    found = read(query)
    assert found.voices and (not query.strip() or found.lexical_text.strip())
    assert found.dense_text == found.voices[0].text


@UNHURRIED
@given(st.text(max_size=30))
def test_folding_a_name_twice_changes_nothing(name: str) -> None:
    assert plain(plain(name)) == plain(name)
