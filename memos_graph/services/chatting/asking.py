"""What a chat is asked and what it answers. Frozen, each field checked as it is made; runs nothing."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from memos_graph.model.chat import ChatMessage, Finish, TokenUsage
from memos_graph.model.errors import Invalid, require
from memos_graph.services.asking import RecallRequest
from memos_graph.services.hits import Hit

MAX_WORDS = 1_000_000  #: characters of a question
MAX_TURNS = 2_000  #: messages of history


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatRequest:
    """A question with what it is asked over. `Invalid` names a field that can't be used.

    `search` is asked for the memories; its query is the question. What holds now is answered from: a search of another
    time, or of what is archived, is refused, because the prefix beside it holds what is true now.
    """

    search: RecallRequest
    history: tuple[ChatMessage, ...] = ()  #: user and assistant in turn, oldest first: their words alone
    max_tokens: int = 512  #: of the answer
    temperature: float = 0.0
    seed: int | None = None
    prefix: bool = True  #: whether the memories that stand first in every prompt go in
    remember_in: str = ""  #: cube that this turn is remembered in; "": it is not
    conversation: str = "chat"  #: what the talk is called there

    def __post_init__(self) -> None:
        require(len(self.question) <= MAX_WORDS, "question", len(self.question), f"at most {MAX_WORDS} characters")
        _whole("max_tokens", self.max_tokens, 1_000_000)
        bad = isinstance(self.temperature, bool) or not isinstance(self.temperature, int | float)
        if bad or not math.isfinite(self.temperature) or not 0 <= self.temperature <= 2:
            raise Invalid("temperature", self.temperature, "give a number from 0 to 2")
        if self.seed is not None and (isinstance(self.seed, bool) or not isinstance(self.seed, int)):
            raise Invalid("seed", self.seed, "give a whole number, or None")
        require(bool(self.conversation.strip()), "conversation", self.conversation, "name the talk")
        require(len(self.history) <= MAX_TURNS, "history", len(self.history), f"give at most {MAX_TURNS} messages")
        for message in self.history:
            if message.role not in ("user", "assistant"):
                raise Invalid("history: role", message.role, "history holds user and assistant; instructions are ours")
        past = [name for name in ("as_of", "known_at", "states") if getattr(self.search, name) is not None]
        if past or self.search.include_archived:
            name = past[0] if past else "include_archived"
            raise Invalid(name, getattr(self.search, name), "a chat answers from what holds now; search shows the rest")

    @property
    def opens_with_prefix(self) -> bool:
        """Whether the prefix goes in: never beside a search that is narrowed, whose bounds it does not know."""
        asked = self.search
        narrowed = asked.filter or asked.kinds or asked.tags or asked.created or asked.updated
        return self.prefix and not narrowed

    @property
    def question(self) -> str:
        """What is asked."""
        return self.search.query

    @property
    def cubes(self) -> tuple[str, ...]:
        """The cubes it is asked of."""
        return self.search.cubes


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """A memory that the answer cites."""

    number: int  #: as [n] in the answer
    id: str
    cube: str
    text: str  #: the memory's own
    path: str  #: how it was found, or why it stands in the prefix


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A question and its answer, as they are remembered. Remembered again it is the same turn."""

    question: str
    answer: str  #: without its citations: their numbers mean nothing later
    asked_at: datetime
    rests_on: tuple[tuple[str, str], ...] = ()  #: cube and id of what the answer cites


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatAnswer:
    """What the model answered, and what it answered from."""

    text: str
    citations: tuple[Citation, ...]  #: each memory once, in the order in which the answer cites
    unknown: tuple[int, ...]  #: numbers it cites that stand for no memory
    hits: tuple[Hit, ...]  #: what the search found
    numbers: Mapping[int, tuple[str, str]]  #: by number, cube and id of every memory that the prompt held
    prefix_digest: str  #: SHA-256 of the system message
    prefix_tokens: int  #: tokens of all that comes before the user's own words
    usage: TokenUsage
    finish: Finish  #: length: it was cut at `max_tokens`
    model: str
    trimmed: tuple[str, ...]  #: what was left out of the prompt for room, a line each
    turn: Turn
    remembered: str = ""  #: id of the Delta that the turn was written by; "": it was not asked for, or see below
    not_remembered: str = ""  #: why the turn that should be remembered is not; "": it is, or was not asked for


def _whole(name: str, value: object, most: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
        raise Invalid(name, value, f"use a whole number from 1 to {most}")
