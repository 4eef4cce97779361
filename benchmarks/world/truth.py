"""What holds when, by the story alone: the reference that answers are measured against.

A subject has one value of an attribute at a time: the one that began last. An end without another value leaves nothing.
A statement told late takes its place in the past. A conclusion holds while all that it rests on does. What was asked to
be forgotten is not there.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime

from benchmarks.world.facts import Deletion, Said, Statement


class Truth:
    """What follows from what was said."""

    def __init__(self, said: Iterable[Said]) -> None:
        self._by_id: dict[str, Statement] = {}
        self._gone: set[str] = set()
        self._told: defaultdict[tuple[str, str], list[Statement]] = defaultdict(list)
        for one in said:
            if isinstance(one, Deletion):
                self._gone.add(one.statement)
            elif isinstance(one, Statement):
                self._by_id[one.id] = one
                if not one.again:
                    self._told[one.subject, one.attribute].append(one)

    def spans(self, subject: str, attribute: str) -> list[tuple[datetime, Statement]]:
        """Since when, and what then began or ended, in order of that time."""
        told = [one for one in self._told[subject, attribute] if one.id not in self._gone]
        kept = [one for one in told if one.what in ("state", "end")]
        return sorted(((one.since, one) for one in kept), key=lambda pair: (pair[0], pair[1].at))

    def at(self, subject: str, attribute: str, moment: datetime) -> Statement | None:
        """The statement that held at `moment`; None when nothing did."""
        begun = [one for since, one in self.spans(subject, attribute) if since <= moment]
        return begun[-1] if begun and begun[-1].what == "state" else None

    def before(self, subject: str, attribute: str) -> str:
        """The last value that was another than the present one; "" when there was none."""
        values = [one.value for _, one in self.spans(subject, attribute) if one.what == "state"]
        return next((value for value in reversed(values[:-1]) if value != values[-1]), "")

    def holds(self, statement: str, moment: datetime) -> bool:
        """Whether it is true and undoubted at `moment`."""
        one = self._by_id[statement]
        if statement in self._gone:
            return False
        if one.what == "conclusion":
            return all(self.holds(premise, moment) for premise in one.premises)
        now = self.at(one.subject, one.attribute, moment)
        return now is not None and now.value == one.value

    def days(self, subject: str, place: str) -> tuple[date, ...]:
        """When the events took place."""
        told = [one for one in self._told[subject, "visited"] if one.what == "event" and one.value == place]
        return tuple(sorted({one.since.date() for one in told if one.id not in self._gone}))
