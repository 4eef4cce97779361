"""How several cubes share one prefix: evenly, and what one does not need goes to the others. Pure."""

from __future__ import annotations

from collections.abc import Mapping


def shares(wanted: Mapping[str, int], room: int) -> dict[str, int]:
    """Tokens for each name: what it wants, or an equal part of what those that want less leave. O(n log n)."""
    given: dict[str, int] = {}
    for rank, name in enumerate(sorted(wanted, key=lambda name: (wanted[name], name))):
        given[name] = min(wanted[name], room // (len(wanted) - rank))
        room -= given[name]
    return given
