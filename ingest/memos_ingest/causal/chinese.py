"""Read a Chinese sentence by the markers of `chinese_markers`.

Clauses are told by their commas: a marker that opens one (因为, 如果) reaches to its comma; a verb (导致) takes its own
clause, or the one before when it opens its own. Declines to know words: Chinese has no spaces, and this no dictionary.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from memos_ingest.causal import chinese_markers as marks
from memos_ingest.causal.findings import Causal, Relation, Span
from memos_ingest.causal.matching import POSSIBLE, TRIED

_CLAUSE_END = re.compile(r"[，,；;：:。！!]+")
_HARD = "；;。！!"
_TRIM = " \t\r\n\u3000，,；;：:。！!、“”‘’「」『』（）()"
_HAN = re.compile(r"[\u3400-\u9fffA-Za-z0-9]")
_EMPTY = re.compile(r"(?:这|那|它|他|她|此|其|们|是|的|了|也|都|就|又|而|但|可|会|将|已|还)*")
_JOINING = re.compile(r"(?:但是?|而且|不过|然而|并且|同时|此外|另外|，|,|\s|“)*")
_HELPERS = re.compile(
    r"(?:可能|很可能|也许|或许|已经?|都?会|将|常常?|往往|通常|容易|极易|能够?|可以?|也|都|又|还|直接|最终|严重|进一步|，|,)+$"
)
CLAUSES = 40  #: a sentence of more is a list or a log
_DENSE = re.compile(r"[因由只若如致成起发]")  # letters of markers: one that repeats without end would cost a second
_WIDE = 2  #: a clause this many characters long says something


def find_chinese(sentence: str) -> list[Causal]:
    """The statements in one sentence; spans in the sentence. None where it asks or leaves the matter open."""
    if marks.ASKS.search(sentence) or marks.OPEN.search(sentence):
        return []
    hits: list[Causal] = []
    clauses = _clauses(sentence)
    if len(clauses) > CLAUSES or len(_DENSE.findall(sentence)) > TRIED:
        return []
    for hit in (*_framed(sentence), *(hit for at in range(len(clauses)) for hit in _of_clause(sentence, clauses, at))):
        if not any(hit.marker.overlaps(other.marker) for other in hits):
            hits.append(hit)
    return hits


def _framed(sentence: str) -> Iterator[Causal]:
    for frame in marks.FRAMES:
        if frame.relation is Relation.CONDITION_OF and marks.UNREAL.search(sentence):
            continue
        for match in islice(frame.pattern.finditer(sentence), CLAUSES):
            if marks.NOT.search(sentence[: match.start("marker")]) and frame.relation is Relation.CAUSES:
                continue
            if marks.NOT_WHY.search(sentence[: match.start("cause")]):
                continue
            whole = Span(match.start("marker"), match.end("marker"))
            yield from _hit(
                sentence, frame.relation, Span(*match.span("cause")), Span(*match.span("effect")), whole, frame.rule,
                frame.confidence,
            )  # fmt: skip


def _of_clause(sentence: str, clauses: list[Span], at: int) -> Iterator[Causal]:
    """What markers in the clause `at` state."""
    clause = clauses[at]
    start = clause.start
    joining = _JOINING.match(sentence, start, clause.end)
    start = joining.end() if joining else start
    opened = marks.BECAUSE.match(sentence, start, clause.end)
    condition = marks.CONDITION.match(sentence, start, clause.end)
    if opened is not None:
        yield from _opened(sentence, clauses, at, opened, Relation.CAUSES, 0.9)
    elif condition is not None:
        if not marks.UNREAL.search(sentence):
            yield from _opened(sentence, clauses, at, condition, Relation.CONDITION_OF, 0.88)
    else:
        so = marks.SO.match(sentence, start, clause.end)
        if so is not None and at and not _ends_hard(sentence, clauses[at - 1]):
            rule = so.group("marker")
            yield from _hit(
                sentence, Relation.CAUSES, clauses[at - 1], Span(so.end(), _end(sentence, clauses, at)),
                Span(*so.span("marker")), rule, marks.SO_CONFIDENCE.get(rule[:2], 0.83),
            )  # fmt: skip
        yield from _back(sentence, clauses, at, start)
    yield from _verbs(sentence, clauses, at, start)


def _opened(sentence: str, clauses: list[Span], at: int, match: re.Match[str], relation: Relation,
            confidence: float) -> Iterator[Causal]:  # fmt: skip
    """A clause that because or if opens: the main clause follows it, or went before."""
    marker, rule = Span(*match.span("marker")), match.group("marker")
    clause, before = clauses[at], sentence[: match.start("marker")]
    but = marks.NOT_BUT.search(before)
    if but is not None:
        yield from _hit(
            sentence, relation, Span(match.end(), clause.end), Span(0, but.start()), marker, rule, confidence
        )
        return
    if marks.NOT_WHY.search(before):
        return
    last = at + 1 >= len(clauses) or _ends_hard(sentence, clause)
    then = next((i for i in range(at + 1, len(clauses)) if marks.THEN.match(sentence, clauses[i].start)), None)
    if not last:
        first = then if then is not None and then <= at + 3 else at + 1
        main = clauses[first].start
        opening = marks.THEN.match(sentence, main)
        effect = Span(opening.end() if opening else main, _end(sentence, clauses, first))
        yield from _hit(sentence, relation, Span(match.end(), clauses[first - 1].end), effect, marker, rule, confidence)
    elif at and not _ends_hard(sentence, clauses[at - 1]) and rule != "因":
        yield from _hit(
            sentence, relation, Span(match.end(), clause.end), clauses[at - 1], marker, rule, confidence - 0.02
        )


def _back(sentence: str, clauses: list[Span], at: int, start: int) -> Iterator[Causal]:
    """因为 and 源于 inside a clause: the effect stands before them."""
    clause = clauses[at]
    match = marks.BACK.search(sentence, start + 1, clause.end)
    if match is None or marks.NOT_WHY.search(sentence[: match.start("marker")]):
        return
    if marks.NOT.search(sentence[clause.start : match.start("marker")]) and "是" not in match.group():
        return
    yield from _hit(
        sentence, Relation.CAUSES, Span(match.end(), _end(sentence, clauses, at)), Span(start, match.start()),
        Span(*match.span("marker")), match.group("marker"), 0.88,
    )  # fmt: skip


def _verbs(sentence: str, clauses: list[Span], at: int, start: int) -> Iterator[Causal]:
    """导致 and its like: the cause is the rest of the clause before it, or the clause before."""
    clause = clauses[at]
    match = marks.VERB.search(sentence, start, clause.end)
    if match is None:
        return
    before = sentence[start : match.start()]
    if marks.NOT.search(before) or before.endswith(("由", "因")):
        return
    cause = Span(start, start + len(_HELPERS.sub("", before)))
    if marks.THIS.fullmatch(before.strip(_TRIM)):
        if not at or _ends_hard(sentence, clauses[at - 1]):
            return
        cause = clauses[at - 1]
    confidence = 0.82 if match.group("marker").startswith("使") else 0.9
    if marks.MAYBE.search(before):
        confidence = round(confidence * POSSIBLE, 3)
    yield from _hit(
        sentence, Relation.CAUSES, cause, Span(match.end(), _end(sentence, clauses, at)), Span(*match.span("marker")),
        match.group("marker").rstrip("了过着"), confidence,
    )  # fmt: skip


def _hit(sentence: str, relation: Relation, cause: Span, effect: Span, marker: Span, rule: str,
         confidence: float) -> Iterator[Causal]:  # fmt: skip
    cause, effect = _trimmed(sentence, cause), _trimmed(sentence, effect)
    if not all(_says(sentence, span) for span in (cause, effect)):
        return
    if cause.overlaps(effect):
        return
    yield Causal(relation=relation, cause=cause, effect=effect, marker=marker, rule=rule, confidence=confidence)


def _says(sentence: str, span: Span) -> bool:
    text = span.of(sentence)
    return len(_HAN.findall(text)) >= _WIDE and _EMPTY.fullmatch(text) is None


def _trimmed(sentence: str, span: Span) -> Span:
    start, end = span.start, span.end
    while start < end and sentence[start] in _TRIM:
        start += 1
    while end > start and sentence[end - 1] in _TRIM:
        end -= 1
    return Span(start, end)


def _clauses(sentence: str) -> list[Span]:
    out: list[Span] = []
    start = 0
    for match in _CLAUSE_END.finditer(sentence):
        out.append(Span(start, match.end()))
        start = match.end()
    return [*out, Span(start, len(sentence))] if start < len(sentence) else out


def _ends_hard(sentence: str, clause: Span) -> bool:
    """Whether a semicolon or a stop ends the clause: what follows is another statement."""
    return sentence[clause.start : clause.end].rstrip()[-1:] in _HARD


def _end(sentence: str, clauses: list[Span], at: int) -> int:
    """The end of what hangs together from the clause `at` on."""
    for clause in clauses[at:]:
        if _ends_hard(sentence, clause):
            return clause.end
    return clauses[-1].end
