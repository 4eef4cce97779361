"""Find the titles of documents that a text names in full: "see the Valve Handbook".

Precision comes first, because a title that is a common word would link everything with everything. Works on words, in
any case. Declines to know documents, stores, and which of several documents of one title is meant.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from memos_graph.engines.common_words import ADJECTIVES, CALENDAR, COMMON, GENERIC

_HAN = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"  # with kana: scripts that put no space between words
_WORD = re.compile(rf"[{_HAN}]|[^\W_{_HAN}]+")
_IS_HAN = re.compile(rf"[{_HAN}]")
_BREAK = re.compile(r"[.!?;:|。！？；：…]|\n\s*\n")  # no title goes on past one that it does not have itself
_MOST_WORDS = 30
_LEAST_HAN = 4  #: characters: two are a word, and three often
_LEAST_CODE = 4  #: characters of a title that is one word: letters and digits, as RFC9110

Key = tuple[str, ...]  #: a title's words, case-folded


@dataclass(frozen=True, slots=True)
class Named:
    """A title that a text names, at text[start:end]."""

    key: Key
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Words:
    """A text as its words, and where they stand in it."""

    text: str
    found: Sequence[re.Match[str]]
    folded: Sequence[str]  #: case-folded

    @classmethod
    def of(cls, text: str) -> Words:
        """The words of `text`; of Chinese each character. O(text)."""
        found = list(_WORD.finditer(text))
        return cls(text, found, [match.group().casefold() for match in found])


@dataclass(slots=True)
class _Branch:
    """What may follow the words so far; `title` when those are one."""

    on: dict[str, _Branch] = field(default_factory=dict)
    title: str = ""


def title_key(title: str) -> Key | None:
    """The words by which `title` is found; None for one that a text would say without meaning a document.

    So for a single word, unless it is a code or four Chinese characters, and for words that are all function words.
    """
    words = tuple(word.casefold() for word in _WORD.findall(title[:1_000]))
    if not 1 <= len(words) <= _MOST_WORDS or all(word in COMMON or word in CALENDAR for word in words):
        return None
    if all(word.isdecimal() or len(word) == 1 for word in words if not _IS_HAN.match(word)):
        han = sum(_IS_HAN.match(word) is not None for word in words)
        return words if han >= _LEAST_HAN else None
    plain = {word for word in words if word not in COMMON and not word.isdecimal()}
    if not plain - GENERIC - ADJECTIVES - CALENDAR and (len(plain) < 2 or any(map(str.isdecimal, words))):
        return None  # "The Report", "Chapter 3"
    if len(words) == 1:
        code = words[0]
        is_code = any(map(str.isdecimal, code)) and any(map(str.isalpha, code)) and len(code) >= _LEAST_CODE
        return words if is_code else None
    return words


class TitleIndex:
    """Titles by their words, as a tree: finding all that a text names takes one walk over it, whatever their number."""

    def __init__(self) -> None:
        self._root = _Branch()

    def add(self, key: Key, title: str) -> None:
        """Look for `title`, whose `title_key` is `key`, from now on."""
        branch = self._root
        for word in key:
            branch = branch.on.setdefault(word, _Branch())
        branch.title = title

    def remove(self, key: Key) -> None:
        """Look for it no more."""
        way = [self._root]
        for word in key:
            following = way[-1].on.get(word)
            if following is None:
                return
            way.append(following)
        way[-1].title = ""
        for word, above, below in reversed(list(zip(key, way, way[1:], strict=False))):
            if below.on or below.title:
                return
            del above.on[word]

    def named_in(self, text: Words) -> Iterator[Named]:
        """The titles that the text names, in reading order, never overlapping; of two that begin alike the longer.

        A short one counts only where its words carry capitals as a name's do. O(text) for titles of bounded length.
        """
        at, begin = 0, self._root.on
        while at < len(text.folded):
            last = self._longest(text, at) if text.folded[at] in begin else -1  # nearly no word begins a title
            if last < 0:
                at += 1
                continue
            yield Named(tuple(text.folded[at : last + 1]), text.found[at].start(), text.found[last].end())
            at = last + 1

    def _longest(self, text: Words, at: int) -> int:
        """Where the longest title ends that begins at word `at`; -1 for none."""
        branch, last = self._root, -1
        for here in range(at, len(text.folded)):
            following = branch.on.get(text.folded[here])
            if following is None:
                return last
            branch = following
            if branch.title and _reads_as(branch.title, text.text, text.found[at : here + 1]):
                last = here
        return last


def _reads_as(title: str, text: str, span: Sequence[re.Match[str]]) -> bool:
    """Whether the words at `span`, which are the title's, are meant as one."""
    said = text[span[0].start() : span[-1].end()]
    if len(set(_BREAK.findall(said)) - set(_BREAK.findall(title))) > 0:
        return False
    words = [match.group() for match in span]
    telling = {word.casefold() for word in words} - COMMON - GENERIC - ADJECTIVES - CALENDAR
    if len(words) >= 3 and len(telling) >= 2:
        return True
    return all(word.casefold() in COMMON or not word[0].islower() for word in words)
