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
from memos_graph.engines.claims.words import AMOUNT, CLOCK, DATE, NAME, NOUNS, PLAIN, is_name, is_trade, phrase

_AUX = (
    r" *(?:(?:'ve|'s|has|have|had|was|were|is|am|are|been|being|just|recently|finally|also|now|already|officially"
    r"|actually|got|then|even|have to|happily) +){0,4}"
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
            yield Found(attribute=where, value=old, when="ended", polarity=False)
        if new:
            yield Found(attribute=where, value=new, when="began")

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
        yield Found(attribute=noun, value=old, when="ended", polarity=False)
    yield Found(attribute=noun, value=new, when="began", dated=dated)


def _switched(match: Groups, _: str) -> Iterator[Found]:
    old, new = phrase(match["before"], 4), phrase(match["new"], 4)
    if old and new:
        yield Found(attribute="uses", value=old, when="ended", polarity=False, instead=old)
        yield Found(attribute="uses", value=new, when="began", instead=old)


def _gave_up(match: Groups, _: str) -> Iterator[Found]:
    """ "sold my Vela", "replaced my Vela with an Orso": of the attribute that had it."""
    old, new = phrase(match["before"], 4), phrase(match["new"], 4) if match["new"] else ""
    if old:
        yield Found(attribute="has", value=old, when="ended", polarity=False, instead=old)
        if new:
            yield Found(attribute="has", value=new, when="began", instead=old)


def _left(match: Groups, _: str) -> Iterator[Found]:
    old, new = _name(match, "old"), _name(match, "new")
    if old:
        yield Found(attribute="left", value=old, when="ended", polarity=False, instead=old)
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


_A_JOB = r"(?:an? |my |the |his |her )?(?:new |first )?(?:job|position|role)"
_RULES: tuple[tuple[str, str, Callable[[Groups, str], Iterator[Found]]], ...] = (
    ("mov relocat", rf"(?:moved|relocated)(?: house| back| over)*(?: from {_OLD})? to {_NEW}(?: from "
        rf"(?P<back>{NAME}))?",
     _swap("lives in")),
    ("mov", rf"moved out of {_OLD}", _ends("lives in")),
    ("mov resched postpon push shift brought",
     rf"(?:moved|rescheduled|postponed|pushed back|pushed|shifted|brought forward)(?: from [^,;.]{{2,40}}?)?(?:"
         rf" *\x01+)?(?: to| until| for|) *{_TO}",
     _moved_time),
    ("start beg", rf"(?:started|began)(?: working| {_A_JOB}| work)? (?:at|with) {_NEW}(?: as {_ROLE})?",
     _begins("works at")),
    ("start beg", rf"(?:started|began)(?: working| {_A_JOB}| work) for {_NEW}(?: as {_ROLE})?", _begins("works at")),
    ("start beg", rf"(?:started|began) {_A_JOB} as {_ROLE}", _begins("")),
    ("got land accept", rf"(?:got|landed|accepted) {_A_JOB} (?:at|with|from) {_NEW}(?: as"
        rf" {_ROLE})?", _begins("works at")),
    ("hired", rf"hired (?:by|at) {_NEW}(?: as {_ROLE})?", _begins("works at")),
    ("join", rf"joined {_NEW}(?: as {_ROLE})?", _begins("works at")),
    ("quit left resign retir fired laid los",
     rf"(?:(?:quit|left|lost) (?:my|his|her|their|the) (?:old |current )?(?:job|position|role)|resigned|retired"
         rf"|fired|laid off"
     rf"|quit working|stopped working)(?: (?:at|with|for|from) {_OLD})?", _ends("works at")),
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
    ("chang swap", r"(?:changed jobs|changed employers|swapped|changed) from (?P<before>[^,;:.!?()]{2,40}?) to"
        r" " + _WHAT, _switched),
    ("chang", rf"changed jobs to {_NEW}", _begins("works at")),
    ("replac trad swap exchang",
     r"(?:replaced|traded in|traded|swapped|exchanged) (?:my|his|her|their|the|our) (?:old )?"
         r"(?P<before>[^,;:.!?()]{2,40}?)"
     r" (?:with|for|by) " + _WHAT, _gave_up),
    ("sold gave got", r"(?:sold|gave away|got rid of) (?:my|his|her|their|our) (?:old )?"
        r"(?P<before>[^,;:.!?()\x01]{2,40})(?P<new>)", _gave_up),
    ("left", rf"left {_OLD}(?: for {_NEW})?(?= *(?:$|\x01))", _left),
    ("settl", rf"settled(?: down)? in {_NEW}", _begins("lives in")),
    ("made", rf"made {_NEW} my (?:new )?home", _begins("lives in")),
    ("away", rf"moved away from {_OLD}", _ends("lives in")),
    ("employ", rf"employed (?:at|by|with) {_NEW}", _begins("works at")),
    ("got", r"got (?:an? |my )(?:new )?(?:phone number|number|car|bike|email|email address)", _nothing),
    ("retrain train made", rf"(?:retrained|trained|made) (?:as )?{_ROLE}(?= *(?:$|\x01))", _trained),
    ("turned", r"turned (?P<new>\d{1,3})(?! ?[%$:.\w])", _set("age")),
)  # fmt: skip


@cache
def _table() -> tuple[tuple[list[str], re.Pattern[str], Callable[[Groups, str], Iterator[Found]]], ...]:
    """Made at the first text: a command that reads none need not wait for it."""
    return tuple((hints.split(), re.compile(_AUX + body), read) for hints, body, read in _RULES)


_CHANGED_TO = re.compile(
    _AUX + r"(?:rose|fell|dropped|increased|decreased|went up|went down|gone up|gone down|raised|cut|lowered|changed"
    rf"|risen|fallen|set|moved|extended|updated|switched)(?: from (?P<before>[^,;:!?()]{{1,40}}?))?(?: *\x01+)?"
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


def changed_value(rest: str, known: bool) -> tuple[str, tuple[int, int] | None] | None:
    """The value that an attribute ("the price of the Orion") has from now on, and where it stands if it is a time.

    known: it is a usual attribute, so that its value may be any words.
    """
    match = _CHANGED_TO.match(rest)
    if known and (match is None or not match["new"].startswith("\x01")) and (words := _CHANGED_WORDS.match(rest)):
        return phrase(words["new"], 5), None
    if match is None:
        return None
    if match["new"].startswith("\x01"):
        return "", match.span("new")
    if match["new"][:1].isupper() and not (known and is_name(match["new"])):
        return None
    return match["new"].strip(), None
