"""PPTX: each slide's title as a heading, its lists, tables, charts, pictures and notes; a slide is a page.

A slide without a title opens no section: its text stands under the title before it, on a page of its own. Says nothing
of animations and layout.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from memos_ingest.elements import Element, Link, Provenance
from memos_ingest.errors import TooLarge
from memos_ingest.links import bounded, link
from memos_ingest.parsers.base import Parsed, Source
from memos_ingest.parsers.docx_styles import counted, number
from memos_ingest.parsers.grid import table_element
from memos_ingest.parsers.omml import formula
from memos_ingest.parsers.ooxml import Office
from memos_ingest.parsers.pptx_bullets import Bullet, Looks, bullet_of, levels_of
from memos_ingest.parsers.pptx_places import TITLES, in_reading_order, place_of, shapes_of, spots_of
from memos_ingest.parsers.wording import tidy
from memos_ingest.parsers.xml_tree import Node, attribute, child, children, local

_MARGIN = frozenset(("ftr", "dt", "sldNum"))
_NOTITLES = frozenset(("powerpoint presentation", "powerpoint-präsentation", "présentation powerpoint", ""))


def parse(source: Source) -> Parsed:
    """The slides' elements."""
    office = Office.open(source)
    main = office.main_part()
    links = office.links(main)
    slides = [
        links[identity].target
        for node in children(child(office.tree(main), "sldIdLst"), "sldId")
        if (identity := _relation(node)) in links
    ]
    if len(slides) > source.limits.pages:
        raise TooLarge(source.name, "pages", source.limits.pages, len(slides), "pages")
    elements: list[Element] = []
    for page, part in enumerate(slides, 1):
        elements.extend(_Slide(office, part, page).elements())
    properties = office.properties()
    named = properties.get("title", "")
    heads = [element.text for element in elements if element.kind in ("title", "heading")]
    title = named if named.lower() not in _NOTITLES else heads[0] if heads else None
    return Parsed(
        elements=tuple(elements), title=title, language=properties.pop("language", None),
        metadata=properties | {"slides": str(len(slides))}, why_empty="its slides hold no text",
    )  # fmt: skip


def _relation(node: Node) -> str:
    """The relationship's id: beside it stands an id of another kind, without a namespace."""
    return next((value for key, value in node.attrib.items() if "}" in key and local(key) == "id"), "")


