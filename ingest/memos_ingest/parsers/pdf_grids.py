"""Tables as liteparse cuts them, mended: prose that it took for a table, one table that it took for two.

Works on its blocks, before they become elements. Declines to know what cells say.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import zip_longest

from liteparse import LayoutBlock, LayoutCell

_PROSE = 35  #: words in a cell, where a table of few cells has one so long
_ESSAY = 90  #: words in a cell that no table has
_FEW = 8  #: filled cells
_BETWEEN = 3  #: blocks to look back
_SAME = 2.0  #: points


def mended(blocks: Iterable[LayoutBlock]) -> list[LayoutBlock]:
    """The blocks; a table of long prose as a paragraph for each cell, column by column, halves side by side as one."""
    out: list[LayoutBlock] = []
    for block in blocks:
        if block.kind != "table":
            out.append(block)
        elif _is_prose(block):
            out.extend(_paragraphs(block))
        elif (half := _other_half(out, block)) is not None:
            out[half] = _together(out[half], block)
        else:
            out.append(block)
    return out


def _rows(block: LayoutBlock) -> list[Sequence[LayoutCell]]:
    return [*([block.header] if block.header else []), *(block.rows or ())]


def _is_prose(block: LayoutBlock) -> bool:
    words = [len(cell.text.split()) for row in _rows(block) for cell in row if cell.text.strip()]
    return bool(words) and (max(words) >= _ESSAY or (max(words) >= _PROSE and len(words) < _FEW))


def _paragraphs(block: LayoutBlock) -> list[LayoutBlock]:
    columns = zip_longest(*_rows(block))
    cells = [cell for column in columns for cell in column if cell is not None and cell.text.strip()]
    return [LayoutBlock(kind="paragraph", text=cell.text, bbox=cell.bbox or block.bbox) for cell in cells]


def _other_half(out: Sequence[LayoutBlock], block: LayoutBlock) -> int | None:
    """Where in `out` the table is that this one belongs beside; a few blocks may have come in between."""
    last = range(len(out) - 1, max(-1, len(out) - 1 - _BETWEEN), -1)
    return next((at for at in last if _are_halves(out[at], block)), None)


def _are_halves(left: LayoutBlock, right: LayoutBlock) -> bool:
    """Two tables of as many rows in the same band of the page, one inside the other's outline or beside it."""
    if left.kind != "table" or left.bbox is None or right.bbox is None or len(_rows(left)) != len(_rows(right)):
        return False
    same_band = abs(left.bbox.y - right.bbox.y) < _SAME and abs(left.bbox.height - right.bbox.height) < _SAME
    return same_band and bool(left.header) == bool(right.header) and right.bbox.x > left.bbox.x


def _together(left: LayoutBlock, right: LayoutBlock) -> LayoutBlock:
    rows = [[*_filled(one, _width(left)), *two] for one, two in zip(left.rows or (), right.rows or (), strict=True)]
    header = [*_filled(left.header, _width(left)), *(right.header or ())] if left.header else None
    return replace(left, header=header, rows=rows)


def _width(block: LayoutBlock) -> int:
    """Columns up to the last that holds text: what is empty on the left half is on the right one."""
    rows = _rows(block)
    return max((at + 1 for row in rows for at, cell in enumerate(row) if cell.text.strip()), default=0)


def _filled(row: Sequence[LayoutCell], width: int) -> list[LayoutCell]:
    cut = list(row[:width])
    return cut + [LayoutCell(text="")] * (width - len(cut))
