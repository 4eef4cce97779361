"""One request to one address that was checked before, on a connection of its own, within a deadline.

The host in the URL is for the Host header, the TLS name and its certificate; the socket goes to the given address and
no other. Proxy variables, cookies and kept connections do not exist here. Declines to know redirects and limits.
"""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

import httpcore
from httpcore import NetworkBackend, NetworkStream

from memos_graph.model.errors import NotFound, Unavailable
from memos_graph.providers.web.guard import Resolve, Target

Headers = Sequence[tuple[str, str]]


class Deadline:
    """Seconds that one URL may take in all."""

    def __init__(self, url: str, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._url, self._seconds, self._clock = url, seconds, clock
        self._end = clock() + seconds

    def left(self) -> float:
        """Seconds left. `Unavailable` when there are none."""
        left = self._end - self._clock()
        if left <= 0:
            raise Unavailable(
                f"{self._url} took longer than {self._seconds:g} s in all (limit total_s); try later, or raise it", 60.0
            )
        return left

    def extend(self, seconds: float) -> None:
        """Don't count `seconds` that we waited out of politeness."""
        self._end += seconds


def look_up(host: str, port: int) -> tuple[str, ...]:
    """The addresses of `host` as the system's resolver has them. OSError when it has none."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(address[0]) for *_, address in found))


def within(deadline: Deadline, resolve: Resolve) -> Resolve:
    """`resolve`, given up at the deadline: the system's own patience is longer, and can't be set."""

    def bounded(host: str, port: int) -> Sequence[str]:
        answer: list[Sequence[str] | OSError | UnicodeError] = []

        def ask() -> None:
            try:
                answer.append(resolve(host, port))
            except (OSError, UnicodeError) as error:
                answer.append(error)

        asking = threading.Thread(target=ask, name=f"look up {host}", daemon=True)
        asking.start()
        asking.join(deadline.left())
        if not answer:
            deadline.left()
            raise Unavailable(f"the lookup of {host} ended without an answer", 5.0)
        if isinstance(answer[0], OSError) and getattr(answer[0], "errno", None) == socket.EAI_AGAIN:
            raise Unavailable(f"the name server did not answer for {host}: {answer[0]}; try again", 5.0)
        if isinstance(answer[0], OSError | UnicodeError):
            raise NotFound("host", host, f"its lookup says: {answer[0]}; check the URL")
        return answer[0]

    return bounded


@contextmanager
def request(target: Target, addresses: Sequence[str], headers: Headers, deadline: Deadline,
            tls: ssl.SSLContext | None = None) -> Iterator[httpcore.Response]:  # fmt: skip
    """The answer to GET `target` from the first of `addresses` that takes the connection; its body is still to come.

    `Unavailable` when the connection, the certificate or the answer fails, also while the body is read inside.
    """
    secure = target.scheme == "https"
    asked = httpcore.URL(scheme=target.scheme, host=target.host, port=target.port, target=target.path)
    connection = httpcore.HTTPConnection(
        origin=asked.origin,
        ssl_context=(tls or default_tls()) if secure else None,
        network_backend=_Pinned(addresses, deadline),
    )
    sent = [("Host", target.place), *headers, ("Connection", "close")]
    try:
        with connection, connection.stream("GET", asked, headers=sent) as answer:
            yield answer
    except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException) as error:
        deadline.left()  # says so where the time is up
        raise Unavailable(f"{target.url} did not answer as it should: {error or type(error).__name__}", 5.0) from error


@cache
def default_tls() -> ssl.SSLContext:
    """Certificates are checked against the public roots, whatever the environment says."""
    return httpcore.default_ssl_context()


class _Pinned(NetworkBackend):
    """Connects to the given addresses, whatever host it is asked for."""

    def __init__(self, addresses: Sequence[str], deadline: Deadline) -> None:
        self._addresses, self._deadline = addresses, deadline

    def connect_tcp(self, host: str, port: int, timeout: float | None = None, local_address: str | None = None,
                    socket_options: Iterable[Any] | None = None) -> NetworkStream:  # fmt: skip
        trouble: Exception = httpcore.ConnectError(f"no address of {host} was given")
        for at, address in enumerate(self._addresses):
            patience = self._deadline.left() / (len(self._addresses) - at)
            try:
                stream = httpcore.SyncBackend().connect_tcp(address, port, timeout=patience)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                trouble = error
            else:
                return _Timed(stream, self._deadline)
        raise trouble


class _Timed(NetworkStream):
    """A stream whose every step ends at the deadline, so that a slow drip ends there too."""

    def __init__(self, stream: NetworkStream, deadline: Deadline) -> None:
        self._stream, self._deadline = stream, deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._deadline.left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._deadline.left())

    def close(self) -> None:
        self._stream.close()

    def start_tls(self, ssl_context: ssl.SSLContext, server_hostname: str | None = None,
                  timeout: float | None = None) -> NetworkStream:  # fmt: skip
        return _Timed(self._stream.start_tls(ssl_context, server_hostname, self._deadline.left()), self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
