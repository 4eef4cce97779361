"""A graph on each kind of store, with a clock that the test moves."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from memos_graph.app import Graph, open_store
from memos_graph.backends.inmemory import InMemoryStore
from memos_graph.ports import Embedder, GraphStore
from memos_graph.providers.embedders.minilm import MiniLM
from memos_graph.services.context import Context
from memos_graph.settings import Settings
from memos_ingest.sandbox import Sandbox


class Clock:
    """Each look is a second later; `skip` moves it on."""

    def __init__(self) -> None:
        self.time = datetime(2025, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.time += timedelta(seconds=1)
        return self.time

    def skip(self, **by: float) -> datetime:
        self.time += timedelta(**by)
        return self.time


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def arcade(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GraphStore]:
    """One store for the whole run: opening one costs a second."""
    store = open_store(str(tmp_path_factory.mktemp("services") / "kb.graph"), Settings())
    yield store
    store.close()


@pytest.fixture(scope="session")
def embedder() -> Embedder:
    return MiniLM()


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    """Processes that parse, started once for the whole run."""
    with Sandbox() as made:
        yield made


# the contract holds arcade to the oracle; what services do on it is for CI
@pytest.fixture(params=["inmemory", pytest.param("arcade", marks=pytest.mark.long)])
def graph(request: pytest.FixtureRequest, clock: Clock, embedder: Embedder, sandbox: Sandbox) -> Iterator[Graph]:
    store = InMemoryStore() if request.param == "inmemory" else request.getfixturevalue("arcade")
    yield Graph(Context(store=store, embedder=embedder, clock=clock), sandbox=sandbox)
    for cube in store.cubes():
        store.drop_cube(cube.id)
