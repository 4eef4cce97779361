"""Carry a Delta out: read what it touches, plan, write states and Change in one transaction.

Rows written are compared with rows sent at every step: UNWIND skips in silence what MATCH does not find.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from memos_graph.backends.arcade.directory import Directory
from memos_graph.backends.arcade.engine import Engine
from memos_graph.backends.opencypher.keys import bounds, change_uid, uid
from memos_graph.backends.opencypher.planning import Plan, Stored, plan
from memos_graph.backends.opencypher.reading import batches, edges_at, edges_by_start, grouped
from memos_graph.backends.opencypher.rows import (
    change_row,
    edge_row,
    images_of,
    images_text,
    node_of,
    node_row,
    quoted,
    space_property,
)
from memos_graph.model.delta import (
    Change,
    Delta,
    EraseNode,
    Image,
    PutEdge,
    PutNode,
    RetireNode,
    touches_node,
)
from memos_graph.model.errors import StoreDamaged
from memos_graph.model.graph import Edge, Node, edge_id
from memos_graph.model.scope import everything
from memos_graph.queries import load

MAX_ROWS = 2000  # of one query
KNOWN_REFS = 100_000  # nodes whose place in the database is remembered: about 20 MB
MANY_EDGES = 5_000  # put into one cube by this process, the cube's directory of edges pays for its reading
MAX_CHARACTERS = 4_000_000  # of text in one query: the JVM's heap holds a few copies of it
Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a Delta did: the plan, and the Change kept for it."""

    plan: Plan
    change: Change


@dataclass(slots=True)
class _Found:
    """What was read for one Delta."""

    nodes: dict[str, Node] = field(default_factory=dict)
    refs: dict[str, int] = field(default_factory=dict)  #: node id -> the database's own id
    edges: dict[str, Edge] = field(default_factory=dict)
    edges_of: dict[str, tuple[str, ...]] = field(default_factory=dict)
    moving: dict[str, tuple[str, ...]] = field(default_factory=dict)  #: nodes whose kind changes -> their edges


