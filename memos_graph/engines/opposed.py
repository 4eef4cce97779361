"""Whether two texts in nearly the same words say opposite things: one denies it, or has another number, date or name.

Word by word: all but what differs has to be the same, and what differs has to stand where a statement has its value,
behind what says "is". "Valve 12 is open" and "Valve 13 is closed" are two valves; "Valve 12 is at 40 bar" and "... at
50 bar" can't both be so. Rules for English, and for Chinese where a character is a word. Declines to know vectors and
times.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Literal

from memos_graph.engines.dedup import Said
from memos_graph.engines.said_values import NUMBERS, number
from memos_graph.model.wording import DAYS, MONTH_NUMBERS

Words = Literal["negation", "number", "date", "name", "near"]

#: For what only a model can tell: cosine, and share of all their words that both hold. "... with Bob" and "... with
#: Carl" have .78.
NEAR, SHARED = 0.75, 0.7
LONGEST = 600  #: characters; a longer text says several things, and a rule can't tell which of them differs
_MOST_TOKENS = 90
_SHOWN = 120  #: characters of what differs
_TOKEN = re.compile(
    r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af]"
    r"|\d+(?:[.,:/-]\d+)*|[^\W\d_]+\d[^\W_]*|[^\W\d_]+(?:['’][^\W\d_]+)?|[$€£¥%°=:]"
)
_SHORTENED = re.compile(r"(?i)\b(ca|wo|sha)n['’]t\b|n['’]t\b")
_WHOLE = {"ca": "can", "wo": "will", "sha": "shall"}
_NOT = frozenset({"not", "no", "never", "without", "不", "没", "未", "无", "非"})
_BESIDE_NOT = frozenset({"longer", "anymore", "any", "more", "do", "does", "did", "有", "ever"})


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


_FILLERS = _set("a an the now currently about around approximately still also just actually really very 了 的 现 在 约")
_IS = _set("is are was were 's be been = : 是 为 為 叫")
#: After one of these, with few words between, a statement has its value.
_STATES = _IS | _set(
    """has have had costs cost weighs weighed measures measured contains contained holds takes lasts lasted starts
    started begins began ends ended opens opened closes closed expires expired runs equals equalled earns owns owned
    pays needs needed requires required seats covers covered reads allows allowed remains stands stood becomes leaves
    departs arrives due 有 需 共 重 长 高 达"""
)
#: What happens to a thing once, so that it has one date.
_ONCE = _set(
    """born founded built signed due scheduled planned set published released installed opened closed completed
    established launched shipped delivered approved abolished 于"""
)
_LINKS = _set("on at in by of for until till since from to it for 到")
_UNITS = _set(
    """mm cm m km g kg mg l ml bar mbar kpa mpa psi v kv a ma w kw mw gw hz khz mhz ghz c f k s ms min h hours hour
    minutes minute seconds second days day weeks week months month years year percent dollars euros pounds million
    billion thousand hundred miles metres meters feet inches litres liters degrees am pm % $ € £ ¥ °
    元 米 岁 个 人 天 年"""
)
#: What can't both be said of one thing at one time.
_OPPOSITES = {
    tuple(sorted(pair.split("/")))
    for pair in _set(
        """open/closed on/off enabled/disabled locked/unlocked full/empty alive/dead present/absent true/false
        allowed/forbidden available/unavailable approved/rejected accepted/rejected active/inactive public/private
        mandatory/optional single/married safe/unsafe valid/invalid online/offline inside/outside won/lost am/pm"""
    )
}
_MONTHS = frozenset(MONTH_NUMBERS) | {"月"}
_BETWEEN = 4  #: words between what says "is" and a number
_STEM = re.compile(r"(?:ies|es|s|e|y)$")
_PAST = re.compile(r"(?:ied|ed)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Opposed:
    """What differs: the rule that saw it, and the words of each side. Not `sure`: it may be no contradiction."""

    rule: Words
    values: tuple[str, str]
    sure: bool = True


@dataclass(frozen=True, slots=True)
class _Text:
    text: str  # on one line, the beginning
    shown: tuple[str, ...]  # its words as written
    tokens: tuple[str, ...]  # folded, numbers in one spelling


def opposed(one: str, other: str, *, cosine: float) -> Opposed | None:
    """How the two texts oppose each other; None when they don't, or say too much else.

    cosine: of their vectors; only from `NEAR` on may differing names or numbers elsewhere count, and then not for
    sure. O(words²) for texts of up to `LONGEST` characters, None for longer ones.
    """
    if len(one) > LONGEST or len(other) > LONGEST:
        return None
    a, b = _read(one), _read(other)
    if not a.tokens or not b.tokens or max(len(a.tokens), len(b.tokens)) > _MOST_TOKENS or a.tokens == b.tokens:
        return None
    if a.tokens > b.tokens:  # one order: difflib may see another difference from the other side
        found = opposed(other, one, cosine=cosine)
        return None if found is None else replace(found, values=found.values[::-1])
    return _denied(a, b) or _replaced(a, b) or (_unsure(one, other) if cosine >= NEAR else None)


@lru_cache(maxsize=4_096)
def _read(text: str) -> _Text:
    spelled = _SHORTENED.sub(_spelled_out, text.replace("cannot", "can not").replace("Cannot", "Can not"))
    shown = [token for token in _TOKEN.findall(spelled) if token.casefold() not in _FILLERS]
    return _Text(" ".join(text.split())[:_SHOWN], tuple(shown), tuple(number(token.casefold()) for token in shown))


def _spelled_out(match: re.Match[str]) -> str:
    """isn't: is not; can't: can not; won't: will not."""
    begun = (match[1] or "").lower()
    return _WHOLE.get(begun, begun) + " not"


