"""Headings of a PDF by lines and fonts, its tables mended, its right-to-left text in order: on hand-made pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st
from liteparse import LayoutBlock, LayoutCell
from liteparse.types import AnnotationRect

from memos_ingest import Element, Provenance
from memos_ingest.parsers.pdf_grids import mended
from memos_ingest.parsers.pdf_lines import with_lines
from memos_ingest.parsers.pdf_right_to_left import Char, in_order, is_right_to_left

BODY = (
    "Plates are fastened so that nothing turns when",
    "the bolts are tightened with the hand.",
)


@dataclass(frozen=True)
class Run:
    text: str
    y: float
    font_name: str = "Times-Roman"
    x: float = 70.0
    height: float = 10.0

    @property
    def width(self) -> float:
        return 5.0 * len(self.text)


def block(runs: Sequence[Run], kind: str = "paragraph") -> Element:
    left, right = min(run.x for run in runs), max(run.x + run.width for run in runs)
    box = (left, min(run.y for run in runs), right, max(run.y + run.height for run in runs))
    text = " ".join(run.text for run in runs)
    return Element(
        kind="heading" if kind == "heading" else "paragraph", text=text, level=int(kind == "heading"),
        provenance=Provenance(page=1, box=box),
    )  # fmt: skip


def parted(*runs: Run) -> list[tuple[str, str]]:
    return [(e.kind, e.text) for e in with_lines([block(runs)], {1: runs})]


def lines(title: Run) -> tuple[Run, ...]:
    """Two lines of text, the title with room above it, two lines."""
    return (
        Run(BODY[0], 10), Run(BODY[1], 22), title, Run(BODY[0], title.y + 12), Run(BODY[1], title.y + 24),
    )  # fmt: skip


def test_a_line_of_its_own_in_another_font_parts_the_paragraph() -> None:
    text = " ".join(BODY)
    assert parted(*lines(Run("Lock Nuts", 46, "Times-Italic"))) == [
        ("paragraph", text), ("heading", "Lock Nuts"), ("paragraph", text),
    ]  # fmt: skip


def test_a_number_and_a_title_are_one_line() -> None:
    runs = (Run("5.1", 10, "CMBX10"), Run("Choosing", 10, "CMBX10", x=100), Run(BODY[0], 30), Run(BODY[1], 42))
    assert parted(*runs)[0] == ("heading", "5.1 Choosing")


def test_a_line_that_only_happens_to_be_in_italics_is_text() -> None:
    for text in ("in the middle", "The end of a sentence.", "Figure 3 of a nut", "1 2 3"):
        assert len(parted(*lines(Run(text, 46, "Times-Italic")))) == 1


def test_a_line_without_room_about_it_is_text() -> None:
    runs = [Run(text, 10 + 12 * at) for at, text in enumerate([*BODY, *BODY, *BODY])]
    runs[2] = Run("Lock Nuts", runs[2].y, "Times-Italic")
    assert len(parted(*runs)) == 1


def test_a_word_in_bold_inside_a_line_is_text() -> None:
    runs = (Run("Lock Nuts", 10, "Times-Bold"), Run("are nuts that", 10, x=120), Run(BODY[0], 30), Run(BODY[1], 42))
    assert len(parted(*runs)) == 1


def test_labels_of_a_picture_are_no_headings() -> None:
    assert len(parted(Run("Fiber nut", 10, "Myriad"), Run("Figure 7. Nuts.", 30, "Helvetica-Bold"))) == 1


def test_a_heading_much_smaller_than_the_text_is_none() -> None:
    small, text = Run("Access", 100, "Arial-Bold", height=5), [Run(line, 10) for line in BODY]
    found = with_lines([block([small], "heading")], {1: [small, *text]})
    assert [(e.kind, e.level) for e in found] == [("paragraph", 0)]


def test_two_lines_of_one_heading_are_joined_and_numbered_ones_are_not() -> None:
    one, two = Run("Securing and keeping", 10, "Bold", height=20), Run("data", 36, "Bold", height=20)
    found = with_lines([block([one], "heading"), block([two], "heading")], {1: [one, two]})
    assert [e.text for e in found] == ["Securing and keeping data"]
    assert found[0].provenance.box == (70.0, 10.0, 170.0, 56.0)
    two = Run("2.1 Data", 36, "Bold", height=20)
    assert len(with_lines([block([one], "heading"), block([two], "heading")], {1: [one, two]})) == 2


fonts = st.sampled_from(["A", "B-Bold"])
texts = st.text("ab AB1.", min_size=1, max_size=30).filter(str.strip)


@given(st.lists(st.tuples(texts, fonts, st.floats(8, 30)), min_size=1, max_size=8))
def test_no_word_is_lost_or_moved_within_a_paragraph(rows: list[tuple[str, str, float]]) -> None:
    runs, y = [], 0.0
    for text, font, room in rows:
        runs.append(Run(" ".join(text.split()), y, font))
        y += room
    before = block(runs)
    after = with_lines([before], {1: runs})
    assert " ".join(e.text for e in after).split() == before.text.split()


def rect(x: float, width: float, y: float = 100.0) -> AnnotationRect:
    return AnnotationRect(x=x, y=y, width=width, height=50.0)


def table(rows: Sequence[Sequence[str]], box: AnnotationRect, head: bool = True) -> LayoutBlock:
    cells = [[LayoutCell(text=text, bbox=box) for text in row] for row in rows]
    return LayoutBlock(kind="table", header=cells[0] if head else None, rows=cells[1:] if head else cells, bbox=box)


def texts_of(block: LayoutBlock) -> list[list[str]]:
    return [[cell.text for cell in row] for row in [block.header or [], *(block.rows or [])]]


def test_a_column_of_prose_is_no_table() -> None:
    prose = "word " * 100
    found = mended([table([["", prose], ["label", "other"]], rect(0, 400), head=False)])
    assert [(b.kind, b.text) for b in found] == [("paragraph", "label"), ("paragraph", prose), ("paragraph", "other")]


def test_a_table_with_one_long_remark_stays_a_table() -> None:
    rows = [["a", "b"], *([str(at), "word " * (40 if at == 3 else 2)] for at in range(6))]
    found = mended([table(rows, rect(0, 400))])
    assert [b.kind for b in found] == ["table"]


def test_two_halves_of_a_table_become_one_though_a_line_came_between() -> None:
    left = table([["name", ""], ["x", ""], ["y", ""]], rect(60, 480))
    right = table([["type", "what"], ["int", "one"], ["str", "two"]], rect(130, 410))
    line = LayoutBlock(kind="paragraph", text="Table 3 lists them", bbox=rect(60, 100, 60))
    found = mended([left, line, right])
    assert [b.kind for b in found] == ["table", "paragraph"]
    assert texts_of(found[0]) == [["name", "type", "what"], ["x", "int", "one"], ["y", "str", "two"]]


def test_tables_in_other_bands_or_of_other_lengths_stay_apart() -> None:
    first = table([["a"], ["1"]], rect(0, 100))
    assert len(mended([first, table([["b"], ["2"]], rect(200, 100, 300))])) == 2
    assert len(mended([first, table([["b"], ["2"], ["3"]], rect(200, 100))])) == 2


def chars(text: str, joined: str = "") -> list[Char]:
    found: list[Char] = []
    x = 100.0
    for char in text:
        x -= 0 if joined and found and found[-1].text + char == joined else 5
        found.append(Char(char, (x, 0.0, x + 5, 10.0)))
    return found


def test_the_letters_of_a_ligature_are_read_lam_first() -> None:
    assert in_order(chars("خالل", joined="ال")) == "خلال"


def test_an_article_that_is_no_ligature_stays_as_it_is() -> None:
    assert in_order(chars("الكتاب")) == "الكتاب"


def test_a_latin_word_is_set_apart_from_the_arabic_one_beside_it() -> None:
    assert in_order(chars("وPythonمن")) == "و Python من"


def test_english_is_not_read_from_the_right_and_arabic_with_some_english_is() -> None:
    assert not is_right_to_left("A text about سلام in English")
    assert is_right_to_left("البرمجة بلغة Python")
    assert not is_right_to_left("12.5")


def test_a_full_line_right_upon_a_text_is_its_first_line_and_no_heading() -> None:
    first = Run("Ada Lovelace is a mathematician at the harbour", 10, "Times-Bold")
    rest = [Run(BODY[0], 22), Run(BODY[1], 34), Run(BODY[0], 46)]
    found = with_lines([block([first], "heading"), block(rest)], {1: [first, *rest]})
    assert [(e.kind, e.text) for e in found] == [
        ("paragraph", f"Ada Lovelace is a mathematician at the harbour {BODY[0]} {BODY[1]} {BODY[0]}")
    ]
    assert found[0].provenance.box == (70.0, 10, 300.0, 56)


def test_a_short_bold_line_right_upon_a_text_stays_a_heading() -> None:
    first = Run("Ada Lovelace", 10, "Times-Bold")
    rest = [Run(BODY[0], 22), Run(BODY[1], 34)]
    found = with_lines([block([first], "heading"), block(rest)], {1: [first, *rest]})
    assert [e.kind for e in found] == ["heading", "paragraph"]


def test_a_full_bold_line_with_room_below_it_stays_a_heading() -> None:
    first = Run("Ada Lovelace is a mathematician at the harbour", 10, "Times-Bold")
    rest = [Run(BODY[0], 30), Run(BODY[1], 42)]
    found = with_lines([block([first], "heading"), block(rest)], {1: [first, *rest]})
    assert [e.kind for e in found] == ["heading", "paragraph"]


def test_a_line_in_the_text_s_own_font_right_upon_it_is_no_heading() -> None:
    first, rest = Run("Ada and", 10), [Run(BODY[0], 22), Run(BODY[1], 34)]
    found = with_lines([block([first], "heading"), block(rest)], {1: [first, *rest]})
    assert [(e.kind, e.level) for e in found] == [("paragraph", 0)]
