"""What a mention is, and the key that all spellings of one name share.

Declines to know how mentions are found (`mentions`, `values`, `gazetteer`) and what becomes of them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

HAN = "\u3400-\u4dbf\u4e00-\u9fff"
#: Chinese writes numbers and names close to its own words: what stands beside them is no part of them.
BEFORE, BEHIND = rf"(?<![^\W{HAN}])", rf"(?![^\W{HAN}])"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """Something that a text names: text[start:end] is `name`."""

    name: str
    start: int
    end: int
    kind: str  #: name, acronym, identifier, title (in 《》, 「」), date, quantity, money, url, mail, or a finder's own
    value: str = ""  #: of a date, an amount, an address: what all its spellings share; "" for names
    alias_of: str | None = None  #: of a short name: the long one, where the text has one behind the other in brackets

    @property
    def key(self) -> str:
        """What all mentions of the same thing share."""
        return self.value or canonical(self.name)


def canonical(name: str) -> str:
    """The key on which entities are merged: NFKC, case folded, one space, no possessive 's, no dots in initials.

    canonical(canonical(x)) == canonical(x). "" for a name of white space.
    """
    while True:
        folded = " ".join(unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold()).split())
        folded = _POSSESSIVE.sub("", folded)
        if _DOTTED.fullmatch(folded):
            folded = folded.replace(".", "")
        if folded == name:
            return folded
        name = folded


_POSSESSIVE = re.compile(r"['’]s?$")
_DOTTED = re.compile(r"(?:[^\W\d_]\.){2,}[^\W\d_]?")


def merged(*found: Iterable[Mention]) -> list[Mention]:
    """All in order; of those that overlap the one that begins first, then the longer, then of the earlier group."""
    out: list[Mention] = []
    for mention in sorted((m for group in found for m in group), key=lambda m: (m.start, -m.end)):
        if not out or mention.start >= out[-1].end:
            out.append(mention)
    return out
