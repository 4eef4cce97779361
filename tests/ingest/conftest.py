"""Real files for the parsers: PDFs written byte by byte, and the shared documents where they are."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

Line = tuple[int, str]  # (points, text)
MakePdf = Callable[..., bytes]


@pytest.fixture
def make_pdf() -> MakePdf:
    """A function of pages ([(size, text), ...] each) and an outline ([(title, page from 1), ...]) to a PDF's bytes."""
    return write_pdf


@pytest.fixture
def shared_docs() -> Path:
    """Documents that the project does not ship."""
    beside = Path(__file__).resolve().parents[2].parent / "shared"
    folder = Path(os.environ.get("MEMOS_GRAPH_SHARED", beside)) / "data" / "docs"
    if not folder.is_dir():
        pytest.skip(f"the shared documents are not at {folder}; set MEMOS_GRAPH_SHARED to their parent")
    return folder


def write_pdf(
    pages: Sequence[Sequence[Line]], outline: Sequence[tuple[str, int]] = (), title: str | None = None
) -> bytes:
    objects: list[bytes] = [b"", b"", b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"]
    numbers = []
    for lines in pages:
        stream = _stream(lines)
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream))
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents %d 0 R "
            b"/Resources << /Font << /F1 3 0 R >> >> >>" % len(objects)
        )
        numbers.append(len(objects))
    kids = b" ".join(b"%d 0 R" % number for number in numbers)
    objects[1] = b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, len(numbers))
    catalog = b"<< /Type /Catalog /Pages 2 0 R"
    if outline:
        root = len(objects) + 1
        items = [root + 1 + at for at in range(len(outline))]
        objects.append(
            b"<< /Type /Outlines /First %d 0 R /Last %d 0 R /Count %d >>" % (items[0], items[-1], len(items))
        )
        for at, (entry, page) in enumerate(outline):
            links = b"/Prev %d 0 R " % items[at - 1] if at else b""
            links += b"/Next %d 0 R " % items[at + 1] if at + 1 < len(items) else b""
            objects.append(
                b"<< /Title (%s) /Parent %d 0 R %s/Dest [%d 0 R /Fit] >>"
                % (entry.encode(), root, links, numbers[page - 1])
            )
        catalog += b" /Outlines %d 0 R" % root
    objects[0] = catalog + b" >>"
    info = b""
    if title is not None:
        objects.append(b"<< /Title (%s) >>" % title.encode())
        info = b" /Info %d 0 R" % len(objects)
    return _file(objects, info)


def _stream(lines: Sequence[Line]) -> bytes:
    parts, y = [], 720
    for size, text in lines:
        escaped = text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
        parts.append(f"BT /F1 {size} Tf 72 {y} Td ({escaped}) Tj ET")
        y -= size * 2
    return "\n".join(parts).encode("latin-1")


def _file(objects: Sequence[bytes], info: bytes) -> bytes:
    out = bytearray(b"%PDF-1.4\n")
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    xref = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<< /Size %d /Root 1 0 R%s >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, info, xref)
    return bytes(out)
