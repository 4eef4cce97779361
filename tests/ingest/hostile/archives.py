"""ZIPs and the formats that are ZIPs: bombs, paths that lead out, entries that lie."""

from __future__ import annotations

import io
import random
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping

from tests.ingest.hostile import pdf

WORDS = b"A harmless line of plain words stands here."
TYPES = (
    b'<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    b'<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    b'<Default Extension="xml" ContentType="application/xml"/>%s</Types>'
)
WORD = b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
SHEET = b"application/vnd.openxmlformats-officedocument.spreadsheetml."
OFFICE = b"http://schemas.openxmlformats.org/officeDocument/2006/relationships"
RELATED = b'<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">%s</Relationships>'
W = b'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def packed(*entries: tuple[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries:
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED, 9)
    return out.getvalue()


def streamed(
    name: str, unit: bytes, size: int, *before: tuple[str, bytes], head: bytes = b"", tail: bytes = b""
) -> bytes:
    """A ZIP whose last entry is `size` bytes of `unit`, which are never in memory."""
    piece = unit * ((1 << 20) // len(unit))
    check = zlib.crc32(head)
    for _ in range(size >> 20):
        check = zlib.crc32(piece, check)
    data = pdf.repeated(head) + pdf.repeated(piece) * (size >> 20) + pdf.repeated(tail) + b"\x03\x00"
    length = len(head) + len(piece) * (size >> 20) + len(tail)
    entry = struct.pack("<HHHHHIIIHH", 20, 0, 8, 0, 33, zlib.crc32(tail, check), len(data), length, len(name), 0)
    made = packed(*before)
    end = made.rindex(b"PK\x05\x06")
    size_then, start = struct.unpack("<II", made[end + 12 : end + 20])
    listed = b"PK\x01\x02\x14\x00" + entry + struct.pack("<HHHII", 0, 0, 0, 0, start) + name.encode()
    body = made[:start] + b"PK\x03\x04" + entry + name.encode() + data
    count = len(before) + 1
    last = struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, count, count, size_then + len(listed), len(body), 0)
    return body + made[start:end] + listed + last


def docx_parts() -> tuple[tuple[str, bytes], ...]:
    override = b'<Override PartName="/word/document.xml" ContentType="%s"/>' % WORD
    root = b'<Relationship Id="rId1" Type="%s/officeDocument" Target="word/document.xml"/>' % OFFICE
    return (("[Content_Types].xml", TYPES % override), ("_rels/.rels", RELATED % root))


def docx(body: bytes, doctype: bytes = b"", *more: tuple[str, bytes]) -> bytes:
    document = b'<?xml version="1.0"?>%s<w:document %s><w:body>%s</w:body></w:document>' % (doctype, W, body)
    return packed(*docx_parts(), ("word/document.xml", document), *more)


def paragraph(text: bytes) -> bytes:
    return b"<w:p><w:r><w:t>%s</w:t></w:r></w:p>" % text


def docx_bomb() -> bytes:
    head = b'<?xml version="1.0"?><w:document %s><w:body>' % W
    return streamed(
        "word/document.xml", paragraph(b"boom" * 200), 512 << 20, *docx_parts(), head=head,
        tail=b"</w:body></w:document>",
    )  # fmt: skip


def docx_entities() -> bytes:
    rows = b"".join(b'<!ENTITY l%d "%s">' % (at, b"&l%d;" % (at - 1) * 10) for at in range(1, 12))
    return docx(paragraph(b"&l11;"), b'<!DOCTYPE w:document [<!ENTITY l0 "lol">%s]>' % rows)


def docx_external() -> bytes:
    return docx(
        paragraph(b"before &leak; after"), b'<!DOCTYPE w:document [<!ENTITY leak SYSTEM "file:///etc/passwd">]>'
    )


def docx_deep() -> bytes:
    # with numbers in between, so that it packs no better than honest text
    into = b"".join(b'<w:tbl><w:tr w:rsidR="%016x"><w:tc>' % random.Random(at).getrandbits(64) for at in range(20_000))
    return docx(into + paragraph(WORDS) + b"</w:tc></w:tr></w:tbl>" * 20_000)


def xlsx(sheet: bytes, shared: bytes = b"") -> bytes:
    main = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    override = b"".join(
        b'<Override PartName="/xl/%s.xml" ContentType="%s%s+xml"/>' % (part, SHEET, kind)
        for part, kind in ((b"workbook", b"sheet.main"), (b"worksheets/sheet1", b"worksheet"))
    )
    root = b'<Relationship Id="rId1" Type="%s/officeDocument" Target="xl/workbook.xml"/>' % OFFICE
    inner = b'<Relationship Id="rId1" Type="%s/worksheet" Target="worksheets/sheet1.xml"/>' % OFFICE
    book = (
        b'<workbook xmlns="%s" xmlns:r="%s"><sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>'
        % (main, OFFICE)
    )
    return packed(
        ("[Content_Types].xml", TYPES % override), ("_rels/.rels", RELATED % root), ("xl/workbook.xml", book),
        ("xl/_rels/workbook.xml.rels", RELATED % inner),
        ("xl/worksheets/sheet1.xml", b'<worksheet xmlns="%s">%s</worksheet>' % (main, sheet)),
        ("xl/sharedStrings.xml", shared),
    )  # fmt: skip


