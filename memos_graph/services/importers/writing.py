"""Compare what a file says with what the cube holds, and write what is new. Knows no format."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeVar

from memos_graph.engines.wording import is_embedded
from memos_graph.model.delta import Delta, PutEdge, same_content
from memos_graph.model.errors import DimensionMismatch, EmbedderMismatch, Invalid, Refused
from memos_graph.model.graph import Cube, Edge, Node, Vector
from memos_graph.model.lifecycle import leading, state_of
from memos_graph.model.scope import everything
from memos_graph.ports import LOADING
from memos_graph.services import evolve
from memos_graph.services.context import Context
from memos_graph.services.embed import text_space
from memos_graph.services.importers.gathering import Parsed
from memos_graph.services.writing import apply_delta

Known = Literal["keep", "refuse", "update"]
Progress = Callable[[str, int, int], None]
_NODES, _EDGES = 500, 1000  #: of one Delta
_STORED = -1
_CONTENT = ("text", "key", "status", "confidence", "tags", "sources", "info", "valid_from", "valid_to")
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is to be written into `cube`; `record` None: it is to be made first."""

    cube: str
    record: Cube | None
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    embeddings: Mapping[str, Vector]  #: of those nodes whose vector can be used as it is
    differing: tuple[Node, ...]  #: there with other content, as the file says them
    update: bool
    present_nodes: int
    present_edges: int
    notes: tuple[str, ...]


def planned(context: Context, parsed: Parsed, cube: str, *, embedded_by: str | None, known: Known) -> Plan:
    """The Plan for a file; nothing is written.

    `Invalid` for an edge whose end is neither in the file nor in the cube; `EmbedderMismatch`, `DimensionMismatch`.
    """
    record = next((one for one in context.store.cubes() if one.id == cube), None)
    _check_cube(context, record)
    notes = list(parsed.notes)
    stored = _nodes(context, record, [node.id for node in parsed.nodes])
    outside = _outside(context, record, parsed)
    fresh = [node for node in parsed.nodes if node.id not in stored]
    differing = [node for node in parsed.nodes if node.id in stored and not _same(stored[node.id], node)]
    if differing and known == "refuse":
        first = differing[0]
        raise Invalid(
            f"{parsed.places[first.id]} id", first.id,
            f"cube {cube!r} has it with other content ({len(differing)} such): keep or update them, or choose another",
        )  # fmt: skip
    changing = [node for node in differing if known == "update" and _changes(stored[node.id], node)]
    for number, done in ((len(changing), "updated"), (len(differing) - len(changing), "left as they are")):
        if number:
            notes.append(f"{number:,} nodes that are there with other content, {done}")
    there = _edge_ids(context, record, [edge.id for edge in parsed.edges])
    gone = {node.id for node in (*stored.values(), *outside.values()) if node.retired_at is not None}
    dead = {edge.id for edge in parsed.edges if edge.from_id in gone or edge.to_id in gone} - there
    if dead:
        notes.append(f"{len(dead):,} edges of nodes that were deleted here, left out")
    edges = tuple(edge for edge in parsed.edges if edge.id not in there and edge.id not in dead)
    usable = _usable(context, parsed, embedded_by, notes)
    return Plan(
        cube=cube, record=record, nodes=tuple(fresh), edges=edges, embeddings=usable, differing=tuple(differing),
        update=known == "update", present_nodes=len(parsed.nodes) - len(fresh) - len(differing),
        present_edges=len(there), notes=tuple(notes),
    )  # fmt: skip


def write(context: Context, plan: Plan, *, reason: str, progress: Progress | None = None) -> list[str]:
    """The ids of the Deltas that wrote `plan`. A node comes before the edges that touch it, or with them."""
    if plan.record is None:
        context.store.create_cube(Cube(id=plan.cube, created_at=context.clock()))
    receipts: list[str] = []
    space = text_space(context, plan.cube) if plan.embeddings and plan.nodes else ""
    by_batch = _by_batch(plan)
    between = by_batch.pop(_STORED, [])
    for number, (done, batch) in enumerate(_batches(plan.nodes, _NODES)):
        nodes = [_with_vector(node, plan.embeddings.get(node.id), space) for node in batch]
        edges = by_batch.get(number, [])
        between.extend(edges[_EDGES:])  # a node that thousands of others name: no Delta is to grow with it
        receipts.append(evolve.put_memories(context, plan.cube, nodes, edges=edges[:_EDGES], reason=reason).delta)
        if progress is not None:
            progress("nodes", done, len(plan.nodes))
    for done, some in _batches(between, _EDGES):
        operations = tuple(PutEdge(edge=edge) for edge in some)
        delta = Delta(id=context.new_id(), cube=plan.cube, actor=context.actor, reason=reason[:200],
                      at=context.clock(), operations=operations)  # fmt: skip
        receipts.append(apply_delta(context, delta)[0].delta)
        if progress is not None:
            progress("edges", done, len(between))
    if plan.update:
        receipts += _update(context, plan, reason)
    return receipts


