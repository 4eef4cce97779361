"""The contract, kept by the nebula backend on a graphd that is ours: thrift, statements and decoding are exercised, and
our reading of NebulaGraph's grammar. No proof about NebulaGraph itself: test_nebula_contract.py asks a real one.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

import pytest

from memos_graph.backends.nebula import open_store
from memos_graph.backends.nebula.sessions import Patience
from memos_graph.ports import GraphStore
from memos_graph.testing import StoreContract, store_machine
from tests.backends.nebula_stub.server import Graphd

pytestmark = pytest.mark.servers

PATIENCE = Patience(answer=30, recovery=5, heartbeat=0, schema=5)


@cache
def graphd() -> Graphd:
    """One stand-in for the tests of this process."""
    return Graphd()


def make_store(path: Path) -> GraphStore:
    """The store of `path`: a space of its own, named after the path, and its index there."""
    space = f"t{hashlib.sha256(str(path).encode()).hexdigest()[:20]}"
    url = f"nebula://root@127.0.0.1:{graphd().port}/{space}"
    return open_store(url, password="nebula", folder=path, patience=PATIENCE)


class TestNebulaOnOurStub(StoreContract):
    def make_store(self, path: Path) -> GraphStore:
        return make_store(path)


TestNebulaOnOurStubBesideTheOracle = store_machine(make_store, examples=4)
