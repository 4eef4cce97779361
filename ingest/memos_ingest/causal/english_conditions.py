"""The English markers of conditions: if, unless, provided that, whenever, "Should the alarm sound".

Rules only; what they are and how they are tried is said in `rules` and `matching`.
"""

from __future__ import annotations

from memos_ingest.causal.english_words import ODD_CLAUSE, SUBJECT, THE, TIME
from memos_ingest.causal.findings import Relation
from memos_ingest.causal.rules import Rule, Shape, after, words

CONDITIONS: tuple[Rule, ...] = (
    after("unless", r"unless", 0.90, relation=Relation.CONDITION_OF, clause=True, not_right=words(r"\s*otherwise")),
    after(
        "provided that",
        r"(?:provided|providing|assuming|supposing) that|on (?:the )?condition that"
        r"|on the proviso that|in the event (?:of|that)"
        r"|in case of|so long as|only if|if and only if|contingent (?:on|upon)"
        r"|subject to the condition that",
        0.88,
        relation=Relation.CONDITION_OF,
    ),
    after(
        "as long as",
        rf"as long as(?= {SUBJECT}\b)",
        0.85,
        relation=Relation.CONDITION_OF,
        clause=True,
        not_left=words(r"\bfor\s*$"),
        not_right=words(rf"\s*(?:a|an|the|this) (?:\w+ )?{TIME}"),
    ),
    after(
        "if",
        r"if",
        0.93,
        relation=Relation.CONDITION_OF,
        not_left=ODD_CLAUSE,
        not_right=words(
            r"\s*(?:not\b(?! \w+ed)|any\b(?:thing)?\s*[,.)]|anything|so\b|only|ever\b|possible\b"
            r"|necessary\b|you (?:will|like|please)\b|at all|[,.])"
        ),
    ),
    after("whenever", r"whenever", 0.83, relation=Relation.CONDITION_OF, clause=True, not_right=words(r"\s*possible")),
    Rule(
        name="should (inverted)",
        pattern=words(rf"(?:^|(?<=[,;.] ))Should(?= {THE}\b| (?:it|he|she|they|you|we|there|any\w*)\b)"),
        shape=Shape.FRONT,
        confidence=0.85,
        relation=Relation.CONDITION_OF,
    ),
)
