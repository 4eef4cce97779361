"""Which memories stand first in every prompt, and in which order, each with its reason in plain words.

What was sent keeps its place while it holds: bytes that move are read again by the model. Only behind the last one
that holds is anything chosen. Selection goes by use, order by stability: frozen ones first, then those that have not
changed for longest, so that what changes next is likely to stand near the end. No time of day decides, so the same
memories are chosen in the same order on any day. Pure; knows no store, no words and no clock.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from memos_graph.model.kinds import NODE_KINDS
from memos_graph.model.prefix import PrefixPart

#: Kinds that people or agents write to be remembered: they need no proof of use.
GIVEN = frozenset({"LongTermMemory", "UserMemory", "Preference"})
#: Kinds that were read from files and chats, or made of such: in once they are used often, a search finds them else.
READ = frozenset({"Message", "Passage", "Table", "Image", "Summary", "ToolSchema", "ToolTrajectory", "Skill"})
#: Of them those that go in unused where there is room left, behind all others (asked for by `benchmarks activation`): a
#: talk's own words are read once in the prefix, or else with every answer that finds them.
SAID = frozenset({"Message"})
FILLS = "said in a talk"  #: how the reason of one of them begins
OFTEN = 3  #: uses that show that a memory read from somewhere is worth its place (as `Policies.scheduled_uses`)
WORKING_SHARE = 4  #: one part in so many is left free by `choose` for working memory and what is learned later
LONGEST_SHARE = 4  #: one memory takes at most one part in so many


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """What choosing looks at of a memory that is true now and in a state that may stand in a prefix."""

    id: str
    kind: str
    tokens: int  #: of its line
    uses: int = 0
    updated_at: datetime  #: since when its words are as they are
    since: datetime | None = None  #: since when it is true, or when it was said
    changed: bool = False  #: whether they were others before
    frozen: bool = False
    trouble: str = ""  #: why it can't be relied on: in doubt, in conflict; "": nothing is known against it


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """One memory that goes in."""

    id: str
    tokens: int
    reason: str
    part: PrefixPart = "stable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What goes in, in order, and what was looked at and did not, each with its reason."""

    entries: tuple[Chosen, ...] = ()
    left_out: tuple[tuple[str, str], ...] = field(default=())


def choose(candidates: Sequence[Candidate], *, budget: int, previous: Sequence[Chosen] = ()) -> Choice:
    """The memories that go in, `previous` first and as they are, in `budget` tokens for their lines.

    previous: those that still hold and stood before anything that changed. Of the others those that are frozen or used
    most are taken, until the budget is full; over budget, `previous` loses its last ones, and those of them that only
    fill it give way to others. O(n log n).
    """
    before = {each.id for each in previous}
    wanted = [each for each in candidates if each.id not in before and not _fills(each) and not unfit(each, budget)]
    kept = _giving_way(_fitting(previous, budget), sum(each.tokens for each in wanted), budget)
    dropped = {each.id for each in previous[len(kept) :]}
    held = {each.id for each in kept}
    rest = [each for each in candidates if each.id not in held]
    left = [(each.id, why) for each in rest if (why := unfit(each, budget))]
    left += [(each.id, f"no room left in {budget} tokens") for each in previous[len(kept) :]]
    bad = {identity for identity, _ in left} | dropped
    room = budget - sum(each.tokens for each in kept)
    taken: list[Candidate] = []
    for each in sorted((each for each in rest if each.id not in bad), key=_worth):
        if each.tokens <= room:
            taken.append(each)
            room -= each.tokens
        else:
            left.append((each.id, f"no room left in {budget} tokens; {reason_of(each)}"))
    fresh = (Chosen(id=each.id, tokens=each.tokens, reason=reason_of(each)) for each in sorted(taken, key=_stability))
    return Choice(entries=(*kept, *fresh), left_out=tuple(left))


def choose_working(window: Sequence[Candidate], *, room: int, previous: Sequence[str] = (),
                   besides: frozenset[str] = frozenset()) -> Choice:  # fmt: skip
    """Of working memory (most at hand first) what `room` tokens hold, in the order `previous` had, then the new ones.

    besides: what stands in the prefix already; it is not said twice.
    """
    wanted = [each for each in window if each.id not in besides]
    left = [(each.id, each.trouble) for each in wanted if each.trouble]
    taken: dict[str, Candidate] = {}
    for each in wanted:
        if each.trouble:
            continue
        if each.tokens <= room:
            taken[each.id] = each
            room -= each.tokens
        else:
            left.append((each.id, "working memory, for which no room is left"))
    order = [i for i in previous if i in taken] + [i for i in taken if i not in set(previous)]
    entries = (Chosen(id=i, tokens=taken[i].tokens, reason="working memory", part="working") for i in order)
    return Choice(entries=tuple(entries), left_out=tuple(left))


def unfit(each: Candidate, budget: int) -> str:
    """Why `each` does not go in, however much room there is; "" when it may."""
    if each.trouble:
        return each.trouble
    if each.kind not in GIVEN and each.kind in NODE_KINDS and each.kind not in READ:
        return f"{each.kind}: no memory of its own"
    if each.kind in READ - SAID and not each.frozen and each.uses < OFTEN:
        return f"{each.kind}: {_used(each.uses)}; it goes in when frozen or used {OFTEN} times"
    most = budget // LONGEST_SHARE
    if each.tokens > most:
        return f"too long: {each.tokens} tokens, one memory may take {most}"
    return ""


def worth_most(candidates: Sequence[Candidate], most: int) -> list[Candidate]:
    """The `most` candidates that would be taken first, in that order. O(n log n)."""
    return sorted(candidates, key=_worth)[:most]


def reason_of(each: Candidate) -> str:
    """Why it is in, in a few words. Says dates, not spans: it is written down and read on another day."""
    since = each.updated_at.date().isoformat()
    told = ["frozen"] if each.frozen else [FILLS] if _fills(each) else []
    told += [_used(each.uses)] if each.uses else []
    told.append(f"unchanged since {since}" + (", another text before" if each.changed else ""))
    return ", ".join(told)


def _fitting(previous: Sequence[Chosen], budget: int) -> Sequence[Chosen]:
    room = budget
    for at, each in enumerate(previous):
        room -= each.tokens
        if room < 0:
            return previous[:at]
    return previous


def _giving_way(kept: Sequence[Chosen], wanted: int, budget: int) -> Sequence[Chosen]:
    """`kept` without as many of its last ones that only fill as make room for `wanted` tokens."""
    over = wanted - (budget - sum(each.tokens for each in kept))
    while over > 0 and kept and kept[-1].reason.startswith(FILLS):
        over -= kept[-1].tokens
        kept = kept[:-1]
    return kept


def _fills(each: Candidate) -> bool:
    return each.kind in SAID and each.uses < OFTEN and not each.frozen


def _worth(each: Candidate) -> tuple[bool, bool, int, bool, datetime, str]:
    """Sorts what is worth most first. Uses count by their order of magnitude: a use more must not move anything."""
    return not each.frozen, _fills(each), -each.uses.bit_length(), each.changed, each.updated_at, each.id


def _stability(each: Candidate) -> tuple[bool, bool, datetime, datetime, str]:
    """Sorts what is likely to change last first; what only fills the room gives way, so it stands last."""
    return not each.frozen, _fills(each), each.updated_at, each.since or each.updated_at, each.id


def _used(uses: int) -> str:
    return {0: "never used", 1: "used once", 2: "used twice"}.get(uses, f"used {uses} times")
