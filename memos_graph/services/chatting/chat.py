"""Answer a question from memory: the prefix, a search, the model, its citations, and the turn remembered when asked.

Nothing is remembered before the model has answered in full: what is broken off (by an error, or by whoever reads the
pieces) leaves no trace. An answer that was given is not lost when it can't be remembered; it says why.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from memos_graph.engines.chatting.citing import cited, without_citations
from memos_graph.engines.chatting.fitting import Kept
from memos_graph.model.chat import ChatMessage, ChatReply
from memos_graph.model.errors import ContextOverflow, MemosGraphError, NotSupported, Unavailable
from memos_graph.ports_language import NO_LANGUAGE_MODEL, ChatModel
from memos_graph.services.chatting.asking import ChatAnswer, ChatRequest, Turn
from memos_graph.services.chatting.laying import Laid, fit, lay, shorter
from memos_graph.services.chatting.remembering import count_uses, remember_turn
from memos_graph.services.context import Context
from memos_graph.services.prefix.building import bare, current
from memos_graph.services.prefix.stats import record
from memos_graph.services.remember.taking import DEFAULT, FeedOptions

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What was sent, and when the question came."""

    model: ChatModel
    laid: Laid
    kept: Kept
    at: datetime

    def chat(self, messages: Sequence[ChatMessage]) -> ChatReply:
        """The model's whole reply."""
        request, salt = self.laid.request, self.laid.prefix.salt
        return self.model.chat(messages, max_tokens=request.max_tokens, temperature=request.temperature,
                               seed=request.seed, salt=salt)  # fmt: skip

    def stream(self, messages: Sequence[ChatMessage]) -> Iterator[str | ChatReply]:
        """The reply in pieces, and whole."""
        request, salt = self.laid.request, self.laid.prefix.salt
        return self.model.stream(messages, max_tokens=request.max_tokens, temperature=request.temperature,
                                 seed=request.seed, salt=salt)  # fmt: skip


def chat(context: Context, request: ChatRequest, *, feeding: FeedOptions = DEFAULT) -> ChatAnswer:
    """The model's answer to the question, from the prefix and from what a search finds.

    `NotSupported` without a model, `ContextOverflow` when the question alone is too long, `Unavailable` and `Refused`
    as the model has them. feeding: how the turn is taken in. One search, one request to the model (more where the
    server finds the prompt too long), two writes at most.
    """
    asked = _asked(context, request)
    asked, reply = _sent(asked, asked.chat)
    return _answer(context, asked, reply, feeding)


def stream_chat(context: Context, request: ChatRequest, *, feeding: FeedOptions = DEFAULT,
                ) -> Iterator[str | ChatAnswer]:  # fmt: skip
    """As `chat`: the answer's text in pieces as they come, then the ChatAnswer, once, last.

    The search is done and the prompt laid out when this returns; the model is asked at the first piece. Whoever stops
    reading before the ChatAnswer stops the model, and nothing is remembered.
    """
    return _streamed(context, _asked(context, request), feeding)


def _asked(context: Context, request: ChatRequest) -> _Asked:
    model = chat_model(context)
    at = context.clock()
    prefix = (current if request.opens_with_prefix else bare)(context, request.cubes)
    laid = lay(context, request, prefix)
    return _Asked(model=model, laid=laid, kept=fit(context, model, laid), at=at)


def chat_model(context: Context) -> ChatModel:
    """The model that answers. `NotSupported` that says how to set one."""
    if isinstance(context.language, ChatModel):
        return context.language
    raise NotSupported("chat", NO_LANGUAGE_MODEL)


def _sent(asked: _Asked, send: Callable[[Sequence[ChatMessage]], T]) -> tuple[_Asked, T]:
    """What `send` returns, and what was sent in the end: less, where the server found it too long."""
    attempt = 0
    while True:
        try:
            return asked, send(asked.laid.messages(asked.kept))
        except ContextOverflow as error:
            asked = replace(asked, kept=shorter(asked.laid, asked.kept, error, attempt))
            attempt += 1


def _streamed(context: Context, asked: _Asked, feeding: FeedOptions) -> Iterator[str | ChatAnswer]:
    def begun(messages: Sequence[ChatMessage]) -> tuple[str | ChatReply | None, Iterator[str | ChatReply]]:
        pieces = asked.stream(messages)
        return next(pieces, None), pieces  # too long a prompt is told here

    asked, (first, rest) = _sent(asked, begun)
    try:
        piece = first
        while isinstance(piece, str):
            yield piece
            piece = next(rest, None)
    finally:
        if isinstance(rest, Generator):
            rest.close()
    if piece is None:
        raise Unavailable(f"{asked.model.model}: the stream ended without an end; nothing was remembered")
    yield _answer(context, asked, piece, feeding)


def _answer(context: Context, asked: _Asked, reply: ChatReply, feeding: FeedOptions) -> ChatAnswer:
    laid, numbers = asked.laid, asked.laid.numbers(asked.kept)
    if asked.kept.prefix == len(laid.prefix.entries):  # one that was cut proves nothing
        record(context, laid.prefix, reply.usage)
    known, unknown = cited(reply.text, numbers)
    citations = tuple(laid.citation(number, numbers) for number in known)
    turn = Turn(
        question=laid.request.question, answer=without_citations(reply.text).strip(), asked_at=asked.at,
        rests_on=tuple((each.cube, each.id) for each in citations),
    )  # fmt: skip
    answer = ChatAnswer(
        text=reply.text, citations=citations, unknown=unknown, hits=laid.hits, numbers=numbers,
        prefix_digest=laid.prefix.digest, prefix_tokens=laid.prefix.tokens, usage=reply.usage, finish=reply.finish,
        model=reply.model, trimmed=laid.trimmed(asked.kept), turn=turn,
    )  # fmt: skip
    return _remembered(context, laid.request, answer, feeding) if laid.request.remember_in else answer


def _remembered(context: Context, request: ChatRequest, answer: ChatAnswer, feeding: FeedOptions) -> ChatAnswer:
    """`answer` with what became of its turn."""
    cube, receipt = request.remember_in, ""
    try:
        fed = remember_turn(context, cube, request.conversation, answer.turn, options=feeding)
        receipt = fed.receipt
        count_uses(context, cube, answer.turn)
    except MemosGraphError as error:  # the answer was given: it is told with what stood in the way
        return replace(answer, remembered=receipt, not_remembered=str(error))
    return replace(answer, remembered=receipt)
