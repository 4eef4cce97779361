"""Lists of contents in a PDF by the places of their lines: titles on the left, numbers of pages down the right edge.

For a layout reader that drops the dots between them, puts titles together and numbers apart. What tells such a list is
that the numbers never go back. Works on runs of text and elements; declines to know how pages are read.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from memos_ingest.elements import Box, Element, Provenance
from memos_ingest.parsers.grid import table_element
from memos_ingest.parsers.pdf_lines import Item

_NUMBER = re.compile(r"(?:(\d{1,4})|([ivxlc]{1,7}))$", re.IGNORECASE)
_ROMAN = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100}
_KINDS = frozenset(("paragraph", "heading", "list_item", "code"))
_LEAST = 6  # lines with a page; fewer may be anything
_SHARE = 0.75  # of the lines between the first and the last
_GAP = 2.0  # heights between a title and its page
_EDGE = 1.0  # heights by which the right ends of pages may differ
_OVER = 3.0  # points by which a block may stick out
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    title: str
    page: str  #: "" where it leads to none
    order: tuple[int, int]  #: of the page: Roman ones come first
    box: Box
    height: float


def with_contents_lines(elements: Sequence[Element], items: Mapping[int, Sequence[Item]]) -> list[Element]:
    """The elements, those of each page's list of contents as one table of titles and pages.

    items: by page. Only where the table has the very words of what it replaces. O(items · log of those of a page).
    """
    out = list(elements)
    for page, found in items.items():
        lines = _listed(_lines(found))
        if lines:
            out = _replaced(out, page, lines)
    return out


def _lines(items: Iterable[Item]) -> list[_Line]:
    """The items as lines from top to bottom; those whose middles are less than half a height apart are one."""
    rows: list[list[Item]] = []
    for item in sorted((item for item in items if item.text.strip()), key=lambda item: item.y + item.height / 2):
        same = rows and item.y + item.height / 2 - (rows[-1][0].y + rows[-1][0].height / 2) < item.height / 2
        if same:
            rows[-1].append(item)
        else:
            rows.append([item])
    return [_line(sorted(row, key=lambda item: item.x)) for row in rows]


def _line(row: Sequence[Item]) -> _Line:
    last, height = row[-1], max(item.height for item in row)
    number = _NUMBER.match(last.text.strip()) if len(row) > 1 else None
    if number is not None and last.x - max(item.x + item.width for item in row[:-1]) < _GAP * height:
        number = None
    titled = row if number is None else row[:-1]
    return _Line(
        title=" ".join(" ".join(item.text for item in titled).split()).rstrip(" ."),
        page="" if number is None else last.text.strip(),
        order=(0, 0) if number is None else (1, int(number[1])) if number[1] else (0, _value(number[2])),
        box=(row[0].x, min(item.y for item in row), max(item.x + item.width for item in row),
             max(item.y + item.height for item in row)),
        height=height,
    )  # fmt: skip


def _value(roman: str) -> int:
    digits = [_ROMAN[letter] for letter in roman.lower()]
    return sum(-one if one < two else one for one, two in pairwise([*digits, 0]))


def _listed(lines: Sequence[_Line]) -> Sequence[_Line]:
    """The lines of the page's list of contents, the longest there is; none where it has no such list."""
    runs: list[list[int]] = []
    for at in (at for at, line in enumerate(lines) if line.page):
        if runs and lines[runs[-1][-1]].order <= lines[at].order:
            runs[-1].append(at)
        else:
            runs.append([at])  # the page's own number at its foot, say
    leading = max(runs, key=len, default=[])
    if len(leading) < _LEAST or lines[leading[0]].order == lines[leading[-1]].order:
        return ()
    within, paged = lines[leading[0] : leading[-1] + 1], [lines[at] for at in leading]
    ends, height = [line.box[2] for line in paged], max(line.height for line in paged)
    aligned = max(ends) - min(ends) <= _EDGE * height
    return within if aligned and len(paged) >= _SHARE * len(within) else ()


def _replaced(elements: list[Element], page: int, lines: Sequence[_Line]) -> list[Element]:
    box = _around(lines)
    inside = [at for at, e in enumerate(elements) if e.provenance.page == page and _lies_in(e.provenance.box, box)]
    words = Counter(word for line in lines for word in _WORD.findall(f"{line.title} {line.page}"))
    held = Counter(word for at in inside for word in _WORD.findall(elements[at].text))
    table = table_element(_rows(lines), provenance=Provenance(page=page, box=box))
    if table is None or held != words or any(elements[at].kind not in _KINDS for at in inside):
        return elements
    gone = set(inside)
    return [table if at == inside[0] else e for at, e in enumerate(elements) if at == inside[0] or at not in gone]


def _rows(lines: Iterable[_Line]) -> list[tuple[str, str]]:
    """A title that goes on in a second line has its page there."""
    rows, before = list[tuple[str, str]](), ""
    for line in lines:
        title = f"{before} {line.title}".strip()
        before = "" if line.page else title
        if line.page:
            rows.append((title, line.page))
    return rows


def _around(lines: Sequence[_Line]) -> Box:
    left, top, right, bottom = zip(*(line.box for line in lines), strict=True)
    return min(left), min(top), max(right), max(bottom)


def _lies_in(box: Box | None, other: Box) -> bool:
    return (
        box is not None
        and box[0] >= other[0] - _OVER
        and box[1] >= other[1] - _OVER
        and box[2] <= other[2] + _OVER
        and box[3] <= other[3] + _OVER
    )
