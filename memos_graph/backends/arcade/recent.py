"""Nodes read lately, kept in memory: a search reads the same entities, sessions and best hits again and again.

Derived and bounded; holds no vectors. Knows nothing of queries: who writes says what changed.
"""

from __future__ import annotations

from collections.abc import Iterable
from copy import copy
from threading import Lock

from memos_graph.model.graph import Node

MOST = 20_000  #: nodes kept
LONGEST = 4_096  #: characters of a kept node's text: some 30 MB in all


class RecentNodes:
    """The nodes of every cube read last, by id. Safe from several threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._kept: dict[tuple[str, str], Node] = {}
        self._writes = 0

    def stamp(self) -> int:
        """What `keep` is given for nodes that are read from now on."""
        with self._lock:
            return self._writes

    def find(self, cube: str, ids: Iterable[str]) -> dict[str, Node]:
        """Those of the nodes that are kept, by id; each is the caller's own."""
        with self._lock:
            found = {id: kept for id in ids if (kept := self._kept.get((cube, id))) is not None}
            for id, node in found.items():
                self._kept[cube, id] = self._kept.pop((cube, id), node)  # the last used goes last
        return {id: _own(node) for id, node in found.items()}

    def keep(self, cube: str, nodes: Iterable[Node], stamp: int) -> None:
        """Keep `nodes`, read after `stamp` was taken, unless something was written since."""
        fit = [node for node in nodes if len(node.text) <= LONGEST and _is_flat(node)]
        with self._lock:
            if stamp != self._writes:
                return
            for node in fit:
                self._kept[cube, node.id] = _own(node)
            for key in list(self._kept)[: max(0, len(self._kept) - MOST)]:
                del self._kept[key]

    def forget(self, cube: str, ids: Iterable[str]) -> None:
        """These nodes were written."""
        with self._lock:
            self._writes += 1
            for id in ids:
                self._kept.pop((cube, id), None)

    def clear(self) -> None:
        """Anything may have been written."""
        with self._lock:
            self._writes += 1
            self._kept.clear()


def _own(node: Node) -> Node:
    """`node`, whose info may be changed without changing another's."""
    if not node.info:
        return node
    twin = copy(node)
    object.__setattr__(twin, "info", dict(node.info))  # `replace` would check every field again: 60 us a node
    return twin


def _is_flat(node: Node) -> bool:
    # nested values would have to be copied deeply for every caller, and a document's layout is large
    return not any(isinstance(value, list | dict | tuple) for value in node.info.values())
