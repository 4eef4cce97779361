"""Where a PDF's links lead: each given to the block that it lies on, with the words under it.

Runs no action and opens nothing: of all that a PDF's links may do only addresses are read. Declines to know layout
beyond blocks' boxes.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Sequence
from dataclasses import replace

import pypdfium2
from pypdfium2 import raw

from memos_ingest.elements import Box, Element, Link
from memos_ingest.links import ADDRESS_CHARS, bounded, link

_MOST = 500  # of a page
_NAMES = (b"/URI", b"/ObjStm")  # one of them is in every file with an address: as it is, or packed


def has_links(data: bytes) -> bool:
    """Whether the file may hold an address; False only when it holds none. O(bytes)."""
    return any(name in data for name in _NAMES)


def with_links(elements: Sequence[Element], document: pypdfium2.PdfDocument) -> list[Element]:
    """The elements, those on which a link lies with that link. To be called under the lock of PDFium.

    A page costs what opening it does, some milliseconds; a page that cannot be opened has no links.
    """
    pages: dict[int, list[int]] = {}
    for at, element in enumerate(elements):
        if element.provenance.page is not None and element.provenance.box is not None and element.kind != "image":
            pages.setdefault(element.provenance.page, []).append(at)
    found: dict[int, list[Link | None]] = {}
    for number, places in pages.items():
        for made, middle in _links_of(document, number):
            under = [at for at in places if _holds(elements[at].provenance.box, middle)]
            if under:
                found.setdefault(min(under, key=lambda at: _area(elements[at].provenance.box)), []).append(made)
    return [replace(e, links=bounded(found[at])) if at in found else e for at, e in enumerate(elements)]


def _links_of(document: pypdfium2.PdfDocument, number: int) -> Iterator[tuple[Link, tuple[float, float]]]:
    """The page's links, and their middles in points from the top left of the page as it is shown."""
    try:
        page = document[number - 1]
    except pypdfium2.PdfiumError:
        return
    try:
        if page.get_rotation():
            return  # its blocks' boxes are turned, its links' are not
        left, _, _, top = page.get_bbox()
        text = None
        for href, area in _addresses(document, page):
            text = text or page.get_textpage()
            made = link(href, text.get_text_bounded(*area))
            if made is not None:
                yield made, ((area[0] + area[2]) / 2 - left, top - (area[1] + area[3]) / 2)
    except pypdfium2.PdfiumError:
        return
    finally:
        page.close()


def _addresses(
    document: pypdfium2.PdfDocument, page: pypdfium2.PdfPage
) -> Iterator[tuple[str, tuple[float, float, float, float]]]:
    """Addresses with where they lie: (left, bottom, right, top) in the page's own units."""
    position, each, area = ctypes.c_int(0), raw.FPDF_LINK(), raw.FS_RECTF()
    for _ in range(_MOST):
        if not raw.FPDFLink_Enumerate(page, position, each):
            return
        action = raw.FPDFLink_GetAction(each)
        if not action or raw.FPDFAction_GetType(action) != raw.PDFACTION_URI:
            continue
        size = raw.FPDFAction_GetURIPath(document, action, None, 0)
        if not 1 < size <= 4 * ADDRESS_CHARS or not raw.FPDFLink_GetAnnotRect(each, area):
            continue
        held = ctypes.create_string_buffer(size)
        raw.FPDFAction_GetURIPath(document, action, held, size)
        low, high = sorted((area.bottom, area.top))
        yield held.value.decode("utf-8", "replace"), (min(area.left, area.right), low, max(area.left, area.right), high)


def _holds(box: Box | None, point: tuple[float, float]) -> bool:
    return box is not None and box[0] <= point[0] <= box[2] and box[1] <= point[1] <= box[3]


def _area(box: Box | None) -> float:
    return (box[2] - box[0]) * (box[3] - box[1]) if box is not None else 0.0
