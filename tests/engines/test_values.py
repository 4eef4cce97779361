"""Dates, amounts and addresses: which are found, what is none, and that all spellings of one share a key."""

from __future__ import annotations

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memos_graph.engines.naming import canonical
from memos_graph.engines.understand import plain
from memos_graph.engines.units import CHINESE, MONEY_BEFORE, MONEY_BEHIND, SYMBOLS, WORDS
from memos_graph.engines.values import VALUES, key_of, values


def found(text: str) -> list[tuple[str, str, str]]:
    return [(mention.kind, mention.name, mention.key) for mention in values(text)]


def keys(text: str) -> list[str]:
    return [mention.key for mention in values(text)]


@pytest.mark.parametrize(
    "written",
    [
        "7 May 2023", "7th May 2023", "7th of May 2023", "07 May, 2023", "May 7, 2023", "May 7th 2023", "MAY 7, 2023",
        "2023-05-07", "2023/05/07", "2023年5月7日", "2023 年 5 月 7 号", "二〇二三年五月七日",
    ],
)  # fmt: skip
def test_all_spellings_of_a_day_share_a_key(written: str) -> None:
    assert found(f"It was shut on {written}, at night.") == [("date", written, "2023-05-07")]
    assert key_of(written) == "2023-05-07"


@pytest.mark.parametrize("written", ["March 2021", "Mar 2021", "Mar. 2021", "2021年3月", "二〇二一年三月"])
def test_a_month_of_a_year_is_a_date(written: str) -> None:
    assert found(f"由 {written} 起") == [("date", written, "2021-03")]


@pytest.mark.parametrize(
    "text",
    [
        "yesterday", "in 1995", "on 7 May", "May 7", "last March", "he may 2023 times", "31 June 2020", "2023-13-01",
        "version 2023.05.07.1", "2023-05-071", "page/2023-05-07-notes", "二〇二三年十三月", "去年五月七日", "3月5日",
    ],
)  # fmt: skip
def test_what_is_relative_bare_or_impossible_is_no_date(text: str) -> None:
    assert found(text) == []


def test_a_date_is_found_close_to_chinese_words_and_with_its_time() -> None:
    assert keys("于2023-05-07签署，2024年12月31日到期。") == ["2023-05-07", "2024-12-31"]
    assert keys("seen 2023-05-07T10:30:00Z and 2023-05-08 11:00") == ["2023-05-07", "2023-05-08"]


@given(st.dates(min_value=date(1000, 1, 1), max_value=date(2199, 12, 31)))
def test_every_day_of_the_calendar_has_one_key_in_four_spellings(day: date) -> None:
    month = day.strftime("%B")
    spelled = (
        day.isoformat(), f"{day.day} {month} {day.year}", f"{month} {day.day}, {day.year}",
        f"{day.year}年{day.month}月{day.day}日",
    )  # fmt: skip
    assert {key_of(each) for each in spelled} == {day.isoformat()}


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("40 mm", "40-millimetre"), ("40mm", "40-millimetre"), ("40-mm", "40-millimetre"),
        ("40 millimetres", "40-millimetre"), ("40 Millimeters", "40-millimetre"), ("40.0 mm", "40-millimetre"),
        ("40毫米", "40-millimetre"), ("3.5 MW", "3.5-megawatt"), ("35 mW", "35-milliwatt"),
        ("1,200 km/h", "1200-kilometre-per-hour"), ("12 公里", "12-kilometre"), ("5万吨", "50000-tonne"),
        ("3.5 million tonnes", "3500000-tonne"), ("-40 °C", "-40-degree-celsius"), ("120 m²", "120-square-metre"),
        ("0.5 mm", "0.5-millimetre"),
    ],
)  # fmt: skip
def test_all_spellings_of_an_amount_share_a_key(written: str, key: str) -> None:
    assert found(f"It measures {written}.") == [("quantity", written, key)]


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("$1.2 million", "1200000-dollar"), ("$1,200,000", "1200000-dollar"), ("1.2 million dollars", "1200000-dollar"),
        ("US$40bn", "40000000000-us-dollar"), ("USD 25", "25-us-dollar"), ("€2 billion", "2000000000-euro"),
        ("£300k", "300000-pound-sterling"), ("300 英镑", "300-pound-sterling"), ("12亿元", "1200000000-yuan"),
        ("25 euros", "25-euro"),
    ],
)  # fmt: skip
def test_all_spellings_of_a_sum_of_money_share_a_key(written: str, key: str) -> None:
    assert found(f"It cost {written}, he said.") == [("money", written, key)]


