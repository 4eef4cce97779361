"""A store in NebulaGraph 3: the graph in a space of a cluster, its derived index in a folder of this machine.

Here graph and sidecar meet, as in the embedded store: what the graph has committed is told to the sidecar before a
write is acknowledged; what the sidecar missed it reads from the graph before it answers.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

from memos_graph.backends.checks import plain_json
from memos_graph.backends.nebula import keys
from memos_graph.backends.nebula.database import Database
from memos_graph.backends.nebula.feed import GraphFeed, written_by
from memos_graph.backends.nebula.graph import Graph
from memos_graph.backends.nebula.reading import (
    all_edges,
    all_nodes,
    changes_after,
    edges_at,
    edges_by_id,
    nodes_by_id,
    with_vectors,
)
from memos_graph.backends.nebula.schema import make_schema, make_space
from memos_graph.backends.nebula.sessions import Patience, Sessions
from memos_graph.backends.nebula.url import read_url
from memos_graph.backends.nebula.walking import walk
from memos_graph.backends.opencypher.reading import in_order, read_cursor
from memos_graph.backends.sidecar import IndexLate, Sidecar
from memos_graph.model.delta import Change, Delta, Receipt
from memos_graph.model.errors import IndexBehind, NotSupported, require
from memos_graph.model.filter import Filter, matches
from memos_graph.model.graph import Cube, Edge, Node, Vector
from memos_graph.model.scope import Scope
from memos_graph.model.survey import Lexicon, Survey
from memos_graph.model.vectors import check_vector
from memos_graph.ports import LOADING, Capabilities, Direction, EdgePage, Finding, NodePage, Order, Reached, Scored

DEEPEST_WALK = 6
_GAPS = {
    "backup": "a copy of a cluster is the cluster's matter (nebula-br, snapshots); export the cubes instead",
    "power loss": "storaged answers before its log is on disk (wal_sync is off by default): with one replica, a host "
    "that loses power may lose the last moments; set wal_sync, or replica_factor to 3 on three hosts",
    "erased bytes": "RocksDB and the raft log keep deleted bytes until compaction and wal_ttl: SUBMIT JOB COMPACT",
    "several processes": "one process at a time writes to a space; the one that opened it last",
}


class NebulaStore:
    """A GraphStore over one space. What it promises of writes stands in `graph`.

    `match` and `shape` read all nodes of a cube and decide here; `count`, `near`, `text`, `survey` ask the index.
    """

    can = Capabilities(name="nebula", gaps=_GAPS)

    def __init__(self, sessions: Sessions, where: str, folder: Path, patience: Patience) -> None:
        """Make what the space lacks, finish what a crash cut short, open the index in `folder`."""
        self._sessions = sessions
        try:
            self._database = Database(sessions, patience=patience.schema)
            make_schema(self._database, patience, where)
            self._graph = Graph(self._database, where)
            self._sidecar = Sidecar(folder, GraphFeed(self._database, self._graph.state))
        except BaseException:
            sessions.close()
            raise

    def close(self) -> None:
        """Commit what the index holds back, sign out."""
        with self._graph.writing:
            try:
                self._sidecar.close()
            finally:
                self._sessions.close()

    # --- cubes

    def cubes(self) -> tuple[Cube, ...]:
        with self._graph.reading():
            return self._graph.cubes()

    def create_cube(self, cube: Cube) -> Cube:
        _check_cube(cube)
        return self._graph.create(cube)

    def replace_cube(self, cube: Cube) -> Cube:
        _check_cube(cube)
        with self._graph.writing:
            now, loaded = self._graph.replace(cube)
            if loaded:
                self._sidecar.drop(now.id)
            self._sidecar.keep_spaces(now.id, now.spaces)
        return now

    def drop_cube(self, cube: str) -> None:
        with self._graph.writing:
            self._graph.drop(cube)
            self._sidecar.drop(cube)

    # --- writes

    def apply(self, delta: Delta) -> Receipt:
        with self._graph.writing:
            receipt, plan = self._graph.apply(delta)
            if plan is None:
                return receipt
            try:
                self._sidecar.apply(delta.cube, written_by(delta, plan, receipt.seq))
            except IndexLate as error:
                raise IndexBehind(receipt, str(error)) from error
        return receipt

    def load(self, cube: str, *, nodes: Sequence[Node] = (), edges: Sequence[Edge] = (),
             changes: Sequence[Change] = ()) -> None:  # fmt: skip
        self._graph.load(cube, nodes, edges, changes)

    # --- reads

    def get(self, scope: Scope, ids: Collection[str], *, vectors: bool = False) -> tuple[Node, ...]:
        wanted = list(dict.fromkeys(ids))
        with self._graph.reading():
            by_cube = {cube: nodes_by_id(self._database, cube, wanted) for cube in self._scoped(scope)}
            found = [nodes[id] for id in wanted for nodes in by_cube.values() if id in nodes and scope.sees(nodes[id])]
            return self._finished(found, vectors)

    def match(self, scope: Scope, *, filter: Filter | None = None, order: Order | None = None, limit: int = 100,
              offset: int = 0, vectors: bool = False) -> tuple[Node, ...]:  # fmt: skip
        _not_negative("limit", limit)
        _not_negative("offset", offset)
        with self._graph.reading():
            found = [node for node in self._nodes(scope) if matches(filter, node)]
            return self._finished(in_order(found, order or Order())[offset : offset + limit], vectors)

    def count(self, scope: Scope, *, filter: Filter | None = None) -> int:
        with self._graph.reading():
            self._scoped(scope)
            return self._sidecar.count(scope, filter=filter)

    def shape(self, scope: Scope) -> tuple[Mapping[str, int], Mapping[str, int]]:
        with self._graph.reading():
            nodes = Counter(node.kind for node in self._nodes(scope))
            edges = Counter(edge.kind for edge in self._edges(scope))
        return _most_first(nodes), _most_first(edges)

    def near(
        self, scope: Scope, space: str, vector: Vector, k: int, *, filter: Filter | None = None
    ) -> tuple[Scored, ...]:
        _not_negative("k", k)
        with self._graph.reading():
            having = [s.cube for s in map(self._graph.state, scope.cubes) if s.cube.space(space) is not None]
            require(bool(having), "vector space", space, "no cube in scope has it; embed something first")
            for cube in having:
                check_vector(cube, space, vector, "query vector")
            return self._sidecar.near(scope, space, vector, k, filter=filter)

    def text(self, scope: Scope, query: str, k: int, *, filter: Filter | None = None) -> tuple[Scored, ...]:
        _not_negative("k", k)
        with self._graph.reading():
            self._scoped(scope)
            return self._sidecar.text(scope, query, k, filter=filter)

    def around(self, scope: Scope, ids: Collection[str], *, kinds: Collection[str] | None = None,
               direction: Direction = "both", depth: int = 1, limit: int = 1000) -> tuple[Reached, ...]:  # fmt: skip
        _check_direction(direction)
        _not_negative("limit", limit)
        require(1 <= depth <= DEEPEST_WALK, "depth", depth, f"use 1 to {DEEPEST_WALK}")
        with self._graph.reading():
            over = self._kinds(kinds)
            reached = [
                found
                for cube in self._scoped(scope)
                for found in walk(self._database, scope, cube, ids, over, direction, depth, limit)
                if over
            ]
        return tuple(sorted(reached, key=lambda r: (r.hops, r.node.cube, r.node.id))[:limit])

    def edges(self, scope: Scope, *, ids: Collection[str] | None = None, touching: Collection[str] | None = None,
              kinds: Collection[str] | None = None, direction: Direction = "both", limit: int | None = None,
              ) -> tuple[Edge, ...]:  # fmt: skip
        _check_direction(direction)
        _not_negative("limit", limit or 0)
        found: list[Edge] = []
        with self._graph.reading():
            over = self._kinds(kinds)
            for cube in self._scoped(scope):
                if ids is not None:
                    by_id = edges_by_id(self._database, cube, ids).values()
                    found += [edge for edge in by_id if touching is None or _touches(edge, touching, direction)]
                elif touching is not None:
                    at = edges_at(self._database, cube, touching, over, direction)
                    found += {edge.id: edge for edge in at}.values()
                else:
                    found += all_edges(self._database, cube)
        chosen = [edge for edge in found if scope.sees_edge(edge) and (kinds is None or edge.kind in kinds)]
        return tuple(sorted(chosen, key=lambda edge: (edge.id, edge.cube))[:limit])

    def scan(self, scope: Scope, *, cursor: str | None = None, limit: int = 1000, vectors: bool = False) -> NodePage:
        require(limit >= 1, "limit", limit, "use 1 or more")
        last = None if cursor is None else read_cursor(cursor, 2)
        page: list[Node] = []
        with self._graph.reading():
            for cube, after in _rest(self._scoped(scope), last):
                for node in all_nodes(self._database, cube, after=after, size=_page_size(limit)):
                    if scope.sees(node):
                        page.append(node)
                    if len(page) > limit:
                        break
                if len(page) > limit:
                    break
            more = len(page) > limit
            page = page[:limit]
            following = json.dumps([page[-1].cube, keys.node_vid(page[-1].cube, page[-1].id)]) if more else None
            return NodePage(nodes=self._finished(page, vectors), cursor=following)

    def scan_edges(self, scope: Scope, *, cursor: str | None = None, limit: int = 1000) -> EdgePage:
        require(limit >= 1, "limit", limit, "use 1 or more")
        last = None if cursor is None else read_cursor(cursor, 2)
        page: list[Edge] = []
        with self._graph.reading():
            for cube, after in _rest(self._scoped(scope), last):
                for edge in all_edges(self._database, cube, after=after, size=_page_size(limit)):
                    if scope.sees_edge(edge):
                        page.append(edge)
                    if len(page) > limit:
                        break
                if len(page) > limit:
                    break
        more = len(page) > limit
        page = page[:limit]
        following = json.dumps([page[-1].cube, keys.link_vid(page[-1].cube, page[-1].id)]) if more else None
        return EdgePage(edges=tuple(page), cursor=following)

    def changes(self, cube: str, *, after: int = 0, limit: int = 1000) -> tuple[Change, ...]:
        _not_negative("after", after)
        _not_negative("limit", limit)
        with self._graph.reading():
            return changes_after(self._database, cube, after, limit, self._graph.state(cube).seq)

    # --- recall

    def lexicon(self, scope: Scope) -> Mapping[str, Lexicon]:
        with self._graph.reading():
            self._scoped(scope)
            return self._sidecar.lexicon(scope)

    def survey(self, scope: Scope, space: str, vector: Vector | None, words: str, *,
               filter: Filter | None = None, k: int = 200) -> tuple[Survey, ...]:  # fmt: skip
        _not_negative("k", k)
        with self._graph.reading():
            for state in map(self._graph.state, scope.cubes):
                if vector is not None and state.cube.space(space) is not None:
                    check_vector(state.cube, space, vector, "query vector")
            return self._sidecar.survey(scope, space, vector, words, filter=filter, k=k)

    # --- keeping

    def backup(self, path: Path) -> None:
        """`NotSupported`, always."""
        raise NotSupported("backup", _GAPS["backup"])

    def check(self, *, mend: bool = False) -> tuple[Finding, ...]:
        findings: list[Finding] = []
        with self._graph.reading():
            for cube in self._graph.cubes():
                seq = self._graph.state(cube.id).seq
                seqs = [change.seq for change in changes_after(self._database, cube.id, 0, seq, seq)]
                findings.append(Finding(what=f"changes of {cube.id}", ok=seqs == list(range(1, seq + 1))))
                findings += self._check_edges(cube.id)
                if cube.settings.get(LOADING):
                    findings.append(Finding(what=f"index of cube {cube.id}", ok=True, detail="made when it is loaded"))
                else:
                    findings += self._sidecar.check(cube.id, mend=mend)
        return tuple(findings)

    # --- within

    def _check_edges(self, cube: str) -> list[Finding]:
        links = {row["id"]: row for row in self._database.all("Link", cube)}
        lost = sorted(set(links) - {edge.id for edge in all_edges(self._database, cube)})
        ends = {row[end] for row in links.values() for end in ("from_id", "to_id")}
        strays = sorted(ends - self._database.present(cube, ends))
        return [
            Finding(what=f"edges of {cube}", ok=not lost, detail=", ".join(lost[:5])),
            Finding(what=f"ends of edges in {cube}", ok=not strays, detail=", ".join(strays[:5])),
        ]

    def _scoped(self, scope: Scope) -> list[str]:
        """The scope's cubes by name, once all of them are known."""
        return sorted(self._graph.state(cube).cube.id for cube in scope.cubes)

    def _nodes(self, scope: Scope) -> Iterable[Node]:
        cubes = self._scoped(scope)
        return (node for cube in cubes for node in all_nodes(self._database, cube) if scope.sees(node))

    def _edges(self, scope: Scope) -> Iterable[Edge]:
        cubes = self._scoped(scope)
        return (edge for cube in cubes for edge in all_edges(self._database, cube) if scope.sees_edge(edge))

    def _kinds(self, kinds: Collection[str] | None) -> frozenset[str]:
        return self._graph.kinds if kinds is None else self._graph.kinds & set(kinds)

    def _finished(self, nodes: Iterable[Node], vectors: bool) -> tuple[Node, ...]:
        found = tuple(nodes)
        if not vectors:
            return found
        spaces = {
            cube: {space.name for space in self._graph.state(cube).cube.spaces} for cube in {n.cube for n in found}
        }
        return with_vectors(self._database, found, spaces)


