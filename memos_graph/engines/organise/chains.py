"""Where the effect that one document tells of is the cause that another goes on from.

Both are spans: small nodes that hold the words of a text. Two documents may well speak of two strikes, so words that
are common to many, or a single word, join nothing: two spans are one event only when all that they say is the same but
for articles, auxiliaries and endings, or nearly so and near by vector too. Pure; declines to know stores.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from memos_graph.engines.dedup import Said
from memos_graph.engines.organise.duplicates import words_of
from memos_graph.engines.rows import Floats

NEAR = 0.9  #: cosine from which spans of nearly the same words tell of one event
SHARED = 0.6  #: share of all their words that such spans both hold
LEAST_WORDS = 2  #: "the strike" names no one strike
COMMON = 5  #: documents that say the same span at most; what more of them say is a phrase, no event
_AUXILIARY = frozenset(
    re.findall(
        r"\S+",
        """is are was were be been being am has have had having do does did will would shall should may might can could
        must its their his her our your my this that these those some of""",
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SpanOf:
    """A span that some text calls a cause or an effect."""

    id: str
    text: str
    document: str  #: where it stands
    causes: bool  #: something follows from it there
    caused: bool  #: it follows from something there


def stems(text: str) -> frozenset[str]:
    """What a span says: its words without auxiliaries and endings. O(len(text))."""
    return frozenset(_stem(word) for word in words_of(text) if word not in _AUXILIARY)


def candidates(spans: Sequence[SpanOf]) -> tuple[tuple[int, int], ...]:
    """(effect, cause) positions of spans in different documents whose words let them be one event.

    Pairs of equal words first, then those that vectors are to confirm (`confirmed`). O(spans x spans that share a
    rare word).
    """
    said = [stems(span.text) for span in spans]
    common = _common(spans, said)
    by_word: dict[str, list[int]] = {}
    for at, words in enumerate(said):
        if spans[at].causes and len(words) >= LEAST_WORDS and words not in common:
            for word in words:
                by_word.setdefault(word, []).append(at)
    found = []
    for effect, span in enumerate(spans):
        words = said[effect]
        if not span.caused or len(words) < LEAST_WORDS or words in common:
            continue
        for cause in _sharing(words, by_word):
            if spans[cause].document != span.document and _may_be_one(span, spans[cause], words, said[cause]):
                found.append((words != said[cause], effect, cause))
    return tuple((effect, cause) for _, effect, cause in sorted(found))


def equal(one: SpanOf, other: SpanOf) -> bool:
    """Whether the words alone say that they are one."""
    return stems(one.text) == stems(other.text)


def confirmed(one: Floats, other: Floats) -> bool:
    """Whether the vectors [d] of two spans of nearly the same words say that they are one."""
    return float(np.dot(one, other)) >= NEAR


def _sharing(words: frozenset[str], by_word: dict[str, list[int]]) -> Iterator[int]:
    """Each cause that shares a word, by the rarest word that can be missed by no pair of enough shared words."""
    seen: set[int] = set()
    for word in sorted(words, key=lambda each: (len(by_word.get(each, ())), each)):
        for at in by_word.get(word, ()):
            if at not in seen:
                seen.add(at)
                yield at


def _may_be_one(one: SpanOf, other: SpanOf, words: frozenset[str], others: frozenset[str]) -> bool:
    here, there = Said(one.text), Said(other.text)
    # a name at the head of one text stands inside the other: what either calls exact, both must say
    exact = (here.exact | there.exact) - _AUXILIARY
    if exact & (here.words ^ there.words):
        return False
    return words == others or len(words & others) >= SHARED * len(words | others)


def _common(spans: Sequence[SpanOf], said: Sequence[frozenset[str]]) -> frozenset[frozenset[str]]:
    documents: dict[frozenset[str], set[str]] = {}
    for span, words in zip(spans, said, strict=True):
        documents.setdefault(words, set()).add(span.document)
    return frozenset(words for words, known in documents.items() if len(known) > COMMON)


def _stem(word: str) -> str:
    """`word` without the ending that tells number or time, for comparing only."""
    for ending in ("ing", "ed", "es", "s", "e"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word
