"""OpenDocument and EPUB: what a reader sees of them, in order."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from memos_ingest import Document, NothingRead, UnreadableFile, UnsupportedFormat, media_type_of, parse
from tests.ingest.office_files import epub, odf, zipped

STYLES = """<style:style style:name="P1" style:family="paragraph" style:parent-style-name="Title"/>
<style:style style:name="P2" style:family="paragraph" style:parent-style-name="Quotations"/>
<text:list-style style:name="L1">
<text:list-level-style-number text:level="1" style:num-format="1" style:num-suffix="."/>
<text:list-level-style-bullet text:level="2" text:bullet-char="-"/></text:list-style>"""


def kinds(document: Document) -> list[tuple[str, int, str]]:
    return [(element.kind, element.level, element.text) for element in document.elements]


def text(body: str, **more: object) -> Document:
    return parse(odf("text", body, styles=STYLES, **more), name="a.odt")  # type: ignore[arg-type]


def p(words: str, style: str = "") -> str:
    return f'<text:p text:style-name="{style}">{words}</text:p>'


def picture() -> bytes:
    out = BytesIO()
    Image.new("RGB", (64, 48), "blue").save(out, "PNG")
    return out.getvalue()


def test_an_odt_keeps_titles_headings_lists_quotes_and_notes() -> None:
    items = (
        f"<text:list-item>{p('one')}<text:list><text:list-item>{p('dot')}</text:list-item></text:list></text:list-item>"
    )
    note = f"<text:note-citation>1</text:note-citation><text:note-body>{p('7.8 t')}</text:note-body>"
    note = f"<text:note>{note}</text:note>"
    body = (
        p("Works", "P1") + '<text:h text:outline-level="2">Cranes</text:h>'
        + p(f"Steel<text:s text:c='3'/>is heavy{note}.<text:line-break/>Wood floats.")
        + f'<text:list text:style-name="L1">{items}<text:list-item>{p("two")}</text:list-item></text:list>'
        + p("Mind the gap.", "P2")
    )  # fmt: skip
    document = text(body)
    assert kinds(document) == [
        ("title", 0, "Works"),
        ("heading", 2, "Cranes"),
        ("paragraph", 0, "Steel is heavy.\nWood floats."),
        ("footnote", 0, "7.8 t"),
        ("list_item", 0, "1. one"),
        ("list_item", 1, "dot"),
        ("list_item", 0, "2. two"),
        ("quote", 0, "Mind the gap."),
    ]
    assert document.title == "Works"


def test_what_was_deleted_or_remarked_in_an_odt_is_not_read() -> None:
    gone = f"<text:tracked-changes><text:changed-region>{p('deleted')}</text:changed-region></text:tracked-changes>"
    document = text(gone + p(f"Kept<office:annotation>{p('a remark')}</office:annotation> words stay."))
    assert kinds(document) == [("paragraph", 0, "Kept words stay.")]


def test_merged_cells_of_an_odt_say_their_text_in_each_place() -> None:
    def cell(words: str, more: str = "") -> str:
        return f"<table:table-cell {more}>{p(words)}</table:table-cell>"

    covered = "<table:covered-table-cell/>"
    spans = 'table:number-columns-spanned="2" table:number-rows-spanned="2"'
    body = (
        "<table:table><table:table-header-rows><table:table-row>" + cell("big", spans) + covered + cell("a")
        + "</table:table-row></table:table-header-rows><table:table-row>" + covered + covered + cell("b")
        + "</table:table-row></table:table>"
    )  # fmt: skip
    assert text(body).elements[0].cells == (("big", "big", "a"), ("big", "big", "b"))


def test_a_picture_in_an_odt_has_its_words_and_its_facts() -> None:
    frame = '<draw:frame><draw:image xlink:href="Pictures/a.png"/><svg:desc>a blue crane</svg:desc></draw:frame>'
    document = text(p(f"Look:{frame} there it stands."), parts={"Pictures/a.png": picture()})
    shown = document.elements[1]
    assert kinds(document)[0][2] == "Look: there it stands."
    assert (shown.kind, shown.alt, shown.href) == ("image", "a blue crane", "Pictures/a.png")
    assert shown.picture is not None and shown.picture.width == 64


def test_an_odp_has_slides_for_pages_and_notes() -> None:
    def frame(kind: str, down: str, words: str) -> str:
        return (f'<draw:frame presentation:class="{kind}" svg:y="{down}"><draw:text-box>{p(words)}</draw:text-box>'
                "</draw:frame>")  # fmt: skip

    notes = f"<presentation:notes>{frame('notes', '1cm', 'Speak slowly.')}</presentation:notes>"
    slide = f"<draw:page>{frame('outline', '9cm', 'Below')}{frame('outline', '3.5cm', 'Above')}"
    slide += f"{frame('title', '5cm', 'Cranes')}{notes}</draw:page>"
    document = parse(
        odf("presentation", f"<draw:page>{frame('title', '1cm', 'Harbour')}</draw:page>{slide}"), name="a.odp"
    )
    assert [(e.kind, e.text, e.provenance.page) for e in document.elements] == [
        ("heading", "Harbour", 1), ("heading", "Cranes", 2), ("paragraph", "Above", 2), ("paragraph", "Below", 2),
        ("footnote", "Speak slowly.", 2),
    ]  # fmt: skip


def test_an_odt_with_a_password_says_so() -> None:
    locked = "<manifest><file-entry><encryption-data/></file-entry></manifest>"
    with pytest.raises(UnsupportedFormat, match=r"a\.odt: is encrypted with a password; save it without one"):
        text(p("unreadable"), parts={"META-INF/manifest.xml": locked})


@pytest.mark.parametrize("kind", ["text", "spreadsheet", "presentation"])
def test_an_open_document_says_itself_what_it_is(kind: str) -> None:
    assert media_type_of(odf(kind, ""), name="a.docx") == f"application/vnd.oasis.opendocument.{kind}"
    with pytest.raises(NothingRead):
        parse(odf(kind, ""), name="a")


def test_a_book_is_read_in_the_order_of_its_spine_without_its_navigation() -> None:
    book = epub({
        "one.xhtml": "<h1>The Sea</h1><p>It was calm\ufeff—very calm.</p>",
        "nav.xhtml": "<ol><li>The Sea</li><li>The Storm</li></ol>",
        "two.xhtml": '<h2>The Storm</h2><p>Wind rose.</p><img src="../pics/a%20b.png" alt="a wave"/>',
    }, parts={"pics/a b.png": picture()})  # fmt: skip
    document = parse(book, name="sea.epub")
    assert kinds(document) == [
        ("heading", 1, "The Sea"),
        ("paragraph", 0, "It was calm—very calm."),
        ("heading", 2, "The Storm"),
        ("paragraph", 0, "Wind rose."),
        ("image", 0, "a wave"),
    ]
    shown = document.elements[-1]
    assert shown.href == "pics/a b.png" and shown.picture is not None and shown.picture.height == 48
    assert (document.title, document.language, document.metadata["author"]) == ("The Sea", "en", "Ada; Bo")


def test_a_locked_book_says_so_and_one_with_hidden_fonts_is_read() -> None:
    def locks(what: str) -> dict[str, bytes | str]:
        return {"META-INF/encryption.xml": f'<e><CipherData><CipherReference URI="{what}"/></CipherData></e>'}

    page = {"one.xhtml": "<p>It was calm, very calm indeed.</p>"}
    with pytest.raises(UnsupportedFormat, match="digital rights"):
        parse(epub(page, parts=locks("book/one.xhtml")), name="a.epub")
    assert parse(epub(page, parts=locks("fonts/a.otf")), name="a.epub").elements


def test_a_book_without_a_table_of_contents_is_refused() -> None:
    with pytest.raises(UnreadableFile, match="is no whole EPUB"):
        parse(zipped({"a.xhtml": "<p>x</p>"}, first=("mimetype", "application/epub+zip")), name="a.epub")


def test_the_shared_book_and_text_keep_their_headings(shared_docs: Path) -> None:
    for name in ("epub_purvis_poetry.epub", "text_document_01.odt"):
        document = parse((shared_docs / name).read_bytes(), name=name)
        expected = (shared_docs / "expected" / f"{name}.md").read_text(encoding="utf-8").replace("’", "'")
        wanted = [line.strip("#* ") for line in expected.splitlines() if line.startswith("#")]
        found = [e.text.replace("’", "'") for e in document.elements if e.kind in ("title", "heading")]
        assert found == wanted
