"""Budgets, the scale of relevance, and the tense of a question."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memos_graph.engines.budget import fitting
from memos_graph.engines.profile import DEFAULT as PROFILE
from memos_graph.engines.relativity import DEFAULT, Scale, reachable, relativity
from memos_graph.engines.tense import tense_of
from memos_graph.engines.understand import Understood, Voice

QUICK = settings(max_examples=100, deadline=None)


@QUICK
@given(st.lists(st.integers(0, 50), max_size=20), st.integers(1, 120), st.integers(1, 20))
def test_a_budget_is_never_exceeded_and_nothing_that_fits_is_passed_over(
    costs: list[int], budget: int, most: int
) -> None:
    taken = fitting(costs, budget, most)
    assert sum(costs[at] for at in taken) <= budget and len(taken) <= most and taken == sorted(taken)
    if len(taken) < most and taken != [] and sum(costs[at] for at in taken) < budget:
        for at in set(range(len(costs))) - set(taken):
            assert costs[at] > budget - sum(costs[before] for before in taken if before < at)


def test_a_text_too_long_does_not_keep_short_ones_away() -> None:
    assert fitting([5, 90, 5, 5], 12, 10) == [0, 2]


@QUICK
@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6))
def test_relevance_lies_between_0_and_1_and_never_changes_an_order(one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert 0 <= DEFAULT.of(low) <= DEFAULT.of(high) <= 1


def test_the_scale_is_half_at_its_middle() -> None:
    assert Scale(half=2.0, width=0.5).of(2.0) == 0.5
    assert Scale(half=2.0, width=0.5).of(2.5) == pytest.approx(0.731, abs=1e-3)


def _meant(**names: Any) -> Understood:
    return Understood(voices=(Voice(text="q"),), lexical_text="q", **names)


def test_the_same_score_says_less_where_more_could_have_been_had() -> None:
    alone = reachable(["dense", "lexical"], _meant(), PROFILE)
    assert alone == pytest.approx(PROFILE.dense + PROFILE.lexical)
    for arms, meant in (
        (["dense", "PARENT"], _meant()),
        (["dense", "FOLLOWS"], _meant()),
        (["dense"], _meant(named_speakers=frozenset({"ann"}))),
        (["dense"], _meant(entities=frozenset({"valve"}))),
        (["dense"], _meant(asks_when=True)),
    ):
        assert reachable(arms, meant, PROFILE) > alone
        assert relativity(1.0, arms, meant, PROFILE) < relativity(1.0, ["dense"], _meant(), PROFILE)
    # what lifts a hit for another's sake asks no more of it
    assert reachable(["dense", "hop", "lead", "deep", "reply"], _meant(), PROFILE) == alone


@QUICK
@given(st.floats(-5, 50), st.floats(-5, 50), st.lists(st.sampled_from(["dense", "PARENT", "FOLLOWS", "hop", "MY_OWN"])))
def test_of_two_hits_found_alike_the_better_is_never_less_relevant(one: float, other: float, arms: list[str]) -> None:
    low, high = (relativity(score, arms, _meant(), PROFILE) for score in sorted((one, other)))
    assert 0 <= low <= high <= 1


@pytest.mark.parametrize(
    ("query", "tense"),
    [
        ("Where do I live now?", "now"),
        ("What is her current job?", "now"),
        ("what is Ann currently reading", "now"),
        ("我现在住在哪里", "now"),
        ("Where did I live before?", "before"),
        ("where did Ann use to work?", "before"),
        ("Where I used to live", "before"),
        ("What was Ben’s previous address?", "before"),
        ("What was the street where I used to live?", "before"),
        ("我以前住在哪里？", "before"),
        ("What did Ann do before the move to Bern?", None),
        ("What is the wrench used to tighten?", None),
        ("Which current does the pump draw?", None),
        ("Is it other now than before?", None),
        ("until now, who signed?", None),
        ("who knows", None),
        ("", None),
    ],
)
def test_the_tense_of_a_question(query: str, tense: str | None) -> None:
    assert tense_of(query) == tense
