"""What someone would write by hand against Neo4j's bare driver: the yardstick of the Neo4j store.

The queries return what the port's verbs return and no more: no history, no Change, no filter by states.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from types import TracebackType
from typing import Any, Self

from memos_graph.backends.neo4j.url import SCHEMES, address
from memos_graph.backends.opencypher.rows import node_row, space_property
from memos_graph.model.graph import Node, Vector, VectorSpace

_COLUMNS = (
    "n.id AS id, n.kind AS kind, n.text AS text, n.key AS key, n.status AS status, n.tags AS tags,"
    " n.sources AS sources, n.info AS info, n.created_at AS created_at, n.updated_at AS updated_at,"
    " n.version AS version"
)
_AROUND = f"""
MATCH (s:Memory) WHERE s.uid IN $uids
MATCH path = (s)-[e*1..2]-(n:Memory)
WHERE n.retired_at IS NULL AND all(x IN e WHERE x.retired_at IS NULL) AND NOT n.uid IN $uids
WITH n, length(path) AS steps
WITH n, min(steps) AS hops ORDER BY hops, n.uid LIMIT $limit
RETURN hops, {_COLUMNS}
"""
_UNWIND = "UNWIND $rows AS row CREATE (n:Memory:Passage) SET n = row"
_PLAIN = "plain"  # the cube of rows written past the store


def serves(url: str) -> bool:
    """Whether `url` names a Neo4j server."""
    return url.partition("://")[0] in SCHEMES


class Bare:
    """One driver, one query at a time."""

    def __init__(self, url: str) -> None:
        from neo4j import GraphDatabase

        self._at = address(url, password=os.environ.get("MEMOS_GRAPH_STORE_PASSWORD", ""))
        self._driver = GraphDatabase.driver(
            self._at.driver_url, auth=(self._at.user, self._at.password), notifications_min_severity="OFF"
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._driver.close()

    def around(self, ids: Sequence[str], cube: str, limit: int = 1000) -> list[Any]:
        """Nodes within two edges of the nodes `ids` of `cube`."""
        return self._run(_AROUND, uids=[f"{cube}#{id}" for id in ids], limit=limit)

    def unwind(self, nodes: Sequence[Node], space: str) -> None:
        """`nodes` created with their vectors in one transaction."""
        rows = [
            {**node_row(node), space_property(space): [float(value) for value in node.vectors[space]]} for node in nodes
        ]
        self._run(_UNWIND, rows=rows)

    def forget_unwound(self) -> None:
        """Remove what `unwind` wrote."""
        self._run("MATCH (n:Memory {cube_id: $cube}) DETACH DELETE n", cube=_PLAIN)

    def nearest(self, space: VectorSpace, k: int, vector: Vector) -> list[Any]:
        """The `k` nearest of all cubes by the native index."""
        return self._run(
            "CALL db.index.vector.queryNodes($index, $k, $vector) YIELD node, score RETURN node.id AS id, score",
            index=self._index(space), k=k, vector=[float(value) for value in vector],
        )  # fmt: skip

    def nearest_exact(self, space: VectorSpace, cube: str, k: int, vector: Vector) -> list[Any]:
        """The `k` nearest in a cube, each compared."""
        of = space_property(space.name)
        return self._run(
            f"MATCH (n:Memory {{cube_id: $cube}}) WHERE n.{of} IS NOT NULL AND n.retired_at IS NULL"
            f" WITH n.id AS id, vector.similarity.cosine(n.{of}, $vector) AS score"
            " ORDER BY score DESC LIMIT $k RETURN id, score",
            cube=cube, k=k, vector=[float(value) for value in vector],
        )  # fmt: skip

    def _index(self, space: VectorSpace) -> str:
        rows = self._run(
            "SHOW VECTOR INDEXES YIELD name, properties WHERE $property IN properties RETURN name",
            property=space_property(space.name),
        )
        return str(rows[0]["name"])

    def _run(self, text: str, **parameters: Any) -> list[Any]:
        records, _, _ = self._driver.execute_query(text, parameters, database_=self._at.database or None)
        return records


def fresh(like: Sequence[Node], mark: str, count: int) -> list[Node]:
    """`count` nodes that are not stored yet; those of the bare driver are in a cube of their own."""
    cube = {"cube": _PLAIN} if mark.startswith(_PLAIN) else {}
    return [replace(node, id=f"{mark}_{node.id}", **cube) for node in like[-count:]]  # type: ignore[arg-type]
