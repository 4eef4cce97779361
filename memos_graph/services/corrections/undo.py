"""Take one Delta back by another: everything is as it was before, and what was known in between stays readable.

What a Delta did is read from its Change, so that every use case can be undone, whoever wrote it. Declines to know what
a use case meant by it. What is derived outside the graph (indexes) follows the Delta as always; a cube's settings are
no part of any Delta.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from memos_graph.engines.undoing import Touched, taken_back
from memos_graph.engines.wording import dense_text
from memos_graph.model.delta import Change, Delta, Operation, PutNode, Receipt
from memos_graph.model.errors import Conflict, Invalid, NotFound, Overtaken, Refused
from memos_graph.model.graph import Node, Vector
from memos_graph.model.scope import everything
from memos_graph.model.vectors import is_of_pictures
from memos_graph.services.context import Context
from memos_graph.services.corrections.undo_reading import Seen, look
from memos_graph.services.embed import find_cube, with_vectors
from memos_graph.services.writing import apply_delta

_TRIES = 4


def undo(context: Context, cube: str, receipt: str, *, reason: str = "", force: bool = False) -> Receipt:
    """The Receipt of the Delta that takes back the one with the id `receipt` (or the number of its Change).

    What it made is retired, what it retired or changed is again as it was; entities that others name meanwhile stay.
    Undone itself, it is done again. `NotFound` for an id that wrote nothing in this cube; `Overtaken` names the later
    Deltas that changed the same things; `Refused` when something of it was erased; `Frozen` without `force`. All or
    nothing. Reads the Change at once, and every Change after it: O(changes since, and what they wrote).
    """
    if force and not reason.strip():
        raise Invalid("reason", reason, "say why frozen memories are to change, or leave force out")
    change = change_of(context, cube, receipt)
    for attempt in range(_TRIES):
        at = context.clock()
        if at < change.at:
            raise Invalid("clock", at.isoformat(), f"the Delta was written at {change.at.isoformat()}, after that")
        operations = _with_stored_vectors(context, change, _operations(context, change, at))
        delta = Delta(
            id=context.new_id(), cube=cube, actor=context.actor, reason=(reason or f"undo {change.reason}")[:200],
            at=at, operations=with_vectors(context, cube, operations),
        )  # fmt: skip
        try:
            return apply_delta(context, delta, force=force)[0]
        except Conflict:
            if attempt == _TRIES - 1:
                raise
    raise AssertionError("the loop returns or raises")


def undo_all(
    context: Context, cube: str, receipts: Sequence[str], *, reason: str = "", force: bool = False
) -> tuple[Receipt, ...]:
    """`undo` of several, the newest first, a Delta each; the Receipts in that order.

    All are looked up, and looked at, before the first is undone. Each is one step: what another writer does in between
    may stop the rest.
    """
    changes = {change.seq: change for change in (change_of(context, cube, receipt) for receipt in receipts)}
    if not changes:
        raise Invalid("receipts", (), "name at least one")
    newest_first = [change for _, change in sorted(changes.items(), reverse=True)]
    for at, change in enumerate(newest_first):
        if len(newest_first) > 1:
            _check(change, look(context.store, change), forgiven={other.delta for other in newest_first[:at]})
    return tuple(undo(context, cube, change.delta, reason=reason, force=force) for change in newest_first)


def change_of(context: Context, cube: str, receipt: str) -> Change:
    """The Change of the Delta `receipt`, or the one with that number. `NotFound` when there is none. O(1) reads."""
    find_cube(context.store, cube)
    # the port's promise: a Delta applied again returns its Receipt; one without operations writes nothing
    asked = Delta(id=receipt, cube=cube, actor=context.actor, at=context.clock(), operations=())
    known = context.store.apply(asked)
    numbered = receipt.isascii() and receipt.isdigit() and len(receipt) < 16
    seq = known.seq if known.repeated else int(receipt) if numbered else 0
    found = context.store.changes(cube, after=seq - 1, limit=1) if seq else ()
    if not found or found[0].seq != seq:
        raise NotFound("receipt", receipt, f"cube {cube!r} has no change of it; one that wrote nothing has none")
    return found[0]


def _operations(context: Context, change: Change, at: datetime) -> list[Operation]:
    """What takes `change` back at `at`."""
    seen = look(context.store, change)
    _check(change, seen)
    again = [row.now.id for row in seen.touched if isinstance(row.now, Node) and row.before is not None]
    full = {node.id: node for node in context.store.get(everything(change.cube), again, vectors=True)}
    rows = [_full(row, full.get(row.key[1])) for row in seen.touched]
    operations = taken_back(rows, at, staying=seen.staying, history=seen.history)
    if not operations:
        raise Refused(f"nothing of {change.delta!r} is left to take back: it is as before, or others need all it made")
    return operations


def _full(row: Touched, node: Node | None) -> Touched:
    """`row` with the vectors of its node; another version of it is a `Conflict` when it is written."""
    return replace(row, now=node) if node is not None and isinstance(row.now, Node) else row


def _check(change: Change, seen: Seen, *, forgiven: Collection[str] = ()) -> None:
    """Nothing when `change` can be undone now, or once the Deltas `forgiven` are. `Overtaken` else."""
    blocking = seen.blocking(forgiven)
    if blocking is not None:
        later = tuple((each.delta, each.seq, each.reason) for each in blocking)
        raise Overtaken(change.delta, later)


def _with_stored_vectors(context: Context, change: Change, operations: Sequence[Operation]) -> tuple[Operation, ...]:
    """`operations`, where a text that comes back has the vectors of the version that said it: nothing is embedded."""
    bare = {
        op.node.id for op in operations
        if isinstance(op, PutNode) and op.replaces is not None and all(map(is_of_pictures, op.node.vectors))
    }  # fmt: skip
    if not bare:
        return tuple(operations)
    by_text: dict[str, dict[str, Vector]] = {}
    for node in context.store.get(everything(change.cube), change.ids("node"), vectors=True):
        vectors = {space: vector for space, vector in node.vectors.items() if not is_of_pictures(space)}
        if vectors:
            by_text.setdefault(dense_text(node), vectors)
    return tuple(
        replace(op, node=replace(op.node, vectors={**by_text.get(dense_text(op.node), {}), **op.node.vectors}))
        if isinstance(op, PutNode) and op.node.id in bare else op
        for op in operations
    )  # fmt: skip
