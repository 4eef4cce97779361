"""One parser a file, chosen from `REGISTRY` by media type.

A parser is a plain function of bytes, so that it can run in another process; a new format is a file here and a line
in the registry. Parsers raise IngestError and nothing else on bad input, and never fetch or write anything.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from types import MappingProxyType
from typing import TypeAlias

from memos_ingest.parsers.base import Parsed, Source

Parser: TypeAlias = Callable[[Source], Parsed]


def _in(module: str) -> Parser:
    """The `parse` of a module here, imported with its libraries when the first file of its kind is read."""

    def parse(source: Source) -> Parsed:
        parser: Parser = import_module(f"memos_ingest.parsers.{module}").parse
        return parser(source)

    return parse


_OPEN = "application/vnd.openxmlformats-officedocument."
_ODF = "application/vnd.oasis.opendocument."
_ODF_KINDS = ("text", "spreadsheet", "presentation", "text-template", "spreadsheet-template", "presentation-template")
_PICTURES = ("png", "jpeg", "webp", "tiff", "gif", "bmp", "heic", "avif")

REGISTRY: Mapping[str, Parser] = MappingProxyType(
    {
        "application/pdf": _in("pdf"),
        "text/html": _in("html"),
        "application/vnd.memos-graph.web-page": _in("web_page"),
        "text/markdown": _in("markdown"),
        "text/plain": _in("text"),
        "text/csv": _in("delimited"),
        "text/tab-separated-values": _in("delimited"),
        "application/xml": _in("xml"),
        "application/json": _in("json_records"),
        "application/jsonl": _in("json_records"),
        "message/rfc822": _in("email_message"),
        "application/zip": _in("archive"),
        "application/epub+zip": _in("epub"),
        f"{_OPEN}wordprocessingml.document": _in("docx"),
        f"{_OPEN}presentationml.presentation": _in("pptx"),
        f"{_OPEN}spreadsheetml.sheet": _in("workbook"),
        **dict.fromkeys((f"{_ODF}{kind}" for kind in _ODF_KINDS), _in("odf")),
        "application/msword": _in("office"),
        "application/vnd.ms-powerpoint": _in("office"),
        "application/vnd.ms-excel": _in("office"),
        "application/x-ole-storage": _in("office"),
        "application/x-encrypted-office": _in("office"),
        "application/vnd.ms-outlook": _in("office"),
        "application/rtf": _in("office"),
        **dict.fromkeys((f"image/{kind}" for kind in _PICTURES), _in("image")),
    }
)
