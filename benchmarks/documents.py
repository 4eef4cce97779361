"""Made-up documents of any size, as bytes: Markdown, HTML, CSV, DOCX, PDF, pictures; and a folder of all of them.

The same seed gives the same bytes. Text is real sentences, drawn again and again with a word changed here and there and
made-up names put in, so that no two passages are alike. Writers are as small as the formats allow: no library needed.
"""

from __future__ import annotations

import io
import random
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

from benchmarks.synthetic import word

SENTENCES = (
    "The river rose during the night and the lower road was closed.",
    "Each valve is checked by hand before the pump is started again.",
    "A ship that leaves the harbour late must wait for the next tide.",
    "In the second year the yield fell, although the soil had been improved.",
    "The committee met twice and could not agree on a date.",
    "Small changes in temperature lead to large changes in the reading.",
    "Nobody who worked there remembers when the door was painted green.",
    "The map shows the old railway, which was taken up in 1963.",
)
_CHANGED, _NAMED = 0.15, 0.03  #: shares of words
_LINE = 84  #: characters in a line of a PDF
_LINES = 46  #: lines on a page
_FILE, _MOST = 20_000, 40  #: bytes of text in a file of a folder, unless that makes more files of a kind
_PIXELS = 640  #: a picture's width


class Prose:
    """Endless text from a seed and from sentences to draw on."""

    def __init__(self, seed: int, sentences: Sequence[str] = SENTENCES) -> None:
        self.random = random.Random(seed)
        self._sentences = [sentence.split() for sentence in sentences]

    def sentence(self) -> str:
        """A sentence, a few of its words changed, names put in."""
        dice, chosen = self.random, self._sentences
        words = [self._word(old) for old in chosen[int(dice.random() * len(chosen))]]
        return " ".join(words)

    def paragraph(self) -> str:
        """Two to six sentences."""
        return " ".join(self.sentence() for _ in range(self.random.randint(2, 6)))

    def title(self) -> str:
        """A few words that begin with a capital letter."""
        return " ".join(self.sentence().split()[:5]).rstrip(".,;:").capitalize()

    def paragraphs(self, size: int) -> Iterator[str]:
        """Paragraphs until `size` characters are there."""
        while size > 0:
            made = self.paragraph()
            size -= len(made) + 2
            yield made

    def noise(self, size: int) -> bytes:
        """Bytes that no compression makes smaller."""
        return self.random.randbytes(size)

    def _word(self, old: str) -> str:
        dice = self.random.random()
        if dice < _NAMED:  # the r-th name is 1/r as common as the first
            return word(int(20_000 ** self.random.random())).capitalize()
        if dice < _NAMED + _CHANGED:
            other = self._sentences[int(self.random.random() * len(self._sentences))]
            return other[int(self.random.random() * len(other))]
        return old


def sentences_of(texts: Sequence[str]) -> tuple[str, ...]:
    """Sentences of plain prose in Markdown texts, to draw on; the built-in ones when there are too few."""
    found = [
        sentence
        for text in texts
        for line in text.splitlines()
        if line[:1].isalpha() and "|" not in line
        for sentence in re.split(r"(?<=[.!?])\s+", re.sub(r"\]\([^)]*\)|[\[*]", "", line))
        if re.fullmatch(r"[A-Z][a-z].*[a-z][.!?]", sentence) and 5 <= len(sentence.split()) <= 40 and sentence.isascii()
    ]
    return tuple(dict.fromkeys(found)) if len(found) >= 50 else SENTENCES


def markdown(prose: Prose, size: int) -> bytes:
    """About `size` bytes: a title, then sections of some paragraphs."""
    parts = [f"# {prose.title()}"]
    for at, paragraph in enumerate(prose.paragraphs(size)):
        parts += [f"## {prose.title()}"] if at % 6 == 0 else []
        parts.append(paragraph)
    return ("\n\n".join(parts) + "\n").encode()


def html(prose: Prose, size: int) -> bytes:
    """The same as a page."""
    parts = [f"<h1>{escape(prose.title())}</h1>"]
    for at, paragraph in enumerate(prose.paragraphs(size)):
        parts += [f"<h2>{escape(prose.title())}</h2>"] if at % 6 == 0 else []
        parts.append(f"<p>{escape(paragraph)}</p>")
    return f"<!doctype html><title>{escape(prose.title())}</title><body>{chr(10).join(parts)}</body>".encode()


def csv(prose: Prose, size: int) -> bytes:
    """Rows of five columns."""
    rows = ["number,name,year,what,note"]
    length = 0
    while length < size:
        cells = (str(len(rows)), prose.title(), str(prose.random.randint(1900, 2026)), prose.title(), prose.sentence())
        rows.append(",".join('"' + cell.replace('"', '""') + '"' for cell in cells))
        length += len(rows[-1]) + 1
    return ("\n".join(rows) + "\n").encode()


