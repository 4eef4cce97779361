"""Where each edge starts: the index over edge ids that Cypher can't keep, in memory, read when first needed.

Derived from the graph alone. A cube that no one asks for an edge by its id costs nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from threading import Lock

from memos_graph.backends.arcade.engine import Engine
from memos_graph.backends.opencypher.reading import starts_of
from memos_graph.model.graph import Edge


class Directory:
    """Edge id -> id of the node it starts from, by cube. Safe to use from several threads."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = Lock()
        self._starts: dict[str, dict[str, str]] = {}

    def starts(self, cube: str, edges: Iterable[str]) -> dict[str, str]:
        """The start node of each of `edges` that is in `cube`. O(all edges of the cube) when first asked."""
        with self._lock:
            known = self._starts.get(cube)
            if known is None:
                known = self._starts[cube] = starts_of(self._engine, cube)
            return {id: known[id] for id in edges if id in known}

    def loaded(self, cube: str) -> bool:
        """Whether an answer for `cube` costs no reading."""
        return cube in self._starts

    def commit(self, cube: str, written: Mapping[str, Edge], erased: Collection[str]) -> None:
        """Take in what a transaction wrote; call it after the commit, so that a reading under way misses nothing."""
        with self._lock:
            known = self._starts.get(cube)
            if known is None:
                return
            for id in erased:
                known.pop(id, None)
            for id, edge in written.items():
                known[id] = edge.from_id

    def forget(self, cube: str | None = None) -> None:
        """Drop what is known of `cube`, or of all cubes."""
        with self._lock:
            if cube is None:
                self._starts.clear()
            else:
                self._starts.pop(cube, None)
