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


REGISTRY: Mapping[str, Parser] = MappingProxyType(
    {
        "application/pdf": _in("pdf"),
        "text/html": _in("html"),
        "text/markdown": _in("markdown"),
        "text/plain": _in("text"),
    }
)
