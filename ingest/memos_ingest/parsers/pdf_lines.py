"""Headings that a PDF's layout reader ran together with text, by lines and fonts; and headings that are none.

A line that stands alone in a font that its block does not use, with room above it, is a heading. A heading that is
smaller than the text around it is not. Declines to know how pages are read: an item is a run of text with a place and
a font.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median
from typing import Protocol

from memos_ingest.elements import Element, ElementKind

_LONGEST = 90  #: characters of a heading that is found here
_TEXT = 80  #: characters in the block's own font, below which it is a caption or a label
_ROOM = 1.12  #: lines apart, where the others are 1
_WIDEST = 0.9  #: of the block; a longer line is one of its text
_SMALLER = 0.85  #: of the text's height
_BETWEEN = 3  #: blocks to look back for a heading's first line
_NEAR = 0.8  #: of a heading's height, between the lines of one
_ALIKE = 0.25  #: of it, by which they may differ
_UPON = 0.4  #: of it, between the first line of a text and the others
_FULL = 0.85  #: of the text's width
_WORDS = 6  #: in such a line
_NUMBERED = re.compile(r"[\dA-Z]+[.)\d]+\s")
_DEEPEST = 6  #: level of headings that are found here, below those that the layout reader ranked by size
_BEGINS = re.compile(r"[^\W_a-z]|\d")
_CAPTION = re.compile(r"(?i:figure|fig\.?|table|example|listing|chart|plate)\s*\d")
_ENDS = re.compile(r"[^.,;:!]$")


class Item(Protocol):
    """A run of text on a page; points, origin at the page's top left."""

    @property
    def text(self) -> str: ...
    @property
    def x(self) -> float: ...
    @property
    def y(self) -> float: ...
    @property
    def width(self) -> float: ...
    @property
    def height(self) -> float: ...
    @property
    def font_name(self) -> str | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    text: str
    fonts: frozenset[str]
    left: float
    right: float
    top: float
    height: float


def with_lines(elements: Iterable[Element], items: Mapping[int, Sequence[Item]]) -> list[Element]:
    """The elements, paragraphs parted at headings inside them, and headings that are none as paragraphs.

    items: by page. Every word stays, in its order, but for a heading's second line, which goes to its first.
    O(items · log of those of a page), some 1 ms a page.
    """
    pages = {page: _Page.of(found) for page, found in items.items()}
    usual = _usual_height(items)
    out: list[Element] = []
    for element in elements:
        page = pages.get(element.provenance.page or 0)
        inside = page.inside(element) if page is not None and element.kind in ("heading", "paragraph") else []
        if element.kind == "heading" and inside and max(item.height for item in inside) < usual * _SMALLER:
            out.append(replace(element, kind="paragraph", level=0))
        elif element.kind == "heading" and (above := _first_line(out, element)) is not None:
            out[above] = _joined(out[above], element)
        elif element.kind == "paragraph" and inside and page is not None:
            if (above := _line_above(out, element, inside, page)) is not None:
                element = _joined(out.pop(above), element, kind="paragraph")
            out.extend(_parted(element, _lines(inside)))
        else:
            out.append(element)
    return out


@dataclass(frozen=True, slots=True)
class _Page:
    """A page's items from top to bottom."""

    items: tuple[Item, ...]
    middles: tuple[float, ...]

    @classmethod
    def of(cls, items: Iterable[Item]) -> _Page:
        kept = sorted((item for item in items if item.text.strip()), key=_middle)
        return cls(tuple(kept), tuple(map(_middle, kept)))

    def inside(self, element: Element) -> list[Item]:
        """The items that lie in the element's box and in its text: boxes of blocks overlap."""
        if element.provenance.box is None:
            return []
        left, top, right, bottom = element.provenance.box
        band = self.items[bisect_left(self.middles, top) : bisect_right(self.middles, bottom)]
        return [
            item
            for item in band
            if left <= item.x + item.width / 2 <= right and " ".join(item.text.split()) in element.text
        ]


def _middle(item: Item) -> float:
    return item.y + item.height / 2


def _usual_height(items: Mapping[int, Sequence[Item]]) -> float:
    """The height of most letters, to a tenth of a point; 0 without any."""
    heights: Counter[float] = Counter()
    for page in items.values():
        for item in page:
            heights[round(item.height, 1)] += len(item.text)
    return heights.most_common(1)[0][0] if heights else 0.0


def _first_line(out: Sequence[Element], heading: Element) -> int | None:
    """Where in `out` the heading is that this one is the next line of; a few blocks may have come in between."""
    last = range(len(out) - 1, max(-1, len(out) - 1 - _BETWEEN), -1)
    return next((at for at in last if _goes_on(out[at], heading)), None)


def _goes_on(above: Element, below: Element) -> bool:
    """Whether two headings are the lines of one: as high, close together, and both without a number of their own."""
    one, two = above.provenance.box, below.provenance.box
    if above.kind != "heading" or one is None or two is None or above.provenance.page != below.provenance.page:
        return False
    high, other = one[3] - one[1], two[3] - two[1]
    beside = min(one[2], two[2]) - max(one[0], two[0]) > 0
    near = -high < two[1] - one[3] < _NEAR * other
    return near and beside and abs(high - other) < _ALIKE * other and not _NUMBERED.match(below.text)


