"""A Neo4j database: one driver, transactions with retry, query texts in and plain rows out.

The one module that opens the driver. Knows nothing of nodes, cubes or query files. Nothing about the database is
remembered here but bookmarks, so that a process reads its own writes on a cluster too.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np
from neo4j import (
    READ_ACCESS,
    WRITE_ACCESS,
    Driver,
    GraphDatabase,
    ManagedTransaction,
    Query,
    Record,
    Result,
    RoutingControl,
    Session,
    TrustCustomCAs,
    unit_of_work,
)
from neo4j.exceptions import DriverError, Neo4jError, ServiceUnavailable

from memos_graph.backends.neo4j.gathered import gathered, rows_of
from memos_graph.backends.neo4j.meaning import check_server, meaning
from memos_graph.backends.neo4j.url import Address
from memos_graph.backends.opencypher.runner import Row
from memos_graph.model.errors import Invalid, MemosGraphError

DIALECT = "neo4j"
_FETCH = 10_000  # rows a round trip: each costs as much as hundreds of rows
_NO_BOLT = ("looks like HTTP", "Expected four byte Bolt handshake")
T = TypeVar("T")


class Transaction:
    """A `Runner` within one transaction."""

    dialect = DIALECT

    def __init__(self, transaction: ManagedTransaction) -> None:
        self._transaction = transaction

    def read(self, text: str, parameters: Mapping[str, Any] | None = None) -> list[Row]:
        """The rows of a text."""
        return _rows(self._transaction.run(text, _given(parameters)))

    def read_many(self, text: str, parameters: Mapping[str, Any] | None = None) -> list[Row]:
        """The rows of a text, sent as one record."""
        return rows_of(self._transaction.run(gathered(text), _given(parameters)), text)

    def columns(self, text: str, parameters: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The columns of a text by name; vectors of one length as one array [rows, d]."""
        return _columns(self.read_many(text, parameters))

    def write(self, text: str, parameters: Mapping[str, Any] | None = None) -> list[Row]:
        """The rows of a text that may write."""
        return self.read(text, parameters)

    def records(self, text: str, parameters: Mapping[str, Any]) -> tuple[tuple[str, ...], list[Record]]:
        """The column names of a person's text, and its rows as the driver gives them."""
        result = self._transaction.run(text, dict(parameters))
        return tuple(result.keys()), list(result)