class Writer:
    """Writes Deltas to one database. Call from one thread at a time."""

    def __init__(self, engine: Engine, directory: Directory) -> None:
        self._engine = engine
        self._directory = directory
        self._types = engine.types()
        self._refs: dict[str, int] = {}  # key of a node -> the database's own id; cleared by whatever removes nodes
        self._edges_put: Counter[str] = Counter()

    def forget(self) -> None:
        """Drop what is remembered of nodes; call it when nodes were removed past `apply`."""
        self._refs.clear()

    def apply(self, delta: Delta, seq: int) -> Outcome:
        """`delta`, written as the cube's Change `seq`; nothing is written when it leaves all as it was.

        `Conflict`, `MissingEndpoint`, `NotFound`, `DiskFull`: nothing was written. `Retry`: call again.
        """
        found = self._read(delta)
        planned = plan(
            delta,
            Stored(nodes=found.nodes, edges=found.edges, ends=frozenset(found.refs), edges_of=found.edges_of),
        )
        change = planned.change(delta, seq)
        if not change.images:
            return Outcome(plan=planned, change=change)
        self._make_kinds(planned)
        with self._engine.transaction():
            self._write(delta.cube, planned, found)
            if planned.erased_nodes or planned.erased_edges:
                self._blank(delta.cube, planned)
            self._sent(load("changes/append").text, 1, {"cube": delta.cube, "seq": seq, "change": change_row(change)})
        self._directory.commit(delta.cube, planned.edges, planned.erased_edges)
        self._remember(delta.cube, planned, found)
        return Outcome(plan=planned, change=change)

    # --- before

    def _read(self, delta: Delta) -> _Found:
        found, cube = _Found(), delta.cube
        writes = [operation for operation in delta.operations if touches_node(operation)]
        ids = [op.node.id if isinstance(op, PutNode) else op.id for op in writes]  # type: ignore[union-attr]
        for part in batches(ids):
            for row in self._engine.read(load("nodes/get").fill(), {"uids": [uid(cube, id) for id in part]}):
                found.nodes[row["id"]] = node_of(row)
                found.refs[row["id"]] = row["ref"]
        for op in writes:
            if isinstance(op, RetireNode | EraseNode) and op.id in found.nodes:
                found.edges_of[op.id] = self._edges_of(cube, op.id, found)
            elif isinstance(op, PutNode) and op.replaces is not None and _kind(found, op.node.id) != op.node.kind:
                # a label is fixed for life: such a node is made anew, with its edges
                found.moving[op.node.id] = self._edges_of(cube, op.node.id, found)
        self._read_edges(delta, found)
        return found

    def _edges_of(self, cube: str, node: str, found: _Found) -> tuple[str, ...]:
        edges = {edge.id: edge for edge in edges_at(self._engine, everything(cube), [uid(cube, node)], None, "both")}
        found.edges |= edges
        return tuple(sorted(edges))

    def _read_edges(self, delta: Delta, found: _Found) -> None:
        cube = delta.cube
        puts = [op.edge for op in delta.operations if isinstance(op, PutEdge)]
        fresh = {op.node.id for op in delta.operations if isinstance(op, PutNode)} - set(found.nodes)
        ends = dict.fromkeys(id for edge in puts for id in (edge.from_id, edge.to_id) if id not in fresh)
        found.refs |= self._look_up(cube, [id for id in ends if id not in found.refs])
        named = [op.id for op in delta.operations if not touches_node(op) and not isinstance(op, PutEdge)]  # type: ignore[union-attr]
        self._edges_put[cube] += len(puts)
        if self._directory.loaded(cube) or self._edges_put[cube] > MANY_EDGES:
            starts = self._directory.starts(cube, [edge.id for edge in puts])
        else:
            # an id made by edge_id names its ends: where one of them is new, the edge can't be there
            starts = {e.id: e.from_id for e in puts if e.from_id in found.refs and e.to_id in found.refs}
            named += [e.id for e in puts if e.id != edge_id(cube, e.kind, e.from_id, e.to_id, e.discriminator)]
        if named:
            starts |= self._directory.starts(cube, named)
        unknown = {id: start for id, start in starts.items() if id not in found.edges}
        found.edges |= edges_by_start(self._engine, everything(cube), cube, unknown)

    def _look_up(self, cube: str, ids: Iterable[str]) -> dict[str, int]:
        """The database's own ids of those nodes that are there."""
        keys = {uid(cube, id): id for id in ids}
        refs = {id: self._refs[key] for key, id in keys.items() if key in self._refs}
        for part in batches([key for key in keys if key not in self._refs]):
            for row in self._engine.read(load("nodes/refs").text, {"uids": list(part)}):
                refs[keys[row["uid"]]] = row["ref"]
        return refs

    def _remember(self, cube: str, planned: Plan, found: _Found) -> None:
        if len(self._refs) > KNOWN_REFS:
            self._refs.clear()
        self._refs |= {uid(cube, id): ref for id, ref in found.refs.items()}
        for id in planned.erased_nodes:
            self._refs.pop(uid(cube, id), None)

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

    # --- within the transaction

    def _write(self, cube: str, planned: Plan, found: _Found) -> None:
        moved_edges = {edge for node in found.moving if node in planned.put for edge in found.moving[node]}
        moving = [node for node in found.moving if node in planned.put]
        self._erase(cube, planned, found, moving, moved_edges)
        new = [node for id, node in planned.put.items() if id not in found.nodes or id in moving]
        kept = [node for id, node in planned.put.items() if id in found.nodes and id not in moving]
        found.refs |= self._create_nodes(new)
        self._set_nodes("nodes/replace", kept, found.refs)
        self._set_nodes("nodes/patch", list(planned.patched.values()), found.refs)
        again = {
            id: found.edges[id] for id in moved_edges if id not in planned.edges and id not in planned.erased_edges
        }
        creates = [
            edge
            for id, edge in {**again, **planned.edges}.items()
            if id not in found.edges or id in moved_edges or id in planned.erased_edges
        ]
        known = {edge.id for edge in creates}
        self._create_edges(cube, creates, found.refs)
        self._patch_edges(cube, [edge for id, edge in planned.edges.items() if id not in known])

    def _erase(self, cube: str, planned: Plan, found: _Found, moving: Sequence[str], moved_edges: set[str]) -> None:
        starts = {id: found.edges[id].from_id for id in planned.erased_edges if id not in moved_edges}
        for part in batches(grouped(cube, starts)):
            sent = sum(len(row["ids"]) for row in part)
            self._sent(load("edges/erase").fill(), sent, {"starts": list(part)})
        for refs in batches([found.refs[id] for id in (*planned.erased_nodes, *moving)]):
            self._sent(load("nodes/erase").text, len(refs), {"refs": list(refs)})

    def _create_nodes(self, nodes: Iterable[Node]) -> dict[str, int]:
        refs: dict[str, int] = {}
        for (kind, spaces), group in _groups(nodes, lambda node: (node.kind, tuple(sorted(node.vectors)))).items():
            text = load("nodes/create").fill(kind=kind, vectors=_vectors_text(spaces))
            for part in _portions(group):
                sent = [{"i": i, "set": _lean(node_row(node))} for i, node in enumerate(part)]
                rows = self._engine.write(text, {"rows": sent, **_arrays(part, spaces)})
                _compare("nodes/create", len(rows), len(part))
                refs |= {node.id: row["ref"] for node, row in zip(part, rows, strict=True)}
        return refs

    def _set_nodes(self, query: str, nodes: Iterable[Node], refs: Mapping[str, int]) -> None:
        for spaces, group in _groups(nodes, lambda node: tuple(sorted(node.vectors))).items():
            text = load(query).fill(vectors=_vectors_text(spaces))
            for part in _portions(group):
                states = [node_row(node) if query == "nodes/patch" else _lean(node_row(node)) for node in part]
                sent = [
                    {"i": i, "ref": refs[node.id], "set": state}
                    for i, (node, state) in enumerate(zip(part, states, strict=True))
                ]
                rows = self._engine.write(text, {"rows": sent, **_arrays(part, spaces)})
                _compare(query, len(rows), len(part))

    def _create_edges(self, cube: str, edges: Iterable[Edge], refs: Mapping[str, int]) -> None:
        missing = {id for edge in edges for id in (edge.from_id, edge.to_id)} - set(refs)
        known = {**refs, **self._look_up(cube, missing)}
        by_kind: dict[str, list[Edge]] = _groups(edges, lambda edge: edge.kind)
        for kind, group in by_kind.items():
            text = load("edges/create").fill(kind=kind)
            for some in batches(group, MAX_ROWS):
                rows = [
                    {"start": known[edge.from_id], "end": known[edge.to_id], "set": _lean(edge_row(edge))}
                    for edge in some
                ]
                self._sent(text, len(rows), {"rows": rows})

    def _patch_edges(self, cube: str, edges: Sequence[Edge]) -> None:
        for part in batches(edges, MAX_ROWS):
            by_start: dict[str, dict[str, Row]] = {}
            for edge in part:
                by_start.setdefault(uid(cube, edge.from_id), {})[edge.id] = edge_row(edge)
            starts = [{"uid": key, "sets": sets} for key, sets in by_start.items()]
            self._sent(load("edges/patch").text, len(part), {"starts": starts})

    def _blank(self, cube: str, planned: Plan) -> None:
        """Take the before-images of what is erased out of all Changes of the cube."""
        gone = {("node", id) for id in planned.erased_nodes} | {("edge", id) for id in planned.erased_edges}
        low, high = bounds(cube)
        for part in batches([quoted(id) for _, id in sorted(gone)], 200):
            found = self._engine.write(load("changes/naming").text, {"low": low, "high": high, "quoted": list(part)})
            rows = []
            for row in found:
                images = images_of(row["images"])
                blank = tuple(Image(id=i.id, of=i.of, before=None) if (i.of, i.id) in gone else i for i in images)
                if blank != images:
                    rows.append({"uid": change_uid(cube, row["seq"]), "images": images_text(blank)})
            if rows:
                self._sent(load("changes/rewrite").text, len(rows), {"rows": rows})

    def _sent(self, text: str, sent: int, parameters: Mapping[str, Any]) -> None:
        found = sum(int(row["found"]) for row in self._engine.write(text, parameters))
        _compare(text.splitlines()[-1], found, sent)


