"""What a text says is the cause, or the condition, of what: spans of the text, and how sure the marker is.

Declines to know how it was found.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Relation(Enum):
    """How the first span bears on the second."""

    CAUSES = "CAUSES"
    CONDITION_OF = "CONDITION_OF"


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """text[start:end]: characters of the text that was read, end exclusive."""

    start: int
    end: int

    def of(self, text: str) -> str:
        """The characters themselves."""
        return text[self.start : self.end]

    def overlaps(self, other: Span) -> bool:
        """Whether a character lies in both."""
        return self.start < other.end and other.start < self.end

    def moved(self, by: int) -> Span:
        """The same span, `by` characters further on."""
        return Span(self.start + by, self.end + by)


@dataclass(frozen=True, slots=True, kw_only=True)
class Causal:
    """One statement: `cause` CAUSES `effect`, or is a CONDITION_OF it. The direction is always from cause to effect."""

    relation: Relation
    cause: Span
    effect: Span
    marker: Span  #: the words that say so
    rule: str  #: the marker's name in the tables, such as "due to" or "导致"
    confidence: float  #: 0 to 1, of the marker (see `english`, `chinese`), lower where the text says "may" or "could"

    @property
    def sentence(self) -> Span:
        """From the first of its spans to the last: one sentence, or two when the marker links them."""
        ends = (self.cause, self.effect, self.marker)
        return Span(min(span.start for span in ends), max(span.end for span in ends))

    def repeats(self, other: Causal) -> bool:
        """Whether it says in other words what `other` does: "A, so B as a result" is one statement."""
        same = self.relation is other.relation
        return same and self.cause.overlaps(other.cause) and self.effect.overlaps(other.effect)

    def moved(self, by: int) -> Causal:
        """The same statement in a text that has `by` characters more before it."""
        return Causal(
            relation=self.relation, cause=self.cause.moved(by), effect=self.effect.moved(by),
            marker=self.marker.moved(by), rule=self.rule, confidence=self.confidence,
        )  # fmt: skip