class Engine:
    """One database of one server. Safe to use from several threads; a `Runner` whose every read stands alone."""

    dialect = DIALECT

    def __init__(self, address: Address, *, driver: Driver | None = None) -> None:
        """Connect, and see that the server will do. `Unavailable`, `Refused` (user or password), `Invalid`.

        driver: connections to the server that someone else opened, checked and will close.
        """
        self.address = address
        self._bookmarks = GraphDatabase.bookmark_manager()
        self._owns_driver = driver is None
        if driver is not None:
            self._driver = driver
            return
        with self._translated():
            self._driver = _driver(address)
        try:
            self._check_server()
        except BaseException:
            self._driver.close()
            raise

    def __repr__(self) -> str:
        return f"Engine({self.address.url})"

    def close(self) -> None:
        """Close every connection that this engine opened. A second call does nothing."""
        if self._owns_driver:
            self._driver.close()

    def within(self, database: str) -> Engine:
        """An engine on another database of this server, over the same connections: they stay this one's to close."""
        return Engine(replace(self.address, database=database), driver=self._driver)

    def reading(self, work: Callable[[Transaction], T]) -> T:
        """What `work` returns, run in a transaction that only reads; again from its start on a passing error."""
        bounded = unit_of_work(timeout=self.address.query_s)(_bound(work))
        with self._translated(), self._session(READ_ACCESS) as session:
            return session.execute_read(bounded)

    def transaction(self, work: Callable[[Transaction], T]) -> T:
        """What `work` returns, once all it wrote is on the server's disk; an error keeps nothing.

        `work` is run again from its start on a passing error (a deadlock, a lost connection).
        """
        bounded = unit_of_work(timeout=self.address.query_s)(_bound(work))
        with self._translated(), self._session(WRITE_ACCESS) as session:
            return session.execute_write(bounded)

    def read(self, text: str, parameters: Mapping[str, Any] | None = None) -> list[Row]:
        """The rows of a text that only reads."""
        return self._alone(text, parameters, RoutingControl.READ, _rows)

    def read_many(self, text: str, parameters: Mapping[str, Any] | None = None) -> list[Row]:
        """The rows of a text that only reads, sent as one record."""
        return self._alone(gathered(text), parameters, RoutingControl.READ, lambda result: rows_of(result, text))

    def columns(self, text: str, parameters: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The columns of a text that only reads, by name; vectors of one length as one array [rows, d]."""
        return _columns(self.read_many(text, parameters))

    def write(self, text: str, parameters: Mapping[str, Any] | None = None) -> list[Row]:
        """The rows of one text that may write, in a transaction of its own."""
        return self._alone(text, parameters, RoutingControl.WRITE, _rows)

    def schema(self, text: str, parameters: Mapping[str, Any] | None = None) -> list[Row]:
        """The rows of one statement that commits by itself: constraints, indexes, CALL {...} IN TRANSACTIONS."""
        with self._translated(), self._session(WRITE_ACCESS) as session:
            return _rows(session.run(Query(text, timeout=self.address.query_s), _given(parameters)))

    # --- within

    def _alone(
        self, text: str, parameters: Mapping[str, Any] | None, way: RoutingControl, shape: Callable[[Result], T]
    ) -> T:
        """One text in a transaction of its own, its beginning and the text sent in one piece; with retry."""
        with self._translated():
            return self._driver.execute_query(
                Query(text, timeout=self.address.query_s), _given(parameters), routing_=way,
                database_=self.address.database or None, bookmark_manager_=self._bookmarks, result_transformer_=shape,
            )  # fmt: skip

    def _session(self, mode: str) -> Session:
        return self._driver.session(
            database=self.address.database or None, default_access_mode=mode, bookmark_manager=self._bookmarks,
            fetch_size=_FETCH,
        )  # fmt: skip

    def _check_server(self) -> None:
        try:
            with self._translated():
                agent = self._driver.get_server_info().agent
            found = self.read("CALL dbms.components() YIELD name, versions RETURN name, versions")
        except MemosGraphError as error:
            cause = error.__cause__
            if isinstance(cause, ServiceUnavailable) and any(sign in str(cause) for sign in _NO_BOLT):
                advice = "what answers there does not speak Bolt; is it the port of HTTP?"
                raise Invalid("store", self.address.url, advice) from error
            raise
        components = [(str(row["name"]), str(version)) for row in found for version in row["versions"]]
        check_server(self.address.url, agent, components)

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """Errors of the driver as errors of this package."""
        try:
            yield
        except (Neo4jError, DriverError) as error:
            raise meaning(error, self.address) from error


def _driver(address: Address) -> Driver:
    # the driver warns of each retry with the server's own words; callers get one error with what to do
    logging.getLogger("neo4j").addHandler(logging.NullHandler())
    secure: dict[str, Any] = {}
    if address.trusted_certificates:
        secure = {"encrypted": True, "trusted_certificates": TrustCustomCAs(address.trusted_certificates)}
    return GraphDatabase.driver(
        address.driver_url, auth=(address.user, address.password), max_connection_pool_size=address.pool_size,
        connection_timeout=address.connect_s, connection_acquisition_timeout=address.connect_s,
        max_transaction_retry_time=address.retry_s, notifications_min_severity="OFF", telemetry_disabled=True,
        user_agent="memos-graph", **secure,
    )  # fmt: skip


def _bound(work: Callable[[Transaction], T]) -> Callable[[ManagedTransaction], T]:
    return lambda transaction: work(Transaction(transaction))


def _given(parameters: Mapping[str, Any] | None) -> dict[str, Any]:
    return {
        name: value.tolist() if isinstance(value, np.ndarray) else value for name, value in (parameters or {}).items()
    }


def _rows(result: Result) -> list[Row]:
    names = result.keys()
    return [dict(zip(names, record, strict=True)) for record in result]


def _columns(rows: list[Row]) -> dict[str, Any]:
    return {name: _column([row[name] for row in rows]) for name in rows[0]} if rows else {}


def _column(values: list[Any]) -> Any:
    if values and isinstance(values[0], list) and len({len(value) for value in values}) == 1:
        return np.array(values, dtype=np.float32)
    return values
