"""OLE files written byte by byte ([MS-CFB]), and just enough of XLS and PPT to be read."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence

_SECTOR = 512
_FREE, _END, _FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
_SMALLEST = 4_096  # a shorter stream would lie in a mini stream


def ole(streams: Mapping[str, bytes]) -> bytes:
    """An OLE file of the streams; each is filled up with zeros to the size that needs no mini stream."""
    names = sorted(streams, key=lambda name: (len(name), name.upper()))  # the order of the directory's tree
    filled = {name: streams[name] + bytes(max(0, _SMALLEST - len(streams[name]))) for name in names}
    sectors: list[bytes] = []
    chain: list[int] = []
    starts: dict[str, int] = {}
    for name, data in filled.items():
        starts[name] = len(sectors)
        _append(sectors, chain, data)
    directory = _entry("Root Entry", 5, _END, 0, first_child=1)
    for at, (name, data) in enumerate(filled.items(), 1):
        directory += _entry(name, 2, starts[name], len(data), right=at + 1 if at < len(filled) else _FREE)
    begin = len(sectors)
    _append(sectors, chain, directory)
    fat_at = len(sectors)
    fats = 1 + (len(chain) + 8) // 127
    chain += [_FAT] * fats
    chain += [_FREE] * (fats * 128 - len(chain))
    sectors += [struct.pack("<128I", *chain[n * 128 : n * 128 + 128]) for n in range(fats)]
    head = struct.pack(
        "<8s16xHHHHH6xIIIIIIIII", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 0x3E, 3, 0xFFFE, 9, 6, 0, fats, begin, 0,
        _SMALLEST, _END, 0, _END, 0,
    )  # fmt: skip
    difat = [*range(fat_at, fat_at + fats), *[_FREE] * (109 - fats)]
    return head + struct.pack("<109I", *difat) + b"".join(sectors)


def _append(sectors: list[bytes], chain: list[int], data: bytes) -> None:
    parts = [data[at : at + _SECTOR].ljust(_SECTOR, b"\0") for at in range(0, len(data), _SECTOR)]
    first = len(sectors)
    chain += [*range(first + 1, first + len(parts)), _END]
    sectors += parts


def _entry(name: str, kind: int, start: int, size: int, *, right: int = _FREE, first_child: int = _FREE) -> bytes:
    text = name.encode("utf-16-le") + b"\0\0"
    return struct.pack(
        "<64sHBBIII36xIQ", text, len(text), kind, 1, _FREE, right, first_child, start, size
    )  # fmt: skip


def xls(sheets: Mapping[str, Sequence[Sequence[str | float]]]) -> bytes:
    """An XLS of the sheets' rows ([MS-XLS], BIFF8)."""
    bodies = [_sheet(rows) for rows in sheets.values()]
    listed = [_listed(name, 0) for name in sheets]
    book = _record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0005, 0, 0, 0, 0))
    at = len(book) + sum(map(len, listed)) + 4
    for name, body in zip(sheets, bodies, strict=True):
        book += _listed(name, at)
        at += len(body)
    return ole({"Workbook": book + _record(0x000A, b"") + b"".join(bodies)})


def _listed(name: str, at: int) -> bytes:
    return _record(0x0085, struct.pack("<IBBBB", at, 0, 0, len(name), 1) + name.encode("utf-16-le"))


def _sheet(rows: Sequence[Sequence[str | float]]) -> bytes:
    out = _record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0, 0, 0, 0))
    for row, values in enumerate(rows):
        for column, value in enumerate(values):
            if isinstance(value, str):
                text = value.encode("utf-16-le")
                out += _record(0x0204, struct.pack("<HHHHB", row, column, 0, len(value), 1) + text)
            else:
                out += _record(0x0203, struct.pack("<HHHd", row, column, 0, value))
    return out + _record(0x000A, b"")


def _record(kind: int, data: bytes) -> bytes:
    return struct.pack("<HH", kind, len(data)) + data


def ppt(slides: Sequence[tuple[str, str]]) -> bytes:
    """A PPT of slides with a title and a body ([MS-PPT]): each text lies in a shape of its slide's drawing."""
    out = _atom(0x03E8, _atom(0x03E9, bytes(40)))
    for title, body in slides:
        shapes = b"".join(
            _atom(
                0xF004, _atom(0xF00D, _atom(0x0F9F, struct.pack("<I", kind)) + _atom(0x0FA0, text.encode("utf-16-le")))
            )
            for kind, text in ((0, title), (1, body))
        )
        out += _atom(0x03EE, _atom(0x03EF, bytes(24)) + _atom(0x040C, _atom(0xF002, _atom(0xF003, shapes))))
    user = _atom(0x0FF6, struct.pack("<IIIHHBBH", 20, 0xE391C05F, 0, 0, 0x03F4, 3, 0, 0))
    return ole({"PowerPoint Document": out, "Current User": user})


_CONTAINERS = frozenset((0x03E8, 0x03EE, 0x040C, 0xF002, 0xF003, 0xF004, 0xF00D))


def _atom(kind: int, data: bytes) -> bytes:
    return struct.pack("<HHI", 0xF if kind in _CONTAINERS else 0, kind, len(data)) + data
