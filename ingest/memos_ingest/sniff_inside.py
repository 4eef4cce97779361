"""What a ZIP or an OLE file is, by what is in it; of either the head is enough, more makes it surer.

Unpacks a few kilobytes at most. Declines to know whether the rest of the file is sound.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import Final

ZIP: Final = "application/zip"
OLE: Final = "application/x-ole-storage"
ENCRYPTED: Final = "application/x-encrypted-office"
MSG: Final = "application/vnd.ms-outlook"

_OPEN = "application/vnd.openxmlformats-officedocument."
# what the main part is said to be; templates, shows and files with macros are read as what they are made of
_MAIN_PARTS = (
    (b"wordprocessingml", b"word.", f"{_OPEN}wordprocessingml.document"),
    (b"spreadsheetml", b"excel.", f"{_OPEN}spreadsheetml.sheet"),
    (b"presentationml", b"powerpoint.", f"{_OPEN}presentationml.presentation"),
)
_FOLDERS = ((b"word/", f"{_OPEN}wordprocessingml.document"), (b"xl/", f"{_OPEN}spreadsheetml.sheet"),
            (b"ppt/", f"{_OPEN}presentationml.presentation"))  # fmt: skip
_SAYS_ITSELF = (b"application/epub+zip", b"application/vnd.oasis.opendocument.")
_LOCAL = struct.Struct("<4sHHHHHIIIHH")
_CONTENT_TYPES = b"[Content_Types].xml"
_LOOK = 65_536
_STREAMS = {"WordDocument": "application/msword", "Workbook": "application/vnd.ms-excel",
            "Book": "application/vnd.ms-excel", "PowerPoint Document": "application/vnd.ms-powerpoint",
            "EncryptedPackage": ENCRYPTED}  # fmt: skip
_OLE_SECTORS = 64


def zip_type(data: bytes) -> str:
    """The type of an office file, an OpenDocument file or a book; else that of a ZIP."""
    names: list[bytes] = []
    for name, packed, method in _entries(data[:_LOOK]):
        names.append(name)
        if name == b"mimetype" and len(names) == 1:
            said = _unpacked(packed, method, 200).strip()
            if said.startswith(_SAYS_ITSELF) and said.isascii():
                return said.decode("ascii")
        if name == _CONTENT_TYPES:
            said = _unpacked(packed, method, 4 * _LOOK).lower()
            for word, macro, media_type in _MAIN_PARTS:
                if _is_main(said, word, macro):
                    return media_type
    listed = data[-_LOOK:]
    if _CONTENT_TYPES in names or _CONTENT_TYPES in listed:
        for folder, media_type in _FOLDERS:
            if any(name.startswith(folder) for name in names) or (b"PK\x01\x02" in listed and folder in listed):
                return media_type
    return ZIP


def ole_type(data: bytes) -> str:
    """The type by the streams that an OLE file's directory lists; OLE where that lies behind what is here."""
    names = set(_ole_names(data))
    for stream, media_type in _STREAMS.items():
        if stream in names:
            return media_type
    return MSG if any(name.startswith("__properties_version") for name in names) else OLE


def _is_main(said: bytes, word: bytes, macro: bytes) -> bool:
    """Whether a part of this kind is the main one: "...wordprocessingml.document.main+xml", or its macro form."""
    at = said.find(b".main+xml")
    while at >= 0:
        begin = said.rfind(b'"', 0, at)
        if word in said[begin:at] or b"vnd.ms-" + macro in said[begin:at]:
            return True
        at = said.find(b".main+xml", at + 1)
    return False


def _entries(head: bytes) -> Iterator[tuple[bytes, bytes, int]]:
    """Name, packed bytes (all that is here of them and what follows) and method of each member in the head."""
    at = 0
    while at + _LOCAL.size <= len(head):
        mark, _, flags, method, _, _, _, size, _, name_size, extra = _LOCAL.unpack_from(head, at)
        if mark != b"PK\x03\x04":
            return
        begin = at + _LOCAL.size + name_size + extra
        yield head[at + _LOCAL.size : at + _LOCAL.size + name_size], head[begin:], method
        if flags & 0x8 and not size:
            # the size stands behind the data, so the data must say where it ends
            unpacker = zlib.decompressobj(-15)
            try:
                unpacker.decompress(head[begin:], 16 * _LOOK)
            except zlib.error:
                return
            if method != 8 or not unpacker.eof:
                return
            behind = len(head) - len(unpacker.unused_data)
            at = head.find(b"PK\x03\x04", behind, behind + 64)
            if at < 0:
                return
        else:
            at = begin + size


def _unpacked(packed: bytes, method: int, limit: int) -> bytes:
    """The first bytes of a member; for one that is stored, what follows it may be among them."""
    if method == 0:
        return packed[:limit].partition(b"PK\x03\x04")[0]
    try:
        return zlib.decompressobj(-15).decompress(packed, limit) if method == 8 else b""
    except zlib.error:
        return b""


def _ole_names(data: bytes) -> Iterator[str]:
    """The names in the directory, as far as its sectors follow each other in what is here (MS-CFB 2.2 and 2.6)."""
    if len(data) < 512:
        return
    (shift,) = struct.unpack_from("<H", data, 30)
    (first,) = struct.unpack_from("<I", data, 48)
    if shift not in (9, 12):
        return
    at = (first + 1) << shift
    for entry in range(at, min(len(data), at + (_OLE_SECTORS << shift)) - 127, 128):
        length, kind = struct.unpack_from("<HB", data, entry + 64)
        if not 2 < length <= 64 or kind not in (1, 2, 5):
            continue
        yield data[entry : entry + length - 2].decode("utf-16-le", errors="replace")
