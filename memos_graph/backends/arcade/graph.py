"""The graph of one store: its database, its cubes, its Changes. Derived indexes are another matter.

One writer at a time; readers do not wait for it, but that a walk through keys and a commit take turns (`commits`).
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from threading import RLock
from typing import Any, TypeVar

from memos_graph.backends.arcade.directory import Directory
from memos_graph.backends.arcade.engine import Engine, Retry, Row
from memos_graph.backends.arcade.writing import Outcome, Writer
from memos_graph.backends.checks import check_delta, check_load, check_spaces
from memos_graph.backends.indexed import CubeState
from memos_graph.backends.opencypher.keys import bounds
from memos_graph.backends.opencypher.reading import change_by_delta
from memos_graph.backends.opencypher.rows import (
    CHANGE_TYPES,
    CUBE_TYPES,
    NODE_TYPES,
    cube_of,
    cube_row,
    space_property,
)
from memos_graph.model.delta import Change, Delta, Receipt
from memos_graph.model.errors import AlreadyExists, MemosGraphError, NotFound, Unavailable
from memos_graph.model.graph import Cube, Edge, Node, VectorSpace
from memos_graph.ports import LOADING
from memos_graph.queries import load

_log = logging.getLogger(__name__)
_TRIES = 8
_CLEARED = 2000  # records removed in one transaction: the heap holds every page a transaction touched
T = TypeVar("T")


class Graph:
    """Cubes and writes. Reads go to the functions of `reading` with `engine`."""

    def __init__(self, engine: Engine) -> None:
        """Make what is missing in the database, and finish what a crash cut short."""
        self.engine = engine
        self.writing = RLock()
        self.directory = Directory(engine)
        engine.define(
            {"Memory": NODE_TYPES, "Change": CHANGE_TYPES, "Cube": CUBE_TYPES},
            {"Memory": ("uid",), "Change": ("uid", "delta_uid"), "Cube": ("id",)},
        )
        self._writer = Writer(engine, self.directory)
        self.places = self._writer.places
        self._states: dict[str, CubeState] = {}
        self.reload()

    # --- cubes

    def state(self, cube: str) -> CubeState:
        """What is known of `cube`. `NotFound`."""
        found = self._states.get(cube)
        if found is None:
            raise NotFound("cube", cube, "create it first")
        return found

    def cubes(self) -> tuple[Cube, ...]:
        """Every cube, by id."""
        return tuple(state.cube for _, state in sorted(self._states.items()))

    def create(self, cube: Cube) -> CubeState:
        """Make `cube`. `AlreadyExists`."""
        with self.writing:
            if cube.id in self._states:
                raise AlreadyExists("cube", cube.id)
            self._declare(cube.spaces)
            lineage = secrets.token_hex(8)
            row = {**cube_row(cube), "seq": 0, "lineage": lineage}
            with self.engine.transaction():
                self.engine.write(load("cubes/create").text, {"cube": row})
            self.reload()
            return self.state(cube.id)

    def replace(self, cube: Cube) -> CubeState:
        """Set a cube's record; spaces that go take their vectors along. `NotFound`, `Invalid` for a changed space."""
        with self.writing:
            before = self.state(cube.id).cube
            check_spaces(before, cube)
            self._declare(cube.spaces)
            for space in before.spaces:
                if cube.space(space.name) is None:
                    text = load("nodes/forget_space").fill(space=space_property(space.name))
                    self._until_none(text, cube.id)
            row = cube_row(replace(cube, created_at=before.created_at))
            if before.settings.get(LOADING) and not cube.settings.get(LOADING):
                # loads move no seq, so an index made meanwhile can't be told from one that holds all of them
                row["lineage"] = secrets.token_hex(8)
            self._patch_cube(cube.id, row)
            self.reload()
            return self.state(cube.id)

    def drop(self, cube: str) -> None:
        """Remove `cube` and all in it; a crash meanwhile leaves it to the next opening to finish."""
        with self.writing:
            self.state(cube)
            self._patch_cube(cube, {"dropped": True})
            self._states = {id: state for id, state in self._states.items() if id != cube}
            self._clear(cube)

    def reload(self) -> None:
        """Read the cubes again, and finish removing those that were being removed."""
        states: dict[str, CubeState] = {}
        for row in self.engine.read(load("cubes/all").text):
            if row["dropped"]:
                self._clear(row["id"])
            else:
                states[row["id"]] = CubeState(cube=cube_of(row), seq=int(row["seq"]), lineage=row["lineage"])
        self._states = states

    def write_freely(self, text: str, parameters: Mapping[str, Any]) -> list[Row]:
        """The rows of a Cypher text that writes as it likes, past `apply`.

        In the same transaction every cube gets a new lineage, so that no index passes for one of what is there now.
        """
        with self.writing:
            with self.engine.transaction():
                rows = self.engine.write(text, parameters)
                for cube in self._states:
                    given = {"id": cube, "set": {"lineage": secrets.token_hex(8)}}
                    self.engine.write(load("cubes/patch").text, given)
            self.directory.forget()
            self._writer.forget()
            self.reload()
            return rows

    # --- writes

    def apply(self, delta: Delta) -> tuple[Receipt, Outcome | None]:
        """What `delta` did, and how; no Outcome when it had been applied before or left all as it was."""
        with self.writing:
            state = self.state(delta.cube)
            known = change_by_delta(self.engine, delta.cube, delta.id)
            if known is not None:
                return known.receipt(repeated=True), None
            check_delta(state.cube, delta)
            try:
                outcome = self._tried(lambda: self._writer.apply(delta, state.seq + 1))
            except Unavailable as error:
                outcome = self._taken_up(delta, error)
            if not outcome.change.images:
                return replace(outcome.change.receipt(repeated=False), seq=state.seq), None
            self._states = {**self._states, delta.cube: replace(state, seq=state.seq + 1)}
            return outcome.change.receipt(repeated=False), outcome

    def load(self, cube: str, nodes: Sequence[Node], edges: Sequence[Edge], changes: Sequence[Change]) -> bool:
        """Put these rows as they are into a cube that is LOADING; whether all nodes and edges were new to it.

        `Refused`, `Invalid`, `MissingEndpoint`: nothing was written.
        """
        with self.writing:
            state = self.state(cube)
            check_load(state.cube, state.seq, nodes, edges, changes)
            anew = self._tried(lambda: self._writer.load(cube, nodes, edges, changes, state.seq))
            seq = max([state.seq, *(change.seq for change in changes)])
            self._states = {**self._states, cube: replace(state, seq=seq)}
            return anew

    # --- within

    def _taken_up(self, delta: Delta, interrupted: Unavailable) -> Outcome:
        """What `delta` did, written once more, since it was `interrupted` before it was on disk; that error if it is.

        What is remembered of the graph may be behind it now, so all of it is read again.
        """
        self.directory.forget(delta.cube)
        self._writer.forget()
        self.reload()
        if change_by_delta(self.engine, delta.cube, delta.id) is not None:
            said = f"{delta.id!r} was written, and interrupted then; applying it again gives its Receipt"
            raise Unavailable(said) from interrupted
        return self._tried(lambda: self._writer.apply(delta, self.state(delta.cube).seq + 1))

    def _tried(self, write: Callable[[], T]) -> T:
        for attempt in range(_TRIES):
            try:
                return write()
            except Retry as error:
                _log.info("write %d of %d met a change under it: %s", attempt + 1, _TRIES, error)
        raise MemosGraphError(f"the store kept changing under a write, {_TRIES} times; nothing was written; try again")

    def _declare(self, spaces: tuple[VectorSpace, ...]) -> None:
        # typed, a vector takes half the room and is read thirty times as fast
        self.engine.define({"Memory": {space_property(space.name): "ARRAY_OF_FLOATS" for space in spaces}}, {})

    def _patch_cube(self, cube: str, changes: dict[str, object]) -> None:
        def write() -> None:
            with self.engine.transaction():
                self.engine.write(load("cubes/patch").text, {"id": cube, "set": changes})

        self._tried(write)

    def _clear(self, cube: str) -> None:
        self._until_none(load("nodes/clear").text, cube)
        self._until_none(load("changes/clear").text, cube)
        with self.engine.transaction():
            self.engine.write(load("cubes/erase").text, {"id": cube})
        self.directory.forget(cube)
        self._writer.forget()

    def _until_none(self, text: str, cube: str) -> None:
        low, high = bounds(cube)

        def write() -> int:
            with self.engine.transaction():
                rows = self.engine.write(text, {"low": low, "high": high, "limit": _CLEARED})
            return int(rows[0]["found"]) if rows else 0

        while self._tried(write):
            pass
