"""Rows of cells to table elements, within the limits on tables. Declines to know where the rows come from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from memos_ingest.elements import NOWHERE, Element, Provenance
from memos_ingest.errors import TooLarge
from memos_ingest.limits import Limits
from memos_ingest.tables import markdown_table

ROWS_A_TABLE = 200  #: a longer one is handed on as several, each under the same head


class Cells:
    """Counts the cells of one file, and raises TooLarge before there are too many."""

    def __init__(self, name: str, limits: Limits) -> None:
        self._name, self._limits, self._seen = name, limits, 0

    def take(self, width: int) -> None:
        """Count a row that wide."""
        if width > self._limits.columns:
            raise TooLarge(self._name, "columns", self._limits.columns, width, "columns")
        self._seen += width
        if self._seen > self._limits.cells:
            raise TooLarge(self._name, "cells", self._limits.cells, self._seen, "cells")


def table_element(
    rows: Sequence[Sequence[str]], *, provenance: Provenance = NOWHERE, caption: str | None = None
) -> Element | None:
    """The rows as one table; None when no cell holds text. Rows are filled up to the same width."""
    text = markdown_table(rows)
    if not text:
        return None
    width = max(map(len, rows))
    cells = tuple((*map(_one_line, row), *[""] * (width - len(row))) for row in rows)
    return Element(kind="table", text=text, cells=cells, provenance=provenance, caption=caption)


def table_elements(rows: Iterable[Sequence[str]], *, provenance: Provenance = NOWHERE) -> Iterator[Element]:
    """The rows as tables of up to ROWS_A_TABLE rows below the first row, which is repeated as each one's head."""
    coming = iter(rows)
    head = next(coming, None)
    if head is None:
        return
    first = True
    while (body := list(islice(coming, ROWS_A_TABLE))) or first:
        first = False
        table = table_element([head, *body], provenance=provenance)
        if table is not None:
            yield table


def _one_line(cell: str) -> str:
    return cell if cell.isalnum() else " ".join(cell.split())
