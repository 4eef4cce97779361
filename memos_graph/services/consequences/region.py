"""What may be touched when premises fall or hold again, read in rounds from them outwards.

Reads; a query for edges and one for nodes each round, so a circle ends and a long chain costs its length.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from memos_graph.engines.consequences.cascade import Pair, Policy, Region, Rest, policy
from memos_graph.engines.consequences.doubts import Reason, reasons_of
from memos_graph.engines.consequences.fallout import ended_by_fall, holds
from memos_graph.engines.merging import TO_MAKER
from memos_graph.model.delta import PutNode
from memos_graph.model.graph import Edge, Node
from memos_graph.model.scope import everything
from memos_graph.ports import GraphStore
from memos_graph.services.consequences.happening import KINDS, SUMMARY, Happening, group_of

MARK = "fallen"  #: in the `info` of an edge to an alternative: the version that was rested on, before its text changed


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """The region for `cascade`, its nodes with vectors, and the edges to alternatives whose text changed or is back."""

    region: Region
    nodes: Mapping[str, Node]
    alternatives: tuple[Edge, ...]
    mended: tuple[Edge, ...]


def see(store: GraphStore, found: Happening, usual: Policy) -> Seen:
    """All that rests, directly or not, on what `found` says fell or holds again."""
    nodes = _walk(store, found)
    before: dict[str, tuple[Reason, ...]] = {}
    still: dict[str, tuple[Reason, ...]] = dict.fromkeys(found.settled, ())
    for identity in (*found.back, *found.thawed):
        after = found.after(identity)
        still[identity] = () if after is None else reasons_of(after)
    for identity, node in nodes.items():
        if identity in found.written or node.status == "frozen":
            after = found.after(identity)
            still[identity] = () if after is None or identity in found.fells else reasons_of(after)
        elif node.retired_at is None and (holds(node, found.at) or ended_by_fall(node)):
            before[identity] = reasons_of(node)
    rests = tuple(_rests(found, nodes, usual))
    texts = _texts(store, found, before)
    grouped = [edge for edge in found.edges.values() if edge.from_id in before and group_of(edge)]
    mended = tuple(edge for edge in grouped if edge.info.get(MARK) and _is_back(found, texts, edge))
    region = Region(
        rests=rests, before=before, fells=found.fells, still=still,
        lifted=_lifted(found, before, texts), lifted_groups=_lifted_groups(found, grouped),
        shaken=_shaken(store, found, before, [edge for edge in grouped if edge not in mended]),
    )  # fmt: skip
    return Seen(region=region, nodes=nodes, alternatives=tuple(grouped), mended=mended)


def _walk(store: GraphStore, found: Happening) -> dict[str, Node]:
    scope = everything(found.cube)
    nodes: dict[str, Node] = {}
    moved = {*found.fells, *found.back, *found.settled, *found.thawed}
    unlinked = {e.from_id for e in found.edges.values() if e.id in found.closed and e.kind == "DEPENDS_ON"}
    seen = moved | found.written.keys()
    layer = (_resting_on(found, moved) | unlinked) - seen
    while layer:
        seen |= layer
        fresh = {node.id: node for node in store.get(scope, sorted(layer), vectors=True)}
        found.know(fresh.values())
        below = {e.to_id for e in found.edges.values() if e.kind == "PARENT"}
        nodes |= {i: node for i, node in fresh.items() if node.kind == SUMMARY or i not in below or _other(found, i)}
        moving = sorted(fresh.keys() & nodes.keys())
        if not moving:
            break
        found.edges |= {edge.id: edge for edge in store.edges(scope, touching=moving, kinds=KINDS)}
        layer = _resting_on(found, moving) - seen
    written = sorted((_resting_on(found, {*moved, *nodes}) & found.written.keys()) - found.fells.keys())
    known = store.get(scope, written, vectors=True) if written else ()
    found.know(known)
    return nodes | {node.id: node for node in known}


def _other(found: Happening, identity: str) -> bool:
    """Whether more than a PARENT edge leads to it."""
    return any(e.from_id == identity or (e.to_id == identity and e.kind != "PARENT") for e in found.edges.values())


def _resting_on(found: Happening, ids: Collection[str]) -> set[str]:
    """What the edges read so far say may rest on `ids`. Retired edges count: a doubt may have come over them."""
    resting: set[str] = set()
    for edge in found.edges.values():
        if edge.kind == "DEPENDS_ON":
            if edge.to_id in ids:
                resting.add(edge.from_id)
        elif found.live(edge):
            if edge.from_id in ids:
                resting.add(edge.to_id)
            if edge.to_id in ids and edge.kind == "MERGED_INTO":
                resting.add(edge.from_id)
    return resting


def _rests(found: Happening, nodes: Mapping[str, Node], usual: Policy) -> Iterable[Rest]:
    for edge in found.edges.values():
        if not found.live(edge) or edge.created_by == TO_MAKER:
            continue
        if edge.kind == "DEPENDS_ON":
            how = policy(edge.info.get("on_fall"), usual)
            yield Rest(id=edge.from_id, on=edge.to_id, how=how, group=group_of(edge))
        elif edge.kind == "MERGED_INTO":
            part = found.after(edge.from_id)
            if part is not None and part.status == "merged":
                yield Rest(id=edge.from_id, on=edge.to_id, how="through")
            yield Rest(id=edge.to_id, on=edge.from_id, how="doubt")
        elif edge.to_id in nodes and nodes[edge.to_id].kind == SUMMARY:
            yield Rest(id=edge.to_id, on=edge.from_id, how="doubt")


def _texts(store: GraphStore, found: Happening, before: Mapping[str, Iterable[Reason]]) -> dict[str, str]:
    """By id, the earlier versions of premises that are back, as far as there are any."""
    wanted = {
        f"{reason.premise}@{reason.version}"
        for reasons in before.values() for reason in reasons
        if reason.version and reason.premise in found.back
    }  # fmt: skip
    for edge in found.edges.values():
        if edge.to_id in found.back and isinstance(edge.info.get(MARK), int):
            wanted.add(f"{edge.to_id}@{edge.info[MARK]}")
    texts = {node.id: node.text for node in store.get(everything(found.cube), sorted(wanted))} if wanted else {}
    for identity in wanted:
        operation = found.written.get(identity)
        if isinstance(operation, PutNode):
            texts[identity] = operation.node.text
    return texts


def _lifted(found: Happening, before: Mapping[str, Iterable[Reason]], texts: Mapping[str, str]) -> frozenset[Pair]:
    """Reasons that are gone: the premise says again what was rested upon, or nothing rests on it any more."""
    live = {(e.from_id, e.to_id) for e in found.edges.values() if e.kind == "DEPENDS_ON" and found.live(e)}
    live |= {(e.from_id, e.to_id) for e in found.put.values() if e.kind == "DEPENDS_ON"}
    gone = {(e.from_id, e.to_id) for e in found.edges.values() if e.kind == "DEPENDS_ON" and e.id in found.closed}
    lifted = set(gone - live)
    for identity, reasons in before.items():
        for reason in reasons:
            after = found.back.get(reason.premise)
            if after is None or not reason.version:
                continue
            stored = found.stored[reason.premise]
            was = texts.get(f"{reason.premise}@{reason.version}", None if reason.why == "changed" else stored.text)
            if was == after.text:
                lifted.add((identity, reason.premise))
    return frozenset(lifted)


def _lifted_groups(found: Happening, grouped: Iterable[Edge]) -> frozenset[Pair]:
    again = (edge for edge in grouped if edge.to_id in found.back and edge.to_id not in found.fells)
    return frozenset((edge.from_id, group_of(edge)) for edge in again)


def _is_back(found: Happening, texts: Mapping[str, str], edge: Edge) -> bool:
    after = found.back.get(edge.to_id)
    return after is not None and texts.get(f"{edge.to_id}@{edge.info.get(MARK)}") == after.text


def _shaken(
    store: GraphStore, found: Happening, before: Mapping[str, object], grouped: Iterable[Edge]
) -> frozenset[Pair]:
    """Alternatives that do not bear, for reasons older than this Delta."""
    outside = [e for e in grouped if found.live(e) and e.to_id not in before and e.to_id not in found.fells]
    unknown = sorted({e.to_id for e in outside} - found.stored.keys())
    found.know(store.get(everything(found.cube), unknown) if unknown else ())
    shaken = set()
    for edge in outside:
        node = found.after(edge.to_id)
        if edge.info.get(MARK) or node is None or not holds(node, found.at) or reasons_of(node):
            shaken.add((edge.from_id, edge.to_id))
    return frozenset(shaken)
