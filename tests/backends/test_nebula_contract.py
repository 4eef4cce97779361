"""The contract of a GraphStore, kept on a real NebulaGraph, where there is one.

MEMOS_GRAPH_TEST_NEBULA=nebula://root@host:port names a cluster (its password in MEMOS_GRAPH_TEST_NEBULA_PASSWORD, else
nebula's own default); each test store makes a space of its own in it, named memos_test_..., and drops it at the end.
Without it nothing is collected here: there is nothing to leave out, and what a graphd of ours can show is shown in
test_nebula_on_stub.py. With Docker: docker compose run --rm storage-added, then
MEMOS_GRAPH_TEST_NEBULA=nebula://root@127.0.0.1:9669.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from memos_graph.backends.nebula import open_store
from memos_graph.backends.nebula.sessions import Patience, Sessions
from memos_graph.backends.nebula.url import read_url
from memos_graph.ports import GraphStore
from memos_graph.testing import StoreContract, store_machine

URL = os.environ.get("MEMOS_GRAPH_TEST_NEBULA", "").rstrip("/")
PASSWORD = os.environ.get("MEMOS_GRAPH_TEST_NEBULA_PASSWORD", "nebula")
_made: set[str] = set()


def make_store(path: Path) -> GraphStore:
    """The store of `path`: a space of its own, and its index there."""
    space = f"memos_test_{hashlib.sha256(str(path).encode()).hexdigest()[:20]}"
    _made.add(space)
    return open_store(f"{URL}/{space}", password=PASSWORD, folder=path, parts=1)


@pytest.fixture(scope="session", autouse=True)
def _spaces() -> Iterator[None]:
    yield
    if _made:
        sessions = Sessions(read_url(f"{URL}/memos", password=PASSWORD), Patience())
        for space in _made:
            sessions.run(f"DROP SPACE IF EXISTS `{space}`;")
        sessions.close()


if URL:

    class TestNebula(StoreContract):
        def make_store(self, path: Path) -> GraphStore:
            return make_store(path)

    TestNebulaBesideTheOracle = store_machine(make_store, examples=2)


def test_the_contract_asks_a_real_cluster_exactly_when_one_is_named() -> None:
    assert ("TestNebula" in globals()) == bool(URL)
    if not URL:
        print("NebulaGraph: no cluster named in MEMOS_GRAPH_TEST_NEBULA, so the contract was not run on one")
