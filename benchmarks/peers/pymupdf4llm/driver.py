"""pymupdf4llm: `to_markdown` as it comes, without OCR."""

# mypy: disable-error-code="import-not-found,import-untyped,no-any-unimported"

from __future__ import annotations

from pathlib import Path

import pymupdf4llm

from benchmarks.ingest_kit import drive


def convert(path: Path) -> str:
    """The Markdown that it makes of the file."""
    return str(pymupdf4llm.to_markdown(str(path), show_progress=False, use_ocr=False))


if __name__ == "__main__":
    drive(convert)
