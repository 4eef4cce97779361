"""What a sentence claims whose frame no rule knows, by the sort of its value and the words around it: a trade and "my
profession", a phone number and "reach", a project, a date and "deadline".

English; of the speaker and of projects alone. Read only where no other rule could. Declines to guess: more than two
values, somebody else in the sentence, or words of visits, plans and films, and nothing is claimed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from memos_graph.engines.claims.attributes import attribute_name
from memos_graph.engines.claims.found import Found, When
from memos_graph.engines.claims.listed import words
from memos_graph.engines.claims.words import CARS, DATE, NAME, PERSONS, STATUSES, TRADES, is_name, is_trade

_LONGEST = 160  #: characters; in a longer sentence words stand together by chance
_ME = re.compile(r"\b(?:I|I'm|I've|[Mm]y|me|[Ww]e|[Oo]ur|mine)\b")
_ROLES = words(
    "boss manager owner leader lead head chief captain president ceo cto cfo founder chair chairman treasurer"
    " sponsor supplier"
)
_OTHERS = re.compile(
    r"\b(?:he|she|his|her|hers|him|their|them|you|your|yours|who|whose|everyone|everybody|nobody|someone|somebody"
    r"|people"
    r"|friends?|" + "|".join(sorted(PERSONS - TRADES - _ROLES)) + r")\b(?!'s the)",
    re.IGNORECASE,
)
_PASSING = re.compile(
    r"\b(?:visit\w*|trip|holidays?|vacation|conference|films?|about|interview\w*|appl(?:y|ied|ying)|airport"
    r"|flights?|flew"
    r"|lunch|dinner|party|concert|match|shop|shopping|met|meet\w*|saw|watch\w*|read|reading|turned down|rejected|miss"
    r"|dreams?|tourists?|weekend|drove to|driving to|accident|crash\w*|stuck|broke down|keys|repair\w*|garage for"
    r"|rented"
    r"|test|borrow\w*|for lunch|advert|poster|museum|tickets?|like an?|next|soon|never|nearly|leaving|moving)\b"
)
_ENDS = re.compile(
    r"\b(?:handed in|no longer|any ?more|any longer|gave up|given up|giving up|cleared out|moved out|moved away|"
    r"(?:am |'m "
    r"|I'm )?done|through with|parted"
    r"|ended|over(?=$|[ ]*$)|(?:is|are|'s) (?:over|gone|dead|finished|history|behind me)|finished at|quit|left|resigned"
    r"|stopped|let go|let me go|fired|redundant|laid off|sacked|dismissed|cancelled|disconnected|scrapped|sold|got rid"
    r"|retired|hung up|behind me|lost|lifted|removed|revoked|isn't|aren't|not)\b"
)
_DENIES = re.compile(r"\b(?:don't|doesn't|didn't|isn't|aren't|not|n't|can't|cannot|wasn't|weren't|no)\b|n't\b")
_OLD_BEFORE = re.compile(
    r"\b(?:from|notice (?:at|to)|left|leaving|goodbye(?: to)?|swapped|traded|exchanged|sold|instead of|rather than"
    r"|after(?:"
    r" \w+ing)?|out of|not"
    r"|no longer(?: \w+){0,2}|forget|delete|old(?: \w+)?|quit|ditched|gave up|giving up|given up|used to(?:"
    r" \w+){1,2}|was|were"
    r"|replaced|off|away from|on from|isn't(?: due on)?)\s+(?:(?:my|the|an?|being|old|job|as|in|at) )*$",
    re.IGNORECASE,
)
_OLD_BEHIND = re.compile(
    r"^\s*(?:is (?:gone|over|dead|history)|died|any ?more|has (?:gone|died)|was replaced|back then)\b"
)
_PARTS = re.compile(r"\s*[,;:!–—]\s*|\s+(?:and|but|so)\s+")
_NUMBER = re.compile(r"(?<![\w-])\+?\d[\d ()/-]{5,18}\d(?![\w-])")
_MADE = re.compile(rf"\b(?:{'|'.join(sorted(CARS))})\b(?: [A-Z]\w{{1,12}}| \d{{1,4}}\b)?")
_DATED = re.compile(DATE)
_NAMES = re.compile(NAME)
_THING = re.compile(
    rf"\b(?:[Pp]roject|[Tt]eam|[Oo]peration) (?:{NAME})|\b(?:[Tt]he )(?P<name>{NAME}) (?:project|release|launch)\b"
)
_STATES = re.compile(rf"\b(?:{'|'.join(sorted(map(re.escape, STATUSES), key=len, reverse=True))})\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sort:
    """A sort of value and how one speaks of it."""

    attribute: str
    cues: re.Pattern[str]
    before: re.Pattern[str] | None = None  #: what may stand right before the value


def _cues(words: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{words})\b", re.IGNORECASE)


_SORTS = (
    _Sort(attribute="phone", cues=_cues(
        "number|numbers|reach|reached|call|calls|phone|text|texts|mobile|contact|contacts|ring|dial|sim|line")),
    _Sort(attribute="drives", cues=_cues(
        "drive|drives|driving|drove|car|cars|own|owned|owner|bought|buy|got|garage|wheel|ride|wheels|parked|my"
        "|have|had|upgraded"
        "|vehicle|motor|commute|get around")),
    _Sort(attribute="job", cues=_cues(
        "job|work|works|worked|working|profession|professionally|career|careers|trade|training|trained|retrained"
        "|qualified"
        "|practise|practice|practised|living|occupation|employed|became|become|becoming|being|days|title|calling"
        "|vocation|I'm|was"
        "|turned"), before=re.compile(r"(?:\b(?:an?|as|the|my|being|is|was|from|to|of|job)|:) $")),
    _Sort(attribute="lives in", cues=_cues(
        "live|lives|living|lived|home|homes|moved|settled|roots|resident|flat|apartment|relocated|reside|residing"
        "|resided|rent"
        "|renting|rented|based|landlord|neighbou?rhood|house|place|address|city of residence|household"),
        before=re.compile(r"(?:^|\b(?:in|to|of|from|is|was|for|into|at|made|left|leaving|call|chose|swapped|and) "
        r"|[:,–—] )$")),
    _Sort(attribute="works at", cues=_cues(
        "job|jobs|employ\\w*|earn|money|staff|payroll|salary|wages|paid by|pays|hired|hires|company|position|contract"
        "|colleagues|workplace|joined"
        "|fired|let me go|let go|redundant|career|desk|office|work for|working for|worked for|work at|works at"
        "|workforce"
        "|started|team|on board|onboard|notice|signed|offer|resigned|jumped ship|moved on"),
        before=re.compile(r"(?:^|\b(?:at|for|by|from|joined|is|was|to|with|left|quit|of) |[:–—] )$")),
)  # fmt: skip


def loose_claims(sentence: str, speaker: str) -> Iterator[Found]:
    """What the sentence, in which times are hidden, claims of the speaker or of a project; `of` says of which.

    A date is given by its place in the sentence. At most two claims. O(len(sentence)).
    """
    if len(sentence) > _LONGEST:
        return
    if speaker and (visit := _visit(sentence)) is not None:
        yield replace(visit, of=speaker)
        return
    if _PASSING.search(sentence):
        return
    if (thing := _THING.search(sentence)) is not None:
        yield from _of_project(sentence, thing)
        return
    if not speaker or _ME.search(sentence) is None or _OTHERS.search(sentence):
        return
    for sort in _SORTS:
        if sort.cues.search(sentence) is None:
            continue
        found = _values(sentence, sort)
        if found:
            yield from _read(sentence, found, sort.attribute, speaker)
            return


def _values(sentence: str, sort: _Sort) -> list[tuple[int, int]]:
    """Where values of this sort stand."""
    if sort.attribute == "phone":
        return [match.span() for match in _NUMBER.finditer(sentence)]
    if sort.attribute == "drives":
        return [match.span() for match in _MADE.finditer(sentence)]
    if sort.attribute == "job":
        return [
            match.span() for match in re.finditer(r"\b[a-z-]{3,20}\b", sentence)
            if match.group() in TRADES or is_trade(match.group())
            if sort.before is not None and sort.before.search(sentence[: match.start()])
        ]  # fmt: skip
    return [
        match.span() for match in _NAMES.finditer(sentence)
        if is_name(match.group()) and match.group() != "I" and not match.group().startswith(("I'", "My ", "I "))
        if sort.before is not None and sort.before.search(sentence[: match.start()])
        if match.start() > 0 or _ACTS.match(sentence, match.end())
    ]  # fmt: skip


def _read(sentence: str, places: Sequence[tuple[int, int]], attribute: str, of: str) -> Iterator[Found]:
    """One value that holds, held or is over; or two of which one gave way to the other."""
    told = {sentence[start:end].casefold(): (start, end) for start, end in places}
    if len(told) == 1:
        ((start, end),) = told.values()
        part = _part(sentence, start, end)
        when = _when(part)
        if when is not None:
            yield _found(sentence, start, end, attribute, of, when)
    elif len(told) == 2:
        old = [place for place in told.values() if _is_old(sentence, *place)]
        if len(old) == 1 and (_DENIES.search(sentence) is None or _ENDS.search(sentence)):
            (new,) = [place for place in told.values() if place != old[0]]
            yield _found(sentence, *old[0], attribute, of, "once")
            yield _found(sentence, *new, attribute, of, "began")


def _found(sentence: str, start: int, end: int, attribute: str, of: str, when: When) -> Found:
    value = sentence[start:end].strip()
    dated = (start, end) if value.startswith("\x01") else None
    return Found(
        attribute=attribute_name(attribute), value="" if dated else value, of=of, when=when, dated=dated,
        polarity=when not in ("ended", "once"),
    )  # fmt: skip


def _is_old(sentence: str, start: int, end: int) -> bool:
    return _OLD_BEFORE.search(sentence[:start]) is not None or _OLD_BEHIND.search(sentence[end:]) is not None


def _part(sentence: str, start: int, end: int) -> str:
    """The part of the sentence, between commas and "and", in which the value stands."""
    first = max((match.end() for match in _PARTS.finditer(sentence, 0, start)), default=0)
    last = next((match.start() for match in _PARTS.finditer(sentence, end)), len(sentence))
    return sentence[first:last]


#: what a name that begins the sentence does, lest it be "Greetings"
_ACTS = re.compile(r" (?:is|isn't|was|wasn't|has|pays|paid|employs|employed|hired|let|fired|gave|offered|made|took)\b")
_PAST = re.compile(r"\b(?:was|were|had|used to|lived|worked|drove|owned|earned|employed in|spent)\b")


def _when(part: str) -> When | None:
    """Whether it holds, held, or is over; None where it is merely denied."""
    if _ENDS.search(part):
        return "ended" if not _DENIES.search(part) or re.search(r"any ?more|any longer|no longer", part) else None
    if _DENIES.search(part):
        return None
    return "was" if _PAST.search(part) else "holds"


_SEEN = re.compile(
    rf"\b(?:trip|visit|outing|day out|day|time|tour|see|look|excursion|went|been|back|walk|stroll|hours?|afternoon"
    rf"|morning|evening"
    rf"|stop|was|were|am|'m|explor\w+|wander\w+)\b[^,;:.!?]{{0,30}}?\b(?P<how>at|to|in|of|around|see|from|through"
    rf"|into|by|round) (?P<what>(?:the |The )"
    rf"?{NAME})"
)
_NOT_DONE = re.compile(r"\b(?:not|never|no|n't|closed|cancelled|canceled|tomorrow|next|soon|plan\w*)\b|n't\b")


def _visit(sentence: str) -> Found | None:
    """ "Yesterday's outing was to the harbour": a place where the speaker was on a day that is said."""
    match = _SEEN.search(sentence)
    if (
        match is None
        or _NOT_DONE.search(sentence)
        or "\x01" not in sentence
        or not is_name(match["what"].removeprefix("the "))
    ):
        return None
    first = _ME.search(sentence) is not None or sentence.startswith("\x01")
    return Found(attribute="was at", value=match["what"], when="event") if first else None


_DUE = re.compile(
    r"\b(?:deadline|due|finish\w*|deliver\w*|done|ready|complet\w+|hand(?:ed)? in|submit\w*|wrap\w*|postponed"
    r"|rescheduled|pushed"
    r"|delayed|extended|slipped|moved|until)\b"
)


def _of_project(sentence: str, thing: re.Match[str]) -> Iterator[Found]:
    """A status or a deadline of the one project that is named."""
    if len(_THING.findall(sentence)) > 1:
        return
    name = thing["name"] or thing.group()
    dates = [match.span() for match in _DATED.finditer(sentence)]
    rest = sentence[: thing.start()] + " " * len(thing.group()) + sentence[thing.end() :]
    if dates and _DUE.search(rest):
        yield from _read(rest, dates, "deadline", name)
        return
    states = [match.span() for match in _STATES.finditer(rest)]
    if states and not dates:
        yield from _read(rest, states, "status", name)
