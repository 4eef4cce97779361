"""What the memories of one slot become when more is said: which begins, ends, is split, or is only said again.

Each memory keeps the sayings it rests on, so that the outcome does not depend on the order in which they come: what was
said long ago and arrives late takes its place in the past. Pure; declines to know texts and stores.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from memos_graph.engines.claims.slots import ALWAYS, NEVER, Said, Span, denied_until, spans


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A memory of the slot: the value it says to hold, or not, and the sayings that make it."""

    id: str
    value: str  #: key
    holds: bool = True
    start: int = ALWAYS
    end: int = NEVER
    said: tuple[Said, ...] = ()
    denied: tuple[Said, ...] = ()  #: what ended it
    fresh: tuple[Said, ...] = ()  #: those of the new sayings that came to it
    like: str = ""  #: of a new one: the memory that said the same before, if there is one


def settle(held: Sequence[Held], fresh: Iterable[Said], new_id: Callable[[], str],
           gone: Collection[Said] = ()) -> tuple[Held, ...]:  # fmt: skip
    """All memories of the slot after the `fresh` sayings, those there are first; the new ones have ids by `new_id`.

    A saying that there is already comes as `fresh` to the memory that has it. gone: sayings of memories that were
    deleted: what they ended stays ended, and they come back only when said afresh. O(n log n) in all sayings; with k
    fresh denials O(k · n log n).
    """
    news = list(dict.fromkeys(fresh))
    lost = set(gone) - set(news)
    sayings = list(dict.fromkeys([*gone, *(one for each in held for one in (*each.said, *each.denied)), *news]))
    sayings += _ends(held, sayings)
    kept = [one for one in sayings if one.holds]
    found = spans(sayings)
    out: list[Held] = []
    for value in dict.fromkeys([*(each.value for each in held if each.holds), *(one.value for one in kept)]):
        mine = [each for each in held if each.holds and each.value == value]
        said = [one for one in kept if one.value == value]
        out += _placed(mine, said, [span for span in found if span.value == value], set(news), lost, new_id)
    for denial in [one for one in news if not one.holds]:
        out = _denied(out, denial, sayings, new_id)
    out += [each for each in held if not each.holds and each.id not in {one.id for one in out}]
    out = [each if each.holds else _until(each, sayings) for each in out]
    order = {each.id: at for at, each in enumerate(held)}
    return tuple(sorted(out, key=lambda each: order.get(each.id, len(order))))


def _placed(mine: Sequence[Held], said: Sequence[Said], found: Sequence[Span], news: set[Said],
            lost: set[Said], new_id: Callable[[], str]) -> list[Held]:  # fmt: skip
    """The memories of one value, a span each; one that has none left holds at no time."""
    rests: list[list[Said]] = [[] for _ in found]
    homeless: list[Said] = []
    for one in said:
        at = _span_of(one, found)
        (homeless if at is None else rests[at]).append(one)
    # what only deleted memories said is not remembered; a span where nothing begins goes on from one before
    alive = [span for span, rest in zip(found, rests, strict=True) if not lost.issuperset(rest or said)]
    rests = [[one for one in rest if one not in lost] for span, rest in zip(found, rests, strict=True) if span in alive]
    found = alive
    homeless = [one for one in homeless if one not in lost]
    owner = {one: each.id for each in mine for one in each.said}
    chosen: dict[int, Held] = {}
    for at, rest in enumerate(rests):
        ids = {owner.get(one) for one in rest}
        free = [each for each in mine if each.id in ids and each not in chosen.values()]
        if free:
            chosen[at] = free[0]
    spare = [each for each in mine if each not in chosen.values()]
    out: list[Held] = []
    for at, span in enumerate(found):
        head = chosen.get(at) or (spare.pop(0) if spare else None)
        if head is None:
            like = mine[0].id if mine else ""
            head = Held(id=new_id(), value=span.value, like=like)
        mine_here = tuple(rests[at])
        fresh = tuple(one for one in mine_here if one in news)
        out.append(replace(head, start=span.start, end=span.end, said=mine_here, fresh=fresh))
    if homeless and not spare and not found:
        spare = [Held(id=new_id(), value=homeless[0].value)]
    for head in spare:
        own = tuple(one for one in homeless if owner.get(one, spare[0].id) == head.id)
        at_once = own[0] if own else (head.said or head.denied or (Said(at=0, value=head.value),))[0]
        start = at_once.at if at_once.start == ALWAYS else at_once.start
        fresh = tuple(one for one in own if one in news)
        out.append(replace(head, start=start, end=start, said=own, fresh=fresh))
    return out


def _ends(held: Sequence[Held], sayings: Sequence[Said]) -> list[Said]:
    """That what has ended has, where what ended it was erased since."""
    known = {moment for one in sayings for moment in (one.start, one.end)}
    ends: list[Said] = []
    for each in held:
        if each.holds and each.end not in known and each.said:
            again = (other.start for other in held if other.holds and other.value == each.value)
            behind = min((start for start in again if start >= each.end), default=NEVER)
            at = max(one.at for one in each.said)
            ends.append(Said(at=at, start=each.end, end=behind, value=each.value, holds=False))
    return ends


def _span_of(one: Said, found: Sequence[Span]) -> int | None:
    """The span that a saying belongs to: where it begins, else the next, else the last; None when there is none."""
    for at, span in enumerate(found):
        if (one.end - 1 if one.start == ALWAYS and one.end < NEVER else one.start) < span.end:
            return at
    return len(found) - 1 if found else None


def _denied(out: list[Held], denial: Said, sayings: Sequence[Said], new_id: Callable[[], str]) -> list[Held]:
    """With the denial at the memory that it ends, or as a memory of its own when it ends none."""
    for at, each in enumerate(out):
        if denial in each.denied or (not each.holds and denial in each.said):
            out[at] = replace(each, fresh=(*each.fresh, denial))
            return out
    before = [each for each in out if each.holds and denial.value in ("", each.value) and each.start < denial.start]
    if before:
        last = max(before, key=lambda each: each.start)
        out[out.index(last)] = replace(last, denied=(*last.denied, denial), fresh=(*last.fresh, denial))
        return out
    cut = _cut_by(denial, sayings)
    for at, each in enumerate(out):
        if cut is not None and each.holds and each.value == cut.value and each.start <= cut.start <= each.end:
            out[at] = replace(each, denied=(*each.denied, denial), fresh=(*each.fresh, denial))
            return out
    out.append(
        Held(id=new_id(), value=denial.value, holds=False, start=denial.start, said=(denial,), fresh=(denial,))
    )  # fmt: skip
    return out


def _cut_by(denial: Said, sayings: Sequence[Said]) -> Span | None:
    """The span that would hold there if it were not denied."""
    without = spans(one for one in sayings if one != denial)
    for span in without:
        if span.end > denial.start and span.start < denial.end and denial.value in ("", span.value):
            return None if span in spans(sayings) else span
    return None


def _until(each: Held, sayings: Sequence[Said]) -> Held:
    first = each.said[0] if each.said else None
    return each if first is None else replace(each, start=first.start, end=denied_until(first, sayings))
