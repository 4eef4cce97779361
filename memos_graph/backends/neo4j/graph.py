"""The cubes of one Neo4j database, and writes to them. Reads and searches are another matter.

Any number of processes may write. Whoever writes to a cube holds its record until the transaction ends, so writers of
one cube take turns and those of different cubes do not wait. Nothing is known of a cube but what the transaction read.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from memos_graph.backends.checks import check_delta, check_load, check_spaces
from memos_graph.backends.neo4j.engine import Engine, Transaction
from memos_graph.backends.neo4j.form import FORM
from memos_graph.backends.neo4j.meaning import Taken
from memos_graph.backends.neo4j.places import ByKey, EdgeIndexes
from memos_graph.backends.neo4j.schema import ensure_space
from memos_graph.backends.opencypher.gathering import gather
from memos_graph.backends.opencypher.keys import bounds
from memos_graph.backends.opencypher.loading import gather_rows, write_changes, write_rows
from memos_graph.backends.opencypher.planning import plan
from memos_graph.backends.opencypher.reading import change_by_delta
from memos_graph.backends.opencypher.rows import Row, cube_of, cube_row, space_property
from memos_graph.backends.opencypher.runner import Runner, text_for
from memos_graph.backends.opencypher.writing import Writer
from memos_graph.model.delta import Change, Delta, PutEdge, Receipt
from memos_graph.model.errors import AlreadyExists, NotFound, Unavailable
from memos_graph.model.graph import Cube, Edge, Node

_CLEARED = 2000  # records removed in one transaction: the server holds all that a transaction touched in memory
_TRIES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A cube's record as one transaction read it."""

    cube: Cube
    seq: int
    lineage: str  #: tells it from a cube of the same name before or after it
    dropped: bool  #: it is being removed
    fading: tuple[str, ...]  #: spaces that it lost, whose vectors are being removed


