"""Tell a story: who lives and works where, what changes, what follows from it, what is to be forgotten.

Seeded; a phrasing gives the words. Everything is drawn first, then told in order of time.
"""

from __future__ import annotations

import calendar
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from benchmarks.world import asking, pools
from benchmarks.world.facts import Attribute, Deletion, Remark, Said, Statement, What, World
from benchmarks.world.phrases import SETS, Phrasing
from benchmarks.world.truth import Truth

BEGIN, END = datetime(2020, 1, 6, tzinfo=UTC), datetime(2025, 1, 6, tzinfo=UTC)
PEOPLE = 170  #: gives a little more than 2,000 statements
QUESTIONS = 520
_GAP = timedelta(days=75)  #: between two values, so that a month lies wholly in one of them


def make(seed: int, *, phrasing: str = "dev", people: int = PEOPLE, questions: int = QUESTIONS) -> World:
    """The world of this seed and phrasing. ValueError for a phrasing that there is not, or too many people."""
    if phrasing not in SETS:
        raise ValueError(f"phrasing {phrasing!r}: use one of {', '.join(SETS)}")
    names = [f"{first} {last}" for first in pools.FIRST[phrasing] for last in pools.LAST[phrasing]]
    if not 2 <= people <= len(names):
        raise ValueError(f"people {people}: use 2 to {len(names)}")
    teller = _Teller(random.Random(f"{phrasing}/{seed}"), SETS[phrasing])
    for name in teller.draw.sample(names, people):
        teller.life_of(name)
    for name in teller.draw.sample(pools.PROJECTS[phrasing], min(20, max(1, people // 8))):
        teller.project(f"Project {name}")
    teller.conclude()
    teller.forget()
    teller.remark()
    said = tuple(sorted(teller.said, key=lambda one: one.at))
    asked = asking.make(said, teller.draw, SETS[phrasing], count=questions, end=END)
    return World(seed=seed, phrasing=phrasing, said=said, questions=asked, end=END)


class _Teller:
    def __init__(self, draw: random.Random, words: Phrasing) -> None:
        self.draw, self.words = draw, words
        self.said: list[Said] = []
        self.people: list[str] = []
        self._count = 0

    # --- lives

    def life_of(self, name: str) -> None:
        """States, events and habits of one person."""
        self.people.append(name)
        for attribute in pools.PERSONAL:
            changing = attribute.name in ("lives in", "works at")
            values = self.draw.choices((1, 2, 3), (25, 40, 35) if changing else (60, 30, 10))[0]
            self.history(name, attribute, values, speaker=name)
        if self.draw.random() < 0.6:
            for place in self.draw.sample(pools.VALUES[pools.VISITED], self.draw.choice((1, 1, 2))):
                self.visits(name, place)

    def project(self, name: str) -> None:
        """Status and deadline of one project, told by whoever is there."""
        for attribute in pools.OF_PROJECTS:
            self.history(name, attribute, self.draw.choice((2, 3, 4)), speaker=self.draw.choice(self.people))

    def history(self, subject: str, attribute: Attribute, count: int, *, speaker: str) -> None:
        """`count` values one after the other, some told again, one perhaps told late, the last perhaps ended."""
        told = self.words.told[attribute.name]
        values = self.draw.sample(pools.VALUES[attribute.name], count + 1)
        days = self._days(count + 1)
        last: Statement | None = None
        for value, day in zip(values[:count], days, strict=False):
            words = self.draw.choice(told.first if last is None else told.changed)
            before = last.value if last else ""
            last = self._state(subject, attribute, value, day, words, speaker=speaker, old=before)
            if self.draw.random() < 0.15:
                self._again(last, self.draw.choice(told.first))
        assert last is not None
        if self.draw.random() < 0.14:
            self._end(last, attribute, days[count], self.draw.choice(told.ended))
        elif told.back and self.draw.random() < 0.15:
            self._back(subject, attribute, values[count], days[count], self.draw.choice(told.back), speaker)

    def _state(self, subject: str, attribute: Attribute, value: str, day: datetime, words: str, *, speaker: str,
               old: str) -> Statement:  # fmt: skip
        since = day
        if "{month}" in words:  # told some days into the month that it names
            since = day.replace(day=1, hour=0, minute=0)
            day = since + timedelta(days=self.draw.randint(4, 20), hours=self.draw.randint(8, 20))
        chat = words.format(s=subject, v=value, old=old, month=_month(since))
        return self._say(
            at=day, speaker=speaker, what="state", subject=subject, attribute=attribute.name, value=value, since=since,
            fact=attribute.says.format(s=subject, v=value), chat=chat,
        )  # fmt: skip

    def _again(self, first: Statement, words: str) -> None:
        at = first.at + timedelta(days=self.draw.randint(9, 40), minutes=7)
        chat = words.format(s=first.subject, v=first.value, old="", month="")
        self._say_one(replace(first, id=self._id(), at=at, chat=chat, again=first.id))

    def _end(self, last: Statement, attribute: Attribute, day: datetime, words: str) -> None:
        self._say(
            at=day, speaker=last.speaker, what="end", subject=last.subject, attribute=attribute.name, value=last.value,
            since=day, fact=attribute.ended.format(s=last.subject, v=last.value),
            chat=words.format(s=last.subject, old=last.value, v=last.value),
        )  # fmt: skip

    def _back(self, subject: str, attribute: Attribute, value: str, day: datetime, words: str, speaker: str) -> None:
        year = self.draw.choice((2016, 2017, 2018))
        self._say(
            at=day, speaker=speaker, what="state", subject=subject, attribute=attribute.name, value=value,
            since=datetime(year, 1, 1, tzinfo=UTC), fact=f"{attribute.says.format(s=subject, v=value)} in {year}",
            until=datetime(year + 1, 1, 1, tzinfo=UTC),
            chat=words.format(s=subject, v=value, year=year),
        )  # fmt: skip

    # --- events

    def visits(self, name: str, place: str) -> None:
        """One to three visits to one place, and sometimes a habit of going there."""
        weekday = self.draw.choice(pools.WEEKDAYS)
        if self.draw.random() < 0.5:
            day = self._days(1)[0]
            self._say(
                at=day, speaker=name, what="habit", subject=name, attribute=pools.HABIT, since=day,
                value=f"visits the {place} every {weekday}", fact=f"{name} visits the {place} every {weekday}",
                chat=self.draw.choice(self.words.habit).format(v=place, weekday=weekday),
            )  # fmt: skip
        for said in self._days(self.draw.choice((1, 2, 3))):
            ways = (self.words.event_today, 0), (self.words.event_yesterday, 1), (self.words.event_on, 12)
            words, back = self.draw.choice(ways)
            day = (said - timedelta(days=back)).replace(hour=0, minute=0)
            self._say(
                at=said, speaker=name, what="event", subject=name, attribute=pools.VISITED, value=place, since=day,
                fact=f"{name} visited the {place} on {_day(day)}",
                chat=self.draw.choice(words).format(v=place, day=_day(day)),
            )  # fmt: skip

    # --- what follows

    def conclude(self) -> None:
        """From where people live and work: conclusions, up to three on top of each other."""
        for name in self.people:
            if self.draw.random() < 0.6:
                self._conclude(name)

    def _conclude(self, name: str) -> None:
        truth = Truth(self.said)
        homes, jobs = truth.spans(name, "lives in"), truth.spans(name, "works at")
        late = self.draw.random() < 0.45  # after the last change: those will stand
        moments = [one.at for _, one in (*homes, *jobs) if one.what == "state" and one.since.year >= BEGIN.year]
        at = (max(moments) if late else self.draw.choice(moments)) + timedelta(days=3, hours=1)
        known = Truth(one for one in self.said if one.at < at)
        premises = [known.at(name, attribute, at) for attribute in ("lives in", "works at")]
        rests = tuple(one.id for one in premises if one is not None)
        if len(rests) < 2 or at >= END:
            return
        for attribute in pools.CONCLUDED[: self.draw.choice((1, 1, 2, 3))]:
            value = self.draw.choice(pools.VALUES[attribute.name])
            said = self._say(
                at=at, speaker=name, what="conclusion", subject=name, attribute=attribute.name, value=value, since=at,
                fact=attribute.says.format(s=name, v=value), premises=rests,
                chat=self.draw.choice(self.words.concluded[attribute.name]).format(v=value),
            )  # fmt: skip
            rests, at = (said.id,), at + timedelta(minutes=2)

    def forget(self) -> None:
        """Deletions, of statements that are the only ones about their attribute: what holds then is not disputed."""
        told: dict[tuple[str, str], list[Statement]] = {}
        for one in self.said:
            if isinstance(one, Statement):
                told.setdefault((one.subject, one.attribute), []).append(one)
        single = [all_[0] for all_ in told.values() if len(all_) == 1 and all_[0].what == "state"]
        rested = {premise: one.at for one in self.said if isinstance(one, Statement) for premise in one.premises}
        for one in self.draw.sample(single, len(single) // 8):
            after = max(one.at, rested.get(one.id, one.at)) + timedelta(days=1)
            at = max(after, min(one.at + timedelta(days=self.draw.randint(400, 900)), END - timedelta(days=1)))
            if at < END:
                self.said.append(Deletion(at=at, statement=one.id, erase=self.draw.random() < 0.5))

    def remark(self) -> None:
        """Small talk and suppositions, one for every eight statements."""
        for one in [said for said in self.said if isinstance(said, Statement)]:
            if self.draw.random() < 0.12:
                words = self.draw.choice((*self.words.small_talk, *self.words.supposed))
                chat = words.format(v=self.draw.choice(pools.VALUES["lives in"]))
                self.said.append(Remark(at=one.at + timedelta(minutes=1), speaker=one.speaker, chat=chat))

    # --- saying

    def _days(self, count: int) -> list[datetime]:
        """`count` moments in order, well apart from each other."""
        room = (END - BEGIN - timedelta(days=60) - count * _GAP).days
        offsets = sorted(self.draw.randint(0, room) for _ in range(count))
        return [
            BEGIN + timedelta(days=offset, hours=self.draw.randint(8, 20), minutes=self.draw.randint(0, 59)) + at * _GAP
            for at, offset in enumerate(offsets)
        ]

    def _id(self) -> str:
        self._count += 1
        return f"s{self._count:05d}"

    def _say(self, *, at: datetime, speaker: str, what: What, subject: str, attribute: str, value: str,
             since: datetime, fact: str, chat: str, premises: tuple[str, ...] = (),
             until: datetime | None = None) -> Statement:  # fmt: skip
        made = Statement(
            id=self._id(), at=at, speaker=speaker, what=what, subject=subject, attribute=attribute, value=value,
            since=since, fact=fact, chat=chat, premises=premises, until=until,
        )  # fmt: skip
        return self._say_one(made)

    def _say_one(self, one: Statement) -> Statement:
        self.said.append(one)
        return one


def _month(moment: datetime) -> str:
    return f"{calendar.month_name[moment.month]} {moment.year}"


def _day(moment: datetime) -> str:
    return f"{moment.day} {_month(moment)}"
