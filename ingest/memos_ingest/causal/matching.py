"""Apply the English rules to one sentence.

Knows spans and tests, no marker by name.
"""

from __future__ import annotations

from collections.abc import Iterator

from memos_ingest.causal.clauses import before, behind, fronted, has_verb, says_something, subject, trimmed
from memos_ingest.causal.english import ENGLISH
from memos_ingest.causal.findings import Causal, Relation, Span
from memos_ingest.causal.guards import (
    asked,
    denied,
    is_code,
    is_passive,
    is_polite,
    is_question,
    is_unreal,
    maybe,
    of_nobody,
    supposed,
)
from memos_ingest.causal.rules import Rule, Shape

TRIED = 24  #: markers looked at in one sentence; one that holds more is no sentence anyone wrote
POSSIBLE = 0.8  #: what "may" and "could" leave of a marker's confidence


def find_english(sentence: str) -> list[Causal]:
    """The statements in one sentence, by marker; spans in the sentence."""
    if is_question(sentence) or is_code(sentence):
        return []
    found: list[Causal] = []
    taken: list[Span] = []
    lower, tried = sentence.lower(), 0
    for rule in ENGLISH:
        if rule.needs and not any(letters in lower for letters in rule.needs):
            continue
        for match in rule.pattern.finditer(sentence):
            marker = Span(match.start(), match.end())
            if any(marker.overlaps(other) for other in taken):
                continue
            tried += 1
            if tried > TRIED:
                return found
            for one in _read(rule, sentence, marker):
                found.append(one)
                taken.append(marker)
    return found


def _read(rule: Rule, sentence: str, marker: Span) -> Iterator[Causal]:
    left = before(sentence, marker.start)
    raw = sentence[left.start : marker.start]
    if not _holds(rule, sentence, marker, raw):
        return
    spans = _spans(rule, sentence, marker, left)
    if spans is None:
        return
    cause, effect = spans
    if not (says_something(cause.of(sentence)) and says_something(effect.of(sentence))):
        return
    if "?" in cause.of(sentence) or "?" in effect.of(sentence):
        return
    if rule.told and not has_verb((effect if rule.shape is Shape.AFTER else cause).of(sentence)):
        return
    if rule.relation is Relation.CONDITION_OF and (is_polite(effect.of(sentence)) or _is_bare(sentence, marker, spans)):
        return
    if rule.verb and of_nobody((cause if rule.shape is Shape.BEFORE else effect).of(sentence)):
        return
    yield Causal(
        relation=rule.relation,
        cause=cause,
        effect=effect,
        marker=marker,
        rule=rule.name,
        confidence=round(rule.confidence * (POSSIBLE if rule.verb and maybe(raw) else 1), 3),
    )


def _holds(rule: Rule, sentence: str, marker: Span, clause: str) -> bool:
    """Whether the marker has its causal sense here, and states it. clause: what stands before it in its clause."""
    left = sentence[: marker.start]
    if rule.left is not None and rule.left.search(left[-240:]) is None:
        return False
    if rule.not_left is not None and rule.not_left.search(left[-120:]) is not None:
        return False
    if rule.right is not None and rule.right.match(sentence, marker.end) is None:
        return False
    if rule.not_right is not None and rule.not_right.match(sentence, marker.end) is not None:
        return False
    if rule.clause and not has_verb(behind(sentence, marker.end).of(sentence)):
        return False
    if rule.verb and rule.shape is Shape.BEFORE and is_passive(left, marker.of(sentence)):
        return False
    if rule.relation is Relation.CONDITION_OF:
        return not is_unreal(sentence)
    return not (
        denied(left, sentence[marker.end :], verb=rule.verb) or asked(clause) or (rule.verb and supposed(clause))
    )


def _spans(rule: Rule, sentence: str, marker: Span, left: Span) -> tuple[Span, Span] | None:
    """Cause and effect; None where the sentence lacks one of them."""
    right = behind(sentence, marker.end, opened=left)
    if rule.inside:
        right = trimmed(sentence, marker.start, right.end)
    if rule.shape is Shape.BEFORE:
        if not rule.verb and not says_something(left.of(sentence)):
            left = _clause_before(sentence, left.start)
        return subject(sentence, left), right
    if not says_something(left.of(sentence)) and rule.shape in (Shape.AROUND, Shape.FRONT):
        start = marker.start if rule.inside else marker.end
        return fronted(sentence, start, told=rule.relation is Relation.CAUSES)
    if rule.shape is Shape.FRONT:
        return None
    return right, subject(sentence, left)


def _clause_before(sentence: str, start: int) -> Span:
    """The clause that a semicolon or a dash at `start` ended."""
    return before(sentence, len(sentence[:start].rstrip(" ;:,—–-")))


def _is_bare(sentence: str, marker: Span, spans: tuple[Span, Span]) -> bool:
    """Whether a single word stands for a whole clause: "if omitted"; but "in case of fire" says it all."""
    return " " not in marker.of(sentence) and not all(" " in span.of(sentence) for span in spans)
