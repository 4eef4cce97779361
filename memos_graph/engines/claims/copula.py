"""What a form of "be" behind a subject claims: "is 34 years old", "is the manager of Orion", "isn't closed any more".

English. Declines to know subject and times.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from memos_graph.engines.claims.attributes import MANY
from memos_graph.engines.claims.changes import changed_value
from memos_graph.engines.claims.found import Found, Needs, When
from memos_graph.engines.claims.sentences import Subject
from memos_graph.engines.claims.words import (
    AMOUNT,
    CLOCK,
    DATE,
    DIETS,
    HAD,
    MARITAL,
    NAME,
    NOUNS,
    PERSONS,
    PLAIN,
    RELATIONS,
    STATUSES,
    TRADES,
    is_name,
    is_trade,
    phrase,
)
from memos_graph.engines.common_words import COMMON, HONORIFICS

_BE = re.compile(
    r" *(?P<be>isn't|aren't|wasn't|weren't|ain't|'m|am|(?:has|have|'ve|'s) (?:(?:now|just|also|only|always) )?been"
    r"|used to be|stopped being|'s|is|are|was|were|'re)(?![\w'])"
    r"(?P<not>(?: +(?:not|no longer|never|now|currently|still|also|just|officially|actually|already|finally|really"
    r"|happily|both|originally|formerly|previously|once|again|a proud|the proud))*) *(?P<what>.+)$",
    re.DOTALL,
)
_HAS_BEEN = re.compile(r"(?:been|got|gotten|become|had) ")  # of "has", which is shortened as "is" is
_NEGATIVE = re.compile(r"n't\b|\b(?:not|no longer|never|stopped|used to)\b")
_LONGER = re.compile(r"\b(?:any ?more|any longer)\b")
_OLDEST = 120
_CHANGED = re.compile(r" *(?:has |have |was |'s )?(?:just |now |recently )?(?:changed|switched) ")
_HOMES = frozenset({"home", "place", "flat", "apartment", "house"})
_AGE = re.compile(r"(?P<value>\d{1,3})(?: years?[- ]old| years of age)\b")
_FROM = re.compile(rf"(?:originally )?from (?P<value>{NAME})")
_BASED = re.compile(rf"(?:based|located|situated|living) in (?P<value>(?:the )?{NAME})")
_EMPLOYED = re.compile(rf"(?:employed|working) (?:at|by|with|for) (?:the )?(?P<value>{NAME})")
_DUE = re.compile(rf"due (?P<date>(?:on |by )?{DATE})")
_IN = re.compile(rf"in (?P<value>(?:the )?{NAME})")
_TIED = re.compile(rf"(?P<how>married|engaged) to (?P<value>{NAME})")
_ALLERGIC = re.compile(r"(?P<how>allergic to|fluent in) (?P<value>[^,;:.!?()]{2,80})")
_TRADE = re.compile(
    rf"(?:an?|(?P<the>the)) (?:new |current )?(?P<value>[a-z][\w -]{{2,50}}?)(?: (?P<link>at|for|with)"
    rf" (?P<of>(?:the )?{NAME})|(?= *(?:$|[\x01,.!]| (?:in|living|based|by|these days|nowadays|now|again|too|once more"
    rf"|full[- ]time|part[- ]time|any ?more|any longer)\b))(?P<bare>))"
)
_AT = re.compile(
    rf"(?:at|with) (?P<value>(?:the )?{NAME})(?= *(?:$|[\x01,.!]| (?:now|as|again|these|any ?more|and"
    rf"|in)\b))"
)
_YEARS = re.compile(r"(?P<value>\d{1,3})(?= *(?:$|[\x01,.!]| (?:now|today|already|and|lol)\b))")
_OF = re.compile(rf"(?:the |an? )?(?:new |current |proud )?(?P<noun>{NOUNS}?) of (?P<of>(?:the )?{NAME})")
_WHOSE = re.compile(rf"(?P<of>(?:the )?{NAME})'s? (?:new |current |old )?(?P<noun>{NOUNS})")
_MY = re.compile(rf"my (?:new |current )?(?P<noun>{NOUNS})")
_WHEN = re.compile(
    rf"(?:at )?(?P<value>{CLOCK})|(?P<date>{DATE})|(?:scheduled|planned|set|due)(?: for| on| at)? *"
    rf"(?P<set>{CLOCK}|{DATE})"
)
_VALUE = re.compile(
    rf"(?P<amount>(?:about |around )?(?:{AMOUNT}))(?![\w-])|(?P<clock>{CLOCK})|(?P<date>(?:on |at )?{DATE})|"
    rf"(?P<name>(?:the )?{NAME})"
)
_CALLED = re.compile(rf"(?:called|named) (?P<value>{NAME})")
_NOWADAYS = re.compile(r"(?: (?:now|again|currently|already|anymore|any more|any longer|at the moment|for now))+$")
_MANNER = re.compile(r"(?:an|ish|ese|ic|ed|ing)$")


def attribute_claims(rest: str, subject: Subject) -> Iterator[Found]:
    """ "The price of the Orion rose to $50", "my number changed from 1 to 2"."""
    if not subject.attribute:
        return
    changed = changed_value(rest, _is_usual(subject.attribute) or _is_related(subject.attribute))
    if _is_related(subject.attribute) and (changed is None or not changed[2] or not _CHANGED.match(rest)):
        return  # "my sister moved to Oslo"
    if changed is not None and (changed[0] or changed[1] is not None):
        yield Found(
            attribute=subject.attribute, value=changed[0], of=subject.owner, when="began", dated=changed[1],
            before=changed[2],
        )  # fmt: skip


def being_claims(rest: str, subject: Subject) -> Iterator[Found]:
    """What is said of the subject by a form of "be"; nothing where the words do not begin so."""
    match = _BE.match(rest)
    if match is None or (match["be"] == "'s" and _HAS_BEEN.match(match["what"])):
        return
    when = _when(match["be"], match["not"])
    if when is None:
        return
    what, at = match["what"], match.start("what")
    found = list(_attribute(what, at, subject, when)) if subject.attribute else []
    no_longer = "no longer" in match["not"] or _LONGER.search(what) is not None
    found = found or list(_complement(what, at, subject, when, no_longer))
    yield from found


def _when(be: str, words: str) -> When | None:
    denied = _NEGATIVE.search(f"{be}{words}") is not None
    if be in ("was", "were", "wasn't", "weren't"):
        return None if denied else "was"
    if be == "used to be":
        return None if "not" in words.split() else "once"
    if be.endswith("been"):
        return "ended" if denied else "holds" if "always" in be else "has"
    return "ended" if denied else "holds"


def _is_usual(noun: str) -> bool:
    """Whether any words may be the attribute's value: an address, a favourite drink."""
    return noun in PLAIN or noun.split()[-1] in PLAIN or noun.startswith(("favorite ", "favourite "))


