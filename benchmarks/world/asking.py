"""Questions about a story, with the answers that its truth gives. Each class gets its share, if there are enough."""

from __future__ import annotations

import calendar
import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from benchmarks.world import pools
from benchmarks.world.facts import CLASSES, Class, Deletion, Question, Said, Statement
from benchmarks.world.phrases import Phrasing
from benchmarks.world.truth import Truth

#: Of all questions.
SHARES: dict[Class, float] = {
    "current": 0.18, "previous": 0.13, "as-of": 0.18, "absence": 0.12, "events": 0.13, "cascade": 0.17,
    "deletion": 0.09,
}  # fmt: skip
_MARGIN = timedelta(days=4)  #: between a month that is asked about and the next change


def make(
    said: Sequence[Said], draw: random.Random, words: Phrasing, *, count: int, end: datetime
) -> tuple[Question, ...]:
    """About `count` questions, fewer when the story holds fewer."""
    asker = _Asker(said, draw, words, end)
    made: list[Question] = []
    for of in CLASSES:
        found = list(asker.of(of))
        draw.shuffle(found)
        made += _balanced(found, round(count * SHARES[of]))
    return tuple(replace(one, id=f"q{at:04d}") for at, one in enumerate(made))


def _balanced(found: list[Question], count: int) -> list[Question]:
    """`count` of them, half with an answer and half without where there are both."""
    known = [one for one in found if one.answer or one.days]
    unknown = [one for one in found if not (one.answer or one.days)]
    if not known or not unknown:
        return found[:count]
    first = known[: max(count // 2, count - len(unknown))]
    return [*first, *unknown[: count - len(first)]]


class _Asker:
    def __init__(self, said: Sequence[Said], draw: random.Random, words: Phrasing, end: datetime) -> None:
        self._said, self._draw, self._words, self._end = said, draw, words, end
        self._truth = Truth(said)
        told = [one for one in said if isinstance(one, Statement)]
        self._by_id = {one.id: one for one in told}
        self._pairs = list(dict.fromkeys((one.subject, one.attribute) for one in told if one.what == "state"))
        self._told = told

    def of(self, of: Class) -> Iterator[Question]:
        """All that can be asked of one class."""
        if of == "events":
            yield from self._events()
        elif of == "cascade":
            yield from self._cascade()
        elif of == "deletion":
            yield from self._deletion()
        else:
            ways = {"current": self._current, "previous": self._previous, "as-of": self._then, "absence": self._absence}
            for subject, attribute in self._pairs:
                yield from ways[of](subject, attribute)

    def _current(self, subject: str, attribute: str) -> Iterator[Question]:
        now = self._truth.at(subject, attribute, self._end)
        if now is not None:
            yield self._ask("current", self._words.asked[attribute], subject, attribute, now.value)

    def _previous(self, subject: str, attribute: str) -> Iterator[Question]:
        before = self._truth.before(subject, attribute)
        if before and self._truth.at(subject, attribute, self._end) is not None:
            yield self._ask("previous", self._words.asked_before[attribute], subject, attribute, before)

    def _then(self, subject: str, attribute: str) -> Iterator[Question]:
        """One month that lies wholly in one value, of the past ones first."""
        spans = self._truth.spans(subject, attribute)
        if len(spans) < 2:
            return
        ends = [since for since, _ in spans[1:]] + [self._end]
        months = []
        for (since, one), until in zip(spans, ends, strict=True):
            if one.what == "state":
                until = one.until or until
                months += [(month, one.value) for month in _months(since + _MARGIN, until - _MARGIN)]
        if not months:
            return
        month, value = self._draw.choice(months)
        named = f"{calendar.month_name[month.month]} {month.year}"
        question = self._ask("as-of", self._words.asked_then[attribute], subject, attribute, value, month=named)
        yield replace(question, as_of=month.replace(day=15, hour=12))

    def _absence(self, subject: str, attribute: str) -> Iterator[Question]:
        spans = self._truth.spans(subject, attribute)
        if len(spans) > 1 and spans[-1][1].what == "end":
            question = self._ask("absence", self._words.asked[attribute], subject, attribute, "")
            yield replace(question, once=spans[-1][1].value, ended=spans[-1][0])

    def _events(self) -> Iterator[Question]:
        met = dict.fromkeys((one.subject, one.value) for one in self._told if one.what == "event")
        for subject, place in met:
            asked = self._ask("events", self._words.asked_events, subject, pools.VISITED, "", v=place)
            yield replace(asked, values=(place,), days=self._truth.days(subject, place))

    def _cascade(self) -> Iterator[Question]:
        for one in self._told:
            if one.what == "conclusion":
                value = one.value if self._truth.holds(one.id, self._end) else ""
                yield self._ask("cascade", self._words.asked[one.attribute], one.subject, one.attribute, value)

    def _deletion(self) -> Iterator[Question]:
        for wish in self._said:
            if isinstance(wish, Deletion):
                one = self._by_id[wish.statement]
                yield self._ask("deletion", self._words.asked[one.attribute], one.subject, one.attribute, "")

    def _ask(self, of: Class, ways: Sequence[str], subject: str, attribute: str, answer: str, *, month: str = "",
             v: str = "") -> Question:  # fmt: skip
        text = self._draw.choice(ways).format(s=subject, month=month, v=v)
        return Question(
            id="", of=of, text=text, subject=subject, attribute=attribute, values=pools.VALUES[attribute], answer=answer
        )


def _months(start: datetime, end: datetime) -> Iterator[datetime]:
    """The first days of the months that lie wholly between."""
    first = start.replace(day=1, hour=0, minute=0)
    while True:
        first = (first + timedelta(days=32)).replace(day=1)
        following = (first + timedelta(days=32)).replace(day=1)
        if following > end:
            return
        yield first
