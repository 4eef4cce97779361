"""Scores of parsed documents, by examples small enough to work out by hand."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.ingest_scores import cell_f1, heading_f1, level_f1, longest_common, score
from benchmarks.ingest_text import Cells, Content, Heading, from_blocks, from_markdown, words_of

words = st.lists(st.sampled_from("abcd"), max_size=12)


def content(text: str) -> Content:
    return Content(words=tuple(text.split()), headings=(), tables=())


def headings(*pairs: tuple[int, str]) -> list[Heading]:
    return [Heading(level=level, text=text) for level, text in pairs]


def plain_longest(one: list[str], two: list[str]) -> int:
    rows = [[0] * (len(two) + 1) for _ in range(len(one) + 1)]
    for at, a in enumerate(one):
        for to, b in enumerate(two):
            rows[at + 1][to + 1] = rows[at][to] + 1 if a == b else max(rows[at][to + 1], rows[at + 1][to])
    return rows[-1][-1]


def test_a_word_that_should_be_there_twice_and_is_there_once_is_half_lost() -> None:
    found = score(content("to be or not to be"), content("to be or not"))
    assert found.recall == pytest.approx(4 / 6)
    assert found.precision == 1


def test_a_word_that_is_there_twice_and_should_be_once_lowers_precision_alone() -> None:
    found = score(content("a b"), content("a a b"))
    assert (found.recall, found.order) == (1, 1)
    assert found.precision == pytest.approx(2 / 3)


def test_two_columns_read_across_lose_order_and_no_text() -> None:
    found = score(content("a b c d e f"), content("a d b e c f"))
    assert found.recall == 1
    assert found.order == pytest.approx(4 / 6)


def test_a_text_read_backwards_keeps_one_word_in_order() -> None:
    assert score(content("a b c d"), content("d c b a")).order == pytest.approx(1 / 4)


def test_words_that_were_never_found_do_not_count_against_order() -> None:
    assert score(content("a b c d"), content("a d")).order == 1


def test_nothing_found_scores_nothing() -> None:
    found = score(content("a b"), content(""))
    assert (found.recall, found.precision, found.order) == (0, 0, 0)


def test_a_reference_without_words_is_refused_not_called_perfect() -> None:
    with pytest.raises(ValueError, match="judges nothing"):
        score(content(""), content("a"))


@given(words, words)
def test_the_longest_common_sequence_is_that_of_the_textbook(one: list[str], two: list[str]) -> None:
    assert longest_common(one, two) == plain_longest(one, two)


def test_a_heading_that_is_plain_text_and_plain_text_that_is_a_heading_cost_alike() -> None:
    expected = headings((1, "a"), (2, "b"))
    assert heading_f1(expected, headings((1, "a"))) == pytest.approx(2 / 3)
    assert heading_f1(expected, headings((1, "a"), (2, "b"), (2, "c"))) == pytest.approx(4 / 5)


def test_a_heading_found_twice_counts_once() -> None:
    assert heading_f1(headings((1, "a")), headings((1, "a"), (1, "a"))) == pytest.approx(2 / 3)


def test_a_wrong_level_costs_the_level_and_not_the_text() -> None:
    expected, flat = headings((1, "a"), (2, "b")), headings((1, "a"), (1, "b"))
    assert heading_f1(expected, flat) == 1
    assert level_f1(expected, flat) == pytest.approx(1 / 2)


def test_levels_that_are_all_one_deeper_are_right() -> None:
    assert level_f1(headings((1, "a"), (3, "b")), headings((2, "a"), (4, "b"))) == 1
    assert level_f1(headings((1, "a"), (3, "b")), headings((2, "a"), (3, "b"))) == pytest.approx(1 / 2)


def test_a_title_that_was_missed_does_not_make_the_other_levels_wrong() -> None:
    assert level_f1(headings((1, "a"), (2, "b"), (3, "c")), headings((1, "b"), (2, "c"))) == pytest.approx(4 / 5)


def test_a_reference_that_knows_one_level_judges_no_levels() -> None:
    assert level_f1(headings((2, "a"), (2, "b")), headings((1, "a"), (2, "b"))) is None
    assert heading_f1([], headings((1, "a"))) is None


def cells(expected: list[Cells], found: list[Cells]) -> tuple[object, int]:
    f1, extra = cell_f1(expected, found)
    return pytest.approx(f1), extra


TABLE: Cells = (("a", "b"), ("1", "2"), ("3", "4"))


def test_a_cell_in_the_wrong_column_is_wrong() -> None:
    assert cells([TABLE], [(("a", "b"), ("2", "1"), ("3", "4"))]) == (8 / 12, 0)


def test_a_row_too_many_costs_its_own_cells_and_no_other() -> None:
    assert cells([TABLE], [(("x", "y"), *TABLE)]) == (12 / 14, 0)


def test_a_lost_row_costs_its_own_cells_and_no_other() -> None:
    assert cells([TABLE], [TABLE[::2]]) == (8 / 10, 0)


def test_rows_in_another_order_are_not_all_right() -> None:
    assert cells([TABLE], [TABLE[::-1]]) == (4 / 12, 0)


def test_a_table_that_was_not_found_is_missed_with_all_its_cells() -> None:
    assert cells([TABLE, (("x", "y"),)], [TABLE]) == (12 / 14, 0)
    assert cells([TABLE], []) == (0, 0)


def test_tables_are_paired_by_what_they_hold_and_a_table_too_many_is_counted() -> None:
    assert cells([TABLE, (("x", "y"),)], [(("p",),), (("x", "y"),), TABLE]) == (1, 1)


def test_one_table_cannot_stand_for_two() -> None:
    assert cells([TABLE, TABLE], [TABLE]) == (12 / 18, 0)


def test_words_have_no_case_no_ligature_no_soft_hyphen_and_no_vowel_signs() -> None:
    assert words_of("The ﬁrst co\u00adoperative, IBM_Db2") == ["the", "first", "cooperative", "ibm", "db2"]
    assert words_of("بناءً") == words_of("بناء")


def test_chinese_counts_by_character() -> None:
    assert words_of("图3 shows 水") == ["图", "3", "shows", "水"]


def test_addresses_marks_and_comments_are_no_text() -> None:
    found = from_markdown("# A *b*\n\n[see](http://x.org) `c`<br>~~d~~\n\n<!-- image -->\n\n- [ ] e &amp; f\n")
    assert found.words == ("a", "b", "see", "c", "d", "e", "f")
    assert found.headings == (Heading(level=1, text="a b"),)


def test_a_year_that_begins_a_line_is_no_number_of_a_list() -> None:
    assert from_markdown("1998. A good year\n\n1. one\n").words == ("1998", "a", "good", "year", "one")


def test_text_over_dashes_is_no_heading() -> None:
    assert from_markdown("Total\n-----\n").headings == ()


def test_a_table_loses_what_is_empty_and_counts_a_merged_cell_once() -> None:
    found = from_markdown("| a | a | |\n| - | - | - |\n| | | |\n| a | x\\|y | |\n")
    assert found.tables == ((("a", "a"), ("a", "x y")),)
    assert found.words == ("a", "x", "y")


def test_blocks_and_markdown_of_the_same_document_say_the_same() -> None:
    blocks: list[dict[str, Any]] = [
        {"kind": "heading", "level": 2, "text": "Head"},
        {"kind": "list_item", "text": "1. one"},
        {"kind": "table", "cells": [["a", "b"], ["1", ""]]},
        {"kind": "code", "text": "x = 1"},
    ]
    assert from_blocks(blocks) == from_markdown(
        "## Head\n\n1. one\n\n| a | b |\n| - | - |\n| 1 | |\n\n```\nx = 1\n```\n"
    )
