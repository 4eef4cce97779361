"""The whole GraphStore port over dicts: sequential, exact, kept in memory alone.

Writers take turns; readers work on the state that was current when they began.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar

from memos_graph.backends.arguments import check_direction, check_near, check_page, check_walk, not_negative
from memos_graph.backends.checks import check_cube, check_spaces
from memos_graph.backends.inmemory.loading import loaded
from memos_graph.backends.inmemory.searching import bm25, cosines
from memos_graph.backends.inmemory.state import CubeState, own_change, own_cube, own_edge, own_node
from memos_graph.backends.inmemory.surveying import lexicon, survey
from memos_graph.backends.inmemory.walking import walk
from memos_graph.backends.inmemory.writing import write
from memos_graph.model.delta import Change, Delta, Receipt
from memos_graph.model.errors import AlreadyExists, Invalid, NotFound, NotSupported, require
from memos_graph.model.filter import LIST_FIELDS, Filter, field_name, matches
from memos_graph.model.graph import Cube, Edge, Node, Vector
from memos_graph.model.scope import Scope
from memos_graph.model.survey import Lexicon, Survey
from memos_graph.model.vectors import check_vector
from memos_graph.ports import Capabilities, Direction, EdgePage, Finding, NodePage, Order, Reached, Scored

_GAPS = {
    "backup": "nothing is on disk; export the cubes instead",
    "reopen": "everything is gone when the process ends; it is for tests and trials",
}
Item = TypeVar("Item", Node, Edge)


class InMemoryStore:
    """A GraphStore of dicts: the definition of right answers, not of speed (every search looks at every node)."""

    can = Capabilities(name="inmemory", durable=False, gaps=_GAPS)

    def __init__(self) -> None:
        self._states: dict[str, CubeState] = {}
        self._writing = Lock()

    def close(self) -> None:
        """Nothing: there is nothing to release."""

    # --- cubes

    def cubes(self) -> tuple[Cube, ...]:
        return tuple(own_cube(state.cube) for _, state in sorted(self._states.items()))

    def create_cube(self, cube: Cube) -> Cube:
        check_cube(cube)
        with self._writing:
            if cube.id in self._states:
                raise AlreadyExists("cube", cube.id)
            self._states = {**self._states, cube.id: CubeState(cube=own_cube(cube))}
        return own_cube(cube)

    def replace_cube(self, cube: Cube) -> Cube:
        check_cube(cube)
        with self._writing:
            state = self._state(cube.id)
            check_spaces(state.cube, cube)
            names = {space.name for space in cube.spaces}
            wanted = replace(own_cube(cube), created_at=state.cube.created_at)
            nodes = {
                id: replace(node, vectors={space: v for space, v in node.vectors.items() if space in names})
                for id, node in state.nodes.items()
            }
            self._states = {**self._states, cube.id: replace(state, cube=wanted, nodes=nodes)}
        return own_cube(wanted)

    def drop_cube(self, cube: str) -> None:
        with self._writing:
            self._state(cube)
            self._states = {id: state for id, state in self._states.items() if id != cube}

    # --- writes

    def apply(self, delta: Delta) -> Receipt:
        with self._writing:
            after, receipt = write(self._state(delta.cube), delta)
            self._states = {**self._states, delta.cube: after}
        return receipt

    def load(self, cube: str, *, nodes: Sequence[Node] = (), edges: Sequence[Edge] = (),
             changes: Sequence[Change] = ()) -> None:  # fmt: skip
        with self._writing:
            after = loaded(self._state(cube), nodes, edges, changes)
            self._states = {**self._states, cube: after}

    # --- reads

    def get(self, scope: Scope, ids: Collection[str], *, vectors: bool = False) -> tuple[Node, ...]:
        states = self._scoped(scope)
        found = [state.nodes[id] for id in dict.fromkeys(ids) for state in states if id in state.nodes]
        return tuple(own_node(node, vectors=vectors) for node in found if scope.sees(node))

    def match(self, scope: Scope, *, filter: Filter | None = None, order: Order | None = None, limit: int = 100,
              offset: int = 0, vectors: bool = False) -> tuple[Node, ...]:  # fmt: skip
        not_negative("limit", limit)
        not_negative("offset", offset)
        found = _sorted(self._nodes(scope, filter), order or Order())
        return tuple(own_node(node, vectors=vectors) for node in found[offset : offset + limit])

    def count(self, scope: Scope, *, filter: Filter | None = None) -> int:
        return len(self._nodes(scope, filter))

    def shape(self, scope: Scope) -> tuple[Mapping[str, int], Mapping[str, int]]:
        return _most_first(n.kind for n in self._nodes(scope, None)), _most_first(e.kind for e in self._edges(scope))

    def near(
        self, scope: Scope, space: str, vector: Vector, k: int, *, filter: Filter | None = None
    ) -> tuple[Scored, ...]:
        not_negative("k", k)
        states = [state for state in self._scoped(scope) if state.cube.space(space) is not None]
        check_near([state.cube for state in states], space, vector)
        return _best(states, scope, filter, k, lambda state: cosines(state.nodes.values(), space, vector))

    def text(self, scope: Scope, query: str, k: int, *, filter: Filter | None = None) -> tuple[Scored, ...]:
        not_negative("k", k)
        return _best(self._scoped(scope), scope, filter, k, lambda state: bm25(state.nodes.values(), query))

    def around(self, scope: Scope, ids: Collection[str], *, kinds: Collection[str] | None = None,
               direction: Direction = "both", depth: int = 1, limit: int = 1000) -> tuple[Reached, ...]:  # fmt: skip
        check_walk(direction, depth, limit)
        reached = [
            Reached(node=own_node(state.nodes[id], vectors=False), hops=len(path), path=tuple(map(own_edge, path)))
            for state in self._scoped(scope)
            for id, path in walk(state, scope, ids, kinds, direction, depth).items()
        ]
        return tuple(sorted(reached, key=lambda r: (r.hops, r.node.cube, r.node.id))[:limit])

    def edges(self, scope: Scope, *, ids: Collection[str] | None = None, touching: Collection[str] | None = None,
              kinds: Collection[str] | None = None, direction: Direction = "both", limit: int | None = None,
              ) -> tuple[Edge, ...]:  # fmt: skip
        check_direction(direction)
        not_negative("limit", limit or 0)
        found = [
            edge
            for edge in self._edges(scope, ids)
            if (kinds is None or edge.kind in kinds) and (touching is None or _touches(edge, touching, direction))
        ]
        return tuple(own_edge(edge) for edge in sorted(found, key=lambda edge: (edge.id, edge.cube))[:limit])

    def scan(self, scope: Scope, *, cursor: str | None = None, limit: int = 1000, vectors: bool = False) -> NodePage:
        page, following = _page(self._nodes(scope, None), cursor, limit, lambda node: (node.cube, node.id))
        return NodePage(nodes=tuple(own_node(node, vectors=vectors) for node in page), cursor=following)

    def scan_edges(self, scope: Scope, *, cursor: str | None = None, limit: int = 1000) -> EdgePage:
        page, following = _page(self._edges(scope), cursor, limit, lambda edge: (edge.cube, edge.from_id, edge.id))
        return EdgePage(edges=tuple(own_edge(edge) for edge in page), cursor=following)

    def changes(self, cube: str, *, after: int = 0, limit: int = 1000) -> tuple[Change, ...]:
        not_negative("after", after)
        not_negative("limit", limit)
        return tuple(own_change(change) for change in self._state(cube).changes[after : after + limit])

    # --- recall

    def lexicon(self, scope: Scope) -> Mapping[str, Lexicon]:
        return {state.cube.id: lexicon(state, scope) for state in self._scoped(scope)}

    def survey(self, scope: Scope, space: str, vector: Vector | None, words: str, *,
               filter: Filter | None = None, k: int = 200) -> tuple[Survey, ...]:  # fmt: skip
        not_negative("k", k)
        states = {state.cube.id: state for state in self._scoped(scope)}
        surveys = []
        for state in (states[cube] for cube in scope.cubes):
            embedded = vector is not None and state.cube.space(space) is not None
            checked = (
                check_vector(state.cube, space, vector, "query vector") if embedded and vector is not None else None
            )
            surveys.append(survey(state, scope, space, checked, words, filter, k))
        return tuple(surveys)

    # --- keeping

    def backup(self, path: Path) -> None:
        """`NotSupported`, always."""
        raise NotSupported("backup", _GAPS["backup"])

    def check(self, *, mend: bool = False) -> tuple[Finding, ...]:
        findings = []
        for cube, state in sorted(self._states.items()):
            ends = {end for edge in state.edges.values() for end in (edge.from_id, edge.to_id)}
            findings.append(Finding(what=f"ends of edges in {cube}", ok=ends <= set(state.nodes)))
            gapless = [change.seq for change in state.changes] == list(range(1, len(state.changes) + 1))
            findings.append(Finding(what=f"changes of {cube}", ok=gapless))
        return tuple(findings)

    # --- within

    def _state(self, cube: str) -> CubeState:
        state = self._states.get(cube)
        if state is None:
            raise NotFound("cube", cube, "create it first")
        return state

    def _scoped(self, scope: Scope) -> list[CubeState]:
        return [self._state(cube) for cube in sorted(scope.cubes)]

    def _nodes(self, scope: Scope, filter: Filter | None) -> list[Node]:
        nodes = (node for state in self._scoped(scope) for node in state.nodes.values())
        return [node for node in nodes if scope.sees(node) and matches(filter, node)]

    def _edges(self, scope: Scope, ids: Collection[str] | None = None) -> list[Edge]:
        found: list[Edge] = []
        for state in self._scoped(scope):
            if ids is None:
                found += state.edges.values()
            else:
                found += [state.edges[id] for id in dict.fromkeys(ids) if id in state.edges]
        return [edge for edge in found if scope.sees_edge(edge)]


def _best(
    states: Iterable[CubeState], scope: Scope, filter: Filter | None, k: int,
    score: Callable[[CubeState], Mapping[str, float]],
) -> tuple[Scored, ...]:  # fmt: skip
    found = [
        Scored(cube=state.cube.id, id=id, score=value)
        for state in states
        for id, value in score(state).items()
        if scope.sees(state.nodes[id]) and matches(filter, state.nodes[id])
    ]
    return tuple(sorted(found, key=lambda scored: (-scored.score, scored.cube, scored.id))[:k])


def _sorted(nodes: list[Node], order: Order) -> list[Node]:
    name = field_name(order.field)
    require(name not in LIST_FIELDS, "order", order.field, "sort by a field that holds one value")

    def value(node: Node) -> Any:
        return node.info.get(name[5:]) if name.startswith("info.") else getattr(node, name)

    def family(node: Node) -> str:
        stored = value(node)
        return "" if isinstance(stored, bool | int | float | datetime) else type(stored).__name__

    by_id = sorted(nodes, key=lambda node: (node.cube, node.id))
    having = [node for node in by_id if value(node) is not None and not isinstance(value(node), list | dict)]
    lacking = [node for node in by_id if value(node) is None or isinstance(value(node), list | dict)]
    return sorted(having, key=lambda node: (family(node), value(node)), reverse=order.descending) + lacking


def _page(
    items: list[Item], cursor: str | None, limit: int, place: Callable[[Item], tuple[str, ...]]
) -> tuple[list[Item], str | None]:
    check_page(limit)
    last = None if cursor is None else _read_cursor(cursor)
    ordered = sorted(items, key=place)
    rest = [item for item in ordered if last is None or place(item) > last]
    page = rest[:limit]
    return page, json.dumps(place(page[-1])) if len(rest) > limit else None


def _read_cursor(cursor: str) -> tuple[str, ...]:
    try:
        parts = json.loads(cursor)
    except ValueError:
        parts = None
    if not isinstance(parts, list) or not parts or not all(isinstance(part, str) for part in parts):
        raise Invalid("cursor", cursor, "pass on the cursor of the page before, as it is")
    return tuple(parts)


def _touches(edge: Edge, nodes: Collection[str], direction: Direction) -> bool:
    return (direction in ("out", "both") and edge.from_id in nodes) or (
        direction in ("in", "both") and edge.to_id in nodes
    )


def _most_first(kinds: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(kinds).items(), key=lambda item: (-item[1], item[0])))