def xlsx_vast() -> bytes:
    # two cells at the two corners: 17 billion between them
    rows = b'<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>2</v></c></row>'
    return xlsx(b'<dimension ref="A1:XFD1048576"/><sheetData>%s</sheetData>' % rows)


def xlsx_lies() -> bytes:
    return xlsx(
        b'<sheetData><row r="1"><c r="A1" t="s"><v>4294967295</v></c><c r="ZZZZZZZ9"><v>1</v></c></row></sheetData>'
    )


def nested(levels: int, width: int) -> bytes:
    inner = packed(("a.txt", b"boom " * 200_000))
    for _ in range(levels):
        inner = packed(*((f"{at}.zip", inner) for at in range(width)))
    return inner


def quine_alike() -> bytes:
    inner = packed(("words.txt", WORDS))
    for _ in range(100):
        inner = packed(("inner.zip", inner))
    return inner


def overlapping() -> bytes:
    # 20,000 names for the same 10 MB (Fifield 2019), each with its own entry in the directory
    one = packed(("a", b"\x00" * 10_000_000))
    end = one.rindex(b"PK\x05\x06")
    start = struct.unpack("<I", one[end + 16 : end + 20])[0]
    entry = bytearray(one[start:end])
    entries = b"".join(bytes(entry[:46]) + b"%c" % (33 + at % 90) + bytes(entry[47:]) for at in range(20_000))
    tail = struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, 20_000, 20_000, len(entries), start, 0)
    return one[:start] + entries + tail


def many() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for at in range(12_000):
            archive.writestr(f"{at}.txt", b"x")
    return out.getvalue()


def paths() -> bytes:
    tricks = (
        "../../../../../../tmp/memos-escaped.txt", "/tmp/memos-escaped.txt", "..\\..\\memos-escaped.txt",
        "C:\\memos-escaped.txt", "a/../../memos-escaped.txt", "\\\\host\\share\\memos-escaped.txt", "con.txt",
        "a" * 5_000 + ".txt", "nul\x00.txt",
    )  # fmt: skip
    return packed(*((name, WORDS) for name in tricks))


def links() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        link = zipfile.ZipInfo("link.txt")
        link.create_system = 3
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
        archive.writestr("link.txt/memos-escaped.txt", WORDS)
    return out.getvalue()


def encrypted() -> bytes:
    made = bytearray(packed(("secret.txt", WORDS * 3)))
    made[6] |= 1
    at = made.index(b"PK\x01\x02")
    made[at + 8] |= 1
    return bytes(made)


def lying_size() -> bytes:
    made = bytearray(streamed("a.txt", b"boom", 300 << 20))
    at = made.index(b"PK\x01\x02")
    made[at + 24 : at + 28] = struct.pack("<I", 10)
    return bytes(made)


def epub_paths() -> bytes:
    container = (
        b'<?xml version="1.0"?><container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container">'
        b'<rootfiles><rootfile full-path="../../../../etc/passwd" media-type="application/oebps-package+xml"/>'
        b"</rootfiles></container>"
    )
    return packed(("mimetype", b"application/epub+zip"), ("META-INF/container.xml", container))


ATTACKS: Mapping[tuple[str, str], Callable[[], bytes]] = {
    ("bomb.zip", "1 GB of text in 1 MB"): lambda: streamed("a.txt", b"boom ", 1 << 30),
    ("nested.zip", "ZIPs in ZIPs, 16^4 MB"): lambda: nested(4, 16),
    ("deep.zip", "ZIPs nested 100 deep"): quine_alike,
    ("overlap.zip", "20,000 entries over the same 10 MB"): overlapping,
    ("many.zip", "12,000 entries"): many,
    ("paths.zip", "paths that lead out"): paths,
    ("links.zip", "symbolic links"): links,
    ("encrypted.zip", "encrypted entries"): encrypted,
    ("lying.zip", "says 10 bytes, holds 300 MB"): lying_size,
    ("cut.zip", "cut at half"): lambda: packed(*((f"{at}.txt", WORDS) for at in range(50)))[:2_000],
    ("bomb.docx", "512 MB of paragraphs"): docx_bomb,
    ("entities.docx", "billion laughs"): docx_entities,
    ("external.docx", "entity from /etc/passwd"): docx_external,
    ("deep.docx", "tables nested 20,000 deep"): docx_deep,
    ("cut.docx", "cut at half"): lambda: docx(paragraph(WORDS) * 100)[:600],
    ("empty.docx", "no document inside"): lambda: packed(*docx_parts()),
    ("vast.xlsx", "two cells at the far corners"): xlsx_vast,
    ("lies.xlsx", "references to what is not there"): xlsx_lies,
    ("paths.epub", "package file outside"): epub_paths,
}  # fmt: skip
MUST_FAIL = frozenset(
    ("encrypted entries", "no document inside", "package file outside", "1 GB of text in 1 MB", "12,000 entries")
)
