"""PDF: blocks in reading order by a layout reader (liteparse), headings corrected by the file's own outline (PDFium).

Every element has its page and box. A page without text is its picture, followed by what is read in it where a reader
is installed (extra `ocr`). Running heads and page numbers are left out. Other layout readers go through `parse_with`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TypeAlias

import pypdfium2
from liteparse import LiteParse, ParseError, ParseResult

from memos_ingest.elements import Element
from memos_ingest.errors import TooLarge, UnreadableFile
from memos_ingest.parsers.base import METADATA_CHARS, Parsed, Source
from memos_ingest.parsers.pdf_blocks import read_pages
from memos_ingest.parsers.pdf_bookmarks import bookmarks, pages_alone
from memos_ingest.parsers.pdf_contents import with_contents
from memos_ingest.parsers.pdf_contents_lines import with_contents_lines
from memos_ingest.parsers.pdf_lines import with_lines
from memos_ingest.parsers.pdf_links import has_links, with_links
from memos_ingest.parsers.pdf_outline import OutlineEntry, apply_outline, rank_levels
from memos_ingest.parsers.pdf_pages import LOCK, DrawnPages
from memos_ingest.parsers.pdf_pictures import with_pictures
from memos_ingest.parsers.pdf_right_to_left import right_to_left
from memos_ingest.pictures import DEFAULT_PICTURE_LIMITS, INSTALL, text_reader

_PASSWORD = 4  # FPDF_ERR_PASSWORD
_METADATA = ("Title", "Author", "Subject", "Keywords", "CreationDate", "ModDate")
# what word processors put there when the author did not: "Microsoft Word - report.doc", "untitled", a file's name
_NO_TITLE = re.compile(r"(?i)microsoft (word|powerpoint|excel)\b.*|untitled.*|.*\.(docx?|tex|dvi|indd|pptx?|qxd|pdf)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """What a layout reader made of all pages."""

    elements: Sequence[Element]  #: in reading order; an image is its place alone, a heading's level the reader's own
    letters: Mapping[int, int]  #: of each page's text, by page number from 1, in order; running heads count
    linked: Collection[int] | None = None  #: pages with links to addresses; None: any page may have some


LayoutReader: TypeAlias = Callable[[Source, pypdfium2.PdfDocument], Layout]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Facts:
    pages: int
    outline: tuple[OutlineEntry, ...] | None  #: None: it has one that never ends
    metadata: dict[str, str]


def parse(source: Source) -> Parsed:
    """The blocks of a PDF; UnreadableFile for a broken or locked one."""
    return parse_with(source, _by_liteparse)


def parse_with(source: Source, layout: LayoutReader) -> Parsed:
    """The blocks that `layout` finds, with pictures, outline, title and metadata, which are the same for every reader.

    `layout` is called under the lock of PDFium. UnreadableFile for a broken or locked file, TooLarge over `pages`.
    """
    reader = text_reader()
    with _opened(source) as document:
        with LOCK:
            facts = _facts(source, document)
            readable = source if facts.outline is not None else replace(source, data=pages_alone(document))
            read = layout(readable, document)
            linked = _linked(read, document) if has_links(source.data) else read.elements
        elements = with_pictures(
            with_contents(linked), read.letters, DrawnPages(document), name=source.name,
            limits=DEFAULT_PICTURE_LIMITS, reader=reader,
        )  # fmt: skip
    elements = apply_outline(elements, facts.outline) if facts.outline else rank_levels(elements)
    ocr = "found none" if reader is not None else f"is not there to look for any: {INSTALL}"
    return Parsed(
        elements=tuple(elements),
        title=_title(elements, facts.metadata),
        metadata=facts.metadata | {"pages": str(facts.pages)},
        why_empty=f"none of its {facts.pages:,} pages holds text, and OCR {ocr}",
    )


@contextmanager
def _opened(source: Source) -> Iterator[pypdfium2.PdfDocument]:
    with LOCK:
        try:
            document = pypdfium2.PdfDocument(source.data)
        except pypdfium2.PdfiumError as problem:
            if problem.err_code == _PASSWORD:
                raise UnreadableFile(source.name, "is locked by a password; save a copy without it") from problem
            raise UnreadableFile(source.name, f"is not a whole PDF ({problem}); repair or export it again") from problem
    try:
        yield document
    finally:
        with LOCK:
            document.close()


def _facts(source: Source, document: pypdfium2.PdfDocument) -> _Facts:
    pages = len(document)
    if pages > source.limits.pages:
        raise TooLarge(source.name, "pages", source.limits.pages, pages, "pages")
    if pages == 0:
        raise UnreadableFile(source.name, "is a PDF without pages; export it again")
    metadata = {
        key.lower(): value.strip()[:METADATA_CHARS]
        for key, value in document.get_metadata_dict(skip_empty=True).items()
        if key in _METADATA and value.strip()
    }
    return _Facts(pages=pages, outline=bookmarks(document), metadata=metadata)


def _linked(read: Layout, document: pypdfium2.PdfDocument) -> list[Element]:
    """The elements with their links; pages without links are not opened for them."""
    out, pages = list(read.elements), read.linked
    at = [row for row, element in enumerate(out) if pages is None or element.provenance.page in pages]
    for row, element in zip(at, with_links([out[row] for row in at], document), strict=True):
        out[row] = element
    return out


def _by_liteparse(source: Source, document: pypdfium2.PdfDocument) -> Layout:
    pages = _read(source).pages
    items = {page.page_num: page.text_items or () for page in pages}
    read = with_contents_lines(right_to_left(read_pages(pages), document), items)
    return Layout(
        elements=with_lines(read, items),
        letters={page.page_num: sum(map(str.isalnum, page.text)) for page in pages},
        linked={page.page_num for page in pages if any(one.uri for one in page.annotations or ())},
    )


def _read(source: Source) -> ParseResult:
    reader = LiteParse(
        ocr_enabled=False, quiet=True, extract_blocks=True, extract_links=False, extract_annotations=True,
        num_workers=1, max_pages=source.limits.pages,
    )  # fmt: skip
    try:
        return reader.parse(source.data)
    except ParseError as problem:
        raise UnreadableFile(source.name, f"cannot be read as PDF ({problem}); repair or export it again") from problem


def _title(elements: Sequence[Element], metadata: dict[str, str]) -> str | None:
    """The file's own title where a person wrote it, else the first page's first heading of the highest level."""
    title = metadata.get("title", "")
    if len(title) > 3 and _NO_TITLE.fullmatch(title) is None:
        return title
    first = [e for e in elements if e.kind == "heading" and e.provenance.page == 1]
    return min(first, key=lambda heading: heading.level).text if first else None
