"""Lists of contents in PDFs: titles and the pages they lead to, and what only looks like one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memos_ingest.elements import Element, ElementKind, Provenance
from memos_ingest.parsers.pdf_contents import lines, with_contents
from memos_ingest.parsers.pdf_contents_lines import with_contents_lines

CONTENTS = (
    "Preface . . . . . . . ix",
    "1.1 Cranes and locks......... 3",
    "1.2 Tides . . . . . . . . . 12",
    "Index …… 140",
)


def element(text: str, *, kind: ElementKind = "paragraph", page: int = 1, top: float = 10) -> Element:
    return Element(kind=kind, text=text, provenance=Provenance(page=page, box=(70, top, 300, top + 10)))


@pytest.mark.parametrize("kinds", [("paragraph",) * 4, ("heading", "list_item", "paragraph", "heading")])
def test_lines_that_lead_to_pages_are_one_table_where_the_list_stands(kinds: tuple[ElementKind, ...]) -> None:
    listed = [
        element(text, kind=kind, top=20 + 12 * at) for at, (text, kind) in enumerate(zip(CONTENTS, kinds, strict=True))
    ]
    before, after = element("Contents", kind="heading"), element("Text begins here.", top=90)
    first, table, last = with_contents([before, *listed, after])
    assert (first, last) == (before, after)
    assert table.cells == (("Preface", "ix"), ("1.1 Cranes and locks", "3"), ("1.2 Tides", "12"), ("Index", "140"))
    assert table.provenance == Provenance(page=1, box=(70, 20, 300, 66))


def test_lines_that_were_run_together_are_parted() -> None:
    (table,) = with_contents([element(" ".join(CONTENTS))])
    assert [row[0] for row in table.cells] == ["Preface", "1.1 Cranes and locks", "1.2 Tides", "Index"]


def test_lists_on_two_pages_are_two_tables() -> None:
    found = with_contents([element(text, page=page) for page in (1, 2) for text in CONTENTS])
    assert [(e.kind, e.provenance.page) for e in found] == [("table", 1), ("table", 2)]


@pytest.mark.parametrize(
    "text",
    [
        "He said ....... and then nothing.", "Name ................", "Wait...", "....... 12", "",
        "Preface . . . . . . ix and what else is in it", "Total . . . . . . 12,400.00",
    ],
)  # fmt: skip
def test_what_does_not_lead_to_a_page_stays_text(text: str) -> None:
    assert lines(text) == []
    few = [element(text), element(text)]
    assert with_contents(few) == few


def test_three_lines_are_no_list_of_contents() -> None:
    few = [element(text) for text in CONTENTS[:3]]
    assert with_contents(few) == few


words = st.text("abc ", min_size=1, max_size=12).filter(str.strip)


@given(st.lists(st.tuples(words, st.integers(1, 999)), min_size=4, max_size=12), st.integers(4, 30))
def test_every_title_and_page_comes_back(rows: list[tuple[str, int]], dots: int) -> None:
    text = " ".join(f"{title} {'. ' * dots}{page}" for title, page in rows)
    assert lines(text) == [(" ".join(title.split()), str(page)) for title, page in rows]


@given(st.lists(st.text(".… a1\n", max_size=30), max_size=6))
def test_no_letter_is_ever_lost(texts: list[str]) -> None:
    found = with_contents([element(text) for text in texts])
    given_letters = [char for text in texts for char in text if char.isalnum()]
    assert [char for e in found for char in e.text if char.isalnum()] == given_letters


# --- by the places of lines


@dataclass(frozen=True)
class Run:
    text: str
    x: float
    y: float
    height: float = 10.0
    font_name: str = "Times"

    @property
    def width(self) -> float:
        return 5.0 * len(self.text)


def listed(*lines: tuple[str, str], top: float = 100) -> list[Run]:
    """Runs of titles on the left, and of pages that end at 500."""
    runs: list[Run] = []
    for at, (title, page) in enumerate(lines):
        y = top + 12 * at
        runs.append(Run(title, 70, y))
        runs += [Run(page, 500 - 5 * len(page), y)] if page else []
    return runs


TITLES = (
    ("Preface", "ix"), ("1 Cranes", "1"), ("1.1 Locks", "1"), ("2 Tides", "12"), ("2.1 Spring tides", "13"),
    ("Index", "140"),
)  # fmt: skip


def blocks(runs: Sequence[Run], *, of: int = 2) -> list[Element]:
    """As a layout reader gives them: titles together, all numbers at the end."""
    titles, pages = [r for r in runs if r.x == 70], [r for r in runs if r.x != 70]
    parts = [titles[at : at + of] for at in range(0, len(titles), of)]
    found = [block(part) for part in parts]
    return [*found, block(pages)] if pages else found


def block(runs: Sequence[Run]) -> Element:
    box = (
        min(r.x for r in runs),
        min(r.y for r in runs),
        max(r.x + r.width for r in runs),
        max(r.y for r in runs) + 10,
    )
    return Element(
        kind="paragraph", text=" ".join(r.text for r in runs), provenance=Provenance(page=1, box=box)
    )  # fmt: skip


def test_titles_and_pages_that_were_put_apart_come_together() -> None:
    runs = listed(*TITLES)
    heading = element("Contents", kind="heading", top=60)
    first, table = with_contents_lines([heading, *blocks(runs)], {1: runs})
    assert first == heading
    assert table.cells == TITLES
    assert table.provenance.page == 1


def test_a_page_s_own_number_below_the_list_is_no_part_of_it() -> None:
    runs = [*listed(*TITLES), Run("A book about harbours", 70, 700), Run("iii", 485, 700)]
    foot = block(runs[-2:])
    *_, table, last = with_contents_lines([*blocks(runs[:-2]), foot], {1: runs})
    assert (table.cells, last) == (TITLES, foot)


def test_a_title_in_two_lines_has_its_page_at_the_second() -> None:
    runs = listed(*TITLES[:4], ("2.1 Spring tides and", ""), ("what they leave behind", "13"), *TITLES[4:])
    (table,) = with_contents_lines(blocks(runs), {1: runs})
    assert ("2.1 Spring tides and what they leave behind", "13") in table.cells
    assert len(table.cells) == len(TITLES) + 1


@pytest.mark.parametrize(
    "lines",
    [
        [("north crane", "40"), ("south crane", "12"), ("barge", "7"), ("lock", "90"), ("dock", "3"), ("pier", "5")],
        TITLES[:5],
        [(f"room {at}", "7") for at in range(8)],
    ],
    ids=["numbers that go up and down", "five lines", "one number all the way"],
)
def test_other_lines_that_end_in_numbers_stay_as_they_are(lines: list[tuple[str, str]]) -> None:
    runs = listed(*lines)
    before = blocks(runs)
    assert with_contents_lines(before, {1: runs}) == before


def test_numbers_that_do_not_end_at_one_edge_are_no_pages() -> None:
    runs = [Run(r.text, r.x - 30 * (at % 4 == 1), r.y) for at, r in enumerate(listed(*TITLES))]
    before = blocks(runs)
    assert with_contents_lines(before, {1: runs}) == before


def test_a_block_with_a_word_that_no_line_has_keeps_everything_as_it_is() -> None:
    runs = listed(*TITLES)
    before = [*blocks(runs[:-2]), replace(blocks(runs[-2:])[0], text="Index and something else"), block(runs[-1:])]
    assert with_contents_lines(before, {1: runs}) == before


@given(st.lists(st.tuples(words, st.integers(1, 400)), min_size=1, max_size=14), st.integers(1, 4), st.booleans())
def test_no_word_of_a_list_is_lost(rows: list[tuple[str, int]], of: int, sort: bool) -> None:
    rows = sorted(rows, key=lambda row: row[1]) if sort else rows
    runs = listed(*((title, str(page)) for title, page in rows))
    found = with_contents_lines(blocks(runs, of=of), {1: runs})
    assert sorted(re.findall(r"\w+", " ".join(e.text for e in found))) == sorted(
        word for title, page in rows for word in [*re.findall(r"\w+", title), str(page)]
    )
