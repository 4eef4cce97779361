"""What a Delta, or a load, means in rows: read what it touches, plan, give the Work to journal. Writes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from memos_graph.backends.nebula import keys
from memos_graph.backends.nebula.database import Database
from memos_graph.backends.nebula.journal import Work
from memos_graph.backends.nebula.literals import HIGHEST
from memos_graph.backends.nebula.reading import edges_at, link_key
from memos_graph.backends.nebula.rows import (
    EdgeKey,
    EdgeRow,
    Vertex,
    change_of,
    change_vertices,
    edge_key,
    edge_of,
    edge_rows,
    node_of,
    node_vertices,
    owner_of,
    piece_vids,
    vector_vertices,
    vectors_of,
)
from memos_graph.backends.opencypher.planning import Plan, Stored, plan
from memos_graph.model.delta import (
    Change,
    Delta,
    EraseNode,
    Image,
    PatchNode,
    PutEdge,
    PutNode,
    RetireNode,
    touches_node,
)
from memos_graph.model.errors import MissingEndpoint, require
from memos_graph.model.graph import Edge, Node, Vector

MAX_ROW = 600_000  #: characters of one row: more would not go into a statement
Found = Mapping[str, Any]


@dataclass(slots=True)
class _Read:
    """What is stored of all that one Delta touches."""

    nodes: dict[str, Found] = field(default_factory=dict)  #: Memory rows by id
    vectors: dict[str, Found] = field(default_factory=dict)  #: Vectors rows by id
    edges: dict[str, Edge] = field(default_factory=dict)
    pieces: dict[str, int] = field(default_factory=dict)  #: of edges, by id
    ends: set[str] = field(default_factory=set)
    edges_of: dict[str, tuple[str, ...]] = field(default_factory=dict)


def plan_delta(database: Database, kinds: frozenset[str], delta: Delta, seq: int) -> tuple[Plan, Change, Work]:
    """What `delta` does as the cube's Change `seq`. `Conflict`, `MissingEndpoint`, `NotFound`, `Invalid`."""
    read = _read(database, kinds, delta)
    nodes = {id: node_of(row) for id, row in read.nodes.items()}
    planned = plan(
        delta, Stored(nodes=nodes, edges=read.edges, ends=frozenset(read.ends | set(nodes)), edges_of=read.edges_of)
    )
    change = planned.change(delta, seq)
    work = _Builder(delta.cube)
    if change.images:
        _take_nodes(work, delta, planned, read)
        for id, edge in planned.edges.items():
            work.put_edge(edge, read.pieces.get(id, 0))
        for id in planned.erased_edges:
            if id not in planned.edges:
                work.erase_edge(read.edges[id], read.pieces.get(id, 0))
        work.vertices += change_vertices(change)
        if planned.erased_nodes or planned.erased_edges:
            _blank(database, work, planned)
    return planned, change, work.work(seq)


def plan_load(
    database: Database, cube: str, seq: int, nodes: Sequence[Node], edges: Sequence[Edge], changes: Sequence[Change]
) -> Work:
    """The rows of a load into `cube`, whose counter is `seq`. `MissingEndpoint`."""
    work = _Builder(cube)
    old = {tag: database.get(tag, (keys.node_vid(cube, node.id) for node in nodes)) for tag in ("Memory", "Vectors")}
    for node in nodes:
        vid = keys.node_vid(cube, node.id)
        work.put_node(node, _pieces(old["Memory"].get(vid)))
        if node.vectors or vid in old["Vectors"]:
            work.put_vectors(node.id, node.vectors, _pieces(old["Vectors"].get(vid)))
    ends = {end for edge in edges for end in (edge.from_id, edge.to_id)} - {node.id for node in nodes}
    missing = ends - database.present(cube, ends)
    if missing:
        raise MissingEndpoint(cube, tuple(sorted(missing)))
    links = database.get("Link", (keys.link_vid(cube, edge.id) for edge in edges))
    there = {link["id"]: link_key(link) for link in links.values()}
    counts = {row["id"]: _pieces(row) for _, row in database.get_edges(there.values())}
    for edge in edges:
        if edge.id in there and there[edge.id] != edge_key(edge):
            work.gone_edges.append(there[edge.id])
        work.put_edge(edge, counts.get(edge.id, 0))
    known = database.get("Change", (keys.change_vid(cube, change.seq) for change in changes))
    for change in changes:
        before = known.get(keys.change_vid(cube, change.seq))
        if before is not None and before["delta_id"] != change.delta:
            work.gone.append(keys.applied_vid(cube, before["delta_id"]))
        work.put_change(change, _pieces(before))
    return work.work(max([seq, *(change.seq for change in changes)]))


# --- what is stored


