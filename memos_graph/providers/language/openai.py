"""A language model behind any /chat/completions endpoint (OpenAI API reference, "Create chat completion").

OpenAI, vLLM, Ollama, llama.cpp, and what speaks as they do, by the official client, which is imported at the first
question: that takes a second. Declines to judge what a model says, but keeps it to a schema where one is given.
"""

from __future__ import annotations

import logging
import random
import re
import time
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from memos_graph.model.chat import ChatMessage, ChatReply
from memos_graph.model.errors import BrokenAnswer, Invalid, MemosGraphError, Unavailable, require
from memos_graph.prompts import prompt
from memos_graph.providers.language.answers import OtherForm, both, events_of, models_of, pieces, reply_of
from memos_graph.providers.language.connection import TooMuch, TooSlow, connect, http_of, stream_seconds, within
from memos_graph.providers.language.failures import Asked, Failure, failure_of
from memos_graph.providers.language.schema import check_schema, complaint

if TYPE_CHECKING:
    import openai

T = TypeVar("T")

TRIES = 4
LONGEST_WAIT_S = 20.0  #: a server that asks for more is not waited for: the caller is told how long
AGAIN = "json_again_v1"
_FIRST_WAIT_S = 0.5
_MODELS = 20  #: names of a server's models that an error shows
_CONTEXT = ("max_model_len", "context_length", "max_context_length")  #: vLLM; OpenRouter; LM Studio
_MOST_CONTEXT = 100_000_000
_log = logging.getLogger(__name__)


