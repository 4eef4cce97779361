"""Find in a text the names that are known already, also as the rules for names would not see them: in small letters.

Precision: a single word is found only where it can be nothing else (a code such as "v-117"), a name of common words
never, a Chinese name of two characters only between words that end there. The text's own pairs of words are looked up,
so that a hundred thousand names cost no more than ten. Knows keys as `naming.canonical` makes them; no store.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from typing import TypeVar

from memos_graph.engines.chinese_names import stands_alone
from memos_graph.engines.common_words import ADJECTIVES, CALENDAR, COMMON, GENERIC
from memos_graph.engines.naming import HAN, Mention, canonical

_WORD = re.compile(rf"(?:(?![{HAN}])\w)+(?:(?:[-./&]|['’](?!s\b))(?:(?![{HAN}])\w)+)*")
_ASCII_WORD = re.compile(r"\w+(?:(?:[-./&]|'(?!s\b))\w+)*", re.ASCII)  # the same, for texts of which it holds
_HAN_RUN = re.compile(rf"[{HAN}]{{2,}}")
_CODE = re.compile(r"(?=.*\d)(?=.*[^\W\d_]).{3,}")  # letters and digits
_MOST_WORDS, _MOST_HAN = 8, 24  #: of a name
_PLAIN = ADJECTIVES | CALENDAR | COMMON | GENERIC
_Key = TypeVar("_Key")


class Gazetteer(Collection[str]):
    """The names a cube knows, by key. Grows by `add`; one that `follow` no longer names is not found any more.

    About 300 bytes a name. Reading it in one thread while another adds is safe.
    """

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._names: set[str] = set()
        self._pairs: dict[tuple[str, str], int] = {}  # first two words -> words of the longest name that begins so
        self._codes: set[str] = set()  # names of one word, of letters and digits
        self._han: dict[str, int] = {}  # first two characters -> characters of the longest
        for name in names:
            self.add(name)

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def follow(self, names: Collection[str]) -> None:
        """Hold just `names`. O(what is new), besides comparing the two sets."""
        held = names if isinstance(names, set | frozenset) else set(names)
        for name in held - self._names:
            self.add(name)
        self._names &= held

    def add(self, name: str) -> None:
        """Know the name with this key."""
        self._names.add(name)
        if name[:1] >= "\u3400" and _HAN_RUN.match(name) is not None:
            _raise(self._han, name[:2], min(len(name), _MOST_HAN))
            return
        words = [match.group() for match in _WORD.finditer(name)]
        if words == [name] and _CODE.fullmatch(name) is not None:
            self._codes.add(name)
        elif 1 < len(words) <= _MOST_WORDS and not all(word in _PLAIN for word in words):
            _raise(self._pairs, (words[0], words[1]), len(words))

    def find(self, text: str) -> Iterator[Mention]:
        """Known names, the longest at each place, Latin letters first; none overlap; kind "name". O(len(text))."""
        if self._pairs or self._codes:
            yield from self._latin(text)
        if self._han:
            yield from self._chinese(text)

    def _latin(self, text: str) -> Iterator[Mention]:
        if text.isascii():
            found = list(_ASCII_WORD.finditer(text.lower()))
            folded = [match.group() for match in found]
        else:
            found = list(_WORD.finditer(text))
            folded = [_folded(match.group()) for match in found]
        words = [match.span() for match in found]
        at = 0
        while at < len(words):
            count = self._longest(text, words, folded, at)
            if count:
                start, end = words[at][0], words[at + count - 1][1]
                yield Mention(name=text[start:end], start=start, end=end, kind="name")
            at += max(1, count)

    def _longest(self, text: str, words: list[tuple[int, int]], folded: list[str], at: int) -> int:
        """How many words from `at` on are a known name; 0: none."""
        if at + 1 < len(words):
            most = self._pairs.get((folded[at], folded[at + 1]), 0)
            for count in range(min(most, len(words) - at), 1, -1):
                if canonical(text[words[at][0] : words[at + count - 1][1]]) in self._names:
                    return count
        return 1 if folded[at] in self._codes and folded[at] in self._names else 0

    def _chinese(self, text: str) -> Iterator[Mention]:
        for run in _HAN_RUN.finditer(text):
            at = run.start()
            while at < run.end() - 1:
                most = min(self._han.get(text[at : at + 2], 0), len(text) - at)
                for count in range(most, 1, -1):
                    end = at + count
                    if text[at:end] in self._names and (count > 2 or stands_alone(text, at, end)):
                        yield Mention(name=text[at:end], start=at, end=end, kind="name")
                        at = end - 1
                        break
                at += 1


def _raise(table: dict[_Key, int], key: _Key, value: int) -> None:
    if value > table.get(key, 0):
        table[key] = value


def _folded(word: str) -> str:
    return word.lower() if word.isascii() else canonical(word)
