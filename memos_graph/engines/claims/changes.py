"""What a change behind a subject claims: "moved from Rome to Oslo", "started a new job at Acme", "was renamed Vega".

English. Each rule is a pattern and what its groups mean. Declines to know subject and times.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache

from memos_graph.engines.claims.attributes import attribute_name
from memos_graph.engines.claims.claim import value_key
from memos_graph.engines.claims.found import Found
from memos_graph.engines.claims.words import (
    AMOUNT,
    CLOCK,
    DATE,
    NAME,
    NOUNS,
    PLAIN,
    is_car,
    is_name,
    is_trade,
    phrase,
)

_AUX = (
    r" *(?:(?:'ve|'s|'m|has|have|had|was|were|is|am|are|been|being|just|recently|finally|also|now|already|officially"
    r"|actually|got|then|even|have to|happily|since|eventually|later|formally) +){0,4}"
)
_OLD, _NEW = rf"(?P<old>{NAME})", rf"(?P<new>(?:the )?{NAME})"
_WHAT = r"(?P<new>[^,;:.!?()]{2,120})"
_ROLE = r"(?P<role>(?:an? |the |our |their )?[a-z][^,;:.!?()]{2,80})"
_TO = rf"(?P<new>{CLOCK}|{DATE}|{AMOUNT})"

Groups = re.Match[str]


def _name(match: Groups, group: str) -> str:
    value = (match.groupdict().get(group) or "").removeprefix("the ").strip()
    return value if value and is_name(value) else ""


def _swap(attribute: str) -> Callable[[Groups, str], Iterator[Found]]:
    """The old value ended, the new one began."""

    def read(match: Groups, sort: str) -> Iterator[Found]:
        old, new = _name(match, "old"), _name(match, "new")
        where = attribute if attribute != "lives in" or sort != "thing" else "located in"
        if old and new:
            yield Found(attribute=where, value=old, when="ended", polarity=False, was=True, instead=old)
        if new:
            yield Found(attribute=where, value=new, when="began", instead=old)

    return read


def _begins(attribute: str) -> Callable[[Groups, str], Iterator[Found]]:
    def read(match: Groups, _: str) -> Iterator[Found]:
        new = _name(match, "new")
        if new and attribute:
            yield Found(attribute=attribute, value=new, when="began")
        if match.groupdict().get("role") and (role := _job(match["role"])):
            yield Found(attribute="job", value=role, when="began")

    return read


def _ends(attribute: str) -> Callable[[Groups, str], Iterator[Found]]:
    def read(match: Groups, _: str) -> Iterator[Found]:
        yield Found(attribute=attribute, value=_name(match, "old"), when="ended", polarity=False)

    return read


def _job(said: str) -> str:
    return phrase(re.sub(r"^(?:an?|the|our|their) ", "", said), 4)


def _promoted(match: Groups, _: str) -> Iterator[Found]:
    """ "became the manager of Orion", "was promoted to head of sales"."""
    role, of = _job(match["role"]), _name(match, "new")
    if of and match["link"] == "of" and role:
        yield Found(attribute=role, value="", of=of, of_self=True, when="began")
    elif role and (of or is_trade(role) or match["how"] in ("promoted to", "took over as")):
        yield Found(attribute="job", value=role, when="began")
        if of:
            yield Found(attribute="works at", value=of, when="began")


def _replaced(match: Groups, _: str) -> Iterator[Found]:
    role, of = _job(match["role"]), _name(match, "of")
    if role and of:
        attribute = attribute_name(role)
        if match["how"] == "replaced":
            yield Found(attribute=attribute, value="", of=of, of_self=True, when="began")
        elif new := _name(match, "new"):
            yield Found(attribute=attribute, value=new, of=of, when="began")


def _changed(match: Groups, _: str) -> Iterator[Found]:
    """ "changed my phone number from 1 to 2", "updated the budget to 40k": an attribute of the subject's own."""
    noun = match["noun"].strip()
    if not (noun in PLAIN or noun.startswith(("favorite", "favourite"))):
        return
    new, old = phrase(match["new"]) or match["new"].strip(), (match["before"] or "").strip()
    where = match.span("new")
    dated = where if match["new"].startswith("\x01") else None
    if old and value_key(old) != value_key(new):
        yield Found(attribute=noun, value=old, when="ended", polarity=False, was=True)
    yield Found(attribute=noun, value=new, when="began", dated=dated)


