"""Links in files: with their words and as they were written, on the element and the passage that hold them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memos_ingest import Document, Element, Limits, Link, Passage, Section, parse, split
from memos_ingest.links import ADDRESS_CHARS, MOST_LINKS, WORDS_CHARS, bounded, link
from memos_ingest.parsers import web_page
from memos_ingest.parsers.base import Source
from memos_ingest.sandbox.codec import Malformed, from_json, to_json
from tests.ingest.conftest import MakePdf
from tests.ingest.office_files import ap, docx, epub, odf, p, pptx, shape

FILLER = "The watch noted the reading of the gauge in the log of the day. "


def found(document: Document) -> list[tuple[str, str]]:
    return [(one.href, one.text) for element in document.elements for one in element.links]


def markdown(text: str) -> Document:
    return parse(text.encode(), name="a.md", media_type="text/markdown")


def html(text: str) -> Document:
    return parse(f"<html><body>{text}</body></html>".encode(), name="a.html", media_type="text/html")


def words(text: str) -> int:
    return len(text.split())


def test_a_link_in_markdown_is_its_address_and_its_words() -> None:
    document = markdown(
        "# See [the *valve* handbook](valves.md#gates)\n\nRead [on][1], <https://x.org/a> or\n"
        "[two\nlines](b%20c.md).\n\n- [item](i.md)\n\n> [quoted](q.md)\n\n[1]: ../on.md 'a title'\n"
    )
    assert found(document) == [
        ("valves.md#gates", "the valve handbook"), ("../on.md", "on"), ("https://x.org/a", "https://x.org/a"),
        ("b%20c.md", "two lines"), ("i.md", "item"), ("q.md", "quoted"),
    ]  # fmt: skip
    assert [len(element.links) for element in document.elements] == [1, 3, 1, 1]


def test_links_in_tables_and_in_html_inside_markdown_are_read_too() -> None:
    table = "| Part | Sheet |\n| --- | --- |\n| gate | [sheet](g.md) |\n\nSee <a class='x' href='h.md'>here</a> now.\n"
    assert found(markdown(table)) == [("g.md", "sheet"), ("h.md", "here")]
    assert found(markdown("<p>Before <a href=k.md>kept</a></p>\n")) == [("k.md", "kept")]


def test_links_in_html_stand_with_the_block_that_holds_their_words() -> None:
    document = html(
        '<h1><a href="top.html">Top</a></h1><p>One <a href="a.html">first</a> and <a href="b.html#x">second</a>.</p>'
        '<a href="c.html"><div>a block</div><div>another</div></a>'
        '<table><tr><th>A</th><th>B</th></tr><tr><td><a href="t.html">cell</a></td><td>x</td></tr></table>'
    )
    found_in = [(one.text.split("\n")[0][:20], [link.href for link in one.links]) for one in document.elements]
    assert found_in == [
        ("Top", ["top.html"]), ("One first and second", ["a.html", "b.html#x"]), ("a block", ["c.html"]),
        ("another", ["c.html"]), ("| A | B |", ["t.html"]),
    ]  # fmt: skip


def test_a_page_that_says_its_base_has_absolute_links() -> None:
    page = '<html><head><base href="https://x.org/docs/"></head><body><p><a href="a.html">one</a></p></body></html>'
    assert found(parse(page.encode(), name="a.html", media_type="text/html")) == [("https://x.org/docs/a.html", "one")]


def test_a_fetched_page_has_absolute_links_with_their_fragments() -> None:
    said = f"<p>{FILLER * 6}<a href='/gates#north'>the gates</a></p>"
    body = f"<html><body><article><h1>Valves</h1>{said}</article></body></html>"
    parsed = web_page.parse(Source(data=body.encode(), name="https://x.org/docs/valves", limits=Limits()))
    links = [one for element in parsed.elements for one in element.links]
    assert links == [Link(href="https://x.org/gates#north", text="the gates")]


def test_links_of_word_files_are_read_from_the_parts_that_keep_them() -> None:
    inside = '<w:hyperlink r:id="h1" w:anchor="gates"><w:r><w:t>the handbook</w:t></w:r></w:hyperlink>'
    field = '<w:fldSimple w:instr=" HYPERLINK &quot;https://x.org/a&quot; "><w:r><w:t>a page</w:t></w:r></w:fldSimple>'
    here = '<w:hyperlink w:anchor="below"><w:r><w:t>below</w:t></w:r></w:hyperlink>'
    made = docx(p("See ", more=inside) + p("And ", more=field + here), links=[("h1", "hyperlink", "valves.docx")])
    assert found(parse(made, name="a.docx")) == [("valves.docx#gates", "the handbook"), ("https://x.org/a", "a page")]


def test_links_of_slides_are_read_from_their_runs() -> None:
    run = '<a:p><a:r><a:rPr><a:hlinkClick r:id="h1"/></a:rPr><a:t>the gates</a:t></a:r></a:p>'
    made = pptx([shape(ap("Locks"), place='type="title"') + shape(run)], links={1: [("h1", "hyperlink", "g.pptx")]})
    assert found(parse(made, name="a.pptx")) == [("g.pptx", "the gates")]


def test_links_of_open_documents_are_read() -> None:
    text = '<text:p>See <text:a xlink:href="../valves.odt">the valves</text:a> first.</text:p>'
    cell = '<table:table-cell><text:p><text:a xlink:href="b.odt">cell</text:a></text:p></table:table-cell>'
    table = f"<table:table><table:table-row>{cell}{cell}</table:table-row></table:table>"
    assert found(parse(odf("text", text + table), name="a.odt")) == [("../valves.odt", "the valves"), ("b.odt", "cell")]


def test_a_link_of_a_pdf_is_with_the_block_it_lies_on(make_pdf: MakePdf) -> None:
    plain = make_pdf([[(20, "Locks"), (11, FILLER[:60]), (11, "The gates are in the other sheet, which Ruth keeps.")]])
    area = b"/Rect [70 655 300 668]"
    note = b"<< /Type /Annot /Subtype /Link " + area + b" /A << /S /URI /URI (https://x.org/gates) >> >>"
    script = note.replace(b"/S /URI /URI (https://x.org/gates)", b"/S /JavaScript /JS (app.alert\\(1\\))")
    size = b"/MediaBox [0 0 612 792]"
    document = parse(plain.replace(size, size + b" /Annots [" + note + script + b"]"), name="a.pdf")
    (held,) = [element for element in document.elements if element.links]
    assert "the other sheet" in held.text and [one.href for one in held.links] == ["https://x.org/gates"]
    assert held.links[0].text and held.links[0].text in held.text


def test_a_book_keeps_the_links_that_lead_out_of_it() -> None:
    body = f"<h1>One</h1><p>{FILLER}<a href='c2.xhtml'>next</a> <a href='https://x.org/'>out</a></p>"
    assert found(parse(epub({"c1.xhtml": body}), name="a.epub")) == [("https://x.org/", "out")]


@pytest.mark.parametrize(
    "address", ["", "  ", "#below", "mailto:a@x.org", "javascript:alert(1)", "data:text/plain,x", "tel:1", "x" * 1_001,
                "a\ud800.md"]
)  # fmt: skip
def test_what_leads_to_no_document_is_no_link(address: str) -> None:
    assert link(address, "words") is None


@given(st.text(max_size=1_500), st.text(st.characters(exclude_categories=()), max_size=500))
def test_any_link_is_within_its_bounds_and_is_text(address: str, said: str) -> None:
    made = link(address, said)
    if made is not None:
        assert 0 < len(made.href) <= ADDRESS_CHARS and len(made.text) <= WORDS_CHARS
        made.text.encode()
        assert from_json(Link, to_json(made)) == made


def test_an_element_has_each_link_once_and_no_more_than_it_may() -> None:
    many = markdown(" ".join(f"[w](p{n % 150}.md)" for n in range(400)))
    assert len(found(many)) == MOST_LINKS == len(set(found(many)))


def test_the_pipe_lets_no_more_links_through_than_a_parser_may_make() -> None:
    made = to_json(Element(kind="paragraph", text="x", links=bounded([link("a.md", "a")])))
    assert isinstance(made, dict)
    for bad in ([{"href": "", "text": "a"}], [{"href": "a", "text": "x" * 201}], [{"href": "a"}],
                [{"href": f"{n}", "text": ""} for n in range(MOST_LINKS + 1)]):  # fmt: skip
        with pytest.raises(Malformed):
            from_json(Element, made | {"links": bad})


def test_each_passage_has_the_links_whose_words_it_holds() -> None:
    text = f"# [Top](t.md)\n\n{FILLER * 8}See [gates](g.md) there. {FILLER * 8}See [locks](l.md) here.\n"
    pieces = split(markdown(text), max_tokens=60, count_tokens=words)
    sections = [piece for piece in pieces if isinstance(piece, Section)]
    passages = [piece for piece in pieces if isinstance(piece, Passage)]
    assert [one.href for section in sections for one in section.links] == ["t.md"]
    assert len(passages) > 2
    held = {one.href: passage.text for passage in passages for one in passage.links}
    assert held.keys() == {"g.md", "l.md"} and "gates" in held["g.md"] and "locks" in held["l.md"]
