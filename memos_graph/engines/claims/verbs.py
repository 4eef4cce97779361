"""What a verb behind a subject claims: "lives in Berlin", "has worked at Acme since 2019", "no longer owns a car".

One table of verbs; tense and denial are read from what stands before the verb. English. Declines to know subject, times
and changes ("moved to": see `changes`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from memos_graph.engines.claims.found import Found, When
from memos_graph.engines.claims.listed import words
from memos_graph.engines.claims.words import AMOUNT, CLOCK, NAME, doing, is_car, is_name, is_trade, phrase

#: what may stand between subject and verb
AUX = (
    r"(?P<aux>(?:(?:'m|am|'s|is|are|'re|was|were|'ve|have|has|had|been|do|does|did|don't|dont|doesn't|doesnt"
    r"|didn't|isn't"
    r"|aren't|wasn't|weren't|haven't|hasn't|not|never|no longer|any longer|now|currently|still|just|recently|also"
    r"|actually|finally|already|officially|really|first|then|used to|stopped|quit|gave up|started|began|both"
    r"|absolutely"
    r"|mostly|mainly|especially|totally|truly|simply|formerly|previously|once|happily) +){0,5})"
)
_DENIES = re.compile(r"n't\b|\b(?:dont|doesnt|not|never|no longer|any longer)\b")
_ENDED = re.compile(r"\b(?:used to|stopped|quit|gave up)\b")


@dataclass(frozen=True, slots=True)
class _Verb:
    attribute: str
    forms: str  #: base third past ing
    link: str = ""
    value: str = "phrase"  #: phrase, name, amount, clock
    sorts: str = "self name thing"
    reverse: bool = False  #: what follows is what the claim is about
    most: int = 6  #: words of a phrase


_VERBS = (
    _Verb("lives in", "live lives lived living", "in", "name", "self name thing"),
    _Verb("lives in", "reside resides resided residing", "in", "name"),
    _Verb("job", "work works worked working", "as", "phrase", "self name thing", most=5),
    _Verb("works at", "work works worked working", "(?:in [a-z ]{3,25} )?(?:at|for)", "name"),
    _Verb("studies at", "study studies studied studying", "at", "name"),
    _Verb("studies", "study studies studied studying", "", "phrase", "self name thing", most=3),
    _Verb("comes from", "come comes came coming", "from", "name"),
    _Verb("speaks", "speak speaks spoke speaking", "(?:fluent |some |a little )?", "name"),
    _Verb("owns", "own owns owned owning", "", "phrase"),
    _Verb("drives", "drive drives drove driving", "", "phrase", "self name", most=4),
    _Verb("likes", "like likes liked liking", ""),
    _Verb("likes", "love loves loved loving", ""),
    _Verb("likes", "enjoy enjoys enjoyed enjoying", ""),
    _Verb("dislikes", "hate hates hated hating", ""),
    _Verb("dislikes", "dislike dislikes disliked disliking", ""),
    _Verb("prefers", "prefer prefers preferred preferring", ""),
    _Verb("plays", "play plays played playing", "", "phrase", "self name thing", most=3),
    _Verb("uses", "use uses used using", "", "phrase", most=4),
    _Verb("eats", "eat eats ate eating", "", "phrase", "self name", most=3),
    _Verb("drinks", "drink drinks drank drinking", "", "phrase", "self name", most=3),
    _Verb("partner", "date dates dated dating", "", "name", "self name"),
    _Verb("manager", "report reports reported reporting", "to", "name"),
    _Verb("manager", "manage manages managed managing", "", "name", "self name", reverse=True),
    _Verb("lead", "lead leads led leading", "", "name", "self name", reverse=True),
    _Verb("owner", "belong belongs belonged belonging", "to", "name"),
    _Verb("price", "cost costs cost costing", "", "amount", "name thing"),
    _Verb("weighs", "weigh weighs weighed weighing", "", "amount"),
    _Verb("opens", "open opens opened opening", "at", "clock", "name thing"),
    _Verb("closes", "close closes closed closing", "at", "clock", "name thing"),
    _Verb("starts at", "start starts started starting", "at", "clock", "name thing"),
    _Verb("starts at", "begin begins began beginning", "at", "clock", "name thing"),
    _Verb("ends at", "end ends ended ending", "at", "clock", "name thing"),
)
_LIKED = frozenset({"likes", "dislikes", "prefers"})  #: said of many things in passing
_PASSING = words(
    """
    the a an my your our his her its their that this these those being getting having when how being such every
    it's myself seeing hearing online outside inside together around well better there here home out it's
    """
)
_SELVES = words(
    """
    i i'm i've me my we us our you your it its this that these those them their they here what how
    """
)
_DOING = re.compile(r"(?:to )?[a-z]+ing\b|to [a-z]+\b")
_AS = re.compile(r"(?: now)? as (?:an?|the|their) (?:new )?(?P<role>[a-z][a-z -]{2,40}?)(?= *(?:$|[\x01,.!;]))")
_THEIRS = re.compile(r"^(?:an?|the|my|his|her|their|our) ")
_DEGREE = re.compile(r" (?:the )?(?:best|most|a lot|so much|very much|a bit|more)$")
_ARTICLE = re.compile(r"^(?:an?|the) ")
_HABITS = frozenset({"plays", "eats", "drinks", "uses"})
_FRIENDS = frozenset({"studies", "uses"})  #: words of which the verb is often another one


def _values(verb: _Verb) -> str:
    return {"name": rf"(?:the )?{NAME}", "amount": AMOUNT, "clock": CLOCK, "phrase": r"[^,;:.!?()]{2,120}"}[verb.value]


def _compiled(verb: _Verb) -> re.Pattern[str]:
    link = f"{verb.link} *" if verb.link.endswith("?") else f"{verb.link} +" if verb.link else ""
    also = r"(?:(?:full[- ]time|part[- ]time|together|remotely|mainly|here|now|mostly) )?"
    return re.compile(rf" *{AUX}(?P<form>{'|'.join(verb.forms.split())}) +{also}{link}(?P<value>{_values(verb)})")


@cache
def _table() -> tuple[tuple[_Verb, re.Pattern[str]], ...]:
    """Made at the first text: a command that reads none need not wait for it."""
    return tuple((verb, _compiled(verb)) for verb in _VERBS)


_ANY = frozenset(form for verb in _VERBS for form in verb.forms.split())
_WORDS = re.compile(r"[a-z]+")


def verb_claims(rest: str, sort: str) -> Iterator[Found]:
    """What the words behind a subject of this sort claim by one of the verbs."""
    if _ANY.isdisjoint(_WORDS.findall(rest[:90])):
        return
    for verb, pattern in _table():
        if sort not in verb.sorts:
            continue
        match = pattern.match(rest)
        if match is None:
            continue
        when = tense(match["aux"], match["form"], verb.forms)
        value = match["value"].strip() if verb.value in ("amount", "clock") else _value(verb, match["value"])
        if verb.attribute in _LIKED and "used to" in match["aux"]:
            continue
        if when is None or not value or not _is_likely(verb, value, when):
            continue
        if verb.attribute == "job" and " at " in f" {match['value']} ":
            yield from _employer(match["value"], when)
        if verb.attribute == "works at" and (role := _AS.match(rest, match.end())) and is_trade(role["role"]):
            yield Found(attribute="job", value=role["role"], when=when, polarity=when != "ended")
        attribute = "drives" if verb.attribute == "owns" and is_car(value) else verb.attribute
        found = Found(attribute=attribute, value=value, when=when, polarity=when != "ended")
        yield (
            found
            if not verb.reverse
            else Found(attribute=verb.attribute, value="", of=value, of_self=True, when=when, polarity=when != "ended")
        )
        return


def tense(aux: str, form: str, forms: str) -> When | None:
    """When it holds, by the words before the verb and the verb's form; None when they do not say."""
    base, third, past, ing = forms.split()
    words = aux.split()
    denied, over = _DENIES.search(aux) is not None, _ENDED.search(aux) is not None
    have = any(word in ("'ve", "have", "has", "haven't", "hasn't") for word in words)
    if "had" in words or (denied and over):
        return None
    if over:
        if form == base and "used to" in aux:
            return "once"
        return "ended" if form == ing else None
    if form == ing:
        if any(word in ("was", "were", "wasn't", "weren't") for word in words):
            return None if denied else "was"
        if not any(word in ("'m", "am", "'s", "is", "are", "'re", "isn't", "aren't", "been", "started", "began")
                   for word in words):  # fmt: skip
            return None
        return "ended" if denied else "began" if words[-1] in ("started", "began") else "holds"
    if form == past and form not in (base, third):
        if have:
            return "ended" if denied else "has"
        return None if denied else "was"
    if any(word in ("did", "didn't", "was", "were", "'m", "am", "is", "'s", "are") for word in words):
        return None
    return "ended" if denied else "holds"


