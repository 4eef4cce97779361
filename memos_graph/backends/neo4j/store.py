"""A graph on a Neo4j server, opened by URL: any number of processes and threads, the server's own indexes.

Every verb is one transaction that the driver tries again on passing errors, and reads the cubes it is about in it:
another process may have made, changed or dropped them a moment ago.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from memos_graph.backends.arguments import check_direction, check_near, check_query, check_walk, not_negative
from memos_graph.backends.checks import check_cube, plain_json
from memos_graph.backends.neo4j import search
from memos_graph.backends.neo4j.checking import check_all
from memos_graph.backends.neo4j.engine import Engine, Transaction
from memos_graph.backends.neo4j.free import read_freely, write_freely
from memos_graph.backends.neo4j.graph import Graph
from memos_graph.backends.neo4j.lexicon import Lexicons
from memos_graph.backends.neo4j.schema import migrate
from memos_graph.backends.neo4j.survey import WHOLE, survey
from memos_graph.backends.neo4j.url import Address
from memos_graph.backends.opencypher.asking import (
    chosen_edges,
    found,
    matched,
    scanned,
    scanned_edges,
    shapes,
    total,
    walked,
)
from memos_graph.backends.opencypher.reading import changes_after, with_vectors
from memos_graph.backends.opencypher.walking import steps_at_once
from memos_graph.model.delta import Change, Delta, Receipt
from memos_graph.model.errors import NotSupported
from memos_graph.model.filter import Filter
from memos_graph.model.graph import Cube, Edge, Node, Vector
from memos_graph.model.scope import Scope
from memos_graph.model.survey import Lexicon, Survey
from memos_graph.ports import (
    Capabilities,
    Direction,
    EdgePage,
    Finding,
    NodePage,
    Order,
    Reached,
    Scored,
    Table,
)

NO_BACKUP = (
    "a Neo4j server is copied where it runs, by neo4j-admin database dump or backup; `memos-graph copy` writes its"
    " cubes to another store"
)
T = TypeVar("T")
Cubes = Mapping[str, Cube]
_AGAIN = 3  #: times that a read is run again because the cube changed while it ran


class Neo4jStore:
    """A GraphStore and CypherStore in one database of a Neo4j server, 5.26 or later."""

    can = Capabilities(
        name="neo4j", durable=True, shared=True, cypher=True, exact_near=search.FEW, whole_survey=WHOLE,
        gaps={"backup": NO_BACKUP},
    )  # fmt: skip

    def __init__(self, address: Address, *, engine: Engine | None = None) -> None:
        """Connect, and bring the database's schema to this version. engine: one that is connected there already.

        `Unavailable`: the server does not answer. `Refused`: this user has too few rights there.
        `Invalid`: another kind of server, or too old. `StoreTooNew`. `NotSupported`: a database for each cube.
        """
        if address.multi_db:
            raise NotSupported("store_multi_db", "this class keeps all cubes in one database; open it by `store_at`")
        self._engine = engine or Engine(address)
        try:
            migrate(self._engine, address.url)
            self._graph = Graph(self._engine)
        except BaseException:
            self._engine.close()
            raise
        self._lexicons = Lexicons()

    def __repr__(self) -> str:
        return f"Neo4jStore({self._engine.address.url})"

    def close(self) -> None:
        """Close every connection."""
        self._engine.close()

    # --- cubes

    def cubes(self) -> tuple[Cube, ...]:
        return self._engine.reading(self._graph.cubes)

    def create_cube(self, cube: Cube) -> Cube:
        check_cube(cube)
        return self._graph.create(cube)

    def replace_cube(self, cube: Cube) -> Cube:
        check_cube(cube)
        return self._graph.replace(cube)

    def drop_cube(self, cube: str) -> None:
        self._graph.drop(cube)

    # --- writes

    def apply(self, delta: Delta) -> Receipt:
        return self._graph.apply(delta)

    def load(self, cube: str, *, nodes: Sequence[Node] = (), edges: Sequence[Edge] = (),
             changes: Sequence[Change] = ()) -> None:  # fmt: skip
        self._graph.load(cube, nodes, edges, changes)

    # --- reads

    def get(self, scope: Scope, ids: Collection[str], *, vectors: bool = False) -> tuple[Node, ...]:
        return self._reading(
            scope, lambda run, cubes: _finished(run, cubes, found(run, scope, list(cubes), ids), vectors)
        )

    def match(self, scope: Scope, *, filter: Filter | None = None, order: Order | None = None, limit: int = 100,
              offset: int = 0, vectors: bool = False) -> tuple[Node, ...]:  # fmt: skip
        not_negative("limit", limit)
        not_negative("offset", offset)

        def work(run: Transaction, cubes: Cubes) -> tuple[Node, ...]:
            nodes = matched(run, scope, list(cubes), filter, order, limit, offset)
            return _finished(run, cubes, nodes, vectors)

        return self._settled(scope, work)

    def count(self, scope: Scope, *, filter: Filter | None = None) -> int:
        return self._reading(scope, lambda run, cubes: total(run, scope, list(cubes), filter))

    def shape(self, scope: Scope) -> tuple[Mapping[str, int], Mapping[str, int]]:
        return self._reading(scope, lambda run, cubes: shapes(run, scope, list(cubes)))

    def near(
        self, scope: Scope, space: str, vector: Vector, k: int, *, filter: Filter | None = None
    ) -> tuple[Scored, ...]:
        not_negative("k", k)

        def work(run: Transaction, cubes: Cubes) -> tuple[Scored, ...]:
            having = [cube for cube in cubes.values() if cube.space(space) is not None]
            check_near(having, space, vector)
            within = replace(scope, cubes=tuple(cube.id for cube in having))
            return search.near(run, within, space, vector, k, filter=filter)

        return self._reading(scope, work)

    def text(self, scope: Scope, query: str, k: int, *, filter: Filter | None = None) -> tuple[Scored, ...]:
        not_negative("k", k)
        return self._reading(scope, lambda run, _: search.text(run, scope, query, k, filter=filter))

    def around(self, scope: Scope, ids: Collection[str], *, kinds: Collection[str] | None = None,
               direction: Direction = "both", depth: int = 1, limit: int = 1000) -> tuple[Reached, ...]:  # fmt: skip
        check_walk(direction, depth, limit)
        return self._reading(
            scope,
            lambda run, cubes: walked(run, scope, list(cubes), ids, kinds, direction, depth, limit, steps_at_once),
        )

    def edges(self, scope: Scope, *, ids: Collection[str] | None = None, touching: Collection[str] | None = None,
              kinds: Collection[str] | None = None, direction: Direction = "both", limit: int | None = None,
              ) -> tuple[Edge, ...]:  # fmt: skip
        check_direction(direction)
        not_negative("limit", limit or 0)
        places = self._graph.places
        return self._reading(
            scope,
            lambda run, cubes: chosen_edges(
                run, places, scope, list(cubes), ids, touching, kinds, direction, limit
            ),
        )  # fmt: skip

    def scan(self, scope: Scope, *, cursor: str | None = None, limit: int = 1000, vectors: bool = False) -> NodePage:
        def work(run: Transaction, cubes: Cubes) -> NodePage:
            nodes, following = scanned(run, scope, list(cubes), cursor, limit)
            return NodePage(nodes=_finished(run, cubes, nodes, vectors), cursor=following)

        return self._reading(scope, work)

    def scan_edges(self, scope: Scope, *, cursor: str | None = None, limit: int = 1000) -> EdgePage:
        return self._reading(scope, lambda run, cubes: scanned_edges(run, scope, list(cubes), cursor, limit))

    def changes(self, cube: str, *, after: int = 0, limit: int = 1000) -> tuple[Change, ...]:
        not_negative("after", after)
        not_negative("limit", limit)

        def work(run: Transaction) -> tuple[Change, ...]:
            self._graph.records(run, [cube])
            return changes_after(run, cube, after, limit)

        return self._engine.reading(work)

    # --- recall

    def lexicon(self, scope: Scope) -> Mapping[str, Lexicon]:
        return self._reading(scope, lambda run, _: self._lexicons.of(run, scope))

    def survey(self, scope: Scope, space: str, vector: Vector | None, words: str, *,
               filter: Filter | None = None, k: int = 200) -> tuple[Survey, ...]:  # fmt: skip
        not_negative("k", k)

        def work(run: Transaction, cubes: Cubes) -> tuple[Survey, ...]:
            if vector is not None:
                check_query(list(cubes.values()), space, vector)
            return survey(run, cubes, scope, space, vector, words, filter=filter, k=k)

        return self._reading(scope, work)

    # --- keeping

    def backup(self, path: Path) -> None:
        raise NotSupported("backup", NO_BACKUP)

    def check(self, *, mend: bool = False) -> tuple[Finding, ...]:
        return check_all(self._engine, self._graph, mend=mend)

    # --- Cypher

    def cypher(self, text: str, parameters: Mapping[str, Any] | None = None, *, write: bool = False) -> Table:
        """Run one statement. It sees the whole database. A write makes no Change, waits for every other writer, and
        must leave what the store rests on: `Refused` else, and nothing of it is kept.
        """
        given = plain_json(dict(parameters or {}), "parameters")
        if write:
            return write_freely(self._engine, self._graph, text, given)
        return read_freely(self._engine, text, given)

    # --- within

    def _reading(self, scope: Scope, work: Callable[[Transaction, Cubes], T]) -> T:
        """What `work` gives in one reading transaction, with the scope's cubes, sorted. `NotFound`."""

        def bound(run: Transaction) -> T:
            records = self._graph.records(run, scope.cubes)
            return work(run, {id: record.cube for id, record in records.items()})

        return self._engine.reading(bound)

    def _settled(self, scope: Scope, work: Callable[[Transaction, Cubes], T]) -> T:
        """As `_reading`, run again, a few times at most, while a Delta came between.

        Neo4j reads what is committed row by row (its "read committed"): a commit that lands among the rows of one
        statement shows its first half as it was and its second as it is.
        """

        def bound(run: Transaction) -> tuple[T, bool]:
            before = self._graph.records(run, scope.cubes)
            found = work(run, {id: record.cube for id, record in before.items()})
            after = self._graph.records(run, scope.cubes)
            return found, [each.seq for each in before.values()] == [each.seq for each in after.values()]

        found, still = self._engine.reading(bound)
        for _ in range(_AGAIN):
            if still:
                break
            found, still = self._engine.reading(bound)
        return found


def open_store(address: Address) -> Neo4jStore:
    """The store in the database that `address` names; its schema is made when it is not there."""
    return Neo4jStore(address)


def _finished(run: Transaction, cubes: Cubes, nodes: Iterable[Node], vectors: bool) -> tuple[Node, ...]:
    spaces = {id: [space.name for space in cube.spaces] for id, cube in cubes.items()}
    return with_vectors(run, list(nodes), spaces) if vectors else tuple(nodes)
