"""Merged cells of HTML tables: their text stands in each place that they cover, whatever a page claims."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from memos_ingest.parsers.html import elements_of


def cells(*rows: str) -> list[tuple[str, ...]]:
    """The cells of a table of these rows, each written as "a", "b>2" (two columns) or "c^2" (two rows)."""
    written = ""
    for row in rows:
        written += "<tr>"
        for cell in row.split():
            text, _, down = cell.partition("^")
            text, _, across = text.partition(">")
            spans = f' colspan="{across}"' * bool(across) + f' rowspan="{down}"' * bool(down)
            written += f"<td{spans}>{text}</td>"
        written += "</tr>"
    (table,) = elements_of(f"<table>{written}</table>")
    return list(table.cells)


def test_a_cell_over_two_columns_and_rows_stands_in_all_four_places() -> None:
    assert cells("a>2^2 b", "c", "d e f") == [("a", "a", "b"), ("a", "a", "c"), ("d", "e", "f")]


def test_cells_beside_one_that_reaches_down_stay_in_their_columns() -> None:
    assert cells("x^3 1", "2", "3", "y 4") == [("x", "1"), ("x", "2"), ("x", "3"), ("y", "4")]
    assert cells("1 x^2 3", "4 5") == [("1", "x", "3"), ("4", "x", "5")]


def test_a_row_that_is_shorter_than_what_covers_it_is_filled_up() -> None:
    assert cells("a b c^2", "d", "e f g") == [("a", "b", "c"), ("d", "", "c"), ("e", "f", "g")]


def test_what_reaches_beyond_the_last_row_adds_none() -> None:
    assert cells("a^9 b", "c") == [("a", "b"), ("a", "c")]


def test_a_page_that_claims_a_million_rows_and_columns_gets_a_table_of_bounded_size() -> None:
    found = cells("a>1000000^60000 b", *["c"] * 2_000)
    assert len(found) == 2_001
    assert max(map(len, found)) < 1_000


@given(
    st.lists(st.lists(st.tuples(st.integers(1, 3), st.integers(1, 3)), min_size=1, max_size=3), min_size=2, max_size=5)
)
def test_every_cell_is_there_at_least_once_and_rows_are_as_many(spans: list[list[tuple[int, int]]]) -> None:
    rows = [" ".join(f"r{y}c{x}>{a}^{d}" for x, (a, d) in enumerate(row)) for y, row in enumerate(spans)]
    found = cells(*rows)
    assert len(found) == len(spans)
    for y, row in enumerate(spans):
        for x in range(len(row)):
            assert f"r{y}c{x}" in found[y]
