"""A PDF's pages as PDFium draws them, and the pictures in them. One call at a time: PDFium is not safe among threads.

Declines to know text and layout. Boxes are in points from the top left of the page as it is shown.
"""

from __future__ import annotations

import ctypes
import math
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pypdfium2
import pypdfium2.raw as pdfium
from PIL import Image

from memos_ingest.elements import Box

#: PDFium keeps global state that is not safe between threads; who calls it holds this
LOCK = threading.Lock()
_MOST_OBJECTS = 2_000  # of a page that are looked at for pictures; drawings of plots have many more
_DEEPEST = 4  # forms inside forms that are searched for a picture that is too large
_NEAR = 3.0  # points between a block's box and its picture's
_UPRIGHT = 1e-3  # of a placement's matrix: what is taken for no turn
_INKLESS = 12  # of 255: a page whose brightest and darkest pixel are no further apart is blank
_POINTS = 72  # an inch
_COLOURS = 3  # of a JPEG; four inks may be stored inverted, which only PDFium sees
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # marks of a JPEG after which its size stands
_MOST_LOOKED = 100_000  # objects of a page; what would be decoded beyond them, the limit on memory holds


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """What a page looks like."""

    picture: Image.Image  #: RGB
    points: float  #: that one of its pixels is wide and high


class CannotDraw(Exception):
    """PDFium gave up on this page; the others may be whole."""


class DrawnPages:
    """The pages of an open document, numbered from 1. Every method may raise CannotDraw."""

    def __init__(self, document: pypdfium2.PdfDocument) -> None:
        self._document = document  # closing it closes the open page
        self._open: _Open | None = None  # opening one costs as much as drawing it

    def drawn(self, number: int, box: Box | None, *, longest: int, dots: float, most: int) -> Drawn | None:
        """The page, or the part of it in `box`, at `dots` an inch but at most `longest` pixels a side.

        None for what is smaller than a pixel, can't be drawn, or has a picture on it of more than `most` pixels, which
        would be decoded whole. 5 to 50 ms; a large scan more.
        """
        with self._page(number) as opened:
            if opened.largest() > most:
                return None
            page = opened.page
            wide, high = page.get_size()
            left, top, right, bottom = box or (0.0, 0.0, wide, high)
            left, top, right, bottom = max(0.0, left), max(0.0, top), min(wide, right), min(high, bottom)
            side = max(right - left, bottom - top)
            if not math.isfinite(side) or min(right - left, bottom - top) <= 0:
                return None
            scale = min(dots / _POINTS, longest / side)
            try:
                bitmap = page.render(scale=scale, crop=(left, high - bottom, wide - right, top))
            except (ValueError, MemoryError, pypdfium2.PdfiumError):
                return None
            try:
                return Drawn(picture=bitmap.to_pil().convert("RGB"), points=1 / scale)
            finally:
                bitmap.close()

    def jpeg(self, number: int, box: Box) -> bytes | None:
        """The JPEG that alone fills `box`, upright and opaque, byte by byte; None where there is none such."""
        with self._page(number) as opened:
            if opened.page.get_rotation():
                return None
            at = next((at for at, place in opened.placed() if _is_near(place, box)), None)
            if at is None or at.get_filters() != ["DCTDecode"] or pdfium.FPDFPageObj_HasTransparency(at):
                return None
            a, b, c, d, *_ = at.get_matrix().get()
            if a <= 0 or d <= 0 or max(abs(b), abs(c)) > _UPRIGHT * max(a, d):
                return None
            data = bytes(at.get_data())
            return data if 1 <= _colours(data) <= _COLOURS else None

    def pictured_share(self, number: int) -> float:
        """How much of the page its largest picture covers, 0 to 1."""
        with self._page(number) as opened:
            wide, high = opened.page.get_size()
            areas = [(p[2] - p[0]) * (p[3] - p[1]) for _, p in opened.placed()]
            return float(min(1.0, max(areas, default=0.0) / max(1.0, wide * high)))

    def is_bare(self, number: int) -> bool:
        """Whether nothing at all is put on the page. Costs no drawing."""
        with self._page(number) as opened:
            return opened.objects() == 0

    @contextmanager
    def _page(self, number: int) -> Iterator[_Open]:
        with LOCK:
            try:
                if self._open is None or self._open.number != number:
                    if self._open is not None:
                        self._open.page.close()
                    self._open = None
                    self._open = _Open(number, self._document[number - 1])
                yield self._open
            except pypdfium2.PdfiumError as problem:
                raise CannotDraw(str(problem)) from problem


