"""The names a cube in Neo4j knows, kept while nothing that they rest on has changed.

Other processes write to the cube too: each answer is checked against the cube's own counter, in the same transaction.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from datetime import datetime

from memos_graph.backends.opencypher.conditions import edges_where, nodes_where
from memos_graph.backends.opencypher.runner import Row, Runner, text_for
from memos_graph.model.scope import Scope
from memos_graph.model.survey import Lexicon
from memos_graph.model.times import to_micros
from memos_graph.ports import LOADING

_KEPT = 64  # lexicons; one of a cube with ten thousand names takes about two megabytes


@dataclass(frozen=True, slots=True)
class _Kept:
    """A Lexicon, and the `current_at` it holds for: from `since` until `until`; None: it has no bearing."""

    lexicon: Lexicon
    since: datetime | None
    until: int | None  #: microseconds UTC, exclusive

    def holds(self, moment: datetime | None) -> bool:
        if moment is None or self.since is None:
            return moment is self.since
        return self.since <= moment and (self.until is None or to_micros(moment) < self.until)


class Lexicons:
    """Lexicons by cube, kept while the cube does not change. One a store; for all threads."""

    def __init__(self) -> None:
        self._held: OrderedDict[Hashable, _Kept] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, runner: Runner, scope: Scope) -> Mapping[str, Lexicon]:
        """By cube, the names of the Entity nodes the scope sees; the same object while the cube stays as it is."""
        states = {row["id"]: row for row in runner.read(text_for(runner, "search/seqs"), {"cubes": list(scope.cubes)})}
        return {cube: self._of(runner, scope.of(cube), cube, states.get(cube)) for cube in scope.cubes}

    def _of(self, runner: Runner, scope: Scope, cube: str, state: Row | None) -> Lexicon:
        if state is None or LOADING in (state["settings"] or ""):  # a load moves no counter
            return _read(runner, scope, cube).lexicon
        key = (cube, state["lineage"], state["seq"], scope.states, scope.as_of, scope.known_at, scope.retired)
        with self._lock:
            kept = self._held.get(key)
            if kept is not None and kept.holds(scope.current_at):
                self._held.move_to_end(key)
                return kept.lexicon
        made = _read(runner, scope, cube)
        with self._lock:
            self._held[key] = made
            while len(self._held) > _KEPT:
                self._held.popitem(last=False)
        return made.lexicon


def lexicon(runner: Runner, scope: Scope) -> Mapping[str, Lexicon]:
    """By cube, the names of the Entity nodes the scope sees."""
    return {cube: _read(runner, scope.of(cube), cube).lexicon for cube in scope.cubes}


def _read(runner: Runner, scope: Scope, cube: str) -> _Kept:
    where, said, by = nodes_where(scope), nodes_where(scope, name="m"), edges_where(scope)
    filled = text_for(runner, "search/lexicon", where=where.text, said=said.text, by=by.text)
    given = {"cube": cube, **where.parameters, **said.parameters, **by.parameters}
    rows = sorted(runner.read(filled, given), key=lambda row: row["id"])
    found = Lexicon(entities=_named(rows), speakers=_named([row for row in rows if row["spoke"]]))
    return _Kept(found, scope.current_at, _until(rows, scope.current_at))


def _named(rows: list[Row]) -> dict[str, tuple[str, ...]]:
    named: dict[str, list[str]] = {}
    for row in rows:
        named.setdefault(row["key"], []).append(row["id"])
    return {name: tuple(ids) for name, ids in named.items()}


def _until(rows: list[Row], moment: datetime | None) -> int | None:
    """Until when nothing here stops being true while time passes; at once, where that would take a closer look."""
    if moment is None:
        return None
    if any(row["spoke"] and not row["lasting"] for row in rows):
        return to_micros(moment) + 1
    return min((row["valid_to"] for row in rows if row["valid_to"] is not None), default=None)
