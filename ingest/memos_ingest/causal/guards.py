"""When an English marker states nothing: it is denied, asked, doubted, or said of what did not happen.

Each test reads the sentence around one marker; none knows which rule found it.
"""

from __future__ import annotations

import re

from memos_ingest.causal.english_words import UNREAL

_NOT_BEFORE = re.compile(
    r"(?:\b(?:not|never|neither|nor|rather than|instead of|other than|no longer|cannot)"
    r"|n['’ ]?t)(?: \w+ly)?(?: \w+ly)?[\s,]*$",
    re.IGNORECASE,
)
_ONLY = re.compile(r"\bnot (?:only|just|merely|solely|simply|least)\s*$", re.IGNORECASE)
_NOT_VERB = re.compile(
    r"(?:\b(?:not|never|neither|nor|without|cannot|hardly|scarcely|rarely|unlikely to|fail(?:s"
    r"|ed)? to|refus(?:es|ed) to|lest)"
    r"|n['’ ]?t)(?: (?:be|been|being|have|has|had|to|yet|ever|really|actually|in itself"
    r"|\w+ly)){0,3}[\s,]*$",
    re.IGNORECASE,
)
_NOBODY = re.compile(r"\s*(?:no|none|nothing|nobody|neither|hardly any|few if any)\b", re.IGNORECASE)
_ASKED = re.compile(
    r"\b(?:what|who|how|why|whatever|which of \w+(?: \w+)?)(?: (?:has|have|had|may|might|could"
    r"|can|would|will|is|was|\w+ly))*\s*$"
    r"|\b(?:whether|wonder\w*|unclear|not (?:known|clear|sure)|unknown|unsure|investigat\w+"
    r"|probing|suppose|imagine|as if|as though)\b",
    re.IGNORECASE,
)
_DENIED = re.compile(
    r"\b(?:den(?:y|ies|ied|ying)|no (?:evidence|proof|indication|sign|suggestion|reason)"
    r"|doubt(?:s|ed|ing|ful)?|ruled? out|refut\w+|debunk\w*|disprov\w+"
    r"|myth|(?:theory|hypothesis|rumou?rs?|notion|idea|conjecture|suspicions?) that|not (?:true"
    r"|the case)|untrue|false(?:ly)? |(?:do|does|did)(?:n['’ ]?t| not) (?:think|believe|mean|say"
    r"|show))",
    re.IGNORECASE,
)
_REFUTED = re.compile(
    r"\b(?:is|are|was|were|has been|have been) (?:an? |just |simply )?(?:\w+ly )?(?:myth|false"
    r"|untrue|wrong|fiction|nonsense|misconception"
    r"|unfounded|disputed|debunked|disproved|refuted|rejected|ruled out)\b",
    re.IGNORECASE,
)
_RATHER = re.compile(
    r"\bbut (?:because|due|out of|in order|for|to|by)\b|[;,] .{1,60}\b(?:because|due to)\b", re.IGNORECASE
)
_ANY_NOT = re.compile(r"\bnot\b|n['’ ]?t\b", re.IGNORECASE)
_PASSIVE = re.compile(r"\b(?:is|are|was|were|be|been|being|gets?|got)(?: \w+ly)?\s*$", re.IGNORECASE)
_HYPOTHETIC = re.compile(r"\b(?:if|unless|in case|lest)\b|^\W*(?:had|were|should)\b", re.IGNORECASE)
_UNREAL_VERB = re.compile(r"\b(?:would|could|might|should)(?:n['’ ]?t| not)? have (?:\w+ )?$", re.IGNORECASE)
_MAYBE = re.compile(
    r"\b(?:may|might|could|would|possibly|perhaps|probably|potentially|likely to|threaten\w* to"
    r"|fear\w*|risk\w*)\b[^,;]{0,30}$",
    re.IGNORECASE,
)
_CODE = re.compile(r"[{}|]|==|```|\w\(\)|[a-z_]{2}\([a-z_]{2,}[,=)]|\w\s?=\s?[\"'\w\[]|://|\w::\w|<[/a-z]")
_POLITE = re.compile(r"\b(?:let (?:me|us) know|feel free|you(?:['’]re| are) welcome)\b", re.IGNORECASE)
_QUESTION = re.compile(r"[?？][\s\"'”’»)\]`]*$")
_UNREAL = UNREAL


def is_question(sentence: str) -> bool:
    """Whether the sentence asks."""
    return _QUESTION.search(sentence) is not None


def is_code(sentence: str) -> bool:
    """Whether the sentence is a line of a program, a table or an address rather than prose."""
    return _CODE.search(sentence) is not None


def is_polite(effect: str) -> bool:
    """Whether what depends on the condition is a form of words: "let me know"."""
    return _POLITE.search(effect) is not None


def is_unreal(sentence: str) -> bool:
    """Whether it tells what would have been."""
    return _UNREAL.search(sentence) is not None


def is_passive(left: str, marker: str) -> bool:
    """Whether the marker is a participle with "was" before it: then what stands before it is no cause."""
    return marker.lower().endswith("ed") and _PASSIVE.search(left[-60:]) is not None


def denied(left: str, right: str, *, verb: bool) -> bool:
    """Whether the words before the marker, or behind it in its sentence, take it back."""
    near = left[-80:]
    if _REFUTED.search(right) or (_RATHER.search(right) and _ANY_NOT.search(left)):
        return True
    if _ONLY.search(near):
        return False
    if (_NOT_VERB if verb else _NOT_BEFORE).search(near):
        return True
    return _DENIED.search(left[-120:]) is not None


def asked(clause: str) -> bool:
    """Whether the clause before the marker says that the answer is open: "what caused", "whether it led to"."""
    return _ASKED.search(clause) is not None


def supposed(clause: str) -> bool:
    """Whether a verb stands in a condition or in what did not happen: "if this causes", "would have led to"."""
    return _HYPOTHETIC.search(clause) is not None or _UNREAL_VERB.search(clause) is not None


def of_nobody(clause: str) -> bool:
    """Whether the verb's subject is nobody and nothing."""
    return _NOBODY.match(clause) is not None


def maybe(clause: str) -> bool:
    """Whether the clause only holds it possible."""
    return _MAYBE.search(clause) is not None
