"""Write the memories of slots: read what there is, settle it with what is newly said, and make the operations.

Declines to know who asked for it, and the Delta (`services.claims.facts`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from memos_graph.engines.claims import Claim, Said, claim_of, sentence_of
from memos_graph.engines.claims.settling import Held, settle
from memos_graph.engines.claims.slots import ALWAYS, NEVER
from memos_graph.engines.usage import used
from memos_graph.engines.versions import correct
from memos_graph.model.delta import Operation, PatchNode, PutEdge, PutNode
from memos_graph.model.graph import Edge, Json, Node, Status, make_edge
from memos_graph.model.scope import everything
from memos_graph.model.times import from_micros, to_micros
from memos_graph.services.context import Context
from memos_graph.services.remember.entities import Entities
from memos_graph.services.remember.ids import node_id
from memos_graph.services.remember.names import Names

if TYPE_CHECKING:
    from memos_graph.services.claims.facts import Stated

MADE_BY = "rule:claim"
MOST_SOURCES = 64  #: of one fact that are kept, the first ones
MOST_SAID = 63  #: sayings that are kept besides the first: only one that comes late needs those between
_FIRST = 4  #: memories of a slot that one read asks for


def slot_of(claim: Claim) -> str:
    """What the ids of a slot's memories begin with."""
    parts = [claim.subject, claim.attribute]
    if claim.kind == "event":
        parts += [claim.key, "" if claim.since is None else claim.since.isoformat()]
    elif not claim.single:
        parts.append(claim.key)
    return node_id("fact", claim.kind if claim.kind == "event" else "state", *parts)


def said_of(claim: Claim, at: datetime) -> Said:
    """The claim as a saying: from `since` on, else from when it was said. An event stays true once it was.

    What ended by then and has no beginning was so until its end, since nobody knows when.
    """
    start = to_micros(at if claim.since is None else claim.since)
    end = NEVER if claim.until is None or claim.kind == "event" else to_micros(claim.until)
    if claim.since is None and end <= start:
        start = ALWAYS
    return Said(at=to_micros(at), start=start, end=end, value=claim.key, holds=claim.polarity)


@dataclass(slots=True)
class _Slot:
    """One slot: its memories by id, and what is newly said of it."""

    nodes: dict[str, Node] = field(default_factory=dict)
    fresh: list[tuple[Said, Stated]] = field(default_factory=list)
    after: tuple[Held, ...] = ()


