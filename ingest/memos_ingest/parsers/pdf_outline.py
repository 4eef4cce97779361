"""Headings of a PDF: its own outline where it has one, else ranks of type sizes. Pure functions of elements."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from memos_ingest.elements import Element

_LETTERS = re.compile(r"[\W_]+")
_MAX_TITLE = 400  # characters


@dataclass(frozen=True, slots=True, kw_only=True)
class OutlineEntry:
    """A bookmark that points to a page."""

    level: int  #: from 1
    title: str
    page: int  #: from 1


def rank_levels(elements: Sequence[Element]) -> list[Element]:
    """The same headings with levels 1, 2, 3, ... for the sizes that occur; a parser's raw levels leave gaps."""
    ranks = {level: rank for rank, level in enumerate(sorted(_levels(elements)), start=1)}
    return [replace(e, level=ranks[e.level]) if e.kind == "heading" else e for e in elements]


def apply_outline(elements: Sequence[Element], outline: Sequence[OutlineEntry]) -> list[Element]:
    """The elements with the outline's headings at the outline's levels.

    A block whose letters are an entry's title, on that page, becomes a heading; one that begins with a title that no
    block has alone is parted there. Headings that the outline does not
    have stay, below the entry that they stand under, in the order of their sizes. O(elements + outline).
    """
    entries: dict[tuple[int, str], int] = {(e.page, _letters(e.title)): e.level for e in outline}
    elements = _parted(elements, outline)
    ranks = {level: rank for rank, level in enumerate(sorted(_levels(elements)), start=1)}
    out: list[Element] = []
    under, matched = 0, 0
    for element in elements:
        key = (element.provenance.page or 0, _letters(element.text)) if len(element.text) < _MAX_TITLE else None
        if key in entries and element.kind in ("heading", "paragraph", "list_item"):
            under, matched = entries[key], matched + 1
            out.append(replace(element, kind="heading", level=under))
        elif element.kind == "heading":
            out.append(replace(element, level=under + ranks[element.level]))
        else:
            out.append(element)
    # an outline of one entry is often just the title, and says nothing about sections
    return out if matched else rank_levels(elements)


def _parted(elements: Sequence[Element], outline: Sequence[OutlineEntry]) -> list[Element]:
    """The elements, those parted in two that run a title of their page together with the text below it."""
    alone = {(e.provenance.page, _letters(e.text)) for e in elements if len(e.text) < _MAX_TITLE}
    wanted: dict[int, list[str]] = {}
    for entry in outline:
        if (entry.page, _letters(entry.title)) not in alone:
            wanted.setdefault(entry.page, []).append(entry.title)
    out: list[Element] = []
    for element in elements:
        titles = wanted.get(element.provenance.page or 0, [])
        titles = titles if element.kind in ("paragraph", "heading") else []
        title = next((title for title in titles if _runs_on(element.text, title)), None)
        if title is None:
            out.append(element)
            continue
        titles.remove(title)
        out.append(replace(element, kind="heading", text=title, level=1))
        out.append(replace(element, kind="paragraph", text=element.text[len(title) :].lstrip(), level=0))
    return out


def _runs_on(text: str, title: str) -> bool:
    """Whether the text is the title, and then something that begins like a sentence."""
    rest = text[len(title) :]
    return (
        text.startswith(title)
        and rest[:1].isspace()
        and not rest.lstrip()[:1].islower()
        and any(map(str.isalpha, rest))
    )


def _levels(elements: Iterable[Element]) -> set[int]:
    return {element.level for element in elements if element.kind == "heading"}


def _letters(text: str) -> str:
    return _LETTERS.sub("", unicodedata.normalize("NFKC", text)).casefold()
