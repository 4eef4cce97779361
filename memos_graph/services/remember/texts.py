"""A short text as one memory, with what it claims.

A text that is one claim and nothing else becomes that fact, in its slot, and no second memory beside it.
"""

from __future__ import annotations

from memos_graph.model.delta import Receipt
from memos_graph.model.graph import Node
from memos_graph.services.claims.facts import state
from memos_graph.services.context import Context
from memos_graph.services.evolve import put_memories
from memos_graph.services.remember.claimed import facts_beside, says_only
from memos_graph.services.remember.names import names_of


def remember_text(context: Context, cube: str, node: Node, *, facts: bool) -> tuple[Receipt, str]:
    """The Receipt of remembering `node`, and the id of the memory that says it."""
    names = names_of(context, cube)
    only = says_only(node, node.created_at) if facts else None
    if only is not None:
        claimed = state(context, cube, [only], reason="add")[0]
        return claimed.receipt, claimed.id
    also = facts_beside(context, cube, [node], node.created_at, names) if facts else None
    return put_memories(context, cube, [node], names=names, also=also), node.id