@dataclass(slots=True)
class _Open:
    """A page, and what was found on it so far: looking at its objects costs as much as drawing them."""

    number: int
    page: pypdfium2.PdfPage
    _largest: int | None = None
    _placed: list[tuple[pypdfium2.PdfImage, Box]] | None = None

    def objects(self) -> int:
        """How many things are put on the page itself."""
        return int(pdfium.FPDFPage_CountObjects(self.page))

    def largest(self) -> int:
        """Pixels of its largest picture, those in forms included."""
        if self._largest is None:
            self._largest = max(_sizes(self.page, self.objects()), default=0)
        return self._largest

    def placed(self) -> list[tuple[pypdfium2.PdfImage, Box]]:
        """The pictures put on the page itself, each with its box."""
        if self._placed is None:
            self._placed = list(_placed(self.page)) if self.objects() <= _MOST_OBJECTS else []
        return self._placed


def _placed(page: pypdfium2.PdfPage) -> Iterator[tuple[pypdfium2.PdfImage, Box]]:
    left, bottom, right, top = page.get_bbox()
    for at in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE], max_depth=1):
        try:
            x0, y0, x1, y1 = at.get_bounds()
        except pypdfium2.PdfiumError:
            continue
        x0, y0, x1, y1 = max(x0, left), max(y0, bottom), min(x1, right), min(y1, top)
        if x0 < x1 and y0 < y1:
            yield at, (x0 - left, top - y1, x1 - left, top - y0)


def _sizes(page: pypdfium2.PdfPage, count: int) -> Iterator[int]:
    """Pixels of each picture on the page and in forms on it. Some 1 µs an object: no wrappers are made for them."""
    wide, high = ctypes.c_uint(), ctypes.c_uint()
    waiting = [(pdfium.FPDFPage_GetObject(page, at), 1) for at in range(min(count, _MOST_LOOKED))]
    looked = 0
    while waiting and looked < _MOST_LOOKED:
        at, deep = waiting.pop()
        looked += 1
        kind = pdfium.FPDFPageObj_GetType(at)
        if kind == pdfium.FPDF_PAGEOBJ_IMAGE and pdfium.FPDFImageObj_GetImagePixelSize(at, wide, high):
            yield wide.value * high.value
        elif kind == pdfium.FPDF_PAGEOBJ_FORM and deep < _DEEPEST:
            inside = min(pdfium.FPDFFormObj_CountObjects(at), _MOST_LOOKED - len(waiting))
            waiting += [(pdfium.FPDFFormObj_GetObject(at, child), deep + 1) for child in range(inside)]


def _colours(jpeg: bytes) -> int:
    """How many numbers a JPEG has for each pixel: 1 for grey, 3, or 4 inks; 0 where its head says none."""
    at = 2
    while at + 10 <= len(jpeg) and jpeg[at] == 0xFF:
        kind = jpeg[at + 1]
        if kind in _FRAMES:
            return jpeg[at + 9]
        at += 1 if kind == 0xFF else 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big")
    return 0


def is_blank(picture: Image.Image) -> bool:
    """Whether the picture shows one colour only, but for noise."""
    low, high = picture.convert("L").getextrema()
    return float(high) - float(low) <= _INKLESS  # type: ignore[arg-type]


def _is_near(one: Box, other: Box) -> bool:
    return all(abs(a - b) <= _NEAR for a, b in zip(one, other, strict=True))
