"""Pictures in a PDF get their facts; pages that are only a picture of text are read where a reader is installed.

Declines to know how pages are drawn and text is found. Text beside which a picture stands is never read twice.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from memos_ingest.elements import Box, Element, PictureFacts, Provenance
from memos_ingest.errors import IngestError
from memos_ingest.parsers.pdf_pages import CannotDraw, Drawn, DrawnPages, is_blank
from memos_ingest.pictures import (
    BESIDE_TEXT,
    DEFAULT_PICTURE_LIMITS,
    FEATURELESS,
    PictureLimits,
    TextReader,
    Turns,
    facts_of,
    facts_of_drawn,
    read_picture,
)

_FEW_LETTERS = 32  # a page with fewer, and a picture over most of it, is a scan with a stamp
_MOST = 0.5  # of the page
_DOTS = 200.0  # an inch, for reading
_LONGEST = 4_000  # pixels a side, for reading
_UNDRAWN = "its page can't be drawn: it is broken, or a picture on it has too many pixels"
_LOOK = DEFAULT_PICTURE_LIMITS.thumbnail  # pixels a side, for facts


def with_pictures(
    elements: Sequence[Element],
    letters: Mapping[int, int],
    drawn: DrawnPages,
    *,
    name: str,
    limits: PictureLimits,
    reader: TextReader | None,
) -> list[Element]:
    """The elements, pictures with their facts, and in place of each page without text its picture and what it says.

    `letters`: how many each page's text layer has, by page number, in order; running heads count. Where `reader` is
    None a page's picture says that it was not read. `limits.pictures` bounds pictures beside text, never scanned
    pages. Drawing costs 5 to 50 ms a picture, reading seconds a page.
    """
    of_page: defaultdict[int | None, list[Element]] = defaultdict(list)
    for element in elements:
        of_page[element.provenance.page].append(element)
    work = _Work(drawn, name, limits, Turns(reader, limits))
    out = of_page[None]
    for page, count in letters.items():
        out.extend(work.page(page, of_page[page], count))
    return out


@dataclass(slots=True)
class _Work:
    """One document's pages in turn, counting what the limits bound."""

    drawn: DrawnPages
    name: str
    limits: PictureLimits
    turns: Turns
    pictures: int = 0

    def page(self, number: int, elements: list[Element], letters: int) -> list[Element]:
        if letters < _FEW_LETTERS:
            try:
                found = self._scan(number) if self._is_picture_of_text(number, letters) else None
            except CannotDraw:
                found = [self._unseen(number)]
            if found is not None:
                texts = [element for element in elements if element.kind != "image"]
                # what little text there was is in the picture too
                return found if _letters(found) >= max(1, _letters(texts)) else [*texts, *found]
        return [self._with_facts(element) if element.kind == "image" else element for element in elements]

    def _is_picture_of_text(self, number: int, letters: int) -> bool:
        if self.drawn.is_bare(number):
            return False
        return letters == 0 or self.drawn.pictured_share(number) >= _MOST

    def _scan(self, number: int) -> list[Element]:
        """The page's picture and its text; nothing for a blank page."""
        look = self.drawn.drawn(number, None, longest=_LOOK, dots=_DOTS, most=self.limits.pixels)
        if look is None:
            return [self._unseen(number)]
        if is_blank(look.picture):
            return []
        unread = self.turns.why_not()
        facts = _drawn_facts(look, unread, self.limits)
        where = Provenance(page=number)
        if unread is not None:
            return read_picture(look.picture, facts, where, None)
        page = self.drawn.drawn(number, None, longest=_LONGEST, dots=_DOTS, most=self.limits.pixels) or look
        return read_picture(page.picture, facts, where, self.turns, points=page.points)

    def _unseen(self, number: int) -> Element:
        """A page that can't be drawn; its picture is like no other."""
        page = hashlib.sha256(f"{self.name}\n{number}".encode("utf-8", "surrogatepass")).hexdigest()
        facts = PictureFacts(
            media_type="image/png", width=0, height=0, content_hash=page, likeness=FEATURELESS, unread=_UNDRAWN
        )
        return Element(kind="image", text="", provenance=Provenance(page=number), picture=facts)

    def _with_facts(self, element: Element) -> Element:
        where = element.provenance
        if where.page is None or where.box is None or self.pictures >= self.limits.pictures:
            return element
        self.pictures += 1
        try:
            return replace(element, picture=self._facts(where.page, where.box))
        except CannotDraw:
            return element

    def _facts(self, page: int, box: Box) -> PictureFacts | None:
        data = self.drawn.jpeg(page, box)
        if data is not None:
            with suppress(IngestError):  # PDFium may draw what Pillow can't read
                facts = facts_of(data, name=self.name, unread=BESIDE_TEXT, limits=self.limits)
                if facts.likeness != FEATURELESS:  # one colour, seen through a mask that only PDFium applies
                    return facts
        look = self.drawn.drawn(page, box, longest=_LOOK, dots=_DOTS, most=self.limits.pixels)
        return _drawn_facts(look, BESIDE_TEXT, self.limits) if look is not None else None


def _letters(elements: Iterable[Element]) -> int:
    return sum(sum(map(str.isalnum, element.text)) for element in elements)


def _drawn_facts(look: Drawn, unread: str | None, limits: PictureLimits) -> PictureFacts:
    """Facts with the size that the picture has at the dots an inch at which it would be read."""
    facts = facts_of_drawn(look.picture, media_type="image/png", unread=unread, limits=limits)
    scale = look.points * _DOTS / 72
    return replace(facts, width=round(facts.width * scale), height=round(facts.height * scale))
