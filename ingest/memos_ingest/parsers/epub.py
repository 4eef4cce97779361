"""EPUB: the chapters in the order of the book's spine, each read as a web page; its pictures with their facts.

The book's own navigation is left out, and so is what the spine does not hold. Runs no script, opens no link.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import unquote

from memos_ingest.elements import NOWHERE, Element
from memos_ingest.errors import NothingRead, UnreadableFile, UnsupportedFormat
from memos_ingest.parsers import html
from memos_ingest.parsers.base import METADATA_CHARS, Parsed, Source
from memos_ingest.parsers.media import Media
from memos_ingest.parsers.ooxml import NESTING
from memos_ingest.parsers.package import Package, resolve
from memos_ingest.parsers.xml_tree import Node, attribute, child, children, local, xml_tree

_META = {"creator": "author", "date": "date", "publisher": "publisher", "description": "description",
         "subject": "subject", "rights": "rights", "identifier": "identifier"}  # fmt: skip
_PAGES = frozenset(("application/xhtml+xml", "text/html", "application/x-dtbook+xml"))


def parse(source: Source) -> Parsed:
    """The book's elements."""
    package = Package(source)
    container = _tree(package, source, "META-INF/container.xml")
    roots = children(child(container, "rootfiles"), "rootfile")
    where = attribute(roots[0], "full-path") if roots else None
    book = _tree(package, source, where) if where else None
    if book is None or where is None:
        raise UnreadableFile(source.name, "has no table of its contents, so it is no whole EPUB; fetch it again")
    _refuse_locked(package, source)
    items = {attribute(item, "id"): item for item in children(child(book, "manifest"), "item")}
    elements: list[Element] = []
    for reference in children(child(book, "spine"), "itemref"):
        item = items.get(attribute(reference, "idref"))
        if item is not None and attribute(item, "media-type") in _PAGES and not _is_navigation(item):
            elements.extend(_chapter(package, source, resolve(where, unquote(attribute(item, "href") or ""))))
    metadata, title, language = _about(book)
    media = Media(source.name)
    shown = tuple(_with_facts(element, package, media) for element in elements)
    return Parsed(elements=shown, title=title, language=language, metadata=metadata)


def _tree(package: Package, source: Source, part: str) -> Node | None:
    data = package.get(part)
    nesting = min(NESTING, source.limits.nesting)
    return xml_tree(data, name=f"{source.name}: {part}", nesting=nesting, skip_doctype=True) if data else None


def _refuse_locked(package: Package, source: Source) -> None:
    """UnsupportedFormat when the chapters are encrypted; fonts often are, and nobody reads those."""
    locks = _tree(package, source, "META-INF/encryption.xml")
    for node in locks.iter() if locks is not None else ():
        uri = (attribute(node, "URI") or "").lower() if local(node.tag) == "CipherReference" else ""
        if uri.endswith(("html", "htm", "xml")):
            raise UnsupportedFormat(source.name, "is locked by digital rights management; get it without a lock")


def _is_navigation(item: Node) -> bool:
    return "nav" in (attribute(item, "properties") or "").split()


def _chapter(package: Package, source: Source, part: str) -> list[Element]:
    data = package.get(part)
    if not data or not data.strip():
        return []
    try:
        parsed = html.parse(
            Source(data=data, name=f"{source.name}: {part}", limits=source.limits, budget=source.budget)
        )
    except NothingRead:
        return []
    # U+FEFF: typesetters' joints, not words; what is no URL leads to another chapter of the book
    read = [
        replace(e, text=e.text.replace("\ufeff", ""), links=tuple(one for one in e.links if "//" in one.href))
        for e in parsed.elements
    ]
    return [
        replace(e, href=resolve(part, unquote(e.href))) if e.kind == "image" and e.href and ":" not in e.href else e
        for e in read
    ]


def _with_facts(element: Element, package: Package, media: Media) -> Element:
    """A picture of the book with what its bytes say; anything else, and a picture that has its facts, as it is."""
    if element.kind != "image" or element.picture is not None or not element.href:
        return element
    return replace(element, picture=media.element(element.href, package.get(element.href), "", NOWHERE).picture)


def _about(book: Node) -> tuple[Mapping[str, str], str | None, str | None]:
    found: dict[str, str] = {}
    title = language = None
    for node in child(book, "metadata") if child(book, "metadata") is not None else ():  # type: ignore[union-attr]
        tag, value = local(node.tag), " ".join("".join(node.itertext()).split())[:METADATA_CHARS]
        if tag == "title" and value:
            title = title or value
        elif tag == "language" and value:
            language = language or value
        elif tag in _META and value:
            key = _META[tag]
            found[key] = f"{found[key]}; {value}"[:METADATA_CHARS] if key in found else value
    return found, title, language
