"""The contract of a GraphStore, kept on a real Neo4j server, and a machine that compares it with the oracle."""

from __future__ import annotations

from pathlib import Path

import pytest

from memos_graph.backends.neo4j import Address, open_store
from memos_graph.ports import GraphStore
from memos_graph.testing import StoreContract, store_machine
from tests.servers.server import Server

_servers: list[Server] = []  # the one of this worker: `make_store` is told a path alone
_known: set[Path] = set()


@pytest.fixture(scope="session", autouse=True)
def _server(neo4j_server: Server) -> None:
    _servers.append(neo4j_server)


def make_store(path: Path) -> GraphStore:
    """The store on the server; a path not seen before begins with nothing in it, as a new folder would."""
    server = _servers[0]
    if path not in _known:
        server.empty(schema=False)
        _known.add(path)
    return open_store(Address(url=server.url, user=server.user, password=server.password))


class TestNeo4j(StoreContract):
    def make_store(self, path: Path) -> GraphStore:
        return make_store(path)


TestNeo4jBesideTheOracle = store_machine(make_store, examples=3, steps=20)
