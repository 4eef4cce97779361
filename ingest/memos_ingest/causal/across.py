"""Links from one sentence to the next: "The bolt had rusted. Therefore the pump stopped." and 因此.

Knows openings only; where the sentences stand, and whether they are neighbours, is the caller's to say.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from memos_ingest.causal.clauses import has_verb, says_something, trimmed
from memos_ingest.causal.findings import Causal, Relation, Span
from memos_ingest.causal.guards import is_code, is_question
from memos_ingest.causal.sentences import is_chinese

_THING = (
    r"(?: (?:event|incident|failure|change|error|fault|leak|fire|attack|move|decision|problem"
    r"|situation|delay|shortage"
    r"|defect|accident|explosion|collapse|increase|decrease|rise|drop|loss|policy|reaction"
    r"|outage))?"
)
_VERB = (
    r"(?:led to|leads to|caused|causes|resulted in|results in|triggered|triggers|prompted"
    r"|prompts|sparked|provoked|forced"
    r"|forces|meant that|means that|made it (?:im)?possible|brought about|gave rise to"
    r"|gives rise to|is why|was why|fuelled)"
)
_WHY = r"(?:because(?: of)?|due to|owing to|caused by|the result of)"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Opening:
    """What begins a sentence and speaks of the one before it."""

    rule: str
    pattern: re.Pattern[str]
    confidence: float
    backwards: bool = False  #: the sentence tells the cause, the one before it the effect
    told: bool = False  #: what follows must have a verb of its own


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """The opening of one sentence."""

    marker: Span
    rule: str
    confidence: float
    backwards: bool
    rest: Span  #: what the sentence says behind it


_ENGLISH = (
    _Opening(
        rule="this is because",
        confidence=0.88,
        backwards=True,
        pattern=re.compile(rf"\W*(?:this|that)(?:['’]s| is| was)(?: \w+ly)? {_WHY}\b", re.IGNORECASE),
    ),
    _Opening(
        rule="therefore",
        confidence=0.85,
        told=True,
        pattern=re.compile(
            r"\W*(?:therefore|hence|consequently|accordingly|thus(?! far)|as an? (?:direct )?(?:result|consequence)"
            r"(?! of\b)|for (?:this|that|these) reasons?|(?:this|that)(?:['’]s| is| was) (?:the reason )?why"
            r"|because of (?:this|that)|due to (?:this|that)(?=,)|owing to (?:this|that)(?=,))\b,?",
            re.IGNORECASE,
        ),
    ),
    _Opening(
        rule="this led to",
        confidence=0.85,
        pattern=re.compile(
            rf"\W*(?:this|that|these)(?: in turn| then| also)?{_THING}(?: in turn| then| also| has| have"
            rf"| had)? {_VERB}\b",
            re.IGNORECASE,
        ),
    ),
)
_CHINESE = (
    _Opening(
        rule="这是因为",
        confidence=0.88,
        backwards=True,
        pattern=re.compile(
            r"\W*(?:这(?:主要|就|正|都)?是(?:因为|由于)|(?:其|主要|究其)?原因(?:就|主要)?(?:是|在于))[，,]?"
        ),
    ),
    _Opening(
        rule="因此",
        confidence=0.85,
        pattern=re.compile(
            r"\W*(?:因此|因而|所以(?!为|说)|故而|为此|由此|正因(?:如此|为如此|为这样)|这样一来|于是(?!之))[，,]?"
        ),
    ),
    _Opening(
        rule="这导致",
        confidence=0.88,
        pattern=re.compile(
            r"\W*(?:这|此举|这[一次]\w{1,4}?)(?:直接|最终|进而|也|就|又|便)?(?:导致|造成|引起|引发|使得|致使|促使|迫使)了?"
        ),
    ),
)


def opens_with_a_link(sentence: str) -> Opened | None:
    """What ties the sentence to the one before it; None where nothing does, and where it asks."""
    if is_question(sentence) or is_code(sentence):
        return None
    for opening in _CHINESE if is_chinese(sentence) else _ENGLISH:
        match = opening.pattern.match(sentence)
        if match is None:
            continue
        rest = trimmed(sentence, match.end(), len(sentence))
        said = rest.of(sentence)
        if not says_something(said) or (opening.told and not has_verb(said)):
            return None
        return Opened(
            marker=trimmed(sentence, match.start(), match.end()),
            rule=opening.rule,
            confidence=opening.confidence,
            backwards=opening.backwards,
            rest=rest,
        )
    return None


def links(text: str, before: Span, after: Span) -> list[Causal]:
    """What the sentence at `after` says of the one at `before`: one statement at most."""
    opened = opens_with_a_link(after.of(text))
    if opened is None or is_question(before.of(text)) or is_code(before.of(text)):
        return []
    one, other = trimmed(text, before.start, before.end), opened.rest.moved(after.start)
    if not says_something(one.of(text)):
        return []
    cause, effect = (other, one) if opened.backwards else (one, other)
    return [
        Causal(
            relation=Relation.CAUSES,
            cause=cause,
            effect=effect,
            marker=opened.marker.moved(after.start),
            rule=opened.rule,
            confidence=opened.confidence,
        )
    ]
