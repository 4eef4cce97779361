"""Read what somebody says of what is remembered: that words are to be replaced, that it was wrong, or is to be added.

Rules for English and simple Chinese, no model. What fits no rule is nobody's guess: None, and the caller asks. Declines
to know which memory is meant.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

MAX_FEEDBACK = 2_000  #: characters; longer is a text to feed, not a remark on one
Wanted = Literal["replacement", "correction", "addition"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """What is wanted. replacement: `old` by `new`. correction: `new` holds, in place of `old` where that is said.

    text: the words to find the memory by; of an addition, what to add; of a correction without `old`, all it says.
    """

    wanted: Wanted
    old: str = ""
    new: str = ""
    text: str = ""
    whole: bool = False  #: `new` is a sentence of its own and takes the memory's place
    everywhere: bool = False
    from_now: bool = False  #: it was so until now, and changed


_FLAGS = re.IGNORECASE | re.DOTALL
_FILLER = re.compile(r"(?:(?:please|ok(?:ay)?|hey|well|so|请|麻烦)[,，]?\s*)+", _FLAGS)
_FROM_NOW = re.compile(
    r"(?:from now on|as of (?:now|today)|starting (?:now|today)|从现在(?:起|开始)|今后)[,，:]?\s*", _FLAGS
)
_EVERYWHERE = re.compile(
    r"\s+(?:everywhere|throughout|globally|in (?:all|every)(?: of)?(?: the| my| our)? [\w ]{3,30})$", _FLAGS
)
_ASKED = re.compile(r"(?P<verb>change|correct|replace|rename)\s+(?P<all>all |every |each )?(?P<rest>.{3,})", _FLAGS)
_BETWEEN = {
    "change": ("to", "into"),
    "correct": ("to", "into"),
    "replace": ("with", "by"),
    "rename": ("to", "as", "into"),
}
_QUOTED = re.compile(r"[\"“”„'‘’「『«]([^\"“”„「」『』«»]{1,500}?)[\"“”'’」』»]", _FLAGS)
_OWNED = re.compile(r"(?:the|my|our|his|her|their|your|its|this|that|a|an)\b", re.IGNORECASE)
_CHANGE_ZH = re.compile(
    r"(?:把|将)(?P<all>所有的?|全部的?)?(?P<old>.{1,200}?)(?P<also>全部|都|全)?"
    r"(?P<verb>替换成|替换为|换成|换为|改成|改为)(?P<new>.{1,200})", _FLAGS
)  # fmt: skip
_CUE = re.compile(
    r"(?:(?:no|nope|wrong|sorry|actually|correction|incorrect|not quite|that(?:'|’)?s (?:wrong|not right|incorrect)"
    r"|that is (?:wrong|not right|incorrect)|不对|错了|不)(?![\w'’])[\s,.:;!，。：；！—-]*)+", _FLAGS
)  # fmt: skip
_NOT_BUT = re.compile(
    r"(?P<head>.*?)(?:\bnot|n['’]t)\s+(?P<old>[^,;]{1,200}?)(?:,?\s+but(?: rather)?"
    r"|[,;]\s*(?:rather|(?:it|that|this|he|she|they)(?:['’](?:s|re)|\s+(?:is|was|are|were))))\s+(?P<new>.{1,200})",
    _FLAGS,
)
_BUT_NOT = re.compile(r"(?P<left>.{1,400}?)(?:,\s*(?:and |but )?|\s+and\s+)not\s+(?P<old>[^,;]{1,200})", _FLAGS)
_NOT = re.compile(r"(?P<left>.{1,400}?)\s+not\s+(?P<old>[^,;]{1,200})", _FLAGS)
_NOT_BUT_ZH = re.compile(
    r"(?P<head>.*?)(?:不是|并非)(?P<old>[^，,]{1,100})[，,]?(?:而是|应该是|应为|是)(?P<new>.{1,100})", _FLAGS
)
_BUT_NOT_ZH = re.compile(r"(?P<head>.*?)是(?P<new>[^，,]{1,100})[，,]\s*(?:而)?不是(?P<old>.{1,100})", _FLAGS)
_IS = re.compile(
    r".*(?:\b(?:is|are|was|were|am|be|equals|costs?)|(?:it|that|he|she)['’]s)\s+(?P<value>.{1,200})", _FLAGS
)
_IT_IS = re.compile(
    r"(?:it(?:'|’)?s|it is|it was|it should be|should be|that(?:'|’)?s|they are|是|应该是|应为)\s*(?P<new>.{1,200})",
    _FLAGS,
)
_ADDED = re.compile(
    r"(?:(?:also |and )?(?:remember|note|add|keep in mind|don['’]t forget|for the record|by the way|btw|fyi|also)"
    r"(?:\s+that)?[\s,:]+|(?:记住|补充(?:一下)?|另外|备注)[\s，,：:]*)(?P<text>.{3,})", _FLAGS
)  # fmt: skip
_PREPOSITION = re.compile(r"(?:on|at|in|by|from|to|for|of|the|a|an)\s+", re.IGNORECASE)
_SENTENCE = re.compile(r"(?<=[.!?])\s+|(?<=[。！？])")
_ENDS = " \t\r\n.!。！"


def read_feedback(said: str) -> Remark | None:
    """What `said` wants; None when no rule is sure. O(len(said)²) at worst, and it is short (`MAX_FEEDBACK`)."""
    text = _FILLER.sub("", said.strip()[:MAX_FEEDBACK], count=1) if _FILLER.match(said.strip()) else said.strip()
    begun = _FROM_NOW.match(text)
    from_now, text = begun is not None, (text[begun.end() :] if begun is not None else text).strip(_ENDS)
    if not text or text.endswith(("?", "？")):
        return None
    last = _SENTENCE.split(text)[-1]  # what is asked for may follow its reason
    asked = _replacement(text, from_now) or (_replacement(last, from_now) if last != text else None)
    return asked or _correction(text) or _addition(text)


def bare(words: str) -> str:
    """`words` without a preposition or article that stands before them."""
    return _PREPOSITION.sub("", words, count=1) if _PREPOSITION.match(words) else words


def _replacement(text: str, from_now: bool) -> Remark | None:
    everywhere = _EVERYWHERE.search(text)
    asked = _ASKED.fullmatch(text[: everywhere.start()] if everywhere is not None else text)
    if asked is not None:
        verb = asked["verb"].lower()
        pair = _pair(asked["rest"], _BETWEEN[verb])
        sure = everywhere is not None or asked["all"] is not None or verb in ("replace", "rename")
        return _as_replacement(pair, sure, everywhere is not None or asked["all"] is not None, from_now)
    chinese = _CHANGE_ZH.fullmatch(text)
    if chinese is not None:
        everywhere_zh = bool(chinese["all"] or chinese["also"])
        sure = everywhere_zh or "换" in chinese["verb"]
        return _as_replacement((chinese["old"], chinese["new"]), sure, everywhere_zh, from_now)
    return None


def _as_replacement(pair: tuple[str, str] | None, sure: bool, everywhere: bool, from_now: bool) -> Remark | None:
    if pair is None:
        return None
    old, new = (_unquoted(words) for words in pair)
    quoted = pair[0].strip() != old and pair[1].strip() != new
    if not (old and new) or not (quoted or ((sure or _alike(old, new)) and _OWNED.match(old) is None)):
        return None  # "change my code to X": which words go is not said
    return Remark(wanted="replacement", old=old, new=new, everywhere=everywhere, from_now=from_now)


def _pair(rest: str, between: tuple[str, ...]) -> tuple[str, str] | None:
    """What stands on both sides of the one word of `between`; None when there is none, or several outside quotes."""
    quoted = [match.span() for match in _QUOTED.finditer(rest)]
    found = [
        match.span() for match in re.finditer(rf"\s+(?:{'|'.join(between)})\s+", rest, re.IGNORECASE)
        if not any(start < match.start() < end - 1 for start, end in quoted)
    ]  # fmt: skip
    return (rest[: found[0][0]], rest[found[0][1] :]) if len(found) == 1 else None


def _unquoted(words: str) -> str:
    words = words.strip(_ENDS + ",，;；")
    quoted = _QUOTED.fullmatch(words)
    return quoted[1].strip() if quoted is not None else words


def _alike(old: str, new: str) -> bool:
    """Whether both look like values of a kind, or like names."""
    shapes = _shape(old), _shape(new)
    return (shapes[0] == shapes[1] and shapes[0] != ["a"] * len(shapes[0])) or set(shapes[0]) == set(shapes[1]) == {"A"}


def _correction(text: str) -> Remark | None:
    cue = _CUE.match(text)
    rest = text[cue.end() :] if cue is not None else text
    for pattern in (_NOT_BUT, _NOT_BUT_ZH, _BUT_NOT_ZH):
        found = pattern.fullmatch(rest)
        if found is not None:
            return _contrast(found["head"], found["old"], found["new"])
    found = _BUT_NOT.fullmatch(rest) or (_NOT.fullmatch(rest) if cue is not None else None)
    if found is not None:
        old, left = _unquoted(found["old"]), found["left"].strip(_ENDS + ",")
        return _contrast(left, old, _value_of(left, old))
    if cue is None or not rest:
        return None
    it_is = _IT_IS.fullmatch(rest)
    if it_is is not None:
        return Remark(wanted="correction", new=_unquoted(it_is["new"]), text=rest)
    return Remark(wanted="correction", new=rest, text=rest, whole=True) if _is_sentence(rest) else None


def _contrast(head: str, old: str, new: str) -> Remark | None:
    old, new = _unquoted(old), _unquoted(new)
    return Remark(wanted="correction", old=old, new=new, text=f"{head} {old}".strip()) if old and new else None


def _value_of(left: str, old: str) -> str:
    """The words of `left` that stand against `old`: the last that look like it, else those behind "is"."""
    words, shape = left.split(), _shape(old)
    for start in range(len(words) - len(shape), -1, -1):
        if shape and _shape(" ".join(words[start : start + len(shape)])) == shape:
            return " ".join(words[start : start + len(shape)])
    found = _IS.fullmatch(left)
    return found["value"] if found is not None else left


def _shape(words: str) -> list[str]:
    """How each word looks: a number, a name, or another word."""
    return ["0" if w[:1].isdigit() else "A" if w[:1].isupper() else "a" for w in words.strip(_ENDS + ",").split()]


def _addition(text: str) -> Remark | None:
    found = _ADDED.fullmatch(text)
    if found is not None:
        return Remark(wanted="addition", text=found["text"].strip())
    if _CUE.match(text) or _ASKED.match(text) or _CHANGE_ZH.match(text) or not _is_sentence(text):
        return None
    return Remark(wanted="addition", text=text)


def _is_sentence(text: str) -> bool:
    """Whether `text` can say something alone."""
    return len(text.split()) > 2 or (not text.isascii() and len(text) > 5)
