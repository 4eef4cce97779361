"""Say of a memory in doubt that it stands nevertheless."""

from __future__ import annotations

from memos_graph.engines.consequences.doubts import reasons_of, with_record
from memos_graph.engines.consequences.fallout import ended_by_fall
from memos_graph.engines.versions import reopen
from memos_graph.model.delta import Delta, Operation, PatchNode, Receipt
from memos_graph.model.errors import Conflict, Invalid
from memos_graph.services.context import Context
from memos_graph.services.evolve import live_node
from memos_graph.services.writing import apply_delta

_TRIES = 4


def reaffirm(context: Context, cube: str, identity: str, *, reason: str) -> Receipt:
    """The Receipt of taking the doubt from `identity`; what is in doubt for it alone is not any more.

    One that was ended with its premise holds again from now on. `NotFound`; `Invalid` for one that is in no doubt, and
    without a `reason`.
    """
    if not reason.strip():
        raise Invalid("reason", reason, "say what it rests on now")
    for attempt in range(_TRIES):
        head = live_node(context.store, cube, identity)
        if not reasons_of(head):
            raise Invalid("id", identity, "nothing that it rests on fell")
        at = context.clock()
        info = with_record(head.info, "", ())
        # the state is named so that those who rest on it are looked at
        operations: tuple[Operation, ...] = (
            reopen(head, at, info=info) if ended_by_fall(head)
            else (PatchNode(id=head.id, expects=head.version, set={"info": info, "status": head.status}),)
        )  # fmt: skip
        delta = Delta(
            id=context.new_id(), cube=cube, actor=context.actor, reason=reason[:200], at=at, operations=operations
        )
        try:
            return apply_delta(context, delta)[0]
        except Conflict:
            if attempt == _TRIES - 1:
                raise
    raise AssertionError("the loop returns or raises")
