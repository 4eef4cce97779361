"""Progress for a person at a terminal, silence for everyone else; and short ways to take times."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

from benchmarks.machine import in_terminal

T = TypeVar("T")


def watched(items: Sequence[T], what: str) -> Iterator[T]:
    """`items` one by one, with a bar on standard error when a person watches."""
    if not in_terminal():
        yield from items
        return
    from rich.console import Console
    from rich.progress import track

    yield from track(items, description=what, console=Console(stderr=True))


@dataclass(slots=True)
class Took:
    """Seconds that a block took, set at its end."""

    seconds: float = 0.0


@contextmanager
def timed() -> Iterator[Took]:
    """Fills in how long its block took."""
    took = Took()
    began = time.perf_counter()
    yield took
    took.seconds = time.perf_counter() - began


def milliseconds(action: Callable[[T], object], inputs: Iterable[T]) -> list[float]:
    """How long `action` took for each of `inputs`, one after the other."""
    times = []
    for item in inputs:
        began = time.perf_counter()
        action(item)
        times.append((time.perf_counter() - began) * 1000)
    return times
