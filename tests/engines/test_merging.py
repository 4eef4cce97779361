"""What merged texts say."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memos_graph.engines.merging import MOST_SENTENCES, compose, sentences
from memos_graph.model.errors import Invalid
from memos_graph.model.graph import Node

T0 = datetime(2025, 1, 1, tzinfo=UTC)
TEXT = st.text(alphabet="ab .!?。 不\n", min_size=1, max_size=40).filter(lambda text: text.strip() != "")


def node(identity: str, text: str) -> Node:
    return Node(id=identity, cube="c", kind="LongTermMemory", text=text, created_at=T0, updated_at=T0)


@given(st.lists(TEXT, min_size=2, max_size=5))
def test_every_span_is_a_sentence_of_the_memory_it_names_and_no_word_is_lost(texts: list[str]) -> None:
    parts = {f"n{number}": text for number, text in enumerate(texts)}
    made = compose([node(identity, text) for identity, text in parts.items()])
    for start, end, identity in made.spans:
        assert made.text[start:end] in parts[identity]
    assert made.spans[-1][1] == len(made.text)
    for text in texts:
        for word in re.findall("[ab]+|不", text):
            assert word in made.text


def test_the_order_of_the_parts_changes_nothing() -> None:
    parts = [node("a", "Ana rows. Ben sails."), node("b", "Ana rows."), node("c", "Cora swims far out.")]
    assert compose(parts) == compose(parts[::-1])
    assert compose(parts).text == "Ana rows. Ben sails. Cora swims far out."


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ("Ann lives in Berlin.", "Ann lives in Berlin since 2020."),
        ("王在北京工作。", "王在北京工作了三年。"),
    ],
)  # fmt: skip
def test_what_a_fuller_sentence_says_is_not_said_twice(said: str, text: str) -> None:
    assert compose([node("a", said), node("b", text)]).text == text


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Bob likes Ann.", "Ann likes Bob, as all do."), ("Ann smokes.", "Ann smokes no more."),
        ("Ann is tall.", "If Ann is tall, the roof is low."), ("他在家。", "他不在家。"),
    ],
)  # fmt: skip
def test_the_same_words_in_another_sense_are_kept(one: str, other: str) -> None:
    text = compose([node("a", one), node("b", other)]).text
    assert one in text and other in text


def test_more_sentences_than_can_be_compared_are_refused() -> None:
    long = " ".join(f"a{number}." for number in range(MOST_SENTENCES))
    with pytest.raises(Invalid, match="sentences"):
        compose([node("a", long), node("b", "b.")])


def test_sentences_end_where_they_end() -> None:
    assert sentences("One. Two!  Three?\nFour。五。 v1.2 is out") == [
        "One.",
        "Two!",
        "Three?",
        "Four。",
        "五。",
        "v1.2 is out",
    ]
