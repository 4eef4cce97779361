"""Which headings are names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memos_graph.engines.titles import title_name


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Walt Disney", "Walt Disney"),
        ("The Sea Wolf (1941 film)", "The Sea Wolf"),
        ("2.1 Harbour Bridge", "Harbour Bridge"),
        ("Battle of the Atlantic", "Battle of the Atlantic"),
        ("恒泰阀门厂", "恒泰阀门厂"),
    ],
)
def test_a_heading_that_is_a_name_gives_it(title: str, name: str) -> None:
    assert title_name(title) == name


@pytest.mark.parametrize(
    "title",
    ["Introduction", "Overview", "The valve chamber", "2", "", "  ", "what to do when the pump stops", "1941"],
)
def test_a_heading_that_is_no_name_gives_none(title: str) -> None:
    assert title_name(title) is None


@given(st.text(max_size=80))
def test_a_name_is_a_part_of_its_title(title: str) -> None:
    name = title_name(title)
    assert name is None or name in " ".join(title.split())
