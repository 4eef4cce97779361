"""Answers from memory, as people ask for them; over one cube and over several."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from memos_graph.app.given import request
from memos_graph.app.of_cube import OfCube
from memos_graph.model.chat import ChatMessage
from memos_graph.model.errors import Invalid
from memos_graph.ports import Reranker
from memos_graph.services.chatting import chat as chatting
from memos_graph.services.chatting.asking import ChatAnswer, ChatRequest, Turn
from memos_graph.services.chatting.remembering import remember_turn
from memos_graph.services.remember.feed import FeedOptions
from memos_graph.services.remember.report import Fed

#: What was said before: messages, or mappings with role and content.
History = Sequence[ChatMessage | Mapping[str, Any]]
_OWN = frozenset({"history", "max_tokens", "temperature", "seed", "prefix", "conversation"})
_TOP_K = 8  #: memories found beside the prefix: a prompt is read whole, a page of hits is not


class Chatting(OfCube):
    """Answers from memory."""

    __slots__ = ()

    _reranker: Reranker | None
    _options: FeedOptions

    def chat(self, question: str, *, remember: bool = False, **options: Any) -> ChatAnswer:
        """What the language model answers from this cube's memories, with the memories that it cites.

        remember: question and answer become messages of the talk called `conversation` ("chat"). Options: history
        (messages, oldest first), max_tokens=512 (of the answer), temperature=0, seed, prefix=True (the cube's prefix
        stands first), top_k=8 and those of `search` that ask for what holds now (docs/chat.md). `NotSupported` without
        a model, `ContextOverflow` when the question alone is too long for it, `Unavailable` and `Refused` as the
        endpoint has them; nothing is remembered then.
        """
        asked = chat_request(question, (self.name,), options, self._reranker, remember_in=self.name if remember else "")
        return chatting.chat(self._context, asked, feeding=self._options)

    def chat_stream(self, question: str, *, remember: bool = False, **options: Any) -> Iterator[str | ChatAnswer]:
        """As `chat`: the answer in pieces as they come, then the ChatAnswer, last. Stop reading, and it is over:
        nothing is remembered of an answer that was not read to its end."""
        asked = chat_request(question, (self.name,), options, self._reranker, remember_in=self.name if remember else "")
        return chatting.stream_chat(self._context, asked, feeding=self._options)

    def remember_turn(self, turn: Turn, *, conversation: str = "chat") -> Fed:
        """Remember `ChatAnswer.turn`; what became of it. The same turn again writes nothing."""
        return remember_turn(self._context, self.name, conversation, turn, options=self._options)


def chat_request(question: str, cubes: tuple[str, ...], options: Mapping[str, Any], reranker: Reranker | None, *,
                 remember_in: str = "") -> ChatRequest:  # fmt: skip
    """What a chat is asked. `Invalid` for an option that there is not, or that its own check refuses."""
    own = {name: value for name, value in options.items() if name in _OWN and value is not None}
    own["history"] = tuple(map(_message, own.get("history", ())))
    conversation = {"conversation": own["conversation"]} if "conversation" in own else {}
    wanted = {name: value for name, value in options.items() if name not in _OWN}
    search = request(question, cubes, {"top_k": _TOP_K, **conversation, **wanted}, reranker=reranker)
    return ChatRequest(search=search, remember_in=remember_in, **own)


def _message(given: ChatMessage | Mapping[str, Any]) -> ChatMessage:
    if isinstance(given, ChatMessage):
        return given
    if not isinstance(given, Mapping) or not isinstance(given.get("content"), str):
        raise Invalid("history", given, "give messages {role, content}")
    return ChatMessage(given.get("role", ""), given["content"])
