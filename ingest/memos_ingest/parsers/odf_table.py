"""The rows of an OpenDocument table: repeated cells written out, merged ones said in each place that they cover.

Declines to know what stands in a cell.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from memos_ingest.parsers.docx_styles import number
from memos_ingest.parsers.grid import Cells
from memos_ingest.parsers.xml_tree import Node, attribute, local

_GROUPS = frozenset(("table-header-rows", "table-rows", "table-row-group", "table-header-columns"))
_CELLS = frozenset(("table-cell", "covered-table-cell"))


def rows_of(table: Node, cells: Cells, text_of: Callable[[Node], str]) -> list[list[str]]:
    """The rows; empty cells at a row's end and what a sheet repeats without text are left out. TooLarge by `cells`."""
    out: list[list[str]] = []
    covered: dict[tuple[int, int], str] = {}
    for row in _rows(table):
        at = len(out)
        line: list[str] = []
        blank = 0  # cells without text that count only when one with text follows
        for cell in (node for node in row if local(node.tag) in _CELLS):
            repeated = number(attribute(cell, "number-columns-repeated")) or 1
            text = (
                covered.get((at, len(line) + blank), "") if local(cell.tag) == "covered-table-cell" else text_of(cell)
            )
            if not text:
                blank += repeated
                continue
            cells.take(len(line) + blank + repeated)
            line += [""] * blank
            blank = 0
            _cover(cell, text, at, len(line), covered, cells)
            line += [text] * repeated
        out.append(line)
        for _ in range((number(attribute(row, "number-rows-repeated")) or 1) - 1 if any(line) else 0):
            cells.take(len(line))
            out.append(list(line))
    while out and not any(out[-1]):
        out.pop()
    return out


def _cover(cell: Node, text: str, row: int, column: int, covered: dict[tuple[int, int], str], cells: Cells) -> None:
    wide = number(attribute(cell, "number-columns-spanned")) or 1
    high = number(attribute(cell, "number-rows-spanned")) or 1
    for down in range(high if wide * high > 1 else 0):
        cells.take(wide)
        covered.update({(row + down, column + right): text for right in range(wide)})


def _rows(table: Node) -> Iterator[Node]:
    for node in table:
        tag = local(node.tag)
        if tag == "table-row":
            yield node
        elif tag in _GROUPS:
            yield from _rows(node)
