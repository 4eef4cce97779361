"""A ZIP in memory, opened with limits: for archives, and for the formats that are ZIPs inside.

Nothing is written to disk and no name is used as a path. The sizes that a ZIP states are claims: they are checked
before, and what really comes out is counted again while it is unpacked. Declines to know what the members hold.
"""

from __future__ import annotations

import lzma
import posixpath
import re
import zlib
from collections.abc import Mapping
from io import BytesIO
from zipfile import BadZipFile, LargeZipFile, ZipFile, ZipInfo

from memos_ingest.errors import TooLarge, UnreadableFile, UnsupportedFormat
from memos_ingest.parsers.base import Source

_CHUNK = 1 << 20
_SMALL = 1 << 20  # bytes; below this any ratio is harmless, and XML reaches 100 honestly
_ENCRYPTED = 0x1
_DRIVE = re.compile(r"[A-Za-z]:")
_BROKEN = (BadZipFile, LargeZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, ValueError, NotImplementedError,
           RuntimeError, IndexError, KeyError)  # fmt: skip


class Package:
    """The members of a ZIP by name. UnreadableFile when it is none, TooLarge when it is over the limits."""

    def __init__(self, source: Source) -> None:
        self._name, self._limits, self._budget = source.name, source.limits, source.budget
        try:
            self._zip = ZipFile(BytesIO(source.data))
            members = self._zip.infolist()
        except _BROKEN as problem:
            raise UnreadableFile(
                source.name, f"is not a whole ZIP file: {problem}; fetch or save it again"
            ) from problem
        self._budget.spend(source.name, source.limits, entries=len(members))
        stated = sum(member.file_size for member in members)
        if stated > source.limits.zip_bytes:
            raise TooLarge(source.name, "zip_bytes", source.limits.zip_bytes, stated, "bytes")
        self.members: tuple[ZipInfo, ...] = tuple(member for member in members if not member.is_dir())
        self._by_name: Mapping[str, ZipInfo] = {member.filename: member for member in self.members}

    def __contains__(self, name: object) -> bool:
        return name in self._by_name

    def names(self) -> tuple[str, ...]:
        """The members' names, in the order of the archive."""
        return tuple(self._by_name)

    def get(self, name: str) -> bytes | None:
        """The member so called; None where there is none. Raises as `read`."""
        member = self._by_name.get(name)
        return self.read(member) if member is not None else None

    def read(self, member: ZipInfo) -> bytes:
        """The member's bytes, counted as they come. UnreadableFile, UnsupportedFormat (encrypted), TooLarge."""
        if member.flag_bits & _ENCRYPTED:
            raise UnsupportedFormat(self._name, f"{member.filename!r} is encrypted; save it without a password")
        self._check_ratio(member.filename, member.file_size, member.compress_size)
        out = bytearray()
        try:
            with self._zip.open(member) as stream:
                while chunk := stream.read(_CHUNK):
                    self._budget.spend(self._name, self._limits, unpacked=len(chunk))
                    out += chunk
                    self._check_ratio(member.filename, len(out), member.compress_size)
        except _BROKEN as problem:
            raise UnreadableFile(
                self._name, f"{member.filename!r} in it cannot be unpacked: {problem}; fetch or save it again"
            ) from problem
        return bytes(out)

    def _check_ratio(self, member: str, unpacked: int, packed: int) -> None:
        ratio = unpacked // max(1, packed)
        if unpacked > _SMALL and ratio > self._limits.zip_ratio:
            raise TooLarge(f"{self._name}: {member!r}", "zip_ratio", self._limits.zip_ratio, ratio, "to one")


def name_problem(name: str) -> str | None:
    """Why a member may not be called so; None when it may. A name that leaves its folder is a trick or a mistake."""
    plain = name.replace("\\", "/")
    if not plain.strip() or "\x00" in name:
        return "its name is empty or holds a NUL"
    if plain.startswith("/") or _DRIVE.match(plain):
        return "its name is an absolute path"
    if ".." in plain.split("/"):
        return "its name leads out of the archive"
    if any(ord(character) < 32 for character in plain) or len(plain) > 1_000:
        return "its name holds control characters or is over 1,000 characters"
    return None


def resolve(base: str, target: str) -> str:
    """The member that `target` means where the member `base` says it; never above the root."""
    if target.startswith("/"):
        return posixpath.normpath(target).lstrip("/")
    return posixpath.normpath(posixpath.join("/", posixpath.dirname(base), target)).lstrip("/")
