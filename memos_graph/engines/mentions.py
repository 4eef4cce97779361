"""Find the names that a text mentions: people, places, organisations, works, identifiers; English and Chinese.

By rules on letters alone: no model, no store, no list of names but the caller's own. Precision comes first, because
an entity that is a common word links everything with everything. So a single word is a name only where something
besides a capital letter says so, and numbers, dates, addresses of mail and web are never names.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

from memos_graph.engines.aliases import with_aliases
from memos_graph.engines.chinese_names import chinese_names
from memos_graph.engines.common_words import (
    ADJECTIVES,
    CALENDAR,
    COMMON,
    GENERIC,
    HONORIFICS,
    NAMES_ACT,
    ORGANISATIONS,
    SHOUTED,
    WEEKDAYS,
)
from memos_graph.engines.naming import HAN, Mention, canonical, merged

__all__ = ["Mention", "canonical", "mentions", "names"]


def _ranges(wanted: Collection[str]) -> str:
    """A regular expression's character class for the characters, without its brackets."""
    out: list[str] = []
    points = sorted(map(ord, wanted))
    start = previous = points[0]
    for point in [*points[1:], -1]:
        if point != previous + 1:
            out.append(f"\\u{start:04x}-\\u{previous:04x}")
            start = point
        previous = point
    return "".join(out)


# Latin, Greek and Cyrillic: the alphabets that have capitals in common use; `re` has no \p{Lu}
_CASED = [chr(point) for point in [*range(0x41, 0x530), *range(0x1E00, 0x2000)] if chr(point).isalpha()]
_UP = _ranges([letter for letter in _CASED if letter.isupper()])
_LET = _ranges(_CASED) + "\u0300-\u036f"

_WORD = rf"[{_UP}][{_LET}]*+\d{{0,4}}+(?:['’](?!s(?![{_LET}]))[{_LET}]++)?+(?:-[{_LET}]++)*+"
_INITIALS = rf"[{_UP}]\.(?:[ ]?[{_UP}]\.)*+(?![{_LET}])"
_TOKEN = rf"(?:{_INITIALS}|{_WORD}(?![\d_@]|-\d))"
_TOKEN_BEFORE_MAIL = rf"(?:{_INITIALS}|{_WORD}(?![\d_@]|-\d|[\w.+-]{{1,64}}@))"
_GAP = r"(?:[ \u00a0]|[ ]?\n)"
_OF = (
    r"(?:of(?:[ ]the)?|for(?:[ ]the)?|de(?:[ ](?:la|los|las))?|del|della|di|da|du|van(?:[ ](?:der|den|de))?"
    r"|von(?:[ ]der)?|bin|ibn|&)"
)
_CLEAR = rf"(?<![{_LET}\d_@/\\.#&-])"  # nothing before it that makes it a part of something longer
_IDENTIFIER = (
    r"(?:[A-Z]{1,8}(?:-[A-Z]{1,8})?-\d[\dA-Z]*+(?:[-.][\dA-Z]*\d[\dA-Z]*+)*+|[A-Z]{2,8}\d{3,12})(?![A-Za-z\d_-])"
)

_WEB = r"(?:https?://|www\.)[^\s<>\"'）)\]，。]++"
_MAIL = r"[\w.+-]{1,64}@[\w-]{1,64}\.[\w.-]{1,64}"


def _finder(skipped: str, token: str) -> re.Pattern[str]:
    return re.compile(
        rf"(?P<skip>{skipped})"
        rf"|{_CLEAR}(?P<id>{_IDENTIFIER})"
        rf"|{_CLEAR}(?P<name>{token}(?:{_GAP}(?:{_OF}{_GAP})?{token}){{0,8}})"
        r"|《(?P<work>[^《》\n]{1,60})》|[「『](?P<quoted>[^「」『』\n。，！？；,!?;]{2,20})[」』]"
    )


_FIND = _finder(_WEB, _TOKEN)
# a mail address starts like any word: looking for one at each word costs more than all the rest
_FIND_PAST_MAIL = _finder(f"{_WEB}|{_MAIL}", _TOKEN_BEFORE_MAIL)
_PARTS = re.compile(rf"{_TOKEN}|{_OF}(?![{_LET}])")
_LOWER = re.compile(r"[a-z]{3,}")
_CONTRACTED = re.compile(r".*['’](?:m|ve|ll|d|re|t)")
_OPENING = " \t\u00a0\"'“”‘’([{*_>«¿¡"
_SENTENCE_ENDS = frozenset(".!?…:;。！？：；\n\r•·|-–—#")
_MAX_ACRONYM = 6
_WRAPPED_LINE = 40  # characters; a name goes on over a line end only where the line is as long as wrapped text
_TITLE_LINE = 120  # characters; a longer line is no heading
_MANY = 4  # words from which a line of capitals is a heading, not a name
_MAX_WORDS = 8


