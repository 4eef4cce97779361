"""What used a memory and when: the last entries in full, those before as a number, so that no use is lost count of.

`Node.usage` holds texts, oldest first: `2025-01-02T03:04:05Z search`, and before them `earlier: 37` where older ones
were let go. Entries of others (imports, chats) may have any form; each counts as one use. Pure: time is an argument.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime

from memos_graph.model.errors import Invalid

KEPT = 20  #: entries kept in full
_BY = 100  #: characters of who used it
_TALLY = re.compile(r"earlier: (\d{1,12})")
_WHEN = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(?:Z|[+-]\d\d:\d\d)?")
_HEAD = 200  #: characters of an entry that are looked at for its time


def used(usage: Sequence[str], at: datetime, by: str) -> tuple[str, ...]:
    """`usage` with one use more, at `at` by `by` (a name in one line). `Invalid` for a name that says nothing."""
    name = " ".join(by.split())[:_BY]
    if not name or not name.isprintable():
        raise Invalid("by", by, "name in plain words what used it")
    before, entries = _parted(usage)
    entries = (*entries, f"{at.astimezone(UTC).isoformat(timespec='seconds').replace('+00:00', 'Z')} {name}")
    gone = len(entries) - KEPT
    if gone > 0:
        before, entries = before + gone, entries[gone:]
    return (f"earlier: {before}", *entries) if before else entries


def uses(usage: Sequence[str]) -> int:
    """How many uses `usage` tells of."""
    before, entries = _parted(usage)
    return before + len(entries)


def last_used(usage: Sequence[str]) -> datetime | None:
    """The latest time that an entry names (no zone: UTC); None when none does."""
    times = [when for entry in usage[-KEPT:] if (when := _time(entry)) is not None]
    return max(times, default=None)


def _parted(usage: Sequence[str]) -> tuple[int, tuple[str, ...]]:
    """The uses that are only counted, and the entries."""
    tally = _TALLY.fullmatch(usage[0]) if usage else None
    return (int(tally[1]), tuple(usage[1:])) if tally else (0, tuple(usage))


def _time(entry: str) -> datetime | None:
    found = _WHEN.search(entry[:_HEAD])
    if found is None:
        return None
    try:
        when = datetime.fromisoformat(found[0])
        return when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
