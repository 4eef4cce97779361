"""Bytes of a text format to characters.

Never guesses an encoding from letter frequencies: a wrong guess is written into a graph in silence, while the right
one is a word from the caller. Declines to know any format but for HTML's own declaration of its encoding.
"""

from __future__ import annotations

import codecs
import re

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
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
_BINARY_SHARE = 0.01  # text files of old printers hold a few form feeds and escapes; binaries are far above this


def decode(data: bytes, *, name: str, encoding: str | None = None, html: bool = False) -> str:
    """The text that the bytes hold, without a byte order mark; line ends as they are.

    `encoding` wins, then a byte order mark, then UTF-8, then (html only) what a meta tag declares.
    UnreadableFile says at which byte UTF-8 ended; UnsupportedFormat when the text is full of control characters.
    """
    if encoding is not None:
        text = _strict(data, encoding, name)
    elif (marked := encoding_by_mark(data)) is not None:
        text = _strict(data, marked, name)
    else:
        declared = _META_CHARSET.search(data, 0, 4096) if html else None
        text = _utf8_or(declared.group(1).decode("ascii") if declared else None, data, name)
    controls = len(_CONTROL.findall(text))
    if "\x00" in text or controls > max(8, len(text) * _BINARY_SHARE):
        raise UnsupportedFormat(
            name, f"holds {controls:,} control characters, so it is not text; convert it to a supported format"
        )
    return text


def encoding_by_mark(data: bytes) -> str | None:
    """The encoding that a byte order mark announces."""
    return next((encoding for mark, encoding in _MARKS if data.startswith(mark)), None)


def _utf8_or(declared: str | None, data: bytes, name: str) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as problem:
        if declared is not None and declared.lower().replace("_", "-") not in ("utf-8", "utf8"):
            return _strict(data, declared, name)
        raise UnreadableFile(
            name,
            f"not UTF-8: byte 0x{data[problem.start]:02x} at offset {problem.start:,}; convert the file to UTF-8, "
            "or name its encoding (encoding='gb18030', 'cp1252', ...)",
        ) from problem


def _strict(data: bytes, encoding: str, name: str) -> str:
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
