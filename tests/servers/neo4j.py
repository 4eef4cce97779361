"""The Neo4j that tests run against: the one given, else one from Docker, else one from Maven; else tests are skipped.

`python -m tests.servers.neo4j` fetches beforehand what a server needs, so that parallel tests need not wait for it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from tests.servers import docker, maven
from tests.servers.server import Server

GIVEN = "MEMOS_GRAPH_TEST_NEO4J"
_running: list[Server] = []


@pytest.fixture(scope="session")
def neo4j_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A running server with nothing in it, one for each worker, started when the first test asks."""
    if _running:  # a module that imports this fixture has one of its own: it gets the same server
        _running[0].empty()
        yield _running[0]
        return
    with a_server(tmp_path_factory.mktemp("neo4j")) as server:
        server.empty()
        _running.append(server)
        yield server
        _running.clear()


@contextmanager
def a_server(home: Path) -> Iterator[Server]:
    """A running server; one that we start ends with the block. `pytest.skip` says why there is none."""
    if os.environ.get(GIVEN):
        yield given(os.environ[GIVEN])
        return
    no_docker = docker.missing()
    if not no_docker:
        with docker.docker_server() as server:
            yield server
        return
    no_maven = maven.missing()
    if no_maven:
        pytest.skip(f"no Neo4j: {GIVEN} is not set; {no_docker}; for Maven's there is {no_maven}")
    made = maven.MavenServer.make(home)
    try:
        made.start()
        yield made
    finally:
        made.kill()  # nothing on it is wanted any more


def given(url: str) -> Server:
    """The server at `url`, which holds user and password: neo4j://neo4j:secret@host:7687. Its data is removed."""
    parts = urlsplit(url)
    if not parts.username or parts.password is None or not parts.hostname:
        raise pytest.UsageError(f"{GIVEN} must be written SCHEME://USER:PASSWORD@HOST:PORT")
    bare = f"{parts.scheme}://{parts.hostname}:{parts.port or 7687}"
    return Server(bare, unquote(parts.username), unquote(parts.password))


if __name__ == "__main__":
    if docker.missing() and not os.environ.get(GIVEN):
        print(maven.missing() or maven.jars())
