"""A TCP proxy that cuts connections where a test wants it. Knows nothing of what it carries."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from typing import Literal, Self

Way = Literal["there", "back"]


class Proxy:
    """Listens on `port` of this machine and passes bytes to and from `target`, until a cut that was asked for."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._lock = threading.Lock()
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._left: dict[Way, int | None] = {"there": None, "back": None}
        self._ended = False
        self.carried: dict[Way, int] = {"there": 0, "back": 0}
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._ended = True
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._threads[0].join(10)
        self._listener.close()
        self.cut()
        for thread in self._threads:
            thread.join(10)

    def cut(self) -> None:
        """Close every connection there is, now."""
        with self._lock:
            pairs, self._pairs = self._pairs, []
            self._left = {"there": None, "back": None}
        for pair in pairs:
            for end in pair:
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
                end.close()

    def cut_after(self, way: Way, count: int) -> None:
        """Close every connection once `count` more bytes have gone this way; later connections live."""
        with self._lock:
            self._left[way] = count

    def _accept(self) -> None:
        with suppress(OSError):  # the listener was closed
            while True:
                near, _ = self._listener.accept()
                try:
                    far = socket.create_connection(("127.0.0.1", self._target), timeout=10)
                except OSError:
                    near.close()
                    continue
                far.settimeout(None)
                with self._lock:
                    self._pairs.append((near, far))
                    if self._ended:  # `__exit__` waits for this thread, then cuts
                        return
                for way, source, sink in (("there", near, far), ("back", far, near)):
                    thread = threading.Thread(target=self._carry, args=(way, source, sink), daemon=True)
                    self._threads.append(thread)
                    thread.start()

    def _carry(self, way: Way, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):  # either end went away
            while data := source.recv(65536):
                with self._lock:
                    left = self._left[way]
                    allowed = data if left is None else data[:left]
                    if left is not None:
                        self._left[way] = left - len(allowed)
                    self.carried[way] += len(allowed)
                sink.sendall(allowed)
                if len(allowed) < len(data):
                    self.cut()
                    return
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
