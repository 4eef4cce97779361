"""Files whose name says one thing and whose bytes another."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable, Mapping

from tests.ingest.hostile import archives, pdf

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def noise(size: int, seed: int) -> bytes:
    return random.Random(seed).randbytes(size)


def ole(stream: str, chain: Callable[[list[int]], None], size: int = 4096) -> bytes:
    """An old Office file whose one stream lies in the sectors 2 to 9; `chain` says what follows each sector."""
    follows = [0xFFFFFFFD, 0xFFFFFFFE, *range(3, 10), 0xFFFFFFFE, *[0xFFFFFFFF] * 118]
    chain(follows)
    header = OLE + b"\x00" * 16 + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + b"\x00" * 6
    header += struct.pack("<9I", 0, 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    header += struct.pack("<109I", 0, *[0xFFFFFFFF] * 108)
    folder = entry("Root Entry", 5, 0xFFFFFFFE, 0, 1) + entry(stream, 2, 2, size) + bytes(256)
    words = "Some plain words that were never a document. " * 50
    return header + struct.pack("<128I", *follows) + folder + words.encode("utf-16-le").ljust(4096, b"\x00")[:4096]


def entry(name: str, kind: int, start: int, size: int, child: int = 0xFFFFFFFF) -> bytes:
    letters = name.encode("utf-16-le")
    out = letters.ljust(64, b"\x00") + struct.pack("<HBB", len(letters) + 2, kind, 1)
    return out + struct.pack("<III", 0xFFFFFFFF, 0xFFFFFFFF, child) + bytes(36) + struct.pack("<IQ", start, size)


def straight(follows: list[int]) -> None:
    """The chain as it should be."""


def circle(follows: list[int]) -> None:
    follows[9] = 2


def table_circle(follows: list[int]) -> None:
    follows[1] = 1


ATTACKS: Mapping[tuple[str, str], Callable[[], bytes]] = {
    ("program.docx", "a program"): lambda: b"\x7fELF\x02\x01\x01" + noise(5_000, 1),
    ("noise.pdf", "a PDF's mark, then noise"): lambda: b"%PDF-1.7\n" + noise(50_000, 2),
    ("noise.xlsx", "a ZIP's mark, then noise"): lambda: b"PK\x03\x04" + noise(50_000, 3),
    ("noise.doc", "an OLE mark, then noise"): lambda: OLE + noise(50_000, 4),
    ("bare.doc", "a Word stream without a document"): lambda: ole("WordDocument", straight),
    ("circle.doc", "a stream whose sectors go in a circle"): lambda: ole("WordDocument", circle, 2**31 - 1),
    ("folder.doc", "a folder that is its own end"): lambda: ole("WordDocument", table_circle),
    ("circle.xls", "a stream whose sectors go in a circle"): lambda: ole("Workbook", circle, 2**31 - 1),
    ("circle.ppt", "a stream whose sectors go in a circle"): lambda: ole("PowerPoint Document", circle, 2**31 - 1),
    ("noise.txt", "noise"): lambda: noise(50_000, 5),
    ("noise.png", "a PNG's mark, then noise"): lambda: b"\x89PNG\r\n\x1a\n" + noise(50_000, 6),
    ("document.pdf", "a DOCX"): lambda: archives.docx(archives.paragraph(archives.WORDS)),
    ("page.docx", "a PDF"): lambda: pdf.whole(),
    ("page.txt", "a PDF"): lambda: pdf.whole(),
    ("polyglot.pdf", "a PDF and a ZIP at once"): lambda: pdf.whole() + archives.packed(("a.txt", archives.WORDS)),
    ("zeros.txt", "5 MB of zero bytes"): lambda: b"\x00" * 5_000_000,
    ("empty.pdf", "nothing"): lambda: b"",
    ("blank.txt", "5 MB of blanks"): lambda: b" \n" * 2_500_000,
    ("line.txt", "one word of 9 MB"): lambda: b"a" * 9_000_000,
}  # fmt: skip
MUST_FAIL = frozenset(
    (
        "a program", "a PDF's mark, then noise", "a ZIP's mark, then noise", "an OLE mark, then noise",
        "a stream whose sectors go in a circle", "a PNG's mark, then noise", "5 MB of zero bytes",
        "nothing", "5 MB of blanks",
    )
)  # fmt: skip
