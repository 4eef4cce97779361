"""What is said of the state that a thing came into: "went live", "was put on hold", "went from planned to running".

English. Declines to know subject and times, and what simply is so ("is on hold": see `copula`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from memos_graph.engines.claims.found import Found
from memos_graph.engines.claims.listed import words
from memos_graph.engines.claims.sentences import Subject
from memos_graph.engines.claims.words import STATUSES

#: participles that are said of a moment: "was approved last week" is so from then on; "was open last week" is over
_DONE = words(
    """
    approved cancelled canceled paused stopped launched released shipped completed finished rejected suspended
    archived started shelved scrapped halted postponed abandoned resolved decommissioned deprecated
    """
)
_ADVERBS = r"(?: (?:just|now|finally|officially|also|recently|already|actually|then|been|once again|all)){0,3}"
_CAME = (
    r"(?:went|go(?:es|ne)|got|gotten|became|become|turned|came|put|switched(?: over)? to|moved(?: on)? (?:in)?to"
    r"|changed(?: over)? to|progressed to|advanced to|set to|slipped to|jumped to|dropped back to)"
)
_STAYS = (
    r"(?:remains|stays|still stands at|stands at|stands|sits at|counts as|(?:is|'s) (?:now |currently |still )?"
    r"(?:considered|marked|listed|regarded|flagged|classed|filed)(?: as)?|is back(?: to)?|'s back(?: to)?)"
)
_AUX = r" *(?:(?:'s|has|have|is|was|were|are|'ve)(?= ))?"
_CLOSE = r"(?= *(?:$|[\x01,;.!]| now\b| again\b| already\b| at last\b| as of\b| for now\b| at the moment\b))"


@cache
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    """Made at the first text. From A to B; came into; stays."""
    status = "|".join(sorted(map(re.escape, STATUSES), key=len, reverse=True))
    old, new = rf"(?P<old>{status})", rf"(?:being )?(?P<new>{status})"
    moved = (
        rf"{_AUX}{_ADVERBS} ?(?:went|gone|moved|switched|changed|set|progressed|passed|advanced|turned)(?: over)? from"
        rf" (?:being )?{old} (?:in)?to {new}{_CLOSE}"
    )
    came = rf"{_AUX}{_ADVERBS} ?(?:{_CAME}|(?P<done>(?={'|'.join(sorted(_DONE))})))(?:{_ADVERBS}) ?{new}{_CLOSE}"
    stays = rf" *{_STAYS} {new}{_CLOSE}"
    return re.compile(moved), re.compile(came), re.compile(stays)


def status_claims(rest: str, subject: Subject, sort: str) -> Iterator[Found]:
    """What the words behind a thing, or its status, say that it has become; nothing of a speaker."""
    of = subject.owner if subject.attribute == "status" else ""
    if sort in ("self", "we") or (subject.attribute and not of):
        return
    low = rest[:120].lower()
    moved, came, stays = _patterns()
    if match := moved.match(low):
        yield Found(attribute="status", value=match["new"], when="began", before=match["old"], of=of)
    elif match := came.match(low):
        yield Found(attribute="status", value=match["new"], when="began", of=of)
    elif match := stays.match(low):
        yield Found(attribute="status", value=match["new"], of=of)
