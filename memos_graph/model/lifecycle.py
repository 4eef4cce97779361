"""The life of a memory as one table: which state an event leads to from which, on what condition, to what effect.

Code reads the table, docs/lifecycle.md and its diagram are made from it. Data only: who decides what a node becomes is
`engines.transitions`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from memos_graph.model.errors import IllegalTransition
from memos_graph.model.graph import STATUSES, Node, Status

Event = Literal[
    "used", "scheduled", "merged", "unmerged", "superseded", "idle", "evicted", "archived", "ttl_passed", "frozen",
    "thawed", "restored", "deleted", "erased",
]  # fmt: skip
EVENTS: tuple[Event, ...] = get_args(Event)

SCHEDULED = "the policy's number of uses is reached, or someone schedules it"
IDLE = "nothing used it for the policy's days"
EVICTED = "its kind holds more than its capacity, and others were used later"
TTL = "its time to live has passed"
HOLDS = "it is still true: valid_to is not past"
FORCED = "forced, with a reason"


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """One row of the table. `to` None: nothing of the memory is left."""

    state: Status
    event: Event
    to: Status | None
    guard: str = ""  #: what must hold besides
    effect: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StateMeaning:
    """What a state means for those who read."""

    state: Status
    means: str
    search: bool  #: found unless asked for other states
    prefix: bool  #: may stand in an activation prefix
    working: bool  #: may stand in working memory


def _rows() -> tuple[Transition, ...]:
    t = Transition
    live: tuple[Status, ...] = ("generated", "activated")
    rows = [
        t(state="generated", event="used", to="activated", effect="a usage more"),
        t(state="generated", event="scheduled", to="activated", guard=SCHEDULED),
        t(state="activated", event="used", to="activated", effect="a usage more"),
        t(state="activated", event="scheduled", to="activated", guard=SCHEDULED),
    ]
    for state in live:
        rows += [
            t(state=state, event="merged", to="merged", effect="search finds what it became, over MERGED_INTO"),
            t(state=state, event="superseded", to="archived", effect="valid_to closes; as_of still finds it"),
            t(state=state, event="idle", to="archived", guard=IDLE, effect="search leaves it out unless asked"),
            t(state=state, event="evicted", to="archived", guard=EVICTED, effect="search leaves it out unless asked"),
            t(state=state, event="archived", to="archived", effect="search leaves it out unless asked"),
        ]
    for state in (*live, "merged", "archived"):
        rows.append(t(state=state, event="ttl_passed", to="expired", guard=TTL, effect="an audit record is left"))
    for state in (*live, "archived"):
        rows.append(t(state=state, event="frozen", to="frozen", effect="nothing changes it unless forced"))
    rows += [
        t(state="merged", event="unmerged", to="activated", effect="as it was before the merge, its state too"),
        t(state="archived", event="used", to="activated", guard=HOLDS, effect="a usage more"),
        t(state="archived", event="restored", to="activated", guard=HOLDS, effect="a usage more"),
        t(state="deleted", event="restored", to="activated", effect="known again, in the state before it was deleted"),
        t(state="frozen", event="used", to="frozen", effect="a usage more"),
        t(state="frozen", event="thawed", to="activated", effect="the state before it was frozen; a usage more"),
        t(state="frozen", event="deleted", to="deleted", guard=FORCED),
        t(state="frozen", event="superseded", to="archived", guard=FORCED),
        t(state="frozen", event="erased", to=None, guard=FORCED, effect="nothing is left, history neither"),
    ]
    for state in (*live, "merged", "archived"):
        rows.append(t(state=state, event="deleted", to="deleted", effect="known_at still finds it"))
    for state in (*live, "merged", "archived", "expired", "deleted"):
        rows.append(t(state=state, event="erased", to=None, effect="nothing is left, history neither"))
    return tuple(sorted(rows, key=lambda row: (STATUSES.index(row.state), EVENTS.index(row.event))))


TABLE: tuple[Transition, ...] = _rows()

MEANINGS: tuple[StateMeaning, ...] = (
    StateMeaning(state="generated", means="written, not used yet", search=True, prefix=False, working=True),
    StateMeaning(state="activated", means="in use", search=True, prefix=True, working=True),
    StateMeaning(state="merged", means="became part of another", search=False, prefix=False, working=False),
    StateMeaning(state="archived", means="out of use, or no longer true", search=False, prefix=False, working=False),
    StateMeaning(state="expired", means="past its time; an audit record", search=False, prefix=False, working=False),
    StateMeaning(state="frozen", means="kept as it is, whatever happens", search=True, prefix=True, working=True),
    StateMeaning(state="deleted", means="retired; only its past is left", search=False, prefix=False, working=False),
)

_BY_EVENT = {(row.state, row.event): row for row in TABLE}
_BY_HAND: tuple[Event, ...] = ("scheduled", "archived", "frozen", "thawed", "restored")


def step(identity: str, state: Status, event: Event) -> Transition:
    """The row for `event` in `state`. `IllegalTransition` names the events that are legal there."""
    row = _BY_EVENT.get((state, event))
    if row is None:
        raise IllegalTransition(identity, state, event, legal(state))
    return row


def legal(state: Status) -> tuple[Event, ...]:
    """The events that a memory in `state` may meet."""
    return tuple(row.event for row in TABLE if row.state == state)


def leading(state: Status, to: Status) -> Event | None:
    """The event by which someone's own hand takes a memory from `state` to `to`; None when none does.

    Of a frozen one that is thawing, whatever live state or archive it goes back to.
    """
    if state == "frozen" and to in ("generated", "activated", "archived"):
        return "thawed"
    events = (event for event in _BY_HAND if (row := _BY_EVENT.get((state, event))) and row.to == to != state)
    return next(events, None)


def state_of(node: Node) -> Status:
    """The state of `node`: its status, and deleted when it was retired."""
    return "deleted" if node.retired_at is not None else node.status
