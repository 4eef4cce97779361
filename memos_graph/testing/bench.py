"""A cube to test on, and short ways to fill and ask it. Times are days after 2025-01-01 UTC; ids are the test's."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from memos_graph.model.delta import Change, Delta, Operation, PutEdge, PutNode, Receipt
from memos_graph.model.filter import Filter, parse_filter
from memos_graph.model.graph import Cube, Edge, Node, Vector, VectorSpace, make_edge
from memos_graph.model.scope import Scope, everything
from memos_graph.ports import GraphStore

SPACE = VectorSpace(name="main", model="test-4", dimension=4)
OTHER = VectorSpace(name="other", model="test-2", dimension=2)


def day(number: float) -> datetime:
    """The instant `number` days after the start of 2025, UTC."""
    return datetime(2025, 1, 1, tzinfo=UTC) + timedelta(days=number)


def vector(*numbers: float) -> Vector:
    """`numbers` as float32."""
    return np.array(numbers, dtype=np.float32)


def make_cube(id: str, **fields: Any) -> Cube:
    """A cube with the spaces `main` (4 numbers, its text space) and `other` (2)."""
    return Cube(**{"id": id, "spaces": (SPACE, OTHER), "text_space": "main", "created_at": day(0), **fields})


def ids(found: Iterable[Any]) -> list[str]:
    """The ids of nodes, edges, Scored or Images, in order."""
    return [item.id for item in found]


@dataclass(slots=True)
class Bench:
    """One cube of a store under test."""

    store: GraphStore
    cube: str
    _numbers: Iterable[int] = field(default_factory=itertools.count)

    # --- making

    def node(self, id: str, **fields: Any) -> Node:
        """A node of this cube, a Passage known since day 0 unless `fields` say otherwise."""
        return Node(
            **{"id": id, "cube": self.cube, "kind": "Passage", "created_at": day(0), "updated_at": day(0), **fields}
        )

    def edge(self, from_id: str, to_id: str, kind: str = "RELATED_TO", **fields: Any) -> Edge:
        """An edge of this cube, known since day 0 unless `fields` say otherwise."""
        return make_edge(self.cube, kind, from_id, to_id, **{"created_at": day(0), **fields})

    def delta(self, *operations: Operation, id: str = "", at: datetime | None = None, **fields: Any) -> Delta:
        """A Delta of this cube, with a new id and of day 10 unless told."""
        id = id or f"delta-{next(iter(self._numbers))}"
        return Delta(id=id, cube=self.cube, at=at or day(10), operations=operations, **fields)

    # --- writing

    def apply(self, *operations: Operation, id: str = "", at: datetime | None = None) -> Receipt:
        """Apply one Delta of these operations."""
        return self.store.apply(self.delta(*operations, id=id, at=at))

    def put(self, *things: Node | Edge) -> Receipt:
        """Create these nodes and edges in one Delta."""
        puts = (PutNode(node=thing) if isinstance(thing, Node) else PutEdge(edge=thing) for thing in things)
        return self.apply(*puts)

    def chain(self, *names: str, kind: str = "RELATED_TO") -> list[Edge]:
        """Create nodes of these ids, each with an edge to the next; the edges."""
        edges = [self.edge(a, b, kind) for a, b in itertools.pairwise(names)]
        self.put(*(self.node(name) for name in names), *edges)
        return edges

    # --- asking

    def scope(self, **fields: Any) -> Scope:
        """A Scope of this cube."""
        return Scope(cubes=(self.cube,), **fields)

    def get(self, id: str, scope: Scope | None = None, *, vectors: bool = True) -> Node | None:
        """The node of this id in `scope`, or in everything."""
        found = self.store.get(scope or everything(self.cube), [id], vectors=vectors)
        return found[0] if found else None

    def matching(self, tree: object = None, scope: Scope | None = None) -> list[str]:
        """Ids in scope that meet the filter that JSON `tree` says, sorted."""
        return sorted(ids(self.store.match(scope or self.scope(), filter=condition(tree))))

    def reached(self, starts: Sequence[str], scope: Scope | None = None, **how: Any) -> list[str]:
        """Ids that `around` gives, in its order."""
        return [reached.node.id for reached in self.store.around(scope or self.scope(), starts, **how)]

    def found(self, query: str, scope: Scope | None = None, tree: object = None, k: int = 100) -> list[str]:
        """Ids that text search gives, best first."""
        return ids(self.store.text(scope or self.scope(), query, k, filter=condition(tree)))

    def nearest(self, *numbers: float, scope: Scope | None = None, tree: object = None, k: int = 100) -> list[str]:
        """Ids that vector search gives, best first."""
        return ids(self.store.near(scope or self.scope(), "main", vector(*numbers), k, filter=condition(tree)))

    def edge_ids(self, scope: Scope | None = None, **which: Any) -> list[str]:
        """Ids that `edges` gives, in its order."""
        return ids(self.store.edges(scope or self.scope(), **which))

    def changes(self) -> tuple[Change, ...]:
        """All of the cube's Changes."""
        return self.store.changes(self.cube)

    def contents(self) -> Contents:
        """All that the cube holds."""
        return contents(self.store, self.cube)


def condition(tree: object) -> Filter | None:
    """The filter that JSON `tree` says; None for None."""
    return None if tree is None else parse_filter(tree)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """All that a cube holds, comparable by ==."""

    cube: Cube
    nodes: tuple[Node, ...]
    vectors: tuple[tuple[str, str, tuple[float, ...]], ...]
    edges: tuple[Edge, ...]
    changes: tuple[Change, ...]


def contents(store: GraphStore, cube: str, *, page: int = 1000) -> Contents:
    """All that `cube` holds, read through scans."""
    scope = everything(cube)
    nodes = all_nodes(store, scope, page=page)
    edges: list[Edge] = []
    cursor: str | None = None
    while True:
        found = store.scan_edges(scope, cursor=cursor, limit=page)
        edges.extend(found.edges)
        if (cursor := found.cursor) is None:
            break
    rows = [(n.id, space, tuple(map(float, row))) for n in nodes for space, row in n.vectors.items()]
    return Contents(
        cube=next(c for c in store.cubes() if c.id == cube),
        nodes=tuple(sorted(nodes, key=lambda node: node.id)),
        vectors=tuple(sorted(rows)),
        edges=tuple(sorted(edges, key=lambda edge: edge.id)),
        changes=store.changes(cube, limit=1_000_000),
    )


def all_nodes(store: GraphStore, scope: Scope, *, page: int = 1000) -> list[Node]:
    """The nodes in scope with their vectors, in the order of `scan`."""
    nodes: list[Node] = []
    cursor: str | None = None
    while True:
        found = store.scan(scope, cursor=cursor, limit=page, vectors=True)
        nodes.extend(found.nodes)
        if (cursor := found.cursor) is None:
            return nodes


def by_id(nodes: Collection[Node]) -> dict[str, Node]:
    """`nodes` by their id."""
    return {node.id: node for node in nodes}
