"""What becomes of pictures when one of the documents that hold them goes: they stay for the others.

Which documents those are is read from the live PARENT edges, so that a section that is deleted alone counts too.
Reads; writes nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from memos_graph.engines.held import holders, unsaid, without
from memos_graph.model.graph import Edge, Node
from memos_graph.model.scope import everything
from memos_graph.ports import GraphStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Parting:
    """A picture that stays."""

    head: Node  #: as it is, with its vectors
    after: Node  #: as it is in the documents that stay
    silent: tuple[Edge, ...]  #: its MENTIONS of names that only words that go hold


def partings(store: GraphStore, cube: str, ids: Collection[str], going: Collection[str]) -> tuple[Parting, ...]:
    """The pictures among `ids` that documents hold which are not `going`. A few queries; none without a picture."""
    scope = replace(everything(cube), retired=False)
    some = [identity for identity in ids if identity.startswith("img_")]
    pictures = [node for node in store.get(scope, some, vectors=True) if holders(node)] if some else []
    if not pictures:
        return ()
    found = []
    roots = _documents_above(store, cube, [node.id for node in pictures], frozenset(going))
    for head in pictures:
        after = without(head, set(holders(head)) - roots[head.id])
        if after is not None:
            found.append((head, after))
    texts = {head.id: (head.text, after.text) for head, after in found if head.text != after.text}
    named = store.edges(scope, touching=list(texts), kinds=["MENTIONS"], direction="out") if texts else ()
    silent = unsaid(texts, named)
    return tuple(
        Parting(head=head, after=after, silent=tuple(edge for edge in silent if edge.from_id == head.id))
        for head, after in found
    )


def _documents_above(
    store: GraphStore, cube: str, ids: Sequence[str], going: Collection[str]
) -> Mapping[str, set[str]]:
    """By each of `ids`, the live documents that it stands in, by way of nothing that is `going`. A query a layer."""
    scope = replace(everything(cube), retired=False)
    above: dict[str, set[str]] = {identity: set() for identity in ids}
    layer = {identity: {identity} for identity in ids}  # node -> those of `ids` below it
    while layer:
        edges = [
            edge
            for edge in store.edges(scope, touching=list(layer), kinds=["PARENT"], direction="out")
            if edge.valid_to is None and edge.to_id not in going
        ]
        upper: dict[str, set[str]] = {}
        for edge in edges:
            upper.setdefault(edge.to_id, set()).update(layer[edge.from_id])
        layer = {}
        for node in store.get(scope, list(upper)) if upper else ():
            if node.valid_to is not None:
                continue
            if node.kind == "Document":
                for identity in upper[node.id]:
                    above[identity].add(node.id)
            else:
                layer[node.id] = upper[node.id]
    return above
