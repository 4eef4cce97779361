"""Which elements of a page belong to its main text, when another reader has said what that text is.

Pure. Compares runs of words, since two readers differ in spaces, links and marks. Declines to know HTML.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from memos_ingest.elements import Element

_RUN = 4  #: words; runs so long seldom meet by chance
_SHARE = 0.5  #: of an element's runs, from which on it belongs to the text
_CJK = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3\uf900-\ufaff"
_WORD = re.compile(rf"[{_CJK}]|[^\W_{_CJK}]+")


class MainText:
    """A text that can be asked whether it holds another."""

    def __init__(self, text: str) -> None:
        words = _words(text)
        self._runs = frozenset(_runs(words))
        self._short = frozenset(
            " ".join(words[at : at + size]) for size in range(1, _RUN) for at in range(len(words) - size + 1)
        )

    def holds(self, text: str) -> bool:
        """Whether half of `text` or more, in runs of four words, is in this one; a shorter text as a whole. O(text)."""
        words = _words(text)
        if len(words) < _RUN:
            return " ".join(words) in self._short
        runs = _runs(words)
        return sum(run in self._runs for run in runs) >= _SHARE * len(runs)


def main_part(elements: Sequence[Element], main: MainText) -> tuple[Element, ...]:
    """The elements whose text `main` holds, in order.

    A heading stays with what stands under it, a picture with the text beside it. O(elements and their text).
    """
    kept = [element.kind not in ("heading", "image") and main.holds(element.text) for element in elements]
    _keep_pictures(elements, kept)
    _keep_headings(elements, kept)
    return tuple(element for element, keep in zip(elements, kept, strict=True) if keep)


def letters(elements: Sequence[Element]) -> int:
    """Letters and digits in them."""
    return sum(sum(map(str.isalnum, element.text)) for element in elements)


def _keep_pictures(elements: Sequence[Element], kept: list[bool]) -> None:
    """Keep pictures next to text that is kept, before or after, within the same heading."""
    for order in (range(len(elements)), range(len(elements) - 1, -1, -1)):
        beside = False
        for at in order:
            if elements[at].kind == "image":
                kept[at] = kept[at] or beside
            else:
                beside = kept[at]


def _keep_headings(elements: Sequence[Element], kept: list[bool]) -> None:
    """Keep headings that have something kept under them, before the next one of their level."""
    deepest_kept = False
    open_below: dict[int, bool] = {}  # by level: whether something is kept since the last heading of it or above
    for at in range(len(elements) - 1, -1, -1):
        element = elements[at]
        if element.kind != "heading":
            deepest_kept = deepest_kept or kept[at]
            continue
        below = any(held for level, held in open_below.items() if level > element.level)
        kept[at] = deepest_kept or below
        open_below = {level: held for level, held in open_below.items() if level < element.level}
        open_below[element.level] = kept[at]
        deepest_kept = False


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower())


def _runs(words: Sequence[str]) -> list[tuple[str, ...]]:
    return [tuple(words[at : at + _RUN]) for at in range(len(words) - _RUN + 1)]
