"""A PDF's pages as PDFium draws them, and the pictures in them. One call at a time: PDFium is not safe among threads.

Declines to know text and layout. Boxes are in points from the top left of the page as it is shown.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice

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
_COLOURS = 24  # bits a pixel; four inks may be stored inverted, which only PDFium sees


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
        self._number = 0
        self._open: pypdfium2.PdfPage | None = None  # opening one costs as much as drawing it

    def drawn(self, number: int, box: Box | None, *, longest: int, dots: float, most: int) -> Drawn | None:
        """The page, or the part of it in `box`, at `dots` an inch but at most `longest` pixels a side.

        None for what is smaller than a pixel, can't be drawn, or has a picture on it of more than `most` pixels, which
        would be decoded whole. 5 to 50 ms; a large scan more.
        """
        with self._page(number) as page:
            if _has_larger_picture(page, most):
                return None
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
        with self._page(number) as page:
            if page.get_rotation():
                return None
            at = next((at for at, place in self._pictures(page) if _is_near(place, box)), None)
            if at is None or at.get_filters() != ["DCTDecode"] or pdfium.FPDFPageObj_HasTransparency(at):
                return None
            a, b, c, d, *_ = at.get_matrix().get()
            if a <= 0 or d <= 0 or max(abs(b), abs(c)) > _UPRIGHT * max(a, d):
                return None
            if at.get_metadata().bits_per_pixel > _COLOURS:
                return None
            return bytes(at.get_data())

    def pictured_share(self, number: int) -> float:
        """How much of the page its largest picture covers, 0 to 1."""
        with self._page(number) as page:
            wide, high = page.get_size()
            areas = [(p[2] - p[0]) * (p[3] - p[1]) for _, p in self._pictures(page)]
            return float(min(1.0, max(areas, default=0.0) / max(1.0, wide * high)))

    def is_bare(self, number: int) -> bool:
        """Whether nothing at all is put on the page. Costs no drawing."""
        with self._page(number) as page:
            return int(pdfium.FPDFPage_CountObjects(page)) == 0

    @contextmanager
    def _page(self, number: int) -> Iterator[pypdfium2.PdfPage]:
        with LOCK:
            try:
                if self._open is None or self._number != number:
                    if self._open is not None:
                        self._open.close()
                    self._open = None
                    self._open, self._number = self._document[number - 1], number
                yield self._open
            except pypdfium2.PdfiumError as problem:
                raise CannotDraw(str(problem)) from problem

    def _pictures(self, page: pypdfium2.PdfPage) -> Iterator[tuple[pypdfium2.PdfImage, Box]]:
        """The pictures put on the page itself, each with its box."""
        left, bottom, right, top = page.get_bbox()
        if int(pdfium.FPDFPage_CountObjects(page)) > _MOST_OBJECTS:
            return
        for at in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE], max_depth=1):
            try:
                x0, y0, x1, y1 = at.get_bounds()
            except pypdfium2.PdfiumError:
                continue
            x0, y0, x1, y1 = max(x0, left), max(y0, bottom), min(x1, right), min(y1, top)
            if x0 < x1 and y0 < y1:
                yield at, (x0 - left, top - y1, x1 - left, top - y0)


def _has_larger_picture(page: pypdfium2.PdfPage, most: int) -> bool:
    pictures = page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE], max_depth=_DEEPEST)
    for at in islice(pictures, _MOST_OBJECTS):
        wide, high = at.get_px_size()
        if wide * high > most:
            return True
    return False


def is_blank(picture: Image.Image) -> bool:
    """Whether the picture shows one colour only, but for noise."""
    low, high = picture.convert("L").getextrema()
    return float(high) - float(low) <= _INKLESS  # type: ignore[arg-type]


def _is_near(one: Box, other: Box) -> bool:
    return all(abs(a - b) <= _NEAR for a, b in zip(one, other, strict=True))
