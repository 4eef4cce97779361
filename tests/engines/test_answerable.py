"""Signs that the evidence is there, and the odds made of them."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memos_graph.engines.answerable import DEFAULT, Line, Signs, signs, speaks_of, stems

UNHURRIED = settings(deadline=None, max_examples=60)
TEXTS = st.text(st.characters(codec="utf-8"), max_size=60)
LINES = st.builds(
    Line, text=TEXTS, cosine=st.floats(-1, 1), share=st.floats(0, 1), asks=st.booleans(),
    speaker=st.sampled_from([None, "ann", "ben"]),
)  # fmt: skip


def said(text: str, speaker: str | None = "ann", cosine: float = 0.6, share: float = 1.0, asks: bool = False) -> Line:
    return Line(text=text, cosine=cosine, share=share, asks=asks, speaker=speaker)


def test_what_another_person_did_makes_a_question_about_this_one_less_likely_answerable() -> None:
    lines = [said("I painted my fence green.", "ben"), said("Nice weather.", "ann", cosine=0.1, share=0.1)]
    ben, ann = (signs("painted fence", lines, {who}) for who in ("ben", "ann"))
    assert ben.about is not None
    assert ann.about is not None
    assert ben.about > 0 > ann.about
    assert DEFAULT.chance(ben) > DEFAULT.chance(ann)


def test_a_question_put_to_a_person_is_about_that_person() -> None:
    asked = said("How was your trip?", "ben", asks=True)
    assert speaks_of(asked, "ann") > 0.5 > speaks_of(asked, "ben")


def test_words_that_no_text_holds_make_an_answer_less_likely() -> None:
    line = said("The pump stands in the hall.", None)
    known, strange = signs("pump hall", [line]), signs("submarine periscope", [line])
    assert (known.coverage, known.unknown, strange.coverage, strange.unknown) == (1, 0, 0, 1)
    assert DEFAULT.chance(known) > DEFAULT.chance(strange)


def test_endings_and_case_do_not_hide_a_word() -> None:
    assert signs("Painting fences", [said("He painted the fence.")]).coverage == 1


def test_no_lines_are_no_evidence_and_still_a_number() -> None:
    nothing = signs("pump", [])
    assert (nothing.cosine, nothing.coverage, nothing.unknown, nothing.about) == (0, 0, 1, None)
    assert 0 < DEFAULT.chance(nothing) < 0.2


def test_who_is_named_does_not_matter_where_nobody_speaks_or_several_are_named() -> None:
    assert signs("fence", [said("The fence is green.", None)], {"ann"}).about is None
    assert signs("fence", [said("My fence is green.", "ben")], {"ann", "ben"}).about is None


def test_where_answers_are_common_the_same_signs_make_one_likelier() -> None:
    found = signs("pump", [said("The pump stands in the hall.", None)])
    assert DEFAULT.chance(found, prior=0.1) < DEFAULT.chance(found) < DEFAULT.chance(found, prior=0.9)


def test_signs_refuse_what_is_no_number() -> None:
    with pytest.raises(ValueError, match="cosine is nan"):
        Signs(cosine=float("nan"), coverage=0, unknown=0, about=None)


@UNHURRIED
@given(TEXTS, st.lists(LINES, max_size=8), st.sets(st.sampled_from(["ann", "ben", "eva"])))
def test_any_lines_give_odds_between_0_and_1_in_any_order(words: str, lines: list[Line], named: set[str]) -> None:
    found = signs(words, lines, named)
    assert 0 < DEFAULT.chance(found) < 1
    assert 0 <= found.coverage <= 1 - found.unknown + 1e-9 or not stems(words)
    turned = signs(words, lines[::-1], named)
    assert turned.about == pytest.approx(found.about, abs=1e-6)
    assert dataclasses.replace(turned, about=None) == dataclasses.replace(found, about=None)


@UNHURRIED
@given(TEXTS, st.lists(LINES, max_size=6), LINES)
def test_one_more_line_never_makes_the_words_less_known(words: str, lines: list[Line], more: Line) -> None:
    before, after = signs(words, lines), signs(words, [*lines, more])
    assert after.coverage >= before.coverage
    assert after.unknown <= before.unknown
    assert after.cosine >= min(before.cosine, more.cosine)


@UNHURRIED
@given(LINES, LINES)
def test_two_persons_share_a_line_between_them(line: Line, other: Line) -> None:
    line = dataclasses.replace(line, speaker="ann")
    assert speaks_of(line, "ann") + speaks_of(line, "ben") == pytest.approx(1)


@UNHURRIED
@given(st.floats(-1, 1), st.floats(0, 1), st.floats(0, 1), st.floats(-8, 8), st.sampled_from(["cosine", "coverage"]))
def test_more_evidence_never_lowers_the_odds(
    cosine: float, coverage: float, unknown: float, about: float, which: str
) -> None:
    less = Signs(cosine=cosine, coverage=coverage, unknown=unknown, about=about)
    thing = dataclasses.replace(less, about=None)
    more = dataclasses.replace(less, **{which: getattr(less, which) + 0.1})
    assert DEFAULT.chance(more) >= DEFAULT.chance(less)
    assert DEFAULT.chance(dataclasses.replace(thing, **{which: getattr(thing, which) + 0.1})) >= DEFAULT.chance(thing)
    assert DEFAULT.chance(dataclasses.replace(less, about=about + 1)) >= DEFAULT.chance(less)
    for one in (less, thing):
        assert DEFAULT.chance(dataclasses.replace(one, unknown=unknown + 0.1)) <= DEFAULT.chance(one)
