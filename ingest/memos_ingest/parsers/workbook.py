"""XLSX: each sheet under its name, its rows as tables; a page is a sheet.

Values are those that were last worked out, as they are written and not as they are painted: dates in ISO form,
percentages with their sign. Hidden sheets are left out, and named. Computes nothing, runs no macro, opens no link.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from memos_ingest.elements import Element, Provenance
from memos_ingest.parsers.base import METADATA_CHARS, Parsed, Source
from memos_ingest.parsers.grid import table_elements
from memos_ingest.parsers.ooxml import Office
from memos_ingest.parsers.sheet import Formats, SheetReader, formats_of
from memos_ingest.parsers.wording import tidy
from memos_ingest.parsers.xml_tree import Node, attribute, child, children, local, xml_walk

_TRUE = frozenset(("1", "true"))


def parse(source: Source) -> Parsed:
    """The sheets' elements."""
    office = Office.open(source)
    main = office.main_part()
    book = office.tree(main)
    links = office.links(main)
    strings = _strings(office, next((link.target for link in links.values() if link.kind == "sharedStrings"), ""))
    looks = next((office.tree(link.target) for link in links.values() if link.kind == "styles"), None)
    since_1904 = attribute(p, "date1904") in _TRUE if (p := child(book, "workbookPr")) is not None else False
    elements: list[Element] = []
    hidden: list[str] = []
    for page, sheet in enumerate(children(child(book, "sheets"), "sheet"), 1):
        title = tidy(attribute(sheet, "name") or "")
        link = links.get(_relation(sheet))
        if attribute(sheet, "state") in ("hidden", "veryHidden"):
            hidden.append(title)
        elif link is not None and link.kind == "worksheet":
            elements.extend(_sheet(office, link.target, title, page, strings, formats_of(looks, since_1904)))
    properties = office.properties()
    if hidden:
        properties["hidden_sheets"] = ", ".join(hidden)[:METADATA_CHARS]
    return Parsed(
        elements=tuple(elements), title=properties.get("title"), language=properties.pop("language", None),
        metadata=properties, why_empty="its sheets hold no values" + (" but in hidden ones" if hidden else ""),
    )  # fmt: skip


def sheet_elements(title: str, rows: Sequence[Sequence[str]], page: int) -> Iterator[Element]:
    """The sheet's name as a heading, and its blocks of rows; nothing when it is blank.

    A blank row ends a block; one row with one value is a line of text above or below a table, anything else a table.
    """
    where = Provenance(page=page)
    if not any(map(any, rows)):
        return
    if title:
        yield Element(kind="heading", text=title, level=1, provenance=where)
    for block in _blocks(rows):
        texts = [cell for row in block for cell in row if cell]
        if len(texts) == 1:
            yield Element(kind="paragraph", text=texts[0], provenance=where)
        else:
            left = min(next(at for at, cell in enumerate(row) if cell) for row in block)
            yield from table_elements((row[left:] for row in block), provenance=where)


def _blocks(rows: Sequence[Sequence[str]]) -> Iterator[list[Sequence[str]]]:
    block: list[Sequence[str]] = []
    for row in rows:
        if any(row):
            block.append(row)
        elif block:
            yield block
            block = []
    if block:
        yield block


def _relation(sheet: Node) -> str:
    return next((value for key, value in sheet.attrib.items() if "}" in key and local(key) == "id"), "")


def _sheet(office: Office, part: str, title: str, page: int, strings: Sequence[str], formats: Formats
           ) -> Iterator[Element]:  # fmt: skip
    data = office.package.get(part)
    if data is None:
        return
    reader = SheetReader(office.cells, strings, formats)
    name = f"{office.source.name}: {title or part}"
    xml_walk(data, name=name, nesting=64, start=reader.start, end=reader.end, text=reader.text)
    yield from sheet_elements(title, reader.rows(), page)
    for link in office.links(part).values():
        root = office.tree(link.target) if link.kind == "drawing" and not link.external else None
        for anchor in root if root is not None else ():
            yield from office.drawing(anchor, link.target, Provenance(page=page))


def _strings(office: Office, part: str) -> list[str]:
    """The texts that cells point to by number; what is written above them as a reading aid is left out."""
    data = office.package.get(part) if part else None
    found: list[str] = []
    parts: list[str] = []
    inside = {"t": False, "rPh": False}

    def start(tag: str, _attributes: dict[str, str]) -> None:
        if local(tag) == "si":
            parts.clear()
        elif local(tag) in inside:
            inside[local(tag)] = True

    def end(tag: str) -> None:
        if local(tag) == "si":
            found.append(tidy("".join(parts)))
        elif local(tag) in inside:
            inside[local(tag)] = False

    def text(data: str) -> None:
        if inside["t"] and not inside["rPh"]:
            parts.append(data)

    if data is not None:
        xml_walk(data, name=f"{office.source.name}: {part}", nesting=64, start=start, end=end, text=text)
    return found
