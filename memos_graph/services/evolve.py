"""Change what is remembered: memories put in directly, updates, deletions, and links between nodes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from memos_graph.engines.edited import with_mark
from memos_graph.engines.held import changed
from memos_graph.engines.transitions import given_state
from memos_graph.engines.versions import correct, reopen, succeed
from memos_graph.model.delta import (
    Delta,
    Operation,
    PatchNode,
    PutEdge,
    PutNode,
    Receipt,
    RetireEdge,
    RetireNode,
)
from memos_graph.model.errors import Conflict, Invalid, NotFound
from memos_graph.model.graph import Edge, Json, Node, make_edge
from memos_graph.model.scope import everything
from memos_graph.model.times import to_micros
from memos_graph.ports import GraphStore
from memos_graph.services.again import wanted_again
from memos_graph.services.claims.facts import written_id
from memos_graph.services.consequences.cascade import circle
from memos_graph.services.context import Context
from memos_graph.services.embed import Progress, find_cube, with_vectors
from memos_graph.services.erasing.erasures import erasures, reembedded
from memos_graph.services.lifecycle.audit import audit_id, expired_note
from memos_graph.services.mentioning import mentions_again
from memos_graph.services.remember.claimed import Also
from memos_graph.services.remember.entities import Entities
from memos_graph.services.remember.members import members_of
from memos_graph.services.remember.names import Names
from memos_graph.services.remember.parting import partings
from memos_graph.services.writing import apply_delta

_TRIES = 4
_IN_PLACE = frozenset({"status", "usage", "tags", "confidence", "info"})
_CONTENT = frozenset({"text", "key", "valid_from", "valid_to", "sources"})


def put_memories(context: Context, cube: str, memories: Sequence[Node], *, edges: Iterable[Edge] = (),
                 reason: str = "add", progress: Progress | None = None,
                 names: Names | None = None, also: Also | None = None) -> Receipt:  # fmt: skip
    """Write `memories` with vectors and the entities they name, as one Delta. Known ids with equal content stay.

    names: those of the cube, where the texts are to be read by them too (`names_of`). also: what else is written in
    the same Delta.
    """
    if not memories:
        raise Invalid("memories", (), "give at least one")
    for memory in memories:
        if not memory.text.strip():
            raise Invalid("text", memory.text, f"memory {memory.id} says nothing; give it words, or leave it out")
    at = context.clock()
    entities = Entities(cube, at, names or Names(finder=context.name_finder))
    for memory in memories:
        if memory.kind != "Entity":
            entities.link(memory.id, memory.text, about=memory.key)
    entities.finish()
    # a caller's own entities and links come first: what the rules find again adds nothing
    nodes = {node.id: node for node in (*entities.nodes.values(), *memories)}
    links = {edge.id: edge for edge in (*entities.edges.values(), *edges)}
    operations = _fresh(context, cube, list(nodes.values()), list(links.values()), at)
    if also is not None:
        operations += also(set(map(written_id, operations)))
    written, _ = _apply(context, cube, with_vectors(context, cube, operations, progress), at, reason)
    return written


def _fresh(context: Context, cube: str, nodes: Sequence[Node], edges: Sequence[Edge],
           at: datetime) -> list[Operation]:  # fmt: skip
    """Puts of what is not stored; entities that are there are left alone, memories are put for the store to judge."""
    scope = everything(cube)
    stored = {n.id: n for n in context.store.get(scope, [node.id for node in nodes], vectors=True)}
    puts: list[Operation] = []
    for node in nodes:
        known = stored.get(node.id)
        if known is None:
            puts.append(PutNode(node=node))
        elif node.kind == "Entity":
            puts.extend(reopen(known, at) if known.retired_at is not None else ())  # a name is named again
        elif known.retired_at is not None:
            puts.extend(_known_again(known, node, at))
        else:
            # with its stored vector: an equal one is not embedded again
            puts.append(PutNode(node=replace(node, vectors=known.vectors) if known.text == node.text else node))
    puts.extend(PutEdge(edge=edge) for edge in wanted_again(context.store, cube, edges, at))
    return puts


def _known_again(known: Node, node: Node, at: datetime) -> tuple[Operation, ...]:
    """`known`, which was deleted, as the memory `node`: from now on known again."""
    fields = ("kind", "text", "key", "status", "confidence", "tags", "usage", "sources", "info", "valid_from",
              "valid_to", "content_hash")  # fmt: skip
    changes = {name: getattr(node, name) for name in fields}
    return correct(known, at, **changes, **({"vectors": node.vectors} if node.vectors else {}))


def update(context: Context, cube: str, identity: str, changes: Mapping[str, Any], *, since: datetime | None = None,
           correction: bool = False, expects: int | None = None, force: bool = False,
           reason: str = "") -> Receipt:  # fmt: skip
    """The memory `identity` with `changes`; its id stays, what it was stays readable as `id@n`.

    A change of text, key or times says that the fact changed at `since` (now): the old one stays true of the time
    before. With `correction` the old one never was true. Tags, confidence, usage, info and status change in place; to
    what the table of states leads to, `IllegalTransition` else. A frozen one is `Frozen`, unless `force` with a reason.
    expects: the version it must have, `Conflict` with both else; without it another writer's change is built upon.
    """
    _check_forced(force, reason)
    unknown = sorted(set(changes) - _IN_PLACE - _CONTENT)
    if unknown or not changes:
        field = unknown[0] if unknown else "changes"
        raise Invalid(field, dict(changes).get(field), f"change one of {', '.join(sorted(_IN_PLACE | _CONTENT))}")
    if "text" in changes and not str(changes["text"]).strip():
        raise Invalid("text", changes["text"], "give it words; to remove a memory use delete")
    for attempt in range(_TRIES):
        head = live_node(context.store, cube, identity)
        if expects is not None and head.version != expects:
            raise Conflict(cube, {identity: expects}, {identity: head.version})
        at = context.clock()
        _check_clock(head, at)
        given = given_state(head, changes, at, force=force)
        operations = _update(context, cube, head, given, at, since or at, correction)
        if not operations:
            return Receipt(delta="", cube=cube, seq=0, at=at, present_nodes=(identity,))
        try:
            return _apply(context, cube, with_vectors(context, cube, operations), at, reason or "update", force)[0]
        except Conflict:
            if expects is not None or attempt == _TRIES - 1:
                raise
    raise AssertionError("the loop returns or raises")


def _check_clock(head: Node, at: datetime) -> None:
    if at < head.updated_at:
        advice = f"memory {head.id!r} changed at {head.updated_at.isoformat()}, after that; set the clock right"
        raise Invalid("clock", at.isoformat(), advice)


def _update(context: Context, cube: str, head: Node, changes: Mapping[str, Any], at: datetime, since: datetime,
            correction: bool) -> list[Operation]:  # fmt: skip
    changes = {name: value for name, value in changes.items() if getattr(head, name) != value}
    if not changes:
        return []
    if not set(changes) & _CONTENT:
        return [PatchNode(id=head.id, expects=head.version, set=changes)]
    reworded = bool(changes.keys() & {"text", "key"})
    if reworded:
        changes |= {"info": with_mark(head, changes.get("info", head.info))}
    operations = list(correct(head, at, **changes) if correction else succeed(head, at, since, **changes))
    if reworded:
        operations.extend(mentions_again(context, cube, [replace(head, **changes)], at))
    return operations


def delete(context: Context, cube: str, ids: Sequence[str], *, erase: bool = False, force: bool = False,
           reason: str = "") -> Receipt:  # fmt: skip
    """Retire the memories `ids`, and with a document or chat all its pieces; the past stays readable by known_at.

    A picture below a document that others hold too stays theirs, without what it was there. erase: remove them for
    good instead, with their history and what was made of their words alone (`doomed`); `erasing.erase` proves it too.
    `NotFound` names the first id that is not there, `Frozen` those that are frozen, unless `force` with a reason.
    """
    find_cube(context.store, cube)
    scope = everything(cube)
    _check_forced(force, reason)
    wanted = list(dict.fromkeys(ids))
    found = {node.id: node for node in context.store.get(scope, wanted)}
    for identity in wanted:
        if identity not in found or (found[identity].retired_at is not None and not erase):
            raise NotFound("memory", identity, f"in cube {cube!r}; `list` shows what there is")
    kinds = ("Document", "Section", "Session", "Message")  # a message may hold files
    members = members_of(context.store, cube, [i for i in wanted if found[i].kind in kinds])
    everyone = list(dict.fromkeys([*wanted, *members]))
    below = [identity for identity in members if identity not in found]
    for attempt in range(_TRIES):
        at = context.clock()
        if erase:
            operations = erasures(context, cube, wanted, at).operations
        else:
            operations = _gone(context, cube, everyone, below, at)
        try:
            return _apply(context, cube, operations, at, reason or "delete", force)[0]
        except Conflict:
            if attempt == _TRIES - 1:
                raise
    raise AssertionError("the loop returns or raises")


def _gone(
    context: Context, cube: str, everyone: Sequence[str], below: Sequence[str], at: datetime
) -> tuple[Operation, ...]:
    """What retires `everyone`, and leaves pictures that lie `below` and are others' too to them."""
    parted = partings(context.store, cube, below, everyone)
    staying = {each.head.id for each in parted}
    silent = [RetireEdge(id=edge.id) for each in parted for edge in each.silent if edge.to_id not in everyone]
    kept = [operation for each in parted for operation in changed(each.head, each.after, at)]
    retired = [RetireNode(id=identity) for identity in everyone if identity not in staying]
    return reembedded(context, cube, [*retired, *kept, *silent], parted)


