"""OpenDocument: texts, spreadsheets and presentations (ODT, ODS, ODP and their templates).

Tracked deletions, comments and hidden slides' layouts are left out. A page is a slide; texts have pages only where
the program that saved them wrote down its soft page breaks. Runs no macro, opens no link.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from memos_ingest.elements import NOWHERE, Element, ElementKind, Link, Provenance
from memos_ingest.errors import TooLarge, UnreadableFile, UnsupportedFormat
from memos_ingest.links import bounded, link, within
from memos_ingest.parsers.base import METADATA_CHARS, Parsed, Source
from memos_ingest.parsers.docx_styles import number
from memos_ingest.parsers.grid import Cells, table_element, table_elements
from memos_ingest.parsers.media import Media
from memos_ingest.parsers.odf_styles import Styles
from memos_ingest.parsers.odf_table import rows_of
from memos_ingest.parsers.ooxml import NESTING
from memos_ingest.parsers.package import Package, resolve
from memos_ingest.parsers.wording import captioned, tidy
from memos_ingest.parsers.xml_tree import Node, attribute, child, children, local, xml_tree

_SKIPPED = frozenset(("tracked-changes", "annotation", "sequence-decls", "forms", "variable-decls", "scripts",
                      "user-field-decls", "table-of-content-source", "notes", "settings"))  # fmt: skip
_META = {"creator": "last_modified_by", "initial-creator": "author", "creation-date": "created", "date": "modified",
         "subject": "subject", "description": "description", "keyword": "keywords", "title": "title",
         "language": "language"}  # fmt: skip
_SPACES = 1_000


def parse(source: Source) -> Parsed:
    """The file's elements."""
    package = Package(source)
    manifest = _tree(package, source, "META-INF/manifest.xml")
    if manifest is not None and any(local(node.tag) == "encryption-data" for node in manifest.iter()):
        raise UnsupportedFormat(source.name, "is encrypted with a password; save it without one")
    content, styles = _tree(package, source, "content.xml"), _tree(package, source, "styles.xml")
    body = child(content, "body")
    if body is None or not len(body):
        raise UnreadableFile(source.name, "has no content, so it is no whole OpenDocument file; save it again")
    reader = _Reader(source, package, Styles.of(styles, content), Cells(source.name, source.limits),
                     Media(source.name))  # fmt: skip
    reader.body(body[0])
    elements = captioned([*reader.margins(styles, "header"), *reader.out, *reader.margins(styles, "footer")])
    if local(body[0].tag) == "text" and reader.page == 1:
        elements = [replace(element, provenance=NOWHERE) for element in elements]
    properties = _properties(_tree(package, source, "meta.xml"))
    titles = [element.text for element in elements if element.kind == "title"]
    return Parsed(
        elements=tuple(elements), title=titles[0] if titles else properties.get("title"),
        language=properties.pop("language", None), metadata=properties,
    )  # fmt: skip


def _tree(package: Package, source: Source, part: str) -> Node | None:
    data = package.get(part)
    nesting = min(NESTING, source.limits.nesting)
    return xml_tree(data, name=f"{source.name}: {part}", nesting=nesting, skip_doctype=True) if data else None


def _properties(root: Node | None) -> dict[str, str]:
    found: dict[str, str] = {}
    for node in child(root, "meta") if child(root, "meta") is not None else ():  # type: ignore[union-attr]
        value = " ".join("".join(node.itertext()).split())[:METADATA_CHARS]
        if value and local(node.tag) in _META:
            found.setdefault(_META[local(node.tag)], value)
    return found


