"""Spans and points of time as bars of letters. Pure; knows no terminal."""

from __future__ import annotations

from datetime import datetime

WIDTH = 36  #: letters of a bar
_SPAN, _EVENT, _NOTHING, _OPEN_LEFT, _OPEN_RIGHT = "━", "◆", "·", "◄", "►"


def bar(start: datetime | None, end: datetime | None, low: datetime, high: datetime, *, event: bool = False,
        width: int = WIDTH) -> str:  # fmt: skip
    """`width` letters from `low` to `high`: a line from `start` until `end`, arrows where it is open; an event a point.

    A span within the scale has one letter at least; what lies outside has none. `low` is before `high`.
    """
    letters = [_NOTHING] * width
    if event:
        if start is not None and low <= start <= high:
            letters[_cell(start, low, high, width)] = _EVENT
        return "".join(letters)
    if (start is not None and start > high) or (end is not None and end <= low):
        return "".join(letters)
    first = 0 if start is None or start < low else _cell(start, low, high, width)
    last = width - 1 if end is None or end > high else max(first, _cell(end, low, high, width) - 1)
    letters[first : last + 1] = _SPAN * (last + 1 - first)
    if start is None:
        letters[0] = _OPEN_LEFT
    if end is None:
        letters[-1] = _OPEN_RIGHT
    return "".join(letters)


def _cell(moment: datetime, low: datetime, high: datetime, width: int) -> int:
    return min(int((moment - low) / (high - low) * width), width - 1)
