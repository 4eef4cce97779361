"""What is said to a language model and what it says back, with what it cost in tokens. Data only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from memos_graph.model.errors import Invalid

Role = Literal["system", "user", "assistant"]
ROLES: tuple[Role, ...] = ("system", "user", "assistant")
Finish = Literal["stop", "length", "filter", "other"]


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """One message of a chat with a model."""

    role: Role
    content: str

    def __post_init__(self) -> None:
        if self.role not in ROLES:
            raise Invalid("role", self.role, f"use one of {', '.join(ROLES)}")


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenUsage:
    """Tokens of one answer as the server counted them; None where it did not say."""

    prompt: int | None = None
    cached: int | None = None  #: of the prompt, those whose keys and values the server had already
    completion: int | None = None

    @property
    def prefilled(self) -> int | None:
        """Tokens of the prompt that the model had to read."""
        return None if self.prompt is None else self.prompt - (self.cached or 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatReply:
    """What a model answered."""

    text: str
    model: str
    finish: Finish
    usage: TokenUsage


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheCounters:
    """A server's prefix cache since it started, in tokens, over all that ask it."""

    queried: int
    hit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheSetup:
    """How a server's prefix cache is set up, as far as it tells."""

    block: int  #: tokens of a block: only whole blocks are found again
    tokens: int | None = None  #: how many it holds, for all that ask
    on: bool | None = None  #: whether it looks for what it has read
    engines: int = 1  #: each has a cache of its own, and a request goes to one of them
