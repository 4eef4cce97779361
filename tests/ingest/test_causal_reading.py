"""Reading whole texts: from sentence to sentence, any characters, any length."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from memos_ingest.causal import causes, opens_with_a_link, paragraphs

PIECES = st.sampled_from(
    [
        "because", "so that", ", so ", "not ", "if ", "due to", "caused", " by ", "led to", ". ", "? ", ", ", "\n\n",
        "the pump", " failed", "after", "(", "“", "|", "因为", "，", "。", "导致", "不", "如果", "就", "水泵",
        "Therefore ", "This led to ", "as", "protest", " against ", "to avoid", "\u2028", "\x00", "𝒳", "é",
    ]
)  # fmt: skip


def told(text: str) -> list[tuple[str, str, str]]:
    return [(one.rule, one.cause.of(text), one.effect.of(text)) for one in causes(text)]


@pytest.mark.parametrize(
    ("text", "cause", "effect"),
    [
        ("The bolt had rusted. Therefore, the pump stopped.", "The bolt had rusted", "the pump stopped"),
        ("A truck hit the gate. This led to a long delay.", "A truck hit the gate", "a long delay"),
        ("The pump stopped. This is because the bolt had rusted.", "the bolt had rusted", "The pump stopped"),
        ("轴承已经磨损。因此水泵停止了工作。", "轴承已经磨损", "水泵停止了工作"),
        ("连续三天大雨。这导致了洪水。", "连续三天大雨", "洪水"),
        ("水泵停止了工作。这是因为轴承已经磨损。", "轴承已经磨损", "水泵停止了工作"),
    ],
)  # fmt: skip
def test_a_sentence_goes_on_from_the_one_before_it(text: str, cause: str, effect: str) -> None:
    assert [(found[1].rstrip("。"), found[2].rstrip("。")) for found in told(text)] == [(cause, effect)]


def test_a_new_paragraph_does_not_go_on_from_a_question_or_from_another_item() -> None:
    assert told("Why did it stop? Therefore, the pump was opened.") == []
    assert told("- The bolt had rusted.\n- Therefore is a word of nine letters, they say.") == []


def test_spans_lie_where_the_words_stand_in_a_long_text() -> None:
    filler = "The watch noted the reading of the gauge without remark. " * 40
    text = f"{filler}\n\nThe valve jammed because the spring broke. {filler}\n\n因为下雨，比赛取消了。"
    assert [found[1:] for found in told(text)] == [("the spring broke", "The valve jammed"), ("下雨", "比赛取消了")]
    assert all(one.marker.of(text) in ("because", "因为") for one in causes(text))


def test_a_chain_is_two_statements_in_one_sentence() -> None:
    found = told("The storm caused a blackout, which led to looting.")
    assert [(cause, effect) for _, cause, effect in found] == [("The storm", "a blackout"), ("a blackout", "looting")]


@given(st.lists(PIECES | st.text(max_size=8), max_size=40).map("".join))
@example("\ufdfa because \ufdfa")
def test_any_text_is_read_twice_alike_with_spans_inside_it(text: str) -> None:
    found = causes(text)
    assert found == causes(text)
    for one in found:
        for span in (one.cause, one.effect, one.marker):
            assert 0 <= span.start < span.end <= len(text)
            assert span.of(text).strip()
        assert not one.cause.overlaps(one.effect)
        assert 0 < one.confidence <= 1


@given(st.lists(PIECES, max_size=30).map("".join))
def test_sentences_stand_in_order_and_do_not_overlap(text: str) -> None:
    spans = [span for paragraph in paragraphs(text) for span in paragraph]
    assert all(one.end <= other.start for one, other in pairwise(spans))
    assert all(span.of(text) == span.of(text).strip() != "" for span in spans)


@pytest.mark.parametrize("unit", ["because ", "likely ", "if a, ", "(", "因为", "，", "so ", "the injured ", "was , "])
def test_a_text_that_repeats_itself_for_a_megabyte_ends(unit: str) -> None:
    sentence = (unit * (1400 // len(unit))).strip()
    stop = "。" if unit in ("因为", "，") else ". "
    causes((sentence + stop) * (60_000 // len(sentence)))
    causes(unit * (1_000_000 // len(unit)))


def test_only_an_opening_links_a_sentence_to_the_one_before() -> None:
    assert opens_with_a_link("Therefore, the pump stopped.") is not None
    assert opens_with_a_link("The pump therefore stopped.") is None
    assert opens_with_a_link("Thus far the pump has run.") is None
    assert opens_with_a_link("Therefore?") is None
