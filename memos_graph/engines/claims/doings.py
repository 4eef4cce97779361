"""What somebody did once, at a time that is said, and what they do again and again. English.

An event is a past verb and a time; a habit a present verb and how often. They never become one: an event has its day.
Declines to know who, and the times.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from memos_graph.engines.claims.found import Found
from memos_graph.engines.claims.listed import words
from memos_graph.engines.claims.times import HIDDEN
from memos_graph.engines.claims.verbforms import IRREGULAR, NO_EVENTS
from memos_graph.engines.claims.words import NAME

_DID = (
    "went to|went|visited|attended|saw|met|met up with|bought|sold|adopted|finished|completed|started|celebrated|won"
    "|lost|broke|fixed|repaired|painted|wrote|read|watched|ran|hiked|climbed|flew to|travelled to|traveled to"
    "|drove to"
    "|returned from|came back from|arrived in|left|graduated from|passed|failed|signed up for|signed|launched|opened"
    "|hosted|organized|organised|gave|received|got|made|built|baked|cooked|joined|took|had|applied for|applied to"
    "|interviewed at|donated|volunteered at|ran into|performed at|performed|published|released|presented|ordered"
    "|cancelled|canceled|delivered|installed|planted|moved to|moved into|acquired|founded|merged with|hired|fired"
    "|married|inspected|replaced|called|participated in|took part in|tried|recorded|submitted|scored"
)
_EVENT = re.compile(
    rf" *(?:(?:just|finally|also|recently|even|actually|then|both|'ve|have|has) +){{0,3}}"
    rf"(?P<verb>{'|'.join(sorted(_DID.split('|'), key=len, reverse=True))})"
    r" +(?P<what>[^,;:.!?()]{2,160})"
)
_ALSO = (
    r"(?:(?:just|finally|also|recently|even|actually|then|both|'ve|have|has|again|got to|got round to|got around to)"
    r" +){0,3}"
)
#: any other verb in the past, with the preposition that belongs to it: "popped into", "made it to"
_DOING = re.compile(
    rf" *{_ALSO}(?P<verb>(?P<form>[a-z]{{2,15}})(?: (?:it|back|off|out|over|up|down|round|around|along|away|by|in"
    rf"|on)){{0,2}}"
    r"(?: (?:to|into|at|by|past|through|from|with|for|of|in|on|over|across|around))?) +(?P<what>[^,;:.!?()]{2,160})"
)
_PASTS = {"see": "saw", "visit": "visited", "meet": "met", "go": "went", "try": "tried", "tour": "toured"}
_GOT_TO = re.compile(rf"^ *(?:'ve |have |has )?(?:finally |just )?(?:got|managed) to (?P<verb>{'|'.join(_PASTS)}) ")
#: where somebody was: "were at the zoo"
_PRESENCE = re.compile(
    rf" *(?:was|were|'m|am|'re|are|is|'s) (?:(?:also|just|back|both|finally|all|out) )?(?P<verb>at|in) "
    rf"(?P<what>(?:\x01+ ?)?(?:the |The )?{NAME}[^,;:.!?()]{{0,60}})"
)
_OFTEN = re.compile(
    r"\b(?:every (?:other |single )?(?:day|morning|afternoon|evening|night|week|weekend|month|year|summer|winter"
    r"|spring"
    r"|autumn|fall|monday|tuesday|wednesday|thursday|friday|saturday|sunday|\d+ \w+|two \w+)s?"
    r"|(?:once|twice|three times|\d+ times) (?:a|per) (?:day|week|month|year)|(?:daily|weekly|monthly)(?= *$)|on"
    r" weekends"
    r"|on (?:mon|tues|wednes|thurs|fri|satur|sun)days|each (?:day|morning|evening|night|week|month|year))\b",
    re.IGNORECASE,
)
_USUALLY = re.compile(r" *(?:usually|always|often|regularly|typically|normally) +")
_AFTER = re.compile(
    r" *(?:(?:usually|always|often|regularly|still|also|now|normally) +){0,2}(?P<verb>[a-z]{2,15})(?= |$)"
)
_NO_DOING = words(
    """
    am is are was were be been being have has had do does did will would can could may might must shall should
    not feel feels know knows think thinks hope hopes mean means need needs want wants seem seems look looks
    sound sounds get gets love loves like likes hate hates wish wishes guess agree remember miss misses
    appreciate find finds try keep keeps say says tell tells hear hears see sees remind reminds inspire inspires
    make makes of in at on for and or to from with by as the
    """
)
_HIDDENS = re.compile(rf"{HIDDEN}+")
_AND = re.compile(r"\s(?:and|but|because|so|which|then|when|while)\s")
_NO_PAST = words(
    "need feed bleed breed speed indeed seed weed exceed proceed succeed embed red bed tired bored interested"
)
_STOPPED = re.compile(
    r" *(?:'ve |have |has |finally |just |recently ){0,2}(?:stopped|gave up|quit) (?P<what>[a-z]+ing\b[^,;:.!?"
    r"()]{0,60})"
)
_OWNS = re.compile(r" *(?:'ve|have|has) ")
_MY = re.compile(r"\b(?:my|me|myself|mine)\b", re.IGNORECASE)
_VAGUE = re.compile(
    r"^(?:it|that|this|them|those|these|there|you|your|so|some|something|a lot|much|to (?:see"
    r"|know))\b"
)


def event_claims(rest: str) -> Iterator[Found]:
    """ "went to Oslo yesterday": the verb is the attribute. It needs a time, which the caller knows."""
    match = _EVENT.match(rest)
    if match is None or (match["verb"] == "got" and _OWNS.match(rest)):
        return
    what = match["what"].split(HIDDEN)[0].strip(" -–,")
    if what and len(what.split()) <= 14 and not _VAGUE.match(what):
        yield Found(attribute=match["verb"], value=_theirs(what), when="event")


def other_event_claims(rest: str) -> Iterator[Found]:
    """ "toured the harbour", "was at the zoo", "spent yesterday at the zoo": any verb that tells of a doing."""
    rest = _GOT_TO.sub(lambda match: f" {_PASTS[match['verb']]} ", rest)
    if match := _PRESENCE.match(rest):
        verb = f"was {match['verb']}"
    elif (match := _DOING.match(rest)) and _is_doing(match["form"]):
        verb = match["verb"]
    else:
        return
    parts = [part.strip(" -–,") for part in _HIDDENS.split(match["what"])]
    what = parts[0] or (parts[1] if len(parts) > 1 and match["verb"].startswith("spent") else "")
    what = _AND.split(what)[0]
    if what and len(what.split()) <= 14 and not _VAGUE.match(what):
        yield Found(attribute=verb, value=_theirs(what), when="event")


def _is_doing(form: str) -> bool:
    regular = form.endswith("ed") and len(form) > 3 and form not in _NO_PAST
    return form in IRREGULAR or (regular and form not in NO_EVENTS)


def habit_claims(rest: str, sort: str, lead: str = "") -> Iterator[Found]:
    """ "runs every morning", "usually takes the bus", "stopped smoking"; lead: what stands before the subject."""
    if sort == "thing":
        return
    if ahead := _OFTEN.search(lead):
        rest = f"{rest.rstrip()} {ahead.group()[0].lower()}{ahead.group()[1:]}"
    if match := _STOPPED.match(rest):
        value = _theirs(match["what"].split(HIDDEN)[0].strip())
        if not _VAGUE.match(value.partition(" ")[2]):
            yield Found(attribute="habit", value=value, when="habit", polarity=False)
        return
    often = _OFTEN.search(rest)
    if often is None and _USUALLY.match(rest) is None:
        return
    match = _AFTER.match(rest)
    if (
        match is None
        or match["verb"] in _NO_DOING
        or (match["verb"].endswith(("ed", "ing")) and len(match["verb"]) > 4)
    ):
        return
    if match["verb"] in _PAST:
        return
    behind = rest[match.end() :].split(HIDDEN)[0].strip(" .!,;")
    how = "" if often is not None else f"{rest[: match.start('verb')].strip()} "
    value = f"{how}{_third(match['verb']) if sort == 'self' else match['verb']} {behind}".strip()
    if len(value) <= 100 and not _VAGUE.match(behind):
        yield Found(attribute="habit", value=_theirs(value), when="habit")


_PAST = words(
    """
    went saw met ran took made got bought sold won lost wrote read drove flew came left gave had
    """
)


def _third(verb: str) -> str:
    """The form that goes with "she": run, go, try, wash."""
    if verb.endswith(("s", "sh", "ch", "x", "z", "o")):
        return f"{verb}es"
    if verb.endswith("y") and verb[-2:-1] not in "aeiou":
        return f"{verb[:-1]}ies"
    return f"{verb}s"


def _theirs(text: str) -> str:
    """The words of one who speaks of themselves, as others say them."""
    return _MY.sub(
        lambda match: {"my": "their", "me": "them", "mine": "theirs"}.get(match.group().lower(), "themself"), text
    )
