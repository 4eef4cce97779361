"""Lists of contents in a PDF, whose lines lead by dots to a page, as tables of titles and pages.

A layout reader takes them for text, or for headings. Pure functions of elements.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from memos_ingest.elements import Element, Provenance
from memos_ingest.parsers.grid import table_element

_LEADER = re.compile(r"(?:[.·]\s?){4,}|(?:…\s?){2,}|(?:_\s?){6,}")
_PAGE = re.compile(r"(?:[ivxlcdm]{1,7}|\d{1,4}|[A-Z]-\d{1,3})(?=\s|$)", re.IGNORECASE)
_LEAST = 4  # lines that lead to pages; fewer may be a form, or a price list
_KINDS = frozenset(("paragraph", "heading", "list_item", "code"))


def with_contents(elements: Iterable[Element]) -> list[Element]:
    """The elements, those that are nothing but lines that lead to pages as one table for each page. O(text)."""
    out: list[Element] = []
    held: list[Element] = []
    rows: list[tuple[str, str]] = []
    for element in elements:
        found = lines(element.text) if element.kind in _KINDS else []
        if not found or (held and held[-1].provenance.page != element.provenance.page):
            out.extend(_settled(held, rows))
            held, rows = [], []
        if found:
            held.append(element)
            rows.extend(found)
        else:
            out.append(element)
    return [*out, *_settled(held, rows)]


def lines(text: str) -> list[tuple[str, str]]:
    """(title, page) of each line of contents in the text; none where anything else is in it."""
    title, *rest = _LEADER.split(text)
    found = []
    for part in map(str.strip, rest):
        page = _PAGE.match(part)
        if page is None or not title.strip():
            return []
        found.append((" ".join(title.split()), page.group()))
        title = part[page.end() :]
    return [] if title.strip() else found


def _settled(held: Sequence[Element], rows: Sequence[tuple[str, str]]) -> Sequence[Element]:
    table = table_element(rows, provenance=_around(held)) if len(rows) >= _LEAST else None
    return held if table is None else [table]


def _around(held: Sequence[Element]) -> Provenance:
    """The page, and the box of all of them."""
    boxes = [element.provenance.box for element in held if element.provenance.box is not None]
    if not boxes:
        return Provenance(page=held[0].provenance.page)
    left, top, right, bottom = zip(*boxes, strict=True)
    return Provenance(page=held[0].provenance.page, box=(min(left), min(top), max(right), max(bottom)))