@pytest.mark.parametrize(
    "text",
    [
        "5 km away", "45 people", "30 minutes", "20 %", "35 percent", "3 hours", "$5", "room 12 A", "chapter 40",
        "40 mmx", "40 mm/year", "v1.40 m", "12-40 m", "20 -40 mm", "40 W 34th Street", "在5米外", "12米粉",
        "A$400 fine", "10元素", "40 g/l",
    ],
)  # fmt: skip
def test_small_bare_or_doubtful_numbers_are_no_amounts(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize("table", [WORDS, CHINESE, SYMBOLS])
def test_every_unit_is_found_as_it_is_written(table: dict[str, str]) -> None:
    for written, unit in table.items():
        assert f"12-{unit}" in keys(f"about 12 {written} of it"), written


def test_every_currency_is_found_as_it_is_written() -> None:
    for written, unit in MONEY_BEFORE.items():
        assert keys(f"for {written} 12") == [f"12-{unit}"], written
    for written, unit in MONEY_BEHIND.items():
        assert keys(f"for 12 {written}") == [f"12-{unit}"], written


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("See https://Example.org/a/B?x=1#part.", [("url", "https://Example.org/a/B?x=1#part", "example.org/a/b?x=1")]),
        ("http://www.example.org:80/a/", [("url", "http://www.example.org:80/a", "example.org/a")]),
        ("(in https://example.org/Mercury_(planet)).", [
            ("url", "https://example.org/Mercury_(planet)", "example.org/mercury_(planet)")]),
        ("(www.example.org)", [("url", "www.example.org", "example.org")]),
        ("见https://example.org/维基。", [("url", "https://example.org/维基", "example.org/维基")]),
        ("Mail Ann.Lee@Example.org, now.", [("mail", "Ann.Lee@Example.org", "ann.lee@example.org")]),
        ("写信给ann@example.org吧", [("mail", "ann@example.org", "ann@example.org")]),
    ],
)  # fmt: skip
def test_addresses_are_found_and_keyed_by_what_tells_pages_apart(
    text: str, expected: list[tuple[str, str, str]]
) -> None:
    assert found(text) == expected


@pytest.mark.parametrize(
    "text",
    ["https://", "http://localhost/x", "example.org", "a@b", "@ann", "https://ann:secret@example.org/", "x" * 30 + "@"],
)
def test_what_is_no_whole_address_or_holds_a_password_is_none(text: str) -> None:
    assert all(kind != "url" for kind, _, _ in found(text)) and "secret" not in str(keys(text))


def test_a_value_in_another_is_not_found_twice() -> None:
    assert keys("https://example.org/2023-05-07/40mm") == ["example.org/2023-05-07/40mm"]


@pytest.mark.parametrize("name", ["Mara Lindqvist", "V-117", "May 2023 report", "Apollo 11", "", " ", "3M"])
def test_what_is_more_than_a_value_keeps_the_key_of_a_name(name: str) -> None:
    assert key_of(name) == canonical(name)


soup = st.text(
    alphabet=st.one_of(st.characters(), st.sampled_from("0123456789-/., $€mMkgW年月日元万亿@:/.htpw MayJun%°²")),
    max_size=120,
)


@given(soup)
def test_spans_hold_the_values_in_order_and_their_keys_are_one_word_each(text: str) -> None:
    end = 0
    for mention in values(text):
        assert text[mention.start : mention.end] == mention.name and mention.start >= end
        assert mention.kind in VALUES and mention.key
        assert plain(mention.key) == mention.key  # a lexicon finds it as it is
        assert mention.kind in ("url", "mail") or re.fullmatch(r"\S+", mention.key)
        end = mention.end


@pytest.mark.parametrize(
    "unit", ["1", "1,", "1 ", "40 m", "2023-", "一二〇年", "www.", "a@", "$1", "http://a.", "May 7 "]
)
def test_long_runs_of_anything_are_read(unit: str) -> None:
    text = unit * 20_000
    assert all(text[m.start : m.end] == m.name for m in values(text))
