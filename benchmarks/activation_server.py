"""The server that is measured: its model, what it tells of its cache, and a model that counts what it is sent.

Times and tokens alone; declines to know what is asked, and what the answers say.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx

import memos_graph
from benchmarks.activation_cache import BlockCache
from memos_graph.app import Graph
from memos_graph.model.chat import ChatMessage, ChatReply, TokenUsage
from memos_graph.providers.language.openai import OpenAIChat
from memos_graph.providers.language.vllm import VLLMServer
from memos_graph.settings import load_settings

OWN_BLOCK = 16  #: tokens of a block where the server does not say


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """What is measured."""

    url: str
    model: str
    chat: OpenAIChat
    tells: VLLMServer
    block: int  #: tokens of a block of its cache
    capacity: int | None  #: tokens that its cache holds; None: it does not say
    context: int | None  #: tokens that a prompt and its answer may have together; None: it does not say
    version: str = ""  #: of vLLM; "": it does not say

    def ids(self, messages: Sequence[ChatMessage]) -> tuple[int, ...]:
        """The tokens of a chat as the model reads it. ValueError where the server does not tell."""
        ids = self.tells.tokens(messages)
        if ids is None:
            raise ValueError(f"{self.url} has no /tokenize: tokens can't be counted; give a vLLM server")
        return ids


def reach(url: str, model: str) -> Server:
    """The server at `url`. ValueError when it does not answer or does not know `model`; the key is the settings'."""
    key = load_settings().language_model_key
    chat, tells = OpenAIChat(url, model, key=key), VLLMServer(url, model, key=key)
    try:
        chat.chat([ChatMessage("user", "Hello")], max_tokens=1)
        setup = tells.cache()
    except memos_graph.MemosGraphError as error:
        raise ValueError(str(error)) from error
    return Server(
        url=url, model=model, chat=chat, tells=tells, block=setup.block if setup else OWN_BLOCK,
        capacity=setup.tokens if setup else None, context=chat.context_tokens(),
        version=_version(url),
    )  # fmt: skip


def _version(url: str) -> str:
    """What a vLLM server says of its version; "" for others."""
    try:
        said = httpx.get(f"{url.rstrip('/').removesuffix('/v1')}/version", timeout=10).json()
    except (httpx.HTTPError, ValueError):
        return ""
    version = str(said.get("version", "")) if isinstance(said, dict) else ""
    return version if re.fullmatch(r"[\w.+-]{1,40}", version) else ""


def opened(server: Server, store: Path | str, *, tokens: int = 0, block: int = 0,
           language: Counting | None = None) -> Graph:  # fmt: skip
    """A graph at `store` whose prefixes of `tokens` tokens are the server's, aligned to its own blocks, or to `block`.

    language: answers in place of the server's model.
    """
    settings = replace(load_settings(), prefix_tokens=tokens, prefix_block=block)
    return memos_graph.open(
        store, settings=settings, language_model=language or server.chat, prefix_server=server.tells
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """One prompt: what it had, and what of it was cached."""

    prompt: int
    cached: int  #: as counted here
    told: int | None = None  #: as the server said; None: it was not sent, or the server does not say

    @property
    def prefilled(self) -> int:
        """Tokens that had to be read; the server's word goes before ours."""
        return self.prompt - (self.cached if self.told is None else self.told)


@dataclass(slots=True)
class Counting:
    """A `ChatModel` that counts what each prompt costs, and sends it on while `sends` says so; answers are not kept."""

    server: Server
    cache: BlockCache
    context: int | None
    sends: Callable[[int], bool]  #: whether the prompt of this number, from 0, goes to the server
    reads: list[Read] = field(default_factory=list)

    @property
    def model(self) -> str:
        """The server's model."""
        return self.server.model

    @property
    def url(self) -> str:
        """Where it stands."""
        return self.server.url

    def chat(self, messages: Sequence[ChatMessage], *, max_tokens: int = 512, temperature: float = 0.0,
             seed: int | None = None, schema: Mapping[str, Any] | None = None,
             salt: str = "") -> ChatReply:  # fmt: skip
        """An answer of one token, or of none where the prompt was not sent on."""
        ids, told = self.server.ids(messages), None
        cached = self.cache.read(ids, salt)
        if self.sends(len(self.reads)):
            told = self.server.chat.chat(messages, max_tokens=1, temperature=0.0, salt=salt).usage.cached
        self.reads.append(Read(prompt=len(ids), cached=cached, told=told))
        usage = TokenUsage(prompt=len(ids), cached=cached if told is None else told, completion=0)
        return ChatReply(text="", model=self.model, finish="length", usage=usage)

    def stream(self, messages: Sequence[ChatMessage], *, max_tokens: int = 512, temperature: float = 0.0,
               seed: int | None = None, salt: str = "") -> Iterator[str | ChatReply]:  # fmt: skip
        """As `chat`."""
        yield self.chat(messages, max_tokens=max_tokens, salt=salt)

    def complete(self, system: str, prompt: str, *, max_tokens: int = 512) -> str:
        """As `chat`."""
        return self.chat([ChatMessage("system", system), ChatMessage("user", prompt)], max_tokens=max_tokens).text

    def context_tokens(self) -> int | None:
        """What was given."""
        return self.context
