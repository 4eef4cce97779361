"""The name that a title or heading is, where it is one: "Walt Disney", "The Sea Wolf (novel)", not "Introduction".

Declines to know the names within it (`mentions`) and the graph.
"""

from __future__ import annotations

import re

from memos_graph.engines.common_words import COMMON, GENERIC

_NUMBERING = re.compile(r"^(?:[0-9]+(?:\.[0-9]+)*|[A-Z]|[IVXLC]+)[.)]?\s+(?=\S)")
_ASIDE = re.compile(r"\s*[(（][^()（）]*[)）]\s*$")
_LINKING = frozenset(
    [
        "a",
        "an",
        "and",
        "as",
        "at",
        "by",
        "da",
        "de",
        "del",
        "di",
        "du",
        "for",
        "from",
        "in",
        "la",
        "le",
        "of",
        "on",
        "or",
        "the",
        "to",
        "van",
        "von",
        "with",
    ]
)
_MAX_WORDS = 8


def title_name(title: str) -> str | None:
    """`title` without numbering and a closing aside in brackets, if it reads as a name; None else.

    A name has at most eight words, all but the small ones beginning with a capital, a digit or a letter of a script
    without case; a single common word ("Overview") is none: such headings would join what has nothing in common.
    """
    name = _ASIDE.sub("", _NUMBERING.sub("", " ".join(title.split())))
    words = [word.strip(".,:;!?\"'“”‘’") for word in name.split()]
    words = [word for word in words if word]
    if not words or len(words) > _MAX_WORDS or not any(character.isalpha() for character in name):
        return None
    if any(word[0].islower() and word not in _LINKING for word in words) or words[0][0].islower():
        return None
    telling = [w for w in words if w.casefold() not in _LINKING]
    if all(w.casefold() in COMMON or w.casefold() in GENERIC for w in telling):
        return None
    return name
