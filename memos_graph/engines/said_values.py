"""Whether two spellings name the same value: "40 mm" and "40 millimetres", "Berlin" and "Berlin, Germany".

Declines to know what has the value.
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from memos_graph.engines.naming import canonical
from memos_graph.engines.values import key_of

_PIECE = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af]|\d+(?:[.,]\d+)*|[^\W_\d]+")
_GROUPED = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_EMPTY = frozenset({"a", "an", "the", "of", "in", "at", "on", "about", "around"})
#: Number words as texts spell small numbers, and how ordinals are told from them.
NUMBERS = {
    word: str(number)
    for number, word in enumerate(
        ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
    )
} | {
    word: f"{number}th"
    for number, word in enumerate(
        ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"), 1
    )
}
_LONGEST = 400  #: characters of a value that are compared


def agree(one: str, other: str) -> bool:
    """Whether both name one value, or one of them only says it more exactly: all its words are in the other.

    Values without words agree only when they are the same.
    """
    one, other = one[:_LONGEST], other[:_LONGEST]
    if canonical(one) == canonical(other) or key_of(one.strip()) == key_of(other.strip()):
        return True
    a, b = _words(one), _words(other)
    return bool(a and b) and (a <= b or b <= a)


@lru_cache(maxsize=16_384)
def _words(value: str) -> frozenset[str]:
    return frozenset(number(word) for word in _PIECE.findall(canonical(value)) if word not in _EMPTY)


def number(word: str) -> str:
    """The one spelling of a number: 1,000 and 1000.0 are the same; other words as they are."""
    word = NUMBERS.get(word, word)
    if not word[:1].isdecimal():
        return word
    try:
        plain = format(Decimal(word.replace(",", "") if _GROUPED.fullmatch(word) else word), "f")
    except InvalidOperation:
        return word
    return plain.rstrip("0").rstrip(".") if "." in plain else plain
