"""Run nGQL on a NebulaGraph cluster: sessions kept for reuse, errors as ours, retries within a bound.

Every statement this package sends may be run twice with the effect of once, so what got no answer is simply sent again.
The driver's own SessionPool is not used: it refuses to start unless every server of the list answers, never again uses
one it found down, closes for good at the first failed login, and fails rather than waits when all sessions are in use.
Its Connection, protocol and types are.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from threading import Condition
from typing import Any

from nebula3.common.ttypes import ErrorCode
from nebula3.Exception import AuthFailedException, ClientServerIncompatibleException, IOErrorException
from nebula3.fbthrift.Thrift import TException
from nebula3.gclient.net.Connection import Connection

from memos_graph.backends.nebula.decode import Row, rows_of
from memos_graph.backends.nebula.literals import name
from memos_graph.backends.nebula.url import Address
from memos_graph.model.errors import DiskFull, Invalid, MemosGraphError, Refused, Unavailable

_log = logging.getLogger(__name__)
_LOST = {ErrorCode.E_SESSION_INVALID, ErrorCode.E_SESSION_TIMEOUT, ErrorCode.E_SESSION_NOT_FOUND}
_PASSING = {
    ErrorCode.E_DISCONNECTED, ErrorCode.E_FAIL_TO_CONNECT, ErrorCode.E_RPC_FAILURE, ErrorCode.E_LEADER_CHANGED,
    ErrorCode.E_TOO_MANY_CONNECTIONS, ErrorCode.E_PARTIAL_SUCCEEDED, ErrorCode.E_CONSENSUS_ERROR,
    ErrorCode.E_DATA_CONFLICT_ERROR, ErrorCode.E_WRITE_STALLED, ErrorCode.E_WRITE_WRITE_CONFLICT,
    ErrorCode.E_LEADER_LEASE_FAILED, ErrorCode.E_RAFT_ATOMIC_OP_FAILED, ErrorCode.E_RAFT_BUFFER_OVERFLOW,
    ErrorCode.E_RAFT_TOO_MANY_REQUESTS, ErrorCode.E_RAFT_NOT_READY, ErrorCode.E_GRAPH_MEMORY_EXCEEDED,
    ErrorCode.E_STORAGE_MEMORY_EXCEEDED, ErrorCode.E_PART_NOT_FOUND,
}  # fmt: skip
#: What graphd says under its one code for failed executions when trying again helps.
_PASSING_WORDS = (
    "leader", "rpc failure", "retry", "more than one request", "atomic op", "raft", "timeout", "timed out",
    "too many requests", "memory", "part not found", "host not enough",
)  # fmt: skip
#: What servers say that have not heard of a space, tag, edge type or index yet: they hear of it by heartbeat.
_UNHEARD_WORDS = (
    "not found", "notfound", "not existed", "no schema found", "no index", "not exist", "no valid index",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long to wait for what, in seconds."""

    answer: float = 60.0  #: for one statement to be answered
    recovery: float = 30.0  #: for a cluster that changes leaders, restarts or does not answer
    heartbeat: float = 10.0  #: metad tells the others of a new tag or kind this often (`heartbeat_interval_secs`)
    schema: float = 90.0  #: for a new tag, kind or index to be known by all servers
    pool: int = 8  #: sessions kept


class Unheard(Unavailable):
    """A server does not know a space, tag, kind or index: not yet, if it was made a moment ago."""


class BadStatement(MemosGraphError):
    """NebulaGraph can't read or run a statement of ours: its version differs from 3.x, or this is our mistake."""


@dataclass(slots=True)
class _Session:
    connection: Connection
    id: int


class _Lost(Exception):
    """The session is gone; the statement may or may not have been run."""


