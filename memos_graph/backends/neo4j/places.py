"""Where things are in a Neo4j database: nodes by their key, edges by their id. Remembers nothing of what may change.

Neo4j indexes properties of relationships type by type. So every kind of edge gets an index by id of its own when it is
first written, and a look-up by id asks each of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from threading import Lock

from memos_graph.backends.neo4j.engine import DIALECT, Engine
from memos_graph.backends.opencypher.gathering import Ref
from memos_graph.backends.opencypher.keys import uid
from memos_graph.backends.opencypher.reading import batches
from memos_graph.backends.opencypher.rows import edge_of
from memos_graph.backends.opencypher.runner import Runner, text_for
from memos_graph.model.errors import Invalid
from memos_graph.model.graph import Edge
from memos_graph.model.kinds import edge_kind
from memos_graph.queries import load


class ByKey:
    """`Places` of a database that several processes write to. A node's ref is its key."""

    def refs(self, runner: Runner, cube: str, ids: Iterable[str]) -> dict[str, Ref]:
        keys = {uid(cube, id): id for id in ids}
        refs: dict[str, Ref] = {}
        for part in batches(list(keys)):
            for row in runner.read_many(text_for(runner, "nodes/refs"), {"uids": list(part)}):
                refs[keys[row["uid"]]] = row["ref"]
        return refs

    def edges(self, runner: Runner, cube: str, ids: Iterable[str]) -> dict[str, Edge]:
        wanted = list(ids)
        kinds = _known_kinds(runner) if wanted else []
        found: dict[str, Edge] = {}
        text = "\nUNION ALL\n".join(text_for(runner, "edges/by_id", kind=kind) for kind in kinds)
        for part in batches(wanted) if kinds else ():
            rows = runner.read_many(text, {"cube": cube, "ids": list(part)})
            found |= {row["id"]: edge_of(row) for row in rows}
        return found

    def by_id(self, cube: str, puts: int) -> bool:
        return False


class EdgeIndexes:
    """The indexes by id of the edge kinds. That a kind has one is remembered: without it look-ups are slow, no more."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = Lock()
        self._known: set[str] = set()

    def ensure(self, kinds: Iterable[str]) -> None:
        """An index for each of `kinds`. Call it outside a transaction, and before edges of these kinds are written."""
        wanted = set(kinds)
        if wanted <= self._known:
            return
        with self._lock:
            # asked first: making an index waits for every writer of that kind, even when it is there already
            self._known |= set(self.states())
            for kind in sorted(wanted - self._known):
                self.make(kind)
                self._known.add(kind)

    def make(self, kind: str) -> None:
        """The index of `kind`, if it is missing."""
        self._engine.schema(load("edges/make_index", dialect=DIALECT).fill(kind=edge_kind(kind)))

    def states(self) -> dict[str, str]:
        """By kind that has an index, its state: ONLINE, POPULATING or FAILED."""
        return {row["kind"]: row["state"] for row in self._engine.read(load("edges/indexed", dialect=DIALECT).text)}


def _known_kinds(runner: Runner) -> list[str]:
    """The kinds of all edges that the database has ever held, ours only."""
    kinds = []
    for row in runner.read(text_for(runner, "edges/types")):
        try:
            kinds.append(edge_kind(row["kind"]))
        except Invalid:  # another program's, in the same database
            continue
    return sorted(kinds)
