"""A mail: its fields and body as a document, its attachments as parts.

The body is the HTML form where that holds at least as much as the plain one, else the plain one. Declines to know
what an attachment is: its bytes say so. Fetches no picture, follows no link.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from email import policy
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message
from email.parser import BytesParser
from typing import TypeAlias

from memos_ingest.decode import decode
from memos_ingest.elements import NOWHERE, Element
from memos_ingest.errors import IngestError, TooLarge, UnreadableFile
from memos_ingest.parsers import html, text
from memos_ingest.parsers.base import METADATA_CHARS, Parsed, Part, Source, Unread
from memos_ingest.parsers.package import name_problem
from memos_ingest.parsers.wording import tidy

_SHOWN = ("From", "To", "Cc", "Date")
_KEPT = {"From": "from", "To": "to", "Cc": "cc", "Date": "date", "Message-ID": "message_id",
         "In-Reply-To": "in_reply_to", "References": "references"}  # fmt: skip
_MAX_PARTS = 1_000
_FIELD_CHARS = 20_000
_MAX_DEPTH = 30  # of multiparts in one another, without attached mails
_BROKEN = (MessageError, ValueError, LookupError, TypeError, AttributeError, IndexError, RecursionError)
_FIELD = re.compile(rb"[!-9;-~]{1,80}:", re.MULTILINE)
_MAIL = "message/rfc822"

Mail: TypeAlias = "Message[str, str]"


def parse(source: Source) -> Parsed:
    """The mail's subject, fields and body; the attachments as parts."""
    if not _FIELD.match(source.data.lstrip()[:200]):
        raise UnreadableFile(source.name, "does not begin with a mail's fields; save the mail again as .eml")
    try:
        message = BytesParser(policy=policy.compat32).parsebytes(source.data.lstrip(b"\r\n"))
        leaves = list(_leaves(message, source))
    except _BROKEN as problem:
        raise UnreadableFile(source.name, f"is no mail that can be read: {problem}; save it again") from problem
    body, parts = _sorted(leaves)
    elements: list[Element] = []
    subject = _field(message, "Subject")
    if subject:
        elements.append(Element(kind="title", text=subject))
    fields = [f"{name}: {value}" for name in _SHOWN if (value := _field(message, name))]
    if fields:
        elements.append(Element(kind="paragraph", text="\n".join(fields)))
    elements.extend(_body(body, source))
    kept = {key: value[:METADATA_CHARS] for name, key in _KEPT.items() if (value := _field(message, name))}
    return Parsed(elements=tuple(elements), title=subject or None, metadata=kept, parts=_attachments(parts))


def _leaves(message: Mail, source: Source) -> Iterator[Mail]:
    """Every part that is not made of parts, an attached mail whole."""
    waiting = [(message, 0)]
    seen = 0
    while waiting:
        part, depth = waiting.pop()
        seen += 1
        if seen > _MAX_PARTS:
            raise TooLarge(source.name, "parts of a mail", _MAX_PARTS, seen, "parts")
        if part.is_multipart() and part.get_content_type() != _MAIL and depth < _MAX_DEPTH:
            inside = [p for p in part.get_payload() if isinstance(p, Message)]
            waiting.extend((p, depth + 1) for p in reversed(inside))
        else:
            yield part


def _sorted(leaves: list[Mail]) -> tuple[list[Mail], list[Mail]]:
    """The parts that are body, the first plain and the first HTML one, and those that are attached."""
    body: dict[str, Mail] = {}
    rest: list[Mail] = []
    for part in leaves:
        kind = part.get_content_type()
        attached = part.get_content_disposition() == "attachment" or bool(part.get_filename())
        if kind in ("text/plain", "text/html") and not attached and kind not in body:
            body[kind] = part
        else:
            rest.append(part)
    return list(body.values()), rest


def _body(parts: list[Mail], source: Source) -> list[Element]:
    read: list[list[Element]] = []
    for part in parts:
        data = _bytes(part)
        if not data.strip():
            continue
        inner = Source(data=data, name=source.name, limits=source.limits, encoding=_charset(part), budget=source.budget)
        is_html = part.get_content_type() == "text/html"
        try:
            parsed = (html if is_html else text).parse(inner)
        except UnreadableFile:
            # the stated encoding is wrong, as in many old mails: what the bytes show counts
            again = Source(data=data, name=source.name, limits=source.limits, budget=source.budget)
            parsed = (html if is_html else text).parse(again)
        # offsets would be those of the part, not of the file
        read.append([replace(element, provenance=NOWHERE) for element in parsed.elements])
    return max(read, key=_weight, default=[])


def _weight(elements: list[Element]) -> tuple[int, bool]:
    """Letters, in steps so that small differences count less than structure does."""
    letters = sum(sum(map(str.isalnum, e.text)) for e in elements)
    return letters * 10 // 8 if any(e.kind in ("table", "list_item", "heading") for e in elements) else letters, True


def _attachments(parts: list[Mail]) -> Iterator[Part | Unread]:
    taken: set[str] = set()
    for number, part in enumerate(parts, 1):
        is_mail = part.get_content_type() == _MAIL
        name = _name(part, number, is_mail)
        while name in taken:
            stem, dot, extension = name.rpartition(".")
            name = f"{stem} ({number}){dot}{extension}" if dot else f"{name} ({number})"
        taken.add(name)
        try:
            data = _bytes(part)
        except (*_BROKEN, IngestError) as problem:
            yield Unread(name=name, reason=f"cannot be decoded: {problem}")
            continue
        if data.strip():
            yield Part(name=name, data=data, media_type=_MAIL if is_mail else None)


def _name(part: Mail, number: int, is_mail: bool) -> str:
    """What the attachment is called, without any folder; a number where the mail gives no name that can be used."""
    try:
        said = part.get_filename() or ""
        if is_mail and not said:
            inner = part.get_payload()
            subject = _field(inner[0], "Subject") if isinstance(inner, list) and inner else ""
            said = f"{subject.replace('/', '-')[:80]}.eml" if subject else ""
    except _BROKEN:
        said = ""
    name = tidy(said.replace("\\", "/").rpartition("/")[2]).replace("\n", " ")
    if name and name_problem(name) is None:
        return name
    extension = {"text/plain": ".txt", "text/html": ".html", _MAIL: ".eml"}.get(part.get_content_type(), "")
    return f"part {number}{extension}"


def _bytes(part: Mail) -> bytes:
    if part.get_content_type() == _MAIL:
        inner = part.get_payload()
        return inner[0].as_bytes() if isinstance(inner, list) and inner and isinstance(inner[0], Message) else b""
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _charset(part: Mail) -> str | None:
    try:
        stated = part.get_content_charset()
        if stated is None or stated in ("us-ascii", "ascii", "utf-8"):
            return None  # many write 8-bit letters all the same
        decode(b"", name="", encoding=stated)
    except (*_BROKEN, IngestError):
        return None
    return stated


def _field(message: object, name: str) -> str:
    """The field's text, decoded; cut where no writer of mails goes. The new policy's parser is quadratic in length."""
    if not isinstance(message, Message):
        return ""
    raw = next((value for key, value in message.raw_items() if key.lower() == name.lower()), "")
    raw = str(raw)[:_FIELD_CHARS].encode("ascii", "surrogateescape").decode("utf-8", "replace")
    with suppress(*_BROKEN):  # else it is shown as it is written
        raw = str(make_header(decode_header(raw)))
    return tidy(raw).replace("\n", " ")
