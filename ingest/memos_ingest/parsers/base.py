"""What goes into a parser and what comes out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from memos_ingest.elements import Element
from memos_ingest.errors import TooLarge
from memos_ingest.limits import Limits

METADATA_CHARS = 2_000  #: longer values of a document's own metadata are cut


@dataclass(slots=True)
class Budget:
    """What a file has unpacked so far, with all that is inside it; the one thing here that changes."""

    entries: int = 0
    bytes: int = 0

    def spend(self, name: str, limits: Limits, *, entries: int = 0, unpacked: int = 0) -> None:
        """Count what is about to be unpacked. TooLarge when that is over the limits."""
        self.entries += entries
        self.bytes += unpacked
        if self.entries > limits.zip_entries:
            raise TooLarge(name, "zip_entries", limits.zip_entries, self.entries, "entries")
        if self.bytes > limits.zip_bytes:
            raise TooLarge(name, "zip_bytes", limits.zip_bytes, self.bytes, "bytes")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A file in memory."""

    data: bytes
    name: str  #: for messages only; never opened
    limits: Limits
    encoding: str | None = None  #: of text formats, when the caller knows it
    media_type: str = ""  #: as it was found out; a parser of several formats asks for it
    budget: Budget = field(default_factory=Budget)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A file inside a file: a member of an archive, an attachment."""

    name: str  #: as the outer file has it, with forward slashes
    data: bytes
    media_type: str | None = None  #: only where the outer file is the one to know: None is better than a claim


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """A file inside a file that was passed over, and why."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """A document before its name and hash are put to it."""

    elements: tuple[Element, ...]
    title: str | None = None
    language: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    why_empty: str | None = None  #: what the parser knows about missing text, such as "its pages are images"
    parts: Iterable[Part | Unread] = ()  #: taken one at a time, so that one is unpacked at a time


def check_text_size(source: Source) -> None:
    """TooLarge when a text format's bytes are over their limit."""
    if len(source.data) > source.limits.text_bytes:
        raise TooLarge(source.name, "text_bytes", source.limits.text_bytes, len(source.data), "bytes")
