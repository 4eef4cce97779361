"""Which titles a text names: in full, and only where it means a document."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memos_graph.engines.named_titles import TitleIndex, Words, title_key


def index(*titles: str) -> TitleIndex:
    made = TitleIndex()
    for title in titles:
        key = title_key(title)
        assert key is not None, title
        made.add(key, title)
    return made


def named(text: str, *titles: str) -> list[str]:
    return [text[one.start : one.end] for one in index(*titles).named_in(Words.of(text))]


@pytest.mark.parametrize(
    "title",
    ["", "   ", "Overview", "Harbour", "Report", "The Report", "About us", "Chapter 3", "Monday", "2024", "1 2 3", "V",
     "阀门", "阀门手", "How to", "Version 2", "report"],
)  # fmt: skip
def test_a_title_that_any_text_may_say_is_never_looked_for(title: str) -> None:
    assert title_key(title) is None


@pytest.mark.parametrize(
    "title", ["Valve Handbook", "Walt Disney", "RFC9110", "阀门维修手册", "Notes on the tunnel valve"]
)
def test_a_title_that_names_something_is_looked_for(title: str) -> None:
    assert title_key(title) is not None


def test_a_title_is_found_whole_in_any_case_of_its_letters() -> None:
    assert named("See the Valve Handbook, please.", "Valve Handbook") == ["Valve Handbook"]
    assert named("SEE THE VALVE HANDBOOK", "Valve Handbook") == ["VALVE HANDBOOK"]
    assert named("as told in how to shut the tunnel valve.", "How to shut the tunnel valve") == [
        "how to shut the tunnel valve"
    ]
    assert named("the valve", "Valve Handbook") == []


def test_two_words_are_a_title_only_with_the_capitals_of_a_name() -> None:
    assert named("a valve handbook lay there", "Valve Handbook") == []
    assert named("Valve handbook of ours", "Valve Handbook") == []


def test_no_title_goes_over_the_end_of_a_sentence() -> None:
    assert named("Shut the Valve. Handbook in hand, she left.", "Valve Handbook") == []
    assert named("See Vol. 2 of Locks.", "Vol. 2 of Locks") == ["Vol. 2 of Locks"]
    assert named("The Valve\nHandbook", "Valve Handbook") == ["Valve\nHandbook"]


def test_of_titles_that_begin_alike_the_longest_that_stands_there_is_meant() -> None:
    both = ("Valve Handbook", "Valve Handbook for Locks")
    assert named("the Valve Handbook for Locks, and the Valve Handbook for boats", *both) == [
        "Valve Handbook for Locks", "Valve Handbook"
    ]  # fmt: skip


def test_a_chinese_title_is_found_between_other_characters() -> None:
    assert named("请参阅阀门维修手册第三章。", "阀门维修手册") == ["阀门维修手册"]


def test_a_title_that_was_removed_is_found_no_more_and_others_are() -> None:
    made = index("Valve Handbook", "Valve Handbook for Locks")
    made.remove(("valve", "handbook"))
    made.remove(("never", "added"))
    text = Words.of("the Valve Handbook, and the Valve Handbook for Locks")
    assert [one.key for one in made.named_in(text)] == [("valve", "handbook", "for", "locks")]


@given(st.text(max_size=60), st.text(max_size=80), st.text(max_size=80))
def test_whatever_the_text_a_title_found_stands_there_word_for_word(title: str, before: str, after: str) -> None:
    key = title_key(title)
    if key is None:
        return
    made = TitleIndex()
    made.add(key, title)
    text = f"{before} {title} {after}"
    for one in made.named_in(Words.of(text)):
        assert tuple(Words.of(text[one.start : one.end]).folded) == one.key == key
