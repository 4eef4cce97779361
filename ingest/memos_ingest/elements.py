"""What ingestion hands on: a document as typed elements, a chat as sessions of messages.

Frozen values only. Declines to know how they were parsed, how they are split, and that a graph exists.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Literal, TypeAlias, get_args

ElementKind: TypeAlias = Literal[
    "title", "heading", "paragraph", "list_item", "table", "code", "formula", "image", "caption", "quote", "footnote",
    "page_header", "page_footer",
]  # fmt: skip
Role: TypeAlias = Literal["user", "assistant", "system", "tool"]
Box: TypeAlias = tuple[float, float, float, float]

#: what stands on every page beside its text; no part of what the document says
MARGINS: frozenset[str] = frozenset({"page_header", "page_footer"})
KINDS: frozenset[str] = frozenset(get_args(ElementKind))
ROLES: frozenset[str] = frozenset(get_args(Role))

_NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Where something came from; a field that the format does not have is None."""

    page: int | None = None  #: from 1
    box: Box | None = None  #: (left, top, right, bottom) in points, origin at the page's top left
    start: int | None = None  #: first character in the decoded text; text formats only
    end: int | None = None  #: exclusive
    message_id: str | None = None


NOWHERE = Provenance()


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Where words of a text lead, as the document wrote it. Nobody has looked what is there."""

    href: str  #: a URL, or a name relative to the document
    text: str  #: the words that are linked; "" when a picture is


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureFacts:
    """What the bytes of a picture say about it."""

    media_type: str
    width: int  #: pixels
    height: int
    content_hash: str  #: sha256 of the bytes, hex
    likeness: str  #: perceptual hash, 64 bits as 16 hex digits: a few bits apart means the same picture
    taken_at: datetime | None = None  #: as the camera wrote it; UTC where it names its zone
    place: tuple[float, float] | None = None  #: latitude and longitude, degrees
    thumbnail: bytes = b""  #: a small JPEG or PNG; b"" when none was made
    unread: str | None = None  #: why the text in it was not read; None: it was, or there is none


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """One block of a document, in reading order.

    `text` is what a reader sees: a table as Markdown, an image's alt text or caption ("" when it has neither).
    """

    kind: ElementKind
    text: str
    level: int = 0  #: of a heading: 1 is the highest; of a list item: 0 is the outermost; else 0
    provenance: Provenance = NOWHERE
    href: str | None = None  #: an image's source, as the document wrote it
    alt: str | None = None  #: an image's alternative text
    caption: str | None = None  #: of an image or table
    cells: tuple[tuple[str, ...], ...] = ()  #: of a table, row by row, where the parser knows them
    picture: PictureFacts | None = None  #: of an image whose bytes were there
    links: tuple[Link, ...] = ()  #: in its text, in order


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A parsed file."""

    title: str  #: the document's own title, else the file's name without its extension
    name: str  #: as the caller gave it, often a relative path
    media_type: str
    content_hash: str  #: sha256 of the bytes, hex
    elements: tuple[Element, ...]  #: reading order
    language: str | None = None  #: only as the document declares it
    metadata: Mapping[str, str] = field(default_factory=lambda: _NOTHING)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageRef:
    """A picture that a message carries; it is never fetched."""

    caption: str = ""
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One turn of a chat. `text` or `images` is not empty."""

    id: str  #: unique in its conversation
    role: Role
    speaker: str  #: a name where the chat has one, else the role
    text: str
    time: datetime | None = None  #: UTC
    images: tuple[ImageRef, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Messages that belong to one sitting, in order."""

    id: str  #: unique in its conversation
    messages: tuple[Message, ...]
    time: datetime | None = None  #: UTC, when it began


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """A chat: its sessions in order."""

    id: str
    title: str
    sessions: tuple[Session, ...]
    content_hash: str  #: sha256, hex, of what was said, by whom and when


# What `split` returns. `parent` and `section` are positions in the tuple that `split` returned.


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A heading and what stands under it."""

    title: str
    level: int  #: as the document has it, 1 is the highest
    heading_path: tuple[str, ...]  #: from the outermost heading down to this one's own title
    parent: int | None  #: position of the enclosing Section; None at the top
    provenance: Provenance = NOWHERE  #: of the heading
    links: tuple[Link, ...] = ()  #: in the heading


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A piece of text small enough to embed."""

    text: str
    heading_path: tuple[str, ...]
    section: int | None  #: position of its Section; None before the first heading
    provenance: Provenance  #: first page; box and span cover all of it that lies on that page
    kinds: tuple[ElementKind, ...]  #: of the elements in it, in order, without repeats
    pages: tuple[int, ...] = ()  #: every page it touches, in order
    links: tuple[Link, ...] = ()  #: in its text, in order, each once


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """An image of the document."""

    text: str  #: caption and alt text, whichever there are; "" when neither
    href: str | None
    heading_path: tuple[str, ...]
    section: int | None
    illustrates: int | None  #: position of the Passage it belongs to; None when its section has no text
    provenance: Provenance
    alt: str | None = None
    caption: str | None = None
    facts: PictureFacts | None = None


Piece: TypeAlias = Section | Passage | Picture
