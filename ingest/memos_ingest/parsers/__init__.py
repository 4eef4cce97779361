"""One parser a file, chosen from `REGISTRY` by media type.

A parser is a plain function of bytes, so that it can run in another process; a new format is a file here and a line
in the registry. Parsers raise IngestError and nothing else on bad input, and never fetch or write anything.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TypeAlias

from memos_ingest.parsers import html, markdown, pdf, text
from memos_ingest.parsers.base import Parsed, Source

Parser: TypeAlias = Callable[[Source], Parsed]

REGISTRY: Mapping[str, Parser] = MappingProxyType(
    {
        "application/pdf": pdf.parse,
        "text/html": html.parse,
        "text/markdown": markdown.parse,
        "text/plain": text.parse,
    }
)
