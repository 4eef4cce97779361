"""Length-prefixed frames: four bytes big-endian, then so many bytes. Knows nothing of what is in them."""

from __future__ import annotations

import os
from collections.abc import Iterator

_PREFIX = 4
MOST = 2 ** (8 * _PREFIX) - 1  #: bytes of a frame
_PIECE = 1 << 20


class FrameTooLong(ValueError):
    """A prefix announces more than the reader takes; nothing of it was read."""


def frame(payload: bytes) -> bytes:
    """The payload with its length before it. OverflowError above MOST."""
    return prefix_of(payload) + payload


def prefix_of(payload: bytes) -> bytes:
    """What stands before the payload, for one too long to copy."""
    return len(payload).to_bytes(_PREFIX, "big")


class FrameBuffer:
    """Bytes as they come, frames as they are whole; holds at most one frame and what came with it."""

    def __init__(self, most: int) -> None:
        self._most = most  #: bytes of one frame
        self._held = bytearray()

    def feed(self, piece: bytes) -> Iterator[bytes]:
        """The frames that `piece` completes. FrameTooLong before a longer one is kept."""
        self._held += piece
        at = 0
        while len(self._held) - at >= _PREFIX:
            length = int.from_bytes(self._held[at : at + _PREFIX], "big")
            if length > self._most:
                raise FrameTooLong(f"a frame of {length:,} bytes; {self._most:,} are taken")
            if len(self._held) - at - _PREFIX < length:
                break
            at += _PREFIX + length
            yield bytes(self._held[at - length : at])
        del self._held[:at]


def read_frame(file: int) -> bytes | None:
    """The next frame of a blocking descriptor; None when it ends before one is whole."""
    prefix = _exactly(file, _PREFIX)
    return None if prefix is None else _exactly(file, int.from_bytes(prefix, "big"))


def write_all(file: int, data: bytes) -> None:
    """All of `data` to a blocking descriptor. BrokenPipeError when nobody reads it."""
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(file, rest) :]


def _exactly(file: int, length: int) -> bytes | None:
    held = bytearray()
    while len(held) < length:
        piece = os.read(file, min(_PIECE, length - len(held)))
        if not piece:
            return None
        held += piece
    return bytes(held)
