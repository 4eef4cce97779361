"""PDFs that never end, never fit, or are not what they say."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping, Sequence

PAGE = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>"
FONT = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"
CATALOG = b"<< /Type /Catalog /Pages 2 0 R >>"
PAGES = b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>"
WORDS = b"BT /F1 12 Tf 72 720 Td (A harmless line of plain words stands here.) Tj ET"


def file(objects: Sequence[bytes], trailer: bytes = b"/Root 1 0 R") -> bytes:
    out = bytearray(b"%PDF-1.7\n")
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    at = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<< /Size %d %s >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, trailer, at)
    return bytes(out)


def stream(data: bytes, extra: bytes = b"") -> bytes:
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(data), extra, data)


def whole(contents: bytes = WORDS, extra: bytes = b"", *more: bytes) -> bytes:
    return file([CATALOG, PAGES, PAGE, stream(contents, extra), FONT, *more])


def bomb() -> bytes:
    packed = deflated(b" ", 1 << 30)
    return whole(zlib.compress(packed, 9), b"/Filter [/FlateDecode /FlateDecode]")


def wide_bomb() -> bytes:
    # a hundred streams, each the same 100 MB, drawn one after the other
    packed = deflated(b"q Q ", 100 << 20)
    page = PAGE.replace(b"/Contents 4 0 R", b"/Contents [%s]" % (b"4 0 R " * 100))
    return file([CATALOG, PAGES, page, stream(packed, b"/Filter /FlateDecode"), FONT])


def deflated(unit: bytes, size: int) -> bytes:
    """`size` bytes of repeated `unit` (whole MB), as zlib has them; never in memory, and packed only once."""
    piece = unit * ((1 << 20) // len(unit))
    check = 1
    for _ in range(size >> 20):
        check = zlib.adler32(piece, check)
    return b"\x78\xda" + repeated(piece) * (size >> 20) + b"\x03\x00" + check.to_bytes(4, "big")


def repeated(piece: bytes) -> bytes:
    """Raw deflate of the piece that may stand any number of times before a last block."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(piece) + packer.flush(zlib.Z_FULL_FLUSH)


def picture_bomb() -> bytes:
    # 1 GP of nothing, drawn on the page
    packed = deflated(b"\x00", 125 << 20)
    image = stream(
        packed,
        b"/Type /XObject /Subtype /Image /Width 40000 /Height 25000 /BitsPerComponent 1 /ColorSpace /DeviceGray "
        b"/Filter /FlateDecode",
    )
    page = PAGE.replace(b"/Font <<", b"/XObject << /I 6 0 R >> /Font <<")
    return file([CATALOG, PAGES, page, stream(b"612 0 0 792 0 0 cm /I Do " + WORDS), FONT, image])


def nested_arrays() -> bytes:
    return file([CATALOG, PAGES, PAGE, stream(b"[" * 1_000_000), FONT, b"[" * 500_000 + b"]" * 500_000])


def nested_states() -> bytes:
    return whole(b"q " * 1_000_000 + WORDS)


def page_cycle() -> bytes:
    pages = b"<< /Type /Pages /Kids [2 0 R 6 0 R 3 0 R] /Count 3 >>"
    other = b"<< /Type /Pages /Parent 6 0 R /Kids [2 0 R 6 0 R] /Count 2 >>"
    return file([CATALOG, pages, PAGE, stream(WORDS), FONT, other])


def outline_cycle() -> bytes:
    catalog = CATALOG.replace(b">>", b"/Outlines 6 0 R >>")
    root = b"<< /Type /Outlines /First 7 0 R /Last 7 0 R /Count 1 >>"
    item = b"<< /Title (again) /Parent 6 0 R /Next 7 0 R /First 7 0 R /Last 7 0 R /Dest [3 0 R /Fit] >>"
    return file([catalog, PAGES, PAGE, stream(WORDS), FONT, root, item])


def outline_deep() -> bytes:
    catalog = CATALOG.replace(b">>", b"/Outlines 6 0 R >>")
    root = b"<< /Type /Outlines /First 7 0 R /Last 7 0 R >>"
    items = [b"<< /Title (down) /First %d 0 R /Dest [3 0 R /Fit] >>" % (at + 8) for at in range(50_000)]
    return file([catalog, PAGES, PAGE, stream(WORDS), FONT, root, *items, b"<< /Title (end) >>"])


def form_cycle() -> bytes:
    form = stream(
        b"/F Do /F Do " + WORDS,
        b"/Type /XObject /Subtype /Form /BBox [0 0 612 792] /Resources << /XObject << /F 6 0 R >> >>",
    )
    page = PAGE.replace(b"/Font <<", b"/XObject << /F 6 0 R >> /Font <<")
    return file([CATALOG, PAGES, page, stream(b"/F Do"), FONT, form])


