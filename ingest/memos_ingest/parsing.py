"""Read one file: find out what it is, hand it to its parser, read what is inside it, refuse what came out near empty.

Declines to know any format's inside, and how many files there are.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import PurePosixPath
from types import MappingProxyType

from memos_ingest.chat import is_chat, read_chat
from memos_ingest.decode import decoded
from memos_ingest.elements import Conversation, Document, Element
from memos_ingest.errors import IngestError, NothingRead, TooLarge, UnreadableFile, UnsupportedFormat
from memos_ingest.limits import DEFAULT_LIMITS, Limits
from memos_ingest.locomo import is_locomo, read_locomo
from memos_ingest.parsers import REGISTRY
from memos_ingest.parsers.base import METADATA_CHARS, Budget, Parsed, Part, Source, Unread
from memos_ingest.parsers.choosing import chosen, other_parser
from memos_ingest.parsers.json_records import json_of, records
from memos_ingest.sniff import media_type_of
from memos_ingest.sniff_inside import OLE

JSON_TYPES = frozenset(("application/json", "application/jsonl"))
_PLAIN = frozenset(("text/plain", "text/markdown", "text/csv", "text/tab-separated-values"))
READABLE = frozenset(REGISTRY)  #: media types that `read` takes

# A page of HTML can be a thousand times its text; below this share, and below this many letters, something was missed.
_MIN_LETTERS = 16
_NEAR_EMPTY_BYTES = 4_096
_NONE: Mapping[str, str] = MappingProxyType({})


def parse(
    data: bytes,
    *,
    name: str,
    media_type: str | None = None,
    encoding: str | None = None,
    limits: Limits = DEFAULT_LIMITS,
    parsers: str | Mapping[str, str] | None = None,
) -> Document:
    """The document that the bytes hold; of a mail or an archive the outer one alone.

    `name` is for the title, messages and a last hint at the format; nothing is opened by it. `media_type` overrides
    what the bytes show; `parsers` says who reads which format, where not ours (`parsers.choosing`). Raises TooLarge,
    UnsupportedFormat, UnreadableFile, NoSuchParser for a choice that is none, or NothingRead when next to no text was
    found. Cost: one pass of the format's parser, in this process.
    """
    source = _source(data, name, media_type, encoding, limits, Budget())
    parsed = _parsed(source, chosen(parsers or _NONE))
    _refuse_near_empty(data, name, parsed)
    return _document(source, parsed)


def read(
    data: bytes,
    *,
    name: str,
    media_type: str | None = None,
    chat_time: str | datetime | None = None,
    encoding: str | None = None,
    limits: Limits = DEFAULT_LIMITS,
    parsers: str | Mapping[str, str] | None = None,
) -> tuple[Document | Conversation, ...]:
    """Whatever a file holds: one Document; the Conversations of a chat or of the LoCoMo file (both JSON); of a mail or
    an archive its own Document first, then what is read of each file inside, named "mail.eml!/report.pdf".

    A file inside that cannot be read is named with the reason in the outer document's metadata, as "unread"; when
    none can, NothingRead is raised. `chat_time` is given to chats that carry no time of their own. Raises as `parse`,
    and NotAChat for JSON that means to be a chat and is none.
    """
    reading = _Reading(chat_time, limits, chosen(parsers or _NONE))
    return tuple(reading.read(_source(data, name, media_type, encoding, limits, reading.budget), 0))


def inner_bytes(data: bytes, *, name: str, inner: str, limits: Limits = DEFAULT_LIMITS) -> bytes:
    """The bytes of what `read` calls `inner` ("mail.eml!/report.pdf") in the file called `name`, which may be itself.

    UnreadableFile when the file holds nothing so called; and as `read`. Opens what lies on the way, nothing beside it.
    """
    budget = Budget()
    while inner != name:
        rest = inner.removeprefix(f"{name}!/")
        parts = _parsed(_source(data, name, None, None, limits, budget)).parts
        on_the_way = (part for part in parts if isinstance(part, Part) and f"{rest}!/".startswith(f"{part.name}!/"))
        part = next(on_the_way, None)
        if part is None:
            raise UnreadableFile(name, f"holds no {rest!r}; was the file changed? feed it again")
        data, name = part.data, f"{name}!/{part.name}"
    return data


@dataclass(slots=True)
class _Reading:
    """One file with all that is in it."""

    chat_time: str | datetime | None
    limits: Limits
    parsers: Mapping[str, str]  #: by media type, where another parser than ours was chosen
    budget: Budget = field(default_factory=Budget)

    def read(self, source: Source, depth: int) -> list[Document | Conversation]:
        """What the source holds, and what the files inside it hold."""
        if source.media_type in JSON_TYPES:
            return self._json(source)
        parsed = _parsed(source, self.parsers)
        inside: list[Document | Conversation] = []
        unread: list[Unread] = []
        for part in parsed.parts:
            if isinstance(part, Unread):
                unread.append(part)
                continue
            name = f"{source.name}!/{part.name}"
            if depth + 1 > self.limits.containers:
                why = f"lies deeper than containers = {self.limits.containers}; take it out, or raise that limit"
                unread.append(Unread(name=part.name, reason=why))
                continue
            try:
                inner = _source(part.data, name, part.media_type, None, self.limits, self.budget)
                inside.extend(self.read(inner, depth + 1))
            except TooLarge as error:
                if error.limit in ("zip_bytes", "zip_entries"):
                    raise  # spent by all files inside together, so that no later one can be read either
                unread.append(Unread(name=part.name, reason=error.reason))
            except IngestError as error:
                unread.append(Unread(name=part.name, reason=error.reason))
        if not inside:
            if unread and not _letters_beside_list(parsed):
                raise NothingRead(source.name, f"none of the files in it could be read: {_shown(unread)}")
            _refuse_near_empty(source.data, source.name, parsed)
        document = _document(source, parsed)
        if unread:
            told = {"unread": _shown(unread)[:METADATA_CHARS], "unread_files": str(len(unread))}
            document = replace(document, metadata=MappingProxyType({**document.metadata, **told}))
        return [document, *inside] if document.elements else inside

    def _json(self, source: Source) -> list[Document | Conversation]:
        value = json_of(source)
        if is_locomo(value):
            return list(read_locomo(value, name=source.name))
        if is_chat(value):
            return [read_chat(value, name=source.name, chat_time=self.chat_time, limits=self.limits)]
        parsed = records(value, source)
        _refuse_near_empty(source.data, source.name, parsed)
        return [_document(source, parsed)]


def _source(
    data: bytes, name: str, media_type: str | None, encoding: str | None, limits: Limits, budget: Budget
) -> Source:
    if len(data) > limits.file_bytes:
        raise TooLarge(name, "file_bytes", limits.file_bytes, len(data), "bytes")
    if not data.strip():
        raise NothingRead(name, "is empty; remove it, or put text into it")
    chosen = media_type.partition(";")[0].strip().lower() if media_type else media_type_of(data, name=name)
    if chosen == OLE:
        chosen = media_type_of(data)  # said by a caller who saw the head alone
    return Source(data=data, name=name, limits=limits, encoding=encoding, media_type=chosen, budget=budget)


def _parsed(source: Source, parsers: Mapping[str, str] = _NONE) -> Parsed:
    if (name := parsers.get(source.media_type)) is not None:
        parsed = other_parser(name)(source)
        return replace(parsed, metadata={**parsed.metadata, "parser": name})
    parser = REGISTRY.get(source.media_type)
    if parser is None:
        shown = ", ".join(sorted(REGISTRY))
        raise UnsupportedFormat(source.name, f"is {source.media_type}; supported are {shown}; convert it to one")
    if source.encoding is not None or source.media_type not in _PLAIN or len(source.data) > source.limits.text_bytes:
        return parser(source)
    found = decoded(source.data, name=source.name)
    parsed = parser(replace(source, encoding=found.encoding))
    # a guess is told: the reader of the graph cannot see the bytes any more
    told = {"encoding": f"{found.encoding} (guessed)"} if found.guessed else {}
    return replace(parsed, metadata={**parsed.metadata, **told})


def _document(source: Source, parsed: Parsed) -> Document:
    return Document(
        title=" ".join((parsed.title or "").split()) or PurePosixPath(source.name.replace("\\", "/")).stem
        or source.name,
        name=source.name,
        media_type=source.media_type,
        content_hash=hashlib.sha256(source.data).hexdigest(),
        elements=parsed.elements,
        language=parsed.language,
        metadata=MappingProxyType(dict(parsed.metadata)),
    )  # fmt: skip


def _shown(unread: Sequence[Unread]) -> str:
    return "\n".join(f"{one.name}: {one.reason}" for one in unread)


def _letters_beside_list(parsed: Parsed) -> bool:
    """Whether there is text that is not just the list of what is inside."""
    return any(element.kind != "list_item" and element.text.strip() for element in parsed.elements)


def _refuse_near_empty(data: bytes, name: str, parsed: Parsed) -> None:
    letters = _letters(parsed.elements, enough=_MIN_LETTERS)
    has_pictures = any(e.kind == "image" and (e.text or e.picture is not None) for e in parsed.elements)
    if letters == 0 and not has_pictures:
        raise NothingRead(name, parsed.why_empty or f"no text was found in its {len(data):,} bytes; look at the file")
    if letters < _MIN_LETTERS and len(data) > _NEAR_EMPTY_BYTES and not has_pictures:
        why = parsed.why_empty or "look at the file"
        raise NothingRead(name, f"only {letters} letters were found in its {len(data):,} bytes; {why}")


def _letters(elements: Iterator[Element] | Sequence[Element], *, enough: int) -> int:
    """Letters and digits in the elements, counted up to `enough`."""
    found = 0
    for element in elements:
        found += sum(map(str.isalnum, element.text))
        if found >= enough:
            break
    return found
