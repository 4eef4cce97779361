"""What belongs to a document or a chat: all that leads up to it by PARENT edges."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from memos_graph.model.scope import everything
from memos_graph.ports import GraphStore


def members_of(store: GraphStore, cube: str, roots: Sequence[str]) -> list[str]:
    """Ids of the live nodes below `roots`, those without the roots, layer by layer. A query for each layer.

    A picture that other documents hold too is among them: `parting` tells what becomes of it.
    """
    scope = replace(everything(cube), retired=False)
    seen, layer, members = set(roots), list(roots), list[str]()
    while layer:
        below = store.edges(scope, touching=layer, kinds=["PARENT"], direction="in")
        layer = [i for i in dict.fromkeys(edge.from_id for edge in below) if i not in seen]
        layer = [node.id for node in store.get(scope, layer)]
        seen.update(layer)
        members.extend(layer)
    return members
