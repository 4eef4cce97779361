"""The default store: a graph in ArcadeDB, in this process, with its derived index beside it. Opened by path.

Here graph and sidecar meet: what the graph has committed is told to the sidecar before a write is acknowledged; what
the sidecar missed it reads from the graph before it answers.
"""

from __future__ import annotations

import json
import shutil
import tempfile
import zipfile
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from memos_graph.backends.arcade.engine import HEAP_MB, BadQuery, Engine
from memos_graph.backends.arcade.feed import GraphFeed, written_by
from memos_graph.backends.arcade.folder import FORMAT, Folder, hold, write_format
from memos_graph.backends.arcade.graph import Graph
from memos_graph.backends.arcade.recent import RecentNodes
from memos_graph.backends.checks import plain_json
from memos_graph.backends.opencypher.keys import bounds, uid
from memos_graph.backends.opencypher.reading import (
    all_edges,
    changes_after,
    counted,
    edge_page,
    edges_at,
    edges_by_start,
    in_order,
    kinds_of,
    matching,
    node_page,
    nodes_by_id,
    read_cursor,
    with_vectors,
)
from memos_graph.backends.opencypher.statements import check_statement
from memos_graph.backends.opencypher.walking import walk
from memos_graph.backends.sidecar import IndexLate, Sidecar
from memos_graph.model.delta import Change, Delta, Receipt
from memos_graph.model.errors import AlreadyExists, IndexBehind, Invalid, Refused, StoreDamaged, require
from memos_graph.model.filter import Filter
from memos_graph.model.graph import Cube, Edge, Node, Vector
from memos_graph.model.scope import Scope, everything
from memos_graph.model.survey import Lexicon, Survey
from memos_graph.model.vectors import check_vector
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
from memos_graph.queries import load

