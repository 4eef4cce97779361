"""Words that turn a meaning: what is a contradiction word by word, and what only looks like one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memos_graph.engines.opposed import LONGEST, opposed
from memos_graph.engines.said_values import agree


@pytest.mark.parametrize(
    ("one", "other", "rule", "values"),
    [
        ("Valve 12 is at 40 bar.", "Valve 12 is at 50 bar.", "number", ("40", "50")),
        ("The pump has three seals.", "The pump has 4 seals.", "number", ("three", "4")),
        ("The course costs $1,200.", "The course costs $1,500.", "number", ("1,200", "1,500")),
        ("The shop opens at 9:00.", "The shop opens at 10:00.", "number", ("9:00", "10:00")),
        ("The deadline is 3 May.", "The deadline is 5 May.", "date", ("3", "5")),
        ("The meeting is on 3 May 2024.", "The meeting is on 3 June 2024.", "date", ("May", "June")),
        ("Ann was born on 2 March 1990.", "Ann was born on 9 March 1990.", "date", ("2", "9")),
        ("The warranty ends 2025-03-01.", "The warranty ends 2025-04-01.", "date", ("2025-03-01", "2025-04-01")),
        ("The captain of the Aurora is Mara Lind.", "The captain of the Aurora is Otto Berg.", "name",
         ("Mara Lind", "Otto Berg")),
        ("Ann likes tea.", "Ann does not like tea.", "negation", ("Ann likes tea.", "Ann does not like tea.")),
        ("The gate is open.", "The gate isn't open.", "negation", ("The gate is open.", "The gate isn't open.")),
        ("Ann owns a boat.", "Ann no longer owns a boat.", "negation",
         ("Ann owns a boat.", "Ann no longer owns a boat.")),
        ("Ann can swim.", "Ann can't swim.", "negation", ("Ann can swim.", "Ann can't swim.")),
        ("Ann liked it.", "Ann didn't like it.", "negation", ("Ann liked it.", "Ann didn't like it.")),
        ("The pump is switched on.", "The pump is switched off.", "negation", ("on", "off")),
        ("The store is on the second floor.", "The store is on the third floor.", "number", ("second", "third")),
        ("The door code is red42.", "The door code is blue7.", "name", ("red42", "blue7")),
        ("阀门压力为40巴", "阀门压力为50巴", "number", ("40", "50")),
        ("安娜喜欢茶", "安娜不喜欢茶", "negation", ("安娜喜欢茶", "安娜不喜欢茶")),
    ],
)  # fmt: skip
def test_one_value_that_differs_behind_what_says_is_turns_the_meaning(
    one: str, other: str, rule: str, values: tuple[str, str]
) -> None:
    found = opposed(one, other, cosine=0.8)
    assert found is not None
    assert (found.rule, found.values, found.sure) == (rule, values, True)
    back = opposed(other, one, cosine=0.8)
    assert back is not None and back.values == values[::-1]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Valve 12 is open.", "Valve 13 is open."),
        ("Valve 12 is open.", "Valve 13 is closed."),
        ("Order 4711 was shipped.", "Order 4712 was shipped."),
        ("Ann bought 3 apples.", "Ann bought 4 apples."),
        ("Ann was in Paris on 3 May.", "Ann was in Paris on 5 May."),
        ("The room was 20 degrees on 3 May.", "The room was 24 degrees on 5 May."),
        ("On 3 May the room was 20 degrees.", "On 5 May the room was 24 degrees."),
        ("Ann met Bob.", "Ann met Carl."),
        ("Ann ran 5 km.", "Ann ran 10 km."),
        ("The left lamp is on.", "The right lamp is off."),
        ("Ann lives in Berlin.", "Bob lives in Berlin."),
        ("The bin is emptied on Monday.", "The bin is emptied on Tuesday."),
        ("The pump has 3 seals.", "The pump has three seals."),
        ("The course costs $1,200.", "The course costs $1200.00."),
        ("Ann likes tea.", "Ann likes tea very much."),
        ("Ann likes tea.", "Ann likes coffee."),
        ("Ann liked tea.", "Ann does not like tea."),
        ("Is Ann at home?", "The gate is not locked."),
        ("", "Ann likes tea."),
        ("Ann likes tea.", "ann likes TEA"),
        ("The pump is 3.", "x" * (LONGEST + 1)),
    ],
)
def test_two_things_two_times_and_two_events_are_no_contradiction(one: str, other: str) -> None:
    for found in (opposed(one, other, cosine=1.0), opposed(other, one, cosine=1.0)):
        assert found is None or not found.sure


def test_near_duplicates_that_differ_elsewhere_wait_for_a_model() -> None:
    one, other = "Ann met Bob at the harbour in Oslo.", "Ann met Carl at the harbour in Oslo."
    assert opposed(one, other, cosine=0.7) is None
    found = opposed(one, other, cosine=0.95)
    assert found is not None and (found.rule, found.sure, found.values) == ("near", False, ("bob", "carl"))


@given(st.text(max_size=60), st.text(max_size=60))
def test_who_is_asked_first_makes_no_difference_and_nothing_contradicts_itself(one: str, other: str) -> None:
    found, back = opposed(one, other, cosine=0.95), opposed(other, one, cosine=0.95)
    assert (found is None) == (back is None)
    assert opposed(one, one, cosine=1.0) is None


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Berlin", "berlin", True),
        ("Berlin", "Berlin, Germany", True),
        ("40 mm", "40 millimetres", True),
        ("1,200", "1200.0", True),
        ("three", "3", True),
        ("the harbour", "harbour", True),
        ("Berlin", "Munich", False),
        ("40 mm", "50 mm", False),
        ("2024", "2025", False),
        ("", "Berlin", False),
    ],
)
def test_a_value_said_more_exactly_or_spelled_otherwise_is_the_same(one: str, other: str, same: bool) -> None:
    assert agree(one, other) is same
    assert agree(other, one) is same


@given(st.text(max_size=30))
def test_every_value_agrees_with_itself(value: str) -> None:
    assert agree(value, value)