@dataclass(slots=True)
class _Slide:
    office: Office
    part: str
    page: int
    out: list[Element] = field(default_factory=list)
    looks: Looks = field(default_factory=Looks)

    def elements(self) -> list[Element]:
        """The slide's elements in the order of reading."""
        root = self.office.tree(self.part)
        layout = self._linked(self.part, "slideLayout")
        master = self._linked(layout, "slideMaster") if layout else ""
        above = [self.office.tree(part) if part else None for part in (layout, master)]
        self.looks = Looks.of(*above)
        for shape in in_reading_order(shapes_of(child(root, "cSld", "spTree")), *map(spots_of, above)):
            self._shape(shape)
        self._notes()
        return self.out

    def _linked(self, part: str, kind: str) -> str:
        return next((link.target for link in self.office.links(part).values()
                     if link.kind == kind and not link.external), "")  # fmt: skip

    def _where(self) -> Provenance:
        return Provenance(page=self.page)

    def _shape(self, shape: Node) -> None:
        tag = local(shape.tag)
        if tag == "sp":
            self._text(shape)
        elif tag == "pic":
            self.out.extend(self.office.drawing(shape, self.part, self._where()))
        elif tag == "graphicFrame":
            table = child(shape, "graphic", "graphicData", "tbl")
            if table is not None:
                self._table(table)
            else:
                self.out.extend(self.office.drawing(shape, self.part, self._where()))
                self._diagram(shape)

    def _text(self, shape: Node) -> None:
        kind, index = place_of(shape)
        body = child(shape, "txBody")
        if kind in TITLES:
            text = " ".join(" ".join(_words(p) for p in children(body, "p")).split())
            if text:
                first = self.page == 1 and kind == "ctrTitle"
                self.out.append(Element(kind="title" if first else "heading", text=text, level=0 if first else 1,
                                        provenance=self._where(), links=bounded(self._links(shape))))  # fmt: skip
            return
        looks = [levels_of(child(body, "lstStyle")), *self.looks.inherited(kind, index)]
        counts: dict[int, int] = {}
        for paragraph in children(body, "p"):
            text = tidy(_words(paragraph))
            if text:
                read = self._paragraph(paragraph, text, kind, looks, counts)
                self.out.append(replace(read, links=bounded(self._links(paragraph))))

    def _paragraph(self, node: Node, text: str, kind: str, looks: Sequence[dict[int, Bullet]],
                   counts: dict[int, int]) -> Element:  # fmt: skip
        where = self._where()
        if kind in _MARGIN or kind == "hdr":
            return Element(kind="page_header" if kind == "hdr" else "page_footer", text=text, provenance=where)
        properties = child(node, "pPr")
        level = min(8, number(attribute(properties, "lvl") if properties is not None else None) or 0)
        bullet = bullet_of(properties) or next((found[level] for found in looks if level in found), None)
        for deeper in [at for at in counts if at > level]:
            del counts[deeper]
        if bullet is None or bullet.kind == "none":
            counts.pop(level, None)
            return Element(kind="paragraph", text=text, provenance=where)
        if bullet.kind == "mark":
            counts.pop(level, None)
            return Element(kind="list_item", text=text, level=level, provenance=where)
        counts[level] = counts.get(level, bullet.start - 1) + 1
        mark = bullet.form.format(counted(counts[level], bullet.numbers))
        return Element(kind="list_item", text=f"{mark} {text}", level=level, provenance=where)

    def _table(self, table: Node) -> None:
        grid: list[list[str]] = []
        for row in children(table, "tr"):
            out: list[str] = []
            for cell in children(row, "tc"):
                text = tidy("\n".join(_words(p) for p in children(child(cell, "txBody"), "p")))
                if attribute(cell, "vMerge") in ("1", "true") and grid and len(out) < len(grid[-1]):
                    text = grid[-1][len(out)]
                elif attribute(cell, "hMerge") in ("1", "true") and out:
                    text = out[-1]
                out.append(text)
            self.office.cells.take(len(out))
            grid.append(out)
        element = table_element(grid, provenance=self._where()) if grid else None
        if element is not None:
            self.out.append(replace(element, links=bounded(self._links(table))))

    def _links(self, node: Node) -> Iterator[Link | None]:
        """Where runs of words inside lead out of the file."""
        for run in node.iter():
            click = child(run, "rPr", "hlinkClick") if local(run.tag) == "r" else None
            found = self.office.links(self.part).get(attribute(click, "id") or "") if click is not None else None
            if found is not None and found.external:
                yield link(found.target, _words(run))

    def _diagram(self, shape: Node) -> None:
        """The words of a SmartArt drawing, which lie in a part of their own."""
        for node in shape.iter():
            link = (
                self.office.links(self.part).get(attribute(node, "dm") or "") if local(node.tag) == "relIds" else None
            )
            root = self.office.tree(link.target) if link is not None and not link.external else None
            for point in root.iter() if root is not None else ():
                text = tidy("\n".join(_words(p) for p in children(child(point, "t"), "p")))
                if local(point.tag) == "pt" and text:
                    self.out.append(Element(kind="list_item", text=text, provenance=self._where()))

    def _notes(self) -> None:
        part = self._linked(self.part, "notesSlide")
        root = self.office.tree(part) if part else None
        for shape, _ in shapes_of(child(root, "cSld", "spTree")):
            if place_of(shape)[0] != "body":
                continue
            text = tidy("\n".join(_words(p) for p in children(child(shape, "txBody"), "p")))
            if text:
                self.out.append(Element(kind="footnote", text=text, provenance=self._where()))


def _words(node: Node) -> str:
    """The paragraph's words; a break of the line within it is kept."""
    out: list[str] = []
    for inside in node:
        tag = local(inside.tag)
        if tag == "t":
            out.append(inside.text or "")
        elif tag == "br":
            out.append("\n")
        elif tag == "tab":
            out.append("\t")
        elif tag == "oMath":
            out.append(f" {formula(inside)} ")
        elif tag == "AlternateContent":
            out.append(_words(inside[0]) if len(inside) else "")
        elif tag not in ("pPr", "rPr", "endParaRPr"):
            out.append(_words(inside))
    return "".join(out)
