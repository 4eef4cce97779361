"""Change what is remembered: memories put in directly, updates, deletions, and links between nodes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from memos_graph.engines.held import changed
from memos_graph.engines.versions import correct, reopen, succeed
from memos_graph.model.delta import (
    Delta,
    EraseNode,
    Operation,
    PatchNode,
    PutEdge,
    PutNode,
    Receipt,
    RetireEdge,
    RetireNode,
)
from memos_graph.model.errors import Conflict, EmbedderMismatch, Invalid, NotFound
from memos_graph.model.graph import Edge, Json, Node, make_edge
from memos_graph.model.scope import everything
from memos_graph.model.times import to_micros
from memos_graph.model.vectors import is_of_pictures
from memos_graph.ports import GraphStore
from memos_graph.services.context import Context
from memos_graph.services.embed import Progress, find_cube, with_vectors
from memos_graph.services.remember.entities import Entities
from memos_graph.services.remember.members import members_of
from memos_graph.services.remember.names import ALIAS_OF, Names, names_of
from memos_graph.services.remember.parting import Parting, partings
from memos_graph.services.remember.write import apply_delta

_TRIES = 4
_IN_PLACE = frozenset({"status", "usage", "tags", "confidence", "info"})
_CONTENT = frozenset({"text", "key", "valid_from", "valid_to", "sources"})


def put_memories(context: Context, cube: str, memories: Sequence[Node], *, edges: Iterable[Edge] = (),
                 reason: str = "add", progress: Progress | None = None,
                 names: Names | None = None) -> Receipt:  # fmt: skip
    """Write `memories` with vectors and the entities they name, as one Delta. Known ids with equal content stay.

    names: those of the cube, where the texts are to be read by them too (`names_of`).
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
    written, _ = _apply(context, cube, with_vectors(context, cube, operations, progress), at, reason)
    return written


def _fresh(context: Context, cube: str, nodes: Sequence[Node], edges: Sequence[Edge],
           at: datetime) -> list[Operation]:  # fmt: skip
    """Puts of what is not stored; entities that are there are left alone, memories are put for the store to judge."""
    scope = everything(cube)
    stored = {n.id: n for n in context.store.get(scope, [node.id for node in nodes], vectors=True)}
    there = {edge.id for edge in context.store.edges(scope, ids=[edge.id for edge in edges])} if edges else set()
    puts: list[Operation] = []
    for node in nodes:
        known = stored.get(node.id)
        if known is None:
            puts.append(PutNode(node=node))
        elif node.kind == "Entity":
            puts.extend(reopen(known, at) if known.retired_at is not None else ())  # a name is named again
        else:
            # with its stored vector: an equal one is not embedded again
            puts.append(PutNode(node=replace(node, vectors=known.vectors) if known.text == node.text else node))
    puts.extend(PutEdge(edge=edge) for edge in edges if edge.id not in there)
    return puts


def update(context: Context, cube: str, identity: str, changes: Mapping[str, Any], *, since: datetime | None = None,
           correction: bool = False, reason: str = "update") -> Receipt:  # fmt: skip
    """The memory `identity` with `changes`; its id stays, what it was stays readable as `id@n`.

    A change of text, key or times says that the fact changed at `since` (now): the old one stays true of the time
    before. With `correction` the old one never was true. Status, tags, confidence, usage and info change in place.
    """
    unknown = sorted(set(changes) - _IN_PLACE - _CONTENT)
    if unknown or not changes:
        field = unknown[0] if unknown else "changes"
        raise Invalid(field, dict(changes).get(field), f"change one of {', '.join(sorted(_IN_PLACE | _CONTENT))}")
    if "text" in changes and not str(changes["text"]).strip():
        raise Invalid("text", changes["text"], "give it words; to remove a memory use delete")
    for attempt in range(_TRIES):
        head = live_node(context.store, cube, identity)
        at = context.clock()
        operations = _update(context, cube, head, changes, at, since or at, correction)
        if not operations:
            return Receipt(delta="", cube=cube, seq=0, at=at, present_nodes=(identity,))
        try:
            return _apply(context, cube, with_vectors(context, cube, operations), at, reason)[0]
        except Conflict:
            if attempt == _TRIES - 1:
                raise
    raise AssertionError("the loop returns or raises")


def _update(context: Context, cube: str, head: Node, changes: Mapping[str, Any], at: datetime, since: datetime,
            correction: bool) -> list[Operation]:  # fmt: skip
    changes = {name: value for name, value in changes.items() if getattr(head, name) != value}
    if not changes:
        return []
    if not set(changes) & _CONTENT:
        return [PatchNode(id=head.id, expects=head.version, set=changes)]
    operations = list(correct(head, at, **changes) if correction else succeed(head, at, since, **changes))
    if changes.keys() & {"text", "key"}:
        operations.extend(_renamed(context, cube, head, replace(head, **changes), at))
    return operations


