"""Passages that repeat the end of the one before."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memos_ingest import Document, Element, Passage, split

SENTENCES = st.lists(st.integers(1, 30), min_size=1, max_size=40)


def count(text: str) -> int:
    """Words, and two markers."""
    return len(text.split()) + 2


def document(*elements: Element) -> Document:
    return Document(title="T", name="t.md", media_type="text/markdown", content_hash="", elements=elements)


def texts_of(document: Document, overlap: int) -> list[str]:
    pieces = split(document, max_tokens=42, overlap=overlap, count_tokens=count)
    return [piece.text for piece in pieces if isinstance(piece, Passage)]


def said(numbers: list[int]) -> list[str]:
    """Sentences of so many words, each word its own."""
    words = iter(range(10_000))
    return [" ".join(f"w{next(words)}" for _ in range(length)).capitalize() + "." for length in numbers]


@given(SENTENCES, st.integers(0, 15), st.booleans())
def test_with_an_overlap_nothing_is_lost_no_passage_is_too_long_and_order_stays(
    numbers: list[int], overlap: int, as_paragraphs: bool
) -> None:
    sentences = said(numbers)
    texts = sentences if as_paragraphs else [" ".join(sentences)]
    elements = [Element(kind="paragraph", text=text) for text in texts]
    passages = texts_of(document(*elements), overlap)
    assert all(count(text) <= 42 for text in passages)
    seen: list[str] = []
    for text in passages:
        words = re.findall(r"w\d+", text.lower())
        new = [word for word in words if word not in seen]
        assert words[len(words) - len(new) :] == new  # what is repeated stands first
        assert len(words) - len(new) <= overlap
        assert words[: len(words) - len(new)] == seen[len(seen) - len(words) + len(new) :]
        seen += new
    assert seen == re.findall(r"w\d+", " ".join(texts).lower())


def test_a_passage_that_goes_on_repeats_the_last_sentences_of_the_one_before() -> None:
    text = " ".join(f"Sentence {n} says what is known of boat {n} here." for n in range(12))
    first, second = texts_of(document(Element(kind="paragraph", text=text)), 12)[:2]
    assert second.startswith(first.rpartition(". ")[2])


def test_nothing_is_repeated_over_a_heading_or_a_table() -> None:
    long = " ".join(f"word{n}" for n in range(30))
    texts = texts_of(
        document(
            Element(kind="paragraph", text=long), Element(kind="table", text="| a | b |\n| --- | --- |\n| 1 | 2 |"),
            Element(kind="paragraph", text="After the table."), Element(kind="heading", level=1, text="Next"),
            Element(kind="paragraph", text="Under the heading."),
        ), 10,
    )  # fmt: skip
    assert texts[2:] == ["After the table.", "Under the heading."]


def test_an_overlap_of_more_than_half_a_passage_is_refused() -> None:
    with pytest.raises(ValueError, match="overlap = 21"):
        split(document(), max_tokens=42, overlap=21, count_tokens=count)
