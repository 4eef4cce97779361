"""What a format's module has understood: nodes, edges and vectors, each with its place in the file. Writes nothing."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from memos_graph.engines.mentions import canonical
from memos_graph.model.errors import Invalid
from memos_graph.model.graph import Edge, Node, Vector, edge_id, make_edge
from memos_graph.model.kinds import edge_kind
from memos_graph.services.remember.ids import node_id

MADE_BY = "import"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """A whole file, understood. `places` says by id where a node or an edge stands in it."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    embeddings: Mapping[str, Vector]
    places: Mapping[str, str]
    notes: tuple[str, ...]


class Gathering:
    """Collects nodes and edges for `cube`; `at` is the time of those that carry none."""

    def __init__(self, cube: str, at: datetime) -> None:
        self.cube, self.at = cube, at
        self.nodes: dict[str, Node] = {}
        self._edges: dict[str, Edge] = {}
        self._embeddings: dict[str, Vector] = {}
        self._places: dict[str, str] = {}
        self._notes: Counter[str] = Counter()

    def node(self, where: str, *, embedding: Vector | None = None, **fields: Any) -> Node:
        """Take in a node. `Invalid`: a field that a node can't have, no words, an id that is in the file already."""
        made = self._made(where, fields)
        if made.id in self.nodes:
            raise Invalid(f"{where} id", made.id, f"{self._places[made.id]} has it already: give each an id of its own")
        self.nodes[made.id], self._places[made.id] = made, where
        if embedding is not None:
            self._embeddings[made.id] = embedding
        return made

    def stub(self, where: str, **fields: Any) -> None:
        """Take in a node that others only name, unless it is in already."""
        if fields["id"] not in self.nodes:
            self.node(where, **fields)

    def entity(self, name: str, where: str) -> str:
        """The id of the Entity called `name`, taken in unless it is in already."""
        key = canonical(name)
        if not key:
            raise Invalid(where, name, "give the entity a name")
        identity = node_id("ent", key)
        self.stub(where, id=identity, kind="Entity", text=" ".join(name.split()), key=key)
        return identity

    def edge(self, where: str, kind: str, from_id: str, to_id: str, *, once: bool = False, **fields: Any) -> None:
        """Take in an edge; an equal one that is in already is left out with a note, with `once` it is an error."""
        created_at = fields.pop("created_at", None) or self.at
        try:
            made = make_edge(self.cube, edge_kind(kind), from_id, to_id, created_at=created_at,
                             created_by=MADE_BY, **fields)  # fmt: skip
        except Invalid as error:
            raise Invalid(f"{where} {error.field}", error.value, error.advice) from None
        if made.id in self._edges:
            if once:
                ends = f"{from_id} {kind} {to_id}"
                raise Invalid(
                    where, ends, f"{self._places[made.id]} says it already: leave it out, or add a discriminator"
                )
            self.note("edges that the file says twice, taken once")
            return
        self._edges[made.id], self._places[made.id] = made, where

    def has_edge(self, kind: str, from_id: str, to_id: str) -> bool:
        """Whether an edge of that kind between the two, without discriminator, is in."""
        return edge_id(self.cube, kind, from_id, to_id) in self._edges

    def note(self, what: str, times: int = 1) -> None:
        """Remember to tell people about `what`; equal ones are counted."""
        self._notes[what] += times

    def parsed(self) -> Parsed:
        """All that was taken in."""
        return Parsed(
            nodes=tuple(self.nodes.values()), edges=tuple(self._edges.values()), embeddings=self._embeddings,
            places=self._places, notes=tuple(f"{count:,} {what}" for what, count in self._notes.items()),
        )  # fmt: skip

    def _made(self, where: str, fields: dict[str, Any]) -> Node:
        created = fields.pop("created_at", None) or self.at
        updated = fields.pop("updated_at", None) or created
        try:
            made = Node(cube=self.cube, created_at=created, updated_at=max(created, updated), **fields)
        except Invalid as error:
            raise Invalid(f"{where} {error.field}", error.value, error.advice) from None
        if not made.text.strip():
            raise Invalid(f"{where} text", made.text, "it says nothing; give it words, or leave it out of the file")
        return made


#: What other tools call relations that have a meaning here.
_SAME = {
    "RELATE": "RELATED_TO", "RELATE_TO": "RELATED_TO", "RELATES_TO": "RELATED_TO", "RELATED": "RELATED_TO",
    "MERGED_TO": "MERGED_INTO", "MERGE_TO": "MERGED_INTO", "CAUSE": "CAUSES", "CONDITION": "CONDITION_OF",
    "CONFLICT": "CONFLICTS_WITH", "CONFLICTS": "CONFLICTS_WITH",
}  # fmt: skip


def relation(name: str) -> tuple[str, str]:
    """(edge kind, `name` where the kind does not say it) of what another tool calls a relation.

    A name without ASCII letters becomes RELATED_TO; whoever makes the edge keeps the name as discriminator.
    """
    upper = re.sub(r"[^A-Z0-9]+", "_", name.upper()).strip("_") if name.isascii() else ""
    upper = upper if upper[:1].isalpha() else ""
    kind = _SAME.get(upper, upper)[:63].rstrip("_") or "RELATED_TO"
    return kind, "" if kind == name else name
