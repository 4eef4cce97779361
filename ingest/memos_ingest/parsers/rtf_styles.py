"""The style of each paragraph of an RTF: which is the title, a heading, a caption, a quote.

Only what xberg does not tell. RTF 1.9.1: style sheet, paragraph formatting, characters. Declines to know fonts, tables
and pictures.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, field

from memos_ingest.parsers.docx_styles import Style
from memos_ingest.parsers.styled import Styled, kind_of

_TOKEN = re.compile(
    rb"\\'(?P<byte>[0-9a-fA-F]{2})|\\(?P<word>[a-z]{1,32})(?P<value>-?\d{1,9})?[ ]?|\\(?P<sign>[^a-z])"
    rb"|(?P<brace>[{}])|(?P<text>[^\\{}\r\n]+)",
    re.DOTALL,
)
_ASIDE = frozenset((
    b"fonttbl", b"colortbl", b"info", b"pict", b"header", b"headerl", b"headerr", b"headerf", b"footer", b"footerl",
    b"footerr", b"footerf", b"footnote", b"listtext", b"pntext", b"object", b"fldinst", b"themedata", b"datastore",
    b"listtable", b"listoverridetable", b"rsidtbl", b"generator", b"annotation", b"xe", b"tc",
))  # fmt: skip
_ENDS = frozenset((b"par", b"cell", b"row", b"sect", b"page"))
_BLANKS = frozenset((b"tab", b"line"))
_MOST = 500_000  # paragraphs
_DEEPEST = 1_000


@dataclass(slots=True)
class _Reading:
    styles: dict[int, Style] = field(default_factory=dict)
    out: list[tuple[str, Styled]] = field(default_factory=list)
    text: list[str] = field(default_factory=list)
    raw: bytearray = field(default_factory=bytearray)
    encoding: str = "cp1252"
    style: int = 0
    outline: int | None = None
    aside: list[bool] = field(default_factory=list)  #: of each open group: whether its words are no part of the body
    in_styles: int = 0  #: how deep the style sheet's group is; 0 outside of it

    def open_group(self) -> bool:
        """A group begins; False when that is too deep to be honest."""
        self.flush()
        self.aside.append(bool(self.aside) and self.aside[-1])
        if self.in_styles and len(self.aside) == self.in_styles + 1:
            self.style, self.outline = 0, None
            self.text.clear()
        return len(self.aside) <= _DEEPEST

    def close_group(self) -> bool:
        """A group ends; in the style sheet it was a style. One too many is passed over."""
        self.flush()
        if self.aside:
            if self.in_styles and len(self.aside) == self.in_styles + 1:
                name = self.letters().strip().rstrip(";").split(",")[0].strip().lower()
                self.styles[self.style] = Style(name=name, outline=self.outline)
            if len(self.aside) == self.in_styles:
                self.in_styles, self.style, self.outline = 0, 0, None
            self.aside.pop()
        return True

    def letters(self) -> str:
        """The words since the last time, with the bytes that waited to be decoded together."""
        self.flush()
        said = "".join(self.text)
        self.text.clear()
        return said

    def flush(self) -> None:
        """Decode the bytes that wait: of some encodings two make one letter."""
        if self.raw:
            self.text.append(self.raw.decode(self.encoding, errors="replace"))
            self.raw.clear()

    def end_paragraph(self) -> None:
        """Note the paragraph with the style that it has."""
        said = self.letters()
        if said.strip() and len(self.out) < _MOST:
            known = self.styles.get(self.style, Style())
            outline = self.outline if self.outline is not None else known.outline
            self.out.append((said, kind_of(Style(name=known.name, outline=outline))))


def paragraph_styles(data: bytes) -> list[tuple[str, Styled]]:
    """Text and kind of each paragraph of the body, in order. O(bytes)."""
    reading = _Reading()
    aside = reading.aside
    skip, per_letter = 0, 1  # stand-ins that follow a letter's number
    starred = False
    for token in _TOKEN.finditer(data):
        if (brace := token["brace"]) is not None:
            if not (reading.open_group() if brace == b"{" else reading.close_group()):
                return reading.out
            skip, starred = 0, False
            continue
        word = token["word"]
        value = int(token["value"]) if token["value"] else None
        if word is None and token["sign"] == b"*":
            starred = True
            continue
        if word == b"stylesheet":
            reading.in_styles = len(aside)
        elif word in _ASIDE or (starred and word is not None and not reading.in_styles):
            if aside:
                aside[-1] = True
        elif word == b"ansicpg" and value is not None:
            reading.encoding = _codec(value)
        elif word == b"uc":
            per_letter = value if value is not None else 1
        starred = starred and word is None
        if aside and aside[-1]:
            continue
        skip = _character(reading, token, word, value, skip, per_letter)
        if word == b"s" and value is not None:
            reading.style = value
        elif word == b"outlinelevel":
            reading.outline = value
        elif word == b"pard":
            reading.style, reading.outline = 0, None
        elif word in _ENDS and not reading.in_styles:
            reading.end_paragraph()
    reading.end_paragraph()
    return reading.out


def _character(reading: _Reading, token: re.Match[bytes], word: bytes | None, value: int | None, skip: int,
               per_letter: int) -> int:  # fmt: skip
    """Take what the token says; how many stand-ins are still to be skipped."""
    if word == b"u" and value is not None:
        reading.flush()
        reading.text.append(chr(value % 65_536) if not 0xD800 <= value % 65_536 < 0xE000 else "")
        return per_letter
    if token["byte"] is not None:
        if skip:
            return skip - 1
        reading.raw.append(int(token["byte"], 16))
    elif token["text"] is not None:
        reading.raw.extend(token["text"][skip:])
        return max(0, skip - len(token["text"]))
    elif word in _BLANKS or token["sign"] == b"~":
        reading.raw.append(0x20)
    elif token["sign"] in (b"\\", b"{", b"}"):
        reading.raw.extend(token["sign"])
    return skip if word is None else 0


def _codec(number: int) -> str:
    try:
        return codecs.lookup(f"cp{number}").name
    except LookupError:
        return "cp1252"
