"""Cut one text that is too long into pieces that are exact parts of it, at the best boundary that fits.

The boundaries are semantic-text-splitter's: paragraphs, lines, Unicode sentences (Chinese ones too), words, graphemes.
Declines to know documents and models.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from semantic_text_splitter import TextSplitter

# Without any boundary (a line of a million letters) the splitter's cost grows with the square of the text: 13 s for
# 1 MB. In windows of this many characters it stays linear.
_WINDOW = 20_000
_BREAKS = ("\n", "。", ". ", " ")
_OPENING = frozenset("“‘「『《〈（【([{«")
# The length in tokens is guessed from the text's own density, then measured; a guess this much lower is seldom over.
_CAUTION = 0.9


@dataclass(frozen=True, slots=True)
class Cut:
    """text[start:end], which is `tokens` long."""

    start: int
    end: int
    tokens: int


def cut(text: str, *, tokens: int, limit: int, count: Callable[[str], int]) -> list[Cut]:
    """Pieces of at most `limit` tokens that together hold every character of `text` but white space, in order.

    `tokens` is count(text). A single character that alone is over the limit stays whole. Each character is counted
    about twice, more often only where density varies. O(text) for a linear `count`.
    """
    if tokens <= limit:
        return [Cut(0, len(text), tokens)]
    size = max(1, int(len(text) * limit / max(tokens, 1) * _CAUTION))
    return list(_cut(text, 0, size, limit, count))


def _cut(text: str, offset: int, size: int, limit: int, count: Callable[[str], int]) -> Iterator[Cut]:
    for start, end in _spans(text, size):
        tokens = count(text[start:end])
        if tokens <= limit or end - start == 1:
            yield Cut(offset + start, offset + end, tokens)
        else:
            # denser than the rest: smaller pieces, by its own measure; always smaller, so that this ends
            smaller = min(int((end - start) * limit / tokens * _CAUTION), (end - start) // 2)
            yield from _cut(text[start:end], offset + start, max(1, smaller), limit, count)


def _spans(text: str, size: int) -> Iterator[tuple[int, int]]:
    """Trimmed spans of at most `size` characters."""
    splitter = TextSplitter(size)
    for window_start, window_end in _windows(text, max(_WINDOW, 2 * size)):
        found = splitter.chunk_indices(text[window_start:window_end])
        starts = [window_start + start for start, _ in found]
        ends = [start + len(chunk) for start, (_, chunk) in zip(starts, found, strict=True)]
        for at in range(len(starts) - 1):
            # an opening quote or bracket belongs to what it opens
            while ends[at] - starts[at] > 1 and text[ends[at] - 1] in _OPENING and ends[at + 1] - ends[at] < size:
                ends[at] -= 1
                starts[at + 1] = ends[at]
        yield from zip(starts, ends, strict=True)


def _windows(text: str, size: int) -> Iterator[tuple[int, int]]:
    start = 0
    while len(text) - start > size:
        end = start + size
        for mark in _BREAKS:
            at = text.rfind(mark, start + size // 2, end)
            if at >= 0:
                end = at + len(mark)
                break
        yield start, end
        start = end
    yield start, len(text)