def _read(database: Database, kinds: frozenset[str], delta: Delta) -> _Read:
    read, cube = _Read(), delta.cube
    writes = [operation for operation in delta.operations if touches_node(operation)]
    ids = [op.node.id if isinstance(op, PutNode) else op.id for op in writes]  # type: ignore[union-attr]
    vids = [keys.node_vid(cube, node) for node in ids]
    read.nodes = {row["id"]: row for row in database.get("Memory", vids).values()}
    read.vectors = {row["id"]: row for row in database.get("Vectors", vids).values()}
    for op in writes:
        if isinstance(op, RetireNode | EraseNode) and op.id in read.nodes:
            at = {edge.id: edge for edge in edges_at(database, cube, [op.id], kinds, "both")}
            read.edges |= at
            read.edges_of[op.id] = tuple(sorted(at))
    puts = [op.edge for op in delta.operations if isinstance(op, PutEdge)]
    named = [op.id for op in delta.operations if not touches_node(op) and not isinstance(op, PutEdge)]  # type: ignore[union-attr]
    links = database.get("Link", (keys.link_vid(cube, id) for id in (*named, *(edge.id for edge in puts), *read.edges)))
    for kind, row in database.get_edges(link_key(link) for link in links.values()):
        read.edges[row["id"]], read.pieces[row["id"]] = edge_of(kind, row), _pieces(row)
    fresh = {op.node.id for op in delta.operations if isinstance(op, PutNode)}
    ends = {id for edge in puts for id in (edge.from_id, edge.to_id)}
    read.ends = database.present(cube, ends - fresh - set(read.nodes))
    return read


def _take_nodes(work: _Builder, delta: Delta, planned: Plan, read: _Read) -> None:
    given = {op.id: op.set["vectors"] for op in delta.operations if isinstance(op, PatchNode) and "vectors" in op.set}
    for id, node in {**planned.put, **planned.patched}.items():
        work.put_node(node, _pieces(read.nodes.get(id)))
    for id, node in planned.put.items():
        if node.vectors or id in read.vectors:
            work.put_vectors(id, node.vectors, _pieces(read.vectors.get(id)))
    for id in planned.patched:
        if id in given:
            kept = vectors_of(read.vectors[id]) if id in read.vectors else {}
            work.put_vectors(id, {**kept, **given[id]}, _pieces(read.vectors.get(id)))
    for id in planned.erased_nodes:
        work.erase_node(id, _pieces(read.nodes.get(id)), _pieces(read.vectors.get(id)))


def _blank(database: Database, work: _Builder, planned: Plan) -> None:
    """Take the before-images of what is erased out of all Changes of the cube."""
    gone = {("node", id) for id in planned.erased_nodes} | {("edge", id) for id in planned.erased_edges}
    for row in database.all("Change", work.cube, size=100):
        change = change_of(row)
        blank = tuple(Image(id=i.id, of=i.of, before=None) if (i.of, i.id) in gone else i for i in change.images)
        if blank != change.images:
            work.put_change(
                Change(
                    cube=change.cube, seq=change.seq, delta=change.delta, actor=change.actor, reason=change.reason,
                    at=change.at, images=blank, present_nodes=change.present_nodes, present_edges=change.present_edges,
                ),
                _pieces(row),
            )  # fmt: skip


class _Builder:
    """Collects the rows of one write, and the Pieces that earlier, longer versions leave behind."""

    def __init__(self, cube: str) -> None:
        self.cube = cube
        self.vertices: list[Vertex] = []
        self.edges: list[EdgeRow] = []
        self.gone: list[str] = []
        self.gone_edges: list[EdgeKey] = []

    def put_node(self, node: Node, pieces: int) -> None:
        self._put(list(node_vertices(node)), owner_of("Memory", keys.node_vid(self.cube, node.id)), pieces)

    def put_vectors(self, node: str, vectors: Mapping[str, Vector], pieces: int) -> None:
        owner = owner_of("Vectors", keys.node_vid(self.cube, node))
        self._put(list(vector_vertices(self.cube, node, vectors)), owner, pieces)

    def put_change(self, change: Change, pieces: int) -> None:
        self._put(list(change_vertices(change)), owner_of("Change", keys.change_vid(self.cube, change.seq)), pieces)

    def put_edge(self, edge: Edge, pieces: int) -> None:
        row, vertices = edge_rows(edge)
        self.edges.append(row)
        self._put(vertices, owner_of("Edge", keys.link_vid(self.cube, edge.id)), pieces)

    def erase_node(self, node: str, pieces: int, vector_pieces: int) -> None:
        vid = keys.node_vid(self.cube, node)
        self.gone += [vid, *piece_vids(self.cube, owner_of("Memory", vid), pieces)]
        self.gone += piece_vids(self.cube, owner_of("Vectors", vid), vector_pieces)

    def erase_edge(self, edge: Edge, pieces: int) -> None:
        link = keys.link_vid(self.cube, edge.id)
        self.gone_edges.append(edge_key(edge))
        self.gone += [link, *piece_vids(self.cube, owner_of("Edge", link), pieces)]

    def work(self, seq: int) -> Work:
        """The Work. `Invalid` for what no statement could hold: after the commit it would be too late."""
        for row in (*(vertex.row for vertex in self.vertices), *(edge.row for edge in self.edges)):
            size = sum(len(value) for value in row.values() if isinstance(value, str))
            require(size <= MAX_ROW, "row", f"{size} characters", f"shorten ids and names: a row takes {MAX_ROW}")
            for value in row.values():
                require(not isinstance(value, int) or abs(value) <= HIGHEST, "number", value, "use at most 64 bits")
        return Work(
            seq=seq, gone=tuple(self.gone), gone_edges=tuple(self.gone_edges), vertices=tuple(self.vertices),
            edges=tuple(self.edges),
        )  # fmt: skip

    def _put(self, vertices: Iterable[Vertex], owner: str, before: int) -> None:
        written = list(vertices)
        now = sum(vertex.tag == "Piece" for vertex in written)
        self.gone += piece_vids(self.cube, owner, before)[now:]
        self.vertices += written


def _pieces(row: Found | None) -> int:
    return int(row["pieces"] or 0) if row is not None else 0
