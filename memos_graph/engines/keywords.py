"""Put one word or phrase in another's place in a text: every place where it stands as itself, and no other.

`old` is plain text: no character in it means anything else. Letters count as equal in all Unicode normal forms (Unicode
Standard Annex 15), so that an é is found however it was written. Where `new` holds `old`, what says `new` already is
left alone: done twice it is done once. Where only whole words count, `new` comes nowhere where it would run into its
neighbour and make another word ("@" by "at" in "a@b"). Scripts without spaces have no word ends to look for.

Pure. Declines to know where texts come from.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from memos_graph.model.errors import Invalid

MAX_KEYWORD = 500  #: characters of what is replaced, and of what comes for it
#: Scripts written without spaces: Han, kana, Thai, Lao, Khmer, Myanmar, and the full-width forms beside them.
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u2fdf\u3005-\u30ff\u31f0-\u9fff\uf900-\ufaff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyword:
    """What is looked for and what comes in its place. `Invalid` for words that are none, or the same."""

    old: str
    new: str
    whole_words: bool = True  #: not within a longer word
    case: bool = True  #: capitals and small letters differ

    def __post_init__(self) -> None:
        for name, value in (("old", self.old), ("new", self.new)):
            if len(value) > MAX_KEYWORD:
                raise Invalid(name, value, f"give at most {MAX_KEYWORD} characters")
        if not self.old.strip():
            raise Invalid("old", self.old, "say what is to be replaced")
        if not self.new.strip():
            raise Invalid("new", self.new, "say what comes in its place; to take words out, update the memory")
        if _nfc(self.old) == _nfc(self.new):
            raise Invalid("new", self.new, "it is what is replaced")

    def replaced(self, text: str) -> tuple[str, int]:
        """`text` with `new` for every `old`, and how many there were. O(text) for all but repetitive words."""
        spans = self.places(text)
        if not spans:
            return text, 0
        parts: list[str] = []
        at = 0
        for start, end in spans:
            parts += [text[at:start], self.new]
            at = end
        return "".join([*parts, text[at:]]), len(spans)

    def places(self, text: str) -> list[tuple[int, int]]:
        """Where `old` stands in `text` and is to be replaced, in order."""
        found = [(start, end) for start, end in self._found(self.old, text) if not self._runs_on(text, start, end)]
        if not found or _pattern(self.old, False).search(self.new) is None:
            return found
        done = self._found(self.new, text)
        spans: list[tuple[int, int]] = []
        at = 0
        for start, end in found:
            while at < len(done) and done[at][1] < end:
                at += 1
            if at == len(done) or not (done[at][0] <= start and end <= done[at][1]):
                spans.append((start, end))
        return spans

    def like(self) -> str:
        """A pattern (* any run) for all texts that may hold `old`, and some that do not: for a store's filter."""
        letters = (c if unicodedata.normalize("NFD", c) == c and not c.isspace() else "*" for c in _nfc(self.old))
        return re.sub(r"\*+", "*", f"*{''.join(letters)}*")

    def _found(self, words: str, text: str) -> list[tuple[int, int]]:
        pattern, at = _pattern(words, self.case), 0
        spans: list[tuple[int, int]] = []
        while (match := pattern.search(text, at)) is not None:
            start, end = match.span()
            if self._is_whole(text, start, end):
                spans.append((start, end))
                at = end
            else:
                at = start + 1
        return spans

    def _runs_on(self, text: str, start: int, end: int) -> bool:
        """Whether `new`, put there, would be one word with what stands beside it, as `old` is not."""
        if not self.whole_words:
            return False
        return (start > 0 and _joins(text[start - 1], self.new[0])) or (
            end < len(text) and _joins(self.new[-1], text[end])
        )

    def _is_whole(self, text: str, start: int, end: int) -> bool:
        if end < len(text) and unicodedata.combining(text[end]):
            return False  # the last letter has a mark more: it is another letter
        if not self.whole_words:
            return True
        return not (start and _joins(text[start - 1], text[start])) and not (
            end < len(text) and _joins(text[end - 1], text[end])
        )


def _joins(one: str, next_one: str) -> bool:
    """Whether two neighbours are one word."""
    return all(_is_letter(c) and _UNSPACED.match(c) is None for c in (one, next_one))


def _is_letter(character: str) -> bool:
    return character.isalnum() or character == "_" or bool(unicodedata.combining(character))


def _nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text)


@lru_cache(maxsize=64)
def _pattern(words: str, case: bool) -> re.Pattern[str]:
    return re.compile("".join(map(_letter, _nfc(words))), 0 if case else re.IGNORECASE)


def _letter(character: str) -> str:
    """What matches `character` in any normal form."""
    apart = unicodedata.normalize("NFD", character)
    if apart == character:
        return r"\s+" if character == " " else re.escape(character)
    return f"(?:{re.escape(character)}|{re.escape(apart)})"
