"""The reader that turns hits into an answer: the same for every system, fixed, and dumb on purpose.

It takes the first hit that names the subject and holds a value that the question could have, and knows three words
more: a hit that says "no longer" is no value, one that the system doubts neither, and a habit is no event. Nothing is
learned, nothing is tuned to a system.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from benchmarks.world.facts import Question

TOP_K = 10
_NOT = re.compile(r"\b(?:no longer|any ?more|any longer|not|don't|isn't|doesn't|quit|stopped)\b", re.IGNORECASE)
_HABIT = re.compile(r"\b(?:every|each|usually|always)\b", re.IGNORECASE)
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_DATE = re.compile(rf"\b(\d{{1,2}}) ({'|'.join(_MONTHS)}) (\d{{4}})\b")
_ISO = re.compile(r"\b(\d{4})-(\d\d)-(\d\d)\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """One hit as the reader sees it."""

    text: str
    time: datetime | None  #: from when it holds, or when it was said; as the system gives it back
    doubted: bool = False  #: the system itself says that it may not hold


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a system gave for one question, best first."""

    hits: tuple[Read, ...]
    unknown: bool = False  #: the system says that it no longer knows


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the reader makes of it: a value ("": none), or days."""

    value: str = ""
    days: tuple[date, ...] = ()


def read(question: Question, found: Found, *, newest: bool = False) -> Answer:
    """The answer. newest: not the first hit that fits counts, but the one with the latest time."""
    if question.of == "events":
        return Answer(days=_days(question, found))
    if found.unknown:
        return Answer()
    fitting = [(hit, value) for hit in found.hits if (value := _value(question, hit.text))]
    if question.of == "previous":
        return Answer(value=_previous(fitting))
    if not fitting:
        return Answer()
    hit, value = max(fitting, key=lambda pair: _when(pair[0])) if newest else fitting[0]
    return Answer(value="" if hit.doubted or _NOT.search(hit.text) else value)


def right(question: Question, answer: Answer) -> bool:
    """Whether it is the world's own answer."""
    return answer.days == question.days if question.of == "events" else answer.value == question.answer


def _value(question: Question, text: str) -> str:
    """The value that stands last in `text` ("moved from A to B"); "" where subject or value is missing."""
    if not _holds(text, question.subject):
        return ""
    places = [(text.casefold().rfind(value.casefold()), value) for value in question.values if _holds(text, value)]
    return max(places)[1] if places else ""


def _holds(text: str, words: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(words)}(?!\w)", text, re.IGNORECASE) is not None


def _previous(fitting: Sequence[tuple[Read, str]]) -> str:
    """The value before the last one, by time."""
    told = sorted(((hit, value) for hit, value in fitting if not _NOT.search(hit.text)), key=lambda p: _when(p[0]))
    values = list(dict.fromkeys(value for _, value in reversed(told)))
    return values[1] if len(values) > 1 else ""


def _days(question: Question, found: Found) -> tuple[date, ...]:
    days = set()
    for hit in found.hits:
        if _value(question, hit.text) and not _HABIT.search(hit.text):
            named, iso = _DATE.search(hit.text), _ISO.search(hit.text)
            if named is not None:
                days.add(date(int(named[3]), _MONTHS.index(named[2]) + 1, int(named[1])))
            elif iso is not None:
                days.add(date(int(iso[1]), int(iso[2]), int(iso[3])))
            elif hit.time is not None:
                days.add(hit.time.astimezone(UTC).date())
    return tuple(sorted(days))


def _when(hit: Read) -> datetime:
    return hit.time or datetime.min.replace(tzinfo=UTC)
