"""Preferences move scores by no more than they say, and nothing when nothing is preferred."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memos_graph.engines import prefer
from memos_graph.engines.rows import NO_TIME

DAY = 86_400_000_000
QUICK = settings(max_examples=60, deadline=None)
SCORES = st.lists(st.floats(-1, 4, width=32), min_size=1, max_size=12)


def _scores(values: list[float]) -> np.ndarray:
    return np.array(values, np.float32)


@QUICK
@given(SCORES, st.lists(st.integers(-4000, 400), min_size=12, max_size=12), st.floats(0.1, 1000))
def test_age_only_takes_never_more_than_half_and_never_puts_an_older_equal_first(
    values: list[float], days: list[int], half_life: float
) -> None:
    scores = _scores(values)
    times = np.array([day * DAY for day in days[: len(values)]], np.int64)
    left = scores + prefer.aged(scores, times, now=0, half_life=half_life)
    assert (left <= scores).all()
    assert (left >= scores - prefer.AGE_TAKES * np.maximum(scores, 0) - 1e-5).all()
    same = np.full(len(values), 1.0, np.float32)
    kept = same + prefer.aged(same, times, now=0, half_life=half_life)
    assert (np.diff(kept[np.argsort(times)]) >= -1e-6).all()


def test_a_half_life_halves_what_age_can_take() -> None:
    times = np.array([0, -10 * DAY, -20 * DAY, NO_TIME, 5 * DAY], np.int64)
    taken = prefer.aged(np.ones(5, np.float32), times, now=0, half_life=10)
    assert taken == pytest.approx([0, -0.25, -0.375, 0, 0])


@QUICK
@given(SCORES, st.data())
def test_the_tense_moves_no_row_by_more_than_its_weights(values: list[float], data: st.DataObject) -> None:
    n = len(values)
    times = np.array(data.draw(st.lists(st.sampled_from([NO_TIME, 0, 1, 5 * DAY]), min_size=n, max_size=n)), np.int64)
    replaced = np.array(data.draw(st.lists(st.booleans(), min_size=n, max_size=n)), np.bool_)
    now = prefer.timely(_scores(values), times, replaced, "now")
    before = prefer.timely(_scores(values), times, replaced, "before")
    assert ((now >= -prefer.REPLACED - 1e-6) & (now <= prefer.LATER + 1e-6)).all()
    assert ((before >= 0) & (before <= 2 * prefer.REPLACED)).all()
    assert (now[replaced] < 0).all()


def test_asked_about_before_the_replaced_row_rises_and_asked_about_now_it_sinks() -> None:
    scores, times = _scores([1.0, 0.9, 0.2]), np.array([2 * DAY, DAY, 0], np.int64)
    replaced = np.array([False, True, False])
    assert np.argmax(scores + prefer.timely(scores, times, replaced, "before")) == 1
    assert np.argmax(scores + prefer.timely(scores, times, replaced, "now")) == 0


def test_where_nothing_is_replaced_the_order_of_times_decides_between_equals() -> None:
    scores, times, none = _scores([1.0, 1.0, 0.1]), np.array([DAY, 2 * DAY, 9 * DAY], np.int64), np.zeros(3, np.bool_)
    assert np.argmax(scores + prefer.timely(scores, times, none, "now")) == 1
    assert np.argmax(scores + prefer.timely(scores, times, none, "before")) == 0
    # what is far from an answer is not lifted by being late
    assert prefer.timely(scores, times, none, "now")[2] == 0


def test_no_rows_are_no_error() -> None:
    empty = np.zeros(0, np.float32)
    assert len(prefer.timely(empty, np.zeros(0, np.int64), np.zeros(0, np.bool_), "now")) == 0
    assert len(prefer.aged(empty, np.zeros(0, np.int64), now=0, half_life=1)) == 0