def _update(context: Context, plan: Plan, reason: str) -> Iterator[str]:
    stored = _nodes(context, plan.record, [node.id for node in plan.differing])
    for node in plan.differing:
        changes = _changes(stored[node.id], node)
        if changes:
            # the file tells no time of the change: as a correction, so that its valid times stay what the file says
            done = evolve.update(context, plan.cube, node.id, changes, correction=True, reason=reason)
            yield done.delta


def _changes(head: Node, wanted: Node) -> dict[str, Any]:
    """What an update would change; nothing for a node that was deleted or is frozen here, or that differs in its kind
    alone. Its state only to what the table of states leads to."""
    if state_of(head) in ("deleted", "frozen"):
        return {}
    changes = {name: getattr(wanted, name) for name in _CONTENT if getattr(head, name) != getattr(wanted, name)}
    if leading(head.status, wanted.status) is None or head.valid_to is not None:
        changes.pop("status", None)
    return changes


def _same(stored: Node, wanted: Node) -> bool:
    if stored.kind == "Entity" and wanted.kind == "Entity":
        return True  # its id follows from its name; how the name is spelled there stays
    return same_content(stored, wanted)


def _check_cube(context: Context, record: Cube | None) -> None:
    if record is None:
        return
    if record.settings.get(LOADING):
        raise Refused(f"cube {record.id!r} is being filled by another import or copy: finish that, or drop the cube")
    space = record.space(record.text_space)
    if space is not None and space.model != context.embedder.model:
        raise EmbedderMismatch(record.id, space.model, context.embedder.model)


def _outside(context: Context, record: Cube | None, parsed: Parsed) -> dict[str, Node]:
    """The nodes that the file's edges name and the file does not hold. `Invalid` when the cube has not got them."""
    own = {node.id for node in parsed.nodes}
    there = _nodes(context, record, sorted({e for x in parsed.edges for e in (x.from_id, x.to_id)} - own))
    for edge in parsed.edges:
        for end in (edge.from_id, edge.to_id):
            if end not in own and end not in there:
                raise Invalid(
                    parsed.places[edge.id],
                    end,
                    "the edge names a node that neither the file nor the cube holds: add it",
                )
    return there


def _usable(context: Context, parsed: Parsed, embedded_by: str | None, notes: list[str]) -> Mapping[str, Vector]:
    """The file's vectors, if they are of the context's embedder."""
    embedder, given = context.embedder, parsed.embeddings
    if not given:
        return {}
    if embedded_by is None or embedded_by != embedder.model:
        told = "the file does not say which model made them" if embedded_by is None else f"they are of {embedded_by}"
        notes.append(f"{len(given):,} vectors made anew by {embedder.model}: {told}")
        return {}
    for identity, vector in given.items():
        if vector.size != embedder.dimension:
            where = f"{parsed.places[identity]} embedding"
            raise DimensionMismatch(embedder.model, embedder.dimension, int(vector.size), where)
    embedded = {node.id for node in parsed.nodes if is_embedded(node)}
    return {identity: vector for identity, vector in given.items() if identity in embedded}


def _with_vector(node: Node, vector: Vector | None, space: str) -> Node:
    return node if vector is None else replace(node, vectors={space: vector})


def _nodes(context: Context, record: Cube | None, ids: Sequence[str]) -> dict[str, Node]:
    if record is None:
        return {}
    scope, found = everything(record.id), {}
    for _, batch in _batches(ids, _EDGES):
        found.update({node.id: node for node in context.store.get(scope, batch)})
    return found


def _edge_ids(context: Context, record: Cube | None, ids: Sequence[str]) -> set[str]:
    if record is None:
        return set()
    scope = everything(record.id)
    found: set[str] = set()
    for _, batch in _batches(ids, _EDGES):
        found.update(edge.id for edge in context.store.edges(scope, ids=batch))
    return found


def _by_batch(plan: Plan) -> dict[int, list[Edge]]:
    """The edges by the batch of nodes that holds the later of their ends; _STORED: both are there already."""
    batch = {node.id: at // _NODES for at, node in enumerate(plan.nodes)}
    grouped: dict[int, list[Edge]] = defaultdict(list)
    for edge in plan.edges:
        grouped[max(batch.get(edge.from_id, _STORED), batch.get(edge.to_id, _STORED))].append(edge)
    return grouped


def _batches(values: Sequence[_T], size: int) -> Iterator[tuple[int, Sequence[_T]]]:
    """(how many are done with it, batch)."""
    for start in range(0, len(values), size):
        batch = values[start : start + size]
        yield start + len(batch), batch
