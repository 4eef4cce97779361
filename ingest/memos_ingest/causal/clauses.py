"""Cut an English sentence around a marker: the clause that ends before it, the one that begins behind it.

By punctuation and a few words; no parser. Right enough to quote, and to tell cause from effect.
"""

from __future__ import annotations

import re
from itertools import islice

from memos_ingest.causal.findings import Span

_SAID = (
    r"(?:said|says?|saying|added|adding|claim(?:s|ed|ing)|alleg(?:e|es|ed|ing)|stat(?:es|ed|ing)"
    r"|told|believ(?:e|es|ed)|report(?:s|ed)|warn(?:s|ed)|argu(?:es|ed)|explain(?:s|ed)|not(?:es"
    r"|ed))"
)
#: a new clause begins behind these
_OPENS = re.compile(
    r"[;:“”\"()\[\]—–]\s*|\s-\s|``|''|,\s*(?:and|but|or|yet|while|whereas|although|though)\s"
    rf"|\b{_SAID}\s(?:that\s|,\s?)?|\bbut\s",
    re.IGNORECASE,
)
#: a clause ends before these
_CLOSES = re.compile(
    r"\s*[;“”\"()\[\]—–]|\s-\s|''|\s*,\s*(?:and|but|or|yet|so|while|whereas|although|though"
    r"|which|who|where|adding"
    rf"|according)\s|\s*,\s*(?:(?:\S+\s){{0,4}}{_SAID}\b)|\s*,\s*\S+ing\s",
    re.IGNORECASE,
)
_LEADING = re.compile(
    r"(?:[\s,;:.…'’`*•·–—\-]+|(?:and|but|or|so|however|moreover|also|meanwhile|then|indeed"
    r"|instead|that|perhaps)\b[\s,]*)+",
    re.IGNORECASE,
)
_TRAILING = " \t\r\n,;:-–—.!…'’`*"
#: a verb's helpers and what ties a relative clause to its noun: they belong to neither span
_HELPERS = frozenset(
    re.findall(
        r"\w+",
        "and which that who has have had is are was were be been being may might can could will would shall "
        "should to also then thus thereby often reportedly soon just even further itself themselves still all "
        "in turn not allegedly apparently directly indirectly partly partially mainly largely primarily "
        "eventually ultimately usually likely finally recently quickly suddenly inevitably subsequently "
        "generally typically mostly frequently probably possibly significantly severely badly completely only "
        "immediately easily certainly clearly reliably ",
    )
)
_VERB = re.compile(
    r"\b(?:is|are|was|were|be|been|am|has|have|had|do|does|did|will|would|can|could|may|might"
    r"|must|should|shall|cannot"
    r"|\w+n['’]t|\w{2,}ed|\w+['’](?:s|re|ve|d|ll|m)|broke|came|went|took|made|got|gave|found"
    r"|said|told|saw|left|lost|held"
    r"|met|ran|fell|rose|began|became|grew|knew|kept|led|shot|struck|threw|fought|blew|set|hit"
    r"|put|cut|hurt|drove|wrote"
    r"|spoke|stood|fled|sent|spent|built|paid|felt|thought|brought|bought|caught|taught|sold|won"
    r"|wore|tore|sank|shut"
    r"|froze|rang|flew|stole|chose|hid|spread|burst|needs?|wants?|fails?|remains?|lacks?|takes?"
    r"|makes?|gets?|goes|comes?"
    r"|runs?|falls?|rises?|works?|leaks?|breaks?|becomes?|exceeds?|drops?|stops?|closes?|opens?"
    r"|happens?|says?|thinks?"
    r"|(?:this|that|which|who) \w+s|(?:i|you|he|she|it|we|they|there|people) \w+|knows?|likes?"
    r"|loves?|keeps?|gives?|uses?|helps?|means?|seems?|feels?|finds?|shows?|believes?)\b",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W\d_]{2,}|\d")
_SUBORDINATE = re.compile(
    r"(?:after|while|when|as|if|since|because|although|though|with|on|by|in|during|before|amid"
    r"|given|due|despite|once)\b",
    re.IGNORECASE,
)
_EMPTY = re.compile(
    r"(?:(?:this|that|these|those|it|he|she|they|we|you|i|which|who|what|there|one|so|and|all"
    r"|such|both|him|her|them|us|is"
    r"|are|was|were|be|been|has|have|had|do|does|did|may|might|can|could|will|would|should|must"
    r"|not|also|just|only|really"
    r"|totally|itself|then|thus|as|of|to|in|its|the|a|an|feels?|felt|or|s|m|re|ll|ve)\b|\W)*",
    re.IGNORECASE,
)
_COMMAS = 8  # of a fronted phrase that are looked at
_COMMA = re.compile(r"\s*[,，]\s*")
_NUMBER = re.compile(r"\d$")


def has_verb(text: str) -> bool:
    """Whether a finite verb seems to be in it."""
    return _VERB.search(text) is not None


def says_something(text: str) -> bool:
    """Whether there is more in it than pronouns and signs."""
    return _WORD.search(text) is not None and _EMPTY.fullmatch(text) is None


def before(sentence: str, end: int) -> Span:
    """The clause that ends at `end`; empty when `end` begins one."""
    start = 0
    for match in _OPENS.finditer(sentence, 0, end):
        start = match.end()
    return trimmed(sentence, start, end)


def behind(sentence: str, start: int, *, opened: Span | None = None) -> Span:
    """The clause that begins at `start`; it ends at a comma if it stands in a subordinate one that begins `opened`."""
    match = _CLOSES.search(sentence, start + 1)
    end = match.start() if match else len(sentence)
    if opened is not None and _SUBORDINATE.match(opened.of(sentence)) and "," not in opened.of(sentence):
        comma = sentence.find(", ", start, end)
        end = comma if comma > start else end
    return trimmed(sentence, start, end)


def fronted(sentence: str, start: int, *, told: bool = True) -> tuple[Span, Span] | None:
    """What stands up to the comma that ends the fronted phrase at `start`, and the clause behind that comma.

    told: that clause must have a verb in the indicative; else an order will do ("leave the building").
    """
    for match in islice(_COMMA.finditer(sentence, start), _COMMAS):
        if match.start() == start or (
            _NUMBER.search(sentence[start : match.start()])
            and match.end() < len(sentence)
            and sentence[match.end()].isdigit()
        ):
            continue
        first, rest = trimmed(sentence, start, match.start()), behind(sentence, match.end())
        if says_something(rest.of(sentence)) and (has_verb(rest.of(sentence)) or not told):
            return first, rest
    return None


def subject(sentence: str, span: Span) -> Span:
    """The span without the helpers of a verb that follows it: "the fire, which may have" is "the fire"."""
    end = span.end
    while True:
        cut = sentence.rfind(" ", span.start, end)
        word = sentence[cut + 1 : end].strip(" ,").lower()
        if cut <= span.start or not (word in _HELPERS or not word):
            return trimmed(sentence, span.start, end)
        end = cut


def trimmed(sentence: str, start: int, end: int) -> Span:
    """The span without spaces, commas and joining words at its ends."""
    match = _LEADING.match(sentence, start, end)
    start = match.end() if match else start
    while end > start and sentence[end - 1] in _TRAILING:
        end -= 1
    return Span(start, max(start, end))