def png(prose: Prose, size: int) -> bytes:
    """A picture of noise, about `size` bytes."""
    height = max(1, size // (_PIXELS * 3))
    lines = b"".join(b"\0" + prose.noise(_PIXELS * 3) for _ in range(height))
    head = struct.pack(">IIBBBBB", _PIXELS, height, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", head), (b"IDAT", zlib.compress(lines, 0)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )


def docx(prose: Prose, size: int, picture: int = 0) -> bytes:
    """A Word document with `size` bytes of text, and a picture of `picture` bytes that its text does not show."""

    def paragraph(text: str, style: str = "") -> str:
        mark = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
        return f'<w:p>{mark}<w:r><w:t xml:space="preserve">{escape(text)}</w:t></w:r></w:p>'

    body = [paragraph(prose.title(), "Heading1"), *map(paragraph, prose.paragraphs(size))]
    namespace = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    office = "http://schemas.openxmlformats.org"
    parts: dict[str, str | bytes] = {
        "[Content_Types].xml": f'<Types xmlns="{office}/package/2006/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="png" '
        'ContentType="image/png"/><Override PartName="/word/document.xml" ContentType="application/vnd.'
        'openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{office}/package/2006/relationships"><Relationship Id="r1" Type="'
        f'{office}/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>',
        "word/document.xml": f'<w:document xmlns:w="{namespace}"><w:body>{"".join(body)}</w:body></w:document>',
    }
    if picture:
        parts["word/media/image1.png"] = png(prose, picture)
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return made.getvalue()


def pdf(prose: Prose, pages: int, picture: int = 0) -> bytes:
    """`pages` pages of text, a heading and a number on each, and on the first a picture of `picture` bytes of noise."""
    lines: list[str] = []
    objects = [b"<</Type/Catalog/Pages 2 0 R>>", b"", _FONT % b"Helvetica", _FONT % b"Helvetica-Bold"]
    resources = b"<</Font<</F 3 0 R/B 4 0 R>>%s>>" % (b"/XObject<</P 5 0 R>>" if picture else b"")
    if picture:
        height = max(1, picture // (_PIXELS * 3))
        size = b"/Width %d/Height %d" % (_PIXELS, height)
        objects.append(_stream(prose.noise(_PIXELS * 3 * height), b"/Type/XObject/Subtype/Image/ColorSpace/DeviceRGB"
                               b"/BitsPerComponent 8" + size))  # fmt: skip
    kids = []
    for number in range(1, pages + 1):
        while len(lines) < _LINES:
            lines += [*_wrapped(prose.paragraph()), ""]
        drawn = _drawn(f"{number} {prose.title()}", lines[:_LINES], number)
        del lines[:_LINES]
        shown = b"q 200 0 0 120 350 650 cm /P Do Q " if picture and number == 1 else b""
        objects.append(_stream(zlib.compress(shown + drawn), b"/Filter/FlateDecode"))
        kids.append(len(objects) + 1)
        objects.append(
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents %d 0 R/Resources %s>>"
            % (len(objects), resources)
        )
    objects[1] = b"<</Type/Pages/Count %d/Kids[%s]>>" % (pages, b" ".join(b"%d 0 R" % kid for kid in kids))
    return _pdf_file(objects)


_FONT = b"<</Type/Font/Subtype/Type1/BaseFont/%s/Encoding/WinAnsiEncoding>>"


def _drawn(title: str, lines: Sequence[str], number: int) -> bytes:
    text = b" ".join(b"(%s) Tj T*" % _escaped(line) for line in lines)
    return b"BT /B 16 Tf 60 740 Td (%s) Tj ET BT /F 10 Tf 13.5 TL 60 710 Td %s ET BT /F 8 Tf 300 40 Td (%d) Tj ET" % (
        _escaped(title), text, number,
    )  # fmt: skip


def _escaped(text: str) -> bytes:
    return re.sub(rb"([()\\])", rb"\\\1", text.encode("cp1252", "replace"))


def _wrapped(text: str) -> list[str]:
    lines, line = [], ""
    for part in text.split():
        if line and len(line) + len(part) >= _LINE:
            lines.append(line)
            line = ""
        line = f"{line} {part}" if line else part
    return [*lines, line]


def _stream(data: bytes, entries: bytes) -> bytes:
    return b"<<%s/Length %d>>stream\n%s\nendstream" % (entries, len(data), data)


def _pdf_file(objects: Sequence[bytes]) -> bytes:
    made = io.BytesIO()
    made.write(b"%PDF-1.7\n")
    places = []
    for number, data in enumerate(objects, start=1):
        places.append(made.tell())
        made.write(b"%d 0 obj\n%s\nendobj\n" % (number, data))
    start = made.tell()
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    made.write(b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(objects) + 1, table))
    made.write(b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start))
    return made.getvalue()


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What was written."""

    files: int
    size: int  #: bytes in all files
    text: int  #: bytes of text in them, about


def mixed_folder(folder: Path, *, text: int, pictures: int, seed: int, sentences: Sequence[str] = SENTENCES) -> Made:
    """Files with about `text` bytes of text and `pictures` bytes of noise in all, in sub-folders by kind.

    Of the text a fifth each is Markdown, HTML, CSV, PDF and DOCX; of the noise half is in PNG files, half inside PDF
    and DOCX. No pictures: no PNG files.
    """
    prose = Prose(seed, sentences)
    count = max(1, min(_MOST, text // 5 // _FILE))  # files of each kind
    each, noise = text // 5 // count, pictures // (4 * count)
    pages = max(1, each // 2_700)
    kinds: list[tuple[str, Callable[[], bytes]]] = [
        ("md", lambda: markdown(prose, each)), ("html", lambda: html(prose, each)), ("csv", lambda: csv(prose, each)),
        ("pdf", lambda: pdf(prose, pages, noise)), ("docx", lambda: docx(prose, each, noise)),
    ]  # fmt: skip
    if noise:
        kinds.append(("png", lambda: png(prose, 2 * noise)))
    written = 0
    for kind, write in kinds:
        (folder / kind).mkdir(parents=True, exist_ok=True)
        for number in range(count):
            written += (folder / kind / f"{kind}-{number:03}.{kind}").write_bytes(write())
    return Made(files=count * len(kinds), size=written, text=5 * each * count)
