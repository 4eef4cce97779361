"""graphd's thrift service on a loopback socket, by nebula3's own generated code, with faults to order."""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import suppress
from threading import Lock, Thread
from typing import Any

from nebula3.common.ttypes import DataSet, ErrorCode, NList, NMap, NullType, Row, Value
from nebula3.fbthrift.protocol.THeaderProtocol import THeaderProtocol
from nebula3.fbthrift.transport import TTransport
from nebula3.fbthrift.transport.THeaderTransport import THeaderTransport
from nebula3.fbthrift.transport.TSocket import TSocket
from nebula3.graph import GraphService
from nebula3.graph.ttypes import AuthResponse, ExecutionResponse, VerifyClientVersionResp

from tests.backends.nebula_stub.cluster import Cluster, Fault
from tests.backends.nebula_stub.scanner import SyntaxFault

#: What to do about a statement: nothing, cut the connection before or after it was run, or answer (code name, text).
Order = str | tuple[str, str] | None


class Cut(Exception):
    """Close this connection without an answer."""


class Graphd:
    """One graphd of a `cluster`; `port` is its own choice. Remembers what it was sent."""

    def __init__(self, cluster: Cluster | None = None, *, password: str = "nebula") -> None:
        self.cluster = cluster or Cluster()
        self.password = password
        self.sessions: dict[int, str | None] = {}
        self.statements: list[str] = []
        self.fault: Callable[[int, str], Order] = lambda number, text: None
        self.answer: Callable[[str], ExecutionResponse | None] = lambda text: None
        self.version_error = ""
        self._lock, self._last = Lock(), 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._connections: set[socket.socket] = set()
        self._listening = Thread(target=self._listen, daemon=True)
        self._listening.start()

    def stop(self) -> None:
        """Close the listener and every connection, as a killed server does."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listening.join(10)
        for one in (self._listener, *tuple(self._connections)):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def forget_sessions(self) -> None:
        """Let every session expire."""
        self.sessions.clear()

    # --- the service

    def verifyClientVersion(self, req: Any = None) -> VerifyClientVersionResp:
        code = ErrorCode.E_CLIENT_SERVER_INCOMPATIBLE if self.version_error else ErrorCode.SUCCEEDED
        return VerifyClientVersionResp(error_code=code, error_msg=self.version_error.encode() or None)

    def authenticate(self, username: Any = None, password: Any = None) -> AuthResponse:
        if (_text(username), _text(password)) != ("root", self.password):
            return AuthResponse(error_code=ErrorCode.E_BAD_USERNAME_PASSWORD, error_msg=b"Invalid password")
        with self._lock:
            self._last += 1
            self.sessions[self._last] = None
            return AuthResponse(
                error_code=ErrorCode.SUCCEEDED, session_id=self._last, time_zone_offset_seconds=0, time_zone_name=b"UTC"
            )

    def signout(self, sessionId: Any = None) -> None:  # noqa: N803
        self.sessions.pop(sessionId, None)

    def executeWithParameter(self, sessionId: Any = None, stmt: Any = None,  # noqa: N803
                             parameterMap: Any = None) -> ExecutionResponse:  # noqa: N803  # fmt: skip
        text = _text(stmt)
        if sessionId not in self.sessions:
            return _failed("E_SESSION_INVALID", "SessionManager: session not existed!")
        with self._lock:
            self.statements.append(text)
            number = len(self.statements)
        order = self.fault(number, text)
        if order == "cut before":
            raise Cut
        if isinstance(order, tuple):
            return _failed(*order)
        made = self.answer(text)
        if made is None:
            made = self._run(sessionId, text)
        if order == "cut after":
            raise Cut
        return made

    def _run(self, session: int, text: str) -> ExecutionResponse:
        try:
            (columns, rows), space = self.cluster.run(text, self.sessions[session])
        except SyntaxFault as error:
            return _failed("E_SYNTAX_ERROR", f"SyntaxError: {error}")
        except Fault as error:
            return _failed(error.code, error.text)
        self.sessions[session] = space
        return succeeded(columns, rows)

    # --- connections

    def _listen(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._connections.add(connection)
            Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        transport = TSocket()
        transport.setHandle(connection)
        protocol = THeaderProtocol(THeaderTransport(TTransport.TBufferedTransport(transport)))
        processor = GraphService.Processor(_Guard(self))
        try:
            while True:
                processor.process(protocol, protocol, None)
        except (TTransport.TTransportException, OSError, EOFError, SystemExit):
            pass
        finally:
            connection.close()
            self._connections.discard(connection)


class _Guard(GraphService.Iface):  # type: ignore[misc]
    """The generated processor answers an Exception with an error of its own; a cut must not be answered."""

    def __init__(self, graphd: Graphd) -> None:
        self._graphd = graphd

    def __getattribute__(self, name: str) -> Any:
        if name.startswith("_"):
            return super().__getattribute__(name)
        method = getattr(self._graphd, name)

        def call(*arguments: Any) -> Any:
            try:
                return method(*arguments)
            except Cut:
                raise SystemExit from None  # leaves the processor, and ends this connection's thread alone

        return call


def succeeded(columns: list[str], rows: list[list[Any]]) -> ExecutionResponse:
    """A good answer."""
    table = DataSet(
        column_names=[name.encode() for name in columns], rows=[Row(values=[value(v) for v in row]) for row in rows]
    )
    return ExecutionResponse(error_code=ErrorCode.SUCCEEDED, latency_in_us=1, data=table, space_name=b"memos")


def value(held: Any) -> Value:
    """A plain value as thrift has it; a Value as it is."""
    if isinstance(held, Value):
        return held
    if held is None:
        return Value(nVal=NullType.__NULL__)
    if isinstance(held, bool):
        return Value(bVal=held)
    if isinstance(held, int):
        return Value(iVal=held)
    if isinstance(held, float):
        return Value(fVal=held)
    if isinstance(held, str):
        return Value(sVal=held.encode())
    if isinstance(held, dict):
        return Value(mVal=NMap(kvs={name.encode(): value(one) for name, one in held.items()}))
    if isinstance(held, list):
        return Value(lVal=NList(values=[value(one) for one in held]))
    raise TypeError(type(held).__name__)


def _failed(code: str, text: str) -> ExecutionResponse:
    return ExecutionResponse(error_code=getattr(ErrorCode, code), latency_in_us=1, error_msg=text.encode())


def _text(held: Any) -> str:
    return held.decode() if isinstance(held, bytes) else str(held)