def _kind(found: _Found, id: str) -> str | None:
    return found.nodes[id].kind if id in found.nodes else None


def _compare(query: str, found: int, sent: int) -> None:
    if found != sent:
        raise StoreDamaged(f"{query}: {sent} rows sent, {found} written; nothing was kept; run `memos-graph doctor`")


def _groups(items: Iterable[Any], key: Callable[[Any], Any]) -> dict[Any, list[Any]]:
    grouped: dict[Any, list[Any]] = {}
    for item in items:
        grouped.setdefault(key(item), []).append(item)
    return grouped


def _portions(nodes: Sequence[Node]) -> Iterator[list[Node]]:
    """`nodes` in pieces of at most MAX_ROWS nodes and about MAX_CHARACTERS of text."""
    portion: list[Node] = []
    weight = 0
    for node in nodes:
        if portion and (len(portion) == MAX_ROWS or weight + len(node.text) > MAX_CHARACTERS):
            yield portion
            portion, weight = [], 0
        portion.append(node)
        weight += len(node.text)
    if portion:
        yield portion


def _lean(row: Row) -> Row:
    return {name: value for name, value in row.items() if value is not None}


def _vectors_text(spaces: Iterable[str]) -> str:
    names = [space_property(space) for space in spaces]
    return "".join(f", n.{name} = ${name}[r.i]" for name in names)


def _arrays(nodes: Sequence[Node], spaces: Iterable[str]) -> dict[str, Any]:
    return {
        space_property(space): np.stack([np.asarray(node.vectors[space], dtype=np.float32) for node in nodes])
        for space in spaces
    }
