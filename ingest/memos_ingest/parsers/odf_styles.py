"""What an OpenDocument file says of looks: the named style behind a paragraph, and how a list counts.

Declines to know what is written.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from memos_ingest.parsers.docx_styles import counted, number
from memos_ingest.parsers.xml_tree import Node, attribute, local

_INHERITANCE = 20
_NUMBERS = {"1": "decimal", "a": "lowerLetter", "A": "upperLetter", "i": "lowerRoman", "I": "upperRoman"}


@dataclass(frozen=True, slots=True)
class _Level:
    numbers: str  # "" for a bullet
    before: str
    after: str
    start: int


@dataclass(frozen=True, slots=True)
class Styles:
    """The styles of a file's parts together."""

    parents: Mapping[str, str] = field(default_factory=dict)
    outlines: Mapping[str, int] = field(default_factory=dict)
    paragraph_lists: Mapping[str, str] = field(default_factory=dict)
    lists: Mapping[str, Mapping[int, _Level]] = field(default_factory=dict)

    @classmethod
    def of(cls, *roots: Node | None) -> Styles:
        """What the parts define."""
        parents: dict[str, str] = {}
        outlines: dict[str, int] = {}
        paragraph_lists: dict[str, str] = {}
        lists: dict[str, Mapping[int, _Level]] = {}
        for node in (node for root in roots if root is not None for node in root.iter()):
            tag, name = local(node.tag), attribute(node, "name") or ""
            if tag == "style" and name:
                parents[name] = attribute(node, "parent-style-name") or ""
                if (outline := number(attribute(node, "default-outline-level"))) is not None:
                    outlines[name] = outline
                if listed := attribute(node, "list-style-name"):
                    paragraph_lists[name] = listed
            elif tag == "list-style" and name:
                lists[name] = {number(attribute(level, "level")) or 1: _level(level) for level in node}
        return cls(parents, outlines, paragraph_lists, lists)

    def names(self, style: str) -> list[str]:
        """The style's name and those it is based on, lower case, with their spaces."""
        out: list[str] = []
        while style and len(out) < _INHERITANCE:
            out.append(style.replace("_20_", " ").lower())
            style = self.parents.get(style, "")
        return out

    def counts(self, list_style: str, level: int) -> bool:
        """Whether the list numbers its items at that level (from 1)."""
        known = self.lists.get(list_style, {}).get(level)
        return known is not None and bool(known.numbers)

    def mark(self, list_style: str, level: int, nth: int) -> str:
        """The mark of an item that is the nth: "3. "; "" for a bullet."""
        known = self.lists.get(list_style, {}).get(level)
        if known is None or not known.numbers:
            return ""
        return f"{known.before}{counted(nth, known.numbers)}{known.after}".strip() + " "

    def start(self, list_style: str, level: int) -> int:
        """The number that the first item at that level has."""
        known = self.lists.get(list_style, {}).get(level)
        return known.start if known is not None else 1


def _level(node: Node) -> _Level:
    numbers = _NUMBERS.get(attribute(node, "num-format") or "", "") if "number" in local(node.tag) else ""
    return _Level(
        numbers, attribute(node, "num-prefix") or "", attribute(node, "num-suffix") or ".",
        number(attribute(node, "start-value")) or 1,
    )  # fmt: skip
