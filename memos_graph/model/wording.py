"""What a text shows at a glance: whether it asks, and whether it tells a time. Kept as columns beside the text.

Rules for English and Chinese. A backend computes them once when it writes; recall reads them for every query.
"""

from __future__ import annotations

import re

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

# May and March are words besides months: only with a day beside them do they tell a time.
_PLAIN_MONTHS = "|".join(month for month in MONTHS if month not in ("may", "march"))
_TELLS = re.compile(
    rf"""\b(?:yesterday|today|tonight|tomorrow|ago|recently|lately|since|soon|weekend|(?:{"|".join(DAYS)})
    |(?:last|next|this|past|previous)\ (?:night|week|month|year|summer|winter|spring|fall|autumn|morning|evening|few)
    |weeks?|months?|years?|days
    |(?:{_PLAIN_MONTHS})|(?:{MONTH_PATTERN})\.?\ \d|\d\ (?:{MONTH_PATTERN})
    |{YEAR_PATTERN})\b|[昨今明前去]年|[昨今明前后]天|[上下这本]个?[周月]|星期|\d\s*[年月日号]|最近|之前|以前""",
    re.IGNORECASE | re.VERBOSE,
)
_QUESTION = re.compile(r"[?？؟]")


def tells_when(text: str) -> bool:
    """Whether `text` holds words of time, so that it may answer a "when". O(len(text))."""
    return _TELLS.search(text) is not None


def is_question(text: str) -> bool:
    """Whether `text` asks something: it asks more often than it answers. O(len(text))."""
    return _QUESTION.search(text) is not None