def _attribute(what: str, at: int, subject: Subject, when: When) -> Iterator[Found]:
    """ "Ann's manager is Tom", "the price of the Orion is $40"."""
    noun = subject.attribute
    last, known = noun.split()[-1], _is_usual(noun)
    value, dated = "", None
    match = _VALUE.match(what)
    if known and (state := _state(what)):
        value = state
    elif known and last in ("number", "phone", "mobile", "code", "pin", "extension", "plate"):
        value = phrase(what, 6) if re.search(r"\d", phrase(what, 6)) else ""
    elif match is not None and match["date"]:
        if known or last in ("meeting", "appointment", "flight", "exam", "interview", "wedding", "party", "surgery"):
            dated = (at + match.start("date"), at + match.end("date"))
    elif match is not None and (match["amount"] or match["clock"]):
        value = match["amount"] or match["clock"] if known or not subject.owner else ""
        if known and match["amount"] and last in ("address", "office", "room", "name"):
            value = phrase(what)
    elif match is not None:
        name = match["name"].removeprefix("the ")
        likely = known or last in RELATIONS or not _MANNER.search(name.split()[-1])
        titled = " " in name and name.split()[0].rstrip(".") in HONORIFICS
        usual = " " in name or not _MANNER.search(name) or known
        value = name if (is_name(name) or titled) and likely and usual else ""
    elif last in ("car", "bike", "job", "pet", "dog", "cat") and what.startswith(("a ", "an ")):
        value = phrase(what.partition(" ")[2], 4)
    elif noun == "job":
        value = phrase(what, 4) if is_trade(phrase(what, 4)) else ""
    elif known and last not in ("office", "room", "team", "department", "name", "role", "car"):
        value = phrase(what, 4)
        value = (
            "" if value.split()[:1] and value.split()[0].lower() in ("a", "an", "the", "my", "really", "so") else value
        )
    if not value and dated is None:
        return
    if noun in MANY and when == "ended" and not value:
        return
    yield Found(attribute=noun, value=value.strip(), of=subject.owner, when=when, polarity=when != "ended", dated=dated)


