"""A worker whose parser does what the file says: what a parser with a hole would do for a hostile file.

Run as a script in place of `memos_ingest.sandbox.worker`; the confinement is the real one.
"""

from __future__ import annotations

import ctypes
import hashlib
import mmap
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

from memos_ingest import Document, Element, IngestError, UnreadableFile
from memos_ingest.sandbox import worker
from memos_ingest.sandbox.frames import frame, write_all

KEPT: list[Any] = []


class HomeGrownError(UnreadableFile):
    """An error that the parent has never heard of."""


def read(data: bytes, *, name: str, **_others: Any) -> tuple[Document, ...]:
    order, _, argument = data.decode().partition(" ")
    said = ATTACKS[order](argument)
    if isinstance(said, tuple):
        return said
    return (document(name, data, str(said)),)


def document(name: str, data: bytes, text: str) -> Document:
    elements = (Element(kind="paragraph", text=text),)
    return Document(
        title="", name=name, media_type="text/plain", content_hash=hashlib.sha256(data).hexdigest(), elements=elements
    )


def tried(action: Callable[[], object]) -> str:
    """How the system answered."""
    try:
        return f"done: {action()}"
    except OSError as problem:
        return f"refused: {type(problem).__name__}"


def spin(_: str) -> object:
    while True:
        pass


def bomb(_: str) -> object:
    while True:
        KEPT.append(bytearray(16 * 1024 * 1024))


def shared_bomb(_: str) -> object:
    return tried(lambda: KEPT.extend(mmap.mmap(-1, 1 << 30) for _ in range(64)))


def grow(argument: str) -> object:
    KEPT.append(b"x" * int(argument))
    return os.getpid()


def rust_alike(_: str) -> object:
    os.write(2, b"memory allocation of 3221225472 bytes failed\n")
    os.abort()


def flood(_: str) -> object:
    for _turn in range(2_000):
        os.write(2, b"\x1b[31mnoise " * 100)
        os.write(1, b"noise " * 100)
    return "kept apart"


def deep(_: str) -> object:
    return deep(_)


def raw(payload: bytes) -> Callable[[str], object]:
    def say(_: str) -> object:
        write_all(outlet(), payload)
        time.sleep(60)
        return "never"

    return say


def outlet() -> int:
    """The worker's own pipe: the first descriptors are 0, 1, 2, then the two that it copied."""
    return 4


def mute(_: str) -> object:
    os.close(outlet())
    time.sleep(60)
    return "never"


def other_name(_: str) -> tuple[Document, ...]:
    return (document("somebody-elses.md", b"", "words of another"),)


def other_hash(_: str) -> tuple[Document, ...]:
    return (document("evil.txt", b"other bytes", "words of another"),)


def fork(_: str) -> object:
    def child() -> object:
        pid = os.fork()
        if pid == 0:
            time.sleep(60)
        return pid

    return tried(child)


def threads(_: str) -> object:
    made = [threading.Thread(target=time.sleep, args=(0.01,)) for _ in range(4)]
    for thread in made:
        thread.start()
    for thread in made:
        thread.join()
    return "threads run"


def connect(port: str) -> object:
    return tried(lambda: socket.create_connection(("127.0.0.1", int(port)), timeout=2))


def syscall(numbers: str) -> object:
    libc = ctypes.CDLL(None, use_errno=True)
    answer = libc.syscall(*(ctypes.c_long(int(one)) for one in numbers.split()))
    return "done" if answer >= 0 else f"refused: {ctypes.get_errno()}"


def write(path: str) -> object:
    def put() -> int:
        with open(path, "w") as file:  # noqa: PTH123
            return file.write("owned")

    return tried(put)


def fail(_: str) -> object:
    raise ValueError("a bug in a parser\x1b[31m")


def home_grown(_: str) -> object:
    raise HomeGrownError("evil.txt", "cannot be read by me; look at it")


def refuse(_: str) -> object:
    raise IngestError("evil.txt", "no; try another")


ATTACKS: dict[str, Callable[[str], object]] = {
    "hello": lambda _: "good morning",
    "pid": lambda _: os.getpid(),
    "environment": lambda _: " ".join(sorted(os.environ)),
    "segv": lambda _: ctypes.string_at(0),
    "abort": lambda _: os.abort(),
    "exit": lambda _: os._exit(7),
    "calm_exit": lambda _: os._exit(0),
    "sleep": lambda _: time.sleep(60),
    "spin": spin, "bomb": bomb, "shared_bomb": shared_bomb, "grow": grow, "rust": rust_alike, "flood": flood,
    "deep": deep, "mute": mute, "other_name": other_name, "other_hash": other_hash, "fork": fork, "threads": threads,
    "connect": connect, "syscall": syscall, "write": write, "fail": fail, "home_grown": home_grown, "refuse": refuse,
    "garbage": raw(b"\x00\x00\x00\x05hello"),
    "huge_frame": raw(b"\xff\xff\xff\xff"),
    "nested_frame": raw(frame(b"[" * 100_000)),
    "nan_frame": raw(frame(b'{"pages":NaN}')),
    "minus_pages": raw(frame(b'{"pages":-1}')),
    "endless_pages": raw(frame(b'{"pages":1}') + frame(b'{"pages":2}')),
    "early_end": raw(frame(b'{"end":0}')),
    "orphans": raw(frame(b'{"elements":[{"kind":"paragraph","text":"orphan"}]}') + frame(b'{"end":1}')),
    "stranger": raw(frame(b'{"refused":["SystemExit","evil.txt","bye"]}')),
    "unlink": lambda path: tried(lambda: os.unlink(path)),  # noqa: PTH108
    "mkdir": lambda path: tried(lambda: os.mkdir(path)),  # noqa: PTH102
    "read": lambda path: tried(lambda: open(path, "rb").read()),  # noqa: PTH123, SIM115
    "list": lambda path: tried(lambda: os.listdir(path)),  # noqa: PTH208
    "exec": lambda _: tried(lambda: os.execv(sys.executable, [sys.executable, "-c", "pass"])),
    "kill": lambda pid: tried(lambda: os.kill(int(pid), signal.SIGTERM)),
    "setsid": lambda _: tried(os.setsid),
}  # fmt: skip


if __name__ == "__main__":
    vars(worker)["read"] = read
    worker.main()
