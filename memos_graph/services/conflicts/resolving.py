"""Settle a conflict: say which of the two memories stays, by hand or by rule; the other one ends, and stays readable.

What began later wins from its beginning on, and the other was true until then. What loses although it began later never
was so. Frozen memories win over any rule; nothing is decided between two of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Literal, get_args

from memos_graph.engines.versions import correct
from memos_graph.model.delta import Delta, Operation, PutEdge, Receipt, RetireEdge
from memos_graph.model.errors import Conflict, Frozen, Invalid, NotFound, Refused
from memos_graph.model.graph import Node, make_edge
from memos_graph.model.scope import everything
from memos_graph.model.times import to_micros
from memos_graph.services.conflicts.contradictions import (
    CONFLICTS_WITH,
    Contradiction,
    contradictions,
    holding,
    is_open,
    joined,
)
from memos_graph.services.context import Context
from memos_graph.services.embed import find_cube
from memos_graph.services.merging import merge
from memos_graph.services.writing import apply_delta

Rule = Literal["newer", "trusted", "frozen", "both", "merge"]
RULES: tuple[Rule, ...] = get_args(Rule)
Which = str | tuple[str, str] | Contradiction
_TRIES = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """A conflict that was settled."""

    conflict: Contradiction
    kept: tuple[str, ...]  #: ids that hold on
    ended: tuple[str, ...]  #: ids that do not
    why: str
    receipt: Receipt


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """What became of all conflicts of a cube."""

    resolved: tuple[Resolved, ...]
    left: tuple[tuple[Contradiction, str], ...]  #: those that the rule does not decide, and why


@dataclass(frozen=True, slots=True)
class _Choice:
    keep: Node
    end: Node
    why: str


def resolve(context: Context, cube: str, which: Which, *, keep: str | None = None, rule: str | None = None,
            trust: Sequence[str] = (), reason: str = "") -> Resolved:  # fmt: skip
    """Settle the conflict `which` (its edge's id, the ids of the two, or what `contradictions` gave), in one Delta.

    keep: the id that stays. rule: newer; trusted (the first of the patterns `trust` that a source's uri matches, then
    confidence); frozen; both (they stand beside each other); merge (they say the same). Give one of the two. The other
    memory ends and is archived, the kept one SUPERSEDES it, and the edge ends. `NotFound` for no such conflict,
    `Frozen` when a frozen memory would end, `Refused` when the rule decides nothing, `Invalid` for what can't be read.
    """
    _check(keep, rule, trust)
    find_cube(context.store, cube)
    for attempt in range(_TRIES):
        conflict = _find(context, cube, which)
        try:
            return _settle(context, cube, conflict, keep, rule, trust, reason)
        except Conflict:
            if attempt == _TRIES - 1:
                raise
    raise AssertionError("the loop returns or raises")


def resolve_all(context: Context, cube: str, *, rule: str, trust: Sequence[str] = (),
                reason: str = "") -> Resolution:  # fmt: skip
    """Settle every conflict that `rule` decides, each in a Delta of its own; the others are left, with the reason.

    In order of time, so that of three values each ends where the next one begins.
    """
    _check(None, rule, trust)
    if rule == "both":
        raise Invalid("rule", rule, "it leaves all as it is; give the conflicts that it is for")
    found = contradictions(context, cube, limit=1_000_000)
    done: list[Resolved] = []
    left: list[tuple[Contradiction, str]] = []
    gone: set[str] = set()
    for conflict in sorted(found, key=_order):
        if {conflict.one.id, conflict.other.id} & gone:
            continue  # it ended with one of the two
        if rule == "merge" and conflict.offers != "merge":
            left.append((conflict, f"conflict {conflict.id!r}: no model says that the two say the same"))
            continue
        try:
            settled = resolve(context, cube, conflict, rule=rule, trust=trust, reason=reason)
        except (Refused, Invalid) as undecided:  # Invalid: these two can't be merged
            left.append((conflict, str(undecided)))
            continue
        except NotFound:
            continue  # someone else settled it meanwhile
        done.append(settled)
        gone.update(settled.ended)
    return Resolution(resolved=tuple(done), left=tuple(left))


def _order(conflict: Contradiction) -> tuple[datetime, datetime, str]:
    first, second = sorted((_began(conflict.one), _began(conflict.other)))
    return second, first, conflict.id


def _settle(context: Context, cube: str, conflict: Contradiction, keep: str | None, rule: str | None,
            trust: Sequence[str], reason: str) -> Resolved:  # fmt: skip
    one, other = conflict.one, conflict.other
    at = context.clock()
    kept: tuple[str, ...] = (one.id, other.id)
    ended: tuple[str, ...] = ()
    if rule == "merge":
        merged = merge(context, cube, kept, reason=reason or "they say the same")
        return Resolved(conflict=conflict, kept=merged.nodes[:1], ended=kept, why="merged", receipt=merged)
    if rule == "both":
        why = "both stand"
        operations: list[Operation] = [RetireEdge(id=conflict.id)]
    else:
        choice = _kept(one, other, keep) if keep is not None else _by_rule(conflict, rule, trust)
        why, ended, kept = choice.why, (choice.end.id,), (choice.keep.id,)
        operations = _ended(context, cube, choice, at)
    told = f"resolve: {why}" + (f"; {reason}" if reason else "")
    delta = Delta(id=context.new_id(), cube=cube, actor=context.actor, reason=told[:200], at=at,
                  operations=tuple(operations))  # fmt: skip
    receipt, _ = apply_delta(context, delta)
    return Resolved(conflict=conflict, kept=kept, ended=ended, why=why, receipt=receipt)


def _ended(context: Context, cube: str, choice: _Choice, at: datetime) -> list[Operation]:
    """The loser ends, the winner SUPERSEDES it, and so its conflicts end, with others too."""
    keep, end = choice.keep, choice.end
    until = max(_began(keep), end.valid_from or _began(end)) if _began(keep) > _began(end) else _began(end)
    until = min(until, end.valid_to) if end.valid_to is not None else until
    status = "archived" if until <= at else end.status
    (whole,) = context.store.get(everything(cube), [end.id], vectors=True)
    if whole.version != end.version:
        raise Conflict(cube, {end.id: end.version}, {end.id: whole.version})
    touching = context.store.edges(everything(cube), touching=[end.id], kinds=[CONFLICTS_WITH, "SUPERSEDES"])
    over = [edge.id for edge in touching if edge.kind == CONFLICTS_WITH and edge.retired_at is None]
    there = [edge for edge in touching if edge.kind == "SUPERSEDES" and edge.from_id == keep.id]
    puts = []
    if all(edge.retired_at is not None for edge in there):
        mark = f"again-{to_micros(at)}" if there else ""
        made = make_edge(cube, "SUPERSEDES", keep.id, end.id, created_at=at, discriminator=mark, evidence=choice.why)
        puts.append(PutEdge(edge=made))
    return [*correct(whole, at, valid_to=until, status=status), *puts, *(RetireEdge(id=edge) for edge in over)]


def _kept(one: Node, other: Node, keep: str) -> _Choice:
    if keep not in (one.id, other.id):
        raise Invalid("keep", keep, f"name one of the two that disagree: {one.id} or {other.id}")
    winner, loser = (one, other) if keep == one.id else (other, one)
    if loser.status == "frozen":
        raise Frozen(loser.cube, (loser.id,))
    return _Choice(winner, loser, "chosen by hand")


def _by_rule(conflict: Contradiction, rule: str | None, trust: Sequence[str]) -> _Choice:
    """Which of the two stays. `Refused` when the rule does not tell."""
    one, other = conflict.one, conflict.other
    frozen = [node for node in (one, other) if node.status == "frozen"]
    if len(frozen) == 2:
        raise Frozen(one.cube, (one.id, other.id))
    if frozen:
        return _Choice(frozen[0], other if frozen[0] is one else one, "frozen wins")
    if rule == "newer":
        ranks, why = [(_began(node), node.created_at) for node in (one, other)], "the newer one"
        if ranks[0] != ranks[1]:
            return _Choice(one, other, why) if ranks[0] > ranks[1] else _Choice(other, one, why)
    elif rule == "trusted":
        trusted, why = [(-_distrust(node, trust), node.confidence) for node in (one, other)], "the more trusted source"
        if trusted[0] != trusted[1]:
            return _Choice(one, other, why) if trusted[0] > trusted[1] else _Choice(other, one, why)
    raise Refused(
        f"conflict {conflict.id!r}: by the rule {rule!r} neither {one.id!r} nor {other.id!r} wins; name the one to keep"
    )


def _distrust(node: Node, trust: Sequence[str]) -> int:
    """The place of the first pattern that one of its sources meets; behind all of them when none does."""
    places = [at for at, pattern in enumerate(trust) for source in node.sources if fnmatchcase(source.uri, pattern)]
    return min(places, default=len(trust))


def _began(node: Node) -> datetime:
    """Since when it holds, as far as is known: where it does not say, since it was told."""
    return node.valid_from or node.created_at


def _find(context: Context, cube: str, which: Which) -> Contradiction:
    """The open conflict that is meant, as it is now."""
    scope = holding(context, cube)
    if isinstance(which, tuple):
        pair = set(which)
        edges = context.store.edges(scope, touching=[which[0]], kinds=[CONFLICTS_WITH])
        edges = tuple(edge for edge in edges if {edge.from_id, edge.to_id} == pair)
    else:
        identity = which.id if isinstance(which, Contradiction) else which
        edges = context.store.edges(scope, ids=[identity], kinds=[CONFLICTS_WITH])
    for conflict in joined(context.store, scope, [edge for edge in edges if is_open(edge)]):
        return conflict
    named = which.id if isinstance(which, Contradiction) else str(which)
    raise NotFound("conflict", named, f"`conflicts` lists those of cube {cube!r}")


def _check(keep: str | None, rule: str | None, trust: Sequence[str]) -> None:
    if (keep is None) == (rule is None):
        raise Invalid("rule", rule, f"give either the id to keep, or a rule: {', '.join(RULES)}")
    if rule is not None and rule not in RULES:
        raise Invalid("rule", rule, f"use one of {', '.join(RULES)}")
    if isinstance(trust, str) or not all(isinstance(pattern, str) and pattern for pattern in trust):
        raise Invalid("trust", trust, "give a list of patterns of sources, the most trusted first")
