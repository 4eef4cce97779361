"""Times as chats write them, to UTC. A time without a zone is taken for UTC: where it was written is not known."""

from __future__ import annotations

import re
from datetime import UTC, datetime

# LoCoMo's "1:56 pm on 8 May, 2023"; month names by this table, not by the machine's locale
_LOCOMO = re.compile(r"(\d{1,2}):(\d{2})\s*([ap])m on (\d{1,2}) ([a-z]+),? (\d{4})", re.IGNORECASE)
_MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
_CHINESE = re.compile(
    r"(\d{4})年(\d{1,2})月(\d{1,2})日(?:\s*(上午|下午|凌晨|晚上|中午)?\s*(\d{1,2})[:：点时](?:(\d{1,2})分?)?(?:[:：]?(\d{1,2})秒?)?)?"
)
_AFTERNOON = frozenset(("下午", "晚上"))
_NOON = 12
_EARLIEST, _LATEST = 0.0, 253_370_764_800.0  # seconds of 1970 and of the year 9999
_MILLISECONDS_FROM = 100_000_000_000.0  # larger numbers are not seconds of any year up to 5138

EXPECTED = "use ISO 8601 such as '2025-09-12 08:00:00' or '2025-09-12T08:00:00+08:00'"


def read_time(value: object) -> datetime:
    """`value` in UTC: a datetime, ISO 8601, "2025年9月12日 8:00", LoCoMo's form, or seconds or milliseconds since 1970.

    ValueError that says what was expected.
    """
    if isinstance(value, datetime):
        return _utc(value)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return _from_number(float(value))
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{value!r} is not a time; {EXPECTED}")
    text = value.strip()
    try:
        return _utc(datetime.fromisoformat(text.replace("/", "-")))
    except (ValueError, OverflowError):
        pass  # other forms follow, and the last of them raises
    match = _LOCOMO.fullmatch(text) or _CHINESE.fullmatch(text)
    if match is None:
        raise ValueError(f"{value!r} is not a time; {EXPECTED}")
    try:
        return _from_locomo(match) if match.re is _LOCOMO else _from_chinese(match)
    except (ValueError, OverflowError) as problem:
        raise ValueError(f"{value!r} is not a time ({problem}); {EXPECTED}") from problem


def _utc(time: datetime) -> datetime:
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)


def _from_number(number: float) -> datetime:
    seconds = number / 1000 if number >= _MILLISECONDS_FROM else number
    if not _EARLIEST <= seconds < _LATEST:
        raise ValueError(f"{number!r} is not a time; {EXPECTED}")
    return datetime.fromtimestamp(seconds, UTC)


def _from_locomo(match: re.Match[str]) -> datetime:
    hour, minute, half, day, month, year = match.groups()
    if not 1 <= int(hour) <= _NOON:
        raise ValueError(f"hour {hour} of a 12-hour clock")
    in_day = int(hour) % _NOON + (_NOON if half.lower() == "p" else 0)
    if month.lower() not in _MONTHS:
        raise ValueError(f"month {month}")
    return datetime(int(year), _MONTHS.index(month.lower()) + 1, int(day), in_day, int(minute), tzinfo=UTC)


def _from_chinese(match: re.Match[str]) -> datetime:
    year, month, day, part, hour, minute, second = match.groups(default="")
    in_day = int(hour or 0)
    if part in _AFTERNOON and in_day < _NOON:
        in_day += _NOON
    return datetime(int(year), int(month), int(day), in_day, int(minute or 0), int(second or 0), tzinfo=UTC)
