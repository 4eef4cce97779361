"""Documents by unstructured's `fast` strategy (extra `unstructured`): its elements as ours.

It tells headings from text by a language model of spaCy, en_core_web_sm, which it fetches at its first use; here it
fetches nothing. Without that model a pipeline that only parts sentences stands in, and a paragraph of few words may be
taken for a heading. Declines to know pictures: unstructured hands on none.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import replace
from functools import cache
from importlib.util import find_spec
from io import BytesIO
from types import SimpleNamespace
from typing import Any
from zipfile import BadZipFile

from memos_ingest.elements import Element, ElementKind, Provenance
from memos_ingest.errors import NoSuchParser, UnreadableFile
from memos_ingest.parsers.base import Parsed, Source, check_text_size
from memos_ingest.parsers.html import raw_elements_of

_MODEL = "en_core_web_sm"
_PDF = "application/pdf"
_TEXTS = frozenset(("text/html", "text/markdown", "text/plain"))
_KINDS: Mapping[str, ElementKind] = {
    "Title": "heading", "ListItem": "list_item", "Table": "table", "FigureCaption": "caption", "Formula": "formula",
    "CodeSnippet": "code", "Header": "page_header", "Footer": "page_footer", "PageNumber": "page_footer",
}  # fmt: skip
_PASSED_OVER = frozenset(("PageBreak", "Image"))
_BROKEN = (OSError, ValueError, TypeError, LookupError, AttributeError, RuntimeError, ArithmeticError, BadZipFile)


def parse(source: Source) -> Parsed:
    """What unstructured makes of the file. UnreadableFile for what it raises; 10 to 300 ms a page."""
    if source.media_type in _TEXTS:
        check_text_size(source)
    try:
        found = _partition(source)
    except ImportError as problem:
        how = "python -m pip install 'memos-graph[unstructured]'"
        raise NoSuchParser("parsers", f"unstructured needs {problem.name} for this format: {how}") from problem
    elements = tuple(element for one in found if (element := _element(one)) is not None)
    return Parsed(
        elements=elements,
        title=next((element.text for element in elements if element.kind == "heading"), None),
        metadata={} if find_spec(_MODEL) is not None else {"parser_note": f"read without spaCy's model {_MODEL}"},
        why_empty="unstructured found no text in it; try the default parser",
    )


def _partition(source: Source) -> Any:
    partition, broken = _library()
    if source.media_type == _PDF:
        _without_folders()
    try:
        return partition(
            file=BytesIO(source.data), content_type=source.media_type, strategy="fast", encoding=source.encoding,
            languages=[""],  # or it guesses one for each document
        )  # fmt: skip
    except broken as problem:
        said = " ".join(str(problem).split())[:200] or type(problem).__name__
        raise UnreadableFile(source.name, f"cannot be read by unstructured ({said}); try the default parser") from None


@cache
def _library() -> tuple[Any, tuple[type[Exception], ...]]:
    """`partition`, and what it raises on bad files; set up so that nothing is fetched."""
    os.environ.setdefault("DO_NOT_TRACK", "1")  # or it tells its makers of every file
    os.environ.setdefault("SCARF_NO_ANALYTICS", "true")
    try:
        tempfile.gettempdir()
    except FileNotFoundError:  # in the sandbox: it asks for the name of that folder alone
        tempfile.tempdir = os.environ["MPLCONFIGDIR"] = "/tmp"  # noqa: S108  # nothing is, or can be, written there
        os.environ["NUMBA_DISABLE_JIT"] = "1"  # it would keep what it compiles in a file
        sys.modules["magic"] = None  # type: ignore[assignment]  # looks for its library by a compiler; we name the type
    from unstructured.errors import UnprocessableEntityError
    from unstructured.nlp import tokenize
    from unstructured.partition.auto import partition
    from unstructured.partition.common import UnsupportedFileFormatError

    if find_spec(_MODEL) is None:
        if not hasattr(tokenize, "_load_spacy_model"):
            why = f"this version of it fetches the model {_MODEL}; install that model, or unstructured 0.27"
            raise NoSuchParser("parsers", f"unstructured: {why}")
        tokenize._load_spacy_model = _sentences_alone
    return partition, (*_BROKEN, UnprocessableEntityError, UnsupportedFileFormatError)


@cache
def _without_folders() -> None:
    """For every PDF it makes a folder, to repair broken ones in; in the sandbox none can be made."""
    from unstructured.partition.pdf_image import pdfminer_utils

    pdfminer_utils.tempfile = SimpleNamespace(TemporaryDirectory=lambda: nullcontext(os.devnull))


def _sentences_alone() -> Any:
    import spacy

    pipeline = spacy.blank("en")
    pipeline.add_pipe("sentencizer")
    return pipeline


def _element(one: Any) -> Element | None:
    text = " ".join((one.text or "").split())
    if one.category in _PASSED_OVER or not text:
        return None
    kind = _KINDS.get(one.category, "paragraph")
    where = Provenance(page=one.metadata.page_number, box=_box(one.metadata.coordinates))
    if kind == "table":
        table = next((e for e in raw_elements_of(one.metadata.text_as_html or "") if e.kind == "table"), None)
        return replace(table, provenance=where) if table is not None else Element(
            kind="paragraph", text=text, provenance=where
        )  # fmt: skip
    depth = one.metadata.category_depth or 0
    level = depth + 1 if kind == "heading" else depth if kind == "list_item" else 0
    return Element(kind=kind, text=one.text.strip() if kind == "code" else text, level=level, provenance=where)


def _box(coordinates: Any) -> tuple[float, float, float, float] | None:
    """In points, where the page is measured in them: unstructured's `fast` keeps PDF's own units."""
    if coordinates is None or not coordinates.points:
        return None
    across, down = [float(x) for x, _ in coordinates.points], [float(y) for _, y in coordinates.points]
    return min(across), min(down), max(across), max(down)
