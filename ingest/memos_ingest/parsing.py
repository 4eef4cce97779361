"""Read one file: find out what it is, hand it to its parser, refuse what came out near empty.

Declines to know any format's inside, and how many files there are.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import PurePosixPath
from types import MappingProxyType

from memos_ingest.chat import is_chat, read_chat
from memos_ingest.decode import decode
from memos_ingest.elements import Conversation, Document, Element
from memos_ingest.errors import NotAChat, NothingRead, TooLarge, UnreadableFile, UnsupportedFormat
from memos_ingest.limits import DEFAULT_LIMITS, Limits
from memos_ingest.locomo import is_locomo, read_locomo
from memos_ingest.parsers import REGISTRY
from memos_ingest.parsers.base import Parsed, Source
from memos_ingest.sniff import media_type_of

JSON_TYPE = "application/json"
READABLE = frozenset((*REGISTRY, JSON_TYPE))  #: media types that `read` takes

# A page of HTML can be a thousand times its text; below this share, and below this many letters, something was missed.
_MIN_LETTERS = 16
_NEAR_EMPTY_BYTES = 4_096


def parse(
    data: bytes,
    *,
    name: str,
    media_type: str | None = None,
    encoding: str | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> Document:
    """The document that the bytes hold.

    `name` is for the title, messages and a last hint at the format; nothing is opened by it. `media_type` overrides
    what the bytes show. Raises TooLarge, UnsupportedFormat, UnreadableFile, or NothingRead when next to no text was
    found. Cost: one pass of the format's parser, in this process.
    """
    chosen = _checked_type(data, name, media_type, limits)
    if chosen == JSON_TYPE:
        raise UnsupportedFormat(name, "is JSON, which is read as a chat only; pass it to read()")
    parser = REGISTRY.get(chosen)
    if parser is None:
        raise UnsupportedFormat(name, f"is {chosen}; supported are {', '.join(sorted(REGISTRY))}; convert it to one")
    parsed = parser(Source(data=data, name=name, limits=limits, encoding=encoding))
    _refuse_near_empty(data, name, parsed)
    return Document(
        title=" ".join((parsed.title or "").split()) or PurePosixPath(name.replace("\\", "/")).stem or name,
        name=name,
        media_type=chosen,
        content_hash=hashlib.sha256(data).hexdigest(),
        elements=parsed.elements,
        language=parsed.language,
        metadata=MappingProxyType(dict(parsed.metadata)),
    )


def read(
    data: bytes,
    *,
    name: str,
    media_type: str | None = None,
    chat_time: str | datetime | None = None,
    encoding: str | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> tuple[Document | Conversation, ...]:
    """Whatever a file holds: one Document, or the Conversations of a chat or of the LoCoMo file (both JSON).

    `chat_time` is given to chats that carry no time of their own. Raises as `parse`, and NotAChat for other JSON.
    """
    if _checked_type(data, name, media_type, limits) != JSON_TYPE:
        return (parse(data, name=name, media_type=media_type, encoding=encoding, limits=limits),)
    value = _json(data, name, encoding, limits)
    if is_locomo(value):
        return read_locomo(value, name=name)
    if is_chat(value):
        return (read_chat(value, name=name, chat_time=chat_time, limits=limits),)
    raise NotAChat(
        name,
        "is JSON but no chat; expected a list of messages {role, content}, or "
        "{conversation_id, sessions: [{chat_time, messages}]}",
    )


def _checked_type(data: bytes, name: str, media_type: str | None, limits: Limits) -> str:
    if len(data) > limits.file_bytes:
        raise TooLarge(name, "file_bytes", limits.file_bytes, len(data), "bytes")
    if not data.strip():
        raise NothingRead(name, "is empty; remove it, or put text into it")
    return media_type.partition(";")[0].strip().lower() if media_type else media_type_of(data, name=name)


def _json(data: bytes, name: str, encoding: str | None, limits: Limits) -> object:
    if len(data) > limits.text_bytes:
        raise TooLarge(name, "text_bytes", limits.text_bytes, len(data), "bytes")
    try:
        return json.loads(decode(data, name=name, encoding=encoding))
    except json.JSONDecodeError as problem:
        raise UnreadableFile(
            name, f"is not valid JSON at line {problem.lineno}, column {problem.colno}: {problem.msg}; repair the file"
        ) from problem
    except RecursionError as problem:
        raise UnreadableFile(name, "is JSON nested too deep to be a chat") from problem


def _refuse_near_empty(data: bytes, name: str, parsed: Parsed) -> None:
    letters = _letters(parsed.elements, enough=_MIN_LETTERS)
    has_pictures = any(element.kind == "image" and element.text for element in parsed.elements)
    if letters == 0 and not has_pictures:
        raise NothingRead(name, parsed.why_empty or f"no text was found in its {len(data):,} bytes; look at the file")
    if letters < _MIN_LETTERS and len(data) > _NEAR_EMPTY_BYTES and not has_pictures:
        why = parsed.why_empty or "look at the file"
        raise NothingRead(name, f"only {letters} letters were found in its {len(data):,} bytes; {why}")


def _letters(elements: Sequence[Element], *, enough: int) -> int:
    """Letters and digits in the elements, counted up to `enough`."""
    found = 0
    for element in elements:
        found += sum(map(str.isalnum, element.text))
        if found >= enough:
            break
    return found