class Sessions:
    """Sessions on any of the servers of `address`. Safe to call from several threads; they wait for a free one."""

    def __init__(self, address: Address, patience: Patience, *, space: str | None = None) -> None:
        """Connects when first asked. `space`: the space sessions use; None: none yet."""
        self._address, self._patience, self._space = address, patience, space
        self._free: list[_Session] = []
        self._open = self._next = 0
        self._closed = False
        self._changed = Condition()

    def close(self) -> None:
        """Sign out; a second call does nothing."""
        with self._changed:
            self._closed = True
            free, self._free = self._free, []
        for session in free:
            self._drop(session, sign_out=True)

    def run(self, text: str, *, patience: float | None = None) -> list[Row]:
        """The rows of one statement, sent again until it is answered or `patience` seconds (its recovery) are over.

        `Unavailable`: it may have been run or not. `Unheard`, `BadStatement`, `Refused`, `DiskFull`: it was not.
        """
        until = time.monotonic() + (self._patience.recovery if patience is None else patience)
        pause = 0.05
        while True:
            try:
                return self._once(text, until)
            except (_Lost, Unavailable) as error:
                if isinstance(error, Unheard) or time.monotonic() + pause > until:
                    raise _unavailable(self._address, error) from error
                _log.info("%s: trying again: %s", self._address, error)
            time.sleep(pause)
            pause = min(2 * pause, 2.0)

    # --- within

    def _once(self, text: str, until: float) -> list[Row]:
        session = self._borrow(until)
        try:
            answer = session.connection.execute(session.id, text)
            rows = _rows(answer)
        except (_Lost, IOErrorException, TException, OSError, EOFError) as error:
            self._drop(session)
            raise error if isinstance(error, _Lost) else _Lost(_said(error)) from error
        except MemosGraphError:
            self._give_back(session)
            raise
        except BaseException:
            self._drop(session)
            raise
        self._give_back(session)
        return rows

    def _borrow(self, until: float) -> _Session:
        with self._changed:
            waited = self._changed.wait_for(
                lambda: self._closed or self._free or self._open < self._patience.pool,
                max(0.0, until - time.monotonic()),
            )
            if self._closed:
                raise Refused(f"{self._address} was closed: open it again")
            if not waited:
                raise Unavailable(f"{self._address}: all {self._patience.pool} sessions are in use; try again")
            if self._free:
                return self._free.pop()
            self._open += 1
        try:
            return self._connect()
        except BaseException:
            with self._changed:
                self._open -= 1
                self._changed.notify()
            raise

    def _connect(self) -> _Session:
        """A session on the first server that answers, each asked once, beginning after the one asked last."""
        said: list[str] = []
        for _ in self._address.hosts:
            host, port = self._address.hosts[self._next % len(self._address.hosts)]
            self._next += 1
            connection = Connection()
            try:
                connection.open(host, port, int(self._patience.answer * 1000))
                login = connection.authenticate(self._address.user, self._address.password)
                session = _Session(connection, login.get_session_id())
                if self._space is not None:
                    _rows(connection.execute(session.id, f"USE {name(self._space)}"))
                return session
            except AuthFailedException as error:
                _shut(connection)
                raise Refused(
                    f"{self._address}: the server takes no such user and password ({_said(error)}): "
                    "correct the user in the URL and MEMOS_GRAPH_STORE_PASSWORD"
                ) from error
            except ClientServerIncompatibleException as error:
                _shut(connection)
                raise Invalid("store", str(self._address), f"use NebulaGraph 3: {_said(error)}") from error
            except (_Lost, IOErrorException, TException, OSError, EOFError) as error:
                _shut(connection)
                said.append(f"{host}:{port}: {_said(error)}")
            except BaseException:
                _shut(connection)
                raise
        raise Unavailable(f"{self._address}: no server answers ({'; '.join(said)}); start it or correct the URL")

    def _give_back(self, session: _Session) -> None:
        with self._changed:
            if not self._closed:
                self._free.append(session)
                self._changed.notify()
                return
        self._drop(session, sign_out=True)

    def _drop(self, session: _Session, *, sign_out: bool = False) -> None:
        try:
            if sign_out:
                session.connection.signout(session.id)
        except (IOErrorException, TException, OSError, EOFError) as error:
            _log.info("%s: a session was not signed out: %s", self._address, error)
        finally:
            _shut(session.connection)
            with self._changed:
                self._open -= 1
                self._changed.notify()


def _rows(answer: Any) -> list[Row]:
    code = answer.error_code
    if code == ErrorCode.SUCCEEDED:
        return rows_of(answer.data)
    message = answer.error_msg
    said = (message.decode("utf-8", "replace") if isinstance(message, bytes) else str(message or ""))[:300]
    name_of_code = ErrorCode._VALUES_TO_NAMES.get(code, str(code))
    full, lower = f"NebulaGraph says {name_of_code}: {said}", said.lower().replace("_", " ")
    if code in _LOST:
        raise _Lost(full)
    if code == ErrorCode.E_BAD_PERMISSION:
        raise Refused(f"{full}; give the user the role DBA in this space (ADMIN once, to make it)")
    if code == ErrorCode.E_NOT_ENOUGH_SPACE:
        raise DiskFull(full)
    if code == ErrorCode.E_SYNTAX_ERROR:
        raise BadStatement(full)
    if any(word in lower for word in _UNHEARD_WORDS) and "leader" not in lower and "part" not in lower:
        raise Unheard(full)
    if code in _PASSING or any(word in lower for word in _PASSING_WORDS):
        raise Unavailable(full)
    raise BadStatement(full)


def _unavailable(address: Address, error: Exception) -> Unavailable:
    if isinstance(error, Unavailable):
        return error
    return Unavailable(f"{address}: the connection broke ({error}); see that the cluster runs, then try again")


def _said(error: BaseException) -> str:
    message = getattr(error, "message", None) or str(error) or type(error).__name__
    return message.decode("utf-8", "replace") if isinstance(message, bytes) else str(message)


def _shut(connection: Connection) -> None:
    """Close `connection`, also one whose opening failed, or opening again after a time-out.

    The driver holds such a one for closed, and leaves its socket.
    """
    client = connection._connection
    connection.close()
    if client is not None:
        client._iprot.trans.close()