def open_store(
    url: str, *, user: str = "", password: str = "", folder: Path, patience: Patience | None = None, parts: int = 10,
    replicas: int = 1,
) -> NebulaStore:  # fmt: skip
    """The store in the space that `url` names, made when there is none.

    folder: where the index is kept; derived, a folder for each URL. parts, replicas: of a space that is made.
    `Invalid`, `Refused` (user, password, rights), `Unavailable`, `StoreTooNew`. Making a space takes some heartbeats.
    """
    address, patience = read_url(url, user=user, password=password), patience or Patience()
    cluster = Sessions(address, patience)
    try:
        database = Database(cluster, patience=patience.schema)
        make_space(database, address.space, parts=parts, replicas=replicas)
    finally:
        cluster.close()
    sessions = Sessions(address, patience, space=address.space)
    return NebulaStore(sessions, str(address), folder, patience)


def _rest(cubes: list[str], last: list[str] | None) -> list[tuple[str, str]]:
    """The cubes a scan still has to read, each with the vertex id behind which to go on."""
    if last is None:
        return [(cube, keys.FIRST) for cube in cubes]
    return [(cube, last[1] if cube == last[0] else keys.FIRST) for cube in cubes if cube >= last[0]]


def _page_size(limit: int) -> int:
    return min(1000, limit + 1)


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
