"""A text as clauses that may claim something, each with who or what it is about. English.

Left out are questions, conditions, wishes, guesses, what others are said to have said, and what stands in quotation
marks: precision before recall. Declines to know what a clause claims.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from memos_graph.engines.claims.claim import subject_key
from memos_graph.engines.claims.words import NAME, NOUN, NOUNS, is_name
from memos_graph.engines.common_words import COMMON

LONGEST = 400  #: characters of a sentence; a longer one is no talk, and patterns cost its square

_END = re.compile(r"(?<=[.!?…])[\"')\]]*\s+|\n+|(?<=[。！？；])")
_TITLE = re.compile(r"\b(?:Dr|Mr|Mrs|Ms|Prof|St|vs|No|Nr|approx|e\.g|i\.e)\.$")
_QUOTED = re.compile(
    r"\"[^\"\n]{1,300}\"|“[^”\n]{1,300}”|‘[^’\n]{1,300}’|(?<!\w)'[^'\n]{1,300}'(?!\w)|「[^」\n]{1,300}」"
)
_HEDGED = re.compile(
    r"""\b(?:if|unless|would|'d\b|could|might|maybe|perhaps|probably|possibly|wish|wishes|wished|hope|hopes|hoping|hoped
    |imagine|suppose|supposed|supposedly|pretend|dream|dreamt|dreamed|joking|joke|kidding|seems?|seemed|apparently
    |not\ that\ I|doubts?|doubted|not\ sure|no\ idea|don't\ know|forgot|forget\ where|guess(?!\ what)|guessing
    |think|thinks|thought|thinking|believe|believes|believed|rumou?rs?|allegedly|whether|wonder|wonders|wondering
    |wondered|what\ if|let's|should|shall|must\ be|as\ though|almost|nearly|feels?\ like|felt\ like
    |said|says|say|saying|told|tells|tell|asked|asks|claims?|claimed|heard|hears|wrote|writes|according\ to
    |considering|considered|going\ to|gonna|(?:plan|plans|planning|(?<!from\ )planned)\ (?:to|on)
    |want|wants|wanted|will|won't|'ll|need\ to|able
    |used\ to\ think|fiction|novel|character|story|movie|film|episode|game|example|e\.g|hypothetically|remember\ when
    |looks?\ like|sounds?\ like|try|trying|tried|decide|decided|decides|offered|promised)\b|'ll\b|'d\b|/s$""",
    re.IGNORECASE | re.VERBOSE,
)
_MAY = re.compile(r"\bmay\b|\bcan\b|\bcan't\b|\bcannot\b")
_JOIN = re.compile(
    r"""\s*,\s+(?P<on>)(?=(?:lives?|works?|drives?|moved|joined|started|quit|left|studies|speaks?|owns?)\s)
    |\s*(?:[,:](?!\d)|[;()–—])\s*|\s+-\s+
    |\s+(?:because|although|though|whereas|so)\s+
    |\s+(?P<bound>while|which|whose|when|where|after|before|until|since|whenever|that|who)\s+
    |\s+(?P<and>and|but)\s+(?=(?:then\ |now\ |also\ |just\ |recently\ |currently\ |still\ |no\ longer\ |finally\ )?
       (?:\x01+\s+(?=I\b|my\b|we\b)|I|I'm|I've|he|she|it|we|they|you|my|his|her|our|their|the|there|is|was|are|am|has|have|had|do|does|did|don't
         |doesn't|isn't|live|lives|lived|work|works|worked|moved?|started|stopped|quit|left|got|joined|became|went|bought
         |sold|visited|met|likes?|loves?|hates?|prefers?|owns?|speaks?|plays?|uses?|drives?|study|studies|speak|own|costs?|weighs?|opens?
         |closes?|switched|changed|married|adopted|\w+ed)\b
       |[A-Z]\w+(?:'s\ \w+){0,2}\ (?:is|was|has|lives|works|moved|started|owns|likes|loves|prefers|costs|opens
         |closes)\b)""",
    re.VERBOSE,
)
_BINDS = re.compile(r"\s*(?:when|while|after|before|until|since|whenever|as|where|once)\s", re.IGNORECASE)
_LEAD = re.compile(
    r"""(?:(?:oh|hey|hi|hello|well|yes|yeah|yep|no(?=[,!.])|nope|ok|okay|and|but|also|so|btw|by\ the\ way|fyi|actually
    |anyway|then|finally|sadly|unfortunately|luckily|thankfully
    |update|correction|good\ news|great\ news|big\ news|bad\ news
    |news
    |honestly|currently|recently|nowadays|in\ fact|turns\ out|it\ turns\ out|just\ so\ you\ know|for\ the\ record
    |please\ note\ that|note\ that|remember\ that|now|these\ days|to\ be\ clear|quick\ update|small\ update
    |as\ you\ know
    |(?:every|each)\ (?:other\ )?\w+|on\ (?:\w+days|weekends)|right\ now|at\ the\ moment|apart\ from\ that|guess\ what
    |since\ then|today|previously|formerly|before\ that|before\ then|prior\ to\ that|until\ then|up\ to\ then|officially
    |it's\ official|after\ that|eventually|so\ far|happily|just|from\ now\ on|big\ update|life\ update)\b[,:!.]?\s*
    |\x01+[\s,:]*|[\s*_>•#-]+
    ){1,5}""",
    re.IGNORECASE | re.VERBOSE,
)
_NEWER = re.compile(r"^(?:new|current|latest|own|newest|present)(?: |$)")
_LOWER = re.compile(r"[a-z][\w-]{1,25}(?= |'|\x01|$)")
_SELF = re.compile(r"(?:I|i)(?=['\s])")
_WE = re.compile(r"(?:We|we)(?=['\s])")
_MINE = re.compile(rf"(?:My|my) (?P<noun>{NOUNS}?)(?: (?P<called>{NAME}))?(?=[\s'\x01]|$)")
_FRIEND = re.compile(rf"(?:My|my) (?P<noun>{NOUNS}) (?P<called>{NAME})(?=[\s'\x01]|$)")
_OURS = re.compile(rf"(?:Our|our) (?P<noun>{NOUNS}?)(?=[\s'\x01]|$)")
_OF = re.compile(
    rf"(?:The|the) (?P<kind>{NOUNS}?) (?:of|for|at) (?:(?P<owner>(?:the |The )?{NAME})|(?P<some>my|the) "
    rf"(?P<noun>{NOUN}))"
    r"(?=[\s'\x01]|$)"
)
_OWNED = re.compile(
    rf"(?P<owner>(?:The |the )?{NAME}|(?:The|the|My|my) {NOUNS}?)'s? (?P<noun>{NOUNS}?)"
    rf"(?=[\s'\x01]|$)"
)
_NAMED = re.compile(rf"(?:The )?{NAME}(?=[\s'\x01]|$)")
_THING = re.compile(rf"(?:The|the) (?P<noun>{NOUNS}?)(?=[\s'\x01]|$)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What a clause may be about."""

    name: str  #: as it is shown
    sort: str  #: self, we (the speaker and others), name, thing
    attribute: str = ""  #: "Ann's manager" is also Ann with the attribute manager
    owner: str = ""  #: and Ann

    @property
    def key(self) -> str:
        """As claims have it."""
        return subject_key(self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """A part of a sentence that has a subject and something behind it."""

    start: int  #: in the text
    end: int
    joined: bool  #: goes on from the clause before it with "and" or "but"
    bound: bool  #: hangs on the clause before it: "when I have kids"


def sentences(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of each sentence. O(len(text))."""
    start = 0
    for end in _END.finditer(text):
        if _TITLE.search(text, max(start, end.start() - 12), end.start()):
            continue
        yield start, end.end()
        start = end.end()
    yield start, len(text)


def may_claim(sentence: str) -> bool:
    """Whether the sentence states something at all, as far as its words say."""
    plain = sentence.strip()
    if not plain or len(sentence) > LONGEST or re.search(r"[?？]", plain):
        return False
    return _HEDGED.search(plain) is None and _MAY.search(plain) is None


def unquoted(sentence: str) -> str:
    """The sentence with spaces for what stands in quotation marks; places stay. Quotes in words become straight."""
    straight = _QUOTED.sub(lambda match: " " * len(match.group()), sentence)
    return straight.replace("’", "'").replace("‘", "'")


def clauses(sentence: str) -> Iterator[Clause]:
    """The clauses of a sentence, in order."""
    start, joined = 0, False
    bound = _BINDS.match(sentence) is not None
    for join in _JOIN.finditer(sentence):
        yield Clause(start=start, end=join.start(), joined=joined, bound=bound)
        start, bound = join.end(), join["bound"] is not None
        joined = join["and"] is not None or join["on"] is not None
    yield Clause(start=start, end=len(sentence), joined=joined, bound=bound)


def subjects(clause: str, speaker: str) -> Iterator[tuple[Subject, int]]:
    """What the clause may be about, the likeliest first, each with where the rest begins."""
    lead = _LEAD.match(clause)
    at = lead.end() if lead is not None else 0
    if found := _SELF.match(clause, at):
        if speaker:
            yield Subject(name=speaker, sort="self"), found.end()
        return
    if found := _WE.match(clause, at):
        if speaker:
            yield Subject(name=speaker, sort="we"), found.end()
        return
    for pattern, mine in ((_FRIEND, speaker), (_MINE, speaker), (_OURS, speaker), (_OWNED, "")):
        yield from _owned(pattern, clause, at, mine, speaker)
    yield from _of(clause, at, speaker)
    if (named := _NAMED.match(clause, at)) and is_name(named.group()):
        yield Subject(name=named.group(), sort="name"), named.end()
        for end in list(_word_ends(clause, named.end() + 1))[:2]:
            yield Subject(name=clause[named.start() : end], sort="thing"), end
    elif thing := _THING.match(clause, at):
        for end in _word_ends(clause, thing.start("noun")):
            yield Subject(name=f"the {clause[thing.start('noun') : end]}", sort="thing"), end


def _owned(pattern: re.Pattern[str], clause: str, at: int, mine: str, speaker: str) -> Iterator[tuple[Subject, int]]:
    match = pattern.match(clause, at)
    if match is None:
        return
    groups = match.groupdict()
    owner = mine or _owner(groups.get("owner") or "", speaker)
    if not owner:
        return
    called = groups.get("called")
    if called and match["noun"].split()[-1] not in COMMON:  # "my flight to Rome" is not called Rome
        yield Subject(name=called, sort="name"), match.end()
    for end in _word_ends(clause, match.start("noun")):
        yield _possessed(owner, clause[match.start("noun") : end]), end


def _of(clause: str, at: int, speaker: str) -> Iterator[tuple[Subject, int]]:
    """ "The price of the Orion", "the manager of my team"."""
    match = _OF.match(clause, at)
    if match is None:
        return
    if match["owner"]:
        for end in (match.end(), *_word_ends(clause, match.end() + 1)):
            if owner := _owner(clause[match.start("owner") : end], speaker):
                yield _possessed(owner, match["kind"]), end
        return
    for end in _word_ends(clause, match.start("noun")):
        if owner := _owner(f"{match['some']} {clause[match.start('noun') : end]}", speaker):
            yield _possessed(owner, match["kind"]), end


def _owner(said: str, speaker: str) -> str:
    if said.lower().startswith("my "):
        return f"{speaker}'s {said[3:]}" if speaker else ""
    if said.lower().startswith("the ") and said[4:5].islower():
        return f"the {said[4:]}"
    return said if said and is_name(said) else ""


def _possessed(owner: str, noun: str) -> Subject:
    noun = _NEWER.sub("", noun) or noun
    return Subject(name=f"{owner}'s {noun}", sort="thing", attribute=noun, owner=owner)


def _word_ends(clause: str, at: int) -> Iterator[int]:
    """Where a noun that begins `at` may end: behind one word in small letters, two or three."""
    for _ in range(3):
        word = _LOWER.match(clause, at)
        if word is not None and word.group() in COMMON:
            return
        if word is None:
            return
        yield word.end()
        at = word.end() + 1
