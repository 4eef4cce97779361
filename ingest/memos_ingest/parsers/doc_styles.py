"""The style of each paragraph of a DOC (Word 97 to 2003), by the number that built-in styles have in every language.

Only what xberg does not tell: which paragraph is the title, a heading, a caption, a quote. [MS-DOC] 2.5 (FIB), 2.8.25
(pieces), 2.9.175 (paragraphs' pages), 2.9.271 (styles). Declines to know anything else of the format.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from io import BytesIO

import olefile

from memos_ingest.parsers.docx_styles import Style
from memos_ingest.parsers.styled import Styled, kind_of

# built-in styles by their `sti`
_NAMES = {62: "title", 74: "subtitle", 34: "caption", 180: "quote", 181: "intense quote",
          **{level: f"heading {level}" for level in range(1, 10)}}  # fmt: skip
_PAIRS = 154  # where the FIB's pairs of offset and size begin
_STYLES, _PARAGRAPHS, _PIECES = 1, 13, 33  # which pair is which
_PAGE = 512
_COMPRESSED = 1 << 30
_MOST = 500_000  # paragraphs
_FIELD_BEGIN, _FIELD_MIDDLE, _FIELD_END = "\x13", "\x14", "\x15"


def paragraph_styles(data: bytes) -> list[tuple[str, Styled]]:
    """Text and kind of each paragraph, in order; [] where the file is older, locked or damaged. O(bytes)."""
    try:
        with olefile.OleFileIO(BytesIO(data)) as file:
            main = file.openstream("WordDocument").read()
            mark, _, _, _, _, flags = struct.unpack_from("<6H", main)
            if mark != 0xA5EC or flags & 0x0100:
                return []
            table = file.openstream("1Table" if flags & 0x0200 else "0Table").read()
        styles = _built_in(_part(main, table, _STYLES))
        pieces = list(_pieces(_part(main, table, _PIECES)))
        return [
            (_text(main, pieces, begin, end), kind_of(Style(name=_NAMES.get(styles.get(style, 0), ""))))
            for begin, end, style in _paragraphs(main, _part(main, table, _PARAGRAPHS))
        ]
    except (OSError, struct.error, IndexError, ValueError):
        return []  # what xberg made of it stands without styles


def _part(main: bytes, table: bytes, pair: int) -> bytes:
    offset, size = struct.unpack_from("<II", main, _PAIRS + 8 * pair)
    return table[offset : offset + size]


def _built_in(sheet: bytes) -> Mapping[int, int]:
    """The built-in style that each of the file's styles is, or else is based on."""
    (head,) = struct.unpack_from("<H", sheet)
    count, base_size = struct.unpack_from("<HH", sheet, 2)
    at = 2 + head
    found: dict[int, tuple[int, int]] = {}
    for number in range(count):
        (size,) = struct.unpack_from("<H", sheet, at)
        at += 2
        if size >= base_size >= 4:
            identity, based = struct.unpack_from("<HH", sheet, at)
            found[number] = (identity & 0xFFF, based >> 4)
        at += size + size % 2
    return {number: _resolved(number, found) for number in found}


def _resolved(number: int, found: Mapping[int, tuple[int, int]]) -> int:
    """A user's own style (sti 0xFFE) is what it is based on; Normal (0) when that leads nowhere."""
    for _ in range(20):
        identity, based = found.get(number, (0, 0xFFF))
        if identity != 0xFFE:
            return identity
        number = based
    return 0


def _pieces(clx: bytes) -> Iterator[tuple[int, int, bool]]:
    """Begin, end (in bytes of the main stream) and whether it is of one byte a letter, of each piece of text."""
    at = 0
    while at < len(clx) and clx[at] == 1:
        at += 3 + struct.unpack_from("<H", clx, at + 1)[0]
    if at >= len(clx) or clx[at] != 2:
        return
    (size,) = struct.unpack_from("<I", clx, at + 1)
    count = (size - 4) // 12
    places = struct.unpack_from(f"<{count + 1}I", clx, at + 5)
    for number in range(count):
        (offset,) = struct.unpack_from("<I", clx, at + 5 + 4 * (count + 1) + 8 * number + 2)
        letters = places[number + 1] - places[number]
        narrow = bool(offset & _COMPRESSED)
        begin = (offset & ~_COMPRESSED) // 2 if narrow else offset
        yield begin, begin + letters * (1 if narrow else 2), narrow


def _paragraphs(main: bytes, pages: bytes) -> Iterator[tuple[int, int, int]]:
    """Begin, end (in bytes of the main stream) and style of each paragraph."""
    count = (len(pages) - 4) // 8
    seen = 0
    for number in struct.unpack_from(f"<{count}I", pages, 4 * (count + 1)):
        page = main[(number & 0x3FFFFF) * _PAGE :][:_PAGE]
        if len(page) < _PAGE:
            return
        runs = page[_PAGE - 1]
        places = struct.unpack_from(f"<{runs + 1}I", page)
        for run in range(runs):
            at = page[4 * (runs + 1) + 13 * run] * 2
            skipped = 2 if page[at] == 0 else 1
            style = struct.unpack_from("<H", page, at + skipped)[0] if at else 0
            yield places[run], places[run + 1], style
            seen += 1
            if seen > _MOST:
                return


def _text(main: bytes, pieces: list[tuple[int, int, bool]], begin: int, end: int) -> str:
    """The letters of the paragraph, without the instructions of its fields."""
    out = ""
    for first, last, narrow in pieces:
        if first < end and last > begin:
            part = main[max(first, begin) : min(last, end)]
            out += part.decode("cp1252" if narrow else "utf-16-le", errors="replace")
    while _FIELD_BEGIN in out:
        head, _, rest = out.rpartition(_FIELD_BEGIN)
        field, _, tail = rest.partition(_FIELD_END)
        out = head + (field.partition(_FIELD_MIDDLE)[2]) + tail
    return out
