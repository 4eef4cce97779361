"""Which texts hold given words in a row: two by two, each pair as a number in sorted arrays.

Eight bytes a pair. A few texts too many may be named, never one too few. Declines to know titles and stores.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

_Run = tuple[npt.NDArray[np.uint32], npt.NDArray[np.int32]]  # pairs, ascending; the text that each stands in


class WordPairs:
    """Texts by the pairs of words in them."""

    def __init__(self) -> None:
        self._ids: list[str] = []
        self._pairs: list[int] = []  # not in a run yet
        self._texts: list[int] = []
        self._runs: list[_Run] = []

    def __len__(self) -> int:
        """How many pairs are known."""
        return len(self._pairs) + sum(len(pairs) for pairs, _ in self._runs)

    def add(self, identity: str, words: Sequence[str]) -> None:
        """Know the text `identity`; once more with other words, and it is known by both."""
        found = set(_numbers(words))
        self._pairs.extend(found)
        self._texts.extend([len(self._ids)] * len(found))
        self._ids.append(identity)

    def holding(self, words: Sequence[str]) -> list[str]:
        """The texts that hold every pair of `words`, oldest first, each once. O(log² of all pairs) for each, amortised.

        A single word is known only when it has letters and digits.
        """
        self._settle()
        numbers = list(_numbers(words))
        if not numbers:
            return []
        texts = self._of(numbers[0])
        for number in numbers[1:]:
            texts = np.intersect1d(texts, self._of(number))
        return list(dict.fromkeys(self._ids[at] for at in texts.tolist()))

    def _of(self, number: int) -> npt.NDArray[np.int32]:
        key = np.uint32(number)
        found = [
            texts[np.searchsorted(pairs, key, "left") : np.searchsorted(pairs, key, "right")]
            for pairs, texts in self._runs
        ]
        return np.unique(np.concatenate(found)) if found else np.zeros(0, np.int32)

    def _settle(self) -> None:
        """Make a run of what is in none; runs of like sizes become one, so that there are few."""
        if self._pairs:
            self._runs.append(_run(np.array(self._pairs, np.uint32), np.array(self._texts, np.int32)))
            self._pairs, self._texts = [], []
        while len(self._runs) > 1 and len(self._runs[-2][0]) <= 2 * len(self._runs[-1][0]):
            (pairs, texts), (later, others) = self._runs[-2:]
            self._runs[-2:] = [_run(np.concatenate([pairs, later]), np.concatenate([texts, others]))]


def _run(pairs: npt.NDArray[np.uint32], texts: npt.NDArray[np.int32]) -> _Run:
    order = np.argsort(pairs, kind="stable")
    return pairs[order], texts[order]


def _numbers(words: Sequence[str]) -> Iterator[int]:
    for pair in pairwise(words):
        yield hash(pair) & 0xFFFFFFFF
    for word in words:
        if not word.isalpha() and not word.isdecimal():
            yield hash((word,)) & 0xFFFFFFFF
