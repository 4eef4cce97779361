"""Let memories expire: their words, vectors and past go; a record of who they were and why they went is left."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from memos_graph.model.delta import Delta, PutNode, Receipt
from memos_graph.model.errors import Conflict, Frozen, Invalid, NotFound
from memos_graph.model.graph import Node
from memos_graph.model.lifecycle import state_of, step
from memos_graph.model.scope import everything
from memos_graph.services.context import Context
from memos_graph.services.embed import find_cube
from memos_graph.services.erasing.erasures import erasures
from memos_graph.services.lifecycle.audit import audit_id, audit_record
from memos_graph.services.writing import apply_delta

_TRIES = 4


def expire(context: Context, cube: str, ids: Sequence[str], *, at: datetime, reason: str) -> Receipt:
    """Expire the memories `ids` at `at`, all or none, as one Delta; with each goes what an erasure takes along.

    `NotFound` for one that is not there, `Frozen` for frozen ones, `IllegalTransition` for one that was deleted,
    `Invalid` for a time before a memory's last change.
    """
    find_cube(context.store, cube)
    wanted = list(dict.fromkeys(ids))
    if not wanted:
        raise Invalid("ids", (), "name at least one memory")
    for attempt in range(_TRIES):
        nodes = _expiring(context, cube, wanted, at)
        gone = erasures(context, cube, wanted, at)
        delta = Delta(
            id=context.new_id(), cube=cube, actor=context.actor, reason=reason[:200], at=at,
            operations=(*gone.operations, *_records(context, cube, nodes, at, reason)),
        )  # fmt: skip
        try:
            return apply_delta(context, delta)[0]
        except Conflict:
            if attempt == _TRIES - 1:
                raise
    raise AssertionError("the loop returns or raises")


def _expiring(context: Context, cube: str, ids: Sequence[str], at: datetime) -> list[Node]:
    found = {node.id: node for node in context.store.get(everything(cube), ids)}
    frozen = tuple(i for i in ids if i in found and found[i].retired_at is None and found[i].status == "frozen")
    if frozen:
        raise Frozen(cube, frozen)
    for identity in ids:
        if identity not in found:
            raise NotFound("memory", identity, f"in cube {cube!r}; `list` shows what there is")
        node = found[identity]
        step(identity, state_of(node), "ttl_passed")
        if at < node.updated_at:
            raise Invalid("at", at.isoformat(), f"memory {identity!r} changed at {node.updated_at.isoformat()}")
    return [found[identity] for identity in ids]


def _records(context: Context, cube: str, nodes: Sequence[Node], at: datetime, reason: str) -> list[PutNode]:
    """A record for each; one that expired before, and was there again, has its record brought up to date."""
    wanted = [audit_id(node.id) for node in nodes]
    kept = {node.id: node for node in context.store.get(everything(cube), wanted)}
    puts = []
    for node, identity in zip(nodes, wanted, strict=True):
        known = kept.get(identity)
        before = known.info.get("times") if known is not None else 0
        times = before + 1 if isinstance(before, int) else 2
        record = audit_record(node, at, actor=context.actor, reason=reason, times=times)
        puts.append(PutNode(node=record, replaces=None if known is None else known.version))
    return puts
