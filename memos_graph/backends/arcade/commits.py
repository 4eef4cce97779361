"""Commits, and the reads that must not meet one.

A walk through an index from a key on looks at a page twice: for the place of its first key, then to go on from there.
A commit between the two that puts a smaller key on the page moves the places by one, and the database (26.10) then
drops the page with all its keys, and says nothing. No text that asks for keys by equality is touched by it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock
from typing import TypeVar

_KEY = r"\.`?(?:uid|delta_uid|id)`?"  # the properties that have an index
_WALKS = re.compile(rf"{_KEY}\s*(?:[<>]|STARTS\s+WITH)|[<>]=?\s*\w+{_KEY}\b", re.IGNORECASE)
_TRIES = 3  # then commits wait for the read: one as long as the pause between two would never end
T = TypeVar("T")


def walks(text: str) -> bool:
    """Whether a Cypher text may go through an index from a key on; at worst it says so of one that does not."""
    return _WALKS.search(text) is not None


class Commits:
    """Knows of every commit of a database, one at a time."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._begun = 0

    @contextmanager
    def one(self) -> Iterator[None]:
        """Commit within."""
        with self._lock:
            self._begun += 1
            yield

    def without(self, read: Callable[[], T]) -> T:
        """What `read` gives when no commit runs beside it: it may be called some times for that."""
        for _ in range(_TRIES):
            with self._lock:
                begun = self._begun
            found = read()
            if begun == self._begun:
                return found
        with self._lock:
            return read()
