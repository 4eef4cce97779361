"""Memories that hold again after they were gone, or thaw: do they still rest on what they rested on?

What fell or came back meanwhile passed them by. Reads; changes the Delta's own puts alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from memos_graph.engines.consequences.cascade import Policy, policy
from memos_graph.engines.consequences.doubts import DOUBT, Reason, as_before, reasons_of, with_record
from memos_graph.engines.consequences.fallout import holds
from memos_graph.model.delta import Operation, PatchNode, PutNode
from memos_graph.model.graph import Edge, Node
from memos_graph.model.scope import everything
from memos_graph.ports import GraphStore
from memos_graph.services.consequences.happening import Happening, group_of, why_of


def returning(store: GraphStore, found: Happening, usual: Policy) -> Mapping[str, Operation]:
    """The operations in `found` that bring memories back or thaw them, with the doubts that these have now.

    Those that need no other doubt are left out. One query, where there are premises.
    """
    ids = (found.back.keys() - found.fells.keys()) | found.thawed
    nodes = {identity: node for identity in sorted(ids) if (node := found.after(identity)) is not None}
    edges = [e for e in (*found.edges.values(), *found.put.values()) if e.kind == "DEPENDS_ON" and e.from_id in nodes]
    premises = {edge.to_id for edge in edges}
    premises |= {reason.premise for node in nodes.values() for reason in reasons_of(node)}
    unknown = premises - found.stored.keys()
    found.know(store.get(everything(found.cube), sorted(unknown)) if unknown else ())
    changed: dict[str, Operation] = {}
    for identity, node in nodes.items():
        own = [edge for edge in edges if edge.from_id == identity and _rested(found, edge)]
        reasons = _reasons(found, node, own, usual)
        if reasons != reasons_of(node):
            changed[identity] = _noted(found.written[identity], node, reasons)
    return changed


def _rested(found: Happening, edge: Edge) -> bool:
    """Whether `edge` bears, or ended with one of its ends."""
    ends = (found.stored.get(edge.from_id), found.stored.get(edge.to_id))
    return found.live(edge) or edge.retired_at in [node.retired_at for node in ends if node is not None]


def _noted(operation: Operation, node: Node, reasons: Sequence[Reason]) -> Operation:
    info = with_record(node.info, DOUBT, reasons)
    if isinstance(operation, PutNode):
        return replace(operation, node=replace(node, info=info))
    if isinstance(operation, PatchNode):
        return replace(operation, set={**operation.set, "info": info})
    return operation


def _reasons(found: Happening, node: Node, edges: Sequence[Edge], usual: Policy) -> tuple[Reason, ...]:
    """Why `node`, which rests on what `edges` lead to, is in doubt when it is back."""
    before = {reason.premise: reason for reason in reasons_of(node)}
    kept = {edge.to_id for edge in edges if policy(edge.info.get("on_fall"), usual) == "keep"}
    groups = {reason.premise: reason.group for reason in before.values()}
    groups |= {edge.to_id: group_of(edge) for edge in edges}
    reasons: dict[str, Reason] = {}
    borne: set[str] = set()
    for premise in sorted(groups.keys() - kept):
        reason = _reason(found, node.id, premise, before.get(premise))
        if reason is not None:
            reasons[premise] = replace(reason, group=groups[premise])
        elif groups[premise]:
            borne.add(groups[premise])
    return as_before([each for each in reasons.values() if each.group not in borne], before.values())


def _reason(found: Happening, identity: str, on: str, known: Reason | None) -> Reason | None:
    premise = found.after(on)
    if premise is None:
        return known
    if not holds(premise, found.at):
        if known is not None and known.version:
            return known
        since = found.at.isoformat()
        return Reason(path=(on,), why=why_of(premise), since=since, version=premise.version)
    if known is not None and known.version and known.why == "changed":
        return known
    further = next((reason for reason in reasons_of(premise) if identity not in reason.path), None)
    if further is None:
        return None
    return Reason(path=(on, *further.path), why=further.why, since=found.at.isoformat())