def _value(verb: _Verb, said: str) -> str:
    if verb.value == "name":
        value = said.removeprefix("the ").strip()
        return value if is_name(value) else ""
    if verb.attribute in _LIKED and _DOING.match(said):
        return doing(said)
    value = phrase(said, verb.most)
    if verb.attribute in _LIKED:
        value = _DEGREE.sub("", value)
    if verb.attribute == "drives" and not (said.startswith(("a ", "an ")) or is_car(_THEIRS.sub("", value))):
        return ""  # "drives me mad"
    value = _THEIRS.sub("", value) if is_car(value) else value
    return _ARTICLE.sub("", value) if verb.attribute in ("job", "drives") else value


def _is_likely(verb: _Verb, value: str, when: When) -> bool:
    first = value.split()[0].lower()
    if verb.attribute in _LIKED and not _SELVES.isdisjoint(value.lower().split()):
        return False
    if verb.attribute in _LIKED:
        return (first not in _PASSING and not value[:1].isupper()) or (is_name(value) and value[:1].isupper())
    if verb.attribute == "drives" and first in ("lot", "bit", "while", "little", "hard", "long"):
        return False
    if verb.attribute in _HABITS and first in _PASSING - {"the"}:
        return False
    if verb.attribute == "owns":
        return first in ("a", "an", "two", "three", "four", "the") or value[:1].isupper()
    if verb.attribute == "job":
        return first not in _PASSING - {"the", "a", "an"} and len(value) > 2
    if verb.attribute in _FRIENDS:
        return first not in _PASSING | {"hard", "real", "really", "very", "so", "every"} and when != "was"
    return True


def _employer(said: str, when: When) -> Iterator[Found]:
    """ "works as a nurse at Saint Mary": the second claim."""
    match = re.search(rf" (?:at|for) (?P<name>(?:the )?{NAME})", said)
    if match is not None and is_name(match["name"]):
        yield Found(attribute="works at", value=match["name"].removeprefix("the "), when=when, polarity=when != "ended")
