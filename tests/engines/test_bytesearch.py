"""Many needles are found in one pass, exactly where a plain search finds one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memos_graph.engines.bytesearch import SHORTEST, Needles
from memos_graph.services.erasing.pieces import MOST, as_bytes, pieces

NEEDLES = st.lists(st.binary(min_size=SHORTEST, max_size=12), max_size=6)


@given(NEEDLES, st.lists(st.binary(max_size=20), max_size=6), st.integers(0, 5), st.integers(0, 5))
def test_it_says_what_a_search_for_each_needle_would(
    needles: list[bytes], parts: list[bytes], which: int, place: int
) -> None:
    if which < len(needles):
        parts.insert(place, needles[which])
    block = b"".join(parts)
    assert Needles(needles).any_in(block) == any(needle in block for needle in needles)


def test_a_needle_at_the_very_end_is_found() -> None:
    assert Needles([b"12345678"]).any_in(b"xx12345678")
    assert not Needles([b"12345678"]).any_in(b"xx1234567")


def test_a_needle_too_short_to_be_told_apart_is_refused() -> None:
    with pytest.raises(ValueError, match="give 8 at least"):
        Needles([b"1234567"])


@given(st.lists(st.text(max_size=300), max_size=20))
def test_every_piece_stands_in_its_text_and_is_long_enough_to_be_looked_for(texts: list[str]) -> None:
    found = pieces(texts)
    assert all(any(piece in text for text in texts) for piece in found)
    assert all(len(way) >= SHORTEST for piece in found for way in as_bytes(piece))
    assert len(found) <= MOST and len(set(found)) == len(found)


def test_a_piece_is_cut_where_a_file_would_write_it_in_another_way() -> None:
    assert pieces(['The code is "seven four one"\nand nobody knows it.']) == (
        "The code is", "seven four one", "and nobody knows it.",
    )[1:]  # fmt: skip


def test_a_short_text_gives_nothing_to_look_for() -> None:
    assert pieces(["Thanks!", "yes", ""]) == ()
