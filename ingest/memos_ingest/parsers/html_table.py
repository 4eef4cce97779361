"""HTML tables as Markdown, and pictures.

A table that only lays out a page (one cell, one column of prose, tables or headings inside) is not read as a table.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from selectolax.lexbor import LexborNode

from memos_ingest.elements import Element, Link
from memos_ingest.links import bounded, link
from memos_ingest.parsers.grid import table_element
from memos_ingest.parsers.html_tree import BLOCKS, attribute, events
from memos_ingest.pictures import is_data_url
from memos_ingest.whitespace import join_lines

_LAYOUT_INSIDE = frozenset(("table", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "blockquote", "figure"))
_DECORATION_PX = 32  # pictures up to this wide and high are icons and counters
_PIXELS = re.compile(r"\s*(\d{1,6})(?:\.\d*)?(?:px)?\s*")
_MAX_SPAN, _MAX_DOWN = 100, 1_000  # columns and rows of a merged cell; a page may claim any number
_MOST_COVERED = 100_000  # places of a table that merged cells above cover


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A data table."""

    element: Element | None  #: None when no cell holds text
    caption: str
    images: tuple[Element, ...]


def read_table(table: LexborNode) -> Table | None:
    """The table's cells, caption and pictures; None when it is there for layout. O(nodes).

    A merged cell says its text in each place that it covers, as in other formats.
    """
    if (attribute(table, "role") or "").lower() in ("presentation", "none"):
        return None
    reader = _Reader()
    for entering, node in events(table, reader.take):
        reader.visit(entering, node)
        if reader.is_layout:
            return None
    if max(map(len, reader.rows), default=0) < 2 and len(reader.rows) < 2:
        return None
    caption = join_lines("".join(reader.caption))
    element = table_element(reader.rows, caption=caption or None)
    if element is not None and reader.links:
        element = replace(element, links=bounded(reader.links))
    return Table(element=element, caption=caption, images=tuple(reader.images))


class _Reader:
    def __init__(self) -> None:
        self.rows: list[list[str]] = []
        self.caption: list[str] = []
        self.images: list[Element] = []
        self.links: list[Link | None] = []
        self.is_layout = False
        self._cell: list[str] | None = None
        self._span = self._down = 1
        self._below: dict[int, tuple[int, str]] = {}  # column -> rows that a cell above covers from here on, its text
        self._later: dict[int, tuple[int, str]] = {}  # the same, from the next row on
        self._covered = 0  # places so far that cells above cover
        self._href, self._since = "", 0  # of the open link, and where in the open cell its words begin
        self._in_caption = False

    def take(self, node: LexborNode) -> bool:
        if node.tag != "img":
            return False
        image = picture(node)
        if image is not None:
            self.images.append(image)
        return True

    def visit(self, entering: bool, node: LexborNode) -> None:
        tag = node.tag
        if tag == "-text":
            if entering:
                self._text(node.text_content or "")
        elif tag == "tr":
            self._close_row()
            if entering:
                self.rows.append([])
                self._below, self._later = self._below | self._later, {}
        elif tag == "a":
            self._close_link()
            self._href = (attribute(node, "href") or "") if entering else ""
            self._since = len(self._cell or ())
        elif tag in ("td", "th"):
            self._open_cell(node) if entering else self._close_cell()
        elif tag == "caption":
            self._in_caption = entering
        elif tag in _LAYOUT_INSIDE and self._cell is not None:
            self.is_layout = True
        elif tag == "br" or tag in BLOCKS:
            self._text(" ")

    def _text(self, text: str) -> None:
        if self._in_caption:
            self.caption.append(text)
        elif self._cell is not None:
            self._cell.append(text)

    def _close_link(self) -> None:
        if self._href and self._cell is not None:
            self.links.append(link(self._href, join_lines("".join(self._cell[self._since :]))))
        self._href = ""

    def _open_cell(self, node: LexborNode) -> None:
        self._cell = []
        self._span, self._down = _span(node, "colspan", _MAX_SPAN), _span(node, "rowspan", _MAX_DOWN)

    def _close_cell(self) -> None:
        self._close_link()
        if self._cell is not None and self.rows:
            self._cover()
            row, text = self.rows[-1], join_lines("".join(self._cell))
            if self._down > 1:
                self._later |= dict.fromkeys(range(len(row), len(row) + self._span), (self._down - 1, text))
            row.extend([text] * self._span)
        self._cell = None

    def _cover(self) -> None:
        """Go on in the row past the places that cells above cover."""
        row = self.rows[-1] if self.rows else []
        while (held := self._below.pop(len(row), None)) is not None:
            self._covered += 1
            if held[0] > 1 and self._covered < _MOST_COVERED:
                self._later[len(row)] = held[0] - 1, held[1]
            row.append(held[1])

    def _close_row(self) -> None:
        self._cover()
        for column in sorted(self._below):  # beyond the row's own cells
            self.rows[-1].extend([""] * (column - len(self.rows[-1])))
            self._cover()


def _span(node: LexborNode, name: str, most: int) -> int:
    said = attribute(node, name) or "1"
    return min(most, max(1, int(said))) if said.isascii() and said.isdigit() and len(said) < 6 else 1


def picture(node: LexborNode) -> Element | None:
    """The image of an <img>; None for icons, counters, and those that have neither source nor text.

    Its `href` may be a data: URL: `with_data_pictures` is still to come.
    """
    sizes = [_PIXELS.fullmatch(attribute(node, side) or "") for side in ("width", "height")]
    if all(size is not None and int(size.group(1)) <= _DECORATION_PX for size in sizes):
        return None
    alt = join_lines(attribute(node, "alt") or "")
    title = join_lines(attribute(node, "title") or "")
    # a page that loads pictures late keeps the real source in data-src, and often a speck as data: in src
    found = [(attribute(node, name) or "").strip() for name in ("src", "data-src", "data-original")]
    sources = sorted(filter(None, found), key=is_data_url)
    href = sources[0] if sources else None
    if not (href or alt or title):
        return None
    return Element(kind="image", text=alt or title, href=href, alt=alt or None, caption=title or None)
