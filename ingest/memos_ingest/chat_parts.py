"""What messages carry beside their text: pictures and files, by address or with their bytes, and calls of tools.

Parts are opened strictly and never fetched; bytes are decoded and not looked into. Declines to know sessions, times and
speakers.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import unquote, unquote_to_bytes, urlsplit

from memos_ingest.errors import NotAChat, TooLarge
from memos_ingest.limits import DEFAULT_LIMITS, Limits

_ADDRESS = re.compile(r"@?(https?://\S+(?: \S+)*)", re.IGNORECASE)
_DATA_URL = re.compile(r"data:([\w.+-]+/[\w.+-]+)?((?:;[\w.+-]+=[^;,]*)*)(;base64)?,", re.IGNORECASE)
_MAX_NAME = 120  # characters
_CALLS = ("tool_calls", "tool_call_id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A picture or file of a message. Of `data` and `url` one is there, or neither when it is known by an id alone."""

    kind: Literal["image", "file"]
    name: str  #: of the file, without folders; made up when it has none
    data: bytes = b""
    url: str | None = None
    message: str = ""  #: id of its message
    nth: int = 0  #: among the parts of its kind in the message
    problem: str = ""  #: why what stands at `url` could not be fetched, when the caller tried to

    @property
    def href(self) -> str | None:
        """What stands for it in the message: its address, or for bytes their hash."""
        return f"sha256:{hashlib.sha256(self.data).hexdigest()}" if self.data else self.url


@dataclass(frozen=True, slots=True, kw_only=True)
class Extras:
    """What a chat carries beside its text."""

    parts: tuple[Part, ...] = ()
    calls: Mapping[str, Mapping[str, Any]]  #: by message id, its tool_calls and tool_call_id, as they were given

    @property
    def digest(self) -> str:
        """sha256 of all bytes in the parts, hex; "" when there are none."""
        held = [part.data for part in self.parts if part.data]
        return hashlib.sha256(b"".join(hashlib.sha256(data).digest() for data in held)).hexdigest() if held else ""


def extras_of(value: object, *, limits: Limits = DEFAULT_LIMITS) -> Extras:
    """The extras of messages, or of a parsed chat file in any form that `read_chat` takes; ids are those it gives.

    Meant for what was read as a chat before. NotAChat names the message and the part that can't be opened.
    """
    parts: list[Part] = []
    calls: dict[str, Mapping[str, Any]] = {}
    for position, message in enumerate(_messages(value), 1):
        given = message.get("id")
        identity = str(given).strip() if isinstance(given, str | int) and str(given).strip() else str(position)
        called = {name: message[name] for name in _CALLS if message.get(name)}
        if called:
            calls[identity] = check_json(called, f"message {identity}")
        content = message.get("content")
        counts = {"image": 0, "file": 0}
        for at, part in enumerate(content if isinstance(content, list) else ()):
            if isinstance(part, Mapping) and part.get("type") in ("image_url", "file"):
                opened = open_part(part, f"message {identity}.content[{at}]", limits)
                parts.append(
                    Part(kind=opened.kind, name=opened.name, data=opened.data, url=opened.url, message=identity,
                         nth=counts[opened.kind])
                )  # fmt: skip
                counts[opened.kind] += 1
    return Extras(parts=tuple(parts), calls=calls)


