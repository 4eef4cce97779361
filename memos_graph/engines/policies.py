"""What should become of memories that time has passed over: policies as data, and what they decide.

Pure: rows in, decisions with their reasons out; the time is an argument. Declines to know where memories are stored and
what carries a decision out. Frozen memories count for capacity and are never decided upon.
"""

from __future__ import annotations

import heapq
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any

from memos_graph.engines.usage import last_used, uses
from memos_graph.model.errors import Invalid
from memos_graph.model.graph import Json, Node, Status
from memos_graph.model.kinds import node_kind
from memos_graph.model.lifecycle import Event, step
from memos_graph.model.times import from_micros, to_micros

TTL = "ttl_days"  #: in a node's `info`: days that it lives from when it was first known
MOST_DAYS = 36_500
_DAY = 86_400_000_000  #: microseconds
_MEMORIES = ("WorkingMemory", "LongTermMemory", "UserMemory")
_IDLE = MappingProxyType(dict.fromkeys(_MEMORIES, 90.0))
_ROOM = MappingProxyType({"WorkingMemory": 20, "LongTermMemory": 1500, "UserMemory": 480})
_NOTHING: Mapping[str, float] = MappingProxyType({})
_VERSION = re.compile(r"(.+)@[1-9]\d*~?")
#: States whose memories policies look at; of the others nothing can be decided.
LOOKED_AT: frozenset[Status] = frozenset({"generated", "activated", "merged", "archived", "frozen"})
_IN_USE: frozenset[Status] = frozenset({"generated", "activated"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Policies:
    """When memories are archived, made active, and end. Kinds that a mapping does not name are left alone by it.

    By default only memories that were given directly go idle: what a document says does not fade by not being asked.
    """

    idle_days: Mapping[str, float] = field(default_factory=lambda: _IDLE)  #: by kind, days without a use
    scheduled_uses: int = 3  #: uses that make a generated memory active
    ttl_days: Mapping[str, float] = field(default_factory=lambda: _NOTHING)  #: by kind; a node's info.ttl_days wins
    capacity: Mapping[str, int] = field(default_factory=lambda: _ROOM)  #: by kind, memories in use at most
    organise: bool = False  #: afterwards the cube is put in order too, by `organise` as it is by default

    def __post_init__(self) -> None:
        for name in ("idle_days", "ttl_days", "capacity"):
            given = getattr(self, name)
            if not isinstance(given, Mapping):
                raise Invalid(name, given, 'give a mapping by kind, as {"LongTermMemory": 90}')
            for kind, value in given.items():
                node_kind(str(kind))
                _check(f"{name}.{kind}", value, whole=name == "capacity")
        _check("scheduled_uses", self.scheduled_uses, whole=True)
        if not isinstance(self.organise, bool):
            raise Invalid("organise", self.organise, "give true or false")

    def to_json(self) -> dict[str, Json]:
        """The policies as a cube's settings keep them."""
        return {
            "idle_days": dict(self.idle_days), "scheduled_uses": self.scheduled_uses, "ttl_days": dict(self.ttl_days),
            "capacity": dict(self.capacity), "organise": self.organise,
        }  # fmt: skip


def read_policies(value: object) -> Policies:
    """The policies that `to_json` gave; names that it does not have stay as they are by default. `Invalid` else."""
    names = Policies.__dataclass_fields__.keys()
    if not isinstance(value, Mapping) or not value.keys() <= names:
        raise Invalid("policies", value, f"give a mapping of {', '.join(names)}")
    return Policies(**value)


@dataclass(frozen=True, slots=True)
class Row:
    """What policies look at of one memory. Times in microseconds."""

    id: str
    kind: str
    state: Status
    version: int
    created: int
    updated: int
    used: int  #: when it was last used; when it was written, where it never was
    uses: int
    ttl: float | None  #: days of its own


def row_of(node: Node) -> Row:
    """The row of a memory that is not retired."""
    used = last_used(node.usage)
    updated, created = to_micros(node.updated_at), to_micros(node.created_at)
    latest = updated if used is None else max(updated, to_micros(used))
    return Row(node.id, node.kind, node.status, node.version, created, updated, latest, uses(node.usage), _ttl(node))


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What is to become of one memory, and why."""

    id: str
    kind: str
    version: int  #: that it was decided upon
    event: Event
    to: Status
    reason: str
    since: datetime  #: when it was last used, or of a passed ttl: when that ended


def decide(rows: Sequence[Row], policies: Policies, at: datetime) -> tuple[Decision, ...]:
    """What `policies` make of `rows` at `at`, each id once, by event and kind, the longest unused first.

    Snapshots that a head among `rows` left behind go with it and are left out. `Invalid` when a row was written after
    `at`: the clock went backwards. O(rows log rows).
    """
    now = to_micros(at)
    late = max(rows, key=lambda row: row.updated, default=None)
    if late is not None and late.updated > now:
        known = from_micros(late.updated).isoformat()
        raise Invalid("clock", at.isoformat(), f"memory {late.id!r} was written at {known}, after that: set the clock")
    heads = _heads(rows)
    decided = {each.id: each for each in _passed(heads, policies, now)}
    for rule in (_idle, _evicted, _scheduled):  # what goes takes no room; what stays is scheduled last
        decided |= {each.id: each for each in rule([row for row in heads if row.id not in decided], policies, now)}
    return tuple(sorted(decided.values(), key=lambda each: (each.event, each.kind, each.since, each.id)))


def _heads(rows: Sequence[Row]) -> list[Row]:
    ids = {row.id for row in rows}
    return [row for row in rows if not _is_version(row.id, ids)]


def _is_version(identity: str, ids: Collection[str]) -> bool:
    found = _VERSION.fullmatch(identity) if "@" in identity else None
    return found is not None and found[1] in ids


def _passed(rows: Iterable[Row], policies: Policies, now: int) -> Iterator[Decision]:
    for row in rows:
        days = policies.ttl_days.get(row.kind) if row.ttl is None else row.ttl
        end = None if days is None else row.created + round(days * _DAY)
        if end is not None and end <= now and row.state != "frozen":
            yield _decision(row, "ttl_passed", "its time to live has passed", end)


def _scheduled(rows: Iterable[Row], policies: Policies, now: int) -> Iterator[Decision]:
    reason = f"used {policies.scheduled_uses} times or more"
    for row in rows:
        if row.state == "generated" and row.uses >= policies.scheduled_uses:
            yield _decision(row, "scheduled", reason, min(row.used, now))


def _idle(rows: Iterable[Row], policies: Policies, now: int) -> Iterator[Decision]:
    for row in rows:
        days = policies.idle_days.get(row.kind)
        if days is not None and row.state in _IN_USE and now - row.used >= round(days * _DAY):
            yield _decision(row, "idle", f"no use of this {row.kind} for {days:g} days", row.used)


def _evicted(rows: Sequence[Row], policies: Policies, now: int) -> Iterator[Decision]:
    held = Counter(row.kind for row in rows if row.state in _IN_USE or row.state == "frozen")
    for kind, room in policies.capacity.items():
        over = held[kind] - room
        if over <= 0:
            continue
        may_go = (row for row in rows if row.kind == kind and row.state in _IN_USE)
        for row in heapq.nsmallest(over, may_go, key=lambda row: (row.used, row.created, row.id)):
            yield _decision(row, "evicted", f"more than {room} {kind}", min(row.used, now))


def _decision(row: Row, event: Event, reason: str, since: int) -> Decision:
    to = step(row.id, row.state, event).to
    assert to is not None  # no policy erases
    return Decision(
        id=row.id, kind=row.kind, version=row.version, event=event, to=to, reason=reason, since=from_micros(since)
    )


def _ttl(node: Node) -> float | None:
    """The node's own time to live; None when it says none that is one: info may hold anything."""
    value: Any = node.info.get(TTL)
    usable = isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= MOST_DAYS
    return float(value) if usable else None


def _check(name: str, value: Any, *, whole: bool) -> None:
    kinds = int if whole else int | float
    if isinstance(value, bool) or not isinstance(value, kinds) or value != value:
        raise Invalid(name, value, f"give a {'whole number' if whole else 'number of days'}")
    if value < 0 or (not whole and not 0 < value <= MOST_DAYS) or value > 10**9:
        raise Invalid(name, value, "give 0 or more" if whole else f"give more than 0 days, {MOST_DAYS} at most")