class SlotWriter:
    """Collects what many claims mean for the memories of a cube. `read` once, then `operations`."""

    def __init__(self, context: Context, cube: str, at: datetime, names: Names, *, automatic: bool = False) -> None:
        self._context, self._cube, self._at, self._names = context, cube, at, names
        self._automatic = automatic  # nobody asked for it: what is frozen stays, what was deleted stays so
        self._slots: dict[str, _Slot] = {}
        self._made: dict[str, Node] = {}  # by id, what is written anew
        self._changed: set[str] = set()
        self._homes: dict[int, str] = {}  # by identity of what was stated, which lives as long as this
        self._stated: Sequence[Stated] = ()

    def read(self, stated: Sequence[Stated]) -> None:
        """Look up the slots that these claims are of, and settle them."""
        self._stated = sorted(stated, key=lambda each: each.at)
        for one in self._stated:
            slot = self._slots.setdefault(slot_of(one.claim), _Slot())
            slot.fresh.append((said_of(one.claim, one.at), one))
        for identity, node in self._stored(list(self._slots)).items():
            self._slots[identity.rpartition("-")[0]].nodes[identity] = node
        for base, slot in self._slots.items():
            self._settle(base, slot)

    def operations(self) -> list[Operation]:
        """All that is to be written; nothing for what is as it should be."""
        operations: list[Operation] = []
        edges: dict[str, Edge] = {}
        for slot in self._slots.values():
            for held in slot.after:
                operations.extend(self._node(slot, held))
                edges |= {edge.id: edge for edge in self._rests_on(slot, held)}
            edges |= {edge.id: edge for edge in self._supersedes(slot)}
        entities = Entities(self._cube, self._at, self._names)
        for node in self._made.values():
            entities.link(node.id, node.text, about=node.key)
        entities.finish()
        edges |= entities.edges
        return [*operations, *self._new_entities(entities), *self._new_edges(edges)]

    def homes(self, stated: Sequence[Stated]) -> list[str]:
        """For each claim the id of the memory that it came to."""
        return [self._homes[id(one)] for one in stated]

    def outcome(self, identity: str) -> Any:
        """What became of the memory: new, changed (its times), or again."""
        return "new" if identity in self._made else "changed" if identity in self._changed else "again"

    def _stored(self, bases: Sequence[str]) -> dict[str, Node]:
        found: dict[str, Node] = {}
        first, many = 1, _FIRST
        while bases:
            ids = [f"{base}-{number}" for base in bases for number in range(first, first + many)]
            got = {n.id: n for n in self._context.store.get(everything(self._cube), ids, vectors=True)}
            found |= got
            bases = [base for base in bases if f"{base}-{first + many - 1}" in got]
            first, many = first + many, many * 4
        return found

    def _settle(self, base: str, slot: _Slot) -> None:
        gone = [said for node in slot.nodes.values() if node.retired_at is not None for said in _sayings(node)]
        if self._automatic:
            slot.fresh = [(said, one) for said, one in slot.fresh if said not in gone]
        held = [each for node in slot.nodes.values() if (each := _held(node)) is not None]
        number = max((int(i.rpartition("-")[2]) for i in slot.nodes), default=0)

        def new_id() -> str:
            nonlocal number
            number += 1
            return f"{base}-{number}"

        slot.after = settle(held, [said for said, _ in slot.fresh], new_id, gone) if slot.fresh else ()
        for said, one in slot.fresh:
            home = next(each.id for each in slot.after if said in each.fresh)
            self._homes[id(one)] = home

    def _node(self, slot: _Slot, held: Held) -> Iterable[Operation]:
        head = slot.nodes.get(held.id)
        came = [one for said, one in slot.fresh if self._homes.get(id(one)) == held.id]
        start = None if held.start == ALWAYS else from_micros(held.start)
        end = None if held.end == NEVER else from_micros(held.end)
        if head is None:
            self._made[held.id] = self._new(slot, held, came, start, end)
            return (PutNode(node=self._made[held.id]),)
        if head.status == "frozen" and self._automatic:
            return ()
        info = {**head.info, "claim": {**_mapping(head.info.get("claim")), **_kept(held)}}
        # a message that is fed again says nothing again: feeding a thing twice writes nothing
        known = set(_sayings(head)) if self._automatic else set[Said]()
        told = [one for said, one in slot.fresh if self._homes.get(id(one)) == held.id and said not in known]
        sources = tuple(dict.fromkeys((*head.sources, *(one.source for one in told))))[:MOST_SOURCES]
        usage = _used(head.usage, [one for one in told if one.claim.polarity == held.holds])
        if (head.valid_from, head.valid_to) != (start, end):
            self._changed.add(head.id)
            status = self._status(head.status, end)
            return correct(
                head, self._at, valid_from=start, valid_to=end, status=status, info=info, sources=sources, usage=usage
            )
        if sources != head.sources:
            # known better, not otherwise: the same fact, so no snapshot
            again = replace(head, sources=sources, usage=usage, info=info)
            return (PutNode(node=again, replaces=head.version),)
        changes: dict[str, Any] = {"usage": usage} if usage != head.usage else {}
        changes |= {"info": info} if info != dict(head.info) else {}
        return (PatchNode(id=head.id, expects=head.version, set=changes),) if changes else ()

    def _new(self, slot: _Slot, held: Held, came: Sequence[Stated], start: datetime | None,
             end: datetime | None) -> Node:  # fmt: skip
        like = slot.nodes.get(held.like) or self._made.get(held.like)
        if not came and like is not None:
            info = {**like.info, "claim": {**_mapping(like.info.get("claim")), **_kept(held)}}
            return replace(
                like, id=held.id, info=info, status=self._status("activated", end), valid_from=start, valid_to=end,
                created_at=self._at, updated_at=self._at, retired_at=None, version=1, usage=(),
            )  # fmt: skip
        first = came[0]
        claim = replace(first.claim, since=start if first.claim.kind != "event" else first.claim.since)
        kept: dict[str, Json] = {
            "subject": claim.subject, "name": claim.name, "attribute": claim.attribute, "value": claim.value,
            "polarity": claim.polarity, "kind": claim.kind, "single": claim.single, **_kept(held),
        }  # fmt: skip
        info = {**first.info, "subject": claim.subject, "attribute": claim.attribute, "claim": kept}
        return Node(
            id=held.id, cube=self._cube, kind=first.kind, text=sentence_of(claim), key=claim.name,
            status=self._status("activated", end), tags=first.tags, info=info,
            sources=tuple(dict.fromkeys(one.source for one in came))[:MOST_SOURCES],
            usage=_used((), came[1:]), created_at=self._at, updated_at=self._at,
            valid_from=start, valid_to=end,
        )  # fmt: skip

    def _status(self, status: Status, end: datetime | None) -> Status:
        """Archived when it has ended by now; a live one again when it has not."""
        over = end is not None and end <= self._at
        if over:
            return "archived" if status in ("generated", "activated") else status
        return "activated" if status == "archived" else status

    def _rests_on(self, slot: _Slot, held: Held) -> Iterable[Edge]:
        for _, one in slot.fresh:
            if one.premise and self._homes.get(id(one)) == held.id:
                yield make_edge(
                    self._cube, "DEPENDS_ON", held.id, one.premise, created_at=self._at, created_by=MADE_BY,
                    evidence=one.claim.value[:200], info={"any_of": "said"},
                )  # fmt: skip

    def _supersedes(self, slot: _Slot) -> Iterable[Edge]:
        """From each value to the one that held just before."""
        lasting = sorted((each for each in slot.after if each.holds and each.end > each.start), key=lambda e: e.start)
        for older, newer in pairwise(lasting):
            if older.end == newer.start and older.value != newer.value:
                yield make_edge(
                    self._cube, "SUPERSEDES", newer.id, older.id, created_at=self._at, created_by=MADE_BY
                )  # fmt: skip

    def _new_entities(self, entities: Entities) -> Iterable[Operation]:
        stored = {n.id: n for n in self._context.store.get(everything(self._cube), list(entities.nodes))}
        for node in entities.nodes.values():
            known = stored.get(node.id)
            if known is None:
                yield PutNode(node=node)
            elif known.retired_at is not None:
                yield PutNode(node=replace(known, retired_at=None, updated_at=self._at), replaces=known.version)

    def _new_edges(self, edges: Mapping[str, Edge]) -> Iterable[Operation]:
        there = self._context.store.edges(everything(self._cube), ids=list(edges)) if edges else ()
        known = {edge.id for edge in there}
        return [PutEdge(edge=edge) for edge in edges.values() if edge.id not in known]


