"""Whether two memories say opposite things of the same time: by what they claim, and by words that turn a meaning.

Precision comes first: a wrong conflict costs a person's look. Declines to know nodes, stores and models; which of the
two is right is not asked here.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from memos_graph.engines.opposed import LONGEST, opposed
from memos_graph.engines.said_values import agree
from memos_graph.model.wording import DAYS

Rule = Literal["value", "negation", "number", "date", "name", "near"]

#: cosine from which words are compared at all. Low, for the words decide: by MiniLM "is locked" and "is not locked"
#: have .84, and "the project lead is Omar Aziz" and "... is Lena Fuchs" .43.
ALIKE = 0.4
MOST_SLOTS = 16  #: of one statement that are compared, the first ones
#: Of one slot that are compared each with each; of more, each with the newest: hostile memory must not cost a square.
MOST_RIVALS = 40

_DAYS = frozenset(DAYS) | {
    "morning",
    "afternoon",
    "evening",
    "night",
    "summer",
    "winter",
    "spring",
    "autumn",
    "weekend",
}

_LETTERS = re.compile(r"[a-z]+?(?=s?\b)")

Pair = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One thing that a memory claims: `attribute` of `subject` is, or is not, `value`."""

    subject: str  #: canonical
    attribute: str  #: canonical
    value: str
    holds: bool = True  #: False: it is said not to be so
    single: bool = True  #: a subject has one value at a time
    start: datetime | None = None
    end: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What detection needs of one memory."""

    id: str
    text: str
    slots: tuple[Slot, ...] = ()
    happened: bool = False  #: it tells of an event or a habit: others may be true besides
    voice: str = ""  #: whose words they are; "I" of two people is not one subject
    start: datetime | None = None  #: true from here; None: always was
    end: datetime | None = None  #: until here, exclusive
    told: datetime  #: when it was first known


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """How two statements differ. Not `sure`: a model has to say whether that is a contradiction."""

    rule: Rule
    subject: str = ""
    attribute: str = ""
    values: tuple[str, str] = ("", "")  #: of the first statement, of the other
    sure: bool = True


def contradiction(one: Statement, other: Statement, *, cosine: float = 0.0) -> Found | None:
    """How `one` and `other` contradict each other; None when they do not, or nothing shows it.

    cosine: of their vectors; words are compared from `ALIKE` on. Statements of different times, and events, never
    contradict. O(slots² + words²), both bounded.
    """
    if one.id == other.id or not _overlap(one, other):
        return None
    for a in one.slots[:MOST_SLOTS]:
        for b in other.slots[:MOST_SLOTS]:
            if (found := _of_slots(a, b)) is not None and not _other_days(one, other, found):
                return found
    if cosine < ALIKE or one.happened or other.happened or one.voice != other.voice:
        return None
    if _tell_times_apart(one, other):
        return None
    words = opposed(one.text, other.text, cosine=cosine)
    if words is None or (words.rule == "name" and _have_several(one, other)):
        return None
    return Found(rule=words.rule, values=words.values, sure=words.sure)


def rivals(statements: Sequence[Statement], fresh: Collection[int]) -> Iterator[Pair]:
    """Positions of two statements that claim something of the same slot, one of them `fresh`, each pair once.

    O(slots), but for slots that many statements claim: each with the newest alone beyond `MOST_RIVALS`.
    """
    by_slot: dict[tuple[str, str], list[int]] = {}
    for at, statement in enumerate(statements):
        for key in dict.fromkeys((slot.subject, slot.attribute) for slot in statement.slots[:MOST_SLOTS]):
            by_slot.setdefault(key, []).append(at)
    seen: set[Pair] = set()
    wanted = frozenset(fresh)
    for group in by_slot.values():
        for pair in _within(statements, group):
            if pair not in seen and (pair[0] in wanted or pair[1] in wanted):
                seen.add(pair)
                yield pair


def _within(statements: Sequence[Statement], group: Sequence[int]) -> Iterator[Pair]:
    if len(group) <= MOST_RIVALS:
        yield from ((a, b) for nth, a in enumerate(group) for b in group[nth + 1 :])
        return
    newest = max(group, key=lambda at: (began(statements[at]), statements[at].id))
    yield from ((min(at, newest), max(at, newest)) for at in group if at != newest)


def began(statement: Statement) -> datetime:
    """Since when it is true, as far as is known: where it does not say, since it was told."""
    return statement.start or statement.told


def _of_slots(a: Slot, b: Slot) -> Found | None:
    if (a.subject, a.attribute) != (b.subject, b.attribute) or not (a.holds or b.holds) or not _overlap(a, b):
        return None
    same = agree(a.value, b.value)
    if a.holds != b.holds:
        if not (same or not (b if a.holds else a).value):  # a denial without a value: none at all
            return None
        said = (a.value, _denied(b)) if a.holds else (_denied(a), b.value)
        return Found(rule="negation", subject=a.subject, attribute=a.attribute, values=said)
    if same or not (a.single and b.single):
        return None
    return Found(rule="value", subject=a.subject, attribute=a.attribute, values=(a.value, b.value))


def _other_days(one: Statement, other: Statement, found: Found) -> bool:
    """Whether the texts name different days or times of day besides the values: "On Monday the pool is closed"."""
    if len(one.text) > LONGEST or len(other.text) > LONGEST:
        return False
    named = [
        _DAYS & (set(_LETTERS.findall(each.text.casefold())) - set(_LETTERS.findall(value.casefold())))
        for each, value in zip((one, other), found.values, strict=True)
    ]
    return bool(named[0] and named[1] and not named[0] & named[1])


def _denied(slot: Slot) -> str:
    return f"not {slot.value}" if slot.value else "none"


def _have_several(one: Statement, other: Statement) -> bool:
    """Whether both speak of something that a subject may have several of: a sister, a friend."""
    several = [{(slot.subject, slot.attribute) for slot in each.slots if not slot.single} for each in (one, other)]
    return bool(several[0] & several[1])


def _tell_times_apart(one: Statement, other: Statement) -> bool:
    """Whether what they claim begins or ends at different times: each is right of its own."""
    spans = [{(slot.start, slot.end) for slot in each.slots if slot.start or slot.end} for each in (one, other)]
    return bool(spans[0] and spans[1] and not spans[0] & spans[1])


def _overlap(one: Slot | Statement, other: Slot | Statement) -> bool:
    """Whether there is an instant at which both hold."""
    return _before(one.start, other.end) and _before(other.start, one.end) and _lasts(one) and _lasts(other)


def _lasts(span: Slot | Statement) -> bool:
    return span.start is None or span.end is None or span.start < span.end


def _before(start: datetime | None, end: datetime | None) -> bool:
    return start is None or end is None or start < end