DEEPEST_WALK = 6
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
        _check_cube(cube)
        return self._graph.create(cube).cube

    def replace_cube(self, cube: Cube) -> Cube:
        _check_cube(cube)
        with self._graph.writing:
            now = self._graph.replace(cube).cube
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
            receipt, outcome = self._graph.apply(delta)
            if outcome is None:
                return receipt
            written = outcome.plan
            self._recent.forget(delta.cube, [*written.put, *written.patched, *written.erased_nodes])
            if outcome.plan.erased_nodes or outcome.plan.erased_edges:
                self._engine.checkpoint()
            try:
                self._sidecar.apply(delta.cube, written_by(delta, outcome.plan, receipt.seq))
            except IndexLate as error:
                raise IndexBehind(receipt, str(error)) from error
        return receipt

    # --- reads

    def get(self, scope: Scope, ids: Collection[str], *, vectors: bool = False) -> tuple[Node, ...]:
        wanted = list(dict.fromkeys(ids))
        by_cube = {cube: self._by_id(cube, wanted) for cube in self._scoped(scope)}
        found = [nodes[id] for id in wanted for nodes in by_cube.values() if id in nodes and scope.sees(nodes[id])]
        return self._finished(found, vectors)

    def match(self, scope: Scope, *, filter: Filter | None = None, order: Order | None = None, limit: int = 100,
              offset: int = 0, vectors: bool = False) -> tuple[Node, ...]:  # fmt: skip
        _not_negative("limit", limit)
        _not_negative("offset", offset)
        order = order or Order()
        wanted = offset + limit
        cubes = self._scoped(scope)
        found = [node for cube in cubes for node in matching(self._engine, scope, cube, filter, order, wanted)]
        return self._finished(in_order(found, order)[offset:wanted], vectors)

    def count(self, scope: Scope, *, filter: Filter | None = None) -> int:
        return sum(counted(self._engine, scope, cube, filter) for cube in self._scoped(scope))

    def shape(self, scope: Scope) -> tuple[Mapping[str, int], Mapping[str, int]]:
        nodes: Counter[str] = Counter()
        edges: Counter[str] = Counter()
        for cube in self._scoped(scope):
            of_nodes, of_edges = kinds_of(self._engine, scope, cube)
            nodes += of_nodes
            edges += of_edges
        return _most_first(nodes), _most_first(edges)

    def near(
        self, scope: Scope, space: str, vector: Vector, k: int, *, filter: Filter | None = None
    ) -> tuple[Scored, ...]:
        _not_negative("k", k)
        having = [state.cube for state in map(self._graph.state, scope.cubes) if state.cube.space(space) is not None]
        require(bool(having), "vector space", space, "no cube in scope has it; embed something first")
        for cube in having:
            check_vector(cube, space, vector, "query vector")
        return self._sidecar.near(scope, space, vector, k, filter=filter)

    def text(self, scope: Scope, query: str, k: int, *, filter: Filter | None = None) -> tuple[Scored, ...]:
        _not_negative("k", k)
        self._scoped(scope)
        return self._sidecar.text(scope, query, k, filter=filter)

    def around(self, scope: Scope, ids: Collection[str], *, kinds: Collection[str] | None = None,
               direction: Direction = "both", depth: int = 1, limit: int = 1000) -> tuple[Reached, ...]:  # fmt: skip
        _check_direction(direction)
        _not_negative("limit", limit)
        require(1 <= depth <= DEEPEST_WALK, "depth", depth, f"use 1 to {DEEPEST_WALK}")
        cubes = self._scoped(scope)
        if kinds is not None and not kinds:
            return ()
        reached = [
            found for cube in cubes for found in walk(self._engine, scope, cube, ids, kinds, direction, depth, limit)
        ]
        return tuple(sorted(reached, key=lambda r: (r.hops, r.node.cube, r.node.id))[:limit])

    def edges(self, scope: Scope, *, ids: Collection[str] | None = None, touching: Collection[str] | None = None,
              kinds: Collection[str] | None = None, direction: Direction = "both", limit: int | None = None,
              ) -> tuple[Edge, ...]:  # fmt: skip
        _check_direction(direction)
        _not_negative("limit", limit or 0)
        found: list[Edge] = []
        for cube in self._scoped(scope):
            if kinds is not None and not kinds:
                continue
            if ids is not None:
                starts = self._graph.directory.starts(cube, dict.fromkeys(ids))
                by_id = edges_by_start(self._engine, scope, cube, starts).values()
                found += [edge for edge in by_id if touching is None or _touches(edge, touching, direction)]
            elif touching is not None:
                keys = [uid(cube, id) for id in dict.fromkeys(touching)]
                found += {edge.id: edge for edge in edges_at(self._engine, scope, keys, kinds, direction)}.values()
            else:
                found += all_edges(self._engine, scope, cube, kinds)
        chosen = [edge for edge in found if kinds is None or edge.kind in kinds]
        return tuple(sorted(chosen, key=lambda edge: (edge.id, edge.cube))[:limit])

    def scan(self, scope: Scope, *, cursor: str | None = None, limit: int = 1000, vectors: bool = False) -> NodePage:
        require(limit >= 1, "limit", limit, "use 1 or more")
        last = None if cursor is None else read_cursor(cursor, 2)
        page: list[Node] = []
        for cube, after in _rest(self._scoped(scope), last):
            page += node_page(self._engine, scope, cube, after[0] if after else None, limit + 1 - len(page))
            if len(page) > limit:
                break
        more = len(page) > limit
        page = page[:limit]
        following = json.dumps([page[-1].cube, page[-1].id]) if more else None
        return NodePage(nodes=self._finished(page, vectors), cursor=following)

    def scan_edges(self, scope: Scope, *, cursor: str | None = None, limit: int = 1000) -> EdgePage:
        require(limit >= 1, "limit", limit, "use 1 or more")
        last = None if cursor is None else read_cursor(cursor, 3)
        page: list[Edge] = []
        for cube, after in _rest(self._scoped(scope), last):
            start = (after[0], after[1]) if after else None
            page += edge_page(self._engine, scope, cube, start, limit + 1 - len(page))
            if len(page) > limit:
                break
        more = len(page) > limit
        page = page[:limit]
        following = json.dumps([page[-1].cube, page[-1].from_id, page[-1].id]) if more else None
        return EdgePage(edges=tuple(page), cursor=following)

    def changes(self, cube: str, *, after: int = 0, limit: int = 1000) -> tuple[Change, ...]:
        _not_negative("after", after)
        _not_negative("limit", limit)
        self._graph.state(cube)
        return changes_after(self._engine, cube, after, limit)

    # --- recall

    def lexicon(self, scope: Scope) -> Mapping[str, Lexicon]:
        self._scoped(scope)
        return self._sidecar.lexicon(scope)

    def survey(self, scope: Scope, space: str, vector: Vector | None, words: str, *,
               filter: Filter | None = None, k: int = 200) -> tuple[Survey, ...]:  # fmt: skip
        _not_negative("k", k)
        for state in map(self._graph.state, scope.cubes):
            if vector is not None and state.cube.space(space) is not None:
                check_vector(state.cube, space, vector, "query vector")
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

    def check(self, *, mend: bool = False) -> tuple[Finding, ...]:
        findings: list[Finding] = []
        for cube in self._graph.cubes():
            seq = self._graph.state(cube.id).seq
            low, high = bounds(cube.id)
            seqs = [row["seq"] for row in self._engine.read(load("changes/seqs").text, {"low": low, "high": high})]
            findings.append(Finding(what=f"changes of {cube.id}", ok=seqs == list(range(1, seq + 1))))
            strays = [e.id for e in all_edges(self._engine, everything(cube.id), cube.id, None) if e.cube != cube.id]
            findings.append(Finding(what=f"ends of edges in {cube.id}", ok=not strays, detail=", ".join(strays[:5])))
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


def _rest(cubes: list[str], last: list[str] | None) -> list[tuple[str, list[str] | None]]:
    """The cubes a scan still has to read, each with where to go on in it."""
    if last is None:
        return [(cube, None) for cube in cubes]
    return [(cube, last[1:] if cube == last[0] else None) for cube in cubes if cube >= last[0]]


def _touches(edge: Edge, nodes: Collection[str], direction: Direction) -> bool:
    return (direction in ("out", "both") and edge.from_id in nodes) or (
        direction in ("in", "both") and edge.to_id in nodes
    )


def _most_first(counts: Mapping[str, int]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _check_cube(cube: Cube) -> None:
    require(cube.created_at.tzinfo is not None, "created_at", cube.created_at.isoformat(), "give it a time zone")
    plain_json(cube.settings, "settings")


def _check_direction(direction: str) -> None:
    require(direction in ("out", "in", "both"), "direction", direction, "use out, in or both")


def _not_negative(name: str, value: int) -> None:
    require(value >= 0, name, value, "use 0 or more")
