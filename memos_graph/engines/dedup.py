"""Leave out what says the same again, or choose hits that each add something.

Two texts are near-duplicates only if they mean the same (vectors) in nearly the same words, and what differs is no
number, no name and no word such as "not", "before" or "left": "valve 12" is not "valve 13", and who likes apples is not
who no longer does. Declines to know nodes and stores.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from memos_graph.engines.rows import Floats

NEAR = 0.9  #: cosine from which two texts may say the same
SHARED = 0.5  #: share of all their words that both hold
#: lambda of maximal marginal relevance: relevance and novelty count alike. Carbonell and Goldstein (SIGIR 1998) use .3
#: to look around and .7 to stay with what was asked; at .7 three wordings of one fact still come before a second fact.
RELEVANCE = 0.5

_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af]|[^\W_]+(?:['’][^\W_]+)*")
_TURNS = frozenset(
    re.findall(
        r"\S+",
        """no not never none nobody nothing without isn't aren't wasn't weren't don't doesn't didn't won't can't cannot
        couldn't shouldn't wouldn't hasn't haven't hadn't anymore longer stopped former 不 没 未 无 非 别 勿
        one two three four five six seven eight nine ten eleven twelve first second third last next more less before
        after left right on off up down yes 一 二 三 四 五 六 七 八 九 十 两 前 后 左 右 上 下 多 少""",
    )
)


@dataclass(frozen=True)
class Said:
    """A text, and who says it; only texts of one voice can be duplicates."""

    text: str
    voice: str = ""

    @cached_property
    def words(self) -> frozenset[str]:
        """Its words, without case."""
        return frozenset(word.casefold().replace("’", "'") for word in _WORD.findall(self.text))

    @cached_property
    def exact(self) -> frozenset[str]:
        """Those that may not differ: numbers, words with a capital inside the text, and words that turn a meaning."""
        found = _WORD.findall(self.text)
        named = {word.casefold() for nth, word in enumerate(found) if nth and word[:1].isupper()}
        return frozenset(
            word for word in self.words if word in named or word in _TURNS or any(map(str.isdigit, word))
        )  # fmt: skip


def same(one: Said, other: Said) -> bool:
    """Whether the words of the two let them be duplicates; their vectors are to be near besides."""
    if one.voice != other.voice:
        return False
    differ = one.words ^ other.words
    if not differ:
        return True
    if differ & (one.exact | other.exact):
        return False
    return len(one.words & other.words) >= SHARED * len(one.words | other.words)


def distinct(said: Sequence[Said], vectors: Floats, most: int) -> list[int]:
    """Positions, in order, of the first `most` that are no near-duplicate of one kept before: the first always stays.

    vectors [n, d]: unit length, all zero for a text that has none (then only the same words make a duplicate).
    O(n · most · d).
    """
    kept: list[int] = []
    for at, one in enumerate(said):
        if len(kept) == most:
            break
        alike = vectors[kept] @ vectors[at] if kept else np.zeros(0, np.float32)
        if not any(
            (cosine >= NEAR or one.words == said[before].words) and same(one, said[before])
            for before, cosine in zip(kept, alike.tolist(), strict=True)
        ):
            kept.append(at)
    return kept


def diverse(relevance: Floats, vectors: Floats, most: int, *, relevant: float = RELEVANCE) -> list[int]:
    """Positions of `most` by maximal marginal relevance, in the order chosen: the most relevant first.

    relevance [n] from 0 to 1; each next one has the highest relevant x relevance - (1 - relevant) x its cosine with
    the nearest chosen. Ties keep order. O(n · most · d).
    """
    n = len(relevance)
    left = np.ones(n, np.bool_)
    nearest = np.zeros(n, np.float32)
    chosen: list[int] = []
    for _ in range(min(most, n)):
        value = np.where(left, relevant * relevance - (1 - relevant) * nearest, -np.inf)
        at = int(np.argmax(value))
        chosen.append(at)
        left[at] = False
        nearest = np.maximum(nearest, vectors @ vectors[at])
    return chosen
