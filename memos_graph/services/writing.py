"""The one way a service writes: frozen memories are left alone, and what rests on what falls is looked at again."""

from __future__ import annotations

from memos_graph.model.delta import Delta, Receipt
from memos_graph.model.errors import IndexBehind
from memos_graph.services.consequences.cascade import with_fallout
from memos_graph.services.context import Context
from memos_graph.services.lifecycle.guarding import guard


def apply_delta(context: Context, delta: Delta, *, force: bool = False) -> tuple[Receipt, str]:
    """The Receipt, and a note when the graph has it but the index is late (the next read catches up).

    `Frozen` when the Delta would change frozen memories, unless `force`. What depends on a premise that falls with it
    is changed in the same Delta.
    """
    guard(context, delta, force=force)
    try:
        return context.store.apply(with_fallout(context, delta)), ""
    except IndexBehind as late:
        return late.receipt, str(late)
