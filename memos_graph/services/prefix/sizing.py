"""How many tokens a text is for the model that will read it: as its server says, or as our own embedder estimates.

Declines to know what is counted and why (`building`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from memos_graph.model.chat import ChatMessage
from memos_graph.model.errors import Unavailable
from memos_graph.ports import Embedder
from memos_graph.ports_language import ChatModel, PrefixServer
from memos_graph.services.context import Context

ESTIMATE = "estimate"  #: who counted, where no server does
_BLOCK = 16  #: vLLM's on GPUs, where nobody says another
_SAMPLE = 64  #: lines
UNTOLD = 2_000  #: tokens of a prefix where nobody tells what the model takes and that its server caches
_LEFT = 1_536  #: tokens of a model's context that stay free at least: for what is asked, found and answered
_LONGEST = 24_576  #: tokens that a prefix has at most unless more is asked for: longer ones were not measured
_AROUND = 8  #: tokens that chat templates put around a system message, about
#: Two questions that share no first token, so that what they share comes before the user's own words.
_ASKED = ("Why", "3?")


class Sizes(Protocol):
    """Counts tokens."""

    by: str  #: who counts: a model's name, or ESTIMATE
    exact: bool  #: whether it is worth filling up blocks by it

    def lines(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each of some lines, its end too, so near that their sum is right."""

    def before_user(self, system: str) -> int:
        """Tokens of all that comes before the user's own words when `system` is the system message."""

    def shared(self, system: str, other: str) -> int:
        """Tokens that prompts with these two system messages begin with alike."""


def sizes_of(context: Context) -> Sizes:
    """Counts by the language model's server where it tells and answers, by the embedder else."""
    server, model = context.prefix_server, context.language
    if server is not None and model is not None:
        counted = _Served(server, model.model, context.embedder)
        try:
            if counted.there():
                return counted
        except Unavailable:
            pass
    return _Estimated(context.embedder)


def block_of(context: Context) -> int:
    """Tokens of a block of the cache: the setting, else what the server says, else 16."""
    if context.prefix_block:
        return context.prefix_block
    try:
        told = context.prefix_server.block_tokens() if context.prefix_server is not None else None
    except Unavailable:
        told = None
    return told or _BLOCK


def budget_of(context: Context, before: int = 0) -> int:
    """Tokens that a prefix may have: the setting, else three quarters of the context of a model whose server caches.

    Then half of the server's cache at most, so that several find room in it. 2,000 where nobody tells; where the server
    is away at the moment `before`, if more: what it holds is not given up for that.
    """
    if context.prefix_tokens is not None:
        return context.prefix_tokens
    model = context.language
    try:
        setup = context.prefix_server.cache() if context.prefix_server is not None else None
    except Unavailable:
        return max(UNTOLD, before)
    whole = model.context_tokens() if setup is not None and isinstance(model, ChatModel) else None
    if setup is None or whole is None:
        return UNTOLD
    return max(1, min(whole * 3 // 4, whole - _LEFT, _LONGEST, whole if setup.tokens is None else setup.tokens // 2))


class _Served:
    """Counts by the server: chats are tokenised by the model's own template."""

    exact = True

    def __init__(self, server: PrefixServer, model: str, embedder: Embedder) -> None:
        self._server, self.by, self._roughly = server, model, _Estimated(embedder)
        self._empty = 0

    def there(self) -> bool:
        """Whether the server tells."""
        told = self._server.tokens((ChatMessage("user", "."),))
        self._empty = 0 if told is None else len(told) - 1
        return told is not None

    def lines(self, texts: Sequence[str]) -> list[int]:
        # one question, not one a line: the lines of a sample are counted together, and say how far the estimate is off
        sizes = self._roughly.lines(texts)
        some = texts[:_SAMPLE]
        if not some:
            return []
        told = len(self._ids((ChatMessage("user", "\n".join((*some, "."))),))) - self._empty - 1
        share = max(1, told) / sum(sizes[:_SAMPLE])
        return [max(1, round(size * share)) for size in sizes]

    def before_user(self, system: str) -> int:
        return self._alike(*(self._ids((ChatMessage("system", system), ChatMessage("user", word))) for word in _ASKED))

    def shared(self, system: str, other: str) -> int:
        chats = ((ChatMessage("system", text), ChatMessage("user", _ASKED[0])) for text in (system, other))
        return self._alike(*map(self._ids, chats))

    def _ids(self, messages: Sequence[ChatMessage]) -> tuple[int, ...]:
        told = self._server.tokens(messages)
        if told is None:
            raise Unavailable(f"the server of {self.by} counted tokens before and does not any more; try again")
        return told

    @staticmethod
    def _alike(one: Sequence[int], other: Sequence[int]) -> int:
        least = min(len(one), len(other))
        return next((at for at in range(least) if one[at] != other[at]), least)


class _Estimated:
    """Counts by the embedder: near enough for a budget, of no use for whole blocks."""

    by = ESTIMATE
    exact = False

    def __init__(self, embedder: Embedder) -> None:
        self._count = embedder.count_tokens

    def lines(self, texts: Sequence[str]) -> list[int]:
        return [self._count(text) + 1 for text in texts]

    def before_user(self, system: str) -> int:
        return _AROUND + sum(self.lines(system.split("\n")))

    def shared(self, system: str, other: str) -> int:
        lines, others = system.split("\n"), other.split("\n")
        alike = next((at for at, (a, b) in enumerate(zip(lines, others, strict=False)) if a != b), len(lines))
        return sum(self.lines(lines[:alike]))
