"""What a rule found in a clause, before it has a subject and times."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

#: holds: now. has: if the clause says since when. was: once, at a time that the clause names. began: from a change on.
#: ended: no longer. event: happened.
#: once: it was so, and is over.
When = Literal["holds", "has", "was", "once", "began", "ended", "event", "habit"]
#: what a text must speak of, or a long time: "I'm at Acme now" may be a visit
Needs = Literal["", "work", "home"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """An attribute and a value."""

    attribute: str
    value: str
    when: When = "holds"
    polarity: bool = True
    of: str = ""  #: whom it is said of; "": the clause's subject
    of_self: bool = False  #: the clause's subject is the value, and `of` the subject
    was: bool = False  #: of what ended: it was so until then
    before: str = ""  #: the value that it took the place of
    needs: Needs = ""
    instead: str = ""  #: the value whose place it takes, where the words name no attribute
    dated: tuple[int, int] | None = None  #: the value is a time: its characters behind the subject