def open_part(part: Mapping[str, Any], where: str, limits: Limits) -> Part:
    """An `image_url` or `file` part opened. NotAChat, TooLarge (the limit is file_bytes)."""
    if part.get("type") == "image_url":
        image = part.get("image_url")
        url = image.get("url") if isinstance(image, Mapping) else image
        if not isinstance(url, str) or not url.strip():
            raise NotAChat(where, 'image_url has no url; write {"type": "image_url", "image_url": {"url": ...}}')
        if url.lstrip()[:5].lower() != "data:":
            return Part(kind="image", name=_name_in(url) or "picture", url=url.strip())
        media_type, data = _data_url(url.strip(), where, limits)
        return Part(kind="image", name=f"picture.{_ending(media_type) or 'png'}", data=data)
    file = part.get("file")
    if not isinstance(file, Mapping):
        raise NotAChat(where, 'file is missing; write {"type": "file", "file": {"file_data": URL or Base64}}')
    named = _clean(file.get("filename"))
    given = file.get("file_data")
    if given is None and isinstance(file.get("file_id"), str) and file["file_id"].strip():
        return Part(kind="file", name=named or _clean(file["file_id"]) or "file")
    if not isinstance(given, str) or not given.strip():
        raise NotAChat(where, "file has no file_data; give a URL, a data: URL or Base64")
    address = _ADDRESS.fullmatch(given.strip())
    if address is not None:
        return Part(kind="file", name=named or _name_in(address[1]) or "file", url=address[1])
    if given.lstrip()[:5].lower() == "data:":
        media_type, data = _data_url(given.strip(), where, limits)
        return Part(kind="file", name=named or f"file.{_ending(media_type) or 'bin'}", data=data)
    return Part(kind="file", name=named or "file", data=_base64(given, where, limits))


def check_json(value: Any, where: str) -> Any:
    """`value` when it is JSON that can be stored. NotAChat for other values, NUL, and halves of surrogate pairs."""
    try:
        written = json.dumps(value, ensure_ascii=False)
        written.encode()
    except (TypeError, ValueError, RecursionError) as problem:
        raise NotAChat(where, f"holds what is no JSON: {problem}; write it as JSON") from problem
    if "\\u0000" in written:
        raise NotAChat(where, "holds a NUL; leave it out")
    return value


def _messages(value: object) -> Iterator[Mapping[str, Any]]:
    whole = value if isinstance(value, Mapping) else {"messages": value}
    sessions = whole.get("sessions")
    groups = [s.get("messages") for s in sessions if isinstance(s, Mapping)] if isinstance(sessions, list) else None
    for group in [whole.get("messages")] if groups is None else groups:
        if isinstance(group, Sequence) and not isinstance(group, str | bytes):
            yield from (message if isinstance(message, Mapping) else {} for message in group)


def _data_url(url: str, where: str, limits: Limits) -> tuple[str, bytes]:
    head = _DATA_URL.match(url)
    if head is None:
        raise NotAChat(where, "is no data: URL; write data:MEDIA/TYPE;base64,...")
    body = url[head.end() :]
    if head[3]:
        return head[1] or "", _base64(unquote(body), where, limits)
    _check_size(len(body), where, limits)
    data = unquote_to_bytes(body)
    if not data:
        raise NotAChat(where, "holds no bytes; leave the part out")
    return head[1] or "", data


def _base64(text: str, where: str, limits: Limits) -> bytes:
    packed = "".join(text.split())
    _check_size(len(packed) * 3 // 4, where, limits)
    packed += "=" * (-len(packed) % 4)
    other = b"-_" if set(packed) & set("-_") else None  # the alphabet of addresses
    try:
        data = base64.b64decode(packed.encode("ascii"), altchars=other, validate=True)
    except (binascii.Error, UnicodeEncodeError) as problem:
        raise NotAChat(where, "is neither a URL nor Base64; check how it was encoded") from problem
    if not data:
        raise NotAChat(where, "holds no bytes; leave the part out")
    return data


def _check_size(size: int, where: str, limits: Limits) -> None:
    if size > limits.file_bytes:
        raise TooLarge(where, "file_bytes", limits.file_bytes, size, "bytes")


def _name_in(url: str) -> str:
    try:
        return _clean(unquote(urlsplit(url).path))
    except ValueError:
        return ""


def _clean(name: object) -> str:
    """The last part of a file's name, printable and not too long; "" for none."""
    if not isinstance(name, str):
        return ""
    last = name.replace("\\", "/").rstrip("/").rpartition("/")[2]
    kept = "".join(c for c in last if c.isprintable() and not "\ud800" <= c <= "\udfff").strip(" .")
    stem, dot, ending = kept.rpartition(".")
    return kept if len(kept) <= _MAX_NAME else f"{(stem or ending)[: _MAX_NAME - 12]}{dot}{ending[:10] if stem else ''}"


def _ending(media_type: str) -> str:
    return re.sub(r"[^a-z0-9]", "", media_type.lower().rpartition("/")[2].partition("+")[0])[:10]
