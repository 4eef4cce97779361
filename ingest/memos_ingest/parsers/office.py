"""DOC, PPT, XLS and RTF, by xberg: the old formats, whose readers nobody should write again.

Bytes in, never a path; nothing is cached, fetched or recognised. xberg says "ok" of truncated files, so what is near
empty is a failure. Declines to know the formats.
"""

from __future__ import annotations

import asyncio
import atexit
import json
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

from memos_ingest.elements import NOWHERE, Element, ElementKind, Provenance
from memos_ingest.errors import TooLarge, UnreadableFile, UnsupportedFormat
from memos_ingest.parsers import rtf_styles
from memos_ingest.parsers.base import METADATA_CHARS, Parsed, Source
from memos_ingest.parsers.grid import Cells, table_element
from memos_ingest.parsers.office_repair import marked_margins, table_of_tabs
from memos_ingest.parsers.styled import Styled, restyled
from memos_ingest.parsers.wording import captioned, tidy
from memos_ingest.parsers.workbook import sheet_elements
from memos_ingest.sniff_inside import ENCRYPTED, MSG, OLE, ole_type

INSTALL = "install the extra: pip install 'memos-graph[office]' (160 MB), or save the file in today's format"
_SECONDS = 60
# its threads let go of Python's objects a moment after the answer; a process that ends in that moment aborts
# (PyO3/pyo3-async-runtimes#40: 5 of 25 short processes)
_SETTLE = 0.1
_NOTE = re.compile(r"\[\^\w{1,8}\]:\s+")  # how xberg writes a note of an RTF
_SHEETS, _SLIDES, _WORDS = "application/vnd.ms-excel", "application/vnd.ms-powerpoint", "application/msword"
_RTF = "application/rtf"
_KINDS: dict[str, ElementKind] = {
    "title": "title", "heading": "heading", "paragraph": "paragraph", "list_item": "list_item", "code": "code",
    "formula": "formula", "footnote": "footnote", "citation": "footnote",
}  # fmt: skip
_LAYERS: dict[str, ElementKind] = {"header": "page_header", "footer": "page_footer", "footnote": "footnote"}
_PROPERTIES = (("created_by", "author"), ("modified_by", "last_modified_by"), ("created_at", "created"),
               ("modified_at", "modified"), ("subject", "subject"))  # fmt: skip


def parse(source: Source) -> Parsed:
    """The file's elements. UnsupportedFormat where xberg is not installed, or the file is locked."""
    media_type = source.media_type if source.media_type not in ("", OLE) else ole_type(source.data)
    _refuse(media_type, source.name)
    found = _extracted(source, media_type)
    nodes = found.document.nodes if found.document is not None else []
    if len(nodes) > source.limits.cells:
        raise TooLarge(source.name, "cells", source.limits.cells, len(nodes), "elements")
    elements = list(_elements(nodes, source, media_type))
    if media_type == _SLIDES:
        elements = [replace(e, level=1) if e.kind == "heading" else e for e in elements]
    elif media_type in (_WORDS, _RTF):
        elements = restyled(elements, _styles(source.data, media_type))
    properties = {
        named: str(value)[:METADATA_CHARS]
        for key, named in _PROPERTIES
        if (value := getattr(found.metadata, key, None))
    }
    titles = [element.text for element in elements if element.kind == "title"]
    return Parsed(
        elements=tuple(captioned(marked_margins(elements))),
        title=titles[0] if titles else found.metadata.title,
        language=found.metadata.language,
        metadata=properties,
        why_empty="no text was found in it: it is cut off, locked, or holds pictures alone; open it and save it again",
    )


def _styles(data: bytes, media_type: str) -> list[tuple[str, Styled]]:
    if media_type == _RTF:
        return rtf_styles.paragraph_styles(data)
    from memos_ingest.parsers import doc_styles  # needs the extra, too

    return doc_styles.paragraph_styles(data)


def _refuse(media_type: str, name: str) -> None:
    if media_type == ENCRYPTED:
        raise UnsupportedFormat(name, "is an office file locked with a password; save it without one")
    if media_type == MSG:
        raise UnsupportedFormat(name, "is a mail of Outlook (MSG); save it as .eml")
    if media_type == OLE:
        raise UnsupportedFormat(name, "is an OLE file, but neither DOC, XLS nor PPT; save it in today's format")


