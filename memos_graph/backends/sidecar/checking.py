"""Whether an index says what the graph says: every node and edge compared, and every vector."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from memos_graph.backends.sidecar.columns import View
from memos_graph.backends.sidecar.cube import CubeIndex
from memos_graph.backends.sidecar.feed import Feed
from memos_graph.backends.sidecar.rows import NODE_NAMES, edge_row, node_row, text_hash, text_signs
from memos_graph.backends.sidecar.snapshot import Snapshot
from memos_graph.backends.sidecar.vectors import ExactVectors, unit
from memos_graph.model.graph import Edge, Node

_NAMED = 5  #: how many differences of a kind are named
_EVERY = 16  #: of so many nodes, one has its vectors compared
_LISTS = frozenset({"tags", "usage", "info", "text_seq"})


def differences(index: CubeIndex, feed: Feed) -> tuple[str, ...]:
    """What differs, in words; () when the index agrees. Reads the whole cube; vectors of one node in 16."""
    snapshot = index.snapshot()
    rows, edge_rows = _alive(snapshot.ids, snapshot.nodes), _alive(snapshot.edge_ids, snapshot.edges)
    found: list[str] = []
    if index.seq != feed.seq(index.cube):
        found.append(f"it is at seq {index.seq}, the graph at {feed.seq(index.cube)}")
    nodes = ((node.id, _node_differs(snapshot, rows, node)) for node in feed.nodes(index.cube))
    found += _compared("node", rows, nodes)
    edges = ((edge.id, _edge_differs(snapshot, rows, edge_rows, edge)) for edge in feed.edges(index.cube))
    found += _compared("edge", edge_rows, edges)
    return tuple(found)


def _alive(ids: Sequence[str], rows: View) -> dict[str, int]:
    return {ids[row]: row for row in np.flatnonzero(rows.arrays["alive"]).tolist()}


def _compared(what: str, rows: dict[str, int], verdicts: Iterator[tuple[str, bool]]) -> Iterator[str]:
    missing, wrong, seen = [], [], set()
    for id, differs in verdicts:
        seen.add(id)
        if id not in rows:
            missing.append(id)
        elif differs:
            wrong.append(id)
    extra = [id for id in rows if id not in seen]
    for ids, verb in ((missing, "lacks"), (wrong, "differs in"), (extra, "has besides")):
        if ids:
            yield f"it {verb} {len(ids)} {what}s: {_names(ids)}"


def _node_differs(snapshot: Snapshot, rows: dict[str, int], node: Node) -> bool:
    row = rows.get(node.id)
    if row is None:
        return True
    arrays, lists = snapshot.nodes.arrays, snapshot.nodes.lists
    kind = snapshot.kinds[arrays["kind"][row]]
    values = node_row(node, arrays["kind"][row], text_hash(node), text_signs(node.text), 0)
    for name, wanted in zip(NODE_NAMES, values, strict=True):
        if name in _LISTS:
            continue
        held = lists[name][row] if name in lists else arrays[name][row].item()
        if held != wanted:
            return True
    return kind != node.kind or (row % _EVERY == 0 and _vectors_differ(snapshot, row, node))


def _vectors_differ(snapshot: Snapshot, row: int, node: Node) -> bool:
    held = {space for space in snapshot.spaces if snapshot.slots(space)[row] >= 0}
    if held != set(node.vectors):
        return True
    for space, vector in node.vectors.items():
        kept = snapshot.spaces[space]
        if isinstance(kept, ExactVectors):
            slot = int(snapshot.slots(space)[row])
            if not np.allclose(kept.rows[slot], unit(np.asarray(vector, np.float32)), atol=1e-5):
                return True
    return False


def _edge_differs(snapshot: Snapshot, rows: dict[str, int], edge_rows: dict[str, int], edge: Edge) -> bool:
    row = edge_rows.get(edge.id)
    if row is None or edge.from_id not in rows or edge.to_id not in rows:
        return True
    arrays = snapshot.edges.arrays
    _, _, source, target, weight, *rest = edge_row(edge, 0, rows[edge.from_id], rows[edge.to_id])
    held = [arrays[name][row].item() for name in ("version", "created_at", "retired_at", "valid_from", "valid_to")]
    return bool(
        snapshot.edge_kinds[arrays["kind"][row]] != edge.kind
        or arrays["source"][row] != source
        or arrays["target"][row] != target
        or arrays["weight"][row] != np.float32(weight)
        or held != list(rest)
    )


def _names(ids: Sequence[str]) -> str:
    return ", ".join(sorted(ids)[:_NAMED]) + (", ..." if len(ids) > _NAMED else "")
