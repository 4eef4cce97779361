"""Find numbers with their units, and sums of money, English and Chinese: "40 mm", "3.5 MW", "12 公里", "$1.2 million".

Precision first: a number that half of all texts share tells nothing, so one of a single digit counts only with a word
like "million" behind it, and what `units` leaves out is none. A value is not converted: 40 mm and 4 cm are two.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal

from memos_graph.engines.naming import BEFORE, BEHIND, Mention
from memos_graph.engines.units import CHINESE, MONEY_BEFORE, MONEY_BEHIND, SYMBOLS, TIMES, WORDS


def _any(spelled: Iterable[str]) -> str:
    return "|".join(re.escape(each) for each in sorted(spelled, key=len, reverse=True))


_CLEAR = rf"{BEFORE}(?<![.,/:#–−$€£¥-])"  # not inside a number, a date or a path
_END = rf"{BEHIND}(?![²³/°]|[.,]\d)"
_NUMBER = r"(?:\d{1,3}(?:[,\u2009\u202f]\d{3})+|\d{1,15})(?:\.\d{1,9})?"
_GAP = r"[ \u00a0\u2009\u202f]?"
_LATIN_TIMES = _any(each for each in TIMES if each.isascii() and len(each) > 1)
_HAN_TIMES = _any(each for each in TIMES if not each.isascii())
#: Chinese words of which a unit is but the beginning.
_LONGER = r"(?!米[粉饭线]|元[素旦件]|瓦[片斯时]|升[级学降职]|克[隆服拉]|伏[击笔])"

_QUANTITY = re.compile(
    rf"{_CLEAR}(?P<sign>[-−])?(?P<number>{_NUMBER})(?:"
    rf"(?:{_GAP}-?|[ ](?P<times>{_LATIN_TIMES})[ ])"
    rf"(?:(?P<word>(?ai:{_any(WORDS)}))|(?P<symbol>{_any(SYMBOLS)})(?![ ]\d)){_END}"
    rf"|{_GAP}(?P<wan>{_HAN_TIMES})??{_LONGER}(?P<cjk>{_any(CHINESE)}))"
)
_MONEY = re.compile(
    rf"(?<![A-Za-z])(?P<before>{_any(MONEY_BEFORE)}){_GAP}(?P<number1>{_NUMBER})"
    rf"(?:[ -]?(?P<times1>{_LATIN_TIMES}|[mMkK])(?!\w)|(?P<wan1>{_HAN_TIMES}))?{_END}"
    rf"|{_CLEAR}(?P<number2>{_NUMBER})(?:[ ](?P<times2>{_LATIN_TIMES})|{_GAP}(?P<wan2>{_HAN_TIMES}))?{_GAP}{_LONGER}"
    rf"(?P<behind>{_any(MONEY_BEHIND)}){_END}"
)
_DIGITS = re.compile(r"\d[\d,.\u2009\u202f]*")
_SIGNED = ("degree-celsius", "degree-fahrenheit")


def quantities(text: str) -> Iterator[Mention]:
    """Numbers with units in reading order, then sums of money in theirs.

    `value` is the plain number and the unit's name, whatever its spelling: "40-millimetre", "3500000-us-dollar".
    O(len(text)).
    """
    for digits in _DIGITS.finditer(text):  # from number to number: far faster than looking everywhere
        at = digits.start()
        match = _QUANTITY.match(text, at - (text[max(0, at - 1) : at] in ("-", "−")))
        if match is None:
            continue
        unit = _unit(match)
        value = _value(match["number"], match["times"] or match["wan"])
        if value is not None and (not match["sign"] or unit in _SIGNED):
            yield _mention(match, "quantity", f"{'-' if match['sign'] else ''}{value}-{unit}")
    for match in _MONEY.finditer(text):
        times = match["times1"] or match["wan1"] or match["times2"] or match["wan2"]
        value = _value(match["number1"] or match["number2"], times)
        if value is not None:
            unit = MONEY_BEFORE[match["before"]] if match["before"] else MONEY_BEHIND[match["behind"]]
            yield _mention(match, "money", f"{value}-{unit}")


def _unit(match: re.Match[str]) -> str:
    if match["word"]:
        return WORDS[match["word"].lower()]
    return SYMBOLS[match["symbol"]] if match["symbol"] else CHINESE[match["cjk"]]


def _value(number: str, times: str | None) -> str | None:
    """The number in plain digits; None for one that says too little."""
    plain = re.sub(r"[,\u2009\u202f]", "", number)
    if times is None and len(plain.replace(".", "")) < 2:
        return None
    shown = format(Decimal(plain).scaleb(TIMES[times.lower()] if times is not None else 0), "f")
    return shown.rstrip("0").rstrip(".") if "." in shown else shown


def _mention(match: re.Match[str], kind: str, value: str) -> Mention:
    return Mention(name=match.group(), start=match.start(), end=match.end(), kind=kind, value=value)
