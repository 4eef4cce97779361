"""Which value of a slot holds when, from all that was said of it: who speaks last of a time is believed.

A slot is a subject and an attribute of which it has one at a time, or these and a value where it may have several. What
is said paints its stretch of time over what was said before it, in the order of saying, so that the outcome does not
depend on the order in which it arrives. Pure; times are microseconds UTC. Declines to know nodes and texts.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

ALWAYS, NEVER = -(2**63), 2**63  #: a beginning that is not known, an end that is not in sight


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One saying: from `at` on it is believed that `value` holds, or does not, from `start` to `end`."""

    at: int
    start: int = ALWAYS  #: with an end: from when is not known ("until May", "moved from")
    end: int = NEVER
    value: str  #: its key (`claim.value_key`); "" in a denial: no value holds
    holds: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """`value` holds from `start` to `end`, and not just before or behind."""

    start: int
    end: int
    value: str


def spans(said: Iterable[Said]) -> tuple[Span, ...]:
    """What holds when, in order of time, never overlapping; of sayings at one time the later in `said` counts.

    One that ends and has no beginning takes the time before its end of which nothing is known, else an instant of it.
    O(n log n) for sayings that go on without end, O(n²) at most.
    """
    starts: list[int] = [ALWAYS]
    values: list[str | None] = [None]
    for one in sorted(said, key=lambda each: each.at):
        if one.start == ALWAYS and one.end < NEVER and one.holds:
            _was_until(starts, values, one)
            continue
        first, behind = _cut(starts, values, one.start), None
        if one.end < NEVER:
            behind = _cut(starts, values, one.end)
        if behind is not None and behind <= first:
            continue
        if one.holds:
            starts[first:behind], values[first:behind] = [one.start], [one.value]
        else:
            for at in range(first, len(values) if behind is None else behind):
                values[at] = None if values[at] == one.value or not one.value else values[at]
    return _joined(starts, values)


def denied_until(denial: Said, said: Iterable[Said]) -> int:
    """Until when a denial holds: when what it denies is next said to hold, by somebody who spoke later."""
    again = (
        one.start
        for one in said
        if one.holds and one.at >= denial.at and one.start > denial.start and denial.value in ("", one.value)
    )
    return min(again, default=denial.end)


def _cut(starts: list[int], values: list[str | None], at: int) -> int:
    """The position of the stretch that begins `at`, made by parting another where needed."""
    place = bisect_left(starts, at)
    if place == len(starts) or starts[place] != at:
        starts.insert(place, at)
        values.insert(place, values[place - 1])
    return place


def _was_until(starts: list[int], values: list[str | None], one: Said) -> None:
    """Paint that something was so until then, and no more."""
    behind = _cut(starts, values, one.end)
    if values[behind - 1] not in (None, one.value):
        values[_cut(starts, values, one.end - 1)] = one.value
        behind = bisect_left(starts, one.end)
    for at in range(behind - 1, -1, -1):
        if values[at] is not None:
            break
        values[at] = one.value
    for at in range(behind, len(values)):
        if values[at] != one.value:
            break
        values[at] = None


def _joined(starts: list[int], values: list[str | None]) -> tuple[Span, ...]:
    found: list[Span] = []
    for (start, end), value in zip(pairwise([*starts, NEVER]), values, strict=True):
        if value is None:
            continue
        if found and found[-1].end == start and found[-1].value == value:
            start = found.pop().start
        found.append(Span(start=start, end=end, value=value))
    return tuple(found)
