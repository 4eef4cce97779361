"""Pictures with more pixels than a machine has memory, and pictures that are none."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Mapping

from tests.ingest.hostile.pdf import deflated


def png(width: int, height: int, data: bytes, depth: int = 1, extra: bytes = b"") -> bytes:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + extra + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def gigapixel() -> bytes:
    # 40,000 x 26,214: one bit a pixel, 5,001 bytes a row, whole and valid
    size = 5_001 * 26_214
    return png(40_000, 26_214, deflated(b"\x00", size + (1 << 20)))


def text_bomb() -> bytes:
    packed = zlib.compress(b"a" * 100_000_000, 9)
    return png(8, 8, zlib.compress(b"\x00\x00" * 8), extra=chunk(b"zTXt", b"Comment\x00\x00" + packed))


def gif() -> bytes:
    frame = b"\x2c" + struct.pack("<HHHHB", 0, 0, 65_535, 65_535, 0) + b"\x02\x02\x44\x01\x00"
    return b"GIF89a" + struct.pack("<HHBBB", 65_535, 65_535, 0x80, 0, 0) + b"\x00" * 6 + frame * 5_000 + b"\x3b"


def tiff_loop() -> bytes:
    entries = ((256, 4, 1, 64), (257, 4, 1, 64), (258, 3, 1, 8), (262, 3, 1, 1), (273, 4, 1, 8), (279, 4, 1, 4096))
    table = struct.pack("<H", len(entries)) + b"".join(struct.pack("<HHII", *one) for one in entries)
    return b"II*\x00" + struct.pack("<I", 8) + table + struct.pack("<I", 8)


def tiff_vast() -> bytes:
    entries = ((256, 4, 1, 2**31 - 1), (257, 4, 1, 2**31 - 1), (258, 3, 1, 8), (262, 3, 1, 1), (273, 4, 1, 8))
    table = struct.pack("<H", len(entries)) + b"".join(struct.pack("<HHII", *one) for one in entries)
    return b"II*\x00" + struct.pack("<I", 8) + table + struct.pack("<I", 0)


def bmp() -> bytes:
    header = struct.pack("<IiiHHIIiiII", 40, 2**31 - 1, -(2**31 - 1), 1, 24, 0, 0, 0, 0, 0, 0)
    return b"BM" + struct.pack("<IHHI", 54, 0, 0, 54) + header


def jpeg() -> bytes:
    frame = b"\xff\xc0\x00\x11\x08" + struct.pack(">HH", 65_500, 65_500) + b"\x03\x01\x22\x00\x02\x11\x01\x03\x11\x01"
    return b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00" + frame + b"\xff\xd9"


def webp() -> bytes:
    body = b"VP8X" + struct.pack("<I", 10) + b"\x00\x00\x00\x00" + b"\xff\x3f\x00" + b"\xff\x3f\x00"
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


ATTACKS: Mapping[tuple[str, str], Callable[[], bytes]] = {
    ("gigapixel.png", "1 GP, whole, 130 KB"): gigapixel,
    ("vast.png", "says 4 exapixels"): lambda: png(2**31 - 1, 2**31 - 1, zlib.compress(b"\x00" * 1000)),
    ("text.png", "100 MB comment"): text_bomb,
    ("cut.png", "cut in its data"): lambda: png(64, 64, zlib.compress(b"\x00" * 9 * 64))[:45],
    ("frames.gif", "5,000 frames of 4 GP"): gif,
    ("loop.tiff", "a page after itself"): tiff_loop,
    ("vast.tiff", "says 4 exapixels"): tiff_vast,
    ("vast.bmp", "says 4 exapixels"): bmp,
    ("vast.jpg", "4 GP, no data"): jpeg,
    ("vast.webp", "268 MP, no data"): webp,
}  # fmt: skip
MUST_FAIL: frozenset[str] = frozenset(("1 GP, whole, 130 KB", "says 4 exapixels", "cut in its data", "4 GP, no data"))
