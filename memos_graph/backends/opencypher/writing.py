"""Write what was planned for a Delta, within one transaction that the caller holds.

Rows written are compared with rows sent at every step: UNWIND skips in silence what MATCH does not find.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from memos_graph.backends.opencypher.gathering import Gathered, Places, Ref
from memos_graph.backends.opencypher.keys import bounds, change_uid, uid
from memos_graph.backends.opencypher.planning import Plan
from memos_graph.backends.opencypher.reading import batches, grouped
from memos_graph.backends.opencypher.rows import (
    change_row,
    edge_row,
    images_of,
    images_text,
    node_row,
    patch_row,
    quoted,
    space_property,
)
from memos_graph.backends.opencypher.runner import Row, Runner, text_for
from memos_graph.model.delta import Change, Image
from memos_graph.model.errors import StoreDamaged
from memos_graph.model.graph import Edge, Node

MAX_ROWS = 2000  # of one query
MAX_CHARACTERS = 4_000_000  # of text in one query: the database's heap holds a few copies of it

Floats2d = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """How a database wants nodes written."""

    row: Callable[[Node], Row] = node_row  #: all properties but vectors, None for what is not there
    vector: str = ", n.{name} = ${name}[r.i]"  #: what sets the vector `name` in a query that has n and a row r
    vectors: Callable[[Floats2d], Any] = lambda rows: rows  #: the parameter of that name, from an array [rows, d]


class Writer:
    """Writes plans through one Runner."""

    def __init__(self, runner: Runner, places: Places, form: Form = Form()) -> None:
        self._runner = runner
        self._places = places
        self._form = form

    def write(self, cube: str, planned: Plan, found: Gathered) -> None:
        """The states that `planned` says, over those `found`; takes the refs of new nodes into `found`."""
        moving = [node for node in found.moving if node in planned.put]
        moved_edges = {edge for node in moving for edge in found.moving[node]}
        self._erase(cube, planned, found, moving, moved_edges)
        new = [node for id, node in planned.put.items() if id not in found.nodes or id in moving]
        kept = [node for id, node in planned.put.items() if id in found.nodes and id not in moving]
        found.refs |= self._create_nodes(new)
        self._set_nodes("nodes/replace", kept, found.refs, lambda node: _lean(self._form.row(node)))
        self._set_nodes(
            "nodes/patch", planned.patched.values(), found.refs, lambda node: patch_row(found.nodes[node.id], node)
        )
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
        if planned.erased_nodes or planned.erased_edges:
            self._blank(cube, planned)

    def append(self, change: Change) -> None:
        """`change` as its cube's last one."""
        given = {"cube": change.cube, "seq": change.seq, "change": change_row(change)}
        self._sent("changes/append", 1, given)

    # --- within

    def _erase(self, cube: str, planned: Plan, found: Gathered, moving: Sequence[str], moved_edges: set[str]) -> None:
        starts = {id: found.edges[id].from_id for id in planned.erased_edges if id not in moved_edges}
        for part in batches(grouped(cube, starts)):
            sent = sum(len(row["ids"]) for row in part)
            self._sent("edges/erase", sent, {"starts": list(part)})
        for refs in batches([found.refs[id] for id in (*planned.erased_nodes, *moving)]):
            self._sent("nodes/erase", len(refs), {"refs": list(refs)})

    def _create_nodes(self, nodes: Iterable[Node]) -> dict[str, Ref]:
        refs: dict[str, Ref] = {}
        for (kind, spaces), group in _groups(nodes, lambda node: (node.kind, tuple(sorted(node.vectors)))).items():
            text = text_for(self._runner, "nodes/create", kind=kind, vectors=self._vectors_text(spaces))
            for part in _portions(group):
                sent = [{"i": i, "set": _lean(self._form.row(node))} for i, node in enumerate(part)]
                rows = self._runner.write(text, {"rows": sent, **self._vectors(part, spaces)})
                _compare("nodes/create", len(rows), len(part))
                refs |= {node.id: row["ref"] for node, row in zip(part, rows, strict=True)}
        return refs

    def _set_nodes(
        self, query: str, nodes: Iterable[Node], refs: Mapping[str, Ref], state: Callable[[Node], Row]
    ) -> None:
        for spaces, group in _groups(nodes, lambda node: tuple(sorted(node.vectors))).items():
            text = text_for(self._runner, query, vectors=self._vectors_text(spaces))
            for part in _portions(group):
                sent = [{"i": i, "ref": refs[node.id], "set": state(node)} for i, node in enumerate(part)]
                rows = self._runner.write(text, {"rows": sent, **self._vectors(part, spaces)})
                _compare(query, len(rows), len(part))

    def _create_edges(self, cube: str, edges: Iterable[Edge], refs: Mapping[str, Ref]) -> None:
        missing = {id for edge in edges for id in (edge.from_id, edge.to_id)} - set(refs)
        known = {**refs, **self._places.refs(self._runner, cube, missing)}
        by_kind: dict[str, list[Edge]] = _groups(edges, lambda edge: edge.kind)
        for kind, group in by_kind.items():
            for some in batches(group, MAX_ROWS):
                rows = [
                    {"start": known[edge.from_id], "end": known[edge.to_id], "set": _lean(edge_row(edge))}
                    for edge in some
                ]
                self._sent("edges/create", len(rows), {"rows": rows}, kind=kind)

    def _patch_edges(self, cube: str, edges: Sequence[Edge]) -> None:
        for part in batches(edges, MAX_ROWS):
            by_start: dict[str, dict[str, Row]] = {}
            for edge in part:
                by_start.setdefault(uid(cube, edge.from_id), {})[edge.id] = edge_row(edge)
            starts = [{"uid": key, "sets": sets} for key, sets in by_start.items()]
            self._sent("edges/patch", len(part), {"starts": starts})

    def _blank(self, cube: str, planned: Plan) -> None:
        """Take the before-images of what is erased out of all Changes of the cube."""
        gone = {("node", id) for id in planned.erased_nodes} | {("edge", id) for id in planned.erased_edges}
        low, high = bounds(cube)
        text = text_for(self._runner, "changes/naming")
        for part in batches([quoted(id) for _, id in sorted(gone)], 200):
            found = self._runner.write(text, {"low": low, "high": high, "quoted": list(part)})
            rows = []
            for row in found:
                images = images_of(row["images"])
                blank = tuple(Image(id=i.id, of=i.of, before=None) if (i.of, i.id) in gone else i for i in images)
                if blank != images:
                    rows.append(
                        {"uid": change_uid(cube, row["seq"]), "images": _over(row["images"], images_text(blank))}
                    )
            if rows:
                self._sent("changes/rewrite", len(rows), {"rows": rows})

    def _vectors_text(self, spaces: Iterable[str]) -> str:
        return "".join(self._form.vector.format(name=space_property(space)) for space in spaces)

    def _vectors(self, nodes: Sequence[Node], spaces: Iterable[str]) -> dict[str, Any]:
        return {
            space_property(space): self._form.vectors(
                np.stack([np.asarray(node.vectors[space], dtype=np.float32) for node in nodes])
            )
            for space in spaces
        }

    def _sent(self, query: str, sent: int, parameters: Mapping[str, Any], **slots: str) -> None:
        rows = self._runner.write(text_for(self._runner, query, **slots), parameters)
        _compare(query, sum(int(row["found"]) for row in rows), sent)


def _over(old: str, new: str) -> str:
    """`new` with spaces up to the bytes of `old`: ArcadeDB leaves the tail of a record that shrinks in its file."""
    return new + " " * (len(old.encode()) - len(new.encode()))


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
