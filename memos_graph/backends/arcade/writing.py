"""Carry a Delta out in the embedded database: one process, so what is where may be remembered from Delta to Delta."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from memos_graph.backends.arcade.directory import Directory
from memos_graph.backends.arcade.engine import Engine
from memos_graph.backends.opencypher.gathering import Gathered, Ref, gather
from memos_graph.backends.opencypher.keys import uid
from memos_graph.backends.opencypher.loading import gather_rows, write_changes, write_rows
from memos_graph.backends.opencypher.planning import Plan, plan
from memos_graph.backends.opencypher.reading import batches, edges_by_start
from memos_graph.backends.opencypher.runner import Runner, text_for
from memos_graph.backends.opencypher.writing import Writer as PlanWriter
from memos_graph.model.delta import Change, Delta
from memos_graph.model.graph import Edge, Node
from memos_graph.model.scope import everything
from memos_graph.queries import load

KNOWN_REFS = 100_000  # nodes whose place in the database is remembered: about 20 MB
MANY_EDGES = 5_000  # put into one cube by this process, the cube's directory of edges pays for its reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a Delta did: the plan, and the Change kept for it."""

    plan: Plan
    change: Change


class Remembered:
    """`Places` of one database that nobody else writes to: nodes' numbers, and which node each edge starts from."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self._refs: dict[str, Ref] = {}  # key of a node -> the database's own id; cleared by whatever removes nodes
        self._edges_put: Counter[str] = Counter()

    def refs(self, runner: Runner, cube: str, ids: Iterable[str]) -> dict[str, Ref]:
        keys = {uid(cube, id): id for id in ids}
        refs = {id: self._refs[key] for key, id in keys.items() if key in self._refs}
        for part in batches([key for key in keys if key not in self._refs]):
            for row in runner.read(text_for(runner, "nodes/refs"), {"uids": list(part)}):
                refs[keys[row["uid"]]] = row["ref"]
        return refs

    def edges(self, runner: Runner, cube: str, ids: Iterable[str]) -> dict[str, Edge]:
        return edges_by_start(runner, everything(cube), cube, self._directory.starts(cube, ids))

    def by_id(self, cube: str, puts: int) -> bool:
        self._edges_put[cube] += puts
        return self._directory.loaded(cube) or self._edges_put[cube] > MANY_EDGES

    def commit(self, cube: str, planned: Plan, found: Gathered) -> None:
        """Take in what was written, once it is."""
        self._directory.commit(cube, planned.edges, planned.erased_edges)
        if len(self._refs) > KNOWN_REFS:
            self._refs.clear()
        self._refs |= {uid(cube, id): ref for id, ref in found.refs.items()}
        for id in planned.erased_nodes:
            self._refs.pop(uid(cube, id), None)

    def forget(self) -> None:
        """Drop what is remembered of nodes."""
        self._refs.clear()


class Writer:
    """Writes Deltas to one database. Call from one thread at a time."""

    def __init__(self, engine: Engine, directory: Directory) -> None:
        self._engine = engine
        self.places = Remembered(directory)
        self._write = PlanWriter(engine, self.places)
        self._types = engine.types()

    def forget(self) -> None:
        """Drop what is remembered of nodes; call it when nodes were removed past `apply`."""
        self.places.forget()

    def apply(self, delta: Delta, seq: int) -> Outcome:
        """`delta`, written as the cube's Change `seq`; nothing is written when it leaves all as it was.

        `Conflict`, `MissingEndpoint`, `NotFound`, `DiskFull`: nothing was written. `Retry`: call again.
        """
        found = gather(self._engine, self.places, delta)
        planned = plan(delta, found.stored())
        change = planned.change(delta, seq)
        if not change.images:
            return Outcome(plan=planned, change=change)
        self._make_kinds(planned)
        with self._engine.transaction():
            self._write.write(delta.cube, planned, found)
            self._write.append(change)
        self.places.commit(delta.cube, planned, found)
        return Outcome(plan=planned, change=change)

    def load(
        self, cube: str, nodes: Sequence[Node], edges: Sequence[Edge], changes: Sequence[Change], seq: int
    ) -> bool:
        """Put these rows as they are into `cube`, whose last Change is `seq`; whether none was there under its id.

        `MissingEndpoint`: nothing was written; `Retry`: call again.
        """
        planned, found = gather_rows(self._engine, self.places, cube, nodes, edges)
        anew = not found.nodes and planned.edges.keys().isdisjoint(found.edges)
        self._make_kinds(planned)
        with self._engine.transaction():
            write_rows(self._engine, self._write, cube, planned, found)
            write_changes(self._engine, cube, changes, seq)
        self.places.commit(cube, planned, found)
        return anew

    def _make_kinds(self, planned: Plan) -> None:
        """Types for kinds not seen before, in transactions of their own: making one ends the transaction it is in."""
        for kind in dict.fromkeys(node.kind for node in planned.put.values()):
            name = "~".join(sorted(("Memory", kind)))
            if name not in self._types:
                with self._engine.transaction():
                    self._engine.write(load("nodes/make_kind").fill(kind=kind))
                self._types |= {name, kind}
        for kind in dict.fromkeys(edge.kind for edge in planned.edges.values()):
            if kind not in self._types:
                with self._engine.transaction():
                    self._engine.write(load("edges/make_kind").fill(kind=kind))
                self._types.add(kind)
