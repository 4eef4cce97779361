"""Names that are known, found where the rules see none; and common words that are not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memos_graph.engines.gazetteer import Gazetteer
from memos_graph.engines.named import named
from memos_graph.engines.naming import canonical


def names(text: str, *known: str) -> list[str]:
    return [mention.name for mention in Gazetteer(map(canonical, known)).find(text)]


@pytest.mark.parametrize(
    ("text", "known", "expected"),
    [
        ("who oils the pump control unit?", "Pump Control Unit", ["pump control unit"]),
        ("the PUMP CONTROL\nUNIT's lid", "Pump Control Unit", ["PUMP CONTROL\nUNIT"]),
        ("mara lindqvist signed", "Mara Lindqvist", ["mara lindqvist"]),
        ("so j. r. r. tolkien wrote", "J. R. R. Tolkien", ["j. r. r. tolkien"]),
        ("we shut v-117, then left", "V-117", ["v-117"]),
        ("读红楼梦的人", "红楼梦", ["红楼梦"]),
        ("由上海阀门有限公司提供", "上海阀门有限公司", ["上海阀门有限公司"]),
        ("他和王芳说过", "王芳", ["王芳"]),
    ],
)
def test_a_known_name_is_found_in_small_letters_and_inside_chinese(text: str, known: str, expected: list[str]) -> None:
    assert names(text, known) == expected


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("she will go", "Will"),
        ("a new year began", "New Year"),
        ("in the house of the pump", "The House"),
        ("pump. control unit", "Pump Control Unit"),
        ("pump control units", "Pump Control Unit"),
        ("stepump control unit", "Pump Control Unit"),
        ("在交通高峰时", "高峰"),
        ("v-1175", "V-117"),
        ("40-millimetres wide", "40-millimetre"),
    ],
)
def test_common_words_and_parts_of_words_are_not_taken_for_names(text: str, known: str) -> None:
    assert names(text, known) == []


def test_the_longest_known_name_counts_and_none_is_found_twice() -> None:
    assert names("the pump control unit panel", "Pump Control", "Pump Control Unit", "Unit Panel") == [
        "pump control unit"
    ]


def test_names_that_are_gone_are_not_found_any_more_and_new_ones_are() -> None:
    known = Gazetteer(["mara lindqvist", "v-117", "红楼梦"])
    known.follow({"oskar brandt", "v-117"})
    assert [m.name for m in known.find("mara lindqvist, oskar brandt, v-117, 红楼梦")] == ["oskar brandt", "v-117"]
    assert set(known) == {"oskar brandt", "v-117"} and len(known) == 2
    known.follow({"mara lindqvist"})
    assert [m.name for m in known.find("mara lindqvist, oskar brandt")] == ["mara lindqvist"]


def test_all_that_a_text_names_comes_once_and_in_order() -> None:
    known = Gazetteer(["pump control unit", "the sea wolf"])
    text = "On 7 May 2023 Mara Lindqvist put 40 mm bolts on the pump control unit of The Sea Wolf (www.example.org)."
    assert [(m.kind, m.name) for m in named(text, known)] == [
        ("date", "7 May 2023"),
        ("name", "Mara Lindqvist"),
        ("quantity", "40 mm"),
        ("name", "pump control unit"),
        ("name", "The Sea Wolf"),
        ("url", "www.example.org"),
    ]


class _Counted(Gazetteer):
    """One that counts how often a name is asked for."""

    asked = 0

    def __contains__(self, name: object) -> bool:
        self.asked += 1
        return super().__contains__(name)

    def __iter__(self) -> object:  # type: ignore[override]
        raise AssertionError("went through all names")


def test_a_text_is_looked_up_and_the_names_are_never_gone_through() -> None:
    known = _Counted(f"name{i} of{i} thing" for i in range(5_000))
    named("the pump control unit was shut by Mara Lindqvist at name7 of7 thing " * 5, known)
    assert 0 < known.asked <= 100


@given(st.sets(st.text(max_size=12).map(canonical), max_size=6), st.text(max_size=80))
def test_whatever_is_found_is_a_known_name_at_its_place(known: set[str], text: str) -> None:
    for mention in Gazetteer(known).find(text):
        assert text[mention.start : mention.end] == mention.name
        assert mention.key in known