def mentions(text: str, *, known: Collection[str] = ()) -> tuple[Mention, ...]:
    """Names in reading order, never overlapping.

    Several capitalised words in a row (also "of", "de", "van" between them) are a name; so is a single one inside a
    sentence that is no common word here; one that begins a sentence only if the text has it inside a sentence too,
    if it does what persons do ("Mara signed"), or if `known` has it. `known`: names as `canonical` gives them; pass a
    set. O(text), over 3 MB/s on one core. Long forms of acronyms may be in small letters (`with_aliases`).
    """
    return tuple(with_aliases(text, names(text, known)))


def names(text: str, known: Collection[str] = ()) -> list[Mention]:
    """As `mentions`, without what is said to stand for what."""
    found = _latin(text, known)
    return found if _HAS_HAN.search(text) is None else merged(found, _chinese(text))


_HAS_HAN = re.compile(rf"[{HAN}]|[《「『]")
_Part: TypeAlias = tuple[str, int, int]  # a word, its start, its end


@dataclass(slots=True)
class _Candidate:
    """A run of capitalised words after what cannot belong to a name was taken off its ends."""

    start: int
    end: int
    words: list[str]  # without "of", "van" and so on
    at_start: bool  # of a sentence
    in_title: bool  # in a line that is a heading
    strong: bool  # an honorific stands before it


def _latin(text: str, known: Collection[str]) -> list[Mention]:
    out: list[Mention] = []
    unsure: list[tuple[int, _Candidate]] = []  # (place in out, single words that wait for evidence)
    inside: set[str] = set()  # single words seen inside sentences
    for match in (_FIND_PAST_MAIL if "@" in text else _FIND).finditer(text):
        group = match.lastgroup
        if group == "name":
            whole = match.group()
            if " " not in whole and _is_outside(whole):
                continue  # "The", "It": half of all matches
            for candidate in _candidates(text, match.start(), match.end()):
                if known and candidate.at_start and len(candidate.words) > 1:
                    _narrow(text, candidate, known)
                if (kind := _sure(text, candidate, known)) is not None:
                    out.append(_mention(text, candidate, kind))
                elif len(candidate.words) == 1 and _could_be(candidate.words[0]):
                    unsure.append((len(out), candidate))
                    if not candidate.at_start and not candidate.in_title:
                        inside.add(candidate.words[0])
        elif group == "id":
            out.append(Mention(name=match.group(), start=match.start(), end=match.end(), kind="identifier"))
        elif group in ("work", "quoted") and match.group(group).strip():
            out.append(_trimmed(text, match.start(group), match.end(group)))
    return _with_unsure(text, out, unsure, inside) if unsure else out


def _with_unsure(
    text: str, sure: list[Mention], unsure: list[tuple[int, _Candidate]], inside: set[str]
) -> list[Mention]:
    """The sure mentions and those single words that the rest of the text speaks for, in order."""
    lower = set(_LOWER.findall(text))
    in_names = {word for mention in sure if mention.kind == "name" for word in mention.name.split()}
    out: list[Mention] = []
    taken = 0
    for place, candidate in unsure:
        word = candidate.words[0]
        if word in in_names or (word in inside and word.lower() not in lower):
            out.extend(sure[taken:place])
            out.append(_mention(text, candidate, "acronym" if word.isupper() else "name"))
            taken = place
    out.extend(sure[taken:])
    return out


def _candidates(text: str, start: int, end: int) -> Iterator[_Candidate]:
    """The runs of words between `start` and `end` that may be names."""
    line: str | None = None
    at_start = _begins_sentence(text, start)
    strong = False
    for run in _runs(text, start, end):
        while run and (
            _is_outside(run[0][0])
            or (at_start and len(run) > 1 and _is_adjective(run[0][0]))
            or (len(run) > 2 and run[0][0] in WEEKDAYS)  # "on Friday Oskar Brandt", but "Friday Harbor"
        ):
            word = run.pop(0)[0]
            strong = word.rstrip(".") in HONORIFICS
            at_start = at_start and not word[0].isupper()
        while run and _is_outside(run[-1][0]):
            run.pop()
        if run:
            if line is None:
                line = _line(text, start)
            words = [run[0][0]] if len(run) == 1 else [word for word, _, _ in run if word[0].isupper()]
            strong = strong or _after_honorific(text, run[0][1])
            yield _Candidate(run[0][1], run[-1][2], words, at_start, _is_title(line), strong)
        at_start = strong = False


def _runs(text: str, start: int, end: int) -> Iterator[list[_Part]]:
    """The words between, parted where a name does not go on: at the end of a short line, at "for" mostly."""
    whole = text[start:end]
    if " " not in whole and "\n" not in whole and "\u00a0" not in whole:
        yield [(whole, start, end)]
        return
    parts = [(part.group(), part.start(), part.end()) for part in _PARTS.finditer(text, start, end)]
    if "\n" not in whole and " for " not in whole:
        yield parts
        return
    run: list[_Part] = []
    for word, start, end in parts:
        if run:
            new_line = "\n" in text[run[-1][2] : start]
            if new_line and run[-1][2] - (text.rfind("\n", 0, run[-1][2]) + 1) < _WRAPPED_LINE:
                yield run
                run = []
            elif word.startswith("for") and run[-1][0] not in ORGANISATIONS:
                yield run
                run = []
                continue
        run.append((word, start, end))
    if run:
        yield run


