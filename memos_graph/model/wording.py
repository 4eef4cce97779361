"""What a text shows at a glance: whether it asks, and whether it tells a time. Kept as columns beside the text.

Rules for English and Chinese. A backend computes them once when it writes; recall reads them for every query.
"""

from __future__ import annotations

import re
from itertools import pairwise

MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTH_NUMBERS = (
    {name: i for i, name in enumerate(MONTHS, 1)} | {name[:3]: i for i, name in enumerate(MONTHS, 1)} | {"sept": 9}
)
MONTH_PATTERN = "|".join(sorted(MONTH_NUMBERS, key=len, reverse=True))
YEAR_PATTERN = r"((?:1[89]|20)\d\d)"

#: A word, or the digits of a number.
_PIECE = re.compile(r"[a-z]+|[0-9]+")
# May and March are words besides months: only with a day beside them do they tell a time.
_TIME_WORDS = frozenset((
    *DAYS, *MONTHS, "yesterday", "today", "tonight", "tomorrow", "ago", "recently", "lately", "since", "soon",
    "weekend", "week", "weeks", "month", "months", "year", "years", "days",
)) - {"may", "march"}  # fmt: skip
_BEFORE = frozenset(("last", "next", "this", "past", "previous"))
_AFTER = frozenset(("night", "summer", "winter", "spring", "fall", "autumn", "morning", "evening", "few"))
_MONTH_NAMES = frozenset(MONTH_NUMBERS)
_CJK = re.compile(r"[昨今明前去]年|[昨今明前后]天|[上下这本]个?[周月]|星期|[0-9]\s*[年月日号]|最近|之前|以前")
_QUESTION = re.compile(r"[?？؟]")


def tells_when(text: str) -> bool:
    """Whether `text` holds words of time, so that it may answer a "when". O(len(text))."""
    # sets of words, not one large pattern: every text that is stored passes here
    pieces = _PIECE.findall(text.lower())
    words = set(pieces)
    if not _TIME_WORDS.isdisjoint(words):
        return True
    numbers = [piece for piece in words if piece[0] <= "9"]
    if any(len(number) == 4 and 1800 <= int(number) < 2100 for number in numbers):
        return True
    if not _AFTER.isdisjoint(words) and _beside(pieces, _BEFORE, _AFTER):
        return True
    if numbers and not _MONTH_NAMES.isdisjoint(words):
        days = frozenset(numbers)
        if _beside(pieces, _MONTH_NAMES, days) or _beside(pieces, days, _MONTH_NAMES):
            return True
    return not text.isascii() and _CJK.search(text) is not None


def _beside(pieces: list[str], first: frozenset[str], second: frozenset[str]) -> bool:
    return any(piece in first and after in second for piece, after in pairwise(pieces))


def is_question(text: str) -> bool:
    """Whether `text` asks something: it asks more often than it answers. O(len(text))."""
    return _QUESTION.search(text) is not None
