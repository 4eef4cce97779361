"""Lines of text found in a picture to paragraphs in reading order. Pure geometry; declines to know how they were found.

Columns by recursive cuts along white space (Nagy, Seth and Viswanathan, "A prototype document image analysis system",
1992), with one rule more: a gap parts columns only where both sides hold prose, else it parts the cells of a row.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from statistics import median

from memos_ingest.elements import Box
from memos_ingest.pictures.ocr import Line
from memos_ingest.whitespace import join_lines

_GUTTER = 0.3  # of a line's height: the boxes of lines are wider than their letters, which narrows what is between
_STRAYS = 20  # one of so many lines may cross a gap, such as a label in a drawing
_PROSE = 7.0  # a line of prose is at least so many times as long as high
_PROSE_LINES = 3  # on both sides of a gutter
_WIDE = 0.6  # of a block's width: a line longer than this may cross columns
_APART = 0.9  # of a line's height: more white space between two lines parts paragraphs
_SIZES = 1.4  # lines whose heights differ by this factor are not one paragraph
_SHORT = 0.75  # of its block's width: a line that ends a sentence so early ends its paragraph
_DEPTH = 12  # cuts inside cuts
_END = re.compile(r"[.!?:。！？：]['\"”’)\]]*$")
_HYPHENED = re.compile(r"(?<=[^\W\d_])-\n(?=[^\W\d_A-Z])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
    """Text that belongs together."""

    text: str
    box: Box  #: pixels, as its lines' are


def paragraphs(lines: Sequence[Line]) -> tuple[Paragraph, ...]:
    """The lines' paragraphs as a reader takes them: column by column, in a column from the top, a row's cells in turn.

    Every line's text is in exactly one. Columns come left to right, those of right-to-left pages too. O(n^2).
    """
    out: list[Paragraph] = []
    for block in _blocks(list(lines), _DEPTH):
        out.extend(_paragraphs(block))
    return tuple(out)


def _blocks(lines: list[Line], depth: int) -> list[list[Line]]:
    """Groups of lines, each to be read from top to bottom, in order."""
    if len(lines) < 2 * _PROSE_LINES or depth == 0:
        return [lines] if lines else []
    wide = _WIDE * (max(line.box[2] for line in lines) - min(line.box[0] for line in lines))
    gutter = _gutter([line for line in lines if line.box[2] - line.box[0] <= wide])
    if gutter is None:
        return [lines]
    out = []
    for crosses, group in groupby(sorted(lines, key=_centre), key=lambda line: line.box[0] < gutter < line.box[2]):
        band = list(group)
        if crosses:
            out.append(band)  # a title or a footer across the columns
            continue
        left = [line for line in band if _middle(line) < gutter]
        right = [line for line in band if _middle(line) >= gutter]
        out += [*_blocks(left, depth - 1), *_blocks(right, depth - 1)]
    return out


def _gutter(lines: Sequence[Line]) -> float | None:
    """Where the widest gap between two columns of prose is, across nearly all of the lines; None when there is none."""
    if len(lines) < 2 * _PROSE_LINES:
        return None
    narrowest, spared = _GUTTER * median(map(_height, lines)), len(lines) // _STRAYS
    edges = sorted([(line.box[0], 1) for line in lines] + [(line.box[2], -1) for line in lines])
    best, where, across = narrowest, None, 0
    gap: float | None = None  # where the one began that is open
    for x, step in edges:
        if gap is not None and across + step > spared and x - gap >= best:
            at = (gap + x) / 2
            whole = [line for line in lines if not line.box[0] < at < line.box[2]]
            sides = [one for one in whole if _middle(one) < at], [one for one in whole if _middle(one) >= at]
            if all(map(_is_prose, sides)):
                best, where = x - gap, at
        before, across = across, across + step
        if across <= spared < before:
            gap = x
        elif across > spared:
            gap = None
    return where


def _is_prose(lines: Sequence[Line]) -> bool:
    return len(lines) >= _PROSE_LINES and median((x.box[2] - x.box[0]) / _height(x) for x in lines) >= _PROSE


def _rows(lines: Iterable[Line]) -> list[list[Line]]:
    """Lines that stand side by side together, each row from the left, rows from the top."""
    rows: list[list[Line]] = []
    for line in sorted(lines, key=_centre):
        centre = _centre(line)
        last = rows[-1] if rows else []
        if last and last[-1].box[1] < centre < last[-1].box[3] and all(_beside(line, other) for other in last):
            last.append(line)
        else:
            rows.append([line])
    return [sorted(row, key=lambda line: line.box[0]) for row in rows]


def _beside(one: Line, other: Line) -> bool:
    shared = min(one.box[2], other.box[2]) - max(one.box[0], other.box[0])
    return shared < 0.5 * min(one.box[2] - one.box[0], other.box[2] - other.box[0])


def _paragraphs(lines: Sequence[Line]) -> list[Paragraph]:
    rows = _rows(lines)
    boxes = [_around(line.box for line in row) for row in rows]
    if not rows:
        return []
    left, right = min(box[0] for box in boxes), max(box[2] for box in boxes)
    groups = [[0]]
    for above, below in pairwise(range(len(rows))):
        if _goes_on(rows[above], rows[below], boxes[above], boxes[below], left, right):
            groups[-1].append(below)
        else:
            groups.append([below])
    out = []
    for group in groups:
        text = "\n".join(" ".join(line.text for line in rows[at]) for at in group)
        out.append(Paragraph(text=join_lines(_HYPHENED.sub("", text)), box=_around(boxes[at] for at in group)))
    return out


def _goes_on(above: Sequence[Line], below: Sequence[Line], over: Box, under: Box, left: float, right: float) -> bool:
    """Whether the row `below` belongs to the paragraph of the row `above` it; both in a block from left to right."""
    if len(above) != 1 or len(below) != 1:
        return False  # cells of a table: each row stands for itself
    heights = sorted((_height(above[0]), _height(below[0])))
    if heights[1] > _SIZES * heights[0] or under[1] - over[3] > _APART * heights[0]:
        return False
    if min(over[2], under[2]) <= max(over[0], under[0]):
        return False
    ends_early = over[2] - left < _SHORT * (right - left)
    return not (ends_early and _END.search(above[0].text))


def _around(boxes: Iterable[Box]) -> Box:
    columns = list(zip(*boxes, strict=True))
    return min(columns[0]), min(columns[1]), max(columns[2]), max(columns[3])


def _middle(line: Line) -> float:
    return (line.box[0] + line.box[2]) / 2


def _centre(line: Line) -> float:
    return (line.box[1] + line.box[3]) / 2


def _height(line: Line) -> float:
    return line.box[3] - line.box[1]
