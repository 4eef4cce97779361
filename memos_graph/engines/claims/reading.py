"""Read what a text claims: sentence by sentence, clause by clause, rule by rule; the first that can read a clause wins.

Rules only, English first, simple Chinese. Precision before recall: what a rule is not sure of is no claim. Declines to
know who "he" and "it" are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from memos_graph.engines.claims.attributes import attribute_name, is_single
from memos_graph.engines.claims.changes import change_claims
from memos_graph.engines.claims.chat import spelled
from memos_graph.engines.claims.chinese import chinese_claims
from memos_graph.engines.claims.claim import Claim, Kind, subject_key
from memos_graph.engines.claims.copula import attribute_claims, being_claims, having_claims, is_person
from memos_graph.engines.claims.doings import event_claims, habit_claims, other_event_claims
from memos_graph.engines.claims.found import Found, Needs, When
from memos_graph.engines.claims.loose import loose_claims
from memos_graph.engines.claims.restating import restated
from memos_graph.engines.claims.sentences import (
    LONGEST,
    Clause,
    Subject,
    clauses,
    may_claim,
    sentences,
    subjects,
    unquoted,
)
from memos_graph.engines.claims.statuses import status_claims
from memos_graph.engines.claims.times import Told, hidden, times_in
from memos_graph.engines.claims.verbs import verb_claims
from memos_graph.engines.claims.words import phrase

_IS_MINE = re.compile(
    r"\s*(?:(?:\x01+|back|today|nowadays|these days|now|currently)[ ,]*)*(?P<value>[^\W_][\w' -]{1,40}?) (?P<be>is"
    r"|isn't|has become|became"
    r"|was|used to be)(?: now| still)?(?P<not> not| no longer)?(?: now)? my"
    r" (?:new |current )?(?P<noun>favou?rite [a-z]+(?: [a-z]+)?|(?:phone |account )?number|address|e?-?mail|job)"
    r"(?= *$|\x01| (?:any ?more|any longer|now|these days|nowadays)\b)"
)
_MINE_WHEN: dict[str, When] = {"was": "was", "used to be": "once", "became": "began", "has become": "began"}
_STOPPED = re.compile(r" *(?:'ve |have |has |just ){0,2}(?:stopped|gave up|quit) ")
_TOPICS: dict[Needs, re.Pattern[str]] = {
    "work": re.compile(
        r"\b(?:no longer (?:at|with)|jobs?|work(?:s|ed|ing|place)?|hired|employ\w+|joined|colleagues?|boss|manager"
        r"|career|company|contract|role|position|firm|office|resigned|quit|fired|laid off|promoted|salary|team|started"
        r"|intern\w*)\b",
        re.IGNORECASE,
    ),
    "home": re.compile(
        r"\b(?:mov(?:e|ed|ing)|liv(?:e|es|ed|ing)|relocat\w+|settled|home|flat|apartment|house|neighbou?rhood|rent\w*"
        r"|resid\w+)\b", re.IGNORECASE
    ),
}  # fmt: skip
_ONCE = re.compile(
    r"\b(?:previously|formerly|before that|prior to that|until then|once|in the past|at one point)\b", re.IGNORECASE
)
_NOWADAYS = re.compile(r"\b(?:now|nowadays|these days)\b", re.IGNORECASE)
_PRESENT = frozenset({"was at", "was in"})  #: events only where a day is named
#: in sentences that only sound like no statement: "you can reach me on", "must be done by"
_LIFTED = re.compile(r"\b(?:can|can't|cannot|will|must|should|if|need|goodbye|farewell)\b|'ll\b", re.IGNORECASE)
_SHARED = frozenset({"lives in", "has"})  #: what a speaker has in common with the others of "we"
_DAY, _LONG = timedelta(days=2), timedelta(days=60)
MOST = 64  #: claims of one text; a text that has more is a list
_LEADS = 4  #: characters from the start of a sentence within which its time is that of all of it


def read_claims(text: str, *, speaker: str = "", said_at: datetime | None = None) -> tuple[Claim, ...]:
    """What `text` claims, in reading order; each once.

    speaker: who "I" is; without, nothing is read of what one says of oneself. said_at: what "yesterday" counts from.
    Questions, conditions, guesses, quotes and reported speech claim nothing. At most `MOST`. O(len(text)).
    """
    found: list[Claim] = []
    seen: set[tuple[object, ...]] = set()
    clean = text.replace("\x01", " ").replace("\x02", " ")
    topics = _topics(clean)
    for start, end in sentences(clean):
        if end - start > LONGEST:
            continue
        for claim in _sentence(clean[start:end], speaker.strip(), said_at, topics):
            same = (claim.subject, claim.attribute, claim.key, claim.polarity, claim.since)
            if same not in seen:
                seen.add(same)
                found.append(replace(claim, span=(start + claim.span[0], start + claim.span[1])))
        if len(found) >= MOST:
            break
    return tuple(found[:MOST])


def _topics(text: str) -> frozenset[Needs]:
    """What the text speaks of."""
    return frozenset(topic for topic, pattern in _TOPICS.items() if pattern.search(text) is not None)


def _sentence(said: str, speaker: str, said_at: datetime | None, topics: frozenset[Needs]) -> Iterator[Claim]:
    quiet = unquoted(said)
    if not may_claim(quiet) and _LIFTED.search(quiet) is None:
        return
    sentence = restated(spelled(quiet))
    if not may_claim(sentence):
        return
    if not said.isascii():
        yield from chinese_claims(said, speaker, times_in(quiet, said_at))
    told = times_in(sentence, said_at)
    blank = hidden(sentence, told)
    before: Subject | None = None
    nothing = True
    for clause in clauses(blank):
        if clause.bound:
            continue
        words = blank[clause.start : clause.end].rstrip(" .!。！\t\r\n")
        given = [*_turned(words, speaker), *subjects(words, speaker)]
        if not given and clause.joined and before is not None:
            given = [(before, 0)]
        for subject, at in given:
            read = _Read(
                subject=subject, speaker=speaker, sentence=sentence, clause=clause, at=clause.start + at,
                told=_times_of(clause, told), said_at=said_at, topics=topics, over=_is_over(blank, clause),
            )  # fmt: skip
            claims = _claims(words[at:], words[:at], read)
            if claims:
                made = [claim for found in claims if (claim := _claim(found, read)) is not None]
                nothing = nothing and not made
                # of a sentence that was put in other words, a claim's place is all of it
                yield from (made if sentence == quiet else [replace(one, span=(0, len(said))) for one in made])
                before = subject
                break
        else:
            before = given[-1][0] if given else None
    if nothing:
        yield from _loosely(blank, sentence, speaker, told, said_at, len(said))


def _loosely(blank: str, sentence: str, speaker: str, told: tuple[Told, ...], said_at: datetime | None,
             length: int) -> Iterator[Claim]:  # fmt: skip
    """What no rule could read, by the words that stand together."""
    for found in loose_claims(blank.rstrip(" .!"), speaker):
        read = _Read(
            subject=Subject(name=found.of, sort="name"), speaker=speaker, sentence=sentence,
            clause=Clause(start=0, end=length, joined=False, bound=False), at=0, told=told, said_at=said_at,
            topics=frozenset(), over=False,
        )  # fmt: skip
        claim = _claim(found, read) if _is_meant(found, read) else None
        if claim is not None:
            yield claim


def _is_over(blank: str, clause: Clause) -> bool:
    """Whether a "was" in the clause is said of what is no more: "previously", or what is now is said beside it."""
    beside = f"{blank[: clause.start]} | {blank[clause.end :]}"
    return _ONCE.search(blank[clause.start : clause.end]) is not None or _NOWADAYS.search(beside) is not None


def _turned(words: str, speaker: str) -> Iterator[tuple[Subject, int]]:
    """ "Mint tea is my favourite drink": what the words before say is the value. As if it were said the other way."""
    match = _IS_MINE.match(words) if speaker else None
    if match is not None:
        noun = match["noun"].replace("favourite", "favorite")
        yield Subject(name=f"{speaker}'s {noun}", sort="turned", attribute=noun, owner=speaker), 0


def _mine(words: str, subject: Subject) -> Iterator[Found]:
    match = _IS_MINE.match(words)
    if match is not None and (value := phrase(match["value"], 4)):
        over = match["not"] is not None or match["be"] == "isn't"
        when: When = "ended" if over else _MINE_WHEN.get(match["be"], "holds")
        yield Found(attribute=subject.attribute, value=value, of=subject.owner, when=when, polarity=not over)


def _claims(rest: str, lead: str, read: _Read) -> list[Found]:
    """What the first rule that can read the words behind the subject finds."""
    subject = read.subject
    if subject.sort == "turned":
        return list(_mine(rest, subject))
    together = subject.sort == "we"
    sort = "self" if together else "name" if subject.sort == "thing" and is_person(subject) else subject.sort
    stopped = _STOPPED.match(rest) is not None  # "stopped working at Acme" says more than the end of a habit
    habits = (verb_claims(rest, sort), habit_claims(rest, sort, lead)) if stopped else (habit_claims(rest, sort, lead),)
    for rule in (
        attribute_claims(rest, subject), status_claims(rest, subject, sort), change_claims(rest, sort), *habits,
        having_claims(rest, sort), verb_claims(rest, sort), being_claims(rest, subject), event_claims(rest),
        other_event_claims(rest),
    ):  # fmt: skip
        found = [replace(one, of=read.speaker) if one.of == "\x02" else one for one in rule]
        found = [one for one in found if (one.of or not one.of_self) and _is_meant(one, read)]
        if together:
            found = [one for one in found if one.attribute in _SHARED or one.when == "event"]
        if found:
            return found
    return []


def _times_of(clause: Clause, told: Sequence[Told]) -> tuple[Told, ...]:
    """The times in the clause; else the one that the sentence begins with, or that stands before an "and"."""
    here = tuple(one for one in told if clause.start <= one.begins and one.ends <= clause.end)
    leads = len(told) == 1 and (clause.joined or told[0].begins < _LEADS)
    return here or (tuple(told) if leads else ())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """Where a claim was found, and what is said around it."""

    subject: Subject
    speaker: str
    sentence: str
    clause: Clause
    at: int  #: where the words behind the subject begin
    told: tuple[Told, ...]
    said_at: datetime | None
    topics: frozenset[Needs]
    over: bool


def _claim(found: Found, read: _Read) -> Claim | None:
    """The claim with its subject and times; None where these are wanting, or it may mean something else."""
    subject, told = read.subject, read.told
    name = (found.of or subject.name).strip()
    value = subject.name if found.of_self else found.value
    if found.dated is not None:
        begins, ends = read.at + found.dated[0], read.at + found.dated[1]
        within = [one for one in told if begins <= one.inner and one.ends <= ends + 1]
        if not within:
            return None
        value = read.sentence[within[0].inner : within[0].ends].strip()
        told = ()
    if found.when == "was" and read.over and not told:
        found = replace(found, when="once")
    when = _when(found, told, read.said_at)
    if when is None or not subject_key(name) or subject_key(name) == subject_key(value):
        return None
    since, until = when
    if since is not None and until is not None and until <= since:
        return None
    over = found.when == "once" and since is None
    attribute = attribute_name(found.attribute) if found.when not in ("event", "habit") else found.attribute
    kind: Kind = "event" if found.when == "event" else "habit" if found.when == "habit" else "state"
    single = kind == "state" and is_single(attribute)
    if over:
        since, until = until, None
    return Claim(
        subject=subject_key(name), name=name, attribute=attribute, value=" ".join(value.split()).strip(" .,;"),
        polarity=found.polarity and not over if found.when != "once" else not over, kind=kind, single=single,
        since=since, until=until, instead=found.instead, was=found.was or over, before=found.before,
        span=(read.clause.start, read.clause.end),
    )  # fmt: skip


def _is_meant(found: Found, read: _Read) -> bool:
    """Whether what else is said speaks for it, where the words alone may mean something else."""
    brief = any(one.role == "at" and one.end - one.start <= _DAY for one in read.told)
    if found.when == "event" and found.attribute in _PRESENT and not brief:
        return False
    if found.attribute == "left" and brief:
        return False  # "left London on Monday" may be a journey
    if not found.needs or _is_long(read.told, read.said_at):
        return True
    return found.needs in read.topics and not (brief and found.when == "was")


def _is_long(told: Sequence[Told], said_at: datetime | None) -> bool:
    """Whether it is said of a time that is too long for a visit."""
    now = max((one.end for one in told), default=None) if said_at is None else said_at
    return any(
        (now is not None and now - one.start >= _LONG if one.role in ("since", "for") else one.end - one.start >= _LONG)
        for one in told
    )


def _when(
    found: Found, told: Sequence[Told], said_at: datetime | None
) -> tuple[datetime | None, datetime | None] | None:
    """Since and until when; None where the words need a time that is not there."""
    since = next((one for one in told if one.role in ("since", "for")), None)
    until = next((one for one in told if one.role == "until"), None)
    at = next((one for one in told if one.role == "at"), None)
    ends = until.start if until is not None else None
    if found.when == "event":
        past = at is not None and (said_at is None or at.start <= said_at)
        return (at.start, at.end) if at is not None and past else None
    if found.when == "has":
        return (since.start, ends) if since is not None else None
    if found.when == "once" and at is None and (since is None or ends is None):
        return None, ends
    if found.when in ("was", "once"):
        if since is not None and since.role == "for":
            return None
        if since is not None and ends is not None:
            return since.start, ends
        return (at.start, at.end) if at is not None else (None, ends) if ends is not None else None
    if found.when in ("began", "ended"):
        first = since or at
        return (first.start if first is not None and first.role != "for" else None), ends
    if at is not None and said_at is not None and at.start > said_at:
        return at.start, ends
    return (since.start if since is not None else None), ends