def _switched(match: Groups, _: str) -> Iterator[Found]:
    old, new = phrase(match["before"], 4), phrase(match["new"], 4)
    attribute = _sort_of(new) or _sort_of(old)
    if old and new:
        old, new = _bare(old, attribute), _bare(new, attribute)
        yield Found(attribute=attribute or "uses", value=old, when="ended", polarity=False, was=True, instead=old)
        yield Found(attribute=attribute or "uses", value=new, when="began", instead=old)


def _sort_of(value: str) -> str:
    """The attribute that a value is of by itself: a trade, a car; else ""."""
    return "job" if is_trade(value) else "drives" if is_car(value) else ""


def _bare(value: str, attribute: str) -> str:
    return re.sub(r"^(?:an?|my|the) (?:new |old )?", "", value) if attribute in ("job", "drives") else value


def _went(match: Groups, sort: str) -> Iterator[Found]:
    """ "went from nurse to potter": only where the words are of a sort."""
    if _sort_of(phrase(match["new"], 4)) and _sort_of(phrase(match["before"], 4)):
        yield from _switched(match, sort)


def _took_up(match: Groups, _: str) -> Iterator[Found]:
    """ "switched to Firefox", "switched to a Saab"."""
    new = phrase(match["new"], 4)
    attribute = _sort_of(new)
    if new and (attribute or (is_name(_bare(new, "drives")) and new[:1].isupper())):
        yield Found(attribute=attribute or "uses", value=_bare(new, attribute), when="began")


def _got_car(match: Groups, _: str) -> Iterator[Found]:
    new = _name(match, "new")
    if new and is_car(new):
        yield Found(attribute="drives", value=new, when="began")


def _had_car(match: Groups, _: str) -> Iterator[Found]:
    new = _name(match, "new")
    if new and is_car(new):
        yield Found(attribute="drives", value=new)


def _once_car(match: Groups, _: str) -> Iterator[Found]:
    new = _name(match, "new")
    if new and is_car(new):
        yield Found(attribute="drives", value=new, when="was")


def _off(match: Groups, sort: str) -> Iterator[Found]:
    """ "gone off cola": of what it was, a favorite or merely liked."""
    old = phrase(match["before"], 3)
    if sort == "self" and old and not old.startswith(("the ", "there", "here")):
        yield Found(attribute="likes", value=old, when="ended", polarity=False, instead=old)


def _worked(match: Groups, _: str) -> Iterator[Found]:
    if new := _name(match, "new"):
        yield Found(attribute="works at", value=new, when="was")


def _diet(match: Groups, _: str) -> Iterator[Found]:
    yield Found(attribute="diet", value=match["new"], when="began")


def _from_trade(match: Groups, _: str) -> Iterator[Found]:
    """ "gave up being a nurse to become a potter"."""
    old, new = _job(match["before"]), _job(match["role"] or "")
    if is_trade(old):
        yield Found(attribute="job", value=old, when="ended", polarity=False, was=bool(new))
        if is_trade(new):
            yield Found(attribute="job", value=new, when="began")


def _gave_up(match: Groups, _: str) -> Iterator[Found]:
    """ "sold my Vela", "replaced my Vela with an Orso": of the attribute that had it."""
    old, new = phrase(match["before"], 4), phrase(match["new"], 4) if match["new"] else ""
    if old:
        attribute = "drives" if is_car(old) or is_car(new) else "has"
        old, new = _bare(old, "drives"), _bare(new, "drives")
        yield Found(attribute=attribute, value=old, when="ended", polarity=False, was=True, instead=old)
        if new:
            yield Found(attribute=attribute, value=new, when="began", instead=old)


