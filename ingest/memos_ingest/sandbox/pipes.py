"""Write to a process and read from it at once, until it has said enough, ended, or time is up.

Never blocks on a process that does not read or does not stop. Declines to know what is said.
"""

from __future__ import annotations

import os
import selectors
import subprocess
import time
from collections.abc import Callable, Iterable
from typing import IO, Literal

from memos_ingest.sandbox.frames import FrameBuffer

_PIECE = 1 << 18
_TAIL = 4_096  # bytes of standard error that are kept


class Pipes:
    """The three pipes of a process, none of which blocks."""

    def __init__(self, process: subprocess.Popen[bytes], *, frame_bytes: int) -> None:
        self._process = process
        self._frame_bytes = frame_bytes  #: longest frame that is taken
        self._tail = bytearray()
        for pipe in self._open():
            os.set_blocking(pipe.fileno(), False)

    def talk(
        self, out: Iterable[bytes], take: Callable[[bytes], bool], deadline: Callable[[], float]
    ) -> Literal["done", "ended", "late"]:
        """Send all of `out`, hand each frame to `take` until it returns True: "done".

        "ended" when the process closed its output first, or answered before it had heard all; "late" when `deadline`
        (monotonic seconds, asked anew before every wait) came first. Raises FrameTooLong, and what `take` raises.
        """
        inlet, outlet, errors = self._open()
        rest = [memoryview(one) for one in out if one]
        rest.reverse()
        buffer = FrameBuffer(self._frame_bytes)
        with selectors.DefaultSelector() as waiting:
            waiting.register(inlet, selectors.EVENT_WRITE)
            waiting.register(outlet, selectors.EVENT_READ)
            waiting.register(errors, selectors.EVENT_READ)
            while (left := deadline() - time.monotonic()) > 0:
                for key, _ in waiting.select(left):
                    if key.fileobj is inlet:
                        if not _send(inlet, rest):
                            waiting.unregister(inlet)
                    elif key.fileobj is errors:
                        if not self._hear(errors):
                            waiting.unregister(errors)
                    else:
                        piece = _read(outlet)
                        if piece == b"":
                            return "ended"
                        if any(take(payload) for payload in buffer.feed(piece or b"")):
                            return "ended" if rest else "done"
        return "late"

    def last_words(self) -> str:
        """What stands last on its standard error, made printable: at most 4 KB."""
        while self._hear(self._open()[2]):
            pass
        return "".join(
            c if c.isprintable() or c == "\n" else "?" for c in self._tail.decode("utf-8", "replace")
        ).strip()

    def close(self) -> None:
        """Close all three."""
        for pipe in self._open():
            pipe.close()

    def _hear(self, errors: IO[bytes]) -> bool:
        piece = _read(errors) if not errors.closed else b""
        self._tail += piece or b""
        del self._tail[:-_TAIL]
        return bool(piece)

    def _open(self) -> tuple[IO[bytes], IO[bytes], IO[bytes]]:
        process = self._process
        if process.stdin is None or process.stdout is None or process.stderr is None:
            raise ValueError("the process was started without pipes")
        return process.stdin, process.stdout, process.stderr


def _send(inlet: IO[bytes], rest: list[memoryview]) -> bool:
    """Send what goes; False when nothing is left to send, or nobody reads."""
    while rest:
        try:
            sent = os.write(inlet.fileno(), rest[-1][:_PIECE])
        except BlockingIOError:
            return True
        except BrokenPipeError:
            return False
        if sent == len(rest[-1]):
            rest.pop()
        else:
            rest[-1] = rest[-1][sent:]
    return False


def _read(outlet: IO[bytes]) -> bytes | None:
    """What is there; b"" at the end, None when nothing is there now."""
    try:
        return os.read(outlet.fileno(), _PIECE)
    except BlockingIOError:
        return None
