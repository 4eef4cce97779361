"""Arabic and Hebrew in a PDF, in the order in which they are read.

A PDF stores what is drawn: letters from left to right, and a ligature's letters in the order of the glyph. PDFium puts
lines back in reading order; what it leaves is mended here. Declines to know blocks beyond their boxes.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import pypdfium2
from pypdfium2 import raw

from memos_ingest.elements import Box, Element

_SHARE = 0.3  #: of a text's letters
_LOST = 0.1  #: of its letters at most, else the old text stays
_LAM, _ALEFS = "ل", "اأإآ"
_SAME = 0.01  #: points
_ANY = re.compile(r"[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_SCRIPTS = re.compile(r"(?<=[A-Za-z])(?=[\u0590-\u06ff])|(?<=[\u0590-\u06ff])(?=[A-Za-z])")


@dataclass(frozen=True, slots=True)
class Char:
    """A character as PDFium reads it."""

    text: str
    box: Box  #: (left, top, right, bottom) in points, origin at the page's top left


def right_to_left(elements: Iterable[Element], document: pypdfium2.PdfDocument) -> list[Element]:
    """The elements, those in a script from right to left with their text in reading order.

    To be called under the lock of PDFium. A page with such text costs some 20 µs for each of its characters, others
    nothing.
    """
    pages: dict[int, list[Char]] = {}
    out: list[Element] = []
    for element in elements:
        page, box = element.provenance.page, element.provenance.box
        if page is None or box is None or element.kind in ("image", "table") or not is_right_to_left(element.text):
            out.append(element)
            continue
        if page not in pages:
            pages[page] = _chars(document, page)
        text = in_order(list(_inside(pages[page], box)))
        out.append(replace(element, text=text) if _as_much(text, element.text) else element)
    return out


def is_right_to_left(text: str) -> bool:
    """Whether a good share of its letters belong to a script that is read from the right."""
    if _ANY.search(text) is None:
        return False
    letters = [unicodedata.bidirectional(char) for char in text if char.isalpha()]
    return bool(letters) and sum(kind in ("R", "AL") for kind in letters) >= _SHARE * len(letters)


def in_order(chars: Sequence[Char]) -> str:
    """Their text: the letters of a lam-alef ligature, which share a box, as they are read; scripts apart."""
    out: list[str] = []
    at = 0
    while at < len(chars):
        char = chars[at]
        if char.text in _ALEFS and at + 1 < len(chars) and chars[at + 1].text == _LAM and _at_one(char, chars[at + 1]):
            out += [_LAM, char.text]
            at += 2
            continue
        out.append(char.text)
        at += 1
    return " ".join(_SCRIPTS.sub(" ", "".join(out)).split())


def _at_one(one: Char, two: Char) -> bool:
    return all(abs(a - b) < _SAME for a, b in zip(one.box, two.box, strict=True))


def _inside(chars: Iterable[Char], box: Box) -> Iterator[Char]:
    """Those whose middle lies in the box; what has no width (PDFium's own line ends) goes with the one before."""
    inside = False
    for char in chars:
        left, top, right, bottom = char.box
        if right > left:
            inside = box[0] - 1 <= (left + right) / 2 <= box[2] + 1 and box[1] - 1 <= (top + bottom) / 2 <= box[3] + 1
        if inside:
            yield char


def _chars(document: pypdfium2.PdfDocument, number: int) -> list[Char]:
    """The page's characters in PDFium's order; none of a page that is turned."""
    page = document[number - 1]
    try:
        if page.get_rotation():
            return []
        left, _, _, top = page.get_cropbox()
        text = page.get_textpage()
        try:
            found = []
            for at in range(text.count_chars()):
                code = raw.FPDFText_GetUnicode(text, at)
                x0, y0, x1, y1 = text.get_charbox(at)
                found.append(Char(chr(code) if code else "", (x0 - left, top - y1, x1 - left, top - y0)))
            return found
        finally:
            text.close()
    finally:
        page.close()


def _as_much(new: str, old: str) -> bool:
    had = sum(map(str.isalnum, old))
    return abs(sum(map(str.isalnum, new)) - had) <= _LOST * had
