"""The times that a sentence names, with their place in it and what they bound: "since 2019", "until May", "yesterday".

What they mean is read by `timewords`; here is where they stand and the word before them. Declines to know the clock.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Literal

from memos_graph.engines.timewords import time_ranges
from memos_graph.model.wording import DAYS, MONTH_PATTERN, MONTHS

Role = Literal["at", "since", "until", "for"]

HIDDEN = "\x01"  #: stands for each character of a time that was taken out of a sentence
_D = r"\d{1,2}(?:st|nd|rd|th)?"
_Y = r"(?:1[89]|20)\d\d"
_N = r"(?:\d{1,3}|an?|one|two|three|four|five|six|seven|eight|nine|ten|a couple of|a few)"
_DATED = (
    rf"\d{{4}}-\d{{1,2}}-\d{{1,2}}(?:T[\d:.]{{4,15}}(?:Z|[+-]\d\d:\d\d)?)?|{_D}(?: of)? (?:{MONTH_PATTERN})\b\.?"
    rf"(?:,? {_Y}\b)?"
    rf"|(?:{MONTH_PATTERN})\b\.? {_D}\b(?:,? {_Y}\b)?|(?:{MONTH_PATTERN})\b\.?,?(?: of)? {_Y}\b"
)
_NEAR = (
    rf"(?:last|past|previous|this|current|next) (?:week|weekend|month|year|{'|'.join(DAYS)})\b"
    rf"|(?:this (?:very )?(?:morning|afternoon|evening)|earlier today|last night)\b"
    rf"|(?:the day before yesterday|yesterday|today|tonight|tomorrow)\b(?: (?:morning|afternoon|evening|night)\b)?"
    rf"|{_N} (?:day|week|month|year)s? ago\b"
)
_LOOSE = rf"(?:{'|'.join(DAYS)})\b(?: (?:morning|afternoon|evening|night)\b)?|(?:{'|'.join(MONTHS)})\b|{_Y}\b"
_TIME = re.compile(
    rf"""(?<![Ee]very\ )(?<![Ee]ach\ )\b(?:(?P<role>since|ever\ since|from|as\ of|starting|beginning|effective
    |until|till|up\ to|all\ through|throughout|through|back\ in
    |to|in|on|during|around|for\ the\ past|for\ the\ last|for|over\ the\ last)\ )?(?:about\ |around\ |early\ |late\ )?
    (?:(?P<exact>{_DATED.replace(" ", "[ ]")}|{_NEAR.replace(" ", "[ ]")})
    |(?P<length>{_N.replace(" ", "[ ]")})[ ](?P<unit>days?|weeks?|months?|years?)\b(?:[ ]now\b)?
    |(?P<loose>{_LOOSE.replace(" ", "[ ]")}))""",
    re.IGNORECASE | re.VERBOSE,
)
_SINCE = frozenset({"since", "ever since", "from", "as of", "starting", "beginning", "effective"})
_UNTIL = frozenset({"until", "till", "up to", "through"})
_FOR = frozenset({"for", "for the past", "for the last", "over the last"})
_COUNTS = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
           "nine": 9, "ten": 10, "a couple of": 2, "a few": 3}  # fmt: skip
_LENGTHS = {"day": 1.0, "week": 7.0, "month": 30.4375, "year": 365.25}  #: days
_PARTS = {"last night": "yesterday", "earlier today": "today"} | {
    f"this {very}{part}": "today" for very in ("", "very ") for part in ("morning", "afternoon", "evening")
}  #: of days
_CHINESE = re.compile(
    r"(?P<from>从|自从?)?(?P<when>\d{4}\s*年(?:\s*\d{1,2}\s*月(?:\s*\d{1,2}\s*[日号])?)?|\d{1,2}\s*月\d{1,2}\s*[日号]"
    r"|[昨今明]天|前天|[上这本下]个?(?:周|星期|月)|去年|今年|前年)(?P<on>起|以来|开始)?"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A time in a sentence."""

    role: Role
    start: datetime  #: UTC; of `for`: as long before it was said as it says
    end: datetime  #: UTC, exclusive
    begins: int  #: characters, with the word before it
    inner: int  #: where the time itself begins
    ends: int


def times_in(text: str, said_at: datetime | None) -> tuple[Told, ...]:
    """The times that `text` names, in reading order; what counts from now only with `said_at`. O(len(text))."""
    found = [told for match in _TIME.finditer(text) if (told := _read(match, said_at)) is not None]
    if not text.isascii():
        found += [told for match in _CHINESE.finditer(text) if (told := _read_chinese(match, said_at)) is not None]
    return tuple(_paired(text, found))


def _paired(text: str, found: list[Told]) -> Iterator[Told]:
    """With what stands behind "from 2015 to" as the end that it is."""
    for at, told in enumerate(found):
        before = found[at - 1] if at else None
        follows = before is not None and before.role == "since" and told.role == "at"
        if before is not None and follows and text[before.ends : told.begins].strip() in ("to", "-", "–"):
            told = replace(told, role="until")
        yield told


def hidden(text: str, told: tuple[Told, ...]) -> str:
    """`text` with each letter of its times replaced, so that they are no part of any value; places stay."""
    for one in told:
        text = text[: one.begins] + HIDDEN * (one.ends - one.begins) + text[one.ends :]
    return text


def _read(match: re.Match[str], said_at: datetime | None) -> Told | None:
    role = (match["role"] or "").lower()
    if match["length"] is not None:
        if role not in _FOR or said_at is None:
            return None
        count = match["length"].lower()
        days = (int(count) if count.isdigit() else _COUNTS[count]) * _LENGTHS[match["unit"].lower().rstrip("s")]
        try:
            start = said_at.astimezone(UTC) - timedelta(days=days)
        except OverflowError:
            return None
        return _told(match, "for", start, said_at, match.start("length"))
    if match["loose"] is not None:
        words = match["loose"]
        is_day = words.lower().split()[0] in DAYS
        if not is_day and (words[0].islower() or not role):  # "may", and numbers that are no years
            return None
        phrase = f"{'on' if is_day else 'in'} {words}"
        at = match.start("loose")
    else:
        phrase, at = match["exact"], match.start("exact")
    phrase = _PARTS.get(phrase.lower(), phrase)
    if role in _FOR and not role.endswith("t"):
        return None
    ranges = time_ranges(phrase, now=said_at)
    if not ranges:
        return None
    meant: Role = "since" if role in _SINCE else "until" if role in _UNTIL else "at"
    back = timedelta(days=1 if phrase.lower().startswith("the day before") else 0)
    return _told(match, meant, ranges[0].start - back, ranges[0].end - back, at)


def _read_chinese(match: re.Match[str], said_at: datetime | None) -> Told | None:
    ranges = time_ranges(match["when"], now=said_at)
    if not ranges:
        return None
    role: Role = "since" if match["from"] or match["on"] else "at"
    return _told(match, role, ranges[0].start, ranges[0].end, match.start("when"))


def _told(match: re.Match[str], role: Role, start: datetime, end: datetime, inner: int) -> Told:
    begins = inner if (match.groupdict().get("role") or "").lower() == "to" else match.start()  # "to" is a verb's
    return Told(role=role, start=start, end=end, begins=begins, inner=inner, ends=match.end())
