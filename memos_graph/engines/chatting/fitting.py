"""What to leave out of a prompt that is too long: the oldest history first, then the lowest hits, then the last of
the prefix. The question and the instructions always stay.

Knows sizes in tokens as somebody estimated them, no texts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """How much of each part stays."""

    history: int  #: messages, the newest
    hits: int  #: the best
    prefix: int  #: memories of the prefix, the first


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """Tokens of each part, in the order in which it is sent; hits best first."""

    history: Sequence[int]
    hits: Sequence[int]
    prefix: Sequence[int]

    def of(self, kept: Kept) -> int:
        """Tokens of what `kept` names."""
        history = self.history[len(self.history) - kept.history :]
        return sum(history) + sum(self.hits[: kept.hits]) + sum(self.prefix[: kept.prefix])

    @property
    def all(self) -> Kept:
        """Everything."""
        return Kept(history=len(self.history), hits=len(self.hits), prefix=len(self.prefix))


def less(sizes: Sizes, kept: Kept, over: int) -> Kept | None:
    """`kept` without at least `over` tokens, and at least one part less; None when nothing is left to leave out.

    All of one sort goes before any of the next: history from its oldest, hits from the lowest, the prefix from its end.
    When all of it together is smaller than `over`, all of it goes. O(parts).
    """
    history, hits, prefix, freed = kept.history, kept.hits, kept.prefix, 0
    while freed < over or (history, hits, prefix) == (kept.history, kept.hits, kept.prefix):
        if history:
            freed += sizes.history[len(sizes.history) - history]
            history -= 1
        elif hits:
            hits -= 1
            freed += sizes.hits[hits]
        elif prefix:
            prefix -= 1
            freed += sizes.prefix[prefix]
        else:
            break
    left = Kept(history=history, hits=hits, prefix=prefix)
    return None if left == kept else left
