"""What a world is made of: attributes, statements, deletions, questions. Data only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

What = Literal["state", "end", "event", "habit", "conclusion"]
Class = Literal["current", "previous", "as-of", "absence", "events", "cascade", "deletion"]
CLASSES: tuple[Class, ...] = ("current", "previous", "as-of", "absence", "events", "cascade", "deletion")


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """Something that a subject has one of at a time."""

    name: str  #: as a fact names it: "lives in"
    says: str  #: the fact as a sentence, with {s} and {v}
    ended: str  #: that it stopped, likewise


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One thing that somebody says."""

    id: str
    at: datetime  #: when it is said; UTC
    speaker: str
    what: What
    subject: str
    attribute: str
    value: str
    since: datetime  #: from when it holds; of an event, its day; of an end, when it ended
    fact: str  #: as a sentence of its own
    chat: str  #: as it is said in a chat
    until: datetime | None = None  #: of what is told of a time long past: until when it held
    premises: tuple[str, ...] = ()  #: of a conclusion: ids of the statements that it rests on, all of them
    again: str = ""  #: id of the statement that this one merely repeats


@dataclass(frozen=True, slots=True, kw_only=True)
class Deletion:
    """A wish that a statement be forgotten."""

    at: datetime
    statement: str
    erase: bool  #: without a trace; else only retired


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """Small talk, questions, suppositions: nothing in it is a fact about its speaker's states."""

    at: datetime
    speaker: str
    chat: str


Said = Statement | Deletion | Remark


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked at the end of the story, and the answer that the world itself gives."""

    id: str
    of: Class
    text: str
    subject: str
    attribute: str
    values: tuple[str, ...]  #: all that could be answered: what any subject of this world has had
    answer: str  #: "": nobody knows, or it is in doubt
    days: tuple[date, ...] = ()  #: of a question for events: all of them
    as_of: datetime | None = None  #: asked about that time; None: about now
    once: str = ""  #: of an absence: what was last known
    ended: datetime | None = None  #: and until when


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """A story in the order in which it is told, and what is asked after its end."""

    seed: int
    phrasing: str
    said: tuple[Said, ...]
    questions: tuple[Question, ...]
    end: datetime  #: when the questions are asked

    @property
    def statements(self) -> tuple[Statement, ...]:
        """All statements, in order."""
        return tuple(one for one in self.said if isinstance(one, Statement))
