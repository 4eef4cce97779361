"""Drive a store and the oracle side by side with random writes, and compare every read.

Knows no store: what makes one, and what opens it again, are arguments.
"""

from __future__ import annotations

import shutil
import tempfile
import unittest
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from memos_graph.backends.inmemory import InMemoryStore
from memos_graph.model.delta import Delta
from memos_graph.model.errors import Conflict, DimensionMismatch, Invalid, MemosGraphError, MissingEndpoint, NotFound
from memos_graph.model.graph import VectorSpace
from memos_graph.model.survey import Lexicon
from memos_graph.ports import GraphStore
from memos_graph.testing.bench import contents, make_cube
from memos_graph.testing.compare import same_ranking, survey_agrees
from memos_graph.testing.strategies import CUBES, IDS, SPACES, Question, deltas, questions

Answer = TypeVar("Answer")
MakeStore = Callable[[Path], GraphStore]
Reopen = Callable[[GraphStore, Path], GraphStore]
_WRONG_DELTA = {Conflict, MissingEndpoint, NotFound, Invalid, DimensionMismatch}


def store_machine(
    make_store: MakeStore, *, reopen: Reopen | None = None, examples: int = 25, steps: int = 25, shrink: bool = False
) -> type[unittest.TestCase]:
    """A TestCase that runs `examples` random histories of `steps` steps on the store and the oracle.

    make_store: opens the store at a path, making it when nothing is there. reopen: closes the store and opens it again
    (None: `close`, then `make_store`); never called for a store that is not durable. shrink: look for a shorter history
    that fails too, which takes minutes.
    """

    def open_again(store: GraphStore, path: Path) -> GraphStore:
        store.close()
        return make_store(path)

    class Machine(StoreMachine):
        _make_store = staticmethod(make_store)
        _reopen = staticmethod(reopen or open_again)

    case: type[unittest.TestCase] = Machine.TestCase
    case.settings = settings(  # type: ignore[attr-defined]
        max_examples=examples, stateful_step_count=steps, deadline=None, database=None, print_blob=True,
        suppress_health_check=list(HealthCheck), phases=(Phase.generate, Phase.shrink) if shrink else (Phase.generate,),
    )  # fmt: skip
    return case


