"""What goes into a parser and what comes out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from memos_ingest.elements import Element
from memos_ingest.errors import TooLarge
from memos_ingest.limits import Limits

METADATA_CHARS = 2_000  #: longer values of a document's own metadata are cut


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A file in memory."""

    data: bytes
    name: str  #: for messages only; never opened
    limits: Limits
    encoding: str | None = None  #: of text formats, when the caller knows it


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """A document before its name and hash are put to it."""

    elements: tuple[Element, ...]
    title: str | None = None
    language: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    why_empty: str | None = None  #: what the parser knows about missing text, such as "its pages are images"


def check_text_size(source: Source) -> None:
    """TooLarge when a text format's bytes are over their limit."""
    if len(source.data) > source.limits.text_bytes:
        raise TooLarge(source.name, "text_bytes", source.limits.text_bytes, len(source.data), "bytes")
