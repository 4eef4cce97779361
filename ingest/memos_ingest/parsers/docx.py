"""DOCX: paragraphs, headings, numbered lists, tables, pictures, notes, headers and footers, in the order of reading.

What is deleted in tracked changes, hidden or a comment is left out. A page is given where the word processor that
saved the file wrote down where its pages ended. Runs no macro, opens no link.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from memos_ingest.elements import NOWHERE, Element, ElementKind, Provenance
from memos_ingest.errors import UnreadableFile
from memos_ingest.links import bounded
from memos_ingest.parsers.base import Parsed, Source
from memos_ingest.parsers.docx_inline import Inline, Words, is_on
from memos_ingest.parsers.docx_styles import Numbering, Style, number, read_numbering, read_styles, value_of
from memos_ingest.parsers.grid import table_element
from memos_ingest.parsers.ooxml import Office
from memos_ingest.parsers.wording import captioned, tidy
from memos_ingest.parsers.xml_tree import Node, attribute, child, children, local

_QUOTES = frozenset(("quote", "intense quote", "block text"))
_CODES = frozenset(("html preformatted", "source code", "code", "macro", "macro text"))
_DEEPER = re.compile(r"list (?:bullet|number) ([2-5])")
_WRAPPERS = frozenset(("sdt", "sdtContent", "ins", "moveTo", "customXml", "smartTag", "tr", "AlternateContent"))


def parse(source: Source) -> Parsed:
    """The document's elements."""
    office = Office.open(source)
    part = office.main_part()
    root = office.tree(part)
    body = child(root, "body")
    if body is None:
        raise UnreadableFile(source.name, "has no body, so it is no whole DOCX file; save it again")
    reader = _Reader.of(office, part)
    reader.blocks(body)
    headers, footers = _margins(office, part, "header"), _margins(office, part, "footer")
    elements = captioned([*headers, *reader.out, *footers])
    if reader.words.page == 1:
        # one page, or written by a program that does not lay out pages
        elements = [replace(element, provenance=NOWHERE) for element in elements]
    properties = office.properties()
    titles = [element.text for element in elements if element.kind == "title"]
    return Parsed(
        elements=tuple(elements),
        title=titles[0] if titles else properties.get("title"),
        language=properties.pop("language", None),
        metadata=properties,
    )


def _margins(office: Office, part: str, kind: str) -> list[Element]:
    """What the pages' headers or footers say, each line once."""
    named: ElementKind = "page_header" if kind == "header" else "page_footer"
    said: dict[str, None] = {}
    for link in office.links(part).values():
        root = office.tree(link.target) if link.kind == kind and not link.external else None
        if root is not None:
            reader = _Reader.of(office, link.target)
            reader.blocks(root)
            said.update(dict.fromkeys(element.text for element in reader.out if element.text))
    return [Element(kind=named, text=text) for text in said]


