"""Which short name stands for which long one, where a text says so: "World Health Organization (WHO)".

In English the short one must be made of the long one's initials, and the long one may be in small letters then:
"the pump control unit (PCU)". In Chinese it stands in brackets behind an organisation (世界卫生组织（WHO）), or is
introduced as such (以下简称“恒泰”). After Schwartz and Hearst, "A simple algorithm for identifying abbreviation
definitions" (2003), but stricter: an alias that is wrong joins what has nothing in common.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from memos_graph.engines.chinese_names import is_organisation
from memos_graph.engines.naming import Mention, merged

_OPEN, _CLOSE = ("(", "（"), (")", "）")
_LEAST = 3  #: letters of an acronym whose long form is in small letters; two fit too much
_FAR = 120  #: characters before a bracket that are looked at
_WORDS = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_JOINED = re.compile(r"[ \u00a0]|[ ]?-[ ]?|[ ]?\n[ ]?")
_SMALL = frozenset(("a", "an", "and", "at", "by", "de", "for", "in", "of", "on", "or", "the", "to", "with"))
_INITIALS = re.compile(r"[ ]?[(（]([A-Z][A-Z&.]{1,9})[)）]")
_BRACKETS = re.compile(r"[ ]?[(（]([^()（）\n]{5,80})[)）]")
_CALLED = re.compile(
    r"[（(](?:以下|下)?(?:统称|简称|称)(?:为|作)?[：:]?\s*[“\"「『]?([^“”\"「」『』（）()，。、\s]{2,12})[”\"」』]?[)）]"
)
#: What contracts call their parties: everybody's short name is nobody's.
_PARTIES = re.compile(r"[本该各甲乙丙丁双]?(?:公司|集团|方|学校|学院|大学|银行|行|医院|单位|项目|发行人|合同|协议)")


def with_aliases(text: str, found: Sequence[Mention]) -> list[Mention]:
    """`found`, which is in order, with `alias_of` where the text says it, and with what was missing for that.

    O(len(found)), besides the words next to each bracket.
    """
    if not any(bracket in text for bracket in _OPEN):
        return list(found)
    out: list[Mention] = []
    for mention in merged(found, _behind(text, found)):
        before = out[-1] if out else None
        if before is not None and _in_brackets(text, before.end, mention):
            if _is_short_for(mention, before.name):
                mention = replace(mention, alias_of=before.name)
            elif _is_short_for(before, mention.name):
                out[-1] = replace(before, alias_of=mention.name)
        out.append(mention)
    return _with_called(text, _with_small(text, out))


def _behind(text: str, found: Sequence[Mention]) -> Iterator[Mention]:
    """Initials in brackets behind a name, also such as are a word that is often shouted: "(WHO)"."""
    for mention in found:
        short = _INITIALS.match(text, mention.end)
        if short is not None:
            acronym = Mention(name=short[1], start=short.start(1), end=short.end(1), kind="acronym")
            if _is_short_for(acronym, mention.name):
                yield acronym


def _in_brackets(text: str, behind: int, mention: Mention) -> bool:
    opened = text[behind : mention.start].strip(" ") if mention.start - behind < 4 else ""
    return opened in _OPEN and text[mention.end : mention.end + 1] in _CLOSE


def _is_short_for(short: Mention, long: str) -> bool:
    return short.kind == "acronym" and (stands_for(short.name, long) or (not long.isascii() and is_organisation(long)))


def stands_for(acronym: str, long_form: str) -> bool:
    """Whether the acronym is the initials of the long form, all but the last at least; hyphens part words too."""
    words = long_form.replace("-", " ").split()
    initials = "".join(word[0] for word in words if word[0].isupper())
    everything = "".join(word[0] for word in words).upper()
    short = acronym.replace(".", "").upper()
    return len(words) > 1 and (short in (initials, everything) or (len(short) > 2 and short == initials[:-1]))


def _with_small(text: str, found: list[Mention]) -> list[Mention]:
    """With long forms in small letters, beside acronyms that have no other."""
    longs: list[Mention] = []
    rest: list[Mention] = []
    for mention in found:
        span = _small_form(text, mention) if mention.kind == "acronym" and mention.alias_of is None else None
        if span is not None:
            longs.append(Mention(name=text[slice(*span)], start=span[0], end=span[1], kind="name"))
            mention = replace(mention, alias_of=longs[-1].name)
        rest.append(mention)
    return merged(longs, rest)


def _small_form(text: str, acronym: Mention) -> tuple[int, int] | None:
    """Where the words stand whose initials the acronym is: before its brackets, or in brackets behind it."""
    letters = acronym.name.lower()
    if len(letters) < _LEAST or not letters.isalpha():
        return None
    opened = acronym.start - 1
    if text[max(0, opened) : acronym.start] in _OPEN and text[acronym.end : acronym.end + 1] in _CLOSE:
        stop = opened - (text[opened - 1 : opened] == " ")
        return _tail(text, max(0, opened - _FAR), stop, letters)
    behind = _BRACKETS.match(text, acronym.end)
    if behind is None:
        return None
    span = _tail(text, behind.start(1), behind.end(1), letters)
    return span if span is not None and span[0] == behind.start(1) else None


def _tail(text: str, low: int, high: int, letters: str) -> tuple[int, int] | None:
    """The last words of text[low:high], if their initials are `letters`; small words may stand between."""
    words = list(_WORDS.finditer(text, low, high))
    left, last = len(letters), high
    for word in reversed(words):
        gap = text[word.end() : last]
        if gap and _JOINED.fullmatch(gap) is None:
            return None
        last = word.start()
        before = text[last - 1] if last else " "
        if word.group()[0].lower() == letters[left - 1]:
            left -= 1
            if not left:
                whole = not (before.isalnum() or before in "-_")
                return (word.start(), high) if whole and word.group().lower() not in _SMALL else None
        elif word.group().lower() not in _SMALL and before != "-":
            return None
    return None


def _with_called(text: str, found: list[Mention]) -> list[Mention]:
    """With the short names that Chinese texts introduce behind a name: 以下简称“恒泰”."""
    shorts: list[Mention] = []
    within: set[int] = set()  # places in the brackets; what begins there is the short name or a part of the phrase
    ending = {mention.end: mention for mention in found}
    for called in _CALLED.finditer(text):
        long, short = ending.get(called.start()), called.group(1)
        if long is not None and _PARTIES.fullmatch(short) is None and _shortens(short, long.name):
            start, end = called.span(1)
            within.update(range(*called.span()))
            shorts.append(Mention(name=short, start=start, end=end, kind="acronym", alias_of=long.name))
    return merged(shorts, (mention for mention in found if mention.start not in within))


def _shortens(short: str, long: str) -> bool:
    """Whether half of the short name's characters are the long one's (沪 is 上海); all, in order, of what could be
    another organisation's whole name: no text may rename that."""
    if is_organisation(short):
        rest = iter(long)
        return short != long and all(character in rest for character in short)
    return 2 * sum(character in long for character in short) >= len(short)
