"""The inside of a DOCX paragraph: its words in order, and what hangs on it. Declines to know what a paragraph is."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from memos_ingest.elements import Element, Link, Provenance
from memos_ingest.links import link
from memos_ingest.parsers.omml import formula
from memos_ingest.parsers.ooxml import Office
from memos_ingest.parsers.xml_tree import Node, attribute, child, local

_SKIPPED = frozenset((
    "del", "delText", "moveFrom", "instrText", "delInstrText", "rPr", "pPr", "rt", "sdtPr", "sdtEndPr", "softHyphen",
    "txbxContent", "annotationRef", "footnoteRef", "endnoteRef", "ctrlPr",
))  # fmt: skip
_LITERAL = {"tab": "\t", "ptab": "\t", "cr": "\n", "noBreakHyphen": "-"}
_DRAWN = frozenset(("drawing", "pict", "object"))
_OFF = frozenset(("0", "false", "off"))
_FIELD = re.compile(r"\s*HYPERLINK\s+(?!\\)\"?([^\s\"]+)", re.IGNORECASE)


@dataclass(slots=True)
class Inline:
    """What a paragraph holds."""

    text: list[str] = field(default_factory=list)
    drawn: list[Element] = field(default_factory=list)  #: pictures and charts
    boxes: list[Node] = field(default_factory=list)  #: text boxes
    notes: list[tuple[str, str]] = field(default_factory=list)  #: kind and id of foot- and endnotes
    links: list[Link | None] = field(default_factory=list)
    formulas: int = 0
    words: int = 0  #: runs with text beside the formulas
    page: int | None = None  #: where its first word stands; None when it has none

    @property
    def is_formula(self) -> bool:
        """Whether there is nothing but formulas."""
        return self.formulas > 0 and self.words == 0


@dataclass(slots=True)
class Words:
    """Reads paragraphs of one part, and counts the pages as they go by."""

    office: Office
    part: str
    page: int = 1

    def read(self, paragraph: Node) -> Inline:
        """The paragraph's words and hangers."""
        inline = Inline()
        self._inside(paragraph, inline)
        return inline

    def _inside(self, parent: Node, inline: Inline) -> None:
        for node in parent:
            tag = local(node.tag)
            if tag == "t":
                inline.text.append(node.text or "")
                inline.words += bool((node.text or "").strip())
                inline.page = inline.page or self.page
            elif tag == "r":
                if not is_on(child(node, "rPr", "vanish")):
                    self._inside(node, inline)
            elif tag == "br":
                inline.text.append("" if attribute(node, "type") in ("page", "column") else "\n")
            elif tag in _LITERAL:
                inline.text.append(_LITERAL[tag])
            elif tag == "lastRenderedPageBreak":
                self.page += 1
            elif tag in ("footnoteReference", "endnoteReference"):
                inline.notes.append((tag.removesuffix("Reference"), attribute(node, "id") or ""))
            elif tag in ("hyperlink", "fldSimple"):
                since = len(inline.text)
                self._inside(node, inline)
                inline.links.append(link(self._address(node), "".join(inline.text[since:])))
            elif tag == "oMath":
                inline.text.append(f" {formula(node)} ")
                inline.formulas += 1
            elif tag in _DRAWN:
                self._drawn(node, inline)
            elif tag == "AlternateContent":
                self._inside(node[0] if len(node) else node, inline)  # a choice, then what stands in for it
            elif tag not in _SKIPPED:
                self._inside(node, inline)

    def _address(self, node: Node) -> str:
        """Where a hyperlink leads out of the file; "" for a place in it, and for a field of another kind."""
        if local(node.tag) == "fldSimple":
            named = _FIELD.match(attribute(node, "instr") or "")
            return named[1] if named is not None else ""
        found = self.office.links(self.part).get(attribute(node, "id") or "")
        fragment = attribute(node, "anchor")
        if found is None or not found.external:
            return ""
        return f"{found.target}#{fragment}" if fragment and "#" not in found.target else found.target

    def _drawn(self, node: Node, inline: Inline) -> None:
        inline.drawn.extend(self.office.drawing(node, self.part, Provenance(page=self.page)))
        inline.boxes.extend(_outermost(node))


def is_on(node: Node | None) -> bool:
    """Whether a switch is there and not turned off."""
    return node is not None and (attribute(node, "val") or "true").lower() not in _OFF


def _outermost(node: Node) -> list[Node]:
    """Text boxes inside that are in no other text box; of alternatives the first alone."""
    found: list[Node] = []
    for inside in node:
        tag = local(inside.tag)
        if tag == "txbxContent":
            found.append(inside)
        elif tag == "AlternateContent":
            found.extend(_outermost(inside[0]) if len(inside) else [])
        else:
            found.extend(_outermost(inside))
    return found
