"""Merge memories that say one thing, and take a merge apart again. Each is one Delta: nobody finds neither."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from memos_graph.engines.consequences.doubts import reasons_of
from memos_graph.engines.merging import MAKER, TO_MAKER, check_parts, inherited, merged
from memos_graph.engines.transitions import transit
from memos_graph.engines.versions import correct, reopen
from memos_graph.model.delta import Delta, Operation, PatchNode, PutEdge, PutNode, Receipt, RetireEdge, RetireNode
from memos_graph.model.errors import Conflict, Invalid, NotFound
from memos_graph.model.graph import Edge, Node, make_edge
from memos_graph.model.scope import everything
from memos_graph.model.times import to_micros
from memos_graph.services.context import Context
from memos_graph.services.embed import find_cube, with_vectors
from memos_graph.services.remember.ids import node_id
from memos_graph.services.writing import apply_delta

_TRIES = 4
_INTO = "MERGED_INTO"


def merged_id(ids: Iterable[str]) -> str:
    """The id of what the memories `ids` become: the same ones always become the same."""
    return node_id("mrg", *sorted(set(ids)))


def merge(context: Context, cube: str, ids: Sequence[str], *, text: str | None = None, reason: str = "merge",
          ) -> Receipt:  # fmt: skip
    """The Receipt of making the memories `ids` one, whose id (`merged_id`) stands first in it.

    The new one has their texts (or `text`), sources, tags and edges; they stay as parts of it. `NotFound`, `Frozen`,
    `IllegalTransition` for one that can't be part of another, `Invalid` for events of different times.
    """
    wanted = list(dict.fromkeys(ids))
    if text is not None and not text.strip():
        raise Invalid("text", text, "give it words, or leave it out")
    find_cube(context.store, cube)
    for attempt in range(_TRIES):
        parts = _live(context, cube, wanted)
        at = context.clock()
        operations = with_vectors(context, cube, _merging(context, cube, parts, text, at))
        try:
            return _apply(context, cube, operations, at, reason)
        except Conflict:
            if attempt == _TRIES - 1:
                raise
    raise AssertionError("the loop returns or raises")


def _merging(context: Context, cube: str, parts: Sequence[Node], text: str | None, at: datetime) -> list[Operation]:
    check_parts(cube, parts)
    left = [_as(part, transit(part, "merged", at), at) for part in parts]
    ids = {part.id for part in parts}
    doubted = [part.id for part in parts if reasons_of(part)]
    if doubted:
        raise Invalid("ids", ", ".join(doubted), "what these rest on fell: settle that first (`reaffirm`, or update)")
    identity = merged_id(ids)
    new = merged(identity, parts, text, at)
    edges = context.store.edges(replace(everything(cube), retired=False), touching=list(ids))
    into = [make_edge(cube, _INTO, part.id, identity, created_at=at, created_by=MAKER) for part in parts]
    wanted = [*into, *inherited(identity, ids, edges, at)]
    stored = context.store.get(everything(cube), [identity], vectors=True)
    operations: list[Operation] = list(_again(stored[0], new, at)) if stored else [PutNode(node=new)]
    for written in left:
        operations += written
    operations += (PutEdge(edge=edge) for edge in _fresh(context, cube, identity, wanted, at, known=bool(stored)))
    return operations


def _again(head: Node, new: Node, at: datetime) -> tuple[Operation, ...]:
    """`new` in place of `head`, which the same memories had become before they were taken apart."""
    if head.retired_at is None:
        raise Invalid("ids", head.id, "these were merged into it already and it stands; unmerge that first")
    opened = reopen(
        head, at, text=new.text, key=new.key, kind=new.kind, sources=new.sources, tags=new.tags, usage=new.usage,
        confidence=new.confidence, info=new.info, valid_from=new.valid_from, valid_to=new.valid_to,
        vectors=new.vectors,
    )  # fmt: skip
    # the put of the head first: a Receipt names it first
    return opened[1], opened[0], *opened[2:]


def _fresh(context: Context, cube: str, identity: str, edges: Sequence[Edge], at: datetime, *,
           known: bool) -> list[Edge]:  # fmt: skip
    """`edges`, those that had been there before as new ones: a reopened fact is a new edge."""
    if not known:
        return list(edges)
    there = {edge.id for edge in context.store.edges(everything(cube), ids=[edge.id for edge in edges])}
    again = f"again-{to_micros(at)}"
    return [
        make_edge(
            cube, edge.kind, edge.from_id, edge.to_id, created_at=at, discriminator=again, weight=edge.weight,
            created_by=edge.created_by, evidence=edge.evidence, info=edge.info, valid_from=edge.valid_from,
            valid_to=edge.valid_to,
        ) if edge.id in there else edge
        for edge in edges
    ]  # fmt: skip


def unmerge(context: Context, cube: str, identity: str, *, reason: str = "unmerge") -> Receipt:
    """The Receipt of taking the merged memory `identity` apart: its parts are again what they were, it is retired.

    What was linked to it since ends with it. Parts that were retired meanwhile stay so. `Invalid` for a memory that is
    no merge, or became part of another: unmerge that first.
    """
    find_cube(context.store, cube)
    for attempt in range(_TRIES):
        (head,) = _live(context, cube, [identity])
        at = context.clock()
        operations = _unmerging(context, cube, head, at)
        try:
            return _apply(context, cube, operations, at, reason)
        except Conflict:
            if attempt == _TRIES - 1:
                raise
    raise AssertionError("the loop returns or raises")


def _unmerging(context: Context, cube: str, head: Node, at: datetime) -> list[Operation]:
    edges = context.store.edges(replace(everything(cube), retired=False), touching=[head.id])
    above = [edge.to_id for edge in edges if edge.kind == _INTO and edge.from_id == head.id]
    if head.status == "merged":
        raise Invalid("id", head.id, f"it became part of {', '.join(above) or 'another'}: unmerge that first")
    ids = [edge.from_id for edge in edges if edge.kind == _INTO and edge.to_id == head.id]
    found = context.store.get(replace(everything(cube), retired=False), ids, vectors=True) if ids else ()
    parts = [part for part in found if part.status == "merged"]
    if not parts:
        raise Invalid("id", head.id, "nothing was merged into it")
    operations: list[Operation] = []
    for part in parts:
        operations += _as(part, transit(part, "unmerged", at), at)
    operations += (RetireEdge(id=edge.id) for edge in edges if edge.created_by in (MAKER, TO_MAKER))
    return [RetireNode(id=head.id), *operations]


def _as(node: Node, patch: PatchNode, at: datetime) -> tuple[Operation, ...]:
    """`patch` as a version: who looks at the time before finds the memory in the state it had."""
    return correct(node, at, **patch.set)


def _live(context: Context, cube: str, ids: Sequence[str]) -> list[Node]:
    found = {node.id: node for node in context.store.get(replace(everything(cube), retired=False), ids, vectors=True)}
    for identity in ids:
        if identity not in found:
            raise NotFound("memory", identity, f"in cube {cube!r}; a merge takes memories of one cube")
    return [found[identity] for identity in ids]


def _apply(context: Context, cube: str, operations: Sequence[Operation], at: datetime, reason: str) -> Receipt:
    delta = Delta(
        id=context.new_id(), cube=cube, actor=context.actor, reason=reason[:200], at=at, operations=tuple(operations)
    )
    return apply_delta(context, delta)[0]
