"""The figures that reports stand on."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.metrics import bootstrap, fuse, ndcg_at, percentiles, recall_at, within_budget

ids = st.lists(st.sampled_from("abcdefghij"), unique=True)
some_ids = st.sets(st.sampled_from("abcdefghij"), min_size=1)
groups = st.lists(st.lists(st.floats(0, 1), max_size=5), min_size=1, max_size=6).filter(lambda g: any(g))


def test_recall_is_the_share_of_the_evidence_among_the_first_k() -> None:
    assert recall_at(["a", "x", "b", "y"], {"a", "b", "c"}, 2) == pytest.approx(1 / 3)
    assert recall_at(["a", "x", "b", "y"], {"a", "b", "c"}, 3) == pytest.approx(2 / 3)


def test_evidence_that_is_named_twice_counts_once() -> None:
    assert recall_at(["a"], ["a", "a"], 1) == 1


@given(ids, some_ids, st.integers(0, 12))
def test_looking_further_never_lowers_recall(ranking: list[str], relevant: set[str], k: int) -> None:
    assert recall_at(ranking, relevant, k) <= recall_at(ranking, relevant, k + 1) <= 1


def test_a_question_without_evidence_is_refused_not_counted_as_found() -> None:
    with pytest.raises(ValueError, match="without evidence"):
        recall_at(["a"], [], 10)
    with pytest.raises(ValueError, match="without evidence"):
        ndcg_at(["a"], [], 10)


def test_ndcg_of_a_hit_in_third_place_is_half() -> None:
    assert ndcg_at(["x", "y", "a"], {"a"}, 10) == pytest.approx(1 / math.log2(4))


def test_ndcg_of_two_hits_in_first_and_third_place() -> None:
    assert ndcg_at(["a", "x", "b"], {"a", "b"}, 10) == pytest.approx((1 + 1 / 2) / (1 + 1 / math.log2(3)))


@given(some_ids, st.integers(1, 12))
def test_evidence_in_front_has_ndcg_one_even_where_it_is_more_than_k(relevant: set[str], k: int) -> None:
    assert ndcg_at([*sorted(relevant), "z"], relevant, k) == pytest.approx(1)


@given(ids, some_ids, st.integers(1, 12))
def test_ndcg_stays_between_zero_and_one(ranking: list[str], relevant: set[str], k: int) -> None:
    assert 0 <= ndcg_at(ranking, relevant, k) <= 1 + 1e-12


def test_a_turn_that_does_not_fit_ends_the_budget_though_a_later_one_would_fit() -> None:
    assert within_budget(["a", "b", "c"], {"a": 400, "b": 700, "c": 1}, 1000) == 1


def test_a_budget_that_is_met_exactly_holds_the_last_turn() -> None:
    assert within_budget(["a", "b"], {"a": 400, "b": 600}, 1000) == 2


def test_fusion_prefers_what_both_lists_have_to_the_first_of_one() -> None:
    assert fuse([["a", "both"], ["b", "both"]])[0] == "both"


@given(ids, ids)
def test_fusion_holds_each_id_once_and_loses_none(one: list[str], two: list[str]) -> None:
    fused = fuse([one, two])
    assert sorted(fused) == sorted({*one, *two})


@given(ids)
def test_fusing_a_ranking_with_itself_keeps_its_order(ranking: list[str]) -> None:
    assert fuse([ranking, ranking]) == ranking


@settings(deadline=None)
@given(groups)
def test_the_interval_lies_within_the_means_of_the_groups(values: list[list[float]]) -> None:
    found = bootstrap(values, np.random.default_rng(1), resamples=200)
    means = [math.fsum(group) / len(group) for group in values if group]
    assert min(means) - 1e-9 <= found.low <= found.high <= max(means) + 1e-9
    assert found.mean == pytest.approx(math.fsum(v for g in values for v in g) / sum(map(len, values)))


def test_the_same_seed_gives_the_same_interval() -> None:
    values = [[0.0, 1.0], [1.0], [0.0, 0.0, 1.0]]
    assert bootstrap(values, np.random.default_rng(7)) == bootstrap(values, np.random.default_rng(7))


def test_groups_that_are_alike_leave_no_doubt_and_groups_that_differ_leave_much() -> None:
    alike = bootstrap([[0.0, 1.0]] * 10, np.random.default_rng(1))
    apart = bootstrap([[0.0, 0.0]] * 5 + [[1.0, 1.0]] * 5, np.random.default_rng(1))
    assert alike.high - alike.low == 0
    assert apart.high - apart.low > 0.4


def test_the_mean_weighs_questions_not_conversations() -> None:
    assert bootstrap([[1.0, 1.0, 1.0], [0.0]], np.random.default_rng(1)).mean == pytest.approx(0.75)


def test_an_average_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="nothing"):
        bootstrap([[], []], np.random.default_rng(1))
    with pytest.raises(ValueError, match="nothing"):
        percentiles([])


def test_percentiles_are_times_that_were_measured() -> None:
    times = [float(n) for n in range(1, 101)]
    assert percentiles(times) == {"p50": 50.0, "p95": 95.0, "p99": 99.0}
    assert percentiles([3.0]) == {"p50": 3.0, "p95": 3.0, "p99": 3.0}