def _denied(a: _Text, b: _Text) -> Opposed | None:
    """One says it, the other in the same words that it is not so."""
    nots = sum(token in _NOT for token in a.tokens), sum(token in _NOT for token in b.tokens)
    if abs(nots[0] - nots[1]) != 1 or min(nots):
        return None
    past = "did" in (a.tokens if nots[0] else b.tokens)
    if _core(a.tokens, past=past) != _core(b.tokens, past=past):
        return None
    return Opposed(rule="negation", values=(a.text, b.text))


def _core(tokens: tuple[str, ...], *, past: bool) -> tuple[str, ...]:
    return tuple(_stem(token, past=past) for token in tokens if token not in _NOT and token not in _BESIDE_NOT)


def _stem(word: str, *, past: bool) -> str:
    """Enough for "likes" and "like" (past: "liked") to be one; no more."""
    if len(word) < 4 or not word.isascii():
        return word
    return _STEM.sub("", _PAST.sub("", word) if past else word)


def _replaced(a: _Text, b: _Text) -> Opposed | None:
    """The same words but for one value."""
    changed = [
        code for code in SequenceMatcher(None, a.tokens, b.tokens, autojunk=False).get_opcodes() if code[0] != "equal"
    ]
    if len(changed) != 1 or changed[0][0] != "replace":
        return None
    _, i, i_end, j, j_end = changed[0]
    mine, theirs = a.tokens[i:i_end], b.tokens[j:j_end]
    said = " ".join(a.shown[i:i_end]), " ".join(b.shown[j:j_end])
    said_by = max((at for at in range(1, i) if a.tokens[at] in _STATES), default=0)
    if not said_by:
        return None  # what differs is what they speak of
    between = a.tokens[said_by + 1 : i]
    around = (*a.tokens[max(0, i - 1) : i], *a.tokens[i_end : i_end + 1])
    if _is_date(mine, around) and _is_date(theirs, around):
        day = bool(between) and between[-1][:1].isdigit()  # "is on 3 May": the month differs
        once = all(token in _LINKS | _ONCE for token in between[: len(between) - day])
        return Opposed(rule="date", values=said) if once else None
    if tuple(sorted(mine + theirs)) in _OPPOSITES:
        return Opposed(rule="negation", values=said)
    if _is_number(mine) and _is_number(theirs):
        fits = len(between) <= _BETWEEN and not any(token[:1].isdigit() for token in between)
        return Opposed(rule="number", values=said) if fits else None
    if not between and a.tokens[said_by] in _IS and _is_name(a.shown[i:i_end]) and _is_name(b.shown[j:j_end]):
        return Opposed(rule="name", values=said)
    return None


def _is_number(tokens: tuple[str, ...]) -> bool:
    return any(token[:1].isdigit() for token in tokens) and all(
        token[:1].isdigit() or token in _UNITS for token in tokens
    )


def _is_date(tokens: tuple[str, ...], around: tuple[str, ...]) -> bool:
    """A month, a day of one that stands beside it, or a date in figures."""
    if not all(token[:1].isdigit() or token in _MONTHS or token in ("st", "nd", "rd", "th", "日") for token in tokens):
        return False
    written = any(token in _MONTHS or "-" in token or "/" in token for token in tokens)
    return written or any(token in _MONTHS for token in around)


def _is_name(shown: tuple[str, ...]) -> bool:
    days = {day.capitalize() for day in DAYS}
    return all(
        (word[:1].isupper() and word not in days and word.casefold() not in NUMBERS)
        or (word[:1].isalpha() and any(map(str.isdigit, word)))  # "blue42": a name all the same
        for word in shown
    )


def _unsure(one: str, other: str) -> Opposed | None:
    """Near-duplicates that differ in a number, a name, or a word that turns a meaning: for a model to judge."""
    a, b = Said(one), Said(other)
    differ = a.words ^ b.words
    exact = differ & (a.exact | b.exact)
    if not exact or len(a.words & b.words) < SHARED * len(a.words | b.words):
        return None
    mine, theirs = (" ".join(sorted(differ & words))[:_SHOWN] for words in (a.words, b.words))
    return Opposed(rule="near", values=(mine, theirs), sure=False)
