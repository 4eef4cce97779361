"""Ids of the rows that a changed memory leaves behind: `id@n` and `id@n~` (see `versions`).

Declines to know what a row says. A caller's own id may look like one: whoever asks says whose it would be.
"""

from __future__ import annotations

import re

_SNAPSHOT = re.compile(r"(?P<head>.+)@(?P<number>\d{1,18})(?P<believed>~?)", re.DOTALL)


def is_snapshot_of(identity: str, head: str) -> bool:
    """Whether `identity` can be an earlier version of `head`."""
    found = _SNAPSHOT.fullmatch(identity)
    return found is not None and found["head"] == head


def head_of(identity: str) -> str:
    """The id that `identity` can be an earlier version of; itself when it can be none."""
    found = _SNAPSHOT.fullmatch(identity)
    return identity if found is None else found["head"]


def number_of(identity: str) -> int | None:
    """Which version `identity` is; None for an id that names none."""
    found = _SNAPSHOT.fullmatch(identity)
    return None if found is None else int(found["number"])


def newest_first(identity: str) -> tuple[int, str]:
    """A key that sorts earlier versions of one memory, the newest first, what was true before what was believed."""
    return -(number_of(identity) or 0), identity
