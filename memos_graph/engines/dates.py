"""Find absolute dates in a text, English, ISO 8601 and Chinese: a day, or a month of a year.

What a date is counted from is not known here: "yesterday" and "7 May" are left alone, and so are bare years, which
half of all texts share. A query's spans of time are read by `timewords`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from memos_graph.engines.naming import BEFORE, BEHIND, Mention
from memos_graph.model.wording import MONTH_NUMBERS

_NAMES = sorted(MONTH_NUMBERS, key=len, reverse=True)
#: with a capital, or all in capitals: "may 2023" is no month
_MONTH = "|".join([*(name.capitalize() for name in _NAMES), *(name.upper() for name in _NAMES)])
_YEAR = r"(?:1\d|2[01])\d\d"
_DAY = r"(?:0?[1-9]|[12]\d|3[01])"
_SPACE = r"[ \u00a0]"
_DIGITS = "〇零一二三四五六七八九十"
_END = rf"{BEHIND}(?![-./]\d)"

_DATE = re.compile(
    rf"{BEFORE}(?<![./-])(?P<y>{_YEAR})(?P<sep>[-/])(?P<m>\d\d)(?P=sep)(?P<d>\d\d)(?:(?=[T ]\d\d:)|{_END})"
    rf"|{BEFORE}(?<![./-])(?P<d1>{_DAY})(?:st|nd|rd|th)?(?:[ ]of)?{_SPACE}"
    rf"(?P<m1>{_MONTH})[.,]{{0,2}}{_SPACE}(?P<y1>{_YEAR}){_END}"
    rf"|{BEFORE}(?<!-)(?P<m2>{_MONTH})\.?{_SPACE}(?:(?P<d2>{_DAY})(?:st|nd|rd|th)?,?{_SPACE})?(?P<y2>{_YEAR}){_END}"
    rf"|(?<![\d.])(?P<y3>{_YEAR})\s?年\s?(?P<m3>\d{{1,2}})\s?月(?:\s?(?P<d3>\d{{1,2}})\s?[日号])?"
    rf"|(?P<y4>[一二][{_DIGITS[:-1]}]{{3}})年(?P<m4>[{_DIGITS}]{{1,2}})月(?:(?P<d4>[{_DIGITS}]{{1,3}})[日号])?"
)
_ANY_YEAR = re.compile(rf"[12][\d{_DIGITS[:-1]}]{{3}}|[一二][{_DIGITS[:-1]}]{{3}}")
_AROUND = 30  #: characters; no date has more before its year or behind it


def dates(text: str) -> Iterator[Mention]:
    """The dates in reading order; `value` is ISO 8601: 2023-05-07, 2023-05. Days that no calendar has are left out.

    O(len(text)).
    """
    done = 0
    for year in _ANY_YEAR.finditer(text):  # looking around each year costs a tenth of looking everywhere
        for match in _DATE.finditer(text, max(done, year.start() - _AROUND), year.end() + _AROUND):
            done = match.end()
            value = _value(match)
            if value is not None:
                yield Mention(name=match.group(), start=match.start(), end=done, kind="date", value=value)


def _value(match: re.Match[str]) -> str | None:
    for form in ("", "1", "2", "3"):
        if match[f"y{form}"]:
            month, day = match[f"m{form}"], match[f"d{form}"]
            number = int(month) if month.isdigit() else MONTH_NUMBERS[month.lower()]
            return _iso(int(match[f"y{form}"]), number, int(day) if day else None)
    year = int("".join(str(_digit(one)) for one in match["y4"]))
    return _iso(year, _number(match["m4"]), _number(match["d4"]) if match["d4"] else None)


def _iso(year: int, month: int, day: int | None) -> str | None:
    try:
        found = date(year, month, 1 if day is None else day)
    except ValueError:
        return None
    return found.isoformat() if day is not None else found.isoformat()[:7]


def _digit(one: str) -> int:
    return max(0, _DIGITS.index(one) - 1)


def _number(text: str) -> int:
    """Up to 99: 七, 十, 十二, 二十, 三十一. 0, which no month or day is, for what is none."""
    tens, ten, ones = text.rpartition("十")
    if len(tens) > 1 or len(ones) > 1:
        return 0
    return ((_digit(tens) if tens else 1) * 10 if ten else 0) + (_digit(ones) if ones else 0)
