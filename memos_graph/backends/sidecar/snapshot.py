"""One cube's index as it was at one moment: arrays that never change, and what was worked out from them.

What depends on a Scope is kept by what the Scope's masks depend on; a write that moves no mask hands it on.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from memos_graph.backends.sidecar.adjacency import adjacency
from memos_graph.backends.sidecar.columns import View
from memos_graph.backends.sidecar.facets import Facets
from memos_graph.backends.sidecar.rows import SLOT
from memos_graph.backends.sidecar.scoping import Moments, in_states, seen
from memos_graph.backends.sidecar.vectors import VectorIndex
from memos_graph.model.scope import Scope
from memos_graph.model.survey import Adjacency, Bools, Ints, Lexicon

_KEPT = 16  #: masks, adjacencies and lexicons kept for Scopes that come again


@dataclass(frozen=True, slots=True)
class Seen:
    """What one Scope sees: masks over nodes and edges; an edge only with both its ends."""

    key: Hashable
    nodes: Bools
    edges: Bools


class Derived:
    """What was worked out from one state of the masks' columns. For all threads."""

    def __init__(self) -> None:
        self._held: OrderedDict[Hashable, Any] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """What was made for `key`, made now if it is new."""
        with self._lock:
            if key in self._held:
                self._held.move_to_end(key)
                return self._held[key]
        made = make()
        with self._lock:
            made = self._held.setdefault(key, made)
            while len(self._held) > _KEPT:
                self._held.popitem(last=False)
        return made


class Snapshot:
    """A state of a cube's index; safe to read from any thread, for as long as it is held."""

    def __init__(self, cube: str, nodes: View, edges: View, kinds: Sequence[str], edge_kinds: Sequence[str],
                 spaces: Mapping[str, VectorIndex], derived: Derived, facets: Facets) -> None:  # fmt: skip
        self.cube, self.nodes, self.edges = cube, nodes, edges
        self.kinds, self.edge_kinds, self.spaces = kinds, edge_kinds, spaces
        self.derived, self.facets = derived, facets

    @property
    def rows(self) -> int:
        """How many rows there are, those of erased nodes included: they show in no mask."""
        return self.nodes.size

    def seen(self, scope: Scope) -> Seen:
        """The masks of `scope`, kept."""
        moments: tuple[Moments, Moments] = self.derived.get("moments", self._moments)
        key = (scope.states, moments[0].key(scope), moments[1].key(scope))
        found: Seen = self.derived.get(("seen", key), lambda: self._masks(scope, key))
        return found

    def adjacency(self, scope: Scope) -> Mapping[str, Adjacency]:
        """The edges that `scope` sees with both their ends, kept."""
        masks = self.seen(scope)

        def make() -> Mapping[str, Adjacency]:
            return adjacency(self.edges.arrays, masks.edges, self.edge_kinds, self.rows)

        found: Mapping[str, Adjacency] = self.derived.get(("adjacency", masks.key), make)
        return found

    def lexicon(self, scope: Scope) -> Lexicon:
        """The Entity nodes that `scope` sees, by name; kept."""
        masks = self.seen(scope)
        found: Lexicon = self.derived.get(("lexicon", masks.key), lambda: self._lexicon(masks))
        return found

    def slots(self, space: str) -> Ints:
        """[rows] the slot of each node's vector in `space`, -1 for none."""
        slots: Ints = self.nodes.arrays[SLOT + space]
        return slots

    @property
    def ids(self) -> Sequence[str]:
        """[rows] ids of the nodes; where one was erased, a text that no id can be; kept."""
        found: Sequence[str] = self.derived.get("ids", lambda: _ids(self.nodes))
        return found

    @property
    def edge_ids(self) -> Sequence[str]:
        """[edges] ids of the edges, likewise."""
        found: Sequence[str] = self.derived.get("edge ids", lambda: _ids(self.edges))
        return found

    def _moments(self) -> tuple[Moments, Moments]:
        return Moments(self.nodes.arrays, "updated_at"), Moments(self.edges.arrays, "created_at")

    def _masks(self, scope: Scope, key: Hashable) -> Seen:
        nodes = seen(self.nodes.arrays, scope, "updated_at") & self.nodes.arrays["alive"]
        states = in_states(self.nodes.arrays["status"], scope)
        if states is not None:
            nodes &= states
        edges = seen(self.edges.arrays, scope, "created_at") & self.edges.arrays["alive"]
        edges &= nodes[self.edges.arrays["source"]] & nodes[self.edges.arrays["target"]]
        nodes.flags.writeable = edges.flags.writeable = False
        return Seen(key, nodes, edges)

    def _lexicon(self, masks: Seen) -> Lexicon:
        kind = self.nodes.arrays["kind"]
        entities = masks.nodes & (kind == _code(self.kinds, "Entity"))
        said = masks.edges & (self.edges.arrays["kind"] == _code(self.edge_kinds, "SAID_BY"))
        said &= kind[self.edges.arrays["source"]] == _code(self.kinds, "Message")
        speaking = np.zeros(self.rows, np.bool_)
        speaking[self.edges.arrays["target"][said]] = True
        return Lexicon(entities=self._named(entities), speakers=self._named(entities & speaking))

    def _named(self, mask: Bools) -> Mapping[str, tuple[str, ...]]:
        ids, keys = self.nodes.lists["id"], self.nodes.lists["key"]
        named: dict[str, list[str]] = {}
        for row in np.flatnonzero(mask).tolist():
            if keys[row]:
                named.setdefault(keys[row], []).append(ids[row])
        return {name: tuple(sorted(of_name)) for name, of_name in sorted(named.items())}


def _code(names: Sequence[str], name: str) -> int:
    return names.index(name) if name in names else -1


def _ids(rows: View) -> Sequence[str]:
    ids = rows.lists["id"][: rows.size]
    for row in np.flatnonzero(~rows.arrays["alive"]).tolist():
        ids[row] = f"\x00{row}"  # ids stay distinct; check_id allows no such character
    return tuple(ids)
