"""Read what a text claims: sentence by sentence, clause by clause, rule by rule; the first that can read a clause wins.

Rules only, English first, simple Chinese. Precision before recall: what a rule is not sure of is no claim. Declines to
know who "he" and "it" are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from memos_graph.engines.claims.attributes import attribute_name, is_single
from memos_graph.engines.claims.changes import change_claims
from memos_graph.engines.claims.chinese import chinese_claims
from memos_graph.engines.claims.claim import Claim, Kind, subject_key
from memos_graph.engines.claims.copula import attribute_claims, being_claims, having_claims
from memos_graph.engines.claims.doings import event_claims, habit_claims
from memos_graph.engines.claims.found import Found
from memos_graph.engines.claims.sentences import Clause, Subject, clauses, may_claim, sentences, subjects, unquoted
from memos_graph.engines.claims.times import Told, hidden, times_in
from memos_graph.engines.claims.verbs import verb_claims
from memos_graph.engines.claims.words import phrase

_IS_MINE = re.compile(
    r"\s*(?P<value>[^\W_][\w' -]{1,40}?) (?:is|has become|became)(?: now| still)?(?P<not> not| no longer)?(?:"
    r" now)? my"
    r" (?:new |current )?(?P<noun>favou?rite [a-z]+(?: [a-z]+)?|(?:phone |account )?number|address|e?-?mail|job)"
    r"(?= *$|\x01)"
)
_STOPPED = re.compile(r" *(?:'ve |have |has |just ){0,2}(?:stopped|gave up|quit) ")
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
    for start, end in sentences(clean):
        if not may_claim(clean[start:end]):
            continue
        for claim in _sentence(clean[start:end], speaker.strip(), said_at):
            same = (claim.subject, claim.attribute, claim.key, claim.polarity, claim.since)
            if same not in seen:
                seen.add(same)
                found.append(replace(claim, span=(start + claim.span[0], start + claim.span[1])))
        if len(found) >= MOST:
            break
    return tuple(found[:MOST])


def _sentence(sentence: str, speaker: str, said_at: datetime | None) -> Iterator[Claim]:
    plain = unquoted(sentence)
    told = times_in(plain, said_at)
    if not sentence.isascii():
        yield from chinese_claims(sentence, speaker, told)
    blank = hidden(plain, told)
    before: Subject | None = None
    for clause in clauses(blank):
        if clause.bound:
            continue
        words = blank[clause.start : clause.end].rstrip(" .!。！\t\r\n")
        given = [*_turned(words, speaker), *subjects(words, speaker)]
        if not given and clause.joined and before is not None:
            given = [(before, 0)]
        for subject, at in given:
            claims = _claims(words[at:], subject, speaker, words[:at])
            if claims:
                here = _times_of(clause, told)
                for found in claims:
                    claim = _claim(found, subject, speaker, sentence, clause, clause.start + at, here, said_at)
                    if claim is not None:
                        yield claim
                before = subject
                break
        else:
            before = given[-1][0] if given else None


def _turned(words: str, speaker: str) -> Iterator[tuple[Subject, int]]:
    """ "Mint tea is my favourite drink": what the words before say is the value. As if it were said the other way."""
    match = _IS_MINE.match(words) if speaker else None
    if match is not None:
        noun = match["noun"].replace("favourite", "favorite")
        yield Subject(name=f"{speaker}'s {noun}", sort="turned", attribute=noun, owner=speaker), 0


def _mine(words: str, subject: Subject) -> Iterator[Found]:
    match = _IS_MINE.match(words)
    if match is not None and (value := phrase(match["value"], 4)):
        over = match["not"] is not None
        yield Found(
            attribute=subject.attribute, value=value, of=subject.owner, when="ended" if over else "holds",
            polarity=not over,
        )  # fmt: skip


def _claims(rest: str, subject: Subject, speaker: str, lead: str) -> list[Found]:
    """What the first rule that can read the words behind the subject finds."""
    if subject.sort == "turned":
        return list(_mine(rest, subject))
    sort = subject.sort
    stopped = _STOPPED.match(rest) is not None  # "stopped working at Acme" says more than the end of a habit
    habits = (verb_claims(rest, sort), habit_claims(rest, sort, lead)) if stopped else (habit_claims(rest, sort, lead),)
    for read in (
        attribute_claims(rest, subject), change_claims(rest, sort), *habits, having_claims(rest, sort),
        verb_claims(rest, sort), being_claims(rest, subject), event_claims(rest),
    ):  # fmt: skip
        found = [replace(one, of=speaker) if one.of == "\x02" else one for one in read]
        found = [one for one in found if one.of or not one.of_self]
        if found:
            return found
    return []


def _times_of(clause: Clause, told: Sequence[Told]) -> tuple[Told, ...]:
    """The times in the clause; else the one that the sentence begins with, or that stands before an "and"."""
    here = tuple(one for one in told if clause.start <= one.begins and one.ends <= clause.end)
    leads = len(told) == 1 and (clause.joined or told[0].begins < _LEADS)
    return here or (tuple(told) if leads else ())


def _claim(found: Found, subject: Subject, speaker: str, sentence: str, clause: Clause, at: int,
           told: Sequence[Told], said_at: datetime | None) -> Claim | None:  # fmt: skip
    """The claim with its subject and times; None where these are wanting."""
    name = (found.of or subject.name).strip()
    value = subject.name if found.of_self else found.value
    if found.dated is not None:
        begins, ends = at + found.dated[0], at + found.dated[1]
        within = [one for one in told if begins <= one.inner and one.ends <= ends + 1]
        if not within:
            return None
        value = sentence[within[0].inner : within[0].ends].strip()
        told = ()
    when = _when(found, told, said_at)
    if when is None or not subject_key(name) or subject_key(name) == subject_key(value):
        return None
    since, until = when
    if since is not None and until is not None and until <= since:
        return None
    attribute = attribute_name(found.attribute) if found.when not in ("event", "habit") else found.attribute
    kind: Kind = "event" if found.when == "event" else "habit" if found.when == "habit" else "state"
    single = kind == "state" and is_single(attribute)
    return Claim(
        subject=subject_key(name), name=name, attribute=attribute, value=" ".join(value.split()).strip(" .,;"),
        polarity=found.polarity, kind=kind, single=single, since=since, until=until, instead=found.instead,
        span=(clause.start, clause.end),
    )  # fmt: skip


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
    if found.when == "was":
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