def _used(usage: Sequence[str], told: Sequence[Stated]) -> tuple[str, ...]:
    for one in told:
        usage = used(usage, one.at, "said again")
    return tuple(usage)


def _held(node: Node) -> Held | None:
    """The memory as its slot sees it; None for one that was retired, or keeps no claim any more."""
    claim = claim_of(node)
    if claim is None or node.retired_at is not None:
        return None
    sayings = _sayings(node)
    start = ALWAYS if node.valid_from is None else to_micros(node.valid_from)
    end = NEVER if node.valid_to is None else to_micros(node.valid_to)
    said = tuple(one for one in sayings if one.holds == claim.polarity and one.value in (claim.key, ""))
    if not said:  # made or mended by hand: it says what its times say
        said = (Said(at=start if start != ALWAYS else to_micros(node.created_at), start=start, value=claim.key,
                     holds=claim.polarity),)  # fmt: skip
    denied = tuple(one for one in sayings if claim.polarity and not one.holds)
    return Held(
        id=node.id, value=claim.key, holds=claim.polarity, start=start, end=end, said=said, denied=denied
    )  # fmt: skip


def _kept(held: Held) -> dict[str, Json]:
    """What a memory keeps of its sayings: when said, from when, until when."""
    told = [_row(one) for one in sorted(held.said, key=lambda each: each.at)]
    rows: dict[str, Json] = {"said": [*told[:1], *told[1:][-MOST_SAID:]]}
    if held.denied:
        rows["denied"] = [[*_row(one), one.value] for one in held.denied]
    return rows


def _row(one: Said) -> list[int | None]:
    return [one.at, None if one.start == ALWAYS else one.start, None if one.end == NEVER else one.end]


def _sayings(node: Node) -> tuple[Said, ...]:
    """The sayings that the memory keeps; rows that can't be read are none."""
    claim, kept = claim_of(node), _mapping(node.info.get("claim"))
    if claim is None:
        return ()
    found = [_read(row, claim.key, claim.polarity) for row in _rows(kept.get("said"))]
    found += [_read(row[:3], row[3], False) for row in _rows(kept.get("denied")) if len(row) == 4]
    return tuple(one for one in found if one is not None)


def _rows(value: object) -> list[Sequence[Any]]:
    if not isinstance(value, Sequence) or isinstance(value, str):
        return []
    return [row for row in value if isinstance(row, Sequence) and not isinstance(row, str)]


def _read(row: Sequence[Any], value: object, holds: bool) -> Said | None:
    if len(row) != 3 or not isinstance(value, str) or not all(one is None or type(one) is int for one in row):
        return None
    at, start, end = row
    if at is None or any(one is not None and not ALWAYS < one < NEVER for one in row):
        return None
    return Said(
        at=at, start=ALWAYS if start is None else start, end=NEVER if end is None else end, value=value, holds=holds
    )  # fmt: skip


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
