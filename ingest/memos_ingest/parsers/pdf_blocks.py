"""liteparse's blocks to elements: marks and control characters out, tables to Markdown, captions to what they name.

A running head is a short text at a page's edge that several pages share but for its numbers.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from liteparse import LayoutBlock, ParsedPage

from memos_ingest.elements import Box, Element, ElementKind, Provenance
from memos_ingest.parsers.pdf_grids import mended
from memos_ingest.tables import markdown_table

_KINDS: dict[str, ElementKind] = {
    "heading": "heading", "paragraph": "paragraph", "list_item": "list_item", "code": "code",
    "grid_fallback": "paragraph", "table": "table", "figure": "image",
}  # fmt: skip
# emphasis that liteparse writes into the text; a star that touches no word on its inside is the author's
_BOLD = re.compile(r"(?<!\*)\*\*(?=\S)(.+?)(?<=\S)\*\*(?!\*)", re.DOTALL)
_ITALIC = re.compile(r"(?<![\w*\\])\*(?=[^\s*])([^*]+?)(?<=[^\s*])\*(?![\w*])")
_ESCAPED = re.compile(r"\\([\\`*_{}\[\]()#+.!|<>~-])")
_GARBLED = re.compile(r"\S*[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffd]\S*")
# what follows the number tells "Figure 3. The valve" from "Figure 3 shows the valve"
_CAPTION = re.compile(
    r"(?i:(figure|fig\.?|图|圖|abbildung|plate|chart)|(?:table|tab\.?|表|tabelle))\s*[A-Z]?\d[\dA-Za-z.–-]*"
    r"(?:$|\s*[.:：|)—–-]|\s+[^\sa-z])"
)
_DIGITS = re.compile(r"\d+")
_EDGE = 0.09  # of the page's height
_REPEATS = 3  # pages
_MAX_RUNNING = 120  # characters
_TOUCH = 4.0  # points between strips of one picture
_FIGURE_SHARE = 0.02  # of the page; smaller ones without a caption are rules, bullets and logos


@dataclass(frozen=True, slots=True, kw_only=True)
class PageOf:
    """One page's elements, as a layout reader gave them."""

    width: float  #: points
    height: float
    elements: list[Element]


def read_pages(pages: Sequence[ParsedPage]) -> list[Element]:
    """Every page's elements in reading order."""
    return finished([_page_of(page) for page in pages])


def finished(pages: Sequence[PageOf]) -> list[Element]:
    """The elements of all pages, without running heads; strips of pictures joined, captions with what they name."""
    running = Counter(key for page in pages for key in {_edge_key(e, page.height) for e in page.elements} if key)
    out: list[Element] = []
    for page in pages:
        kept = [e for e in page.elements if running.get(_edge_key(e, page.height) or "", 0) < _REPEATS]
        out.extend(_pictures(_captioned(_joined_strips(kept)), page.width * page.height))
    return out


def _page_of(page: ParsedPage) -> PageOf:
    found = [e for block in mended(page.blocks or ()) if (e := _element(block, page.page_num))]
    return PageOf(width=page.width, height=page.height, elements=found)


def _element(block: LayoutBlock, page: int) -> Element | None:
    kind = _KINDS.get(block.kind)
    if kind is None:
        return None  # a rule
    rect = block.bbox
    box = (rect.x, rect.y, rect.x + rect.width, rect.y + rect.height) if rect is not None else None
    where = Provenance(page=page, box=box)
    if kind == "image":
        return Element(kind="image", text="", provenance=where)
    text = _text(block)
    if not text:
        return None
    level = (block.level or 0) if kind in ("heading", "list_item") else 0
    return Element(kind=kind, text=text, level=level, provenance=where)


def _text(block: LayoutBlock) -> str:
    if block.kind == "table":
        head = [block.header] if block.header else []
        return markdown_table([[_clean(cell.text) for cell in row] for row in [*head, *(block.rows or ())]])
    if block.lines is not None and block.text is None:
        return "\n".join(_GARBLED.sub("", line).rstrip() for line in block.lines).strip("\n")
    text = " ".join(_clean(block.text or "").split())
    if block.kind == "list_item" and block.ordered and block.marker and text:
        return f"{block.marker} {text}"
    return text


def _clean(text: str) -> str:
    return _GARBLED.sub("", _ESCAPED.sub(r"\1", _ITALIC.sub(r"\1", _BOLD.sub(r"\1", text))))


def _edge_key(element: Element, height: float) -> str | None:
    """What a running head is recognised by; None for what cannot be one."""
    box = element.provenance.box
    if box is None or element.kind in ("image", "table") or len(element.text) > _MAX_RUNNING:
        return None
    if box[3] > height * _EDGE and box[1] < height * (1 - _EDGE):
        return None
    return _DIGITS.sub("#", element.text) or None


def _joined_strips(elements: Iterable[Element]) -> list[Element]:
    """Pictures that a producer cut into touching strips, as one."""
    out: list[Element] = []
    last: int | None = None  # where in out the latest picture is
    for element in elements:
        if element.kind == "image" and last is not None:
            union = _union_if_touching(out[last].provenance.box, element.provenance.box)
            if union is not None:
                out[last] = replace(out[last], provenance=replace(out[last].provenance, box=union))
                continue
        if element.kind == "image":
            last = len(out)
        out.append(element)
    return out


def _union_if_touching(one: Box | None, two: Box | None) -> Box | None:
    if one is None or two is None:
        return None
    apart_across = max(one[0], two[0]) > min(one[2], two[2]) + _TOUCH
    apart_down = max(one[1], two[1]) > min(one[3], two[3]) + _TOUCH
    if apart_across or apart_down:
        return None
    return min(one[0], two[0]), min(one[1], two[1]), max(one[2], two[2]), max(one[3], two[3])


def _captioned(elements: Sequence[Element]) -> list[Element]:
    """Captions given to the nearest picture or table beside them, and those that have none marked as captions."""
    out = list(elements)
    taken: set[int] = set()
    for at, element in enumerate(elements):
        match = _CAPTION.match(element.text) if element.kind in ("paragraph", "heading") else None
        if match is None or len(element.text) > 600:
            continue
        wanted: ElementKind = "image" if match.group(1) else "table"
        # tables carry theirs above, pictures below
        beside = (at - 1, at + 1) if wanted == "image" else (at + 1, at - 1)
        target = next((b for b in beside if 0 <= b < len(out) and _is_free(out[b], wanted)), None)
        if target is None:
            continue
        text = element.text if wanted == "image" else out[target].text
        out[target] = replace(out[target], caption=element.text, text=text)
        taken.add(at)
    return [element for at, element in enumerate(out) if at not in taken]


def _is_free(element: Element, wanted: ElementKind) -> bool:
    return element.kind == wanted and element.caption is None


def _pictures(elements: Iterable[Element], page_area: float) -> list[Element]:
    smallest = page_area * _FIGURE_SHARE
    return [e for e in elements if e.kind != "image" or e.caption or _area(e.provenance.box) > smallest]


def _area(box: Box | None) -> float:
    return (box[2] - box[0]) * (box[3] - box[1]) if box is not None else 0.0
