"""A store in NebulaGraph 3: the graph in a space of a cluster, its derived index in a folder of this machine.

Here graph and sidecar meet, as in the embedded store: what the graph has committed is told to the sidecar before a
write is acknowledged; what the sidecar missed it reads from the graph before it answers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

from memos_graph.backends.arguments import (
    check_direction,
    check_near,
    check_page,
    check_query,
    check_walk,
    not_negative,
)
from memos_graph.backends.checks import check_cube
from memos_graph.backends.indexed import written_by
from memos_graph.backends.nebula import keys
from memos_graph.backends.nebula.database import Database
from memos_graph.backends.nebula.feed import GraphFeed
from memos_graph.backends.nebula.graph import Graph
from memos_graph.backends.nebula.reading import (
    all_edges,
    all_nodes,
    changes_after,
    edges_at,
    edges_by_id,
    nodes_by_id,
    page_of,
    with_vectors,
)
from memos_graph.backends.nebula.schema import make_schema, make_space
from memos_graph.backends.nebula.sessions import Patience, Sessions
from memos_graph.backends.nebula.url import read_url
from memos_graph.backends.nebula.walking import walk
from memos_graph.backends.opencypher.asking import cubes_left, most_first, touches
from memos_graph.backends.opencypher.reading import in_order
from memos_graph.backends.sidecar import IndexLate, Sidecar
from memos_graph.model.delta import Change, Delta, Receipt
from memos_graph.model.errors import IndexBehind, NotSupported
from memos_graph.model.filter import Filter, matches
from memos_graph.model.graph import Cube, Edge, Node, Vector
from memos_graph.model.scope import Scope
from memos_graph.model.survey import Lexicon, Survey
from memos_graph.ports import LOADING, Capabilities, Direction, EdgePage, Finding, NodePage, Order, Reached, Scored

_GAPS = {
    "backup": "a copy of a cluster is the cluster's matter (nebula-br, snapshots); export the cubes instead",
    "power loss": "as we read its documents, storaged answers before its log is on disk (wal_sync is off by "
    "default), so that a host that loses power may lose the last moments; wal_sync, or replica_factor 3 on three "
    "hosts, should prevent it: we have tried neither",
    "erased bytes": "as we read its documents, RocksDB and the raft log keep deleted bytes until compaction "
    "(SUBMIT JOB COMPACT) and wal_ttl; we have not looked at a server's files",
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
        check_cube(cube)
        return self._graph.create(cube)

    def replace_cube(self, cube: Cube) -> Cube:
        check_cube(cube)
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
                self._sidecar.apply(delta.cube, written_by(plan, receipt.seq))
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
        not_negative("limit", limit)
        not_negative("offset", offset)
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
        return most_first(nodes), most_first(edges)

    def near(
        self, scope: Scope, space: str, vector: Vector, k: int, *, filter: Filter | None = None
    ) -> tuple[Scored, ...]:
        not_negative("k", k)
        with self._graph.reading():
            check_near([self._graph.state(cube).cube for cube in scope.cubes], space, vector)
            return self._sidecar.near(scope, space, vector, k, filter=filter)

    def text(self, scope: Scope, query: str, k: int, *, filter: Filter | None = None) -> tuple[Scored, ...]:
        not_negative("k", k)
        with self._graph.reading():
            self._scoped(scope)
            return self._sidecar.text(scope, query, k, filter=filter)

    def around(self, scope: Scope, ids: Collection[str], *, kinds: Collection[str] | None = None,
               direction: Direction = "both", depth: int = 1, limit: int = 1000) -> tuple[Reached, ...]:  # fmt: skip
        check_walk(direction, depth, limit)
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
        check_direction(direction)
        not_negative("limit", limit or 0)
        found: list[Edge] = []
        with self._graph.reading():
            over = self._kinds(kinds)
            for cube in self._scoped(scope):
                if ids is not None:
                    by_id = edges_by_id(self._database, cube, ids).values()
                    found += [edge for edge in by_id if touching is None or touches(edge, touching, direction)]
                elif touching is not None:
                    at = edges_at(self._database, cube, touching, over, direction)
                    found += {edge.id: edge for edge in at}.values()
                else:
                    found += all_edges(self._database, cube)
        chosen = [edge for edge in found if scope.sees_edge(edge) and (kinds is None or edge.kind in kinds)]
        return tuple(sorted(chosen, key=lambda edge: (edge.id, edge.cube))[:limit])

    def scan(self, scope: Scope, *, cursor: str | None = None, limit: int = 1000, vectors: bool = False) -> NodePage:
        check_page(limit)
        with self._graph.reading():
            cubes = cubes_left(self._scoped(scope), cursor, 2)
            page, following = page_of(self._database, cubes, limit, all_nodes, scope.sees, keys.node_vid)
            return NodePage(nodes=self._finished(page, vectors), cursor=following)

    def scan_edges(self, scope: Scope, *, cursor: str | None = None, limit: int = 1000) -> EdgePage:
        check_page(limit)
        with self._graph.reading():
            cubes = cubes_left(self._scoped(scope), cursor, 2)
            page, following = page_of(self._database, cubes, limit, all_edges, scope.sees_edge, keys.link_vid)
        return EdgePage(edges=tuple(page), cursor=following)

    def changes(self, cube: str, *, after: int = 0, limit: int = 1000) -> tuple[Change, ...]:
        not_negative("after", after)
        not_negative("limit", limit)
        with self._graph.reading():
            return changes_after(self._database, cube, after, limit, self._graph.state(cube).seq)

    # --- recall

    def lexicon(self, scope: Scope) -> Mapping[str, Lexicon]:
        with self._graph.reading():
            self._scoped(scope)
            return self._sidecar.lexicon(scope)

    def survey(self, scope: Scope, space: str, vector: Vector | None, words: str, *,
               filter: Filter | None = None, k: int = 200) -> tuple[Survey, ...]:  # fmt: skip
        not_negative("k", k)
        with self._graph.reading():
            cubes = [self._graph.state(cube).cube for cube in scope.cubes]
            if vector is not None:
                check_query(cubes, space, vector)
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
