"""Statements: the query files of cypher/nebula, filled with literals, in pieces that a server takes. No meaning here.

Every one may be sent twice with the effect of once: rows are written whole, deletions name what goes, a change of a
cube's record says what it expects. So a statement that got no answer is sent again.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from memos_graph.backends.nebula import keys
from memos_graph.backends.nebula.decode import Row as Found
from memos_graph.backends.nebula.literals import Value, integer, literal, name, names, text, values
from memos_graph.backends.nebula.rows import COLUMNS, EDGE_COLUMNS, EdgeKey, EdgeRow, Vertex, owner_of, piece_vids
from memos_graph.backends.nebula.sessions import BadStatement, Unheard
from memos_graph.model.errors import Invalid, StoreDamaged, require
from memos_graph.queries import Query
from memos_graph.queries import load as load_query

BATCH = 500  #: rows of a statement
MAX_BYTES = 1_000_000  #: of rows in a statement with more than one
LIMIT_BYTES = 4_194_304  #: of a statement: graphd's `max_allowed_query_size`
PAGE = 1000  #: rows asked for at once
T = TypeVar("T")


class Executor(Protocol):
    """Runs one statement."""

    def run(self, text: str) -> list[Found]:
        """Its rows."""


def load(name: str) -> Query:
    """The query file cypher/nebula/NAME.ngql."""
    return load_query(f"nebula/{name}", ending="ngql")


class Database:
    """One space. Safe from several threads, as its executor is."""

    def __init__(self, executor: Executor, *, patience: float, tick: float = 0.25) -> None:
        """patience: seconds to wait for servers to hear of a tag, kind or index; tick: between two tries."""
        self._executor, self._patience, self._tick = executor, patience, tick

    def run(self, query: str, **slots: str) -> list[Found]:
        """The rows of a query file, its slots filled by text that this package has encoded. Waits while `Unheard`."""
        statement = load(query).fill(**slots)
        size = len(statement.encode())
        require(size <= LIMIT_BYTES, "statement", f"{size} bytes", f"graphd takes {LIMIT_BYTES}: write less at once")
        until = time.monotonic() + self._patience
        while True:
            try:
                return self._executor.run(statement)
            except Unheard:
                if time.monotonic() + self._tick > until:
                    raise
            time.sleep(self._tick)

    # --- writes

    def put(self, vertices: Iterable[Vertex]) -> None:
        """Write rows whole, by tag."""
        for tag, group in _grouped(vertices, lambda vertex: vertex.tag).items():
            columns = COLUMNS[tag]
            rows = (f"{text(v.vid)}:({values(_ordered(v.row, columns))})" for v in group)
            for part in _batches(rows):
                self.run("put_vertices", tag=name(tag), columns=names(columns), rows=part)

    def put_edges(self, edges: Iterable[EdgeRow]) -> None:
        """Write edges whole, by kind."""
        for kind, group in _grouped(edges, lambda edge: edge.key.kind).items():
            rows = (f"{_place(edge.key)}:({values(_ordered(edge.row, EDGE_COLUMNS))})" for edge in group)
            for part in _batches(rows):
                self.run("put_edges", kind=name(kind), columns=names(EDGE_COLUMNS), rows=part)

    def delete(self, vids: Iterable[str]) -> None:
        """Take vertices away, with all their tags and edges; absent ones are no matter."""
        for part in _batches(map(text, dict.fromkeys(vids))):
            self.run("delete_vertices", vids=part)

    def delete_edges(self, found: Iterable[EdgeKey]) -> None:
        """Take edges away; absent ones are no matter."""
        for kind, group in _grouped(found, lambda key: key.kind).items():
            for part in _batches(map(_place, group)):
                self.run("delete_edges", kind=name(kind), keys=part)

    def change_cube(self, cube: str, changes: Mapping[str, Value], when: Mapping[str, Value]) -> None:
        """Set properties of a cube's record if others are as in `when`. Read it again to know whether it was done."""
        try:
            self.run(
                "change_cube",
                vid=text(keys.cube_vid(cube)),
                set=", ".join(f"{name(key)} = {literal(value)}" for key, value in changes.items()),
                when=" AND ".join(f"{name(key)} == {literal(value)}" for key, value in when.items()),
            )
        except BadStatement as error:
            if "FILTER_OUT" not in str(error):  # should a server call a condition that is not met an error
                raise

    # --- reads

    def get(self, tag: str, vids: Iterable[str]) -> dict[str, Found]:
        """Rows of one tag by vertex id, Pieces put back in place; absent ones are left out."""
        found: dict[str, Found] = {}
        for part in _batches(map(text, dict.fromkeys(vids))):
            found |= {row["vid"]: row["row"] for row in self.run("get_vertices", tag=name(tag), vids=part)}
        return dict(zip(found, self._whole(found.values(), lambda row: owner_of(tag, row["place"])), strict=True))

    def page(self, tag: str, shelf: str, after: str, limit: int) -> list[Found]:
        """The next `limit` rows of one tag that share `shelf`, by place; Pieces put back in place."""
        rows = self.run(
            "page", tag=name(tag), shelf=text(keys.shelf(shelf)), after=text(after), limit=integer(limit)
        )  # fmt: skip
        return self._whole([row["row"] for row in rows], lambda row: owner_of(tag, row["place"]))

    def places(self, tag: str, shelf: str, limit: int) -> list[str]:
        """The first `limit` vertex ids of one tag that share `shelf`."""
        given = {"tag": name(tag), "shelf": text(keys.shelf(shelf)), "after": text(keys.FIRST)}
        return [row["place"] for row in self.run("places", **given, limit=integer(limit))]

    def present(self, cube: str, ids: Iterable[str]) -> set[str]:
        """Those of these nodes that are there."""
        vids = (text(keys.node_vid(cube, node)) for node in dict.fromkeys(ids))
        return {row["id"] for part in _batches(vids) for row in self.run("present", vids=part)}

    def all(self, tag: str, shelf: str, *, size: int = PAGE) -> Iterator[Found]:
        """Every row of one tag that shares `shelf`, by place."""
        after = keys.FIRST
        while rows := self.page(tag, shelf, after, size):
            yield from rows
            after = rows[-1]["place"]

    def get_edges(self, found: Iterable[EdgeKey]) -> list[tuple[str, Found]]:
        """(kind, row) of the edges that are there."""
        edges: list[tuple[str, Found]] = []
        for kind, group in _grouped(found, lambda key: key.kind).items():
            for part in _batches(map(_place, group)):
                rows = self.run("get_edges", kind=name(kind), keys=part)
                edges += [(kind, row["row"]) for row in rows]
        return self._whole_edges(edges)

    def edges_at(self, vids: Iterable[str], kinds: Collection[str], *, into: bool) -> list[tuple[str, Found]]:
        """(kind, row) of the edges of `kinds` that leave these vertices, or arrive at them."""
        edges: list[tuple[str, Found]] = []
        if kinds:
            over = names(sorted(kinds))
            for part in _batches(map(text, dict.fromkeys(vids))):
                rows = self.run("edges_into" if into else "edges_out", vids=part, kinds=over)
                edges += [(row["kind"], row["row"]) for row in rows]
        return self._whole_edges(edges)

    # --- within

    def _whole(self, rows: Collection[Found], owner: Callable[[Found], str]) -> list[Found]:
        """`rows`, with what is in Pieces put back."""
        wanted = {id(row): piece_vids(row["cube_id"], owner(row), row["pieces"]) for row in rows if row.get("pieces")}
        if not wanted:
            return list(rows)
        pieces = self.get("Piece", (vid for vids in wanted.values() for vid in vids))
        return [{**row, **_joined(wanted[id(row)], pieces)} if id(row) in wanted else row for row in rows]

    def _whole_edges(self, edges: list[tuple[str, Found]]) -> list[tuple[str, Found]]:
        rows = self._whole(
            [row for _, row in edges], lambda row: owner_of("Edge", keys.link_vid(row["cube_id"], row["id"]))
        )
        return [(kind, row) for (kind, _), row in zip(edges, rows, strict=True)]


