"""unstructured: `partition(strategy="fast")`. It fetches a spaCy model from GitHub at its first use.

Offline, where that model is not installed, a pipeline that only parts sentences stands in for it; without one, it gives
nothing for a PDF, in silence, and an error for other files.
"""

# mypy: disable-error-code="import-not-found,import-untyped,no-any-unimported"

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import spacy
from unstructured.nlp import tokenize
from unstructured.partition.auto import partition

from benchmarks.ingest_kit import drive

_MARGINS = frozenset({"Header", "Footer", "PageNumber", "PageBreak"})
_fetched = tokenize._load_spacy_model


def _model() -> Any:
    try:
        return _fetched()
    except RuntimeError:  # it could not be fetched
        pipeline = spacy.blank("en")
        pipeline.add_pipe("sentencizer")
        return pipeline


tokenize._load_spacy_model = _model


def convert(path: Path) -> list[dict[str, Any]]:
    """Its elements as blocks; it calls every heading a Title, with its depth."""
    return [_block(element) for element in partition(str(path), strategy="fast") if element.category not in _MARGINS]


def _block(element: Any) -> dict[str, Any]:
    text = element.text or ""
    if element.category == "Title":
        return {"kind": "heading", "level": (element.metadata.category_depth or 0) + 1, "text": text}
    if element.category == "Table" and element.metadata.text_as_html:
        rows = _Rows()
        rows.feed(element.metadata.text_as_html)
        return {"kind": "table", "text": text, "cells": rows.rows}
    return {"kind": "list_item" if element.category == "ListItem" else "text", "text": text}


class _Rows(HTMLParser):
    """Collects the cells of an HTML table."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th") and self.rows:
            self.rows[-1].append("")

    def handle_data(self, data: str) -> None:
        if self.rows and self.rows[-1]:
            self.rows[-1][-1] += f" {data}"


if __name__ == "__main__":
    drive(convert)
