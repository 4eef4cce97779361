"""The oracle keeps the contract that it is the measure of."""

from __future__ import annotations

from pathlib import Path

from memos_graph.backends.inmemory import InMemoryStore
from memos_graph.ports import GraphStore
from memos_graph.testing import StoreContract, store_machine


class TestInMemory(StoreContract):
    def make_store(self, path: Path) -> GraphStore:
        return InMemoryStore()


#: The oracle beside itself: what fails here is the machine's own fault.
TestInMemoryBesideItself = store_machine(lambda _path: InMemoryStore(), examples=5)
