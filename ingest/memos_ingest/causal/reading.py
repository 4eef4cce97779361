"""Read a text for statements of cause and condition: sentence by sentence, and from one sentence to the next.

The one entrance of this package. Declines to know what becomes of the findings, and uses no model: markers in English
and Chinese, each with tests against its other senses. Statements that are denied, asked or unreal are not found.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from memos_ingest.causal.across import links
from memos_ingest.causal.chinese import find_chinese
from memos_ingest.causal.findings import Causal, Span
from memos_ingest.causal.matching import find_english
from memos_ingest.causal.sentences import is_chinese, paragraphs


def causes(text: str) -> tuple[Causal, ...]:
    """All statements in `text`, in the order of their markers; spans are characters of `text`.

    Deterministic; O(text). A statement that links two sentences has its cause in the one before.
    """
    found: list[Causal] = []
    for sentences in paragraphs(text):
        for span in sentences:
            sentence = span.of(text)
            inside = find_chinese(sentence) if is_chinese(sentence) else find_english(sentence)
            found.extend(one.moved(span.start) for one in _chained(_once(inside)))
        for before, after in pairwise(sentences):
            found.extend(links(text, before, after))
    return tuple(sorted(found, key=lambda one: (one.marker, one.cause, one.effect)))


def _once(found: list[Causal]) -> list[Causal]:
    """Each statement once, as the marker that came first in the tables has it."""
    out: list[Causal] = []
    for one in found:
        if not any(one.repeats(other) for other in out):
            out.append(one)
    return out


def _chained(found: list[Causal]) -> list[Causal]:
    """A cause that is itself a statement is narrowed to that one's effect: "A led to B, causing C" is A, B, C."""
    return [replace(one, cause=_end_of(one, found)) for one in found]


def _end_of(one: Causal, found: list[Causal]) -> Span:
    for other in found:
        whole = one.cause.start <= other.cause.start and other.effect.end == one.cause.end
        if other is not one and whole and one.cause.start < other.effect.start:
            return other.effect
    return one.cause