class StoreMachine(RuleBasedStateMachine):
    """One random history. After every step all contents are equal; reads are compared under random Scopes."""

    _make_store: MakeStore
    _reopen: Reopen

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="memos-graph-"))
        self.store = self._make_store(self.folder / "store")
        self.oracle = InMemoryStore()
        self.past: list[Delta] = []
        self.numbers = 0
        self.touched: set[str] = set()

    def teardown(self) -> None:
        self.store.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    # --- writes

    @initialize(data=st.data())
    def two_cubes(self, data: st.DataObject) -> None:
        for name in CUBES[:2]:
            self.touched.add(name)
            self.both(lambda store, name=name: store.create_cube(make_cube(name)))  # type: ignore[misc]
        self._write(data, times=4)

    # two rules that write, so that histories are made of writes mostly

    @rule(data=st.data())
    def apply_and_ask(self, data: st.DataObject) -> None:
        self._write(data, times=2)
        self._ask(self._question(data))

    @rule(data=st.data())
    def apply(self, data: st.DataObject) -> None:
        self._write(data, times=2)

    def _write(self, data: st.DataObject, *, times: int) -> None:
        for _ in range(times):
            cube = data.draw(st.sampled_from(self.oracle.cubes()))
            held = contents(self.oracle, cube.id)
            nodes, edges = {node.id: node for node in held.nodes}, {edge.id: edge for edge in held.edges}
            self.numbers += 1
            delta = data.draw(deltas(cube, f"delta-{self.numbers}", nodes, edges))
            self.past.append(delta)
            self._same_receipt(delta)

    @rule(data=st.data())
    def apply_again(self, data: st.DataObject) -> None:
        if self.past:
            self._same_receipt(data.draw(st.sampled_from(self.past)))

    @rule(name=st.sampled_from(CUBES), spaces=st.sampled_from(SPACES), what=st.sampled_from(("make", "change", "drop")))
    def cubes(self, name: str, spaces: tuple[VectorSpace, ...], what: str) -> None:
        self.touched.add(name)
        if what == "make":
            self.both(lambda store: store.create_cube(make_cube(name)))
        elif what == "change":
            self.both(lambda store: store.replace_cube(make_cube(name, spaces=spaces, settings={"n": len(spaces)})))
        elif len(self.oracle.cubes()) > 1:
            self.both(lambda store: store.drop_cube(name))

    @rule()
    def reopen(self) -> None:
        if self.store.can.durable:
            self.store = self._reopen(self.store, self.folder / "store")
            self.touched |= {cube.id for cube in self.oracle.cubes()}

    # --- reads

    @rule(data=st.data())
    def ask(self, data: st.DataObject) -> None:
        for _ in range(3):
            self._ask(self._question(data))

    @rule(data=st.data())
    def recall(self, data: st.DataObject) -> None:
        q = self._question(data)
        self.both(lambda store: _plain(store.lexicon(q.scope)))
        survey_agrees(self.store, q.scope, "main", q.row, q.words, q.filter, k=q.k)

    @rule(data=st.data(), page=st.integers(1, 4))
    def scan(self, data: st.DataObject, page: int) -> None:
        scope = self._question(data).scope
        cube = data.draw(st.sampled_from([cube.id for cube in self.oracle.cubes()]))
        assert contents(self.store, cube, page=page) == contents(self.oracle, cube)
        wanted = sorted((node.cube, node.id) for node in self.oracle.scan(scope).nodes)
        assert sorted((node.cube, node.id) for node in self.store.scan(scope).nodes) == wanted
        self.both(lambda store: store.changes(cube, after=page, limit=page))

    def _ask(self, q: Question) -> None:
        """Ask both stores all that `q` says."""
        self.both(lambda store: store.match(q.scope, filter=q.filter, order=q.order, limit=q.limit, vectors=True))
        self.both(lambda store: store.count(q.scope, filter=q.filter))
        self.both(lambda store: store.get(q.scope, IDS[::-1]))
        self.both(lambda store: [list(counts.items()) for counts in store.shape(q.scope)])
        self.both(
            lambda store: store.around(
                q.scope, q.starts, kinds=q.kinds, direction=q.direction, depth=q.depth, limit=q.limit
            )
        )
        self.both(lambda store: store.edges(q.scope, touching=q.starts, kinds=q.kinds, direction=q.direction))
        self.both(lambda store: store.edges(q.scope, kinds=q.kinds, limit=q.limit))
        same_ranking(
            self.store.near(q.scope, "main", q.row, q.k, filter=q.filter),
            self.oracle.near(q.scope, "main", q.row, q.k, filter=q.filter),
            self.oracle.near(q.scope, "main", q.row, 1000, filter=q.filter),
        )
        found = [(scored.cube, scored.id) for scored in self.store.text(q.scope, q.words, q.k, filter=q.filter)]
        wanted = {(scored.cube, scored.id) for scored in self.oracle.text(q.scope, q.words, 1000, filter=q.filter)}
        assert len(found) == len(set(found)) == min(q.k, len(wanted))
        assert set(found) <= wanted

    @rule()
    def check(self) -> None:
        assert [finding for finding in self.store.check() if not finding.ok] == []

    # --- comparing

    @invariant()
    def same_contents(self) -> None:
        cubes = self.oracle.cubes()
        assert self.store.cubes() == cubes
        for cube in cubes:
            if cube.id in self.touched:
                assert contents(self.store, cube.id) == contents(self.oracle, cube.id)
        self.touched.clear()

    def _same_receipt(self, delta: Delta) -> None:
        self.touched.add(delta.cube)
        self.both(lambda store: store.apply(delta))

    def both(self, ask: Callable[[GraphStore], Answer]) -> Answer | None:
        """The answer that both stores give; None when both refuse. AssertionError when they differ."""
        wanted, refused = _outcome(ask, self.oracle)
        found, error = _outcome(ask, self.store)
        if refused is None and error is None:
            assert found == wanted
        else:
            assert refused is not None and error is not None, (refused or wanted, error or found)
            # a Delta may be wrong in several ways, and a store may name any of them
            assert type(error) is type(refused) or {type(error), type(refused)} <= _WRONG_DELTA, (refused, error)
        return found

    def _question(self, data: st.DataObject) -> Question:
        return data.draw(questions(tuple(cube.id for cube in self.oracle.cubes())))


def _outcome(ask: Callable[[GraphStore], Answer], store: GraphStore) -> tuple[Answer | None, MemosGraphError | None]:
    try:
        return ask(store), None
    except MemosGraphError as error:
        return None, error


def _plain(lexicons: Mapping[str, Lexicon]) -> dict[str, tuple[dict[str, tuple[str, ...]], ...]]:
    return {cube: (dict(lexicon.entities), dict(lexicon.speakers)) for cube, lexicon in lexicons.items()}
