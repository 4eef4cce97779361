"""The contract suite and the state machine on the stores that come with this package, from wherever it is installed.

python -m pytest --pyargs memos_graph.testing.installed
"""

from __future__ import annotations

from pathlib import Path

from memos_graph.backends.arcade import open_store
from memos_graph.backends.inmemory import InMemoryStore
from memos_graph.ports import GraphStore
from memos_graph.testing.machine import store_machine
from memos_graph.testing.suite import StoreContract


class TestInMemory(StoreContract):
    """The oracle."""

    def make_store(self, path: Path) -> GraphStore:
        return InMemoryStore()


class TestArcade(StoreContract):
    """The default store."""

    def make_store(self, path: Path) -> GraphStore:
        return open_store(path)


TestArcadeBesideTheOracle = store_machine(open_store, examples=5)