def _line_above(out: Sequence[Element], text: Element, inside: Sequence[Item], page: _Page) -> int | None:
    """Where in `out` the heading is that is the text's first line: no room is between, and it ends in the text's own
    font, or is as wide and high as a line of it. So begins a text whose first words are bold."""
    last = range(len(out) - 1, max(-1, len(out) - 1 - _BETWEEN), -1)
    at = next((at for at in last if out[at].kind == "heading" and _is_upon(out[at], text)), None)
    run = page.inside(out[at]) if at is not None else []
    if not run:
        return None
    fonts = Counter(item.font_name for item in inside for _ in item.text)
    ends = max(run, key=lambda item: item.x).font_name == fonts.most_common(1)[0][0]
    lines = [line for line in _lines(inside) if line.text]
    high, wide = median(line.height for line in lines), max(line.right - line.left for line in lines)
    (first, *more) = _lines(run)
    full = first.right - first.left >= _FULL * wide and abs(first.height - high) < _ALIKE * high
    return at if not more and (ends or (full and len(first.text.split()) >= _WORDS)) else None


def _is_upon(heading: Element, text: Element) -> bool:
    """Whether the heading is one line, right upon the text, and begins where it does."""
    one, two = heading.provenance.box, text.provenance.box
    if one is None or two is None or heading.provenance.page != text.provenance.page:
        return False
    high = one[3] - one[1]
    return abs(one[0] - two[0]) < high and -_UPON * high < two[1] - one[3] < _UPON * high


def _joined(above: Element, below: Element, *, kind: ElementKind = "heading") -> Element:
    one, two = above.provenance.box, below.provenance.box
    assert one is not None
    assert two is not None
    box = (min(one[0], two[0]), min(one[1], two[1]), max(one[2], two[2]), max(one[3], two[3]))
    level = above.level if kind == "heading" else 0
    where = replace(above.provenance, box=box)
    return replace(above, kind=kind, level=level, text=f"{above.text} {below.text}", provenance=where)


def _lines(items: Sequence[Item]) -> list[_Line]:
    """The items, which come from top to bottom; those whose middles are less than half a height apart are one line."""
    rows: list[list[Item]] = []
    for item in items:
        if rows and _middle(item) - _middle(rows[-1][0]) < item.height / 2:
            rows[-1].append(item)
        else:
            rows.append([item])
    return [_line(sorted(row, key=lambda item: item.x)) for row in rows]


def _line(row: Sequence[Item]) -> _Line:
    return _Line(
        text=" ".join(" ".join(item.text for item in row).split()),
        fonts=frozenset(item.font_name or "" for item in row),
        left=min(item.x for item in row), right=max(item.x + item.width for item in row),
        top=min(item.y for item in row), height=max(item.height for item in row),
    )  # fmt: skip


def _parted(element: Element, lines: Sequence[_Line]) -> list[Element]:
    """The paragraph in parts, if lines of it are headings and its text holds them."""
    parts: list[Element] = []
    rest = element.text
    for line in _headings(lines):
        before, found, after = rest.partition(line.text)
        if not found or (before and not before[-1:].isspace()) or not after[:1].isspace():
            continue
        if before.strip():
            parts.append(replace(element, text=before.strip()))
        box = (line.left, line.top, line.right, line.top + line.height)
        where = replace(element.provenance, box=box)
        parts.append(replace(element, kind="heading", text=line.text, level=_DEEPEST, provenance=where))
        rest = after.lstrip()
    return [*parts, replace(element, text=rest)] if parts else [element]


def _headings(lines: Sequence[_Line]) -> list[_Line]:
    letters: Counter[str] = Counter()
    for line in lines:
        if len(line.fonts) == 1:
            letters[next(iter(line.fonts))] += len(line.text)
    main, length = letters.most_common(1)[0] if letters else ("", 0)
    if len(letters) < 2 or length < _TEXT:
        return []
    pitch = median([below.top - above.top for above, below in pairwise(lines)])
    width = max(line.right for line in lines) - min(line.left for line in lines)
    found = []
    for at, line in enumerate(lines[:-1]):
        apart = (
            at == 0 or line.top - lines[at - 1].top >= pitch * _ROOM or lines[at + 1].top - line.top >= pitch * _ROOM
        )
        alone = len(line.fonts) == 1 and main not in line.fonts and main in lines[at + 1].fonts
        if alone and apart and line.right - line.left <= width * _WIDEST and _is_title(line.text, lines[at + 1].text):
            found.append(line)
    return found


def _is_title(text: str, below: str) -> bool:
    return (
        len(text) <= _LONGEST
        and any(map(str.isalpha, text))
        and _BEGINS.match(text) is not None
        and _ENDS.search(text) is not None
        and _CAPTION.match(text) is None
        and not below[:1].islower()
    )
