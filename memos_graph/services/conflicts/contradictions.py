"""What is known of conflicts: pairs of memories that a CONFLICTS_WITH edge joins, while both hold.

Reads only. How they are found is in `conflicts`, how they are settled in `resolving`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from memos_graph.model.codec import edge_to_json, node_to_json
from memos_graph.model.errors import Invalid
from memos_graph.model.graph import Edge, Node
from memos_graph.model.scope import Scope
from memos_graph.ports import GraphStore
from memos_graph.services.context import Context
from memos_graph.services.embed import find_cube

CONFLICTS_WITH = "CONFLICTS_WITH"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contradiction:
    """Two memories that contradict each other, and what is known of it."""

    edge: Edge  #: CONFLICTS_WITH
    one: Node
    other: Node

    @property
    def id(self) -> str:
        """The edge's id: what `resolve` takes."""
        return self.edge.id

    @property
    def rule(self) -> str:
        """What saw it: value, negation, number, date, name, near; "" for one that a person linked."""
        return self._told("rule")

    @property
    def verdict(self) -> str:
        """contradictory or redundant by a language model; "" when none was asked, or it gave none."""
        return self._told("verdict")

    @property
    def reason(self) -> str:
        """The model's reason, else what the rule saw."""
        return self._told("reason") or self.edge.evidence

    @property
    def offers(self) -> str:
        """What to do about it: merge for two that say the same, else resolve."""
        return "merge" if self.verdict == "redundant" else "resolve"

    def to_json(self) -> dict[str, Any]:
        """All of it as plain JSON values."""
        return {
            "id": self.id, "rule": self.rule, "verdict": self.verdict, "reason": self.reason, "offers": self.offers,
            "one": node_to_json(self.one), "other": node_to_json(self.other), "edge": edge_to_json(self.edge),
        }  # fmt: skip

    def _told(self, name: str) -> str:
        value = self.edge.info.get(name)
        return value if isinstance(value, str) else ""


def contradictions(context: Context, cube: str, *, limit: int = 1000) -> tuple[Contradiction, ...]:
    """Unresolved conflicts between memories that hold now, the latest found first. One read of edges, one of nodes."""
    if isinstance(limit, bool) or not isinstance(limit, int) or limit < 1:
        raise Invalid("limit", limit, "use a whole number from 1 on")
    find_cube(context.store, cube)
    scope = holding(context, cube)
    edges = [edge for edge in context.store.edges(scope, kinds=[CONFLICTS_WITH]) if is_open(edge)]
    edges.sort(key=lambda edge: (edge.created_at, edge.id), reverse=True)
    return tuple(joined(context.store, scope, edges))[:limit]


def joined(store: GraphStore, scope: Scope, edges: Sequence[Edge]) -> Iterable[Contradiction]:
    """`edges` with their ends, those of which `scope` sees both, in the order given."""
    ends = {end for edge in edges for end in (edge.from_id, edge.to_id)}
    nodes = {node.id: node for node in store.get(scope, sorted(ends))} if ends else {}
    for edge in edges:
        if edge.from_id in nodes and edge.to_id in nodes:
            yield Contradiction(edge=edge, one=nodes[edge.from_id], other=nodes[edge.to_id])


def is_open(edge: Edge) -> bool:
    """Whether `edge` is a conflict that waits to be resolved."""
    return edge.retired_at is None and edge.info.get("verdict") != "independent"


def holding(context: Context, cube: str) -> Scope:
    """What is known of the cube, and holds now or later."""
    return Scope(cubes=(cube,), current_at=context.clock())