def is_person(subject: Subject) -> bool:
    """Whether it is surely somebody: the speaker, one with a name, somebody's sister."""
    if subject.attribute:
        return subject.attribute.split()[-1] in PERSONS
    return subject.sort != "thing"


def _complement(what: str, at: int, subject: Subject, when: When, no_longer: bool = False) -> Iterator[Found]:
    """What the subject itself is."""
    holds = when != "ended"
    person = subject.sort != "thing" or bool(subject.attribute)
    housed = subject.attribute.rpartition(" ")[2] in _HOMES
    if housed and (match := _IN.match(what)) and is_name(match["value"]):
        yield Found(attribute="lives in", value=match["value"], of=subject.owner, when=when, polarity=holds)
    elif (match := _AGE.match(what)) or (is_person(subject) and (match := _YEARS.match(what))):
        if 0 < int(match["value"]) < _OLDEST:
            yield Found(attribute="age", value=match["value"], when=when, polarity=holds)
    elif match := _FROM.match(what):
        if is_name(match["value"]) and person:
            yield Found(attribute="comes from", value=match["value"], when=when, polarity=holds)
    elif (match := _EMPLOYED.match(what)) and is_name(match["value"]):
        yield Found(attribute="works at", value=match["value"], when=when, polarity=holds)
    elif match := _DUE.match(what):
        dated = (at + match.start("date"), at + match.end("date"))
        yield Found(attribute="deadline", value="", when=when, polarity=holds, dated=dated)
    elif match := _BASED.match(what):
        if is_name(match["value"]):
            where = "lives in" if subject.sort == "self" else "located in"
            yield Found(attribute=where, value=match["value"], when=when, polarity=holds)
    elif is_person(subject) and (match := _IN.match(what)) and is_name(match["value"]):
        yield Found(attribute="lives in", value=match["value"], when=when, polarity=holds, needs="home")
    elif is_person(subject) and (match := _AT.match(what)) and is_name(match["value"].removeprefix("the ")):
        needs: Needs = "" if no_longer else "work"
        value = match["value"].removeprefix("the ")
        yield Found(attribute="works at", value=value, when=when, polarity=holds, needs=needs)
    elif match := _TIED.match(what):
        if is_name(match["value"]):
            tie = "spouse" if match["how"] == "married" else "engaged to"
            yield Found(attribute=tie, value=match["value"], when=when, polarity=holds)
    elif match := _ALLERGIC.match(what):
        if value := phrase(match["value"], 4):
            yield Found(attribute=match["how"], value=value, when=when, polarity=holds)
    elif (match := _CALLED.match(what)) and is_name(match["value"]):
        yield Found(attribute="name", value=match["value"], when=when, polarity=holds)
    else:
        yield from _roles(what, subject, when)
        yield from _thing(what, at, subject, when)