def _left(match: Groups, _: str) -> Iterator[Found]:
    old, new = _name(match, "old"), _name(match, "new")
    if old:
        attribute = "works at" if new else "left"
        yield Found(attribute=attribute, value=old, when="ended", polarity=False, was=bool(new), instead=old)
    if old and new:
        yield Found(attribute="works at", value=new, when="began", instead=old)


def _nothing(_: Groups, __: str) -> Iterator[Found]:
    yield from ()


def _trained(match: Groups, _: str) -> Iterator[Found]:
    role = _job(match["role"])
    if is_trade(role):
        yield Found(attribute="job", value=role, when="began")


def _set(attribute: str) -> Callable[[Groups, str], Iterator[Found]]:
    def read(match: Groups, _: str) -> Iterator[Found]:
        dated = match.span("new") if match["new"].startswith("\x01") else None
        yield Found(attribute=attribute, value=match["new"].strip(), when="began", dated=dated)

    return read


def _moved_time(match: Groups, sort: str) -> Iterator[Found]:
    if sort != "self":
        yield from _set("scheduled for")(match, sort)


_A_JOB = (
    r"(?:an? |my |the |his |her |another )?(?:(?:new|first|great|full-time|part-time|better) )?"
    r"(?:job|position|role|gig|post|career)"
)
#: what a name of an employer or place may be followed by, so that "joined Ann for lunch" is none
_ENDS = r"(?= *(?:$|[\x01,.!;)]| (?:as|and|but|now|in|after|for good|this|full[- ]time|again|with)\b))"
_RULES: tuple[tuple[str, str, Callable[[Groups, str], Iterator[Found]]], ...] = (
    ("mov relocat", rf"(?:moved|relocated)(?: house| back| over)*(?: from {_OLD})? to {_NEW}(?: from "
        rf"(?P<back>{NAME}))?",
     _swap("lives in")),
    ("mov", rf"moved out of {_OLD}", _ends("lives in")),
    ("mov resched postpon push shift brought",
     rf"(?:moved|rescheduled|postponed|pushed back|pushed|shifted|brought forward)(?: from [^,;.]{{2,40}}?)?(?:"
         rf" *\x01+)?(?: to| until| for|) *{_TO}",
     _moved_time),
    ("start beg", rf"(?:started|began)(?: working| {_A_JOB}| work| out)? (?:at|with) {_NEW}(?: as {_ROLE})?",
     _begins("works at")),
    ("start beg", rf"(?:started|began)(?: working| {_A_JOB}| work) for {_NEW}(?: as {_ROLE})?", _begins("works at")),
    ("start beg", rf"(?:started|began) {_A_JOB} as {_ROLE}", _begins("")),
    ("got land accept found took taken", rf"(?:got|landed|accepted|found|took|taken|gotten) {_A_JOB} (?:at|with"
     rf"|from) {_NEW}(?: as"
        rf" {_ROLE})?", _begins("works at")),
    ("hired", rf"hired (?:by|at) {_NEW}(?: as {_ROLE})?", _begins("works at")),
    ("offer", rf"(?:accepted|took|taken|signed) (?:an |the |my )?(?:job )?offer (?:from|at|by) {_NEW}",
     _begins("works at")),
    ("join", rf"joined {_NEW}(?: as {_ROLE}|{_ENDS})", _begins("works at")),
    ("went gone turned becom becam", r"(?:went|gone|turned|become|became) (?:fully |completely )?"
        r"(?P<new>vegan|vegetarian|pescatarian)\b", _diet),
    ("quit left resign retir fired laid los sack dismiss redundant let",
     rf"(?:(?:quit|left|lost) (?:my|his|her|their|the) (?:old |current )?(?:job|position|role)|resigned|retired"
         rf"|(?:fired|sacked|dismissed|made redundant|let go|laid off)(?! (?:me|us|him|her|them|the|my|our|an?|his"
         rf"|their|\d)\b)"
     rf"|quit working|stopped working)(?: (?:at|with|for|from|by) {_OLD})?", _ends("works at")),
    ("quit", rf"quit {_OLD}", _ends("works at")),
    ("promot becam took",
     rf"(?P<how>promoted to|took over as|became|become) {_ROLE.replace('{2,80}', '{2,60}?')}"
     rf"(?:(?= *$)| (?P<link>of|at|for) {_NEW})", _promoted),
    ("replac", rf"(?P<how>replaced) (?:{NAME}) as {_ROLE.replace('{2,80}', '{2,60}?')} (?:of|at|for) (?P<of>"
        rf"(?:the )?{NAME})",
     _replaced),
    ("replac",
     rf"(?P<how>replaced by) {_NEW} as {_ROLE.replace('{2,80}', '{2,60}?')} (?:of|at|for) (?P<of>(?:the )?{NAME})",
     _replaced),
    ("married", rf"married(?: to)? {_NEW}", _begins("spouse")),
    ("divorc", rf"divorced(?: from {_OLD})?", _ends("spouse")),
    ("broke", rf"broke up with {_OLD}", _ends("partner")),
    ("engaged", rf"engaged to {_NEW}", _begins("engaged to")),
    ("renam", rf"renamed(?: to| as)? {_NEW}", _begins("name")),
    ("changed", rf"changed (?:its|his|her|their|my) name to {_NEW}", _begins("name")),
    ("chang switch updat mov", rf"(?:changed|switched|updated|moved) (?:my|its|his|her|their|our) (?P<noun>{NOUNS})"
     rf"(?: from (?P<before>[^,;:.!?()]{{1,60}}?))? to (?P<new>\x01{{3,60}}|[^,;:!?()\x01]{{1,80}})", _changed),
    ("switch migrat", r"(?:switched|migrated) from (?P<before>[^,;:.!?()]{2,40}?) to " + _WHAT, _switched),
    ("went gone", r"(?:went|gone) from (?:being )?(?P<before>[^,;:.!?()]{2,40}?) to (?:being )?" + _WHAT, _went),
    ("chang swap", r"(?:changed jobs|changed employers|swapped|changed) from (?P<before>[^,;:.!?()]{2,40}?) to"
        r" " + _WHAT, _switched),
    ("chang", rf"changed jobs to {_NEW}", _begins("works at")),
    ("replac trad swap exchang",
     r"(?:replaced|traded in|traded|swapped|exchanged|upgraded) (?:my|his|her|their|the|our) (?:old )?"
         r"(?P<before>[^,;:.!?()]{2,40}?)(?: in)?"
     r" (?:with|for|by|to) " + _WHAT, _gave_up),
    ("sold gave got scrap", r"(?:sold|gave away|got rid of|scrapped) (?:my|his|her|their|our|the) (?:old )?"
        r"(?P<before>[^,;:.!?()\x01]{2,40})(?P<new>)", _gave_up),
    ("left", rf"left {_OLD}(?: for {_NEW}| for good| behind)?(?= *(?:$|[\x01,.!;]| and\b| after\b))", _left),
    ("settl", rf"settled(?: down| in)?(?: in)? {_NEW}", _begins("lives in")),
    ("ditch dump drop aband", r"(?:ditched|dumped|dropped|abandoned) (?:my )?(?P<before>[^,;:.!?()]{2,40}?) (?:for"
     r"|in favou?r"
        r" of) " + _WHAT, _switched),
    ("switch mov migrat", r"(?:switched|migrated)(?: over)? to " + _WHAT, _took_up),
    ("bought got pick leas purchas", rf"(?:bought|got|gotten|picked up|leased|purchased|ordered)(?: myself)? (?:an?|my)"
        rf" (?:(?:brand[- ]new|new|used|second-hand|secondhand|old|lovely|little|shiny) ){{0,2}}{_NEW}", _got_car),
    ("had owned", rf"(?:had|owned) an? (?:(?:new|used|second-hand|old|little) )?{_NEW}(?= *(?:$|[\x01,.!;]| back\b))",
     _once_car),
    ("gone went tired sick bored", r"(?:gone off|went off|gotten tired of|got tired of|tired of|sick of|bored of"
     r"|over) (?P<before>[a-zA-Z][^,;:.!?()\x01]"
        r"{1,30}?)(?= *(?:$|[\x01,.!;]| now\b| lately\b))", _off),
    ("over", r"over (?P<before>[a-z][^,;:.!?()\x01]{1,30}?)(?= *(?:$|[,.!;]))", _off),
    ("have has got own", rf"(?:have|has|have got|has got|got|own|owns)(?: now)? an? (?:(?:new|used|second-hand|old"
     rf"|little) )?{_NEW}"
        r"(?= *(?:$|[\x01,.!;]| now\b| these| at the))", _had_car),
    ("being", rf"(?:gave up|quit|stopped)(?: on)? being (?:an? )?(?P<before>[^,;:.!?()]{{2,40}}?)(?:(?: to become|"
     rf" and became"
        rf"| and am now| and now I'm| to be) {_ROLE}| *(?=$|[\x01,.!]))", _from_trade),
    ("made", rf"made {_NEW} my (?:new )?home", _begins("lives in")),
    ("away mov", rf"moved away from {_OLD}", _ends("lives in")),
    ("sign", rf"signed(?: on| up)?(?: an?| my)?(?: new)?(?: contract| deal)? with {_NEW}{_ENDS}", _begins("works at")),
    ("had held", rf"(?:had|held) {_A_JOB} (?:at|with) {_NEW}", _worked),
    ("got", r"got (?:an? |my )(?:new )?(?:phone number|number|car|bike|email|email address)", _nothing),
    ("retrain train made qualif", rf"(?:retrained|trained|qualified|made) (?:as )?{_ROLE}(?= *(?:$|\x01))", _trained),
    ("turned", r"turned (?P<new>\d{1,3})(?! ?[%$:.\w])", _set("age")),
)  # fmt: skip


