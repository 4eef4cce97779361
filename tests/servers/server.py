"""A Neo4j server that tests talk to: what it offers whoever started it. Knows no store."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import neo4j
import pytest
from neo4j.exceptions import DriverError, Neo4jError

PASSWORD = "a-password-for-tests"


@dataclass(slots=True)
class Server:
    """A running server; those that the tests have not started themselves can't be stopped by them."""

    url: str
    user: str
    password: str = field(repr=False)

    def start(self) -> None:
        """The server runs, on the data it had, and answers; nothing when it does already."""
        pytest.skip(f"{self.url} was given: tests can't start and stop it; leave MEMOS_GRAPH_TEST_NEO4J out")

    def stop(self) -> None:
        """The server has shut down as it does when asked to."""
        pytest.skip(f"{self.url} was given: tests can't start and stop it; leave MEMOS_GRAPH_TEST_NEO4J out")

    def kill(self) -> None:
        """The server is gone as by a power cut: SIGKILL."""
        pytest.skip(f"{self.url} was given: tests can't start and stop it; leave MEMOS_GRAPH_TEST_NEO4J out")

    @contextmanager
    def driver(self) -> Iterator[neo4j.Driver]:
        """A driver of its own, which tries nothing twice."""
        with neo4j.GraphDatabase.driver(
            self.url, auth=(self.user, self.password), max_transaction_retry_time=0, connection_timeout=5,
            notifications_min_severity="OFF",
        ) as driver:  # fmt: skip
            yield driver

    def empty(self, *, schema: bool = True) -> None:
        """Nothing is left in the database; with `schema`, indexes and constraints go too."""
        with self.driver() as driver, driver.session() as session:
            session.run("MATCH (n) CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 5000 ROWS").consume()
            if not schema:
                return
            for name in session.run("SHOW CONSTRAINTS YIELD name").value():
                session.run(f"DROP CONSTRAINT `{name}` IF EXISTS").consume()
            for name in session.run("SHOW INDEXES YIELD name, type WHERE type <> 'LOOKUP' RETURN name").value():
                session.run(f"DROP INDEX `{name}` IF EXISTS").consume()

    def answers(self) -> bool:
        """Whether a query comes back."""
        try:
            with self.driver() as driver:
                driver.execute_query("RETURN 1")
        except (DriverError, Neo4jError, OSError):
            return False
        return True

    def wait(self, seconds: float = 120) -> None:
        """Return once a query comes back."""
        until = time.monotonic() + seconds
        while not self.answers():
            if time.monotonic() > until:
                raise TimeoutError(f"{self.url} gave no answer in {seconds:.0f} s")
            time.sleep(0.1)


def free_port() -> int:
    """A port of this machine that nothing listens on."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def shakes_hands(port: int) -> bool:
    """Whether Bolt is spoken there: magic and the versions we can; a server answers with the one it chose."""
    hello = b"\x60\x60\xb0\x17" + bytes((0, 8, 8, 5)) + bytes(12)
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as connection:
            connection.sendall(hello)
            return connection.recv(4).strip(b"\x00") != b""
    except OSError:
        return False
