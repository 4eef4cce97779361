"""A text's sentences as spans. Cut by sentencex, which knows abbreviations and Chinese stops.

Declines to know what a sentence says. What runs on for longer than any sentence does (a table, a log) is left out:
nothing in it can be told from punctuation.
"""

from __future__ import annotations

import re

import sentencex

from memos_ingest.causal.findings import Span

LONGEST = 1000  #: characters; a longer "sentence" is none
_PARAGRAPH = re.compile(r"\n[ \t\r\f\v]*\n|\n(?=[ \t]*(?:[-*•|#>]|\d{1,3}[.)])[ \t])|\r?\n(?=\|)")
_HAN = re.compile(r"[\u3400-\u9fff]")
_WINDOW = 50_000  # characters; one paragraph of megabytes is cut blindly


def is_chinese(text: str) -> bool:
    """Whether the text has more than a tenth of Chinese characters."""
    return len(_HAN.findall(text)) * 10 > len(text)


def paragraphs(text: str) -> list[list[Span]]:
    """The sentences of each paragraph or list item, in order, trimmed; none empty. O(text)."""
    out: list[list[Span]] = []
    start = 0
    for end in [*(match.start() for match in _PARAGRAPH.finditer(text)), len(text)]:
        found = [span for at in range(start, end, _WINDOW) for span in _sentences(text, at, min(end, at + _WINDOW))]
        if found:
            out.append(found)
        start = end
    return out


def _sentences(text: str, start: int, end: int) -> list[Span]:
    piece = text[start:end]
    if not piece.strip():
        return []
    out: list[Span] = []
    at = 0
    for sentence in sentencex.segment("zh" if is_chinese(piece) else "en", piece):
        body = sentence.strip()
        # sought, not counted: the library gives no offsets in characters that hold for every text
        found = piece.find(body, at) if body else -1
        if found >= 0:
            at = found + len(body)
            if len(body) <= LONGEST:
                out.append(Span(start + found, start + at))
    return out
