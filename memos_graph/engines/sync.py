"""What must be written so that stored nodes and edges become the wanted ones, and nothing more.

Pure: compares, and returns operations. Declines to know what the nodes mean and where they are stored.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from difflib import SequenceMatcher
from types import MappingProxyType

from memos_graph.engines.edited import as_edited, without_stale_mark
from memos_graph.engines.held import changed, holders, rewritten, take_in, unsaid, without
from memos_graph.engines.versions import end, reopen, succeed
from memos_graph.model.delta import Operation, PatchEdge, PutEdge, PutNode
from memos_graph.model.graph import Edge, Json, Node, Source, make_edge
from memos_graph.model.times import to_micros

Place = tuple[int | None, int | None]  #: first character and the one past the last
NOTHING: Mapping[str, Place] = MappingProxyType({})
LINKS = "rule:link"  #: maker of edges from and to other sources
#: makers of edges that feeding closes when the source has them no longer
_OWN = frozenset({"rule", "rule:causal", LINKS})


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """The part of a graph that some source should have. `order` lists what may replace one another between versions."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    order: tuple[str, ...] = ()
    owner: str = ""  #: id of the Document whose part it is, for pictures that others may hold too


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Operations of one Delta, and the ids that were as wanted already."""

    operations: tuple[Operation, ...]
    present: tuple[str, ...]
    frozen: tuple[str, ...] = ()  #: ids that the source would have changed, and that stay as they are


def plan(
    draft: Draft,
    stored: Mapping[str, Node],
    stored_edges: Mapping[str, Edge],
    *,
    before: Mapping[str, Place] = NOTHING,
    at: datetime,
) -> Plan:
    """What makes the stored graph the drafted one.

    stored: nodes by id, of those the draft names and of `before`; stored_edges: by id, of those the draft names and of
    those between nodes of `before`. before: where the source's pieces stood, in its former order; what is there no
    longer is archived with its place, not lost, and the new piece that took its place SUPERSEDES it. Edges "rule" made
    between nodes that remain, and that the draft no longer has, are closed at `at`; those of LINKS also when only one
    of their ends is the draft's. Frozen pieces stay as they are; with a frozen root the whole source does.
    O(nodes + edges).
    """
    operations: list[Operation] = []
    present: list[str] = []
    root, wanted = draft.nodes[0].id, {node.id for node in draft.nodes}
    if _is_frozen(stored.get(root)):
        return Plan(operations=(), present=tuple(n.id for n in draft.nodes if n.id in stored), frozen=(root,))
    frozen = [old for old in before if old not in wanted and _is_frozen(stored.get(old))]
    draft, changed_source = _keeping(draft, frozen), bool(before)
    for node in draft.nodes:
        head = stored.get(node.id)
        written = _node(node, head, at, began=changed_source)
        if written and _is_frozen(head):
            frozen.append(node.id)
            written = ()
        operations.extend(written)
        if not written:
            present.append(node.id)
    for old in before:
        if old not in wanted and old in stored and stored[old].retired_at is None and not _is_frozen(stored[old]):
            operations.extend(_gone(stored[old], draft.owner, before[old], at))
    silent = {edge.id for edge in unsaid(rewritten(operations, stored), stored_edges.values())}
    pictures = {node.id for node in (*draft.nodes, *stored.values()) if holders(node)}
    drafted = draft if not changed_source else _dated(draft, pictures, stored_edges, at)
    operations.extend(_edges(drafted, stored_edges, _Ends(wanted, wanted | set(before), pictures), silent, at))
    operations.extend(_replacements(draft, tuple(before), wanted, stored, stored_edges, at))
    return Plan(operations=tuple(operations), present=tuple(present), frozen=tuple(frozen))


def _is_frozen(head: Node | None) -> bool:
    return head is not None and head.retired_at is None and head.status == "frozen"


def _keeping(draft: Draft, frozen: Collection[str]) -> Draft:
    """The draft whose document also remembers the `frozen` pieces that it has no more: thawed, they end with a feed."""
    root = draft.nodes[0]
    layout = root.info.get("layout")
    if not frozen or not isinstance(layout, Sequence) or isinstance(layout, str):
        return draft
    rows: list[Json] = [*layout, *([old, None, None] for old in frozen)]
    return replace(draft, nodes=(replace(root, info={**root.info, "layout": rows}), *draft.nodes[1:]))


def _gone(head: Node, owner: str, place: Place, at: datetime) -> tuple[Operation, ...]:
    """The end of a piece that its document no longer has; a picture that others hold only leaves this one."""
    if holders(head) and owner not in holders(head):
        return ()
    rest = without(head, {owner})
    return changed(head, rest, at) if rest is not None else end(head, at, sources=_placed(head, place))


def _placed(node: Node, place: Place) -> tuple[Source, ...]:
    """The node's sources with its characters in the text it stood in: the document will show others from now on."""
    if not node.sources or place == (None, None):
        return node.sources
    return (replace(node.sources[0], start=place[0], end=place[1]), *node.sources[1:])


