"""Frozen memories stay as they are: a Delta that would change one is refused before anything is written.

What may happen to a frozen memory: a use more, other vectors of the same text, thawing, and edges, which are other
memories' business too. Declines to know why something is written.
"""

from __future__ import annotations

from dataclasses import replace

from memos_graph.engines.transitions import thaws
from memos_graph.model.delta import Delta, EraseNode, Operation, PatchNode, PutNode, RetireNode
from memos_graph.model.errors import Frozen, Invalid
from memos_graph.model.graph import Node
from memos_graph.model.scope import everything
from memos_graph.services.context import Context

_HARMLESS = frozenset({"usage", "vectors"})


def guard(context: Context, delta: Delta, *, force: bool) -> None:
    """Nothing, or `Frozen` naming the frozen memories that `delta` would change.

    force: they may be changed, for the Delta's reason; `Invalid` when it gives none. One read of the nodes that change
    in another way than by usage and vectors; none when there are no such.
    """
    if force:
        if not delta.reason.strip():
            raise Invalid("reason", delta.reason, "say why frozen memories are to change, or leave force out")
        return
    writes = {identity: operation for operation in delta.operations if (identity := _changed(operation))}
    if not writes:
        return
    scope = replace(everything(delta.cube), retired=False, states=frozenset({"frozen"}))
    hit = tuple(node.id for node in context.store.get(scope, list(writes)) if not _harmless(node, writes[node.id]))
    if hit:
        raise Frozen(delta.cube, hit)


def _changed(operation: Operation) -> str:
    """The id of the node that `operation` may change; "" for edges and for new nodes, which change none."""
    match operation:
        case PutNode(node=node, replaces=int()):
            return node.id
        case PatchNode(id=identity, set=changes) if not changes.keys() <= _HARMLESS:
            return identity
        case RetireNode(id=identity) | EraseNode(id=identity):
            return identity
    return ""


def _harmless(node: Node, operation: Operation) -> bool:
    """Whether `operation` leaves what is frozen of `node`, or thaws it."""
    if not isinstance(operation, PatchNode):
        return False
    changed = {name for name, value in operation.set.items() if name == "vectors" or getattr(node, name) != value}
    return changed <= _HARMLESS or thaws(node, operation.set)