def joined(vids: Sequence[str], pieces: Mapping[str, Found]) -> str:
    """The text that these Pieces hold. `StoreDamaged` when one is missing."""
    if any(vid not in pieces for vid in vids):
        raise StoreDamaged("a long row has lost a Piece of it; run `memos-graph doctor`, or restore a backup")
    return "".join(pieces[vid]["piece"] for vid in vids)


def _joined(vids: Sequence[str], pieces: Mapping[str, Found]) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(joined(vids, pieces))
    return read


def _ordered(row: Mapping[str, Value], columns: Sequence[str]) -> list[Value]:
    if row.keys() != set(columns):
        raise Invalid("row", sorted(row.keys() ^ set(columns)), "write rows whole")
    return [row[column] for column in columns]


def _place(key: EdgeKey) -> str:
    return f"{text(key.source)}->{text(key.target)}@{integer(key.rank)}"


def _grouped(items: Iterable[T], key: Callable[[T], str]) -> dict[str, list[T]]:
    groups: dict[str, list[T]] = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    return groups


def _batches(parts: Iterable[str]) -> Iterator[str]:
    """`parts` with commas, at most BATCH of them and, unless one alone is longer, MAX_BYTES a piece."""
    batch: list[str] = []
    size = 0
    for part in parts:
        length = len(part.encode())
        if batch and (len(batch) == BATCH or size + length > MAX_BYTES):
            yield ", ".join(batch)
            batch, size = [], 0
        batch.append(part)
        size += length
    if batch:
        yield ", ".join(batch)
