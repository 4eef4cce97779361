"""Citations in an answer: [3], [3, 5], [3][5], [3-5], also in wide brackets.

Knows numbers, not what they stand for. An answer comes from a model and may hold anything: a number that stands for
nothing is told, never made up.
"""

from __future__ import annotations

import re
from collections.abc import Collection

_MARK = re.compile(r"[\[\u3010]\s*(\d{1,6}(?:\s*[,;\u2013-]\s*\d{1,6}){0,40})\s*[\]\u3011]", re.ASCII)
_RANGE = re.compile(r"(\d+)(?:\s*[\u2013-]\s*(\d+))?", re.ASCII)


def cited(text: str, known: Collection[int]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """(numbers of `known` that `text` cites, numbers it cites that stand for nothing), each once, as they come first.

    Of a range the ends and what is known between them count. O(length + citations * known).
    """
    found: dict[int, None] = {}
    for mark in _MARK.finditer(text):
        for part in _RANGE.finditer(mark.group(1)):
            first = int(part.group(1))
            last = int(part.group(2) or first)
            between = sorted(n for n in known if first < n < last)
            found.update(dict.fromkeys((first, *between, last)))
    there = frozenset(known)
    return tuple(n for n in found if n in there), tuple(n for n in found if n not in there)


def without_citations(text: str) -> str:
    """`text` without its citations: in a later prompt their numbers would stand for other memories."""
    return re.sub(r"[ \t]*" + _MARK.pattern, "", text, flags=re.ASCII)