def _roles(what: str, subject: Subject, when: When) -> Iterator[Found]:
    """ "is a nurse at Saint Mary", "is the manager of Orion", "is Tom's sister", "is vegetarian"."""
    holds, person = when != "ended", subject.sort != "thing" or bool(subject.attribute)
    plain = phrase(what, 3).lower()
    if subject.sort == "name" and (match := _WHOSE.match(what)) and is_name(match["of"]):
        if _role(match["noun"]):
            yield Found(attribute=match["noun"], value="", of=match["of"], of_self=True, when=when, polarity=holds)
    elif subject.sort == "name" and (match := _MY.match(what)) and _role(match["noun"]):
        yield Found(attribute=match["noun"], value="", of="\x02", of_self=True, when=when, polarity=holds)
    elif subject.sort != "thing" and (match := _OF.match(what)) and is_name(match["of"].removeprefix("the ")):
        if _role(match["noun"]) or match["noun"] in PLAIN:
            of = match["of"].removeprefix("the ")
            yield Found(attribute=match["noun"], value="", of=of, of_self=True, when=when, polarity=holds)
    elif person and (match := _TRADE.match(what)):
        trade = match["value"].strip()
        of = (match["of"] or "").removeprefix("the ")
        if match["the"] and not (of and match["link"] != "for"):
            return
        if (of and is_name(of)) or (match["link"] is None and is_trade(trade)):
            yield Found(attribute="job", value=trade, when=when, polarity=holds)
        if of and is_name(of) and (match["link"] != "with" or is_trade(trade)):
            yield Found(attribute="works at", value=of, when=when, polarity=holds)
    elif person and plain in MARITAL and what.strip().lower() == plain:
        yield Found(attribute="marital status", value=plain, when=when, polarity=holds)
    elif person and plain in DIETS:
        yield Found(attribute="diet", value=plain.removeprefix("a "), when=when, polarity=holds)


def _role(noun: str) -> bool:
    return noun.split()[-1] in RELATIONS or noun.split()[-1] in TRADES


def _thing(what: str, at: int, subject: Subject, when: When) -> Iterator[Found]:
    """ "is delayed", "is on Tuesday", "is in Berlin", "is open"."""
    if subject.sort == "self":
        return
    holds = when != "ended"
    if state := _state(what):
        yield Found(attribute="status", value=state, when=when, polarity=holds)
    elif subject.sort == "thing" and (match := _WHEN.match(what)):
        group = next(name for name in ("value", "date", "set") if match[name])
        dated = (at + match.start(group), at + match.end(group)) if "\x01" in match[group] else None
        yield Found(
            attribute="scheduled for", value="" if dated else match[group], when=when, polarity=holds, dated=dated
        )
    elif subject.sort == "thing" and not _is_related(subject.attribute) and (match := _IN.match(what)):
        name = match["value"].removeprefix("the ")
        if is_name(name):
            yield Found(attribute="located in", value=name, when=when, polarity=holds)


def _state(what: str) -> str:
    """What a thing may be said to be, where the words are that and no more; else ""."""
    plain = _NOWADAYS.sub("", what.replace("\x01", " ").strip(" .!").lower()).strip()
    return plain if plain in STATUSES else ""


def _is_related(attribute: str) -> bool:
    """A sister who is in Oslo may be on a visit; an office is not."""
    return bool(attribute) and attribute.split()[-1] in RELATIONS


def having_claims(rest: str, sort: str) -> Iterator[Found]:
    """ "has a dog named Rex", "has no car any more", "has 40 employees"."""
    match = _HAS.match(rest)
    if match is None:
        return
    over = bool(match["no"]) or _NEGATIVE.search(match["have"]) is not None
    when: When = "ended" if over else "holds"
    usual = match["noun"] in PLAIN and sort != "self"
    if over and (usual or match["noun"].startswith(("favorite ", "favourite "))):
        yield Found(attribute=match["noun"], value="", when="ended", polarity=False)
        return
    number, noun, named = match["number"] or "", match["noun"], match["named"]
    words = noun.split()
    if words[0] in COMMON:
        return
    if words[-1] in HAD and sort != "thing":
        value = f"{number} {noun}".strip() + (f" named {named}" if named else "")
        yield Found(attribute="has", value=value, when=when, polarity=not over)
    elif number.replace(",", "").isdigit() and sort != "self" and not over:
        yield Found(attribute=f"number of {noun}", value=number, when=when)


_HAS = re.compile(
    r" *(?P<have>(?:'ve got|have got|has got|have|has|don't have|doesn't have|no longer have|no longer has|do"
    r" not have"
    r"|does not have))(?: (?:also|now|still|only|currently))? (?P<no>no )?(?P<number>(?:an?|one|two|three|four"
    r"|five|six"
    rf"|\d[\d,]{{0,9}}) )?(?P<noun>{NOUNS}?)(?: (?:named|called) (?P<named>{NAME})|(?= *(?:$|[\x01,.!]| and |"
    rf" any| in | at )))"
)
