"""Bytes of a text format to characters, in whatever encoding they are.

What the bytes or the caller say counts first. Only what is not UTF-8 and says nothing of itself is guessed, by
chardet, and `decoded` tells that it was. Declines to know any format but for HTML's and XML's own declarations.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from memos_ingest.errors import UnreadableFile, UnsupportedFormat

# utf-32 first: its little-endian mark begins with that of utf-16
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_META_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([A-Za-z0-9_:.-]{1,40})""", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]")
_BINARY_SHARE = 0.01  # text files of old printers hold a few form feeds and escapes; binaries are far above this
_LOOK = 4_096  # bytes from each end of a file, enough to tell UTF-16
_NULS = 0.2  # of the bytes at even or odd places, in UTF-16 of a text in Latin letters; CJK is told by what it becomes
# letters, marks, digits and punctuation that texts without Latin letters are made of
_WRITING = re.compile(r"[\t\n\r\x20-\x7e\xa0-\u052f\u0590-\u06ff\u0900-\u0dff\u0e00-\u0eff\u2010-\u203a"
                      r"\u3000-\u30ff\u4e00-\u9fff\uac00-\ud7af\uff01-\uff5e]")  # fmt: skip
_JOINTS = frozenset(" \n\r。，、．,.!?！？")
_CJK_SHARE = 0.98
_NO_TEXTS = frozenset({"punycode", "idna", "unicode-escape", "raw-unicode-escape"})  # the first takes time squared


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text, and how it was found."""

    text: str  #: without a byte order mark; line ends as they are
    encoding: str  #: as Python names it
    guessed: bool  #: neither the bytes nor the caller said it


def decode(data: bytes, *, name: str, encoding: str | None = None, html: bool = False) -> str:
    """The text of `decoded`."""
    return decoded(data, name=name, encoding=encoding, html=html).text


def decoded(data: bytes, *, name: str, encoding: str | None = None, html: bool = False) -> Decoded:
    """The text that the bytes hold.

    `encoding` wins, then a byte order mark, then UTF-8, then (html only) what a meta tag declares, then UTF-16 by its
    pattern, then the likeliest by chardet. UnreadableFile when none fits; UnsupportedFormat when the text is full of
    control characters. Cost: one pass, and where it must guess up to 0.2 MB looked at again.
    """
    if encoding is not None:
        found = Decoded(_strict(data, encoding, name), encoding, False)
    elif (marked := encoding_by_mark(data)) is not None:
        found = Decoded(_strict(data, marked, name), marked, False)
    else:
        declared = _META_CHARSET.search(data, 0, 4096) if html else None
        found = _unmarked(data, name, declared.group(1).decode("ascii") if declared else None)
    controls = len(_CONTROL.findall(found.text))
    if "\x00" in found.text or controls > max(8, len(found.text) * _BINARY_SHARE):
        raise UnsupportedFormat(
            name, f"holds {controls:,} control characters, so it is not text; convert it to a supported format"
        )
    return found


def encoding_by_mark(data: bytes) -> str | None:
    """The encoding that a byte order mark announces."""
    return next((encoding for mark, encoding in _MARKS if data.startswith(mark)), None)


def unmarked_utf16(data: bytes) -> str | None:
    """ "utf-16-le" or "utf-16-be" where the bytes show the pattern of one without a mark; `data` may be a file's head.

    Latin text: every second byte is NUL, and always the same ones. Others: nearly all of it is writing, with the
    spaces or stops that every text has. None otherwise; a very short text may be missed, none is mistaken for long.
    """
    head = data[: _LOOK - _LOOK % 2]
    if len(head) < 8:
        return None
    even, odd = head[0::2].count(0) / len(head[0::2]), head[1::2].count(0) / len(head[1::2])
    if max(even, odd) >= _NULS and min(even, odd) < _NULS / 10:
        return "utf-16-le" if odd > even else "utf-16-be"
    for name in ("utf-16-le", "utf-16-be"):
        text = head[: len(head) - len(head) % 2].decode(name, errors="replace")
        if "\x00" not in text and len(_WRITING.findall(text)) >= _CJK_SHARE * len(text) and _JOINTS & set(text):
            return name
    return None


def _unmarked(data: bytes, name: str, declared: str | None) -> Decoded:
    try:
        text = data.decode("utf-8")
        if "\x00" not in text:
            return Decoded(text, "utf-8", False)
    except UnicodeDecodeError:
        if declared is not None and declared.lower().replace("_", "-") not in ("utf-8", "utf8"):
            return Decoded(_strict(data, declared, name), declared, False)
    guess = unmarked_utf16(data) or _likeliest(data, name)
    try:
        return Decoded(_strict(data, guess, name), guess, True)
    except UnreadableFile as problem:
        raise _not_told(data, name) from problem


def _likeliest(data: bytes, name: str) -> str:
    """What chardet takes it for; of the encodings that files of today's systems have, so no EBCDIC and no DOS."""
    if b"\x00" in data:
        raise UnsupportedFormat(name, "holds NUL bytes, so it is not text; convert it to a supported format")
    import chardet  # some 5 MB of letter frequencies, which most files need not
    from chardet import EncodingEra

    found = chardet.detect(data, encoding_era=EncodingEra.MODERN_WEB, prefer_superset=True)["encoding"]
    if found is None or found.lower().startswith(("utf-8", "ascii")):
        raise _not_told(data, name)
    return found


def _not_told(data: bytes, name: str) -> UnreadableFile:
    try:
        data.decode("utf-8")
        where = ""
    except UnicodeDecodeError as problem:
        where = f"byte 0x{data[problem.start]:02x} at offset {problem.start:,}; "
    return UnreadableFile(
        name,
        f"not UTF-8: {where}and no other encoding fits; convert the file to UTF-8, or name its encoding "
        "(encoding='gb18030', 'cp1252', ...)",
    )


def _strict(data: bytes, encoding: str, name: str) -> str:
    if encoding.lower().replace("_", "-") in _NO_TEXTS:
        raise UnreadableFile(name, f"encoding {encoding!r} is not one that texts have; name another")
    try:
        text = data.decode(encoding)
    except LookupError as problem:
        raise UnreadableFile(name, f"encoding {encoding!r} is not known; name one that Python knows") from problem
    except UnicodeError as problem:
        where = f" at offset {problem.start:,}" if isinstance(problem, UnicodeDecodeError) else ""
        raise UnreadableFile(
            name, f"not {encoding}: invalid bytes{where}; convert the file to UTF-8, or name its encoding"
        ) from problem
    return text.removeprefix("\ufeff")
