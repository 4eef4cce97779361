"""Plain text: blank lines part paragraphs; chapter lines and underlined lines are headings.

Every element's text is the decoded text between its `start` and `end`, to the letter.
"""

from __future__ import annotations

import re

from memos_ingest.decode import decode
from memos_ingest.elements import Element, Provenance
from memos_ingest.parsers.base import Parsed, Source, check_text_size

_BLOCK = re.compile(r"[^\r\n]*\S[^\r\n]*(?:(?:\r\n|\r|\n)[^\r\n]*\S[^\r\n]*)*")
_UNDERLINE = re.compile(r"(?:\r\n|\r|\n)[ \t]*(=+|-+|~+|\*+)[ \t]*$")
_COUNT = r"(?:[ivxlcdm]{1,8}|\d{1,4}|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|[a-z])"
_CHAPTER = re.compile(
    rf"(?:(book|part|volume|act)|(chapter|appendix|scene|section))\s+{_COUNT}\b(?:\s*[.:—–-]\s*\S.*|\.?)"
    r"|(?:第[〇零一二三四五六七八九十百千\d]{1,7}(?:([卷篇部])|([章回节節]))(?:[\s:：].{0,40})?)",
    re.IGNORECASE,
)
_MAX_HEADING = 100  # characters


def parse(source: Source) -> Parsed:
    """The paragraphs and headings of a text file."""
    check_text_size(source)
    text = decode(source.data, name=source.name, encoding=source.encoding)
    elements: list[Element] = []
    for block in _BLOCK.finditer(text):
        elements.extend(_elements(text, *_trimmed(text, *block.span())))
    return Parsed(elements=tuple(elements))


def _elements(text: str, start: int, end: int) -> list[Element]:
    if end - start > 3 * _MAX_HEADING:
        return [_element("paragraph", text, start, end)]
    block = text[start:end]
    underline = _UNDERLINE.search(block)
    if underline is not None and len(underline.group(1)) >= 3:
        line = block[: underline.start()]
        if len(line) <= _MAX_HEADING and "\n" not in line and "\r" not in line:
            level = 1 if underline.group(1)[0] in "=*" else 2
            return [_element("heading", text, start, start + len(line.rstrip()), level)]
    chapter = _CHAPTER.fullmatch(block) if len(block) <= _MAX_HEADING else None
    if chapter is not None:
        return [_element("heading", text, start, end, 1 if chapter.group(1) or chapter.group(3) else 2)]
    return [_element("paragraph", text, start, end)]


def _element(kind: str, text: str, start: int, end: int, level: int = 0) -> Element:
    return Element(
        kind="heading" if kind == "heading" else "paragraph",
        text=text[start:end],
        level=level,
        provenance=Provenance(start=start, end=end),
    )


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end