@dataclass(slots=True)
class _Reader:
    source: Source
    package: Package
    styles: Styles
    cells: Cells
    media: Media
    out: list[Element] = field(default_factory=list)
    page: int = 1
    _counts: dict[str, dict[int, int]] = field(default_factory=dict)  # of list styles, by level
    _hanging: list[Node] = field(default_factory=list)  # frames and notes met inside the open paragraph
    _links: list[Link | None] = field(default_factory=list)  # met since they were taken last

    def body(self, body: Node) -> None:
        """Append all that the body holds."""
        if local(body.tag) == "spreadsheet":
            for sheet in children(body, "table"):
                self._sheet(sheet)
        elif local(body.tag) == "presentation":
            slides = children(body, "page")
            if len(slides) > self.source.limits.pages:
                raise TooLarge(self.source.name, "pages", self.source.limits.pages, len(slides), "pages")
            for self.page, slide in enumerate(slides, 1):
                self._slide(slide)
        else:
            self.blocks(body)

    def blocks(self, parent: Node) -> None:
        """Append the elements of all blocks inside."""
        for node in parent:
            tag = local(node.tag)
            if tag in ("p", "h"):
                self._paragraph(node)
            elif tag == "list":
                self._list(node, attribute(node, "style-name") or "", 1)
            elif tag == "table":
                self._table(node)
            elif tag == "soft-page-break":
                self.page += 1
            elif tag in ("frame", "custom-shape", "rect", "ellipse", "caption", "line", "connector", "g"):
                self._frame(node)
            elif tag not in _SKIPPED:
                self.blocks(node)

    def margins(self, root: Node | None, kind: str) -> list[Element]:
        """What the pages' headers or footers say, each line once."""
        named: ElementKind = "page_header" if kind == "header" else "page_footer"
        said: dict[str, None] = {}
        for node in root.iter() if root is not None else ():
            if local(node.tag) in (kind, f"{kind}-left", f"{kind}-first"):
                said.update({text: None for p in node.iter() if local(p.tag) == "p" and (text := tidy(self._words(p)))})
        self._hanging.clear()
        self._links.clear()
        return [Element(kind=named, text=text) for text in said]

    def _where(self) -> Provenance:
        return Provenance(page=self.page)

    def _paragraph(self, node: Node, marker: str | None = None, level: int = 0) -> None:
        where = self._where()
        text = tidy(self._words(node))
        links = self._taken_links()
        if text:
            self.out.append(replace(self._element(node, text, where, marker, level), links=links))
        self._hang()

    def _taken_links(self) -> tuple[Link, ...]:
        links, self._links = bounded(self._links), []
        return links

    def _hang(self) -> None:
        hanging, self._hanging = self._hanging, []
        for node in hanging:
            if local(node.tag) == "note":
                text = tidy(" ".join(self._words(p) for p in _inner(child(node, "note-body"), "p")))
                if text:
                    self.out.append(
                        Element(kind="footnote", text=text, provenance=self._where(), links=self._taken_links())
                    )
            else:
                self._frame(node)

    def _element(self, node: Node, text: str, where: Provenance, marker: str | None, level: int) -> Element:
        style = attribute(node, "style-name") or ""
        names = self.styles.names(style)
        one_line = " ".join(text.split())
        if "title" in names:
            return Element(kind="title", text=one_line, provenance=where)
        if "subtitle" in names and self.out and self.out[-1].kind == "title":
            return Element(kind="heading", text=one_line, level=1, provenance=where)
        if local(node.tag) == "h":
            outline = number(attribute(node, "outline-level")) or 1
            return Element(kind="heading", text=one_line, level=max(1, outline), provenance=where)
        if marker is not None:
            return Element(kind="list_item", text=marker + text, level=level, provenance=where)
        kind: ElementKind = "paragraph"
        if "caption" in names:
            kind = "caption"
        elif "quotations" in names or "quote" in names:
            kind = "quote"
        elif "preformatted text" in names:
            kind = "code"
        return Element(kind=kind, text=text, provenance=where)

    def _list(self, node: Node, style: str, level: int) -> None:
        counts = self._counts.setdefault(style, {})
        if attribute(node, "continue-numbering") != "true" and attribute(node, "continue-list") is None:
            counts.pop(level, None)
        for item in node:
            first = local(item.tag) == "list-item"
            if first and any(local(inside.tag) != "list" for inside in item):
                started = number(attribute(item, "start-value"))
                counts[level] = started if started is not None else counts.get(
                    level, self.styles.start(style, level) - 1) + 1  # fmt: skip
            for inside in item:
                tag = local(inside.tag)
                if tag == "list":
                    self._list(inside, attribute(inside, "style-name") or style, level + 1)
                elif tag in ("p", "h"):
                    mark = self.styles.mark(style, level, counts.get(level, 1)) if first else None
                    self._paragraph(inside, mark, level - 1)
                    first = False
                elif tag == "soft-page-break":
                    self.page += 1

    def _table(self, node: Node) -> None:
        hanging = self._hanging
        self._hanging = []
        grid = rows_of(node, self.cells, lambda cell: tidy("\n".join(self._words(p) for p in _inner(cell, "p", "h"))))
        element, links = table_element(grid, provenance=self._where()) if grid else None, self._taken_links()
        if element is not None:
            self.out.append(replace(element, links=links))
        self._hang()
        self._hanging = hanging

    def _sheet(self, sheet: Node) -> None:
        name = attribute(sheet, "name") or ""
        grid = rows_of(sheet, self.cells, lambda cell: tidy("\n".join(self._words(p) for p in children(cell, "p"))))
        tables = list(table_elements(row for row in grid if any(row)))
        links = self._taken_links()
        if tables:
            self.out.append(Element(kind="heading", text=name, level=1, provenance=self._where()))
            self.out.extend(
                replace(table, provenance=self._where(), links=within(links, table.text)) for table in tables
            )
        self._hang()
        self.page += 1

    def _slide(self, slide: Node) -> None:
        def turn(shape: Node) -> tuple[bool, bool, float]:
            return local(shape.tag) == "notes", attribute(shape, "class") != "title", _inches(shape, "y")

        for shape in sorted(slide, key=turn):
            if attribute(shape, "class") == "title":
                text = " ".join(" ".join(self._words(p) for p in _inner(shape, "p", "h")).split())
                if text:
                    self.out.append(Element(kind="heading", text=text, level=1, provenance=self._where(),
                                            links=self._taken_links()))  # fmt: skip
            elif local(shape.tag) == "notes":
                for frame in children(shape, "frame"):
                    said = [tidy(self._words(p)) for p in _inner(child(frame, "text-box"), "p", "h")]
                    if attribute(frame, "class") == "notes" and any(said):
                        self.out.append(Element(kind="footnote", text="\n".join(filter(None, said)),
                                                provenance=self._where()))  # fmt: skip
            else:
                self._frame(shape)
            self._hanging.clear()
            self._links.clear()

    def _frame(self, frame: Node) -> None:
        """A picture, text box, table or formula that stands in a frame, or the words in a shape."""
        alt = tidy("".join((child(frame, "desc") or child(frame, "title") or frame).itertext())) if _described(
            frame) else ""  # fmt: skip
        for node in frame:
            tag = local(node.tag)
            if tag == "image":
                target = resolve("", attribute(node, "href") or "")
                self.out.append(self.media.element(target, self.package.get(target), alt, self._where()))
                return  # what follows is the same picture in another form
            if tag == "object":
                self._object(resolve("", attribute(node, "href") or ""))
                return
            if tag in ("text-box", "p", "list", "table", "frame", "g", "custom-shape"):
                self.blocks([node] if tag != "text-box" else node)  # type: ignore[arg-type]

    def _object(self, target: str) -> None:
        root = _tree(self.package, self.source, f"{target}/content.xml")
        if root is None:
            return
        if local(root.tag) == "math":
            text = tidy(
                " ".join(node.text or "" for node in root.iter() if local(node.tag) in ("mi", "mn", "mo", "mtext"))
            )
            if text:
                self.out.append(Element(kind="formula", text=text, provenance=self._where()))
            return
        for table in (node for node in root.iter() if local(node.tag) == "table"):
            self._table(table)  # what a chart draws

    def _words(self, node: Node) -> str:
        out = [node.text or ""]
        for inside in node:
            tag = local(inside.tag)
            if tag == "s":
                out.append(" " * min(number(attribute(inside, "c")) or 1, _SPACES))
            elif tag == "tab":
                out.append("\t")
            elif tag == "line-break":
                out.append("\n")
            elif tag == "soft-page-break":
                self.page += 1
            elif tag in ("note", "frame", "custom-shape", "rect", "g"):
                self._hanging.append(inside)
            elif tag == "a":
                out.append(said := self._words(inside))
                self._links.append(link(attribute(inside, "href") or "", said))
            elif tag not in _SKIPPED and tag not in ("ruby-text", "change", "change-start", "change-end"):
                out.append(self._words(inside))
            out.append(inside.tail or "")
        return "".join(out)


def _described(frame: Node) -> bool:
    return child(frame, "desc") is not None or child(frame, "title") is not None


def _inner(node: Node | None, *names: str) -> list[Node]:
    """Descendants of these names that are not inside one another."""
    found: list[Node] = []
    for inside in node if node is not None else ():
        if local(inside.tag) in names:
            found.append(inside)
        else:
            found.extend(_inner(inside, *names))
    return found


def _inches(shape: Node, name: str) -> float:
    """A length such as "2.5cm" in inches; 0 for what is none."""
    text = attribute(shape, name) or ""
    for unit, per_inch in (("cm", 2.54), ("mm", 25.4), ("in", 1.0), ("pt", 72.0)):
        value = text.removesuffix(unit)
        if text.endswith(unit) and value.replace(".", "", 1).replace("-", "", 1).isdigit():
            return float(value) / per_inch
    return 0.0
