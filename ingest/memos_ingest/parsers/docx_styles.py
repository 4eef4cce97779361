"""What a DOCX says of its paragraphs' looks: which style is a heading, and how lists are numbered.

Declines to know the paragraphs themselves.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from memos_ingest.parsers.xml_tree import Node, attribute, child, children

_HEADING = re.compile(r"(?:heading|überschrift|titre|título|标题|標題|見出し)\s*(\d)", re.IGNORECASE)
_LEVEL_IN_MARK = re.compile(r"%(\d)")
_INHERITANCE = 20  # styles; a file may claim a circle
_BODY_TEXT = 9  # Word's outline level for what is no heading
_ROMAN = ((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"),
          (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """A paragraph style, with what it takes from those it is based on."""

    name: str = ""  #: lower case, as Word names it in English
    outline: int | None = None  #: 0 is the highest heading
    num_id: str | None = None
    num_level: int | None = None

    @property
    def heading(self) -> int | None:
        """Level from 1 of the heading that it is; None for other text."""
        if self.outline is not None and self.outline < _BODY_TEXT:
            return self.outline + 1
        named = _HEADING.fullmatch(self.name)
        return int(named.group(1)) if named else None


def read_styles(root: Node | None) -> Mapping[str, Style]:
    """Styles by id."""
    found = {attribute(style, "styleId") or "": style for style in children(root, "style")}
    return {identity: _resolved(style, found) for identity, style in found.items()}


def _resolved(style: Node, by_id: Mapping[str, Node]) -> Style:
    name = (value_of(child(style, "name")) or "").lower()
    outline = num_id = num_level = None
    at: Node | None = style
    for _ in range(_INHERITANCE):
        if at is None:
            break
        outline = outline or value_of(child(at, "pPr", "outlineLvl"))
        num_id = num_id or value_of(child(at, "pPr", "numPr", "numId"))
        num_level = num_level or value_of(child(at, "pPr", "numPr", "ilvl"))
        at = by_id.get(value_of(child(at, "basedOn")) or "")
    return Style(name=name, outline=number(outline), num_id=num_id, num_level=number(num_level))


@dataclass(slots=True)
class _Level:
    kind: str
    mark: str
    start: int


@dataclass(slots=True)
class Numbering:
    """The lists of a document; counts on as their items are met."""

    levels: Mapping[str, Mapping[int, _Level]]  #: by list id
    lists: Mapping[str, str]  #: list id to the id of its definition, which counts for all its lists
    counts: dict[str, dict[int, int]] = field(default_factory=dict)

    def marker(self, num_id: str | None, level: int) -> str | None:
        """The next item's mark: "" for a bullet, "3. " for a number; None when there is no such list."""
        if num_id is None or num_id == "0":
            return None
        known = self.levels.get(num_id, {})
        here = known.get(level)
        if here is None:
            return "" if num_id in self.levels else None
        counts = self.counts.setdefault(self.lists.get(num_id, num_id), {})
        counts[level] = counts.get(level, here.start - 1) + 1
        for deeper in [at for at in counts if at > level]:
            del counts[deeper]
        if here.kind in ("bullet", "none"):
            return ""

        def count(match: re.Match[str]) -> str:
            at = int(match.group(1)) - 1
            of = known.get(at)
            return counted(counts.get(at, of.start if of else 1), of.kind if of else "decimal")

        mark = _LEVEL_IN_MARK.sub(count, here.mark).strip()
        return f"{mark} " if mark else ""


def read_numbering(root: Node | None) -> Numbering:
    """The lists that numbering.xml defines."""
    abstract = {attribute(node, "abstractNumId"): node for node in children(root, "abstractNum")}
    levels: dict[str, Mapping[int, _Level]] = {}
    lists: dict[str, str] = {}
    for num in children(root, "num"):
        num_id = attribute(num, "numId") or ""
        definition = value_of(child(num, "abstractNumId")) or ""
        found: dict[int, _Level] = {}
        for level in children(abstract.get(definition), "lvl"):
            found[number(attribute(level, "ilvl")) or 0] = _Level(
                value_of(child(level, "numFmt")) or "decimal",
                value_of(child(level, "lvlText")) or "",
                number(value_of(child(level, "start"))) or 1,
            )
        overridden = children(num, "lvlOverride")
        levels[num_id] = found
        lists[num_id] = f"num {num_id}" if overridden else definition
    return Numbering(levels, lists)


def counted(value: int, kind: str) -> str:
    """`value` as a list writes it: 3, c, iii, C, III."""
    if kind in ("lowerLetter", "upperLetter"):
        letter = chr(ord("a") + (value - 1) % 26) * min(9, (value - 1) // 26 + 1)
        return letter.upper() if kind == "upperLetter" else letter
    if kind in ("lowerRoman", "upperRoman") and 0 < value < 4_000:
        out = ""
        for size, letters in _ROMAN:
            out += letters * (value // size)
            value %= size
        return out.upper() if kind == "upperRoman" else out
    return str(value)


def value_of(node: Node | None) -> str | None:
    """The `val` attribute, where OOXML puts nearly everything."""
    return attribute(node, "val") if node is not None else None


def number(text: str | None) -> int | None:
    """A small number; None for what is none."""
    return int(text) if text is not None and text.isascii() and text.isdigit() and len(text) < 7 else None