class Graph:
    """Cubes and writes."""

    def __init__(self, engine: Engine) -> None:
        """Finish what a crash cut short."""
        self.engine = engine
        self.places = ByKey()
        self.edge_indexes = EdgeIndexes(engine)
        for record in _records(engine):
            self._finish(record)

    # --- cubes

    def cubes(self, runner: Runner) -> tuple[Cube, ...]:
        """Every cube, by id."""
        return tuple(sorted((r.cube for r in _records(runner) if not r.dropped), key=lambda cube: cube.id))

    def records(self, runner: Runner, names: Collection[str]) -> dict[str, Record]:
        """The records of these cubes, by id, sorted. `NotFound`."""
        rows = runner.read(text_for(runner, "cubes/named"), {"ids": list(dict.fromkeys(names))})
        found = {row["id"]: _record(row) for row in rows if not row["dropped"]}
        for name in names:
            if name not in found:
                raise _no_cube(name)
        return dict(sorted(found.items()))

    def create(self, cube: Cube) -> Cube:
        """Make `cube`. `AlreadyExists`."""
        for space in cube.spaces:
            ensure_space(self.engine, space)
        for _ in range(_TRIES):
            row = {**cube_row(cube), "seq": 0, "lineage": secrets.token_hex(8)}
            try:
                self.engine.write(text_for(self.engine, "cubes/create"), {"cube": row})
            except Taken:
                there = self.engine.read(text_for(self.engine, "cubes/named"), {"ids": [cube.id]})
                if there and not there[0]["dropped"]:
                    raise AlreadyExists("cube", cube.id) from None
                for dropped in there:  # someone began to remove it: help to the end
                    self._finish(_record(dropped))
            else:
                return cube_of(row)
        raise Unavailable(f"cube {cube.id!r} is made and dropped by others all the time; try again")

    def replace(self, cube: Cube) -> Cube:
        """Set a cube's record; spaces that go take their vectors along. `NotFound`, `Invalid` for a changed space."""
        before = self.engine.reading(lambda run: self.records(run, [cube.id]))[cube.id]
        check_spaces(before.cube, cube)
        for space in cube.spaces:
            ensure_space(self.engine, space)
        if before.fading:  # by a replacement that a crash cut short, or that is under way
            self._finish(before)
        after = self.engine.transaction(lambda run: self._replace(run, cube))
        self._finish(after)
        return after.cube

    def _replace(self, run: Transaction, cube: Cube) -> Record:
        before = self._locked(run, cube.id)
        check_spaces(before.cube, cube)
        for name in before.fading:
            if cube.space(name) is not None:
                raise Unavailable(f"vector space {name!r} of cube {cube.id!r} is being removed just now; try again")
        gone = tuple(space.name for space in before.cube.spaces if cube.space(space.name) is None)
        now = replace(cube, created_at=before.cube.created_at)
        row = {**cube_row(now), "fading": [*before.fading, *gone] or None}
        run.write(text_for(run, "cubes/patch"), {"id": cube.id, "set": row})
        return replace(before, cube=now, fading=(*before.fading, *gone))

    def drop(self, cube: str) -> None:
        """Remove `cube` and all in it; from the first moment it is there no more, a crash leaves the rest for later."""

        def mark(run: Transaction) -> Record:
            record = self._locked(run, cube)
            run.write(text_for(run, "cubes/patch"), {"id": cube, "set": {"dropped": True}})
            return replace(record, dropped=True)

        self._finish(self.engine.transaction(mark))

    # --- writes

    def apply(self, delta: Delta) -> Receipt:
        """What `delta` did, once it is on the server's disk."""
        self.edge_indexes.ensure({op.edge.kind for op in delta.operations if isinstance(op, PutEdge)})
        return self.engine.transaction(lambda run: self._apply(run, delta))

    def _apply(self, run: Transaction, delta: Delta) -> Receipt:
        record = self._locked(run, delta.cube)
        known = change_by_delta(run, delta.cube, delta.id)
        if known is not None:
            return known.receipt(repeated=True)
        check_delta(record.cube, delta)
        found = gather(run, self.places, delta)
        planned = plan(delta, found.stored())
        change = planned.change(delta, record.seq + 1)
        if not change.images:
            return replace(change.receipt(repeated=False), seq=record.seq)
        writer = self._writer(run)
        writer.write(delta.cube, planned, found)
        writer.append(change)
        return change.receipt(repeated=False)

    def load(self, cube: str, nodes: Sequence[Node], edges: Sequence[Edge], changes: Sequence[Change]) -> None:
        """Put these rows as they are into a cube that is LOADING. `Refused`, `Invalid`, `MissingEndpoint`."""
        self.edge_indexes.ensure({edge.kind for edge in edges})

        def work(run: Transaction) -> None:
            record = self._locked(run, cube)
            check_load(record.cube, record.seq, nodes, edges, changes)
            planned, found = gather_rows(run, self.places, cube, nodes, edges)
            write_rows(run, self._writer(run), cube, planned, found)
            write_changes(run, cube, changes, record.seq)

        self.engine.transaction(work)

    def lock_all(self, run: Transaction) -> tuple[Record, ...]:
        """Hold every cube's record until the transaction ends; always in one order, lest two wait for each other."""
        names = sorted(record.cube.id for record in _records(run) if not record.dropped)
        return tuple(self._locked(run, name) for name in names)

    # --- within

    def _writer(self, run: Transaction) -> Writer:
        return Writer(run, self.places, FORM)

    def _locked(self, run: Transaction, cube: str) -> Record:
        rows = run.write(text_for(run, "cubes/lock"), {"id": cube})
        if not rows or rows[0]["dropped"]:
            raise _no_cube(cube)
        return _record(rows[0])

    def _finish(self, record: Record) -> None:
        """Remove what is left of a dropped cube, or of spaces that it lost. Several processes may do so at once."""
        cube = record.cube.id
        if record.dropped:
            while not self.engine.transaction(lambda run: self._erase_some(run, record)):
                pass
            return
        for space in record.fading:
            while not self.engine.transaction(lambda run, space=space: self._fade_some(run, record, space)):  # type: ignore[misc]
                pass
        if record.fading:
            given = {"id": cube, "lineage": record.lineage, "fading": list(record.fading)}
            self.engine.write(text_for(self.engine, "cubes/faded"), given)

    def _erase_some(self, run: Transaction, record: Record) -> bool:
        """Remove a part of a dropped cube; True once all of it is gone, or the cube is another than `record` says."""
        if not self._still(run, record):
            return True
        if _some(run, "nodes/clear", record) or _some(run, "changes/clear", record):
            return False
        run.write(text_for(run, "cubes/erase"), {"id": record.cube.id})
        return True

    def _fade_some(self, run: Transaction, record: Record, space: str) -> bool:
        """Remove some vectors of `space`; True once all of them are gone, or the cube is another."""
        return not self._still(run, record) or not _some(run, "nodes/forget_space", record, space=space_property(space))

    def _still(self, run: Transaction, record: Record) -> bool:
        rows = run.write(text_for(run, "cubes/lock"), {"id": record.cube.id})
        if not rows:
            return False
        now = _record(rows[0])
        return (now.lineage, now.dropped, now.fading) == (record.lineage, record.dropped, record.fading)


def _some(run: Transaction, query: str, record: Record, **slots: str) -> bool:
    """Whether `query` may have left some, after one step."""
    low, high = bounds(record.cube.id)
    rows = run.write(text_for(run, query, **slots), {"low": low, "high": high, "limit": _CLEARED})
    return bool(rows) and int(rows[0]["found"]) == _CLEARED


def _records(runner: Runner) -> list[Record]:
    return [_record(row) for row in runner.read(text_for(runner, "cubes/all"))]


def _record(row: Row) -> Record:
    return Record(
        cube=cube_of(row), seq=int(row["seq"]), lineage=row["lineage"], dropped=bool(row["dropped"]),
        fading=tuple(row["fading"] or ()),
    )  # fmt: skip


def _no_cube(name: str) -> NotFound:
    return NotFound("cube", name, "create it first")