class OpenAIChat:
    """A `ChatModel`: asks POST {base_url}/chat/completions, one question a request.

    Errors: `Unavailable` when it is down, slow or overloaded, `BrokenAnswer` (one of these) for another form than asked
    for; `ContextOverflow`; `Refused` for its key; `Invalid` for a model it does not have, with those it has, and for
    what else it does not take.

    429, 5xx and lost connections are tried again up to `TRIES` times with doubling pauses and jitter, or as Retry-After
    asks; a time-out is not, and nothing is once an answer has begun to stream. A server that does not take temperature,
    seed, stream_options or response_format is asked without, which the log says. The key is never shown.
    """

    def __init__(self, base_url: str, name: str, *, key: str = "", timeout: float = 60.0, context: int = 0,
                 pause: Callable[[float], None] = time.sleep,
                 chance: Callable[[], float] = random.random) -> None:  # fmt: skip
        """timeout: seconds of a whole answer, and of a stream until its next piece. context: tokens; 0: ask."""
        if set("@?#") & set(base_url):
            raise Invalid("language model url", "***", "give it without a password and without ?, # and what follows")
        require(_is_address(base_url), "language model url", base_url, "give an http:// or https:// address, in ASCII")
        require(bool(name.strip()), "language_model", name, "name the model as its server knows it")
        require(re.fullmatch(r"[\x21-\x7e]*", key) is not None, "language model key", "***", "no key has such letters")
        self._asked = Asked(name, base_url.rstrip("/"), key)
        self._timeout, self._context, self._pause, self._chance = timeout, context, pause, chance
        self._without: set[str] = set()  # fields that this server does not take
        self._found_context: int | None = None

    @property
    def model(self) -> str:
        """The model's name as the endpoint knows it."""
        return self._asked.model

    @property
    def url(self) -> str:
        """The endpoint, without the key."""
        return self._asked.url

    def complete(self, system: str, prompt: str, *, max_tokens: int = 512) -> str:
        """What the model answers; "" where it refused or had nothing to say.

        max_tokens: of the answer, with what a model thinks before it.
        """
        messages = [ChatMessage("system", system), ChatMessage("user", prompt)]
        return self.chat(messages, max_tokens=max_tokens).text

    def chat(self, messages: Sequence[ChatMessage], *, max_tokens: int = 512, temperature: float = 0.0,
             seed: int | None = None, schema: Mapping[str, Any] | None = None,
             salt: str = "") -> ChatReply:  # fmt: skip
        """Its reply, with "" for a text it refused to give.

        schema: a JSON Schema that the text keeps. It is sent as response_format and checked here too: a text that does
        not keep it is asked for once more, saying what is wrong, then `BrokenAnswer`; usage is of both.
        salt: sent as `cache_salt`; a server that does not know it answers `Invalid`.
        """
        sent = self._sent(messages, max_tokens, temperature, seed, salt)
        if schema is None:
            return self._reply(sent)
        check_schema(schema)
        form = {"name": "answer", "schema": dict(schema), "strict": schema.get("additionalProperties") is False}
        sent["response_format"] = {"type": "json_schema", "json_schema": form}
        first = self._reply(sent)
        wrong = complaint(first.text, schema)
        if not wrong:
            return first
        if first.finish == "length":
            raise BrokenAnswer(f"{self._asked.name} was cut at {max_tokens} tokens before its JSON was whole")
        again = [*messages, *([ChatMessage("assistant", first.text)] if first.text.strip() else []),
                 ChatMessage("user", prompt(AGAIN).format(wrong=wrong).strip())]  # fmt: skip
        second = self._reply({**sent, "messages": _wire(again)})
        if still := complaint(second.text, schema):
            raise BrokenAnswer(f"{self._asked.name} answered twice in another form than asked for: {still}")
        return replace(second, usage=both(first.usage, second.usage))

    def stream(self, messages: Sequence[ChatMessage], *, max_tokens: int = 512, temperature: float = 0.0,
               seed: int | None = None, salt: str = "") -> Iterator[str | ChatReply]:  # fmt: skip
        """The reply's text in pieces as they come, then the whole ChatReply, once, last.

        Asked when the first piece is asked for. `Unavailable` when the stream is cut midway: what came is no answer.
        """
        sent = {**self._sent(messages, max_tokens, temperature, seed, salt), "stream": True,
                "stream_options": {"include_usage": True}}  # fmt: skip
        with ExitStack() as open_answer:
            response = self._patiently(lambda: open_answer.enter_context(self._request(sent)))
            chunks = within(response.iter_bytes(), stream_seconds(self._timeout))
            came: str | ChatReply = ""
            try:
                for came in pieces(events_of(chunks), self.model):
                    yield came
            except self._outside as error:
                raise self._failure(error, midway=True).error from None
            if not isinstance(came, ChatReply):
                raise Unavailable(f"{self._asked.name} broke off in the middle of its answer; ask again")

    def context_tokens(self) -> int | None:
        """Tokens that a prompt and its answer may have together; None when the server does not say, or is away.

        As set, else what /models tells of this model, asked until it is known.
        """
        if self._context:
            return self._context
        if self._found_context is None:
            try:
                models = {str(each.get("id")): each for each in self._models()}
            except MemosGraphError:
                return None
            own = models.get(self.model, {})
            base = models.get(str(own.get("parent")), {})  # an adapter has its model's
            self._found_context = _context_of(own) or _context_of(base)
        return self._found_context

    def _sent(self, messages: Sequence[ChatMessage], max_tokens: int, temperature: float, seed: int | None,
              salt: str) -> dict[str, Any]:  # fmt: skip
        require(bool(messages), "messages", [], "give one or more")
        require(max_tokens >= 1, "max_tokens", max_tokens, "give 1 or more")
        # max_completion_tokens is newer, but Ollama and LM Studio pass over it in silence and write on (ollama#7125)
        return {
            "model": self.model, "messages": _wire(messages), "max_tokens": max_tokens, "temperature": temperature,
            **({} if seed is None else {"seed": seed}), **({"extra_body": {"cache_salt": salt}} if salt else {}),
        }  # fmt: skip

    def _reply(self, sent: Mapping[str, Any]) -> ChatReply:
        def ask() -> ChatReply:
            with self._request(sent) as response:
                return reply_of(b"".join(within(response.iter_bytes(), self._timeout)), self.model)

        return self._patiently(ask)

    def _request(self, sent: Mapping[str, Any]) -> AbstractContextManager[Any]:
        kept = {name: value for name, value in sent.items() if name not in self._without}
        if "max_tokens" in self._without:
            kept["max_completion_tokens"] = sent["max_tokens"]
        asking: Any = self._client.chat.completions.with_streaming_response
        answer: AbstractContextManager[Any] = asking.create(**kept)
        return answer

    def _models(self) -> list[dict[str, Any]]:
        """What the server says of its models. `Unavailable` or another of our errors when it does not."""
        try:
            with self._client.models.with_streaming_response.list() as response:
                return models_of(b"".join(within(response.iter_bytes(), self._timeout)))
        except self._outside as error:
            raise self._failure(error).error from None

    def _patiently(self, act: Callable[[], T]) -> T:
        """What `act` gives, tried again after what passes, and without what the server does not take."""
        tried, dropped = 0, set[str]()
        while True:
            try:
                return act()
            except self._outside as error:
                failure = self._failure(error)
            if failure.option and failure.option not in dropped:
                if failure.option not in self._without:
                    _log.warning("%s does not take %s: asked without", self._asked.name, failure.option)
                dropped.add(failure.option)
                self._without.add(failure.option)
                continue
            tried += 1
            if not failure.again or tried == TRIES or (failure.after or 0) > LONGEST_WAIT_S:
                raise (self._no_model(failure) if failure.no_model else failure.error) from None
            doubled = _FIRST_WAIT_S * 2 ** (tried - 1)
            self._pause(max(doubled, failure.after or 0) * (1 + 0.25 * self._chance()))

    def _failure(self, error: Exception, *, midway: bool = False) -> Failure:
        """What `error` of the client, of its HTTP package or of reading means."""
        import openai

        http, name = http_of(openai), self._asked.name
        if isinstance(error, openai.APIStatusError):
            return failure_of(self._asked, error.status_code, error.body, error.response.headers, time.time())
        if isinstance(error, OtherForm):
            why = "the address usually ends in /v1" if not midway else "ask again"
            said = self._asked.clean(str(error))
            return Failure(error=BrokenAnswer(f"{name} gave an answer of another form: {said}; {why}"))
        if isinstance(error, http.InvalidURL | http.UnsupportedProtocol):
            return Failure(error=Invalid("language model url", self._asked.url, f"it is no address: {error}"))
        if isinstance(error, TooMuch | TooSlow):
            return Failure(error=Unavailable(f"{name} gave an answer that does not end: {error}"))
        if isinstance(error, openai.APITimeoutError | http.TimeoutException):
            advice = "raise MEMOS_GRAPH_LANGUAGE_MODEL_TIMEOUT_S, or ask less"
            return Failure(error=Unavailable(f"{name} said nothing for {self._timeout:g} seconds: {advice}"))
        why = self._asked.clean(str(error.__cause__ or error))
        if midway:
            return Failure(error=Unavailable(f"{name} broke off in the middle of its answer ({why}); ask again"))
        return Failure(error=Unavailable(f"{name} can't be reached: is it running there? ({why})", 5.0), again=True)

    def _no_model(self, failure: Failure) -> MemosGraphError:
        """`failure` with the models that the server has, where it tells."""
        try:
            names = [self._asked.clean(str(each.get("id"))) for each in self._models()]
        except MemosGraphError:
            names = []
        if not names:
            advice = "there is no chat there, or no such model: the address usually ends in /v1"
            return Invalid("language_model", f"{self.model}@{self.url}", f"{advice} ({failure.error})")
        more = f" and {len(names) - _MODELS} more" if len(names) > _MODELS else ""
        shown = ", ".join(names[:_MODELS]) + more
        return Invalid("language_model", self.model, f"the server at {self.url} has {shown}")

    @cached_property
    def _client(self) -> openai.OpenAI:
        client = connect(self._asked.url, self._asked.key, self._timeout)
        weakref.finalize(self, client.close)  # its connections are kept for the next question
        return client

    @cached_property
    def _outside(self) -> tuple[type[Exception], ...]:
        """What the client, its HTTP package and our reading raise for what others do."""
        import openai

        http = http_of(openai)
        return (openai.OpenAIError, http.HTTPError, http.StreamError, http.InvalidURL, OtherForm, TooMuch, TooSlow)


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return False
    labels = all(0 < len(label) < 64 for label in host.split("."))
    return (
        parts.scheme in ("http", "https") and labels and url.isascii() and re.search(r"[\s\x00-\x1f\x7f]", url) is None
    )


def _wire(messages: Sequence[ChatMessage]) -> list[dict[str, str]]:
    # lone surrogates can't be sent
    return [{"role": each.role, "content": each.content.encode("utf-8", "replace").decode()} for each in messages]


def _context_of(model: Mapping[str, Any]) -> int | None:
    found = (model.get(name) for name in _CONTEXT)
    return next((n for n in found if isinstance(n, int) and not isinstance(n, bool) and 0 < n < _MOST_CONTEXT), None)