def _extracted(source: Source, media_type: str) -> Any:
    try:
        import olefile  # noqa: F401  # asked for here, needed below
        import xberg
    except ImportError as problem:
        raise UnsupportedFormat(source.name, f"is {media_type}, which needs a reader of old formats; {INSTALL}"
                                ) from problem  # fmt: skip
    config = xberg.ExtractionConfig(
        use_cache=False,
        enable_quality_processing=False,
        disable_ocr=True,
        include_document_structure=True,
        output_format="markdown",  # its plain form drops slides' titles and tables
        extraction_timeout_secs=_SECONDS,
        max_archive_depth=0,
        content_filter=xberg.ContentFilterConfig(
            include_headers=True, include_footers=True, include_footnotes=True, strip_repeating_text=False
        ),
        security_limits=xberg.SecurityLimits(
            max_content_size=source.limits.zip_bytes, max_table_cells=source.limits.cells,
            max_pages=source.limits.pages,
        ),
    )  # fmt: skip

    _wait_at_exit()

    async def extracted() -> Any:
        wanted = xberg.ExtractInput(kind="bytes", bytes=source.data, mime_type=media_type)
        return await xberg.extract(wanted, config)

    try:
        result = asyncio.run(extracted())
    except (xberg.XbergError, ValueError, RuntimeError) as problem:
        raise UnreadableFile(source.name, f"cannot be read: {problem}; open it and save it again") from problem
    if result.errors or not result.results:
        why = result.errors[0].message if result.errors else "nothing came out"
        raise UnreadableFile(source.name, f"cannot be read: {why}; open it and save it again")
    return result.results[0]


@cache
def _wait_at_exit() -> None:
    atexit.register(time.sleep, _SETTLE)


def _elements(nodes: Sequence[Any], source: Source, media_type: str) -> Iterator[Element]:
    cells = Cells(source.name, source.limits)
    counts: dict[int, int] = {}
    sheet = ""
    page = 0
    for node in nodes:
        content = json.loads(str(node.content))
        kind = content["node_type"]
        if kind == "slide":
            page = int(content["number"])
        at = node.page if node.page is not None else page or None
        where = Provenance(page=at) if at is not None else NOWHERE
        layer = _LAYERS.get(str(node.content_layer).rpartition(".")[2].lower())
        if media_type == _SHEETS:
            if kind == "heading":
                sheet, page = tidy(content["text"]), page + 1
            elif kind == "table":
                yield from sheet_elements(sheet, _grid(content["grid"], cells), page)
                sheet = ""
            continue
        if kind == "table":
            table = table_element(_grid(content["grid"], cells), provenance=where)
            if table is not None:
                yield table
        elif kind == "slide" and (title := " ".join((content["title"] or "").split())):
            yield Element(kind="heading", text=title, level=1, provenance=where)
        elif kind in _KINDS:
            element = _text(node, content, nodes, counts, layer)
            if element is not None:
                yield _tabbed(replace(element, provenance=where), media_type)


def _text(node: Any, content: dict[str, Any], nodes: Sequence[Any], counts: dict[int, int],
          layer: ElementKind | None) -> Element | None:  # fmt: skip
    kind = layer or _KINDS[content["node_type"]]
    text = str(content["text"]).strip(" \r\n")
    if kind != "code" and "\t" not in text:
        text = tidy(text)
    if _NOTE.match(text):
        kind, text = "footnote", _NOTE.sub("", text)
    if not text.strip():
        return None
    if kind == "heading":
        return Element(kind=kind, text=" ".join(text.split()), level=max(1, int(content.get("level") or 1)))
    if kind == "list_item" and node.parent is not None:
        counts[node.parent] = counts.get(node.parent, 0) + 1
        ordered = json.loads(str(nodes[node.parent].content)).get("ordered", False)
        mark = f"{counts[node.parent]}. " if ordered else ""
        return Element(kind=kind, text=mark + text, level=_depth(node, nodes))
    if kind == "paragraph" and _in_quote(node, nodes):
        return Element(kind="quote", text=text)
    return Element(kind=kind, text=text)


def _tabbed(element: Element, media_type: str) -> Element:
    """The element with its tabs as blanks; of a DOC's row of tabs the table that it was."""
    if "\t" not in element.text or element.kind == "code":
        return element
    rows = table_of_tabs(element.text) if media_type == _WORDS and element.kind == "paragraph" else None
    table = table_element(rows, provenance=element.provenance) if rows else None
    return table if table is not None else replace(element, text=tidy(element.text))


def _grid(grid: dict[str, Any], cells: Cells) -> list[list[str]]:
    """The rows of a table; merged cells say their text in each place that they cover."""
    wide, high = int(grid["cols"]), int(grid["rows"])
    for _ in range(high):
        cells.take(wide)
    rows = [[""] * wide for _ in range(high)]
    for cell in grid["cells"]:
        text = tidy(cell["content"])
        for row in range(cell["row"], min(high, cell["row"] + cell["row_span"])):
            for column in range(cell["col"], min(wide, cell["col"] + cell["col_span"])):
                rows[row][column] = text
    return rows


def _depth(node: Any, nodes: Sequence[Any]) -> int:
    """How many lists the item's own list stands in."""
    depth = -1
    at = node.parent
    while at is not None and depth < 9:
        depth += json.loads(str(nodes[at].content))["node_type"] == "list"
        at = nodes[at].parent
    return max(0, depth)


def _in_quote(node: Any, nodes: Sequence[Any]) -> bool:
    return node.parent is not None and json.loads(str(nodes[node.parent].content))["node_type"] == "quote"