def _sure(text: str, candidate: _Candidate, known: Collection[str]) -> str | None:
    """The kind of a candidate that needs no evidence from the rest of the text."""
    words = candidate.words
    name = text[candidate.start : candidate.end]
    if known and canonical(name) in known:
        return "acronym" if name.isupper() and len(words) == 1 else "name"
    if len(words) > 1:
        shouted = len(words) > 2 and name.isupper()
        return None if candidate.in_title or shouted or len(words) > _MAX_WORDS else _kind_of_several(words)
    word = words[0]
    if not _could_be(word):
        return "name" if candidate.strong and len(word) > 1 and word[1:].islower() else None
    if word.isupper() and len(word) > 1:
        letters = sum(map(str.isalpha, word))
        return "acronym" if 1 < letters <= _MAX_ACRONYM and not candidate.in_title else None
    if candidate.strong or (candidate.at_start and _acts_like_a_name(text, candidate.end)):
        return "name" if not candidate.in_title else None
    return None


def _narrow(text: str, candidate: _Candidate, known: Collection[str]) -> None:
    """Take the word that begins the sentence off a known name: "Remember Mara" where "mara" is known."""
    rest = text.index(candidate.words[1], candidate.start + len(candidate.words[0]))
    if canonical(text[candidate.start : candidate.end]) not in known and canonical(text[rest : candidate.end]) in known:
        candidate.start = rest
        del candidate.words[0]


def _kind_of_several(words: list[str]) -> str | None:
    if all(word.lower() in CALENDAR or word.lower() in GENERIC for word in words):
        return None  # "Monday Morning", "Annual Report"
    return "name" if any(len(word) > 2 for word in words) else None


@lru_cache(maxsize=16_384)
def _could_be(word: str) -> bool:
    """Whether a single word may be a name at all."""
    lower = word.lower().rstrip(".")
    if len(word) < 2 or lower in CALENDAR or lower in GENERIC or lower in COMMON or lower in ADJECTIVES:
        return False
    return not (word.isupper() and (word in SHOUTED or sum(map(str.isalpha, word)) < 2))


@lru_cache(maxsize=16_384)
def _is_outside(word: str) -> bool:
    """Whether a word at either end of a run is no part of the name: "of", "The", "Dr", "I'm"."""
    lower = word.lower().rstrip(".")
    if word[0].islower() or word == "&" or (lower in COMMON and not (word.isupper() and len(word) > 2)):
        return True
    return word.rstrip(".") in HONORIFICS or _CONTRACTED.fullmatch(word) is not None or word in ("I", "A")


def _is_adjective(word: str) -> bool:
    """Whether the word, at the start of a sentence, more likely describes the name than belongs to it."""
    return word.lower() in ADJECTIVES


def _acts_like_a_name(text: str, end: int) -> bool:
    """Whether a verb follows that a person takes: "Mara signed". Not so "'s": "Life's hard" begins sentences too."""
    following = _NEXT_WORD.match(text, end)
    return following is not None and following.group(1) in NAMES_ACT


_NEXT_WORD = re.compile(r"[ ]([a-z]{2,12})\b")


def _begins_sentence(text: str, at: int) -> bool:
    while at and text[at - 1] in _OPENING:
        at -= 1
    return not at or text[at - 1] in _SENTENCE_ENDS


def _after_honorific(text: str, at: int) -> bool:
    if not text.startswith(". ", at - 2):
        return False  # without its dot it was a word of the run
    before = text[max(0, at - 12) : at - 2].rpartition(" ")[2].lstrip("(\"'“")
    return before in HONORIFICS


def _line(text: str, at: int) -> str:
    start = text.rfind("\n", max(0, at - _TITLE_LINE), at) + 1
    if not start and at > _TITLE_LINE:
        return ""
    end = text.find("\n", at, at + _TITLE_LINE)
    if end < 0:
        end = len(text) if len(text) - at < _TITLE_LINE else -1
    return text[start:end] if 0 <= end - start <= _TITLE_LINE else ""


def _is_title(line: str) -> bool:
    """Whether the line is a heading in capitals, where a capital says nothing."""
    line = line.strip("#*-•|> \t\r")
    if not line or line[-1] in ".!?。！？" or "," in line:
        return False
    words = [word for word in line.split() if word[0].isalpha()]
    if len(words) > 1 and line.isupper():
        return True
    long = [word for word in words if len(word) > 3]
    return len(words) >= _MANY and len(long) > 2 and sum(word[0].isupper() for word in long) >= 0.8 * len(long)


def _mention(text: str, candidate: _Candidate, kind: str) -> Mention:
    return Mention(name=text[candidate.start : candidate.end], start=candidate.start, end=candidate.end, kind=kind)


def _trimmed(text: str, start: int, end: int) -> Mention:
    inside = text[start:end]
    start, end = end - len(inside.lstrip()), start + len(inside.rstrip())
    return Mention(name=text[start:end], start=start, end=end, kind="title")


def _chinese(text: str) -> list[Mention]:
    return [Mention(name=text[a:b], start=a, end=b, kind="name") for a, b in chinese_names(text)]
