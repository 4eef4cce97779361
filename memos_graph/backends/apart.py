"""Keep every cube in a store of its own behind one GraphStore: ask the member a cube lives in, merge what several say.

Knows no backend: what a member is, how one is made, found and dropped is its `Members`' affair. A read over several
cubes asks one member after the other, so it shows each cube at a moment of its own.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol, TypeVar

from memos_graph.backends.arguments import check_direction, check_near, check_page, check_walk, not_negative
from memos_graph.backends.checks import check_cube
from memos_graph.backends.opencypher.asking import most_first
from memos_graph.backends.opencypher.reading import in_order
from memos_graph.model.delta import Change, Delta, Receipt
from memos_graph.model.errors import AlreadyExists, Invalid, MemosGraphError, NotFound, NotSupported, Unavailable
from memos_graph.model.filter import Filter
from memos_graph.model.graph import Cube, Edge, Node, Vector
from memos_graph.model.scope import Scope
from memos_graph.model.survey import Lexicon, Survey
from memos_graph.ports import Capabilities, Direction, EdgePage, Finding, GraphStore, NodePage, Order, Reached, Scored

_TRIES = 5
T = TypeVar("T")


class Members(Protocol):
    """Stores of one cube each. Safe to use from several threads; other processes may make and drop members."""

    can: Capabilities

    def close(self) -> None:
        """Close every member. A second call does nothing."""

    def cubes(self) -> Iterable[Cube]:
        """The record of every cube that is in a member of its own now."""

    def find(self, cube: str) -> GraphStore:
        """The member of `cube`; what was made by another process is found too. `NotFound`."""

    def make(self, cube: str) -> GraphStore:
        """The member of `cube`, made with nothing in it when it is not there."""

    def drop(self, cube: str) -> None:
        """Remove the member of `cube` with all in it, in one step that a crash leaves whole or undone. `NotFound`."""

    def lost(self, cube: str, error: MemosGraphError) -> bool:
        """Whether a member raised `error` because it was dropped under our hands; if so, it is forgotten."""

    def check(self) -> Iterable[Finding]:
        """What is found of members besides what each says of itself."""


class Apart:
    """A GraphStore whose cubes lie in stores of their own. O(cubes in scope) questions to members for each verb."""

    def __init__(self, members: Members) -> None:
        self._members = members
        self.can = members.can

    def close(self) -> None:
        self._members.close()

    # --- cubes

    def cubes(self) -> tuple[Cube, ...]:
        return tuple(sorted(self._members.cubes(), key=lambda cube: cube.id))

    def create_cube(self, cube: Cube) -> Cube:
        """Its member first, then its record: without a record there is no cube, so one cut short is simply begun again.

        Of several that create one cube at once, the one whose record was first has made it.
        """
        check_cube(cube)  # what a member would refuse must leave no empty one behind
        if self._there(cube.id):
            raise AlreadyExists("cube", cube.id)
        for _ in range(_TRIES):
            try:
                return self._members.make(cube.id).create_cube(cube)
            except MemosGraphError as error:  # someone may drop the cube of that name meanwhile
                if not isinstance(error, NotFound) and not self._members.lost(cube.id, error):
                    raise
        raise Unavailable(f"cube {cube.id!r} is made and dropped by others all the time; try again")

    def replace_cube(self, cube: Cube) -> Cube:
        check_cube(cube)
        return self._ask(cube.id, lambda member: member.replace_cube(cube))

    def drop_cube(self, cube: str) -> None:
        if not self._there(cube):
            raise _no_cube(cube)
        self._members.drop(cube)

    # --- writes

    def apply(self, delta: Delta) -> Receipt:
        return self._ask(delta.cube, lambda member: member.apply(delta))

    def load(self, cube: str, *, nodes: Sequence[Node] = (), edges: Sequence[Edge] = (),
             changes: Sequence[Change] = ()) -> None:  # fmt: skip
        self._ask(cube, lambda member: member.load(cube, nodes=nodes, edges=edges, changes=changes))

    # --- reads

    def get(self, scope: Scope, ids: Collection[str], *, vectors: bool = False) -> tuple[Node, ...]:
        places = {id: place for place, id in enumerate(dict.fromkeys(ids))}
        found = self._each(scope, lambda member, one: member.get(one, list(places), vectors=vectors))
        return tuple(sorted(_flat(found), key=lambda node: (places[node.id], node.cube)))

    def match(self, scope: Scope, *, filter: Filter | None = None, order: Order | None = None, limit: int = 100,
              offset: int = 0, vectors: bool = False) -> tuple[Node, ...]:  # fmt: skip
        """From each member as many as might be among those wanted: O(cubes * (offset + limit)) nodes are read."""
        not_negative("limit", limit)
        not_negative("offset", offset)
        order = order or Order()
        most = offset + limit
        found = self._each(
            scope, lambda member, one: member.match(one, filter=filter, order=order, limit=most, vectors=vectors)
        )
        return tuple(in_order(_flat(found), order)[offset:most])

    def count(self, scope: Scope, *, filter: Filter | None = None) -> int:
        return sum(self._each(scope, lambda member, one: member.count(one, filter=filter)))

    def shape(self, scope: Scope) -> tuple[Mapping[str, int], Mapping[str, int]]:
        shapes = self._each(scope, lambda member, one: member.shape(one))
        return _added(nodes for nodes, _ in shapes), _added(edges for _, edges in shapes)

    def near(
        self, scope: Scope, space: str, vector: Vector, k: int, *, filter: Filter | None = None
    ) -> tuple[Scored, ...]:
        not_negative("k", k)
        if len(scope.cubes) == 1:  # its member says all that there is to say
            return self._ask(scope.cubes[0], lambda member: member.near(scope, space, vector, k, filter=filter))
        having = [cube for cube in self._records(scope) if cube.space(space) is not None]
        check_near(having, space, vector)
        within = replace(scope, cubes=tuple(cube.id for cube in having))
        return _best(self._each(within, lambda member, one: member.near(one, space, vector, k, filter=filter)), k)

    def text(self, scope: Scope, query: str, k: int, *, filter: Filter | None = None) -> tuple[Scored, ...]:
        not_negative("k", k)
        return _best(self._each(scope, lambda member, one: member.text(one, query, k, filter=filter)), k)

    def around(self, scope: Scope, ids: Collection[str], *, kinds: Collection[str] | None = None,
               direction: Direction = "both", depth: int = 1, limit: int = 1000) -> tuple[Reached, ...]:  # fmt: skip
        check_walk(direction, depth, limit)

        def walk(member: GraphStore, one: Scope) -> tuple[Reached, ...]:
            return member.around(one, ids, kinds=kinds, direction=direction, depth=depth, limit=limit)

        found = _flat(self._each(scope, walk))  # an edge leads to no other cube
        return tuple(sorted(found, key=lambda there: (there.hops, there.node.cube, there.node.id))[:limit])

    def edges(self, scope: Scope, *, ids: Collection[str] | None = None, touching: Collection[str] | None = None,
              kinds: Collection[str] | None = None, direction: Direction = "both", limit: int | None = None,
              ) -> tuple[Edge, ...]:  # fmt: skip
        check_direction(direction)
        not_negative("limit", limit or 0)

        def chosen(member: GraphStore, one: Scope) -> tuple[Edge, ...]:
            return member.edges(one, ids=ids, touching=touching, kinds=kinds, direction=direction, limit=limit)

        return tuple(sorted(_flat(self._each(scope, chosen)), key=lambda edge: (edge.id, edge.cube))[:limit])

    def scan(self, scope: Scope, *, cursor: str | None = None, limit: int = 1000, vectors: bool = False) -> NodePage:
        def page(member: GraphStore, one: Scope, after: str | None, most: int) -> tuple[Sequence[Node], str | None]:
            found = member.scan(one, cursor=after, limit=most, vectors=vectors)
            return found.nodes, found.cursor

        nodes, following = self._pages(scope, cursor, limit, page)
        return NodePage(nodes=nodes, cursor=following)

    def scan_edges(self, scope: Scope, *, cursor: str | None = None, limit: int = 1000) -> EdgePage:
        def page(member: GraphStore, one: Scope, after: str | None, most: int) -> tuple[Sequence[Edge], str | None]:
            found = member.scan_edges(one, cursor=after, limit=most)
            return found.edges, found.cursor

        edges, following = self._pages(scope, cursor, limit, page)
        return EdgePage(edges=edges, cursor=following)

    def changes(self, cube: str, *, after: int = 0, limit: int = 1000) -> tuple[Change, ...]:
        return self._ask(cube, lambda member: member.changes(cube, after=after, limit=limit))

    # --- recall

    def lexicon(self, scope: Scope) -> Mapping[str, Lexicon]:
        found = self._each(scope, lambda member, one: member.lexicon(one))
        return {cube: lexicon for lexicons in found for cube, lexicon in lexicons.items()}

    def survey(self, scope: Scope, space: str, vector: Vector | None, words: str, *,
               filter: Filter | None = None, k: int = 200) -> tuple[Survey, ...]:  # fmt: skip
        def laid_out(member: GraphStore, one: Scope) -> tuple[Survey, ...]:
            return member.survey(one, space, vector, words, filter=filter, k=k)

        not_negative("k", k)
        by_cube = {survey.cube: survey for survey in _flat(self._each(scope, laid_out))}
        return tuple(by_cube[cube] for cube in scope.cubes)

    # --- keeping

    def backup(self, path: Path) -> None:
        raise NotSupported("backup", self.can.gaps["backup"])

    def check(self, *, mend: bool = False) -> tuple[Finding, ...]:
        """Each member's findings, with its cube before them, and what is found of the members themselves."""
        findings = list(self._members.check())
        for cube in self.cubes():
            try:
                said = self._ask(cube.id, lambda member: member.check(mend=mend))
            except NotFound:  # dropped since it was listed
                continue
            findings += [replace(finding, what=f"{cube.id}: {finding.what}") for finding in said]
        return tuple(findings)

    # --- within

    def _ask(self, cube: str, work: Callable[[GraphStore], T]) -> T:
        """What `work` gives on the member of `cube`. `NotFound`, also when it goes meanwhile."""
        member = self._members.find(cube)
        try:
            return work(member)
        except MemosGraphError as error:
            if self._members.lost(cube, error):
                raise _no_cube(cube) from error
            raise

    def _each(self, scope: Scope, work: Callable[[GraphStore, Scope], T]) -> list[T]:
        """What `work` gives on every member in scope, in order of cubes, with the scope narrowed to its cube."""
        cubes = sorted(scope.cubes)
        for cube in cubes:  # all are known before the first is asked
            self._members.find(cube)

        def asked(cube: str) -> T:
            return self._ask(cube, lambda member: work(member, scope.of(cube)))

        return [asked(cube) for cube in cubes]

    def _records(self, scope: Scope) -> list[Cube]:
        """The records of the cubes in scope. `NotFound`."""
        return [self._record(cube) for cube in sorted(scope.cubes)]

    def _record(self, cube: str) -> Cube:
        record = next((one for one in self._ask(cube, lambda member: member.cubes()) if one.id == cube), None)
        if record is None:  # a creation that was cut short: a member, and no cube in it
            raise _no_cube(cube)
        return record

    def _there(self, cube: str) -> bool:
        try:
            self._record(cube)
        except NotFound:
            return False
        return True

    def _pages(
        self, scope: Scope, cursor: str | None, limit: int,
        page: Callable[[GraphStore, Scope, str | None, int], tuple[Sequence[T], str | None]],
    ) -> tuple[tuple[T, ...], str | None]:  # fmt: skip
        """`limit` items from where `cursor` says, and the cursor of the next: a cube, and its member's cursor or null.

        Once a page is full, later members are asked for one item each until one has any: a last page says it is last.
        """
        check_page(limit)
        cubes = sorted(scope.cubes)
        if len(cubes) > 1:  # else the one asked says itself whether it is there
            self._records(scope)
        first, after = (cubes[0], None) if cursor is None else _read_cursor(cursor)
        found: list[T] = []

        def asked(cube: str, most: int) -> tuple[Sequence[T], str | None]:
            start = after if cube == first else None
            return self._ask(cube, lambda member: page(member, scope.of(cube), start, most))

        for cube in (cube for cube in cubes if cube >= first):
            room = limit - len(found)
            items, following = asked(cube, max(room, 1))
            if not room and items:
                return tuple(found), json.dumps([cube, None])
            found += items[:room]
            if following is not None and room:
                return tuple(found), json.dumps([cube, following])
        return tuple(found), None


def _read_cursor(cursor: str) -> tuple[str, str | None]:
    try:
        parts = json.loads(cursor)
    except ValueError:
        parts = None
    if isinstance(parts, list) and len(parts) == 2 and isinstance(parts[0], str) and isinstance(parts[1], str | None):
        return parts[0], parts[1]
    raise Invalid("cursor", cursor, "pass on the cursor of the page before, as it is")


def _flat(parts: Iterable[Iterable[T]]) -> list[T]:
    return [item for part in parts for item in part]


def _best(parts: Iterable[Iterable[Scored]], k: int) -> tuple[Scored, ...]:
    return tuple(sorted(_flat(parts), key=lambda one: (-one.score, one.cube, one.id))[:k])


def _added(parts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for part in parts:
        counts.update(part)
    return most_first(counts)


def _no_cube(cube: str) -> NotFound:
    return NotFound("cube", cube, "create it first")
