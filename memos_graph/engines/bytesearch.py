"""Whether bytes hold one of many needles, in one pass however many there are.

Pairs of bytes that begin a needle are looked up in tables, as in multi-pattern filters (Wu and Manber, "A fast
algorithm for multi-pattern searching", 1994); only where four in a row fit is a needle compared. Pure.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import numpy.typing as npt

SHORTEST = 8  #: bytes of a needle at least
_PAIRS = 4


class Needles:
    """Byte strings to look for, of `SHORTEST` bytes at least (`ValueError` else)."""

    def __init__(self, needles: Collection[bytes]) -> None:
        self.longest = max(map(len, needles), default=0)
        self._by_start: dict[bytes, list[bytes]] = {}
        self._tables: list[npt.NDArray[np.bool_]] = [np.zeros(1 << 16, dtype=np.bool_) for _ in range(_PAIRS)]
        for needle in needles:
            if len(needle) < SHORTEST:
                raise ValueError(f"a needle of {len(needle)} bytes; give {SHORTEST} at least")
            self._by_start.setdefault(needle[:SHORTEST], []).append(needle)
            for at, table in enumerate(self._tables):
                table[needle[2 * at] | needle[2 * at + 1] << 8] = True

    def any_in(self, block: bytes) -> bool:
        """Whether `block` holds one of them. One pass, and a plain search for each whose first bytes stand there."""
        if len(block) < SHORTEST:
            return False
        letters = np.frombuffer(block, dtype=np.uint8).astype(np.uint16)
        pairs = letters[:-1] | letters[1:] << 8
        at = np.flatnonzero(self._tables[0][pairs[: len(pairs) - SHORTEST + 2]])
        for step in range(1, _PAIRS):
            at = at[self._tables[step][pairs[at + 2 * step]]]
        begun = {block[place : place + SHORTEST] for place in at.tolist()}
        return any(needle in block for start in begun for needle in self._by_start.get(start, ()))
