"""Parsers that the user chooses: who is known, what is missing, and what the real libraries give where installed."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable

import pytest

from memos_ingest import Document, Element, NoSuchParser, UnreadableFile, parse, read
from memos_ingest.parsers import choosing
from memos_ingest.parsers.choosing import chosen, other_parser
from memos_ingest.sandbox import Job, Sandbox
from memos_ingest.sandbox.asking import Ask, ask_of
from memos_ingest.sandbox.codec import dumps, from_json, loads, to_json
from tests.ingest.hostile import archives

MakePdf = Callable[..., bytes]
PDF, DOCX = "application/pdf", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
BODY = "The harbour crane lifts forty tons, and it has done so since the year 1962."
MORE = "Nobody counts how often it was painted, but the last time was in spring."


@pytest.fixture
def all_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choosing, "find_spec", lambda name: object())


@pytest.fixture
def none_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choosing, "find_spec", lambda name: None)


def test_a_parser_that_nobody_knows_is_refused_with_those_that_read_the_format() -> None:
    with pytest.raises(NoSuchParser, match="pdf=docling: pdf is read by default, pymupdf, unstructured"):
        chosen("pdf=docling")
    with pytest.raises(NoSuchParser, match="docx is read by default, unstructured"):
        chosen({"docx": "pymupdf"})
    with pytest.raises(NoSuchParser, match="choose default, pymupdf, unstructured"):
        other_parser("docling")


def test_a_format_that_has_no_choice_is_refused_with_those_that_have() -> None:
    with pytest.raises(NoSuchParser, match="'wav'; there is one for pdf, docx, pptx, xlsx, html, md, txt"):
        chosen("wav=unstructured")


@pytest.mark.parametrize("text", ["pymupdf", "pdf=", "=pymupdf"])
def test_a_choice_that_is_half_written_says_how_to_write_it(text: str) -> None:
    with pytest.raises(NoSuchParser, match="write FORMAT=PARSER, such as pdf=pymupdf"):
        chosen(text)


@pytest.mark.usefixtures("none_installed")
def test_a_missing_library_is_named_with_the_command_that_installs_it_and_with_its_licence() -> None:
    with pytest.raises(NoSuchParser, match=r"pip install 'memos-graph\[pymupdf\]' \(its licence is AGPL-3.0"):
        chosen("pdf=pymupdf")
    with pytest.raises(NoSuchParser, match=r"pip install 'memos-graph\[unstructured\]'"):
        parse(b"# Some words of a text", name="a.md", parsers={"md": "unstructured"})
    assert chosen("pdf=default") == {}


@pytest.mark.usefixtures("all_installed")
def test_a_choice_reads_the_same_as_text_and_as_mapping_by_extension_and_by_media_type() -> None:
    assert chosen(" pdf = pymupdf , .DOCX=unstructured,") == {PDF: "pymupdf", DOCX: "unstructured"}
    assert chosen({"pdf": "pymupdf", DOCX: "unstructured"}) == {PDF: "pymupdf", DOCX: "unstructured"}
    assert chosen({PDF: "pymupdf"}) == chosen(chosen({"pdf": "pymupdf"}))


@pytest.mark.usefixtures("all_installed")
def test_of_two_choices_for_a_format_the_later_wins_and_default_takes_one_back() -> None:
    assert chosen("pdf=unstructured,pdf=pymupdf") == {PDF: "pymupdf"}
    assert chosen("pdf=unstructured,pdf=default") == {}


@pytest.mark.usefixtures("all_installed")
def test_a_choice_reaches_the_process_that_parses() -> None:
    ask = ask_of(Job(data=b"", name="a.pdf", parsers="pdf=pymupdf"))
    assert from_json(Ask, loads(dumps(to_json(ask)))).parsers == {PDF: "pymupdf"}
    assert ask_of(Job(data=b"", name="a.pdf")).parsers == {}


def test_a_sandbox_refuses_a_choice_that_is_none_before_a_file_is_read() -> None:
    with pytest.raises(NoSuchParser):
        Sandbox(parsers="pdf=docling")
    with Sandbox(workers=1) as sandbox, pytest.raises(NoSuchParser):
        sandbox.read(b"words", name="a.txt", parsers={"txt": "docling"})


def headings(document: Document) -> list[tuple[str, int]]:
    return [(e.text, e.level) for e in document.elements if e.kind == "heading"]


def texts(document: Document) -> str:
    return " ".join(e.text for e in document.elements)


@pytest.mark.extra("pymupdf")
class TestPyMuPDF:
    """The real library."""

    def test_headings_are_told_by_type_size_and_every_element_has_its_page_and_box(self, make_pdf: MakePdf) -> None:
        pages = [[(24, "The Harbour"), (16, "Cranes"), (10, BODY)], [(16, "Locks"), (10, MORE), (10, BODY)]]
        document = parse(make_pdf(pages), name="a.pdf", parsers="pdf=pymupdf")
        assert document.metadata["parser"] == "pymupdf"
        assert headings(document) == [("The Harbour", 1), ("Cranes", 2), ("Locks", 2)]
        assert [e.provenance.page for e in document.elements] == sorted(
            e.provenance.page or 0 for e in document.elements
        )
        assert all(e.provenance.box is not None for e in document.elements)
        assert document.title == "The Harbour"

    def test_the_outline_decides_over_type_sizes(self, make_pdf: MakePdf) -> None:
        pages = [[(10, "Cranes"), (10, BODY + " " + MORE)], [(10, "Locks"), (10, MORE)]]
        outline = [("Cranes", 1), ("Locks", 2)]
        assert headings(parse(make_pdf(pages, outline), name="a.pdf", parsers="pdf=pymupdf")) == [
            ("Cranes", 1), ("Locks", 1),
        ]  # fmt: skip

    def test_it_finds_the_words_that_the_default_finds(self, make_pdf: MakePdf) -> None:
        data = make_pdf([[(18, "Title of it"), (10, BODY), (10, MORE)], [(18, "Another"), (10, BODY), (10, MORE)]])
        ours, other = (parse(data, name="a.pdf", parsers=choice) for choice in ("", "pdf=pymupdf"))
        assert set(texts(ours).split()) == set(texts(other).split())
        assert "parser" not in ours.metadata

    def test_a_file_in_an_archive_is_read_by_the_same_choice(self, make_pdf: MakePdf) -> None:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            archive.writestr("inner.pdf", make_pdf([[(10, BODY)]]))
        found = read(out.getvalue(), name="a.zip", parsers="pdf=pymupdf")
        inner = next(one for one in found if isinstance(one, Document) and one.name == "a.zip!/inner.pdf")
        assert inner.metadata["parser"] == "pymupdf"

    def test_in_the_sandbox_it_reads_what_it_reads_here(self, make_pdf: MakePdf) -> None:
        data = make_pdf([[(24, "The Harbour"), (10, BODY)]])
        with Sandbox(workers=1, parsers="pdf=pymupdf") as sandbox:
            (there,) = sandbox.read(data, name="a.pdf")
        here = parse(data, name="a.pdf", parsers="pdf=pymupdf")
        assert isinstance(there, Document)
        assert there.elements == here.elements
        assert there.metadata["parser"] == "pymupdf"

    def test_a_broken_file_is_refused_as_ever(self, make_pdf: MakePdf) -> None:
        with pytest.raises(UnreadableFile, match="not a whole PDF"):
            parse(b"%PDF-1.7 and no more", name="a.pdf", parsers="pdf=pymupdf")


@pytest.mark.extra("unstructured")
class TestUnstructured:
    """The real library, its `fast` strategy, with or without the model that it would fetch."""

    def test_a_page_keeps_its_headings_items_and_cells(self) -> None:
        page = (
            f"<html><body><h1>The Harbour</h1><p>{BODY}</p><h2>Cranes</h2><ul><li>north crane</li><li>south</li></ul>"
            "<table><tr><th>crane</th><th>tons</th></tr><tr><td>north</td><td>40</td></tr></table></body></html>"
        )
        document = parse(page.encode(), name="a.html", parsers="html=unstructured")
        assert document.metadata["parser"] == "unstructured"
        assert headings(document) == [("The Harbour", 1), ("Cranes", 2)]
        assert [e.text for e in document.elements if e.kind == "list_item"] == ["north crane", "south"]
        (table,) = [e for e in document.elements if e.kind == "table"]
        assert table.cells == (("crane", "tons"), ("north", "40"))
        assert BODY in texts(document)

    def test_a_word_document_is_read(self) -> None:
        data = archives.docx(archives.paragraph(archives.WORDS) * 3)
        document = parse(data, name="a.docx", parsers={"docx": "unstructured"})
        assert archives.WORDS.decode().strip() in texts(document)

    def test_a_pdf_has_pages_and_boxes_in_points(self, make_pdf: MakePdf) -> None:
        document = parse(make_pdf([[(10, BODY)], [(10, MORE)]]), name="a.pdf", parsers="pdf=unstructured")
        first: Element = document.elements[0]
        assert [e.provenance.page for e in document.elements] == [1, 2]
        assert first.provenance.box == pytest.approx((72, 64, 396, 76), abs=5)

    def test_what_is_broken_is_an_error_that_names_the_file(self) -> None:
        with pytest.raises(UnreadableFile, match=r"a\.docx.*unstructured"):
            parse(b"PK\x03\x04 no archive", name="a.docx", media_type=DOCX, parsers="docx=unstructured")

    def test_in_the_sandbox_it_reads_what_it_reads_here(self, make_pdf: MakePdf) -> None:
        data = make_pdf([[(10, BODY)], [(10, MORE)]])
        with Sandbox(workers=1, parsers="pdf=unstructured") as sandbox:
            (there,) = sandbox.read(data, name="a.pdf")
        assert isinstance(there, Document)
        assert there.elements == parse(data, name="a.pdf", parsers="pdf=unstructured").elements
