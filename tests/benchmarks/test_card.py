"""The card: what it is made from, and that a ranking without figures stays a row with a reason."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import locomo_card
from benchmarks.corrections import corrections
from benchmarks.locomo_more import corrected
from benchmarks.locomo_report import make_report
from benchmarks.locomo_scores import OURS, Answer, Cost, Ingested, Measured
from benchmarks.metrics import auroc
from benchmarks.plot import Group, bars
from memos_ingest import Question

values = st.lists(st.floats(0, 1), min_size=1, max_size=8)


def question(conversation: str, text: str, *evidence: str) -> Question:
    return Question(conversation_id=conversation, question=text, answer="", evidence=evidence, category=1)


def answer(place: int, ranking: Sequence[str], *, chat: str = "a", category: int = 1, chance: float | None = None,
           **others: Sequence[str]) -> Answer:  # fmt: skip
    plain = dict.fromkeys(locomo_card.PLAIN, ("D1:9",))
    return Answer(
        conversation=chat, category=category, evidence=("D1:1",), milliseconds=1.0, place=place, chance=chance,
        rankings={OURS: ranking, **plain, **others},
    )  # fmt: skip


def measured(*answers: Answer) -> Measured:
    return Measured(
        sha256="", embedder="e", ingested=Ingested(turns=9, nodes=9, edges=9, seconds=1.0, memory={"rss": 1.0}),
        answers=answers, left_out=0, deep=9, turns={"a": 9, "b": 9}, tokens={c: {"D1:1": 1, "D1:9": 1} for c in "ab"},
        memory={"rss": 1.0, "peak": 1.0}, disk_mb=1.0, more=tuple(a for a in answers if a.category < 5),
    )  # fmt: skip


def test_a_peer_that_could_not_run_is_a_row_that_says_why() -> None:
    run = replace(measured(answer(0, ["D1:1"])), peers={"other 1.0": "no wheel for this machine"})
    row = next(row for row in locomo_card.card(run, 1.0).rows if row[0] == "other 1.0")
    assert "no wheel for this machine" in str(row[1])
    assert not any(row[2:])


def test_a_peer_that_ran_stands_in_the_same_table_and_picture_as_ours() -> None:
    cost = Cost(milliseconds=(3.0,), turns_per_second=7.0, memory_mb=5.0, disk_mb=6.0)
    run = replace(measured(answer(0, ["D1:1"], other=["D1:9"])), peers={"other": cost})
    rows = {row[0]: row for row in locomo_card.card(run, 1.0).rows}
    assert len(rows["other"]) == len(rows[OURS]) == len(locomo_card.card(run, 1.0).columns)
    assert (rows[OURS][1], rows["other"][1]) == ("100.0", "0.0")
    assert ">other<" in locomo_card.picture(run)


def test_what_an_edge_earns_is_counted_against_recall_with_it() -> None:
    run = measured(answer(0, ["D1:1"], blind=["D1:9"]), answer(1, ["D1:1"], blind=["D1:1"]))
    (_, blind) = locomo_card.edges(replace(run, ablations=("blind",))).rows
    assert blind[0] == "blind"
    assert blind[5] == "-50.0"


def test_what_a_stage_adds_is_counted_against_the_line_above() -> None:
    run = measured(answer(0, ["D1:1"], first=["D1:9"]), answer(1, ["D1:1"], first=["D1:1"]))
    first, whole = locomo_card.ladder(replace(run, ladder=("first",))).rows
    assert (first[0], first[-1]) == ("first", "")
    assert (whole[0], whole[-1]) == (OURS, "+50.0")


def test_conversations_past_the_fifth_are_reported_apart() -> None:
    run = measured(*(answer(at, ["D1:1" if at > 4 else "D1:9"], chat=f"c{at}") for at in range(6)))
    run = replace(run, turns={f"c{at}": 9 for at in range(6)}, tokens={f"c{at}": {"D1:1": 1} for at in range(6)})
    ours = {row[0]: row[3] for row in locomo_card.split(run).rows if row[2] == OURS}
    assert ours["0-4, tuned on"] == "0.0"
    assert ours["5-9, kept apart"] == "100.0"


def test_a_target_that_was_not_measured_is_left_out() -> None:
    run = measured(answer(0, ["D1:1"]))
    plain = {target.what for target in make_report(run).targets}
    judged = measured(answer(0, ["D1:1"], chance=0.9), answer(1, ["D1:1"], category=5, chance=0.2))
    more = {target.what: target for target in make_report(judged).targets}
    assert not any("AUROC" in what for what in plain)
    assert more["AUROC of answerability, 1-4 against 5"].measured == 1.0


def test_corrected_keys_replace_the_files_and_can_take_a_question_out() -> None:
    asked = [question("a", "Who came?", "D1:1"), question("a", "Why?", "D1:1"), question("b", "Who came?", "D1:1")]
    audit = corrections(
        [
            {"question_id": "locomo_0_qa_0", "correct_evidence": ["D1:9"]},
            {"conversation": "b", "question": "who  came?", "evidence": []},
        ],
        asked,
    )
    run = measured(answer(0, ["D1:9"]), answer(1, ["D1:1"]), answer(2, ["D1:1"], chat="b"))
    assert [(a.place, a.evidence) for a in corrected(run, audit)] == [(0, ("D1:9",)), (1, ("D1:1",))]


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("D1:1", r"c\[0\] is str"),
        ({"question": "Never asked?"}, r"c\[0\] names no question"),
        ({"question": "Who came?", "evidence": ["turn 1"]}, r"c\[0\].correct_evidence is \['turn 1'\]"),
    ],
)
def test_a_correction_that_fits_nothing_is_refused_by_its_place(entry: object, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        corrections([entry], [question("a", "Who came?", "D1:1")], name="c")


def test_auroc_of_groups_that_are_apart_is_one_and_of_equal_ones_a_half() -> None:
    assert auroc([0.8, 0.9], [0.1, 0.2]) == 1.0
    assert auroc([0.1, 0.9], [0.1, 0.9]) == 0.5
    with pytest.raises(ValueError, match="empty"):
        auroc([], [1.0])


@given(values, values)
def test_auroc_one_way_and_the_other_sum_to_one(one: list[float], other: list[float]) -> None:
    assert auroc(one, other) + auroc(other, one) == pytest.approx(1)


@given(st.lists(st.floats(0, 100), min_size=1, max_size=9))
def test_longer_bars_stand_for_larger_values(shares: list[float]) -> None:
    drawn = bars("<&>", ["one"], [Group(label="a<b", values=(share,)) for share in shares])
    rects = [node for node in ElementTree.fromstring(drawn).iter() if node.tag.endswith("rect")]
    widths = [float(node.attrib["width"]) for node in rects[-len(shares) :]]
    for (share, width), (other, wider) in pairwise(sorted(zip(shares, widths, strict=True))):
        assert width <= wider or share == other


def test_a_group_with_another_number_of_values_is_refused() -> None:
    with pytest.raises(ValueError, match="as many values"):
        bars("t", ["one", "two"], [Group(label="a", values=(1.0,))])
