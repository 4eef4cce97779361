"""DOCX: what a reader sees of it, in order."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from memos_ingest import Document, Limits, NothingRead, TooLarge, UnreadableFile, media_type_of, parse
from tests.ingest.office_files import docx, p, word_part, zipped


def kinds(document: Document) -> list[tuple[str, int, str]]:
    return [(element.kind, element.level, element.text) for element in document.elements]


def read(body: str, **more: object) -> Document:
    return parse(docx(body, **more), name="a.docx")  # type: ignore[arg-type]


def row(*cells: str, before: int = 0) -> str:
    skipped = f'<w:trPr><w:gridBefore w:val="{before}"/></w:trPr>' if before else ""
    return f"<w:tr>{skipped}{''.join(cells)}</w:tr>"


def cell(text: str, *, span: int = 1, merge: str = "") -> str:
    down = {"": "", "begin": '<w:vMerge w:val="restart"/>', "on": "<w:vMerge/>"}[merge]
    return f'<w:tc><w:tcPr><w:gridSpan w:val="{span}"/>{down}</w:tcPr>{p(text)}</w:tc>'


def test_headings_come_from_the_style_from_what_it_is_based_on_and_from_the_paragraph() -> None:
    own_level = '<w:p><w:pPr><w:outlineLvl w:val="2"/></w:pPr><w:r><w:t>By its own level</w:t></w:r></w:p>'
    document = read(p("Works", "T") + p("of 1962", "S") + p("Cranes", "H1") + p("North", "H2") + p("Based", "Own")
                    + own_level + p("They lift steel."))  # fmt: skip
    assert kinds(document) == [
        ("title", 0, "Works"),
        ("heading", 1, "of 1962"),
        ("heading", 1, "Cranes"),
        ("heading", 2, "North"),
        ("heading", 1, "Based"),
        ("heading", 3, "By its own level"),
        ("paragraph", 0, "They lift steel."),
    ]
    assert (document.title, document.metadata["author"]) == ("Works", "Ada")


def test_a_subtitle_that_follows_no_title_is_a_paragraph() -> None:
    assert kinds(read(p("Summer", "S") + p("It was a warm one.")))[0] == ("paragraph", 0, "Summer")


def test_list_items_carry_the_numbers_that_word_shows() -> None:
    body = p("one", num=(1, 0)) + p("inner", num=(1, 1)) + p("more", num=(1, 1)) + p("between the items")
    body += p("two", num=(1, 0)) + p("again", num=(1, 1)) + p("dot", num=(2, 0)) + p("no list any more", num=(0, 0))
    assert kinds(read(body)) == [
        ("list_item", 0, "1. one"),
        ("list_item", 1, "1.a) inner"),
        ("list_item", 1, "1.b) more"),
        ("paragraph", 0, "between the items"),
        ("list_item", 0, "2. two"),
        ("list_item", 1, "2.a) again"),
        ("list_item", 0, "dot"),
        ("paragraph", 0, "no list any more"),
    ]


def test_merged_cells_say_their_text_in_each_place_that_they_cover() -> None:
    table = "<w:tbl>" + row(cell("a"), cell("wide", span=2)) + row(cell("down", merge="begin"), cell("b"), cell("c"))
    table += row(cell("", merge="on"), cell("d"), cell("e")) + row(cell("late"), before=2) + "</w:tbl>"
    (element,) = read(table + "<w:p/>").elements
    assert element.cells == (("a", "wide", "wide"), ("down", "b", "c"), ("down", "d", "e"), ("", "", "late"))
    assert element.text.splitlines()[0] == "| a | wide | wide |"


def test_a_table_of_one_cell_is_a_frame_around_text() -> None:
    assert kinds(read(f"<w:tbl>{row(cell('A note in a frame.'))}</w:tbl>")) == [("paragraph", 0, "A note in a frame.")]


def test_what_is_deleted_or_hidden_is_not_read_and_what_is_inserted_is() -> None:
    body = (
        "<w:p><w:r><w:t>Kept</w:t></w:r><w:del><w:r><w:delText> deleted</w:delText></w:r></w:del>"
        "<w:ins><w:r><w:t> inserted</w:t></w:r></w:ins>"
        "<w:r><w:rPr><w:vanish/></w:rPr><w:t> hidden</w:t></w:r>"
        "<w:r><w:instrText>PAGE</w:instrText><w:tab/><w:t>after</w:t><w:br/><w:t>below</w:t></w:r></w:p>"
    )
    assert kinds(read(body)) == [("paragraph", 0, "Kept inserted after\nbelow")]


def test_words_cut_into_runs_stay_words() -> None:
    runs = "".join(f"<w:r><w:t>{part}</w:t></w:r>" for part in ("I", "tem A", " and", " more"))
    assert kinds(read(f"<w:p>{runs}</w:p>"))[0][2] == "Item A and more"


def test_notes_follow_their_paragraph_and_running_heads_are_margins() -> None:
    reference = '<w:r><w:footnoteReference w:id="2"/></w:r>'
    document = read(
        p("Steel is heavy.", more=reference) + p("Wood floats."),
        links=[("f", "footnotes", "footnotes.xml"), ("h", "header", "header1.xml")],
        parts={
            "word/footnotes.xml": word_part(
                "footnotes", f'<w:footnote w:id="2">{p("7.8 t a cubic metre")}</w:footnote>'
            ),
            "word/header1.xml": word_part("hdr", p("Harbour Office")),
        },
    )
    assert kinds(document) == [
        ("page_header", 0, "Harbour Office"),
        ("paragraph", 0, "Steel is heavy."),
        ("footnote", 0, "7.8 t a cubic metre"),
        ("paragraph", 0, "Wood floats."),
    ]


def test_a_picture_has_its_alt_text_its_caption_and_the_facts_of_its_bytes() -> None:
    bytes_ = BytesIO()
    Image.new("RGB", (40, 30), "red").save(bytes_, "PNG")
    drawing = (
        '<w:p><w:r><w:drawing><wp:inline><wp:docPr id="1" name="x" descr="a red crane"/>'
        '<a:graphic><a:blip r:embed="rp"/></a:graphic></wp:inline></w:drawing></w:r></w:p>'
    )
    document = read(
        drawing + p("Figure 1: The north crane", "C") + p("It was built in 1962."),
        links=[("rp", "image", "media/crane.png")], parts={"word/media/crane.png": bytes_.getvalue()},
    )  # fmt: skip
    picture = document.elements[0]
    assert (picture.kind, picture.alt, picture.caption) == ("image", "a red crane", "Figure 1: The north crane")
    assert picture.href == "word/media/crane.png"
    assert picture.picture is not None and (picture.picture.width, picture.picture.height) == (40, 30)


def test_a_text_box_is_read_once_though_the_file_holds_it_twice() -> None:
    box = f"<w:txbxContent>{p('Mind the gap.')}</w:txbxContent>"
    both = (
        f"<mc:AlternateContent><mc:Choice><w:drawing><wps:txbx>{box}</wps:txbx></w:drawing></mc:Choice>"
        f"<mc:Fallback><w:pict>{box}</w:pict></mc:Fallback></mc:AlternateContent>"
    )
    document = read(f"<w:p><w:r><w:t>A station.</w:t></w:r><w:r>{both}</w:r></w:p>")
    assert kinds(document) == [("paragraph", 0, "A station."), ("paragraph", 0, "Mind the gap.")]


def test_a_formula_is_one_line_of_text() -> None:
    def run(text: str) -> str:
        return f"<m:r><m:t>{text}</m:t></m:r>"

    fraction = f"<m:f><m:num>{run('a+b')}</m:num><m:den>{run('2')}</m:den></m:f>"
    power = f"<m:sSup><m:e>{run('x')}</m:e><m:sup>{run('2')}</m:sup></m:sSup>"
    body = f"<w:p><m:oMathPara><m:oMath>{run('y=')}{fraction}{run('+')}{power}</m:oMath></m:oMathPara></w:p>"
    assert kinds(read(body + p("That is the load in tons.")))[0] == ("formula", 0, "y=(a+b)/2+x^2")


def test_lines_of_code_in_a_code_style_are_one_block_with_their_indent() -> None:
    assert kinds(read(p("def lift():", "P") + p("    return 40", "P")))[0] == ("code", 0, "def lift():\n    return 40")


def test_pages_are_those_that_word_wrote_down_and_else_none() -> None:
    broken = "<w:p><w:r><w:lastRenderedPageBreak/><w:t>On the next page.</w:t></w:r></w:p>"
    pages = [element.provenance.page for element in read(p("On the first page.") + broken).elements]
    assert pages == [1, 2]
    assert read(p("Nobody counted pages here.")).elements[0].provenance.page is None


def test_a_docx_is_known_by_what_it_holds_whatever_it_is_called() -> None:
    expected = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    assert media_type_of(docx(p("x")), name="a.txt") == expected
    other = zipped({"word/notes.txt": "no office file at all"})
    assert media_type_of(other, name="a.docx") == "application/zip"


@pytest.mark.parametrize("keep", [0.3, 0.6, 0.9])
def test_a_docx_that_is_cut_off_is_refused_with_a_word_on_why(keep: float) -> None:
    data = docx("".join(p(f"Line {n} of many lines that were here once.") for n in range(200)))
    with pytest.raises(UnreadableFile, match=r"^a\.docx: is not a whole ZIP file.*save it again"):
        parse(data[: int(len(data) * keep)], name="a.docx")


def test_a_docx_without_words_is_never_a_success() -> None:
    with pytest.raises(NothingRead):
        read("<w:p/><w:p/>")


def test_entities_are_refused_before_they_grow() -> None:
    bomb = '<!DOCTYPE d [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><w:document><w:body>&b;</w:body></w:document>'
    with pytest.raises(UnreadableFile, match="declares a document type or entities"):
        read("", parts={"word/document.xml": bomb})


def test_a_span_of_a_million_columns_is_refused_by_the_limit() -> None:
    with pytest.raises(TooLarge, match="columns is over the limit columns"):
        read(f"<w:tbl>{row(cell('a', span=999_999), cell('b'))}</w:tbl>")


def test_tables_in_one_another_deeper_than_any_writer_goes_are_refused() -> None:
    with pytest.raises(UnreadableFile, match="nested over 200 levels deep"):
        read("<w:tbl><w:tr><w:tc>" * 5_000 + p("the bottom") + "</w:tc></w:tr></w:tbl>" * 5_000)
    assert "the bottom" in read("<w:tbl><w:tr><w:tc>" * 30 + p("the bottom") + "</w:tc></w:tr></w:tbl>" * 30
                                ).elements[0].text  # fmt: skip


def test_a_part_of_a_docx_that_unpacks_to_a_thousand_times_its_size_is_refused() -> None:
    with pytest.raises(TooLarge, match="zip_ratio"):
        read(p("x") + " " * 30_000_000)
    with pytest.raises(TooLarge, match="zip_bytes"):
        parse(docx(p("Some words are here.") * 100), name="a.docx", limits=Limits(zip_bytes=2_000))


def test_the_shared_word_files_keep_every_heading_and_cell(shared_docs: Path) -> None:
    document = parse((shared_docs / "word_tables.docx").read_bytes(), name="word_tables.docx")
    tables = [element.cells for element in document.elements if element.kind == "table"]
    assert len(tables) == 7
    assert tables[4][4] == ("Cell 4.0", "Merged Cell 3.1 4.1", "Cell 4.2", "", "Merged Cell 4.4 5.4")
    headings = parse((shared_docs / "unit_test_headers.docx").read_bytes(), name="h.docx").elements
    assert [e.level for e in headings if e.kind == "heading"] == [1, 2, 2, 3, 1, 3, 2]
