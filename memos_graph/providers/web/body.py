"""A body read chunk by chunk, decompressed, and given up at the first byte past a limit.

Pure but for the chunks that it is handed. gzip alone: it is what we ask for. Declines to know what the bytes mean.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from dataclasses import dataclass

from memos_graph.model.errors import Refused, Unavailable
from memos_graph.providers.web.wire import Deadline

_GZIP = frozenset(("gzip", "x-gzip"))
_MEMBERS = 256  #: gzip may hold several files after each other; empty ones cost time and no bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class BodyLimit:
    """How large a body may be, by the names of the limits that say so."""

    raw: int  #: bytes over the wire
    raw_name: str
    decoded: int  #: bytes after decompression
    decoded_name: str


def read_body(chunks: Iterable[bytes], *, url: str, coding: str, length: str, limit: BodyLimit,
              deadline: Deadline) -> bytes:  # fmt: skip
    """The bytes of the body. `coding` and `length` are the headers Content-Encoding and Content-Length, "" for none.

    `Refused` past a limit, before anything is read where the length says so, and for codings other than gzip;
    `Unavailable` when the compressed bytes are broken or end early, or the time is up.
    Holds at most the limit and one chunk more.
    """
    names = [name for name in (part.strip() for part in coding.lower().split(",")) if name not in ("", "identity")]
    if len(names) > 1 or not _GZIP.issuperset(names):
        raise Refused(f"{url} is sent as {coding[:60]!r}, though gzip was asked for; nothing was read")
    if length.isascii() and length.isdigit() and len(length) < 20 and int(length) > limit.raw:
        raise _too_much(url, int(length), limit.raw, limit.raw_name)
    unzip = _Gunzip(url, limit) if names else None
    parts: list[bytes] = []
    raw = decoded = 0
    for chunk in chunks:
        deadline.left()
        raw += len(chunk)
        if raw > limit.raw:
            raise _too_much(url, raw, limit.raw, limit.raw_name)
        part = unzip.feed(chunk, limit.decoded - decoded, deadline) if unzip is not None else chunk
        decoded += len(part)
        parts.append(part)
    if decoded > limit.decoded:
        raise _too_much(url, decoded, limit.decoded, limit.decoded_name)
    if unzip is not None:
        unzip.end()
    return b"".join(parts)


def _too_much(url: str, found: int, allowed: int, name: str) -> Refused:
    return Refused(
        f"{url} has at least {found:,} bytes, over the limit {name} = {allowed:,}; fetch it yourself and add the file,"
        f" or raise WebLimits({name}=...)"
    )


class _Gunzip:
    """Decompresses as much as there is room for."""

    def __init__(self, url: str, limit: BodyLimit) -> None:
        self._url, self._limit = url, limit
        self._member = zlib.decompressobj(wbits=31)
        self._members = 1
        self._fresh = True  # nothing of this member has come yet

    def feed(self, chunk: bytes, room: int, deadline: Deadline) -> bytes:
        parts = []
        while chunk:
            deadline.left()
            if self._member.eof:
                self._next()
            try:
                part = self._member.decompress(chunk, room + 1)
            except zlib.error as error:
                raise Unavailable(
                    f"{self._url} is not the gzip that it claims to be: {error}; try again", 5.0
                ) from None
            self._fresh = False
            room -= len(part)
            if room < 0:
                raise _too_much(self._url, self._limit.decoded + 1, self._limit.decoded, self._limit.decoded_name)
            parts.append(part)
            chunk = self._member.unused_data if self._member.eof else self._member.unconsumed_tail
        return b"".join(parts)

    def end(self) -> None:
        if not self._member.eof and not self._fresh:
            raise Unavailable(f"{self._url}: its compressed bytes end too early; try again", 5.0)

    def _next(self) -> None:
        self._members += 1
        if self._members > _MEMBERS:
            raise Refused(f"{self._url}: more than {_MEMBERS} gzip streams in one body, as only attacks have")
        self._member = zlib.decompressobj(wbits=31)
        self._fresh = True
