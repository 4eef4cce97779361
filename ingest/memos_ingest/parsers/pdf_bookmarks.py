"""A PDF's own outline, walked by hand: an outline may contain itself, or be as deep as a hostile author likes.

Declines to know what becomes of headings. To be called under the lock of PDFium.
"""

from __future__ import annotations

import ctypes
from io import BytesIO
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium

from memos_ingest.parsers.pdf_outline import OutlineEntry

_LEVELS = 8  #: of headings; what lies deeper is passed over
_DEEPEST = 64  #: no author nests bookmarks so deep
_MOST = 100_000  #: bookmarks of one file


def bookmarks(document: pypdfium2.PdfDocument) -> tuple[OutlineEntry, ...] | None:
    """The bookmarks that point to a page, in order; None of an outline that no program should walk.

    That is one that contains itself, is nested more than 64 deep, or has more than 100,000 entries. O(bookmarks).
    """
    found: list[OutlineEntry] = []
    seen: set[int] = set()
    waiting: list[tuple[Any, int]] = [(pdfium.FPDFBookmark_GetFirstChild(document, None), 0)]
    while waiting:
        at, level = waiting.pop()
        if not at:
            continue
        place = ctypes.addressof(at.contents)
        if place in seen or level >= _DEEPEST or len(seen) >= _MOST:
            return None
        seen.add(place)
        if level < _LEVELS and (entry := _entry(pypdfium2.PdfBookmark(at, document, level))) is not None:
            found.append(entry)
        waiting.append((pdfium.FPDFBookmark_GetNextSibling(document, at), level))
        waiting.append((pdfium.FPDFBookmark_GetFirstChild(document, at), level + 1))
    return tuple(found)


def pages_alone(document: pypdfium2.PdfDocument) -> bytes:
    """The document's pages as a file of their own, without its outline, for readers that would not end in it."""
    copy = pypdfium2.PdfDocument.new()
    try:
        copy.import_pages(document)
        out = BytesIO()
        copy.save(out)
        return out.getvalue()
    finally:
        copy.close()


def _entry(bookmark: pypdfium2.PdfBookmark) -> OutlineEntry | None:
    destination = bookmark.get_dest()
    page = destination.get_index() if destination is not None else None
    title = " ".join((bookmark.get_title() or "").split())
    return OutlineEntry(level=bookmark.level + 1, title=title, page=page + 1) if page is not None and title else None
