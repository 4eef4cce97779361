"""Our own parsers as one of the parsers under test: `memos_ingest.read`, in a process of its own.

With --without-ocr behind the two files, as if the extra `ocr` were not installed.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from benchmarks.ingest_kit import drive
from memos_ingest import Document, Element, read
from memos_ingest.elements import MARGINS


def convert(path: Path) -> list[dict[str, Any]]:
    """What `read` says of the file, as blocks; headers and footers of pages left out, as in passages."""
    blocks: list[dict[str, Any]] = []
    for source in read(path.read_bytes(), name=path.name):
        if isinstance(source, Document):
            for element in source.elements:
                if element.kind not in MARGINS:
                    blocks += _blocks(element)
    return blocks


def _blocks(element: Element) -> list[dict[str, Any]]:
    if element.kind == "table":
        cells = [list(row) for row in element.cells] or pipe_cells(element.text)
        captions = [{"kind": "caption", "text": element.caption}] if element.caption else []
        return [*captions, {"kind": "table", "cells": cells, "text": element.text}]
    if element.kind == "image":
        seen = dict.fromkeys(text for text in (element.caption, element.alt, element.text) if text)
        return [{"kind": "image", "text": text} for text in seen]
    if element.kind in ("title", "heading"):
        return [{"kind": "heading", "level": 0 if element.kind == "title" else element.level, "text": element.text}]
    return [{"kind": element.kind, "text": element.text}]


def pipe_cells(markdown: str) -> list[list[str]]:
    r"""The cells of a Markdown table, row by row, without the ruler; \| is a bar inside a cell."""
    rows = []
    for number, line in enumerate(markdown.splitlines()):
        if number != 1:
            cells = line.strip().removeprefix("|").removesuffix("|").replace("\\|", "\0").split("|")
            rows.append([cell.replace("\0", "|").strip() for cell in cells])
    return rows


if __name__ == "__main__":
    if "--without-ocr" in sys.argv:
        sys.modules["rapidocr"] = None  # type: ignore[assignment]  # how Python says that there is no such module
    drive(convert)
