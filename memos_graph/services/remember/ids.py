"""Ids that follow from what a node is, so that feeding the same thing again finds it again."""

from __future__ import annotations

import hashlib


def node_id(prefix: str, *parts: str) -> str:
    """`prefix` and 96 bits of the SHA-256 of `parts`: equal parts, equal id, on any machine."""
    digest = hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()
    return f"{prefix}_{digest[:24]}"


class Counted:
    """Tells equal things apart by how often they were seen before."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, ...], int] = {}

    def nth(self, *parts: str) -> str:
        """ "0" for the first of equal `parts`, then "1", "2" ..."""
        count = self._seen.get(parts, 0)
        self._seen[parts] = count + 1
        return str(count)
