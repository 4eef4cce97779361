"""Whether a question asks for what holds now or for what held before. Rules for English and Chinese.

Declines to know what is stored, and every "before" that compares two events ("before the move"): those say when.
"""

from __future__ import annotations

import re
from typing import Literal

Tense = Literal["now", "before"]

_WHOSE = r"(?:my|your|his|her|its|our|their|the|['’]s|s['’])"
_NOW = re.compile(
    rf"""(?<!until\ )(?<!till\ )(?<!by\ )\bnow\b(?!\ and\ then)|\b(?:nowadays|currently|presently|these\ days)\b
    |\bat\ (?:present|the\ moment)\b|{_WHOSE}\ (?:current|present)\ (?=\w)|现在|目前|如今|当前|现今|眼下""",
    re.IGNORECASE | re.VERBOSE,
)
_BEFORE = re.compile(
    rf"""\bused\ to\b|\bdid\b.{{1,60}}?\buse\ to\b
    |\b(?:previously|formerly|in\ the\ past|back\ then)\b|\b(?:before|earlier)(?=\W{{0,8}}$)
    |{_WHOSE}\ (?:previous|former)\ (?=\w)|以前|从前|曾经|过去|原先|之前""",
    re.IGNORECASE | re.VERBOSE,
)
#: "what is the wrench used to tighten": no habit. "What is the street where I used to live" is one.
_PASSIVE = re.compile(
    r"""\b(?:is|are|was|were|be|been|being|get|gets|got)\b
    (?:\ (?!(?:i|we|you|he|she|they|who|that|where)\b)\S+){0,4}?\ used\ to\b""",
    re.IGNORECASE | re.VERBOSE,
)


def tense_of(query: str) -> Tense | None:
    """now, before, or None where `query` says neither, or both. O(len(query))."""
    query = _PASSIVE.sub(" ", query)
    now, before = _NOW.search(query) is not None, _BEFORE.search(query) is not None
    if now == before:
        return None
    return "now" if now else "before"
