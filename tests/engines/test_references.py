"""Numbered figures and tables in texts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memos_graph.engines.references import Label, label_of, labels_in


@pytest.mark.parametrize(
    ("caption", "label"),
    [
        ("Figure 3. The valve chamber", ("figure", "3")),
        ("  FIG. 2.1: levels", ("figure", "2.1")),
        ("Table 4b Actions", ("table", "4b")),
        ("图3-5 阀门", ("figure", "3-5")),
        ("表 2 结果", ("table", "2")),
        ("The figure shows the valve", None),
        ("Figurehead 3 of the ship", None),
        ("", None),
    ],
)
def test_a_caption_is_called_by_the_number_it_begins_with(caption: str, label: Label | None) -> None:
    assert label_of(caption) == label


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("The disc (see Fig. 3) did not seal; Table 2 has the times.", {("figure", "3"), ("table", "2")}),
        ("Figures 3 and 4 show it.", {("figure", "3"), ("figure", "4")}),
        ("As Tables 2-4, and figs. 7, 8a and 9 show.",
         {("table", "2"), ("table", "3"), ("table", "4"), ("figure", "7"), ("figure", "8a"), ("figure", "9")}),
        ("如图3所示，见表 2。", {("figure", "3"), ("table", "2")}),
        ("Figure 3. The valve, as in Figure 2", {("figure", "2")}),
        ("It is a vegetable 3 times a day; configure 4 of them.", set()),
        ("Figures 1-900 are lost.", {("figure", "1"), ("figure", "900")}),
    ],
)  # fmt: skip
def test_a_text_refers_to_what_it_names_by_number_and_not_to_itself(text: str, labels: set[Label]) -> None:
    assert labels_in(text) == labels


@given(st.integers(1, 999), st.sampled_from(["Figure", "Fig.", "figure"]), st.text("abc ,.", max_size=20))
def test_a_reference_to_a_figure_is_found_wherever_it_stands(number: int, word: str, before: str) -> None:
    assert ("figure", str(number)) in labels_in(f"See {before} ({word} {number}).")