def link(context: Context, cube: str, from_id: str, to_id: str, kind: str, *, weight: float = 1.0, evidence: str = "",
         info: Mapping[str, Json] | None = None, valid_from: datetime | None = None,
         valid_to: datetime | None = None) -> Edge:  # fmt: skip
    """The live edge of `kind` between two nodes, made unless there is one. Kinds of the caller's own are welcome.

    `Invalid` for a DEPENDS_ON that would close a circle, with the circle.
    """
    at = context.clock()
    edge = make_edge(cube, kind, from_id, to_id, created_at=at, weight=weight, created_by="user", evidence=evidence,
                     info=info or {}, valid_from=valid_from, valid_to=valid_to)  # fmt: skip
    scope = everything(cube)
    stored = context.store.edges(scope, touching=[from_id], kinds=[kind], direction="out")
    for known in stored:
        if known.to_id == to_id and known.retired_at is None and known.valid_to == valid_to:
            return known
    if any(known.id == edge.id for known in stored):
        edge = make_edge(cube, kind, from_id, to_id, created_at=at, discriminator=f"again-{to_micros(at)}",
                         weight=weight, created_by="user", evidence=evidence, info=info or {},
                         valid_from=valid_from, valid_to=valid_to)  # fmt: skip
    if kind == "DEPENDS_ON":
        round_ = circle(context.store, cube, from_id, to_id)
        if round_:
            raise Invalid("to_id", to_id, f"it would rest on itself: {' -> '.join(round_)}; unlink one of these first")
    _apply(context, cube, [PutEdge(edge=edge)], at, f"link {kind}")
    return edge


def unlink(context: Context, cube: str, edge: str) -> Receipt:
    """Retire the edge with this id; it stays readable by known_at."""
    return _apply(context, cube, [RetireEdge(id=edge)], context.clock(), "unlink")[0]


def _check_forced(force: bool, reason: str) -> None:
    if force and not reason.strip():
        raise Invalid("reason", reason, "say why frozen memories are to change, or leave force out")


def live_node(store: GraphStore, cube: str, identity: str) -> Node:
    """The head with this id, whatever its state, unless it was retired. `NotFound` else."""
    find_cube(store, cube)
    found = store.get(replace(everything(cube), retired=False), [identity], vectors=True)
    if not found:
        left = store.get(everything(cube), [audit_id(identity)])
        note = expired_note(left[0]) if left else ""
        raise NotFound("memory", identity, note or f"in cube {cube!r}; `list` shows what there is")
    return found[0]


def _apply(
    context: Context, cube: str, operations: Sequence[Operation], at: datetime, reason: str, force: bool = False
) -> tuple[Receipt, str]:
    delta = Delta(
        id=context.new_id(), cube=cube, actor=context.actor, reason=reason[:200], at=at, operations=tuple(operations)
    )
    return apply_delta(context, delta, force=force)