def _node(wanted: Node, head: Node | None, at: datetime, *, began: bool) -> tuple[Operation, ...]:
    if head is None:
        # a piece that a changed source brings was not there before: it holds from now
        begins = at if began and wanted.valid_from is None and wanted.kind != "Entity" else wanted.valid_from
        return (PutNode(node=replace(wanted, valid_from=begins)),)
    if holders(wanted):
        return take_in(wanted, head, at, began=began)
    info = {**without_stale_mark(head, wanted), **wanted.info}
    wanted = as_edited(wanted, head)
    content = {"text": wanted.text, "key": wanted.key, "sources": wanted.sources, "info": info,
               "content_hash": wanted.content_hash}  # fmt: skip
    if wanted.vectors:
        content["vectors"] = wanted.vectors
    if head.retired_at is not None or head.valid_to is not None:
        return reopen(head, at, **content)
    if wanted.kind == "Entity":
        return ()  # named in other words ("HALLAM", "Hallam"): still the same entity
    if head.sources and head.sources[0].message is not None:
        return ()  # a message is what was said; fed with a longer history it may only be numbered otherwise
    if (head.text, head.key) != (wanted.text, wanted.key):
        return succeed(head, at, at, **content)
    if head.sources != wanted.sources or head.content_hash != wanted.content_hash or head.info != info:
        # only where it stands has changed: what we know and since when is the same, so no snapshot
        moved = replace(head, sources=wanted.sources, content_hash=wanted.content_hash, info=info)
        return (PutNode(node=moved, replaces=head.version),)
    return ()


def _dated(draft: Draft, pictures: Collection[str], stored: Mapping[str, Edge], at: datetime) -> Draft:
    """The draft with its new edges from pictures beginning `at`: others may have held the picture before."""
    edges = tuple(
        replace(e, valid_from=at) if e.from_id in pictures and e.id not in stored and e.valid_from is None else e
        for e in draft.edges
    )
    return replace(draft, edges=edges)


@dataclass(frozen=True, slots=True)
class _Ends:
    """Which edges of the source's former pieces it may close: those with an end here and one there."""

    stay: Collection[str]  #: nodes that it has now
    own: Collection[str]  #: and those that it had
    pictures: Collection[str]  #: among them; one may stay for others

    def hold(self, edge: Edge) -> bool:
        """Whether the edge is the source's."""
        if edge.from_id in self.stay and edge.to_id in self.stay:
            return True
        if edge.created_by == LINKS and (edge.from_id in self.stay or edge.to_id in self.own):
            return True
        return edge.from_id in self.pictures and edge.to_id in self.own


def _edges(draft: Draft, stored: Mapping[str, Edge], ends: _Ends, silent: Collection[str],
           at: datetime) -> list[Operation]:  # fmt: skip
    """What makes the stored edges the draft's; `silent`: ids of MENTIONS whose words are gone."""
    operations: list[Operation] = []
    wanted: set[str] = set()
    for edge in draft.edges:
        known = stored.get(edge.id)
        wanted.add(edge.id)
        if known is None:
            operations.append(PutEdge(edge=edge))
        elif known.retired_at is not None or known.valid_to is not None:
            again = _again(edge, stored, at)
            if again is None:
                continue
            wanted.add(again.id)
            operations.append(PutEdge(edge=again))
    alive = {(e.kind, e.from_id, e.to_id) for e in draft.edges}
    for edge in stored.values():
        if edge.id in wanted or edge.created_by not in _OWN or edge.retired_at is not None or edge.valid_to is not None:
            continue
        if edge.kind == "SUPERSEDES" or (edge.kind, edge.from_id, edge.to_id) in alive:
            continue
        # names in a picture's words may be another document's words; elsewhere they last as long as their text
        if edge.id in silent or (edge.kind != "MENTIONS" and ends.hold(edge)):
            operations.append(PatchEdge(id=edge.id, expects=edge.version, set={"valid_to": at}))
    return operations


def _again(edge: Edge, stored: Mapping[str, Edge], at: datetime) -> Edge | None:
    """`edge` as a new one, since a reopened fact is a new edge; None when it had been reopened already."""
    for other in stored.values():
        same = (other.kind, other.from_id, other.to_id) == (edge.kind, edge.from_id, edge.to_id)
        if same and other.retired_at is None and other.valid_to is None:
            return None
    return make_edge(
        edge.cube, edge.kind, edge.from_id, edge.to_id, created_at=at, discriminator=f"again-{to_micros(at)}",
        weight=edge.weight, created_by=edge.created_by, evidence=edge.evidence, info=edge.info, valid_from=at,
    )  # fmt: skip


def _replacements(
    draft: Draft,
    before: tuple[str, ...],
    wanted: Collection[str],
    stored: Mapping[str, Node],
    stored_edges: Mapping[str, Edge],
    at: datetime,
) -> list[Operation]:
    """SUPERSEDES from each new piece to the old one that stood in its place, aligned by what stayed around them."""
    operations: list[Operation] = []
    # the ends of what a text states as cause or effect are texts of no one's
    before = tuple(old for old in before if old not in stored or stored[old].kind != "Entity")
    shared = {node.id for node in stored.values() if set(holders(node)) - {draft.owner}}
    matcher = SequenceMatcher(a=before, b=draft.order, autojunk=False)
    for tag, old_start, old_end, new_start, new_end in matcher.get_opcodes():
        if tag != "replace":
            continue
        pairs = zip(before[old_start:old_end], draft.order[new_start:new_end], strict=False)
        for old, new in pairs:
            if old in wanted or old not in stored or old in shared or new in shared or _is_frozen(stored[old]):
                continue
            edge = make_edge(draft.nodes[0].cube, "SUPERSEDES", new, old, created_at=at)
            if edge.id not in stored_edges:
                operations.append(PutEdge(edge=edge))
    return operations
