"""Facts as memories: what is claimed becomes a node that holds from when to when, rests on its sources, and gives way
to what is said later.

A slot (a subject and an attribute; where it may have several values, the value too) is a short list of nodes whose ids
follow from it: `fact_HASH-1`, `-2` ... So one read finds all that was said, and no index is needed. The same fact said
again makes no node: it gets the source and a usage more. Declines to know how claims are read (`engines.claims`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from memos_graph.engines.claims import Claim, claim_of, sentence_of, subject_key
from memos_graph.engines.claims.attributes import attribute_name
from memos_graph.model.delta import Delta, Operation, PutEdge, PutNode, Receipt
from memos_graph.model.errors import Conflict, Invalid
from memos_graph.model.filter import Filter, Where, all_of
from memos_graph.model.graph import Json, Node, Source
from memos_graph.model.scope import ANY_STATE, Scope
from memos_graph.services.claims.instead import with_attributes
from memos_graph.services.claims.slots import SlotWriter
from memos_graph.services.context import Context
from memos_graph.services.embed import find_cube, with_vectors
from memos_graph.services.remember.names import Names, names_of
from memos_graph.services.writing import apply_delta

_TRIES = 4
_PAGE = 1_000
Outcome = Literal["new", "again", "changed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """A claim, when it was said, and what it rests on."""

    claim: Claim
    at: datetime  #: UTC; who speaks last of a time is believed
    source: Source
    premise: str = ""  #: id of the message or text that says so
    kind: str = "LongTermMemory"
    tags: tuple[str, ...] = ()
    info: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A fact as it is remembered."""

    node: Node
    claim: Claim  #: with its times


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """What became of one claim: its memory, and whether that is new, was there, or was changed by it (ended, say)."""

    id: str
    outcome: Outcome
    receipt: Receipt


def state(context: Context, cube: str, stated: Sequence[Stated], *, reason: str = "claim",
          force: bool = False) -> tuple[Claimed, ...]:  # fmt: skip
    """Remember all of `stated` as one Delta, in the order of saying; what became of each.

    `Frozen` when a frozen memory would end, unless `force`. `Invalid` for a claim that says nothing.
    """
    for one in stated:
        _check(one.claim)
    find_cube(context.store, cube)
    names = names_of(context, cube)
    for attempt in range(_TRIES):
        at = context.clock()
        writer = SlotWriter(context, cube, at, names)
        writer.read(stated)
        operations = with_vectors(context, cube, writer.operations())
        delta = Delta(
            id=context.new_id(), cube=cube, actor=context.actor, reason=reason[:200], at=at, operations=operations
        )
        try:
            receipt, _ = apply_delta(context, delta, force=force)
        except Conflict:
            if attempt == _TRIES - 1:
                raise
            continue
        return tuple(Claimed(id=identity, outcome=writer.outcome(identity), receipt=receipt)
                     for identity in writer.homes(stated))  # fmt: skip
    raise AssertionError("the loop returns or raises")


def fact_operations(context: Context, cube: str, stated: Sequence[Stated], at: datetime, names: Names,
                    written: Collection[str]) -> list[Operation]:  # fmt: skip
    """What writes facts beside what a Delta writes already: of `written` (nodes and edges) nothing comes again.

    Frozen memories stay as they are, and deleted facts stay deleted.
    """
    said = sorted(stated, key=lambda one: one.at)
    claims = with_attributes(context, cube, [one.claim for one in said])
    writer = SlotWriter(context, cube, at, names, automatic=True)
    read = [replace(one, claim=claim) for one, claim in zip(said, claims, strict=True) if claim is not None]
    writer.read([each for one in read for each in _told(one)])
    return [one for one in writer.operations() if written_id(one) not in written]


def _told(one: Stated) -> tuple[Stated, ...]:
    """What a claim says of the past beside the present: that something was so until it ended, or gave way."""
    claim, ended = one.claim, one.claim.since or one.at
    if claim.was and not claim.polarity and claim.value:
        return (replace(one, claim=replace(claim, polarity=True, was=False, since=None, until=ended)),)
    if claim.before and claim.polarity and claim.kind == "state":
        return replace(one, claim=replace(claim, value=claim.before, before="", since=None, until=ended)), one
    return (one,)


def facts_of(context: Context, cube: str, *, subject: str | None = None, attribute: str | None = None,
             as_of: datetime | None = None, known_at: datetime | None = None,
             ended: bool = False) -> tuple[Fact, ...]:  # fmt: skip
    """The facts of a cube, ordered by subject, attribute and time; without `as_of` those that hold now.

    ended: also those that did and do no longer. Pages of a filtered read.
    """
    find_cube(context.store, cube)
    now = None if ended or as_of is not None else context.clock()
    states = ANY_STATE - {"deleted", "expired", "merged"}
    if not ended and as_of is None and known_at is None:
        states = states - {"archived"}
    scope = Scope(cubes=(cube,), as_of=as_of, current_at=now, known_at=known_at, states=frozenset(states))
    wanted = _condition(subject, attribute)
    found: list[Fact] = []
    for offset in range(0, 10**9, _PAGE):
        page = context.store.match(scope, filter=wanted, limit=_PAGE, offset=offset)
        found += [Fact(node=node, claim=claim) for node in page if (claim := claim_of(node)) is not None]
        if len(page) < _PAGE:
            break
    if now is not None:  # what begins later does not hold yet
        found = [one for one in found if one.node.valid_from is None or one.node.valid_from <= now]
    return tuple(sorted(found, key=lambda one: (one.claim.subject, one.claim.attribute, _start(one.node), one.node.id)))


def _start(node: Node) -> float:
    return float("-inf") if node.valid_from is None else node.valid_from.timestamp()


def _condition(subject: str | None, attribute: str | None) -> Filter | None:
    parts: list[Filter] = []
    if subject is not None:
        if not subject_key(subject):
            raise Invalid("subject", subject, "name whom or what the facts are about")
        parts.append(Where("info.subject", "eq", subject_key(subject)))
    if attribute is not None:
        parts.append(Where("info.attribute", "eq", attribute_name(attribute)))
    return all_of(*parts, Where("id", "like", "fact_*"))


def _check(claim: Claim) -> None:
    for name, text in (("subject", claim.subject), ("attribute", claim.attribute)):
        if not text:
            raise Invalid(name, text, "give it words")
    if not claim.key and claim.polarity:
        raise Invalid("value", claim.value, "give it words; to say that there is none, deny it (polarity=False)")
    if claim.since is not None and claim.until is not None and claim.until <= claim.since:
        raise Invalid("until", claim.until.isoformat(), f"give a time after since ({claim.since.isoformat()})")
    if not sentence_of(claim).strip():
        raise Invalid("claim", claim.value, "give it words")


def written_id(operation: Operation) -> str:
    """The id of the node or edge that it writes."""
    if isinstance(operation, PutNode):
        return operation.node.id
    return operation.edge.id if isinstance(operation, PutEdge) else operation.id
