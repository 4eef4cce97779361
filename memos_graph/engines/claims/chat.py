"""How people type, as the rules read it: apostrophes that are missing, small letters, "Moved to Oslo" without an "I".

English. The words stay in their order; what they claim is not this file's business.
"""

from __future__ import annotations

import re

from memos_graph.engines.claims.listed import words
from memos_graph.engines.claims.verbforms import PAST
from memos_graph.engines.claims.words import HAD, NAME, TRADES
from memos_graph.engines.common_words import CALENDAR, COMMON, GENERIC

_SIGNS = re.compile(
    r"[\U0001F000-\U0001FAFF\u2600-\u27BF\u2B50\uFE0F\u200D\u2764]+|(?<!\w)(?:[:;=]-?[)(DPpoO]|<3|xD|\^\^)(?!\w)"
)
_FILLERS = re.compile(
    r"(?:^|(?<=\s))(?:lol|lmao|rofl|haha(?:ha)*|hehe|tbh|ngl|imho|imo|omg|yay|yey|woo+(?:hoo+)?|ugh|phew|wow|whoa|tho"
    r"|btw|by the way"
    r"|y'all|folks|guys|everyone|everybody)(?=[\s,.!]|$)[,!]*(?!\s+(?:is|are|has|lives|works|uses|loves|likes)\b)",
    re.IGNORECASE,
)
_AGO = re.compile(r",? (?:a (?:little |long )?while|some time|ages|a bit|not long|long) (?:ago|back)\b", re.IGNORECASE)
_SHORT = {
    "im": "I'm", "ive": "I've", "dont": "don't", "doesnt": "doesn't", "isnt": "isn't", "wasnt": "wasn't",
    "arent": "aren't", "didnt": "didn't", "havent": "haven't", "hasnt": "hasn't", "weve": "we've", "i": "I",
    "cant": "can't", "wont": "won't", "couldnt": "couldn't", "wouldnt": "wouldn't", "gf": "girlfriend",
    "fave": "favorite", "fav": "favorite",
    "bf": "boyfriend",
}  # fmt: skip
_SHORTS = re.compile(rf"(?<![\w'@.-])(?:{'|'.join(_SHORT)})(?![\w@-])(?!\.\w)", re.IGNORECASE)
_UPPER = re.compile(r"(?<![A-Z])(?:[A-HJ-Z]|I(?!['\s]|$))")
#: where a name may stand that was typed in small letters
_PLACE = re.compile(
    r"\b(?:(?:liv(?:e|es|ed|ing)|based|settled|reside) in|(?:moved|moving|relocated) (?:back )?(?:from "
    r"(?P<old>[a-z]{3,})"
    r" )?to|(?:work|works|worked|working|started|employed|hired|laid off|job|intern|position) (?:at|for|by|from|with)"
    r"|(?:not|longer|now) (?:at|with)|(?:I'm|am|was|is|been) at|joined|drive an?|driving an?) "
    r"(?P<new>(?:(?:new|san|los|saint|santa|st) )?[a-z]{3,})(?=$|[,.!;:)]|\s(?:now|and|but|since|for|with|in|as"
    r"|any ?more"
    r"|these|right|at|today|yesterday|last|on|this|again|anyways?|lately|currently|instead|until|till|from|then|soon"
    r"|before)\b)"
)
_NO_NAME = words(
    """
    fear peace hope harmony poverty luxury denial chaos sin exile town limbo constant free money fun peanuts charity
    nights night sea speed noon least most large random present work home bed heart risk war ease forces school uni
    college hospital hotel flat house apartment city country village suburbs countryside supermarket bakery startup bank
    restaurant cafe bar pub shop store factory hours ages life living myself themselves different bigger smaller better
    nicer lot truck lorry van bus taxi cab car bike motorbike tractor manual automatic
    """
)
_DOING = "living|working|based|studying|driving|employed|teaching|using|dating|renting"  # "Living in Oslo since May"
_OPENING = (
    r"^(?P<lead>[\s\x01,:!-]*(?:(?:so|and|well|ok|okay|yes|(?:big |small |quick |life )?update(?: from me)?|news"
    r"|good news|big news|yesterday|today|this morning"
    r"|last (?:week|month|year|night))\b[\s,:!-]*){0,3})"
)
_ADVERBS = r"(?:(?:just|finally|now|recently|also|actually|still|currently|officially|happily) ){0,2}"
_TWO = re.compile(rf"(?=\S+ [A-Z]){NAME}")  #: "United Airlines" is a name
_GERUND = r"(?! .*\b(?:is|are|was|were|has|have|must|can|seems|feels|sounds|makes|means|takes|costs|sucks|rocks)\b)"
_ELLIPSIS = tuple(
    (re.compile(_OPENING + _ADVERBS + verb, re.IGNORECASE), subject)
    for verb, subject in (
        (rf"(?:no longer|not) (?:{_DOING}|at|with)\b", "I'm"),
        (rf"(?:{_DOING})\b{_GERUND}", "I'm"),
        (r"(?:don't|do not) (?:live|work|drive|own|use|like|have)\b", "I"),
        (r"at (?:the )?[A-Z].{2,60}\b(?:today|this (?:morning|afternoon|evening))\b", "I'm"),
        (r"been (?:at|with|in|working|living|driving|using|an?)\b", "I've"),
        (rf"(?:{PAST}|\w{{3,}}ed)\b(?! (?:by|person|man|woman)\b)", "I"),
    )
)


def spelled(sentence: str) -> str:
    """The sentence as the rules expect it; the same where nothing needs it. O(len(sentence))."""
    text = _SIGNS.sub(" ", sentence)
    text = _FILLERS.sub(" ", text)
    text = _AGO.sub("", text).strip(" \t\r\n")
    text = _SHORTS.sub(lambda match: _SHORT[match.group().lower()], text)
    if _UPPER.search(text) is None:
        text = _PLACE.sub(_capital, text)
    return _with_subject(text.strip(" \t\r\n"))


def _capital(match: re.Match[str]) -> str:
    said = match.group()
    for group in ("old", "new"):
        name = match[group]
        if name and not _is_common(name):
            said = re.sub(
                rf"\b{re.escape(name)}\b", " ".join(word.capitalize() for word in name.split()), said, count=1
            )
    return said


def _is_common(name: str) -> bool:
    last = name.split()[-1]
    return any(last in known for known in (COMMON, CALENDAR, GENERIC, HAD, TRADES, _NO_NAME)) or last.endswith("ing")


def _with_subject(text: str) -> str:
    """ "Moved to Oslo" with the "I" that it leaves out, behind what leads to it."""
    for pattern, subject in _ELLIPSIS:
        match = pattern.match(text)
        if match is not None:
            lead = match["lead"]
            behind = text[len(lead) :]
            name = _TWO.match(behind)
            return text if name is not None else f"{lead}{subject} {behind[:1].lower()}{behind[1:]}"
    return text
