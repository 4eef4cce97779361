"""What a rule is: a marker, which side of it the cause stands on, and what must or must not stand around it.

Data only. All expressions are bounded, so that no text makes them slow.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import TypedDict, Unpack

from memos_ingest.causal.findings import Relation


class Shape(Enum):
    """Where the cause stands."""

    BEFORE = "cause, marker, effect"
    AFTER = "effect, marker, cause"
    AROUND = "effect, marker, cause; or marker, cause, comma, effect"
    FRONT = "marker, cause, comma, effect"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One marker. Expressions are tried in lower-case-blind mode."""

    name: str
    pattern: re.Pattern[str]
    shape: Shape
    confidence: float
    relation: Relation = Relation.CAUSES
    left: re.Pattern[str] | None = None  #: must be found in the clause before the marker
    not_left: re.Pattern[str] | None = None  #: must not be found in the clause before it
    right: re.Pattern[str] | None = None  #: must match just behind the marker
    not_right: re.Pattern[str] | None = None  #: must not match just behind the marker
    verb: bool = False  #: the marker is a verb: negation, "may" and relative words stand before it
    needs: tuple[str, ...] = ()  #: lower-case letters of which a sentence holds one if the marker is in it
    inside: bool = False  #: the marker's words belong to the span behind it: "forcing them to flee"
    told: bool = False  #: what the marker goes on from must have a verb of its own
    clause: bool = False  #: what stands behind the marker must have a verb of its own


def words(pattern: str) -> re.Pattern[str]:
    """An expression, blind to case."""
    return re.compile(pattern, re.IGNORECASE)


class Tests(TypedDict, total=False):
    """What a table may say of a rule besides its name, marker and confidence."""

    relation: Relation
    left: re.Pattern[str]
    not_left: re.Pattern[str]
    right: re.Pattern[str]
    not_right: re.Pattern[str]
    inside: bool
    clause: bool


def after(name: str, pattern: str, confidence: float, **more: Unpack[Tests]) -> Rule:
    """The cause stands behind the marker, which may begin the sentence."""
    return Rule(name=name, pattern=words(rf"\b(?:{pattern})\b"), shape=Shape.AROUND, confidence=confidence, **more)


def passive(name: str, pattern: str, confidence: float, **more: Unpack[Tests]) -> Rule:
    """The cause stands behind a verb that the effect is the subject of."""
    return Rule(
        name=name, pattern=words(rf"\b(?:{pattern})\b"), shape=Shape.AFTER, confidence=confidence, verb=True, **more
    )


def verb(name: str, pattern: str, confidence: float, **more: Unpack[Tests]) -> Rule:
    """The cause is the subject of the verb, the effect its object."""
    return Rule(
        name=name, pattern=words(rf"\b(?:{pattern})\b"), shape=Shape.BEFORE, confidence=confidence, verb=True, **more
    )


def so(name: str, pattern: str, confidence: float, **more: Unpack[Tests]) -> Rule:
    """The effect stands behind a joining word; what is joined is told, not only named."""
    return Rule(name=name, pattern=words(pattern), shape=Shape.BEFORE, confidence=confidence, told=True, **more)
