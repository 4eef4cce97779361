"""Why a memory does not show: what of a Scope hides it, and which conditions of a filter it does not meet.

Each reason is data: what was asked, what the memory has, and by how much they miss each other where that can be
counted. Agrees with `Scope.sees` and `filter.matches`, which decide (property tests hold it). Declines to know stores
and rankings.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from memos_graph.model.filter import And, Filter, Or, Where, matches
from memos_graph.model.graph import Json, Node
from memos_graph.model.scope import Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One thing asked that a memory does not meet."""

    field: str  #: of the memory
    asked: str  #: such as "at most 2024-05-01"
    found: Json  #: what the memory has
    seconds_off: float | None = None  #: for times: how far outside


def hidden_by(scope: Scope, node: Node) -> tuple[Reason, ...]:
    """What of `scope` hides `node`, in the order cube, state, known, true; nothing for one it sees."""
    return (*_cube(scope, node), *_state(scope, node), *_known(scope, node), *_true(scope, node))


def unmet(condition: Filter | None, node: Node) -> tuple[Reason, ...]:
    """The conditions that keep `node` out, all of them where alternatives fail; nothing for one that passes."""
    if condition is None or matches(condition, node):
        return ()
    if isinstance(condition, And | Or):
        return tuple(reason for part in condition.of for reason in unmet(part, node))
    return (_unmet(condition, node),)


def _cube(scope: Scope, node: Node) -> Iterable[Reason]:
    if node.cube not in scope.cubes:
        yield Reason(field="cube", asked=f"one of {', '.join(scope.cubes)}", found=node.cube)


def _state(scope: Scope, node: Node) -> Iterable[Reason]:
    if node.status not in scope.states:
        yield Reason(field="status", asked=f"one of {', '.join(sorted(scope.states))}", found=node.status)


def _known(scope: Scope, node: Node) -> Iterable[Reason]:
    known = scope.known_at
    if known is None:
        if not scope.retired and node.retired_at is not None:
            yield Reason(field="retired_at", asked="not retired", found=_iso(node.retired_at))
        return
    if known < node.updated_at:
        yield _late("updated_at", f"at or before {_iso(known)}", node.updated_at, known)
    if node.retired_at is not None and node.retired_at <= known:
        yield _late("retired_at", f"after {_iso(known)}", node.retired_at, known)


def _true(scope: Scope, node: Node) -> Iterable[Reason]:
    start, end = node.valid_from, node.valid_to
    at = scope.as_of or scope.current_at
    if at is None:
        return
    if scope.as_of is not None and start is not None and at < start:
        yield _late("valid_from", f"at or before {_iso(at)}", start, at)
    if end is not None and end <= at:
        yield _late("valid_to", f"after {_iso(at)}", end, at)


def _late(field: str, asked: str, found: datetime, at: datetime) -> Reason:
    return Reason(field=field, asked=asked, found=_iso(found), seconds_off=abs((found - at).total_seconds()))


def _unmet(condition: Where, node: Node) -> Reason:
    name = condition.field
    stored = node.info.get(name[5:]) if name.startswith("info.") else getattr(node, name)
    wanted = condition.value
    shown = ", ".join(map(_shown, wanted)) if isinstance(wanted, tuple) else _shown(wanted)
    off = None
    if isinstance(stored, datetime) and isinstance(wanted, datetime):
        off = abs((stored - wanted).total_seconds())
    return Reason(field=name, asked=f"{condition.op} {shown}", found=_json(stored), seconds_off=off)


def _shown(value: object) -> str:
    return _iso(value) if isinstance(value, datetime) else str(value)


def _json(value: object) -> Json:
    if isinstance(value, datetime):
        return _iso(value)
    if value is None or isinstance(value, str | int | float | bool):
        return value
    if isinstance(value, list | tuple | frozenset | set):
        return [_json(item) for item in value]
    return str(value)


def _iso(moment: datetime) -> str:
    return moment.isoformat()
