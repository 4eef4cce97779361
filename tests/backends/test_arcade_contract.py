"""The contract of a GraphStore, kept by the embedded store, and a machine that compares it with the oracle."""

from __future__ import annotations

from pathlib import Path

import pytest

from memos_graph.backends.arcade import open_store
from memos_graph.ports import GraphStore
from memos_graph.testing import StoreContract, store_machine


class TestArcade(StoreContract):
    def make_store(self, path: Path) -> GraphStore:
        return open_store(path)


TestArcadeBesideTheOracle = pytest.mark.long(store_machine(open_store, examples=12))
