"""The default store: a graph in ArcadeDB, in this process, with its derived index beside it. Opened by path.

Here graph and sidecar meet: what the graph has committed is told to the sidecar before a write is acknowledged; what
the sidecar missed it reads from the graph before it answers.
"""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from memos_graph.backends.arcade.engine import HEAP_MB, BadQuery, Engine
from memos_graph.backends.arcade.feed import GraphFeed
from memos_graph.backends.arcade.folder import FORMAT, Folder, hold, write_format
from memos_graph.backends.arcade.graph import Graph
from memos_graph.backends.arcade.recent import RecentNodes
from memos_graph.backends.arguments import check_direction, check_near, check_query, check_walk, not_negative
from memos_graph.backends.checks import check_cube, plain_json
from memos_graph.backends.indexed import written_by
from memos_graph.backends.opencypher.asking import (
    chosen_edges,
    matched,
    scanned,
    scanned_edges,
    shapes,
    total,
    walked,
)
from memos_graph.backends.opencypher.keys import bounds
from memos_graph.backends.opencypher.reading import all_edges, changes_after, nodes_by_id, with_vectors
from memos_graph.backends.opencypher.statements import check_statement
from memos_graph.backends.opencypher.walking import steps_apart
from memos_graph.backends.sidecar import IndexLate, Sidecar, Written
from memos_graph.model.delta import Change, Delta, Receipt
from memos_graph.model.errors import AlreadyExists, IndexBehind, Invalid, Refused, StoreDamaged, Unavailable
from memos_graph.model.filter import Filter
from memos_graph.model.graph import Cube, Edge, Node, Vector
from memos_graph.model.scope import Scope, everything
from memos_graph.model.survey import Lexicon, Survey
from memos_graph.ports import (
    LOADING,
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
from memos_graph.queries import load

T = TypeVar("T")


class ArcadeStore:
    """A GraphStore and CypherStore in a folder. One process at a time; any number of its threads."""

    can = Capabilities(name="arcade", cypher=True)

    def __init__(self, path: Path, *, heap_mb: int = HEAP_MB) -> None:
        """Open the store at `path`, making it when there is none. `StoreLocked`, `StoreTooNew`, `StoreDamaged`.

        heap_mb: the JVM's memory; the first store opened in a process settles it. About a second then, else .1.
        """
        self._folder = hold(path)
        try:
            self._engine = _open_database(self._folder, heap_mb)
            self._graph = Graph(self._engine)
            self._folder.seal()
            feed = GraphFeed(self._engine, self._graph.directory, self._graph.state)
            self._sidecar = Sidecar(self._folder.index, feed)
            self._recent = RecentNodes()
        except BaseException:
            if hasattr(self, "_engine"):
                self._engine.close()
            self._folder.release()
            raise

    def close(self) -> None:
        """Commit what the index holds back, close the database, let others open the store."""
        with self._graph.writing:
            try:
                self._sidecar.close()
            finally:
                self._engine.close()
                self._folder.release()

    # --- cubes

    def cubes(self) -> tuple[Cube, ...]:
        return self._graph.cubes()

    def create_cube(self, cube: Cube) -> Cube:
        check_cube(cube)
        with self._graph.writing:
            made = self._graph.create(cube).cube
            if made.settings.get(LOADING):
                self._sidecar.begin(made.id)
        return made

    def replace_cube(self, cube: Cube) -> Cube:
        check_cube(cube)
        with self._graph.writing:
            before = self._graph.state(cube.id).cube
            now = self._graph.replace(cube).cube
            if now.settings.get(LOADING):
                if now.spaces != before.spaces:
                    self._sidecar.drop(now.id)
                return now
            if before.settings.get(LOADING):
                self._sidecar.filled(now.id)
            self._sidecar.keep_spaces(now.id, now.spaces)
        return now

    def drop_cube(self, cube: str) -> None:
        with self._graph.writing:
            self._graph.drop(cube)
            self._recent.clear()
            self._sidecar.drop(cube)

    # --- writes

    def apply(self, delta: Delta) -> Receipt:
        with self._graph.writing:
            try:
                receipt, outcome = self._graph.apply(delta)
            except Unavailable:
                self._recent.clear()  # it may have been written
                raise
            if outcome is None:
                return receipt
            written = outcome.plan
            self._recent.forget(delta.cube, [*written.put, *written.patched, *written.erased_nodes])
            if outcome.plan.erased_nodes or outcome.plan.erased_edges:
                self._engine.checkpoint()
            try:
                self._sidecar.apply(delta.cube, written_by(outcome.plan, receipt.seq))
            except IndexLate as error:
                raise IndexBehind(receipt, str(error)) from error
        return receipt

    def load(self, cube: str, *, nodes: Sequence[Node] = (), edges: Sequence[Edge] = (),
             changes: Sequence[Change] = ()) -> None:  # fmt: skip
        """The index takes it in at once while all rows are new; else it is built anew when LOADING goes away."""
        with self._graph.writing:
            anew = self._graph.load(cube, nodes, edges, changes)
            self._recent.forget(cube, [node.id for node in nodes])
            if anew:
                self._sidecar.take_piece(cube, Written(seq=0, put=nodes, edges=edges))
            else:
                self._sidecar.drop(cube)

    # --- reads

    def get(self, scope: Scope, ids: Collection[str], *, vectors: bool = False) -> tuple[Node, ...]:
        wanted = list(dict.fromkeys(ids))
        by_cube = {cube: self._by_id(cube, wanted) for cube in self._scoped(scope)}
        found = [nodes[id] for id in wanted for nodes in by_cube.values() if id in nodes and scope.sees(nodes[id])]
        return self._finished(found, vectors)

    def match(self, scope: Scope, *, filter: Filter | None = None, order: Order | None = None, limit: int = 100,
              offset: int = 0, vectors: bool = False) -> tuple[Node, ...]:  # fmt: skip
        not_negative("limit", limit)
        not_negative("offset", offset)
        return self._finished(matched(self._engine, scope, self._scoped(scope), filter, order, limit, offset), vectors)

    def count(self, scope: Scope, *, filter: Filter | None = None) -> int:
        """From the index where it is open and up to date: the graph looks at every node, a second for 100,000."""
        cubes = self._scoped(scope)
        if all(map(self._sidecar.ready, cubes)):
            return self._sidecar.count(scope, filter=filter)
        return total(self._engine, scope, cubes, filter)

    def shape(self, scope: Scope) -> tuple[Mapping[str, int], Mapping[str, int]]:
        return shapes(self._engine, scope, self._scoped(scope))

    def near(
        self, scope: Scope, space: str, vector: Vector, k: int, *, filter: Filter | None = None
    ) -> tuple[Scored, ...]:
        not_negative("k", k)
        check_near([self._graph.state(cube).cube for cube in scope.cubes], space, vector)
        return self._sidecar.near(scope, space, vector, k, filter=filter)

    def text(self, scope: Scope, query: str, k: int, *, filter: Filter | None = None) -> tuple[Scored, ...]:
        not_negative("k", k)
        self._scoped(scope)
        return self._sidecar.text(scope, query, k, filter=filter)

    def around(self, scope: Scope, ids: Collection[str], *, kinds: Collection[str] | None = None,
               direction: Direction = "both", depth: int = 1, limit: int = 1000) -> tuple[Reached, ...]:  # fmt: skip
        check_walk(direction, depth, limit)
        cubes = self._scoped(scope)
        return walked(self._engine, scope, cubes, ids, kinds, direction, depth, limit, steps_apart)

    def edges(self, scope: Scope, *, ids: Collection[str] | None = None, touching: Collection[str] | None = None,
              kinds: Collection[str] | None = None, direction: Direction = "both", limit: int | None = None,
              ) -> tuple[Edge, ...]:  # fmt: skip
        check_direction(direction)
        not_negative("limit", limit or 0)
        cubes, places = self._scoped(scope), self._graph.places
        return chosen_edges(self._engine, places, scope, cubes, ids, touching, kinds, direction, limit)

    def scan(self, scope: Scope, *, cursor: str | None = None, limit: int = 1000, vectors: bool = False) -> NodePage:
        nodes, following = scanned(self._engine, scope, self._scoped(scope), cursor, limit)
        return NodePage(nodes=self._finished(nodes, vectors), cursor=following)

    def scan_edges(self, scope: Scope, *, cursor: str | None = None, limit: int = 1000) -> EdgePage:
        return scanned_edges(self._engine, scope, self._scoped(scope), cursor, limit)

    def changes(self, cube: str, *, after: int = 0, limit: int = 1000) -> tuple[Change, ...]:
        not_negative("after", after)
        not_negative("limit", limit)
        self._graph.state(cube)
        return changes_after(self._engine, cube, after, limit)

    # --- recall

    def lexicon(self, scope: Scope) -> Mapping[str, Lexicon]:
        self._scoped(scope)
        return self._sidecar.lexicon(scope)

    def survey(self, scope: Scope, space: str, vector: Vector | None, words: str, *,
               filter: Filter | None = None, k: int = 200) -> tuple[Survey, ...]:  # fmt: skip
        not_negative("k", k)
        cubes = [self._graph.state(cube).cube for cube in scope.cubes]
        if vector is not None:
            check_query(cubes, space, vector)
        return self._sidecar.survey(scope, space, vector, words, filter=filter, k=k)

    # --- keeping

    def backup(self, path: Path) -> None:
        """The index is not copied: it is derived, and made anew when the copy is opened."""
        target = path.expanduser().resolve()
        if target.exists():
            raise AlreadyExists("path", str(path), "name one that does not exist yet")
        target.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
        try:
            with self._graph.writing:  # an erasure closes the database for a moment
                packed = self._engine.backup(draft)
            with zipfile.ZipFile(packed) as archive:
                archive.extractall(draft / "graph")
            packed.unlink()
            write_format(draft, FORMAT)
            draft.chmod(0o755)
            draft.rename(target)
        except BaseException:
            shutil.rmtree(draft, ignore_errors=True)
            raise

    def folders(self) -> tuple[Path, ...]:
        """The store's folder: graph and index."""
        return (self._folder.path,)

    def check(self, *, mend: bool = False) -> tuple[Finding, ...]:
        findings: list[Finding] = []
        for cube in self._graph.cubes():
            seq = self._graph.state(cube.id).seq
            low, high = bounds(cube.id)
            seqs = [row["seq"] for row in self._engine.read(load("changes/seqs").text, {"low": low, "high": high})]
            findings.append(Finding(what=f"changes of {cube.id}", ok=seqs == list(range(1, seq + 1))))
            strays = [e.id for e in all_edges(self._engine, everything(cube.id), cube.id, None) if e.cube != cube.id]
            findings.append(Finding(what=f"ends of edges in {cube.id}", ok=not strays, detail=", ".join(strays[:5])))
            if cube.settings.get(LOADING):
                waits = "a copy or an import into this cube has not ended: run it again, or drop the cube"
                findings.append(Finding(what=f"index of cube {cube.id}", ok=True, detail=waits))
                continue
            findings += self._sidecar.check(cube.id, mend=mend)
        return tuple(findings)

    # --- Cypher

    def cypher(self, text: str, parameters: Mapping[str, Any] | None = None, *, write: bool = False) -> Table:
        """Run one statement. It sees every cube. A write makes no Change; every index is built again after it."""
        check_statement(text, write=write)
        given = plain_json(dict(parameters or {}), "parameters")
        try:
            if write:
                with self._graph.writing:
                    rows = self._graph.write_freely(text, given)
                    self._recent.clear()
                    for cube in self._graph.cubes():
                        self._sidecar.drop(cube.id)
            else:
                rows = self._engine.read(text, given)
        except BadQuery as error:
            if "not idempotent" in str(error):
                raise Refused("this statement writes: run it with --write if you mean it") from error
            raise Invalid("cypher", text, str(error)) from error
        columns = tuple(dict.fromkeys(name for row in rows for name in row))
        return Table(columns=columns, rows=tuple(tuple(row.get(name) for name in columns) for row in rows))

    # --- within

    def _scoped(self, scope: Scope) -> list[str]:
        """The scope's cubes by name, once all of them are known."""
        return sorted(self._graph.state(cube).cube.id for cube in scope.cubes)

    def _by_id(self, cube: str, ids: list[str]) -> dict[str, Node]:
        stamp = self._recent.stamp()
        found = self._recent.find(cube, ids)
        missing = [id for id in ids if id not in found]
        if missing:
            read = nodes_by_id(self._engine, everything(cube), cube, missing)
            self._recent.keep(cube, read.values(), stamp)
            found |= read
        return found

    def _finished(self, nodes: Iterable[Node], vectors: bool) -> tuple[Node, ...]:
        found = tuple(nodes)
        if not vectors:
            return found
        spaces = {
            cube: [space.name for space in self._graph.state(cube).cube.spaces] for cube in {n.cube for n in found}
        }
        return with_vectors(self._engine, found, spaces)


def open_store(path: Path, *, heap_mb: int = HEAP_MB) -> ArcadeStore:
    """The store at `path`, made when there is none."""
    return ArcadeStore(path, heap_mb=heap_mb)


def _open_database(folder: Folder, heap_mb: int) -> Engine:
    if folder.new:
        shutil.rmtree(folder.graph, ignore_errors=True)  # what a first opening cut short left
    elif not folder.graph.is_dir():
        raise StoreDamaged(f"{folder.path} has lost its graph/ folder; restore a backup")
    return Engine(folder.graph, create=folder.new, heap_mb=heap_mb)
