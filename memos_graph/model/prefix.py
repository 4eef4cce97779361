"""A prefix: the memories that stand first in every prompt, as the very text that is sent. Data only."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Literal

PrefixPart = Literal["stable", "working"]
HIT = 0.9  #: of a prefix's tokens found cached, that it counts as found


@dataclass(frozen=True, slots=True, kw_only=True)
class PrefixEntry:
    """One memory in a prefix, as it stands there."""

    number: int  #: from 1: what [n] in an answer means
    id: str
    cube: str
    digest: str  #: SHA-256 of the words that stand in the prefix, hex
    tokens: int
    part: PrefixPart
    reason: str  #: why it is in, in a few words: "frozen", "used 12 times, unchanged for 40 days"


@dataclass(frozen=True, slots=True, kw_only=True)
class Prefix:
    """What comes first in every prompt about `cubes`: the system message, byte for byte."""

    cubes: tuple[str, ...]
    text: str  #: the whole system message: instructions, memories, padding up to the server's block
    entries: tuple[PrefixEntry, ...]
    left_out: tuple[tuple[str, str], ...] = ()  #: id and reason of memories that were looked at and did not go in
    template: str  #: name of the template it was written by: prefix_v1
    salt: str  #: cache_salt sent with it; nobody without it can hit or time this cache
    tokens: int  #: tokens of all that comes before the user's own words, template included
    counted_by: str  #: who counted them: the model's name, or "estimate"
    block: int  #: tokens of a block of the server's cache
    kept: int  #: of `tokens`, those that are as they were in the prefix before it: they are cached still
    built_at: datetime
    stale: tuple[str, ...] = ()  #: why the one before it was given up, a line each; empty: it was not

    @property
    def digest(self) -> str:
        """SHA-256 of `text`, hex: equal on any machine for equal bytes."""
        return hashlib.sha256(self.text.encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class WarmUp:
    """What warming a prefix did, as the server told."""

    digest: str  #: of the prefix
    tokens: int  #: of the prefix
    read: int | None  #: tokens that the model had to read for it; None: the server does not tell
    proved: int | None  #: tokens that a second request, with other words after it, found cached; None: not told
    told_by: Literal["usage", "metrics", ""] = ""  #: the answer itself, or the server's counters; "": nobody told
    reason: str = ""  #: why it did not hit, as far as can be told, or could not be proved; "": it hit
    seconds: float

    @property
    def hit(self) -> bool:
        """Whether the second request found the prefix, nine tenths of it at least."""
        return self.proved is not None and self.proved >= HIT * self.tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class PrefixStats:
    """What the prefix cache did for a cube's answers, in tokens that servers told of."""

    answers: int = 0  #: answers given with a prefix
    told: int = 0  #: of them, those whose server said what was cached
    prompt: int = 0  #: tokens of their prompts
    prefix: int = 0  #: tokens of their prefixes
    cached: int = 0  #: tokens of those prefixes that were found cached
    beyond: int = 0  #: tokens found cached after the prefix: of the talk so far
    rebuilt: int = 0  #: times a prefix was made anew because a memory in it changed
    rebuilt_tokens: int = 0  #: tokens that had to be read again for that
    warmed: int = 0  #: warm-ups
    missed: int = 0  #: warm-ups that did not hit
    last_miss: str = ""  #: what the last of them looked like

    @property
    def hit_rate(self) -> float | None:
        """Cached tokens over prefix tokens; None before any answer was told of."""
        return self.cached / self.prefix if self.prefix else None

    @property
    def saved(self) -> int:
        """Tokens that no model had to read again."""
        return self.cached + self.beyond

    def __add__(self, more: PrefixStats) -> PrefixStats:
        """The sums of both; of two last misses that of `more`, if it has one."""
        numbers = {
            each.name: getattr(self, each.name) + getattr(more, each.name)
            for each in fields(PrefixStats) if each.name != "last_miss"
        }  # fmt: skip
        return PrefixStats(**numbers, last_miss=more.last_miss or self.last_miss)
