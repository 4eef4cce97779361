"""Times named in a text."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memos_graph.engines.timewords import asks_when, time_ranges
from memos_graph.model.wording import is_question, tells_when

UNHURRIED = settings(deadline=None, max_examples=60)  # a busy machine is no failure

NOW = datetime(2024, 5, 15, 10, 30, tzinfo=UTC)  # a Wednesday


def spans(text: str, now: datetime | None = NOW) -> list[tuple[str, str]]:
    return [(r.start.date().isoformat(), r.end.date().isoformat()) for r in time_ranges(text, now=now)]


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("what happened on 3 July 2023?", "2023-07-03", "2023-07-04"),
        ("on July 3rd, 2023", "2023-07-03", "2023-07-04"),
        ("the 3rd of July, 2023", "2023-07-03", "2023-07-04"),
        ("on 2023-07-03", "2023-07-03", "2023-07-04"),
        ("2023年7月3日发生了什么", "2023-07-03", "2023-07-04"),
        ("in July 2023", "2023-07-01", "2023-08-01"),
        ("2023年7月", "2023-07-01", "2023-08-01"),
        ("in December, 2023", "2023-12-01", "2024-01-01"),
        ("in 2022", "2022-01-01", "2023-01-01"),
        ("who won in 2022?", "2022-01-01", "2023-01-01"),
        ("去年", "2023-01-01", "2024-01-01"),
        ("yesterday", "2024-05-14", "2024-05-15"),
        ("昨天", "2024-05-14", "2024-05-15"),
        ("last week", "2024-05-06", "2024-05-13"),
        ("上周", "2024-05-06", "2024-05-13"),
        ("last weekend", "2024-05-11", "2024-05-13"),
        ("two weeks ago", "2024-04-29", "2024-05-06"),
        ("three months ago", "2024-02-01", "2024-03-01"),
        ("last Wednesday", "2024-05-08", "2024-05-09"),
        ("on Friday", "2024-05-10", "2024-05-11"),
        ("next month", "2024-06-01", "2024-07-01"),
    ],
)
def test_a_time_is_read_as_the_stretch_it_names(text: str, start: str, end: str) -> None:
    assert spans(text) == [(start, end)]


def test_a_date_without_a_year_is_the_last_such_date() -> None:
    assert spans("on 3 March") == [("2024-03-03", "2024-03-04")]
    assert spans("on 3 July") == [("2023-07-03", "2023-07-04")]
    assert spans("in June") == [("2023-06-01", "2023-07-01")]
    assert spans("on 29 February") == [("2024-02-29", "2024-03-01")]


def test_two_dates_are_two_stretches() -> None:
    assert spans("between 1 May 2023 and 4 June 2023") == [("2023-05-01", "2023-05-02"), ("2023-06-04", "2023-06-05")]


@pytest.mark.parametrize(
    "text", ["may I come in?", "he will march on", "31 June 2023", "room 2022b", "version 2023.1.4", "99999 items", ""]
)
def test_what_names_no_time_gives_none(text: str) -> None:
    assert spans(text) == []


def test_relative_words_name_nothing_while_the_present_is_unknown() -> None:
    assert spans("yesterday, in June, two weeks ago and last Friday", now=None) == []
    assert spans("on 3 July 2023", now=None) == [("2023-07-03", "2023-07-04")]


@UNHURRIED
@given(st.dates(min_value=date(1900, 1, 1), max_value=date(2099, 12, 31)))
def test_every_day_is_read_alike_in_every_way_of_writing_it(day: date) -> None:
    ways = (
        day.isoformat(),
        f"{day.day} {day:%B} {day.year}",
        f"{day:%b} {day.day}, {day.year}",
        f"{day.year}年{day.month}月{day.day}日",
    )
    for way in ways:
        assert spans(f"what was said on {way}?") == [(day.isoformat(), (day + timedelta(days=1)).isoformat())]


_PIECES = (
    *"0123456789-年月日今昨上周去 ",
    "May ",
    "29 Feb ",
    " ago",
    "last ",
    "week",
    "in ",
    "year",
    "two ",
    "9999",
    "Friday",
    "on ",
)


@UNHURRIED
@given(
    st.lists(st.sampled_from(_PIECES), max_size=12).map("".join) | st.text(max_size=40),
    st.datetimes(),
)
def test_no_text_and_no_present_break_the_reading(text: str, now: datetime) -> None:
    for r in time_ranges(text, now=now.replace(tzinfo=UTC)):
        assert r.start < r.end


@pytest.mark.parametrize(
    "query", ["When did it open?", "how long has he lived there", "In what year was it?", "什么时候开的？"]
)
def test_a_question_for_a_time_is_seen(query: str) -> None:
    assert asks_when(query)


@pytest.mark.parametrize("query", ["Where did it open?", "whenever", "what a day it was for him to remember"])
def test_another_question_is_not_one_for_a_time(query: str) -> None:
    assert not asks_when(query)


@pytest.mark.parametrize(
    "text", ["I went yesterday", "two years ago", "on 3 July", "since we last spoke", "昨天我去了"]
)
def test_a_text_that_tells_when_is_seen(text: str) -> None:
    assert tells_when(text)


@pytest.mark.parametrize("text", ["I went there with my sister", "you may go", "the march was long"])
def test_a_text_without_words_of_time_tells_no_when(text: str) -> None:
    assert not tells_when(text)


def test_a_question_is_known_by_its_mark_in_any_script() -> None:
    assert is_question("Really?") and is_question("真的吗？") and is_question("حقا؟")
    assert not is_question("Really.")
