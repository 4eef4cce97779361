"""What xberg's reading of old formats lacks, put right from what it gives: tables and running heads.

Declines to see the file itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from memos_ingest.elements import MARGINS, Element

_WIDEST = 64


def table_of_tabs(text: str) -> list[list[str]] | None:
    """The rows of a Word table that was handed on as one line of tabs; None of other text.

    Word ends each cell with one mark and each row with one more, and xberg makes a tab of each. So in a table of w
    columns every (w + 1)th field is empty, whatever the cells hold; blank cells at either end were trimmed away.
    """
    fields = text.split("\t")
    if len(fields) < 5:
        return None
    for wide in range(2, min(_WIDEST, len(fields)) + 1):
        for missing in range(wide):
            row = [""] * missing + fields
            ends = row[wide :: wide + 1]
            lines = [row[at : at + wide] for at in range(0, len(row), wide + 1)]
            if ends and not any(field.strip() for field in ends) and len(lines) > 1 and any(map(str.strip, lines[-1])):
                return [[cell.strip() for cell in line] for line in lines]
    return None


def marked_margins(elements: Sequence[Element]) -> list[Element]:
    """Running heads that come as text of the body, too, as what they are, and once."""
    margins = {"".join(e.text.split()): e.kind for e in elements if e.kind in MARGINS}
    seen: set[str] = set()
    out: list[Element] = []
    # from the body first, where the words are still apart
    for element in elements:
        key = "".join(element.text.split())
        if element.kind == "paragraph" and key in margins and key not in seen and len(key) > 3:
            seen.add(key)
            out.append(replace(element, kind=margins[key]))
        elif element.kind not in MARGINS or key not in seen:
            out.append(element)
    return out
