"""A claim as data, and the keys by which two of them are about the same.

Declines to know how claims are read and kept; what `info` holds under "claim" comes from anywhere, and is checked.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from memos_graph.engines.naming import canonical
from memos_graph.model.graph import Node

Kind = Literal["state", "event", "habit"]
KINDS: tuple[Kind, ...] = get_args(Kind)

_ARTICLE = re.compile(r"(?:the|a|an)\s+(?=\S)")
_GROUPED = re.compile(r"(?<=\d)[,\u2009\u202f](?=\d{3}(?!\d))")
_OFTEN = re.compile(
    r"\b(?:usually|always|often|regularly|typically|normally|still|also|now|(?:every|each) (?:other |single )?\w+"
    r"|(?:once|twice|\w+ times) (?:a|per) \w+|daily|weekly|monthly|on \w+days|on weekends)\b"
)
_ENDING = re.compile(r"(?:ing|ies|es|s)$")
_EDGES = " \t.,;:!?\"'()[]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What somebody said of something: that its `attribute` is, or is not, `value`."""

    subject: str  #: the key of what it is about (`subject_key`)
    name: str  #: the same as it is shown: "Ann", "Ann's sister"
    attribute: str  #: "lives in", "works at", "job", "age" (see `attributes`)
    value: str  #: as the text has it; "" only in a denial: none at all
    polarity: bool = True  #: False: it is not so, or no longer
    kind: Kind = "state"
    single: bool = True  #: the subject has one at a time, so that another value contradicts
    since: datetime | None = None  #: UTC; for an event when it began; None: not said
    until: datetime | None = None  #: UTC, exclusive
    instead: str = ""  #: "switched from A to B" names no attribute: it is the one that had this value, if there is one
    was: bool = False  #: of a denial: it was so until then ("used to", "moved from"); else that is not said
    before: str = ""  #: the value that this one took the place of
    span: tuple[int, int] = (0, 0)  #: characters of the text it was read from

    @property
    def key(self) -> str:
        """What equal values share: "the Tesla" and "a tesla", "1,200" and "1200", "runs daily" and "running"."""
        return habit_key(self.value) if self.kind == "habit" else value_key(self.value)


def subject_key(name: str) -> str:
    """What all spellings of a subject share."""
    return _ARTICLE.sub("", canonical(name).strip(_EDGES), count=1)


def value_key(value: str) -> str:
    """What all spellings of a value share."""
    return _ARTICLE.sub("", _GROUPED.sub("", canonical(value)).strip(_EDGES), count=1)


def habit_key(value: str) -> str:
    """What all ways to speak of a habit share: its verb's stem and what follows, without how often."""
    words = _OFTEN.sub(" ", value_key(value)).split()
    if not words:
        return value_key(value)
    stem = _ENDING.sub("", words[0]) or words[0]
    stem = stem[:-1] if len(stem) > 3 and stem[-1] == stem[-2:-1] and stem[-1] not in "sl" else stem
    return " ".join([stem.rstrip("e"), *words[1:]])


def claim_of(node: Node) -> Claim | None:
    """The claim that the memory keeps in `info.claim`; None for one that keeps none, or nonsense."""
    kept = node.info.get("claim")
    if not isinstance(kept, Mapping):
        return None
    texts = [kept.get(name) for name in ("subject", "name", "attribute", "value")]
    subject, name, attribute, value = (text if isinstance(text, str) else None for text in texts)
    kind = next((each for each in KINDS if each == kept.get("kind", "state")), None)
    polarity, single = kept.get("polarity", True), kept.get("single", True)
    if not subject or not attribute or value is None or kind is None:
        return None
    if not isinstance(polarity, bool) or not isinstance(single, bool):
        return None
    return Claim(
        subject=subject, name=name or subject, attribute=attribute, value=value, polarity=polarity, kind=kind,
        single=single, since=node.valid_from, until=node.valid_to, span=(0, len(node.text)),
    )  # fmt: skip