def _renamed(context: Context, cube: str, head: Node, wanted: Node, at: datetime) -> list[Operation]:
    """The MENTIONS edges that the new words call for, and the end of those they no longer do."""
    entities = Entities(cube, at, names_of(context, cube))
    entities.link(head.id, wanted.text, about=wanted.key)
    entities.finish()
    scope = everything(cube)
    stored = {e.id: e for e in context.store.edges(scope, touching=[head.id], kinds=["MENTIONS"], direction="out")}
    live = {e.to_id for e in stored.values() if e.retired_at is None}
    named = [e for e in entities.edges.values() if e.kind == "MENTIONS"]
    aliases = {e.id: e for e in entities.edges.values() if e.kind == ALIAS_OF}
    targets = {e.to_id for e in named}
    known = {n.id for n in context.store.get(scope, list(entities.nodes))}
    operations: list[Operation] = [PutNode(node=n) for n in entities.nodes.values() if n.id not in known]
    for edge in named:
        if edge.to_id in live:
            continue
        if edge.id in stored:  # a reopened fact is a new edge
            mark = f"again-{to_micros(at)}"
            edge = make_edge(cube, edge.kind, edge.from_id, edge.to_id, created_at=at, discriminator=mark,
                             weight=edge.weight, evidence=edge.evidence)  # fmt: skip
        operations.append(PutEdge(edge=edge))
    there = {e.id for e in context.store.edges(scope, ids=list(aliases))} if aliases else set[str]()
    operations.extend(PutEdge(edge=edge) for edge in aliases.values() if edge.id not in there)
    gone = (e for e in stored.values() if e.retired_at is None and e.created_by == "rule" and e.to_id not in targets)
    operations.extend(RetireEdge(id=edge.id) for edge in gone)
    return operations


def delete(context: Context, cube: str, ids: Sequence[str], *, erase: bool = False, reason: str = "delete") -> Receipt:
    """Retire the memories `ids`, and with a document or chat all its pieces; the past stays readable by known_at.

    A picture below a document that others hold too stays theirs, without what it was there. erase: remove them for
    good instead, with their history (of a picture that stays: its versions). `NotFound` names the first id that is not
    there.
    """
    find_cube(context.store, cube)
    scope = everything(cube)
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
        parted, at = partings(context.store, cube, below, everyone), context.clock()
        operations = _gone(context, cube, everyone, parted, at, erase=erase)
        try:
            return _apply(context, cube, _reembedded(context, cube, operations, parted), at, reason)[0]
        except Conflict:
            if attempt == _TRIES - 1:
                raise
    raise AssertionError("the loop returns or raises")


def _reembedded(
    context: Context, cube: str, operations: Sequence[Operation], parted: Sequence[Parting]
) -> tuple[Operation, ...]:
    """`operations` with vectors. Under another embedder pictures keep that of their old words, until `reembed`."""
    try:
        return with_vectors(context, cube, operations)
    except EmbedderMismatch:
        old = {each.head.id: each.head.vectors for each in parted}
        return tuple(
            replace(op, node=replace(op.node, vectors=old[op.node.id]))
            if isinstance(op, PutNode) and op.node.id in old else op
            for op in operations
        )  # fmt: skip


def _gone(context: Context, cube: str, everyone: Sequence[str], parted: Sequence[Parting], at: datetime, *,
          erase: bool) -> list[Operation]:  # fmt: skip
    """What retires or erases `everyone`, and leaves the pictures that are `parted` to others."""
    staying = {each.head.id for each in parted}
    going = [identity for identity in everyone if identity not in staying]
    silent = [RetireEdge(id=edge.id) for each in parted for edge in each.silent if edge.to_id not in everyone]
    if not erase:
        kept = [operation for each in parted for operation in changed(each.head, each.after, at)]
        return [*(RetireNode(id=identity) for identity in going), *kept, *silent]
    versions = _versions(context.store, cube, everyone)
    return [
        *(EraseNode(id=identity) for identity in dict.fromkeys([*going, *versions])),
        *(PutNode(node=_reworded(each), replaces=each.head.version) for each in parted),
        *silent,
    ]


def _reworded(parting: Parting) -> Node:
    """The picture that stays, as no version of another; without the vector of words that it has no more."""
    head, after = parting.head, parting.after
    same = after.text == head.text
    return after if same else replace(after, vectors={s: v for s, v in after.vectors.items() if is_of_pictures(s)})


def _versions(store: GraphStore, cube: str, ids: Sequence[str]) -> list[str]:
    """The snapshots that the heads `ids` left behind."""
    versions: list[str] = []
    layer = list(ids)
    while layer:
        edges = store.edges(everything(cube), touching=layer, kinds=["SUPERSEDES"], direction="out")
        own = [e.to_id for e in edges if e.to_id.startswith(f"{e.from_id.split('@')[0]}@")]
        layer = [i for i in dict.fromkeys(own) if i not in versions]
        versions.extend(layer)
    return versions


def link(context: Context, cube: str, from_id: str, to_id: str, kind: str, *, weight: float = 1.0, evidence: str = "",
         info: Mapping[str, Json] | None = None, valid_from: datetime | None = None,
         valid_to: datetime | None = None) -> Edge:  # fmt: skip
    """The live edge of `kind` between two nodes, made unless there is one. Kinds of the caller's own are welcome."""
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
    _apply(context, cube, [PutEdge(edge=edge)], at, f"link {kind}")
    return edge


def unlink(context: Context, cube: str, edge: str) -> Receipt:
    """Retire the edge with this id; it stays readable by known_at."""
    return _apply(context, cube, [RetireEdge(id=edge)], context.clock(), "unlink")[0]


def live_node(store: GraphStore, cube: str, identity: str) -> Node:
    """The head with this id, whatever its state, unless it was retired. `NotFound` else."""
    find_cube(store, cube)
    found = store.get(replace(everything(cube), retired=False), [identity], vectors=True)
    if not found:
        raise NotFound("memory", identity, f"in cube {cube!r}; `list` shows what there is")
    return found[0]


def _apply(
    context: Context, cube: str, operations: Sequence[Operation], at: datetime, reason: str
) -> tuple[Receipt, str]:
    delta = Delta(
        id=context.new_id(), cube=cube, actor=context.actor, reason=reason[:200], at=at, operations=tuple(operations)
    )
    return apply_delta(context, delta)
