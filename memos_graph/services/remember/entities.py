"""Entity nodes and MENTIONS edges for the texts of a draft."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from memos_graph.engines.mentions import canonical, mentions
from memos_graph.engines.titles import title_name
from memos_graph.model.graph import Edge, Node, make_edge
from memos_graph.services.remember.ids import node_id

#: An entity that a text merely names, against one that it is about (its heading or title names it).
NAMED, ABOUT = 0.5, 1.0


class Entities:
    """Collects the entities of one draft: each once, with an edge from everything that names it."""

    def __init__(self, cube: str, at: datetime, known: Iterable[str] = ()) -> None:
        self._cube, self._at = cube, at
        self._known = frozenset(known)  # canonical names
        self.nodes: dict[str, Node] = {}
        self.edges: dict[str, Edge] = {}

    def add(self, name: str) -> str:
        """The id of the Entity called `name`, made if this draft has it for the first time."""
        key = canonical(name)
        identity = node_id("ent", key)
        if identity not in self.nodes:
            self.nodes[identity] = Node(
                id=identity, cube=self._cube, kind="Entity", text=name, key=key,
                created_at=self._at, updated_at=self._at,
            )  # fmt: skip
        return identity

    def link(self, node: str, text: str, about: str = "") -> None:
        """MENTIONS edges from `node` to what `text` names, and to what `about` (a title, a heading) names in full."""
        title = title_name(about)
        if title is not None:
            self._edge(node, title, ABOUT)
        for mention in mentions(about, known=self._known):
            self._edge(node, mention.name, ABOUT)
        for mention in mentions(text, known=self._known):
            self._edge(node, mention.name, NAMED)

    def _edge(self, node: str, name: str, weight: float) -> None:
        edge = make_edge(
            self._cube, "MENTIONS", node, self.add(name), created_at=self._at, weight=weight, evidence=name
        )
        self.edges.setdefault(edge.id, edge)
