"""Which texts hold words in a row: never one too few."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from memos_graph.engines.word_pairs import WordPairs

words = st.lists(st.sampled_from(["the", "valve", "handbook", "of", "rfc9110", "3"]), max_size=8)


def test_a_text_is_found_by_words_that_stand_in_it_in_that_order() -> None:
    known = WordPairs()
    known.add("a", ["see", "the", "valve", "handbook"])
    known.add("b", ["handbook", "valve"])
    assert known.holding(["valve", "handbook"]) == ["a"]
    assert known.holding(["handbook", "valve"]) == ["b"]
    assert known.holding(["valve", "house"]) == known.holding([]) == []


def test_a_single_code_is_found_and_a_single_word_is_not() -> None:
    known = WordPairs()
    known.add("a", ["see", "rfc9110", "valve"])
    assert known.holding(["rfc9110"]) == ["a"] and known.holding(["valve"]) == []


@given(st.lists(words, max_size=30), words.filter(lambda each: len(each) > 1))
def test_every_text_that_holds_the_words_is_named_whenever_one_asks(texts: list[list[str]], asked: list[str]) -> None:
    known = WordPairs()
    for at, text in enumerate(texts):
        known.add(f"t{at}", text)
        if at % 7 == 3:
            known.holding(asked)
    holding = {f"t{at}" for at, text in enumerate(texts)
               if any(text[i : i + len(asked)] == asked for i in range(len(text)))}  # fmt: skip
    found = known.holding(asked)
    assert holding <= set(found) and len(found) == len(set(found))
    assert all(set(pairwise(asked)) <= set(pairwise(texts[int(i[1:])])) for i in found)
