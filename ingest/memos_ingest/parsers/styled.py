"""Elements put right by the styles that a second look at the file found, matched by their words and order.

Declines to know how the styles were found.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TypeAlias

from memos_ingest.elements import Element, ElementKind
from memos_ingest.parsers.docx_styles import Style

Styled: TypeAlias = tuple[ElementKind, int] | None  #: kind and level; None for a paragraph as any other

_AHEAD = 200  # paragraphs that may lie between two that match: tables, lists and notes have their own elements
SUBTITLE: tuple[ElementKind, int] = ("heading", 1)  #: known by identity: a heading only where it follows a title
_KINDS: dict[str, tuple[ElementKind, int]] = {
    "title": ("title", 0), "subtitle": SUBTITLE, "caption": ("caption", 0), "quote": ("quote", 0),
    "intense quote": ("quote", 0),
}  # fmt: skip


def kind_of(style: Style) -> Styled:
    """What a paragraph of that style is."""
    if style.name in _KINDS:
        return _KINDS[style.name]
    return ("heading", style.heading) if style.heading is not None else None


def restyled(elements: Iterable[Element], paragraphs: Sequence[tuple[str, Styled]]) -> list[Element]:
    """The elements, each paragraph or heading as the styled paragraph with the same words says.

    A subtitle is a heading only right below a title.
    """
    keys = [(_key(text), styled) for text, styled in paragraphs]
    out: list[Element] = []
    at = 0
    for element in elements:
        key = _key(element.text)
        here = next((n for n in range(at, min(len(keys), at + _AHEAD)) if keys[n][0] == key), None) if key else None
        if here is None or element.kind not in ("paragraph", "heading", "list_item", "quote"):
            out.append(element)
            continue
        at = here + 1
        styled = keys[here][1]
        if styled is not None and _fits(element, styled, out):
            element = replace(element, kind=styled[0], level=styled[1], text=" ".join(element.text.split()))
        out.append(element)
    return out


def _fits(element: Element, styled: tuple[ElementKind, int], before: Sequence[Element]) -> bool:
    if styled is SUBTITLE:
        return bool(before) and before[-1].kind == "title"
    return element.kind != "list_item" or styled[0] in ("heading", "title")


def _key(text: str) -> str:
    return "".join(filter(str.isalnum, text))
