"""MemOS's BaseGraphDB over any store of this engine: the same names, arguments and return values.

In a shared store a `user_name` is a cube of its own; with `multi` the store is one tenant's. Every write is one Delta,
so that history and `known_at` see it. Where MemOS passes over a mistake in silence (an edge to a node that is not
there, an update of none) this says so. Differences: docs/adapters.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

from memos_graph.adapters.items import ends_of, filter_of, item_of, kind_of, node_of, type_of
from memos_graph.adapters.tenants import Tenants
from memos_graph.adapters.upserts import upsert
from memos_graph.model.delta import Delta, Operation, PutEdge, RetireEdge, RetireNode
from memos_graph.model.errors import Conflict, Invalid, MissingEndpoint, NotFound
from memos_graph.model.filter import And, Filter, where
from memos_graph.model.graph import STATUSES, Cube, Edge, Node, Status, make_edge
from memos_graph.model.scope import Scope, everything
from memos_graph.model.times import to_micros
from memos_graph.ports import Order
from memos_graph.services.context import Context
from memos_graph.services.embed import with_vectors
from memos_graph.services.importers.fields import Row, as_row, vector_of
from memos_graph.services.importers.gathering import relation
from memos_graph.services.importers.memos import read_edge
from memos_graph.services.writing import apply_delta

_TRIES = 4
_WALK = 100_000  #: nodes of a subgraph at most
_OUT, _IN = ("OUT", "OUTGOING"), ("IN", "INCOMING")
Item = dict[str, Any]


class GraphDB:
    """`GraphDB(graph.context, user_name="alice")`. Safe to call from several threads.

    model, dimension: of the embeddings that callers hand in; by default those of the context's embedder, which then
    embeds what comes without one. multi: the store is one tenant's, and user names tell nothing apart.
    """

    def __init__(self, context: Context, *, user_name: str | None = None, multi: bool = False,
                 model: str | None = None, dimension: int | None = None) -> None:  # fmt: skip
        own = context.embedder
        self._context = context
        self._tenants = Tenants(
            context, user_name=user_name, multi=multi, model=model or own.model,
            dimension=dimension or own.dimension,
        )  # fmt: skip

    def close(self) -> None:
        """Release the store."""
        self._context.store.close()

    # --- nodes

    def add_node(self, id: str, memory: str, metadata: Mapping[str, Any], user_name: str | None = None) -> None:
        """Make the node, or give the one that is there these fields."""
        self.add_nodes_batch([{"id": id, "memory": memory, "metadata": metadata}], user_name)

    def add_nodes_batch(self, nodes: Sequence[Mapping[str, Any]], user_name: str | None = None) -> None:
        """As `add_node`, for several nodes {id, memory, metadata}: all of them or none."""
        self.import_graph({"nodes": nodes}, user_name)

    def get_node(self, id: str, include_embedding: bool = False, **kwargs: Any) -> Item | None:
        """{id, memory, metadata}; None when there is no such node."""
        found = self.get_nodes([id], include_embedding, **kwargs)
        return found[0] if found else None

    def get_nodes(self, ids: Sequence[str], include_embedding: bool = False, **kwargs: Any) -> list[Item]:
        """Those of the nodes that there are, in the order of `ids`."""
        scope = self._tenants.scope(_user(kwargs, "cube_name"))
        if scope is None or not ids:
            return []
        nodes = self._context.store.get(scope, list(ids), vectors=include_embedding)
        return [item_of(node, self._space(scope) if include_embedding else "") for node in nodes]

    def get_memory_count(self, memory_type: str, user_name: str | None = None) -> int:
        """How many nodes there are of that memory_type, in any status."""
        scope = self._tenants.scope(user_name)
        return 0 if scope is None else self._context.store.count(scope, filter=_of_type(memory_type))

    def node_not_exist(self, scope: str, user_name: str | None = None) -> bool:
        """Whether there is no node of the memory_type `scope`."""
        return self.get_memory_count(scope, user_name) == 0

    def update_node(self, id: str, fields: Mapping[str, Any], user_name: str | None = None) -> None:
        """Set `fields` of the node (memory, embedding, and any of metadata; null removes one). `NotFound`."""
        fields = dict(fields)
        if fields.get("id", id) != id:
            raise Invalid("fields.id", fields["id"], "an id stays; add a node instead")
        item: Item = {"id": id} | ({"memory": fields.pop("memory")} if "memory" in fields else {})
        fields.pop("id", None)
        self._write([Row(item | {"metadata": fields}, "node")], (), user_name, must_be=True)

    def delete_node(self, id: str, user_name: str | None = None) -> None:
        """Retire the node and its edges, if it is there; `known_at` still sees them."""
        scope = self._tenants.scope(user_name)
        if scope is not None and self._context.store.get(scope, [id]):
            self._apply(self._tenants.cube(user_name), [RetireNode(id=id)], "delete node")

    def search_by_embedding(self, vector: Sequence[float], top_k: int = 5, scope: str | None = None,
                            status: str | None = None, threshold: float | None = None,
                            search_filter: Mapping[str, Any] | None = None, user_name: str | None = None,
                            filter: Mapping[str, Any] | None = None, knowledgebase_ids: Sequence[str] | None = None,
                            return_fields: Sequence[str] | None = None, **kwargs: Any) -> list[Item]:  # fmt: skip
        """[{id, score}] of the `top_k` closest nodes, best first; `return_fields` adds fields of theirs.

        scope: a memory_type. score and threshold: (1 + cosine) / 2, as Neo4j's index gives it. search_filter: fields
        that must equal; filter: a tree of and, or and operators. Filters apply before the search: `top_k` are found if
        there are that many.
        """
        if top_k < 1:
            raise Invalid("top_k", top_k, "ask for at least one")
        within = self._tenants.scope(kwargs.get("cube_name") or user_name, tuple(knowledgebase_ids or ()))
        query = vector_of(list(vector), "vector")
        conditions = [
            _of_type(scope) if scope else None, where("status", "eq", _status(status)) if status else None,
            filter_of({"and": [{name: value} for name, value in search_filter.items()]} if search_filter else None),
            filter_of(filter),
        ]  # fmt: skip
        if within is None:
            return []
        found = self._context.store.near(within, self._space(within), query, top_k, filter=_all(conditions))
        scored = [(hit, (1.0 + hit.score) / 2.0) for hit in found]
        kept = [(hit, score) for hit, score in scored if threshold is None or score >= threshold]
        told = [{"id": hit.id, "score": score} for hit, score in kept]
        if return_fields and kept:
            self._add_fields(within, [(hit.cube, hit.id) for hit, _ in kept], told, return_fields)
        return told

    def clear(self, user_name: str | None = None) -> None:
        """Remove all that the user has, its history too."""
        record = self._tenants.record(user_name)
        if record is not None:
            self._context.store.drop_cube(record.id)
            self._context.store.create_cube(record)

    # --- edges

    def add_edge(self, source_id: str, target_id: str, type: str, user_name: str | None = None) -> None:
        """Make the edge, unless it is there. `MissingEndpoint` names a node that is not."""
        self._write((), [Row({"source": source_id, "target": target_id, "type": type}, "edge")], user_name)

    def get_edges(self, id: str, type: str = "ANY", direction: str = "ANY",
                  user_name: str | None = None) -> list[dict[str, str]]:  # fmt: skip
        """[{from, to, type}] of the edges at a node. direction: OUT (OUTGOING), IN (INCOMING) or ANY."""
        return [
            {"from": source, "to": target, "type": type_of(edge)}
            for edge, source, target in self._edges(id, type, direction, user_name)
        ]

    def edge_exists(self, source_id: str, target_id: str, type: str = "ANY", direction: str = "OUTGOING",
                    user_name: str | None = None) -> bool:  # fmt: skip
        """Whether there is such an edge between the two."""
        there = self._edges(source_id, type, direction, user_name)
        return any({source, target} == {source_id, target_id} for _, source, target in there)

    def get_children_with_embeddings(self, id: str, user_name: str | None = None) -> list[Item]:
        """[{id, embedding, memory}] of the nodes that `id` is the PARENT of."""
        scope = self._tenants.scope(user_name)
        if scope is None:
            return []
        edges = self._context.store.edges(scope, touching=[id], kinds=["PARENT"], direction="in")
        children = self._context.store.get(scope, [edge.from_id for edge in edges], vectors=True)
        vectors = [child.vectors.get(self._space(scope)) for child in children]
        return [
            {"id": child.id, "embedding": None if vector is None else vector.tolist(), "memory": child.text}
            for child, vector in zip(children, vectors, strict=True)
        ]

    def get_subgraph(self, center_id: str, depth: int = 2, center_status: str | None = "activated",
                     user_name: str | None = None) -> Item:  # fmt: skip
        """{core_node, neighbors, edges} within `depth` (1 to 6) edges; core_node None when it is not there, or in
        another status than `center_status`."""
        empty: Item = {"core_node": None, "neighbors": [], "edges": []}
        scope = self._tenants.scope(user_name)
        center = self._context.store.get(scope, [center_id]) if scope is not None else ()
        if scope is None or not center or (center_status and center[0].status != _status(center_status)):
            return empty
        reached = self._context.store.around(scope, [center_id], depth=depth, limit=_WALK)
        ids = [center_id, *(one.node.id for one in reached)]
        return {
            "core_node": item_of(center[0]), "neighbors": [item_of(one.node) for one in reached],
            "edges": [_told(edge) for edge in self._among(scope, set(ids))],
        }  # fmt: skip

    def delete_edge(self, source_id: str, target_id: str, type: str, user_name: str | None = None) -> None:
        """Retire the edge, if it is there."""
        found = self._edges(source_id, type, "OUTGOING", user_name)
        gone = [RetireEdge(id=edge.id) for edge, _, target in found if target == target_id]
        if gone:
            self._apply(self._tenants.cube(user_name), gone, "delete edge")

    # --- whole graphs

    def import_graph(self, data: Mapping[str, Any], user_name: str | None = None) -> None:
        """Add the nodes and edges of {nodes: [...], edges: [...]}: all of them or none."""
        whole = as_row({name: list(data.get(name) or ()) for name in ("nodes", "edges")}, "graph")
        self._write(list(whole.rows("nodes")), list(whole.rows("edges")), user_name)

    def export_graph(self, page: int | None = None, page_size: int | None = None,
                     memory_type: Sequence[str] | None = None, status: Sequence[str] | None = None,
                     filter: Mapping[str, Any] | None = None, include_embedding: bool = False,
                     **kwargs: Any) -> Item:  # fmt: skip
        """{nodes, edges, total_nodes, total_edges}; a page of both with `page` (from 1) and `page_size`.

        Newest nodes first. status None: all but deleted. Edges are those between nodes that meet the filters.
        """
        if (page is None) != (page_size is None) or any(
            number is not None and number < 1 for number in (page, page_size)
        ):
            raise Invalid("page, page_size", (page, page_size), "give both, from 1, or neither")
        states = frozenset(_status(one) for one in status) if status else frozenset(STATUSES) - {"deleted"}
        wide = self._tenants.scope(_user(kwargs))
        if wide is None:
            return {"nodes": [], "edges": [], "total_nodes": 0, "total_edges": 0}
        scope = replace(wide, states=cast(frozenset[Status], states))
        types = where("kind", "in", [kind_of(one) for one in memory_type]) if memory_type else None
        condition = _all([types, filter_of(filter)])
        store = self._context.store
        total = store.count(scope, filter=condition)
        matching = store.match(scope, filter=condition, order=Order(descending=True), limit=max(total, 1),
                               vectors=include_embedding)  # fmt: skip
        between = self._among(scope, {node.id for node in matching})
        edges = sorted((_told(edge) for edge in between), key=lambda edge: tuple(edge.values()))
        start, stop = (0, None) if page is None or page_size is None else ((page - 1) * page_size, page * page_size)
        space = self._space(scope) if include_embedding else ""
        return {
            "nodes": [item_of(node, space) for node in matching[start:stop]],
            "edges": edges[start:stop],
            "total_nodes": total, "total_edges": len(edges),
        }  # fmt: skip

    # --- helpers

    def _write(self, nodes: Sequence[Row], edges: Sequence[Row], user_name: str | None, *,
               must_be: bool = False) -> None:  # fmt: skip
        """Apply items and edges as one Delta; look again when another writer was quicker."""
        ids = [row.required("id") for row in nodes]
        seen: set[str] = set()
        for row, identity in zip(nodes, ids, strict=True):
            if identity in seen:
                raise Invalid(f"{row.where}.id", identity, "name each node once")
            seen.add(identity)
        if must_be:
            self._must_be(ids[0], user_name)
        if self._tenants.record(user_name) is None:  # what can't be used must not make a cube
            for row in nodes:
                node_of(Row(row.values, row.where), self._tenants.cube(user_name), self._context.clock())
            self._check_ends(edges, seen, user_name)
        record, space = self._tenants.made(user_name)
        for attempt in range(_TRIES):
            operations = self._operations(record, space, nodes, edges)
            if not operations:
                return
            try:
                self._apply(record.id, operations, "graph_db")
                return
            except Conflict:
                if attempt == _TRIES - 1:
                    raise

    def _operations(self, record: Cube, space: str, nodes: Sequence[Row], edges: Sequence[Row]) -> list[Operation]:
        at, whole = self._context.clock(), everything(record.id)
        ids = [str(row.values["id"]) for row in nodes]
        stored = {node.id: node for node in self._context.store.get(whole, ids, vectors=True)} if ids else {}
        made: list[Operation] = []
        for row, identity in zip(nodes, ids, strict=True):
            fresh = Row(row.values, row.where)
            made.extend(upsert(stored.get(identity), fresh, record.id, at, space))
        if self._tenants.model == self._context.embedder.model:
            made = list(with_vectors(self._context, record.id, made))
        taken: set[str] = set()
        for row in edges:
            edge = self._edge(row, record.id, set(ids), taken)
            if edge is not None:
                made.append(PutEdge(edge=edge))
        return made

    def _edge(self, row: Row, cube: str, coming: set[str], taken: set[str]) -> Edge | None:
        """The edge that `row` says; None when it is there. A deleted one comes back as a new edge."""
        kind, from_id, to_id, original = read_edge(row)
        at, whole = self._context.clock(), everything(cube)
        scope = replace(whole, retired=False)
        missing = {from_id, to_id} - coming - {node.id for node in self._context.store.get(scope, [from_id, to_id])}
        if missing:
            raise MissingEndpoint(cube, tuple(sorted(missing)))
        stored = self._context.store.edges(whole, touching=[from_id], kinds=[kind], direction="out")
        same = [one for one in stored if one.to_id == to_id and type_of(one) == (original or kind)]
        mark = original if kind == "RELATED_TO" else ""
        info = row.rest() | ({"type": original} if original else {})
        edge = make_edge(cube, kind, from_id, to_id, created_at=at, created_by="user", discriminator=mark, info=info)
        if edge.id in taken or any(one.retired_at is None for one in same):
            return None
        taken.add(edge.id)
        if any(one.id == edge.id for one in stored):
            again = f"{mark}again-{to_micros(at)}"
            edge = make_edge(cube, kind, from_id, to_id, created_at=at, created_by="user", discriminator=again,
                             info=info)  # fmt: skip
        return edge

    def _check_ends(self, edges: Sequence[Row], coming: set[str], user_name: str | None) -> None:
        for row in edges:
            _, from_id, to_id, _ = read_edge(row)
            missing = {from_id, to_id} - coming
            if missing:
                raise MissingEndpoint(self._tenants.cube(user_name), tuple(sorted(missing)))

    def _must_be(self, identity: str, user_name: str | None) -> None:
        scope = self._tenants.scope(user_name)
        if scope is None or not self._context.store.get(scope, [identity]):
            raise NotFound("node", identity, f"in cube {self._tenants.cube(user_name)!r}; add_node makes one")

    def _edges(self, id: str, type: str, direction: str, user_name: str | None) -> list[tuple[Edge, str, str]]:
        """(edge, source, target) of the edges at a node, both ends of which are there."""
        if direction not in (*_OUT, *_IN, "ANY"):
            raise Invalid("direction", direction, f"use {', '.join((*_OUT, *_IN, 'ANY'))}")
        scope = self._tenants.scope(user_name)
        if scope is None:
            return []
        kinds = None if type == "ANY" else [relation(type)[0]]
        edges = self._context.store.edges(scope, touching=[id], kinds=kinds)
        there = {n.id for n in self._context.store.get(scope, sorted({e for x in edges for e in (x.from_id, x.to_id)}))}
        found = [(edge, *ends_of(edge)) for edge in edges if {edge.from_id, edge.to_id} <= there]
        return [
            (edge, source, target) for edge, source, target in found
            if type in ("ANY", type_of(edge))
            and not (direction in _OUT and source != id) and not (direction in _IN and target != id)
        ]  # fmt: skip

    def _among(self, scope: Scope, ids: set[str]) -> list[Edge]:
        edges = self._context.store.edges(scope, touching=sorted(ids)) if ids else ()
        return [edge for edge in edges if edge.from_id in ids and edge.to_id in ids]

    def _add_fields(self, scope: Scope, keys: Sequence[tuple[str, str]], told: list[Item],
                    wanted: Sequence[str]) -> None:  # fmt: skip
        ids = list(dict.fromkeys(identity for _, identity in keys))
        nodes = self._context.store.get(scope, ids, vectors="embedding" in wanted)
        by_key: dict[tuple[str, str], Node] = {(node.cube, node.id): node for node in nodes}
        for key, row in zip(keys, told, strict=True):
            item = item_of(by_key[key], self._space(scope)) if key in by_key else {"memory": None, "metadata": {}}
            known = item["metadata"] | {"memory": item["memory"]}
            row.update({name: known.get(name) for name in wanted if name not in ("id", "score")})

    def _space(self, scope: Scope) -> str:
        """The vector space of the scope's first cube; "" before its first vector."""
        return next((c.text_space for c in self._context.store.cubes() if c.id == scope.cubes[0]), "")

    def _apply(self, cube: str, operations: Sequence[Operation], reason: str) -> None:
        delta = Delta(id=self._context.new_id(), cube=cube, actor=self._context.actor, reason=reason,
                      at=self._context.clock(), operations=tuple(operations))  # fmt: skip
        apply_delta(self._context, delta)


def _user(kwargs: Mapping[str, Any], *names: str) -> str | None:
    named = (kwargs.get(name) for name in (*names, "user_name"))
    return next((name for name in named if isinstance(name, str) and name), None)


def _of_type(memory_type: str) -> Filter:
    return where("kind", "eq", kind_of(memory_type))


def _status(name: str) -> str:
    if name not in STATUSES:
        raise Invalid("status", name, f"use one of {', '.join(STATUSES)}")
    return name


def _all(conditions: Sequence[Filter | None]) -> Filter | None:
    given = tuple(condition for condition in conditions if condition is not None)
    return And(given) if len(given) > 1 else (given[0] if given else None)


def _told(edge: Edge) -> dict[str, str]:
    source, target = ends_of(edge)
    return {"source": source, "target": target, "type": type_of(edge)}
