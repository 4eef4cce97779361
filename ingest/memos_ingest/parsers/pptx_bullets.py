"""Which paragraphs of a slide are list items: a bullet is set on the paragraph, its shape, the layout or the master.

Declines to know what the paragraphs say.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from memos_ingest.parsers.docx_styles import number
from memos_ingest.parsers.xml_tree import Node, attribute, child, local

_BODIES = frozenset(("body", "obj", "subTitle", "chart", "tbl", "dgm", "media", "clipArt", "pic"))
_NUMBERS = {"arabic": "decimal", "alphaLc": "lowerLetter", "alphaUc": "upperLetter", "romanLc": "lowerRoman",
            "romanUc": "upperRoman"}  # fmt: skip
_FORMS = {"Period": "{}.", "ParenR": "{})", "ParenBoth": "({})", "Plain": "{}"}
_LEVELS = 9

Levels = Mapping[int, "Bullet"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bullet:
    """How a list item is marked."""

    kind: Literal["none", "mark", "number"]
    numbers: str = "decimal"
    form: str = "{}."
    start: int = 1


def bullet_of(properties: Node | None) -> Bullet | None:
    """The bullet that a paragraph's properties set; None when they leave it to what is inherited."""
    for node in properties if properties is not None else ():
        tag = local(node.tag)
        if tag == "buNone":
            return Bullet(kind="none")
        if tag in ("buChar", "buBlip"):
            return Bullet(kind="mark")
        if tag == "buAutoNum":
            scheme = attribute(node, "type") or "arabicPeriod"
            form = next((form for end, form in _FORMS.items() if scheme.endswith(end)), "{}.")
            numbers = next((kind for begin, kind in _NUMBERS.items() if scheme.startswith(begin)), "decimal")
            return Bullet(kind="number", numbers=numbers, form=form, start=number(attribute(node, "startAt")) or 1)
    return None


def levels_of(style: Node | None) -> dict[int, Bullet]:
    """The bullets that a list style sets, by level from 0."""
    found: dict[int, Bullet] = {}
    for level in range(_LEVELS):
        bullet = bullet_of(child(style, f"lvl{level + 1}pPr"))
        if bullet is not None:
            found[level] = bullet
    return found


@dataclass(frozen=True, slots=True)
class Looks:
    """What a slide inherits from its layout and its master."""

    layout: tuple[tuple[str, str, dict[int, Bullet]], ...] = ()  #: kind, number and bullets of each place
    master: tuple[tuple[str, str, dict[int, Bullet]], ...] = ()
    body: dict[int, Bullet] = field(default_factory=dict)
    other: dict[int, Bullet] = field(default_factory=dict)

    @classmethod
    def of(cls, layout: Node | None, master: Node | None) -> Looks:
        """What the two parts set."""
        return cls(
            _places(layout), _places(master),
            levels_of(child(master, "txStyles", "bodyStyle")), levels_of(child(master, "txStyles", "otherStyle")),
        )  # fmt: skip

    def inherited(self, kind: str, index: str) -> list[dict[int, Bullet]]:
        """The bullets by level that a shape in such a place takes over, the nearest first."""
        if not kind:
            return [self.other]
        near = [bullets for _, at, bullets in self.layout if at == index]
        kinds = {kind, "body"} if kind in _BODIES else {kind}
        far = [bullets for of, _, bullets in self.master if of in kinds]
        return [*near, *far, self.body if kind in _BODIES else self.other]


def _places(root: Node | None) -> tuple[tuple[str, str, dict[int, Bullet]], ...]:
    found: list[tuple[str, str, dict[int, Bullet]]] = []
    tree = child(root, "cSld", "spTree")
    for shape in tree if tree is not None else ():
        for part in shape:
            place = child(part, "nvPr", "ph")
            if place is not None:
                found.append((attribute(place, "type") or "obj", attribute(place, "idx") or "0",
                              levels_of(child(shape, "txBody", "lstStyle"))))  # fmt: skip
    return tuple(found)
