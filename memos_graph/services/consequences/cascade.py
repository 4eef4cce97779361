"""What falls with a premise: conclusions, summaries and merges that rest on it are looked at again, in the same Delta.

A premise falls when a Delta retires, erases or expires it, closes its valid_to, or says another thing. What
DEPENDS_ON it, directly or not, is doubted, ended or kept, by `info.on_fall` of the edge, else by the cube's setting
`cascade`; of edges with one `info.any_of` it takes the last to fall. Summaries and merges are made again without it.
When a premise holds again, what was doubted or ended for it alone is not any more. Frozen memories stay as they are,
and so does what the Delta writes itself. Judged when it happens: a link to what had fallen before is the linker's word.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Literal

from memos_graph.engines.consequences.cascade import policy, reckon
from memos_graph.engines.consequences.doubts import REMADE, Reason, doubt_of, with_record
from memos_graph.engines.consequences.fallout import outcome
from memos_graph.model.delta import Delta, Operation, PatchEdge, PutNode
from memos_graph.model.graph import Edge, Node
from memos_graph.model.scope import everything
from memos_graph.ports import GraphStore
from memos_graph.services.consequences.happening import Happening, happening
from memos_graph.services.consequences.region import MARK, Seen, see
from memos_graph.services.consequences.remaking import make_again
from memos_graph.services.consequences.returning import returning
from memos_graph.services.context import Context
from memos_graph.services.embed import find_cube

SETTING = "cascade"  #: of a cube: doubt, retire or keep
What = Literal["doubt", "retire", "remake"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Falls:
    """One memory that a fallen premise changes."""

    id: str
    kind: str
    text: str
    what: What  #: doubt: marked; retire: ended; remake: its text is made again, or it ends with its last part
    because: tuple[str, ...]  #: ids from what it rests on to what fell
    why: str  #: what became of the last of them


@dataclass(frozen=True, slots=True, kw_only=True)
class Reckoned(Delta):
    """A Delta with what follows from it, and the list of what falls by it."""

    falls: tuple[Falls, ...] = ()


def with_fallout(context: Context, delta: Delta) -> Delta:
    """`delta` with what it means for those that rest on what it moves (a `Reckoned` when there are any).

    Puts of new things read nothing; else a query for edges, one for nodes when it finds some, and two for each round
    of the walk from what fell.
    """
    found = happening(context.store, delta)
    if found is None:
        return delta
    delta = _with(delta, found, _restated(found))
    if not (found.fells or found.back or found.closed or found.settled or found.thawed):
        return delta
    usual = policy(find_cube(context.store, delta.cube).settings.get(SETTING))
    delta = _with(delta, found, returning(context.store, found, usual))
    remade = make_again(context, found)
    seen = see(context.store, found, usual)
    since = delta.at.isoformat()
    verdict = reckon(seen.region, since)
    followed = [op for identity in sorted(verdict) for op in outcome(seen.nodes[identity], verdict[identity], delta.at)]
    marks = _marks(found, seen, verdict)
    if not remade and not followed and not marks:
        return delta
    falls = (*_remade(found, remade), *_fallen(seen, verdict, since))
    values = {field.name: getattr(delta, field.name) for field in fields(Delta)}
    values["operations"] = (*delta.operations, *remade, *followed, *marks)
    values["reason"] = _reason(delta.reason, falls)
    return Reckoned(**values, falls=tuple(sorted(falls, key=lambda each: (len(each.because), each.because, each.id))))


def _restated(found: Happening) -> dict[str, Operation]:
    """The puts that say anew what was in doubt, without that doubt."""
    changed: dict[str, Operation] = {}
    for identity, operation in found.written.items():
        stored = found.stored.get(identity)
        if isinstance(operation, PutNode) and operation.replaces is not None and stored is not None:
            doubt = doubt_of(stored.info)
            if doubt and doubt == doubt_of(operation.node.info) and operation.node.text != stored.text:
                node = replace(operation.node, info=with_record(operation.node.info, "", ()))
                changed[identity] = replace(operation, node=node)
    return changed


def _with(delta: Delta, found: Happening, changed: Mapping[str, Operation]) -> Delta:
    """`delta` with the operations `changed`, by node, in place of those that were there."""
    if not changed:
        return delta
    by_node = {identity: old for identity, old in found.written.items() if identity in changed}
    found.written |= changed
    again = {id(old): changed[identity] for identity, old in by_node.items()}
    return replace(delta, operations=tuple(again.get(id(op), op) for op in delta.operations))


def _marks(found: Happening, seen: Seen, verdict: Mapping[str, Sequence[Reason]]) -> list[Operation]:
    """Notes on edges to alternatives: which says another thing now, while others still bear; and which is back."""
    marks: list[Operation] = []
    touched = found.closed | found.put.keys()
    for edge in seen.alternatives:
        fell = found.fells.get(edge.to_id)
        if edge.id in touched or not found.live(edge):
            continue
        info = {name: value for name, value in edge.info.items() if name != MARK}
        if edge in seen.mended:
            marks.append(PatchEdge(id=edge.id, expects=edge.version, set={"info": info}))
        elif fell is not None and fell.why == "changed" and not edge.info.get(MARK) and not _named(edge, seen, verdict):
            marks.append(PatchEdge(id=edge.id, expects=edge.version, set={"info": info | {MARK: fell.version}}))
    return marks


def _named(edge: Edge, seen: Seen, verdict: Mapping[str, Sequence[Reason]]) -> bool:
    reasons = verdict.get(edge.from_id, seen.region.before[edge.from_id])
    return any(reason.premise == edge.to_id for reason in reasons)


def _remade(found: Happening, operations: Sequence[Operation]) -> list[Falls]:
    falls = []
    for operation in operations:
        if not isinstance(operation, PutNode) or operation.replaces is None:
            continue
        record = operation.node.info.get(REMADE)
        head = found.stored[operation.node.id]
        path = tuple(map(str, record["because"])) if isinstance(record, Mapping) else ()  # type: ignore[arg-type]
        root = found.fells.get(path[-1]) if path else None
        if root is not None:
            falls.append(Falls(id=head.id, kind=head.kind, text=head.text, what="remake", because=path, why=root.why))
    return falls


def _fallen(seen: Seen, verdict: Mapping[str, Sequence[Reason]], since: str) -> list[Falls]:
    falls = []
    for identity, reasons in verdict.items():
        fresh = [reason for reason in reasons if reason.since == since]
        if fresh:
            node: Node = seen.nodes[identity]
            what: What = "retire" if any(r.retire for r in reasons) and node.status != "merged" else "doubt"
            falls.append(
                Falls(id=identity, kind=node.kind, text=node.text, what=what, because=fresh[0].path, why=fresh[0].why)
            )
    return falls


def _reason(said: str, falls: Collection[Falls]) -> str:
    roots = list(dict.fromkeys(each.because[-1] for each in falls))
    if not roots:
        return said
    more = f" and {len(roots) - 2} more" if len(roots) > 2 else ""
    return f"{said[:120]} ({len(falls)} rested on {', '.join(root[:24] for root in roots[:2])}{more})"[:200]


def circle(store: GraphStore, cube: str, from_id: str, to_id: str) -> tuple[str, ...]:
    """The ids of the circle that an edge DEPENDS_ON from `from_id` to `to_id` would close; () when it closes none.

    A query for each step away from `to_id`.
    """
    scope = replace(everything(cube), retired=False)
    came: dict[str, str] = {to_id: from_id}
    layer = [to_id]
    while layer and from_id not in layer:
        edges = store.edges(scope, touching=layer, kinds=["DEPENDS_ON"], direction="out")
        fresh = {edge.to_id: edge.from_id for edge in edges if edge.valid_to is None and edge.to_id not in came}
        came |= fresh
        layer = list(fresh)
    if not layer:
        return ()
    path = [from_id]
    while True:
        path.append(came[path[-1]])
        if path[-1] == from_id:
            return tuple(reversed(path))