@dataclass(slots=True)
class _Reader:
    """Walks the blocks of one part."""

    office: Office
    words: Words
    styles: Mapping[str, Style]
    default_style: str
    numbering: Numbering
    notes: Mapping[tuple[str, str], Node]  #: by kind and id
    out: list[Element] = field(default_factory=list)

    @classmethod
    def of(cls, office: Office, part: str) -> _Reader:
        """A reader of the part, with the styles, lists and notes that it points to."""
        roots = {
            link.kind: office.tree(link.target)
            for link in office.links(office.main_part()).values()
            if link.kind in ("styles", "numbering", "footnotes", "endnotes") and not link.external
        }
        notes = {
            (kind, attribute(note, "id") or ""): note
            for kind in ("footnote", "endnote")
            for note in children(roots.get(f"{kind}s"), kind)
        }
        styles = roots.get("styles")
        by_default = (
            attribute(style, "styleId") or ""
            for style in children(styles, "style")
            if attribute(style, "default") == "1" and attribute(style, "type") == "paragraph"
        )
        default = next(by_default, "")
        return cls(office, Words(office, part), read_styles(styles), default, read_numbering(roots.get("numbering")),
                   notes)  # fmt: skip

    def blocks(self, parent: Node) -> None:
        """Append the elements of everything inside, in order."""
        for node in parent:
            tag = local(node.tag)
            if tag == "p":
                self._paragraph(node)
            elif tag == "tbl":
                self._table(node)
            elif tag == "AlternateContent":
                self.blocks(node[0] if len(node) else node)  # a choice, then what stands in for it
            elif tag in _WRAPPERS:
                self.blocks(node)

    def _paragraph(self, node: Node) -> None:
        inline = self.words.read(node)
        where = Provenance(page=inline.page or self.words.page)
        style = self.styles.get(value_of(child(node, "pPr", "pStyle")) or self.default_style, Style())
        text = tidy("".join(inline.text))
        if text:
            self._add(replace(self._element(node, style, text, inline, where), links=bounded(inline.links)))
        self._hangers(inline, where)

    def _hangers(self, inline: Inline, where: Provenance) -> None:
        """What hangs on a paragraph: pictures and charts, text boxes, notes."""
        self.out.extend(inline.drawn)
        for box in inline.boxes:
            self.blocks(box)
        for kind, identity in inline.notes:
            note = self.notes.get((kind, identity))
            inlines = [self.words.read(p) for p in _paragraphs(note)]
            text = tidy(" ".join("".join(one.text) for one in inlines))
            if text:
                links = bounded(found for one in inlines for found in one.links)
                self.out.append(Element(kind="footnote", text=text, provenance=where, links=links))

    def _element(self, node: Node, style: Style, text: str, inline: Inline, where: Provenance) -> Element:
        one_line = " ".join(text.split())
        outline = number(value_of(child(node, "pPr", "outlineLvl")))
        heading = outline + 1 if outline is not None and outline < 9 else style.heading
        marker, level = self._marker(node, style)
        if style.name == "title":
            return Element(kind="title", text=one_line, provenance=where)
        if style.name == "subtitle" and self.out and self.out[-1].kind == "title":
            return Element(kind="heading", text=one_line, level=1, provenance=where)
        if heading is not None:
            return Element(kind="heading", text=(marker or "") + one_line, level=heading, provenance=where)
        if inline.is_formula:
            return Element(kind="formula", text=text, provenance=where)
        if marker is not None:
            return Element(kind="list_item", text=marker + text, level=level, provenance=where)
        kinds: dict[str, ElementKind] = {"caption": "caption"}
        kind = kinds.get(style.name, "quote" if style.name in _QUOTES else "paragraph")
        if style.name in _CODES:
            return Element(kind="code", text="".join(inline.text).strip("\n"), provenance=where)
        return Element(kind=kind, text=text, provenance=where)

    def _marker(self, node: Node, style: Style) -> tuple[str | None, int]:
        own = child(node, "pPr", "numPr")
        level = number(value_of(child(own, "ilvl"))) if own is not None else None
        at = min(level if level is not None else style.num_level or 0, 8)
        num_id = (value_of(child(own, "numId")) if own is not None else None) or style.num_id
        # "List Bullet 2" is a list of its own at level 0, only further in
        deeper = _DEEPER.fullmatch(style.name) if at == 0 else None
        return self.numbering.marker(num_id, at), int(deeper.group(1)) - 1 if deeper else at

    def _add(self, element: Element) -> None:
        last = self.out[-1] if self.out else None
        if element.kind == "code" and last is not None and last.kind == "code":
            self.out[-1] = replace(last, text=f"{last.text}\n{element.text}")  # a style for each line of it
        else:
            self.out.append(element)

    def _table(self, table: Node) -> None:
        where = Provenance(page=self.words.page)
        rows = _rows(table)
        if len(rows) == 1 and len(children(rows[0], "tc")) == 1:
            self.blocks(children(rows[0], "tc")[0])  # a frame around text
            return
        hanging: list[Inline] = []
        grid: list[list[str]] = []
        for row in rows:
            grid.append(self._row(row, grid[-1] if grid else [], hanging))
        said = child(table, "tblPr", "tblCaption")
        element = table_element(grid, provenance=where, caption=value_of(said) or None)
        if element is not None:
            self.out.append(replace(element, links=bounded(one for inline in hanging for one in inline.links)))
        for inline in hanging:
            self._hangers(inline, where)

    def _row(self, row: Node, above: list[str], hanging: list[Inline]) -> list[str]:
        """The row's cells; a merged one says its text in each place that it covers."""
        out = [""] * self._count(value_of(child(row, "trPr", "gridBefore")), 0)
        for cell in _cells(row):
            inlines = [self.words.read(p) for p in _paragraphs(cell)]
            hanging.extend(inlines)
            text = tidy("\n".join("".join(inline.text) for inline in inlines))
            merge = child(cell, "tcPr", "vMerge")
            if merge is not None and value_of(merge) != "restart" and len(out) < len(above):
                text = above[len(out)]
            out += [text] * self._count(value_of(child(cell, "tcPr", "gridSpan")), 1)
        self.office.cells.take(len(out))
        return out

    def _count(self, text: str | None, least: int) -> int:
        wanted = number(text)
        if wanted is not None and wanted > self.office.source.limits.columns:
            self.office.cells.take(wanted)
        return max(least, wanted if wanted is not None else least)


def _rows(table: Node) -> list[Node]:
    """The table's rows that are not deleted, also those inside content controls."""
    found: list[Node] = []
    for node in table:
        tag = local(node.tag)
        if tag == "tr" and child(node, "trPr", "del") is None and not is_on(child(node, "trPr", "hidden")):
            found.append(node)
        elif tag in ("sdt", "sdtContent", "ins", "customXml"):
            found.extend(_rows(node))
    return found


def _cells(row: Node) -> Iterable[Node]:
    for node in row:
        tag = local(node.tag)
        if tag == "tc":
            yield node
        elif tag in ("sdt", "sdtContent", "customXml"):
            yield from _cells(node)


def _paragraphs(node: Node | None) -> list[Node]:
    """All paragraphs inside that are not in a text box; of a table in a cell, too."""
    found: list[Node] = []
    for inside in node if node is not None else ():
        if local(inside.tag) == "p":
            found.append(inside)
        elif local(inside.tag) not in ("tblPr", "tcPr"):
            found.extend(_paragraphs(inside))
    return found
