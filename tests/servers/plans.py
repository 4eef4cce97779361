"""How Neo4j would run a query: the operators of its plan. Runs nothing."""

from __future__ import annotations

from typing import Any

import neo4j

#: Operators that read more than an index names: every node, every node of a label, every edge (of a type).
SCANS = (
    "AllNodesScan", "NodeByLabelScan", "UnionNodeByLabelsScan", "IntersectionNodeByLabelsScan",
    "SubtractionNodeByLabelsScan", "DirectedAllRelationshipsScan", "UndirectedAllRelationshipsScan",
    "DirectedRelationshipTypeScan", "UndirectedRelationshipTypeScan", "DirectedUnionRelationshipTypesScan",
    "UndirectedUnionRelationshipTypesScan",
)  # fmt: skip


def scans(session: neo4j.Session, text: str) -> list[str]:
    """The scans in the plan of `text`, each with what it reads."""
    plan = session.run(f"EXPLAIN {text}").consume().plan
    found: list[str] = []

    def look(operator: dict[str, Any]) -> None:
        name = operator["operatorType"].partition("@")[0]
        if name.removeprefix("Partitioned") in SCANS:
            found.append(f"{name} {operator['args'].get('Details', '')}".strip())
        for child in operator.get("children", ()):
            look(child)

    look(dict(plan or {"operatorType": "none"}))
    return found
