"""Read the times that a text names: the spans a query points at, and whether a text tells or asks when.

Rules for English, ISO 8601 and Chinese dates. Declines to know the clock (the moment that relative words count from is
an argument) and what is stored; a date it can't read is no date, never an error.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from memos_graph.model.wording import DAYS as _DAYS
from memos_graph.model.wording import MONTH_NUMBERS as _MONTH
from memos_graph.model.wording import MONTH_PATTERN as _M
from memos_graph.model.wording import MONTHS as _MONTHS
from memos_graph.model.wording import YEAR_PATTERN as _Y

_D = r"(\d{1,2})(?:st|nd|rd|th)?"
_SMALL = {
    "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "a couple of": 2, "a few": 3,
}  # fmt: skip
_N = rf"(\d{{1,3}}|{'|'.join(sorted(_SMALL, key=len, reverse=True))})"


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeRange:
    """A stretch of time, half open."""

    start: datetime  #: UTC, inclusive
    end: datetime  #: UTC, exclusive, after `start`


_Read = Callable[[re.Match[str], "datetime | None"], "TimeRange | None"]


def _day(year: int, month: int, day: int) -> TimeRange | None:
    try:
        start = datetime(year, month, day, tzinfo=UTC)
        return TimeRange(start=start, end=start + timedelta(days=1))
    except (ValueError, OverflowError):  # 31 June, or the last day that a datetime can hold
        return None


def _month(year: int, month: int) -> TimeRange | None:
    if not (1 <= month <= 12 and 1 <= year < 9999):
        return None
    return TimeRange(
        start=datetime(year, month, 1, tzinfo=UTC), end=datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC)
    )


def _year(year: int) -> TimeRange | None:
    if not 1 <= year < 9999:
        return None
    return TimeRange(start=datetime(year, 1, 1, tzinfo=UTC), end=datetime(year + 1, 1, 1, tzinfo=UTC))


def _recent(ranges: Iterator[TimeRange | None], now: datetime | None) -> TimeRange | None:
    """The first of `ranges` (newest first) that had begun by `now`: a date without a year is the last such date."""
    return None if now is None else next((r for r in ranges if r is not None and r.start <= now), None)


def _yearless_day(now: datetime | None, month: int, day: int) -> TimeRange | None:
    # Eight years back reach the last 29 February, also over a century that skips one.
    return None if now is None else _recent((_day(now.year - back, month, day) for back in range(9)), now)


def _yearless_month(now: datetime | None, month: int) -> TimeRange | None:
    return None if now is None else _recent((_month(now.year - back, month) for back in range(2)), now)


def _midnight(now: datetime) -> datetime:
    return now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def _days_off(now: datetime | None, off: int, length: int = 1) -> TimeRange | None:
    if now is None:
        return None
    try:
        start = _midnight(now) + timedelta(days=off)
        return TimeRange(start=start, end=start + timedelta(days=length))
    except OverflowError:
        return None


def _units_off(now: datetime | None, unit: str, off: int) -> TimeRange | None:
    """The day, week (from Monday), month or year that lies `off` of them from `now`'s own."""
    if now is None:
        return None
    if unit == "day":
        return _days_off(now, off)
    if unit in ("week", "weekend"):
        monday = off * 7 - now.weekday()
        return _days_off(now, monday + 5, 2) if unit == "weekend" else _days_off(now, monday, 7)
    if unit == "month":
        months = now.year * 12 + now.month - 1 + off
        return _month(months // 12, months % 12 + 1)
    return _year(now.year + off)


def _weekday(now: datetime | None, name: str) -> TimeRange | None:
    """The last such day before `now`'s own day."""
    return None if now is None else _days_off(now, -((now.weekday() - _DAYS.index(name) - 1) % 7 + 1))


def _count(text: str) -> int:
    return int(text) if text.isdigit() else _SMALL[text.lower()]


_STEP = {"last": -1, "past": -1, "previous": -1, "this": 0, "current": 0, "next": 1}
_NEAR = {"yesterday": -1, "today": 0, "tonight": 0, "tomorrow": 1}
_CJK_STEP = {"上": -1, "这": 0, "本": 0, "下": 1}
_CJK_NEAR = {"前天": -2, "昨天": -1, "今天": 0, "明天": 1, "后天": 2}
_CJK_UNIT = {"周": "week", "星期": "week", "个月": "month", "月": "month", "年": "year"}
_CJK_YEAR = {"前年": -2, "去年": -1, "今年": 0, "明年": 1}


def _rule(pattern: str, read: _Read) -> tuple[re.Pattern[str], _Read]:
    return re.compile(pattern, re.IGNORECASE), read


#: Longest forms first: what a rule reads is taken out of the text before the next rule looks.
_RULES = (
    _rule(r"(?<!\d)(\d{4})-(\d{1,2})-(\d{1,2})(?!\d)", lambda m, _: _day(int(m[1]), int(m[2]), int(m[3]))),
    _rule(r"(?<!\d)(\d{4})\s*年\s*(\d{1,2})\s*月\s*(\d{1,2})\s*[日号]",
          lambda m, _: _day(int(m[1]), int(m[2]), int(m[3]))),
    _rule(r"(?<!\d)(\d{4})\s*年\s*(\d{1,2})\s*月", lambda m, _: _month(int(m[1]), int(m[2]))),
    _rule(r"(?<!\d)(\d{1,2})\s*月\s*(\d{1,2})\s*[日号]", lambda m, now: _yearless_day(now, int(m[1]), int(m[2]))),
    _rule(r"(?<!\d)(\d{4})\s*年", lambda m, _: _year(int(m[1]))),
    _rule(rf"\b{_D}(?: of)? ({_M})\.?,? {_Y}\b", lambda m, _: _day(int(m[3]), _MONTH[m[2].lower()], int(m[1]))),
    _rule(rf"\b({_M})\.? {_D},? {_Y}\b", lambda m, _: _day(int(m[3]), _MONTH[m[1].lower()], int(m[2]))),
    _rule(rf"\b({_M})\.?,?(?: of)? {_Y}\b", lambda m, _: _month(int(m[2]), _MONTH[m[1].lower()])),
    _rule(rf"\b{_D}(?: of)? ({_M})\b", lambda m, now: _yearless_day(now, _MONTH[m[2].lower()], int(m[1]))),
    _rule(rf"\b({_M})\.? {_D}\b(?!\s*(?:%|percent))",
          lambda m, now: _yearless_day(now, _MONTH[m[1].lower()], int(m[2]))),
    _rule(r"\b(?:in|during|since|last|this|by|of) (" + "|".join(_MONTHS) + r")\b",
          lambda m, now: _yearless_month(now, _MONTH[m[1].lower()])),
    _rule(rf"\b{_N} (day|week|month|year)s? ago\b", lambda m, now: _units_off(now, m[2].lower(), -_count(m[1]))),
    _rule(r"\b(last|past|previous|this|current|next) (week|weekend|month|year)\b",
          lambda m, now: _units_off(now, m[2].lower(), _STEP[m[1].lower()])),
    _rule(r"\b(?:last|this past|on) (" + "|".join(_DAYS) + r")\b", lambda m, now: _weekday(now, m[1].lower())),
    _rule(r"\b(yesterday|today|tonight|tomorrow)\b", lambda m, now: _days_off(now, _NEAR[m[1].lower()])),
    _rule(r"(昨天|今天|明天|前天|后天)", lambda m, now: _days_off(now, _CJK_NEAR[m[1]])),
    _rule(r"([上这本下])(?:一个|个)?(周|星期|个月|月|年)",
          lambda m, now: _units_off(now, _CJK_UNIT[m[2]], _CJK_STEP[m[1]])),
    _rule(r"(前年|去年|今年|明年)", lambda m, now: _units_off(now, "year", _CJK_YEAR[m[1]])),
    _rule(rf"\b(?:in|during|since|of|by|around|until|before|after|from|to|and|year) {_Y}\b",
          lambda m, _: _year(int(m[1]))),
    _rule(rf"\b{_Y}(?=\W*$)", lambda m, _: _year(int(m[1]))),
)  # fmt: skip


def time_ranges(text: str, *, now: datetime | None = None) -> tuple[TimeRange, ...]:
    """The stretches of time that `text` names, in rule order; none named, none returned.

    now: what "yesterday", "in June" and "two weeks ago" count from; without it they name nothing. A date without a year
    is the last such date before it. A date that does not exist (31 June) is passed over. O(len(text)) a rule.
    """
    found: list[TimeRange] = []
    for pattern, read in _RULES:
        matches = list(pattern.finditer(text))
        found += [r for m in matches if (r := read(m, now)) is not None and r not in found]
        if matches:
            text = pattern.sub(" ; ", text)
    return tuple(found)


_ASKS_WHEN = re.compile(
    r"""\b(?:when|how\ long|(?:what|which|what\ is\ the|what\ was\ the)\ (?:year|month|week|day|date|time|season)
    |wann|quand|cu[aá]ndo|quando)\b|什么时候|何时|哪[一]?[年月天日]|多久|几[月号点]""",
    re.IGNORECASE | re.VERBOSE,
)


def asks_when(query: str) -> bool:
    """Whether the answer to `query` is likely a time."""
    return _ASKS_WHEN.search(query) is not None