def form_tree() -> bytes:
    # each form draws the next one ten times: 10^14 drawings in a few KB
    forms = []
    for at in range(14):
        then = b"/F Do " * 10 if at < 13 else WORDS
        forms.append(
            stream(
                then,
                b"/Type /XObject /Subtype /Form /BBox [0 0 612 792] /Resources << /XObject << /F %d 0 R >> "
                b"/Font << /F1 5 0 R >> >>" % (7 + at),
            )
        )
    page = PAGE.replace(b"/Font <<", b"/XObject << /F 6 0 R >> /Font <<")
    return file([CATALOG, PAGES, page, stream(b"/F Do"), FONT, *forms])


def length_cycle() -> bytes:
    return file([CATALOG, PAGES, PAGE, b"<< /Length 4 0 R >>\nstream\n" + WORDS + b"\nendstream", FONT])


def xref_loop() -> bytes:
    made = whole()
    at = int(made.rsplit(b"startxref\n", 1)[1].split(b"\n")[0])
    return made.replace(b"/Root 1 0 R", b"/Root 1 0 R /Prev %d" % at)


def many_pages() -> bytes:
    return file(
        [CATALOG, b"<< /Type /Pages /Kids [%s] /Count 100000 >>" % (b"3 0 R " * 100_000), PAGE, stream(WORDS), FONT]
    )


def lying_count() -> bytes:
    return file([CATALOG, PAGES.replace(b"/Count 1", b"/Count 2147483647"), PAGE, stream(WORDS), FONT])


def vast_page() -> bytes:
    return whole().replace(b"[0 0 612 792]", b"[-1e38 -1e38 1e38 1e38]")


def much_text() -> bytes:
    return whole(deflated(b"(aaaaaaaaaaaaaaaaaaaaaaaaaaa) Tj", 32 << 20), b"/Filter /FlateDecode")


def locked() -> bytes:
    lock = b"<< /Filter /Standard /V 1 /R 2 /Length 40 /P -4 /O <%s> /U <%s> >>" % (b"41" * 32, b"42" * 32)
    return file(
        [CATALOG, PAGES, PAGE, stream(WORDS), FONT, lock],
        b"/Root 1 0 R /Encrypt 6 0 R /ID [<%s> <%s>]" % (b"61" * 16, b"61" * 16),
    )


def script() -> bytes:
    catalog = CATALOG.replace(
        b">>", b"/OpenAction << /S /JavaScript /JS (app.launchURL\\('http://127.0.0.1/'\\)) >> >>"
    )
    return file([catalog, PAGES, PAGE, stream(WORDS), FONT])


def launch() -> bytes:
    catalog = CATALOG.replace(b">>", b"/OpenAction << /S /Launch /F (/bin/sh) >> >>")
    return file([catalog, PAGES, PAGE, stream(WORDS), FONT])


def cut(share: float) -> Callable[[], bytes]:
    def make() -> bytes:
        made = whole(zlib.compress(WORDS * 200), b"/Filter /FlateDecode")
        return made[: int(len(made) * share)]

    return make


ATTACKS: Mapping[tuple[str, str], Callable[[], bytes]] = {
    ("bomb.pdf", "flate bomb in a flate bomb, 1 GB"): bomb,
    ("wide.pdf", "100 MB content drawn 100 times"): wide_bomb,
    ("text.pdf", "one stream, a million words"): much_text,
    ("gigapixel.pdf", "1 GP picture on a page"): picture_bomb,
    ("arrays.pdf", "arrays nested 1,000,000 deep"): nested_arrays,
    ("states.pdf", "graphics states nested 1,000,000 deep"): nested_states,
    ("pages.pdf", "page tree that contains itself"): page_cycle,
    ("outline.pdf", "outline that contains itself"): outline_cycle,
    ("outlines.pdf", "outline nested 50,000 deep"): outline_deep,
    ("form.pdf", "form that draws itself twice"): form_cycle,
    ("forms.pdf", "forms drawn 10^14 times"): form_tree,
    ("length.pdf", "stream whose length is itself"): length_cycle,
    ("xref.pdf", "cross-reference table before itself"): xref_loop,
    ("many.pdf", "one page listed 100,000 times"): many_pages,
    ("count.pdf", "says 2^31-1 pages, has one"): lying_count,
    ("vast.pdf", "page of 10^38 points"): vast_page,
    ("locked.pdf", "encrypted, password unknown"): locked,
    ("script.pdf", "script that opens a URL"): script,
    ("launch.pdf", "action that starts a shell"): launch,
    ("half.pdf", "cut at half"): cut(0.5),
    ("tail.pdf", "without its last tenth"): cut(0.9),
    ("head.pdf", "its first 40 bytes"): cut(0.02),
}  # fmt: skip
MUST_FAIL = frozenset(("encrypted, password unknown", "one page listed 100,000 times", "its first 40 bytes"))
