"""What answers found cached, counted in memory until it is worth a write. Knows sums and cubes; writes nothing."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from threading import Lock

from memos_graph.model.prefix import PrefixStats

WRITE_AFTER = 20  #: answers: what a crash may lose, and what keeps a chat from making a Change an answer


@dataclass(slots=True)
class Counts:
    """Sums that no cube has yet. Threads may share it."""

    _sums: dict[str, PrefixStats] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def add(self, cube: str, more: PrefixStats) -> int:
        """Answers that wait for `cube`, `more` among them."""
        with self._lock:
            self._sums[cube] = self._sums.get(cube, PrefixStats()) + more
            return self._sums[cube].answers

    def take(self, cubes: Collection[str] | None = None) -> dict[str, PrefixStats]:
        """What waits for `cubes` (None: for all), by cube; it waits no more: whoever takes it writes it or adds it."""
        with self._lock:
            names = [name for name in self._sums if cubes is None or name in cubes]
            return {name: self._sums.pop(name) for name in names}
