"""PPTX: slides as pages, in the order in which a reader's eye takes them."""

from __future__ import annotations

from pathlib import Path

import pytest

from memos_ingest import Limits, NothingRead, TooLarge, parse
from memos_ingest.elements import Document
from tests.ingest.office_files import Link, ap, chart, pptx, shape, tree

BULLET, NONE = '<a:pPr><a:buChar char="-"/></a:pPr>', "<a:pPr><a:buNone/></a:pPr>"
NUMBER = '<a:pPr><a:buAutoNum type="romanUcPeriod" startAt="3"/></a:pPr>'


def read(*slides: str, **more: object) -> Document:
    return parse(pptx(slides, **more), name="a.pptx")  # type: ignore[arg-type]


def kinds(document: Document) -> list[tuple[str, str, int | None]]:
    return [(element.kind, element.text, element.provenance.page) for element in document.elements]


def test_titles_are_headings_and_slides_are_pages() -> None:
    title = shape(ap("The Harbour"), place='type="ctrTitle"')
    document = read(title + shape(ap("A talk")), shape(ap("Below")) + shape(ap("Cranes"), place='type="title"'))
    assert kinds(document) == [
        ("title", "The Harbour", 1), ("paragraph", "A talk", 1), ("heading", "Cranes", 2), ("paragraph", "Below", 2),
    ]  # fmt: skip
    assert document.title == "The Harbour" and document.metadata["slides"] == "2"


def test_shapes_are_read_from_the_top_and_those_of_a_row_from_the_left() -> None:
    slide = (
        shape(ap("bottom"), at=(5_000_000, 100)) + shape(ap("right"), at=(2_000_000, 4_000_000))
        + shape(ap("left"), at=(2_050_000, 100)) + shape(ap("top"), at=(900_000, 9_000))
    )  # fmt: skip
    assert [text for _, text, _ in kinds(read(slide))] == ["top", "left", "right", "bottom"]


def test_bullets_are_those_of_the_paragraph_else_of_the_layout_else_of_the_master() -> None:
    links: list[Link] = [("l", "slideLayout", "../slideLayouts/l.xml")]
    level = '<a:lvl1pPr><a:buChar char="*"/></a:lvl1pPr><a:lvl2pPr><a:buAutoNum type="arabicParenR"/></a:lvl2pPr>'
    master = tree("", "sldMaster", f"<p:txStyles><p:bodyStyle>{level}</p:bodyStyle></p:txStyles>")
    layout_body = shape("<a:lstStyle><a:lvl1pPr><a:buNone/></a:lvl1pPr></a:lstStyle>", place='type="body" idx="7"')
    second = '<a:pPr lvl="1"/>'
    slide = shape(ap("from the master") + ap("one", second) + ap("two", second), place='idx="1"')
    slide += shape(ap("the layout says none") + ap("but I say so", BULLET), place='type="body" idx="7"')
    slide += shape(ap("no placeholder") + ap("third", NUMBER) + ap("fourth", NUMBER) + ap("plain", NONE))
    document = read(
        slide, links={1: links},
        parts={
            "ppt/slideLayouts/l.xml": tree(layout_body, "sldLayout"),
            "ppt/slideLayouts/_rels/l.xml.rels":
                '<R><Relationship Id="m" Type="x/slideMaster" Target="../slideMasters/m.xml"/></R>',
            "ppt/slideMasters/m.xml": master,
        },
    )  # fmt: skip
    assert [(kind, text) for kind, text, _ in kinds(document)] == [
        ("list_item", "from the master"), ("list_item", "1) one"), ("list_item", "2) two"),
        ("paragraph", "the layout says none"), ("list_item", "but I say so"),
        ("paragraph", "no placeholder"), ("list_item", "III. third"), ("list_item", "IV. fourth"),
        ("paragraph", "plain"),
    ]  # fmt: skip


def test_a_merged_cell_says_its_text_in_each_place() -> None:
    def cell(text: str, more: str = "") -> str:
        return f"<a:tc {more}><a:txBody>{ap(text)}</a:txBody></a:tc>"

    rows = [cell("a", 'gridSpan="2" rowSpan="2"') + cell("", 'hMerge="1"') + cell("b")]
    rows.append(cell("", 'vMerge="1"') + cell("", 'vMerge="1" hMerge="1"') + cell("c"))
    table = "".join(f"<a:tr>{row}</a:tr>" for row in rows)
    frame = (
        f"<p:graphicFrame><a:graphic><a:graphicData><a:tbl>{table}</a:tbl></a:graphicData></a:graphic></p:graphicFrame>"
    )
    assert read(frame).elements[0].cells == (("a", "a", "b"), ("a", "a", "c"))


def test_a_chart_is_the_table_of_its_numbers() -> None:
    frame = (
        '<p:graphicFrame><a:graphic><a:graphicData><c:chart r:id="rc"/></a:graphicData></a:graphic></p:graphicFrame>'
    )
    document = read(
        frame, links={1: [("rc", "chart", "../charts/c.xml")]},
        parts={"ppt/charts/c.xml": chart("tons", ["north", "south"], ["40", "25.5"])},
    )  # fmt: skip
    (table,) = document.elements
    assert table.caption == "Load by crane"
    assert table.cells == (("", "tons"), ("north", "40"), ("south", "25.5"))


def test_notes_are_kept_and_page_numbers_are_margins() -> None:
    slide = shape(ap("Cranes lift."), at=(1, 1)) + shape(ap("7"), place='type="sldNum"')
    document = read(
        slide, links={1: [("n", "notesSlide", "../notes/n.xml")]},
        parts={"ppt/notes/n.xml": tree(shape(ap("Speak slowly here."), place='type="body"')
                                       + shape(ap("1"), place='type="sldNum"'), "notes")},
    )  # fmt: skip
    assert sorted(kinds(document)) == [
        ("footnote", "Speak slowly here.", 1), ("page_footer", "7", 1), ("paragraph", "Cranes lift.", 1),
    ]  # fmt: skip


def test_words_in_groups_are_read_and_hidden_shapes_are_not() -> None:
    hidden = shape(ap("hidden")).replace('name="x"', 'name="x" hidden="1"')
    document = read(f"<p:grpSp><p:grpSpPr/>{shape(ap('in a group'))}{hidden}</p:grpSp>" + shape(ap("I") + ap("tem")))
    assert [text for _, text, _ in kinds(document)] == ["in a group", "I", "tem"]


def test_slides_without_words_are_never_a_success_and_too_many_are_refused() -> None:
    with pytest.raises(NothingRead, match="its slides hold no text"):
        read("", "")
    with pytest.raises(TooLarge, match="3 pages is over the limit pages = 2"):
        parse(pptx([""] * 3), name="a.pptx", limits=Limits(pages=2))


def test_the_shared_slides_keep_their_merged_table_and_their_lists(shared_docs: Path) -> None:
    document = parse((shared_docs / "powerpoint_sample.pptx").read_bytes(), name="p.pptx")
    (table,) = [element for element in document.elements if element.kind == "table"]
    assert table.cells[0] == ("", "Class1", "Class1", "Class1", "Class2", "Class2", "Class2")
    items = [element.text for element in document.elements if element.kind == "list_item"]
    assert items[:4] == ["With foo", "Bar", "And baz things", "1. List item4"] and "I1" in items and "Item A" in items
