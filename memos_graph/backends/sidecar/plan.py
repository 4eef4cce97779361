"""What a Written means for the rows of one cube: which are new, which change and how, which go.

Reads the present rows, changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from memos_graph.backends.sidecar.columns import Columns
from memos_graph.backends.sidecar.feed import IndexDamaged, Written
from memos_graph.backends.sidecar.rows import SIGNS, edge_row, node_row, text_hash, text_signs
from memos_graph.model.graph import Edge, Node, Vector


@dataclass(slots=True)
class Rows:
    """New rows in order, and changed ones by row: values as `node_row` or `edge_row` give them."""

    first: int  #: row of the first new one
    new: list[tuple[Any, ...]] = field(default_factory=list)
    changed: dict[int, tuple[Any, ...]] = field(default_factory=dict)
    gone: list[int] = field(default_factory=list)
    fresh: dict[str, int] = field(default_factory=dict)  #: rows of the new ids

    def put(self, row: int, values: tuple[Any, ...]) -> None:
        """Set the values of a row that is there or was just `add`ed."""
        if row >= self.first:
            self.new[row - self.first] = values
        else:
            self.changed[row] = values

    def add(self, id: str) -> int:
        """The row of a new id, to be `put`."""
        row = self.fresh[id] = self.first + len(self.new)
        self.new.append(())
        return row

    def written(self) -> list[tuple[Any, ...]]:
        """All rows to be written, each led by its number."""
        new = [(row, *values) for row, values in enumerate(self.new, self.first)]
        return new + [(row, *values) for row, values in self.changed.items()]


@dataclass(slots=True)
class Plan:
    """Everything that one Written changes."""

    nodes: Rows
    edges: Rows
    texts: dict[int, Node] = field(default_factory=dict)  #: by row, the nodes whose key or text changed
    vectors: dict[str, dict[int, Vector]] = field(default_factory=dict)  #: by space and row, those to be stored
    whole: set[int] = field(default_factory=set)  #: known rows that keep no vector but those in `vectors`
    skipped: int = 0  #: edges left out because an end is missing


class Codes:
    """Names as small numbers, in order of first use."""

    def __init__(self, names: Sequence[str] = ()) -> None:
        self.names = list(names)
        self._codes = {name: code for code, name in enumerate(self.names)}

    def of(self, name: str) -> int:
        """The number of `name`, a new one for a new name."""
        code = self._codes.setdefault(name, len(self.names))
        if code == len(self.names):
            self.names.append(name)
        return code


@dataclass(frozen=True, slots=True)
class Known:
    """The rows there are. Changed by one writer, while the lock is held under which views are taken."""

    nodes: Columns
    edges: Columns
    rows: dict[str, int]  #: of nodes by id
    edge_rows: dict[str, int]
    kinds: Codes
    edge_kinds: Codes


def plan(written: Written, known: Known, *, lenient: bool = False) -> Plan:
    """What `written` changes in the rows that are `known`.

    `IndexDamaged` for an edge with an end that is nowhere; `lenient` leaves it out: the graph moved on while it was
    read, and what wrote that edge is still to come.
    """
    made = Plan(Rows(known.nodes.size), Rows(known.edges.size))
    _erase(made, written, known)
    for node in written.put:
        row = _put_node(made, node, written.seq, known)
        if row < known.nodes.size:
            made.whole.add(row)
    for node in written.patched:
        _put_node(made, node, written.seq, known, same_text=True)
    gone = set(made.nodes.gone)
    for edge in written.edges:
        _put_edge(made, edge, known, gone, lenient)
    return made


def _put_node(made: Plan, node: Node, seq: int, known: Known, *, same_text: bool = False) -> int:
    kind, nodes = known.kinds.of(node.kind), known.nodes
    row = known.rows.get(node.id, made.nodes.fresh.get(node.id, -1))
    there = 0 <= row < nodes.size
    digest = nodes.get("text_hash", row) if there and same_text else text_hash(node)
    if there and nodes.get("text_hash", row) == digest:
        length, question, tells_when = (nodes.get(name, row) for name in SIGNS)
        values = node_row(node, kind, digest, (length, question, tells_when), nodes.get("text_seq", row))
    else:
        values = node_row(node, kind, digest, text_signs(node.text), seq)
        row = row if row >= 0 else made.nodes.add(node.id)
        made.texts[row] = node
    made.nodes.put(row, values)
    for space, vector in node.vectors.items():
        made.vectors.setdefault(space, {})[row] = vector
    return row


def _put_edge(made: Plan, edge: Edge, known: Known, gone: set[int], lenient: bool) -> None:
    source = known.rows.get(edge.from_id, made.nodes.fresh.get(edge.from_id, -1))
    target = known.rows.get(edge.to_id, made.nodes.fresh.get(edge.to_id, -1))
    if source < 0 or target < 0 or source in gone or target in gone:
        if lenient:
            made.skipped += 1
            return
        raise IndexDamaged(f"edge {edge.id!r} has an end that the index does not know")
    row = known.edge_rows.get(edge.id, made.edges.fresh.get(edge.id, -1))
    values = edge_row(edge, known.edge_kinds.of(edge.kind), source, target)
    made.edges.put(made.edges.add(edge.id) if row < 0 else row, values)


def _erase(made: Plan, written: Written, known: Known) -> None:
    made.nodes.gone = [known.rows[id] for id in written.erased_nodes if id in known.rows]
    gone = {known.edge_rows[id] for id in written.erased_edges if id in known.edge_rows}
    if made.nodes.gone:
        alive, source, target = (known.edges.array(name) for name in ("alive", "source", "target"))
        touching = np.isin(source, made.nodes.gone) | np.isin(target, made.nodes.gone)
        gone.update(np.flatnonzero(touching & alive).tolist())
    made.edges.gone = sorted(gone)