@cache
def _table() -> tuple[tuple[list[str], re.Pattern[str], Callable[[Groups, str], Iterator[Found]]], ...]:
    """Made at the first text: a command that reads none need not wait for it."""
    return tuple((hints.split(), re.compile(_AUX + body), read) for hints, body, read in _RULES)


_CHANGED_TO = re.compile(
    _AUX + r"(?:rose|fell|dropped|increased|decreased|went up|went down|gone up|gone down|raised|cut|lowered"
    r"|changed|slipped|slid"
    rf"|(?:pushed|moved|put)(?: back| out| forward)?|postponed|brought forward|shifted|delayed|rescheduled"
    rf"|risen|fallen|set|extended|updated|switched|went|gone)(?: from (?P<before>[^,;:!?()]{{1,40}}?))?(?: *\x01+)?"
    rf" to (?P<new>{CLOCK}|{DATE}"
    rf"|{AMOUNT}|{NAME})"
)


_CHANGED_WORDS = re.compile(
    _AUX + r"(?:changed|switched|updated|set|went|moved|gone)(?: from (?P<before>[^,;:!?()]{1,40}?))?(?: *\x01+)? to"
    r" (?P<new>[^,;:!?()\x01]{1,60})"
)


def change_claims(rest: str, sort: str) -> Iterator[Found]:
    """What the words behind a subject of this sort say has changed."""
    near = rest[:60]
    for hints, pattern, read in _table():
        if any(hint in near for hint in hints) and (match := pattern.match(rest)) is not None:
            found = list(read(match, sort))
            if found:
                yield from found
                return


def changed_value(rest: str, known: bool) -> tuple[str, tuple[int, int] | None, str] | None:
    """The value that an attribute ("the price of the Orion") has from now on, where it stands if it is a time, and the
    value that it had ("" where that is not said).

    known: it is a usual attribute, so that its value may be any words.
    """
    match = _CHANGED_TO.match(rest)
    if known and (match is None or not match["new"].startswith("\x01")) and (words := _CHANGED_WORDS.match(rest)):
        return phrase(words["new"], 5), None, _before(words)
    if match is None:
        return None
    if match["new"].startswith("\x01"):
        return "", match.span("new"), ""
    if match["new"][:1].isupper() and not (known and is_name(match["new"])):
        return None
    return match["new"].strip(), None, _before(match)


def _before(match: Groups) -> str:
    return phrase(match["before"] or "", 5)
