"""Rows of cells to a Markdown table; the one shape in which every parser hands a table on."""

from __future__ import annotations

from collections.abc import Sequence


def markdown_table(rows: Sequence[Sequence[str]]) -> str:
    """The rows as a Markdown table with the first as its head; "" when no cell holds text.

    Short rows are filled up, empty rows and columns dropped, line ends inside a cell become spaces.
    """
    cells = [[" ".join(cell.split()).replace("|", "\\|") for cell in row] for row in rows]
    cells = [row for row in cells if any(row)]
    width = max(map(len, cells), default=0)
    cells = [row + [""] * (width - len(row)) for row in cells]
    kept = [column for column in range(width) if any(row[column] for row in cells)]
    if not kept:
        return ""
    lines = ["| " + " | ".join(row[column] for column in kept) + " |" for row in cells]
    lines.insert(1, "|" + " --- |" * len(kept))
    return "\n".join(lines)
