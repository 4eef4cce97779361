"""The graph of one space: its cubes, their Changes, writes all or none. Derived indexes are another matter.

What is promised, and to whom. One process at a time writes to a space; opening it takes every cube over, and another
process that still has it open gets `StoreLocked` at its next commit. To the readers of this process a write is whole or
not there: while its rows are written they wait. After a crash, or a cluster that went away in the middle, the next
opening, or the next verb of this process, finishes what was committed before it answers; what was not committed never
shows. A second process that only reads may see half of a write while it is being carried out. A process that is
stopped in the middle of carrying a write out, and goes on after another took over, may write old rows again: stop it,
don't pause it.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from threading import RLock

from memos_graph.backends.checks import check_delta, check_load, check_spaces
from memos_graph.backends.gate import Gate
from memos_graph.backends.indexed import CubeState
from memos_graph.backends.nebula import keys
from memos_graph.backends.nebula.database import Database, joined
from memos_graph.backends.nebula.decode import Row as Found
from memos_graph.backends.nebula.journal import INLINE, OWNER, Work, carry_out, from_text, to_text
from memos_graph.backends.nebula.literals import Value
from memos_graph.backends.nebula.reading import change_by_delta
from memos_graph.backends.nebula.rows import cube_of, cube_values, cube_vertex, piece_vids, pieces_of, vector_vertices
from memos_graph.backends.nebula.rows import vectors_of as read_vectors
from memos_graph.backends.nebula.schema import known_kinds, make_kinds
from memos_graph.backends.nebula.writing import plan_delta, plan_load
from memos_graph.backends.opencypher.planning import Plan
from memos_graph.model.delta import Change, Delta, PutEdge, Receipt
from memos_graph.model.errors import AlreadyExists, NotFound, StoreLocked, Unavailable
from memos_graph.model.graph import Cube, Edge, Node
from memos_graph.ports import LOADING

_CLEARED = 500  #: vertices removed by one statement
_ROWS = ("Memory", "Link", "Change", "Applied", "Piece")


class Graph:
    """Cubes and writes. Reads go to the functions of `reading` with `database`, inside `reading()`."""

    def __init__(self, database: Database, where: str) -> None:
        """Take the cubes over, and finish what a crash cut short."""
        self.database, self.where = database, where
        self.writing = RLock()
        self.kinds = known_kinds(database)
        self._gate = Gate()
        self._token = secrets.token_hex(8)
        self._states: dict[str, CubeState] = {}
        self._uncertain: set[str] = set()  #: cubes whose last write may have got half way
        for row in list(database.all("Cube", keys.EVERY_CUBE, size=100)):
            self._own(row["cube_id"])
            self._take_over(row["cube_id"])

    # --- reads

    @contextmanager
    def reading(self) -> Iterator[None]:
        """While inside, no write is being carried out, and none was left half way."""
        while True:
            with self._gate.among():
                if not self._uncertain:  # looked at inside: a write may just have broken off
                    yield
                    return
            with self.writing:
                self._settle()

    def state(self, cube: str) -> CubeState:
        """What is known of `cube`. `NotFound`."""
        found = self._states.get(cube)
        if found is None:
            raise NotFound("cube", cube, "create it first")
        return found

    def cubes(self) -> tuple[Cube, ...]:
        """Every cube, by id."""
        return tuple(state.cube for _, state in sorted(self._states.items()))

    # --- cubes

    def create(self, cube: Cube) -> Cube:
        """Make `cube`. `AlreadyExists`."""
        with self.writing:
            self._settle()
            vid = keys.cube_vid(cube.id)
            if cube.id in self._states or self.database.get("Cube", [vid]):
                raise AlreadyExists("cube", cube.id)
            self._uncertain.add(cube.id)
            self.database.put([cube_vertex(cube, lineage=secrets.token_hex(8), owner=self._token)])
            self._take_over(cube.id)
            return self.state(cube.id).cube

    def replace(self, cube: Cube) -> tuple[Cube, bool]:
        """Set a cube's record, and whether its index must be made anew. `NotFound`, `Invalid` for a changed space."""
        with self.writing:
            self._settle()
            before = self.state(cube.id)
            check_spaces(before.cube, cube)
            gone = [space.name for space in before.cube.spaces if cube.space(space.name) is None]
            loaded = _loading(before.cube) and not _loading(cube)
            changes: dict[str, Value] = {
                **cube_values(replace(cube, created_at=before.cube.created_at)),
                "forgetting": "\n".join(gone),
                "lineage": secrets.token_hex(8) if loaded else before.lineage,
            }
            with self._gate.alone():
                self._change(cube.id, changes)
                self._take_over(cube.id)
            return self.state(cube.id).cube, loaded

    def drop(self, cube: str) -> None:
        """Remove `cube` and all in it; a crash meanwhile leaves it to the next opening to finish."""
        with self.writing:
            self._settle()
            self.state(cube)
            with self._gate.alone():
                self._change(cube, {"dropped": True})
                self._take_over(cube)

    # --- writes

    def apply(self, delta: Delta) -> tuple[Receipt, Plan | None]:
        """What `delta` did, and how; no Plan when it had been applied before or left all as it was."""
        with self.writing:
            self._settle()
            state = self.state(delta.cube)
            known = change_by_delta(self.database, delta.cube, delta.id)
            if known is not None:
                return known.receipt(repeated=True), None
            check_delta(state.cube, delta)
            self._know(op.edge.kind for op in delta.operations if isinstance(op, PutEdge))
            planned, change, work = plan_delta(self.database, self.kinds, delta, state.seq + 1)
            if not change.images:
                return replace(change.receipt(repeated=False), seq=state.seq), None
            self._commit(delta.cube, work)
            return change.receipt(repeated=False), planned

    def load(self, cube: str, nodes: Sequence[Node], edges: Sequence[Edge], changes: Sequence[Change]) -> None:
        """Put rows of another store's cube as they are. `Refused` unless the cube is LOADING; `MissingEndpoint`."""
        with self.writing:
            self._settle()
            state = self.state(cube)
            check_load(state.cube, state.seq, nodes, edges, changes)
            self._know(edge.kind for edge in edges)
            self._commit(cube, plan_load(self.database, cube, state.seq, nodes, edges, changes))

    # --- within: the journal

    def _commit(self, cube: str, work: Work) -> None:
        """Write `work` down, commit, carry it out. Any error after the first statement leaves the cube uncertain."""
        state, stamp, text = self.state(cube), secrets.token_hex(8), to_text(work)
        pieces = pieces_of(cube, OWNER, text) if len(text) > INLINE else []
        with self._gate.alone():
            self._uncertain.add(cube)
            self.database.put(pieces)
            changes: dict[str, Value] = {
                "journal": stamp, "body": "" if pieces else text, "body_pieces": len(pieces),
            }  # fmt: skip
            self._change(cube, changes, when={"seq": state.seq, "journal": ""})
            carry_out(self.database, work)
            self._finish(cube, stamp, work.seq, len(pieces))
            self._states = {**self._states, cube: replace(state, seq=work.seq)}
            self._uncertain.discard(cube)

    def _finish(self, cube: str, stamp: str, seq: int, pieces: int) -> None:
        self.database.change_cube(cube, {"seq": seq, "journal": "", "body": ""}, {"journal": stamp})
        self.database.delete(piece_vids(cube, OWNER, pieces))

    def _change(self, cube: str, changes: Mapping[str, Value], *, when: Mapping[str, Value] | None = None) -> None:
        """Change a cube's record as its owner, or raise. The record is read back: then what happened is certain."""
        self._uncertain.add(cube)
        self.database.change_cube(cube, changes, {"owner": self._token, **(when or {})})
        row = self._record(cube)
        if row is None or row["owner"] != self._token:
            raise self._locked()
        if any(row[name] != value for name, value in changes.items()):
            raise Unavailable(f"cube {cube!r} changed under a write; nothing was written; try again")

    def _settle(self) -> None:
        """Finish what may have got half way. Call with `writing` held."""
        for cube in sorted(self._uncertain):
            with self._gate.alone():
                self._take_over(cube)

    # --- within: one cube's record

    def _own(self, cube: str) -> None:
        self.database.change_cube(cube, {"owner": self._token}, {"cube_id": cube})

    def _take_over(self, cube: str) -> None:
        """Bring `cube` and what is known of it into one state: finish its journal, forget spaces, or clear it."""
        row = self._record(cube)
        if row is None:
            self._states = {id: state for id, state in self._states.items() if id != cube}
            self._uncertain.discard(cube)
            return
        if row["owner"] != self._token:
            raise self._locked()
        if row["dropped"]:
            self._states = {id: state for id, state in self._states.items() if id != cube}
            self._clear(cube, row)
            self._uncertain.discard(cube)
            return
        vids = piece_vids(cube, OWNER, row["body_pieces"])
        if row["journal"]:
            work = from_text(joined(vids, self.database.get("Piece", vids)) if vids else row["body"])
            carry_out(self.database, work)
            self._finish(cube, row["journal"], work.seq, len(vids))
            row["seq"] = work.seq
        else:
            self.database.delete(vids)
        if row["forgetting"]:
            self._forget(cube, set(row["forgetting"].split("\n")))
        known = CubeState(cube=cube_of(row), seq=row["seq"], lineage=row["lineage"])
        self._states = {**self._states, cube: known}
        self._uncertain.discard(cube)

    def _record(self, cube: str) -> Found | None:
        vid = keys.cube_vid(cube)
        return self.database.get("Cube", [vid]).get(vid)

    def _forget(self, cube: str, spaces: set[str]) -> None:
        """Take the vectors of `spaces` out of all nodes."""
        for row in list(self.database.all("Memory", cube, size=_CLEARED)):
            vid = row["place"]
            held = self.database.get("Vectors", [vid]).get(vid)
            kept = {} if held is None else read_vectors(held)
            if spaces & set(kept):
                left = {space: vector for space, vector in kept.items() if space not in spaces}
                self.database.put(vector_vertices(cube, row["id"], left))
        self.database.change_cube(cube, {"forgetting": ""}, {"owner": self._token})

    def _clear(self, cube: str, row: Found) -> None:
        for tag in _ROWS:
            while vids := self.database.places(tag, cube, _CLEARED):
                self.database.delete(vids)
        self.database.delete([row["place"]])

    def _know(self, kinds: Iterator[str]) -> None:
        fresh = set(kinds) - self.kinds
        if fresh:
            self.kinds = make_kinds(self.database, sorted(fresh))

    def _locked(self) -> StoreLocked:
        return StoreLocked(self.where, "another process, which opened it later")


def _loading(cube: Cube) -> bool:
    return bool(cube.settings.get(LOADING))
