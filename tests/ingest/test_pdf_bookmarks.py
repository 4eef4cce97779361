"""Outlines of PDFs: those that end are headings, those that do not are left alone and cost nothing else."""

from __future__ import annotations

from collections.abc import Callable

import pypdfium2
import pytest

from memos_ingest import Document
from memos_ingest.parsers.pdf_bookmarks import bookmarks, pages_alone
from memos_ingest.sandbox import Sandbox
from tests.ingest.hostile import pdf

MakePdf = Callable[..., bytes]
DEST = b"/Dest [3 0 R /Fit]"


def outlined(*items: bytes) -> bytes:
    """A page of words under an outline of these items, the first of which is object 7."""
    catalog = pdf.CATALOG.replace(b">>", b"/Outlines 6 0 R >>")
    root = b"<< /Type /Outlines /First 7 0 R /Last 7 0 R >>"
    return pdf.file([catalog, pdf.PAGES, pdf.PAGE, pdf.stream(pdf.WORDS), pdf.FONT, root, *items])


def deep(levels: int) -> bytes:
    """Each item in the one before."""
    last = 6 + levels
    return outlined(
        *(
            b"<< /Title (level) %s %s >>" % (DEST, b"/First %d 0 R" % (at + 1) if at < last else b"")
            for at in range(7, last + 1)
        )
    )


CYCLES = {
    "its own child": outlined(b"<< /Title (again) /First 7 0 R " + DEST + b" >>"),
    "child of its child": outlined(
        b"<< /Title (one) /First 8 0 R " + DEST + b" >>", b"<< /Title (two) /First 7 0 R " + DEST + b" >>"
    ),
    "successor of its successor": outlined(
        b"<< /Title (one) /Next 8 0 R " + DEST + b" >>", b"<< /Title (two) /Next 7 0 R " + DEST + b" >>"
    ),
    "all at once": pdf.outline_cycle(),
    "50,000 levels": deep(50_000),
}


def found_in(data: bytes) -> list[tuple[int, str, int]] | None:
    document = pypdfium2.PdfDocument(data)
    try:
        found = bookmarks(document)
        return None if found is None else [(one.level, one.title, one.page) for one in found]
    finally:
        document.close()


@pytest.mark.parametrize("data", CYCLES.values(), ids=CYCLES)
def test_an_outline_that_never_ends_is_none(data: bytes) -> None:
    assert found_in(data) is None


@pytest.mark.parametrize("data", CYCLES.values(), ids=CYCLES)
def test_the_pages_under_an_outline_that_never_ends_are_read(data: bytes) -> None:
    with Sandbox(workers=1) as sandbox:
        (document,) = sandbox.read(data, name="a.pdf")
    assert isinstance(document, Document)
    assert "harmless line of plain words" in document.elements[0].text
    assert document.elements[0].provenance.page == 1


def test_bookmarks_come_in_reading_order_with_their_levels() -> None:
    data = outlined(
        b"<< /Title (One) /First 8 0 R /Last 8 0 R /Next 9 0 R " + DEST + b" >>",
        b"<< /Title (One.  one) /Parent 7 0 R " + DEST + b" >>",
        b"<< /Title (Two) /Prev 7 0 R " + DEST + b" >>",
    )
    assert found_in(data) == [(1, "One", 1), (2, "One. one", 1), (1, "Two", 1)]


def test_a_bookmark_that_leads_nowhere_is_passed_over_but_not_what_is_under_it() -> None:
    data = outlined(b"<< /Title (Nowhere) /First 8 0 R >>", b"<< /Title (Here) /Parent 7 0 R " + DEST + b" >>")
    assert found_in(data) == [(2, "Here", 1)]


def test_deep_outlines_are_cut_at_eight_levels() -> None:
    assert [level for level, _, _ in found_in(deep(20)) or ()] == [1, 2, 3, 4, 5, 6, 7, 8]


def test_a_file_without_bookmarks_has_none_of_them(make_pdf: MakePdf) -> None:
    assert found_in(make_pdf([[(10, "words")]])) == []


def test_pages_alone_are_the_same_pages_without_the_outline() -> None:
    document = pypdfium2.PdfDocument(pdf.outline_cycle())
    copy = pypdfium2.PdfDocument(pages_alone(document))
    assert [page.get_size() for page in copy] == [page.get_size() for page in document]
    assert copy[0].get_textpage().get_text_bounded() == document[0].get_textpage().get_text_bounded()
    assert bookmarks(copy) == ()
