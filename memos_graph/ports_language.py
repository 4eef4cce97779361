"""Language models, as Protocols. One judges and sums up; one holds a chat; a server may tell of its prefix cache.

None is ever needed: without one, `search` works, and what needs one says how to set it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from memos_graph.model.chat import CacheCounters, CacheSetup, ChatMessage, ChatReply

#: what whoever needs a model and has none says: NotSupported("chat", NO_LANGUAGE_MODEL)
NO_LANGUAGE_MODEL = (
    "no language model is set; set MEMOS_GRAPH_LANGUAGE_MODEL, or language_model in memos-graph.toml, to"
    " openai:MODEL@URL or ollama:MODEL; search works without one"
)


class LanguageModel(Protocol):
    """Answers one question at a time. What it says comes from outside: whoever asks checks it."""

    @property
    def model(self) -> str:
        """Its name, kept beside what it said."""

    def complete(self, system: str, prompt: str, *, max_tokens: int = 512) -> str:
        """Its answer to `prompt` under the instruction `system`. `Unavailable` when a service does not answer."""


@runtime_checkable
class ChatModel(LanguageModel, Protocol):
    """Holds a chat. Errors: `Unavailable` (down, slow, overloaded), `ContextOverflow`, `Refused` (key), `Invalid`."""

    def chat(self, messages: Sequence[ChatMessage], *, max_tokens: int = 512, temperature: float = 0.0,
             seed: int | None = None, schema: Mapping[str, Any] | None = None,
             salt: str = "") -> ChatReply:  # fmt: skip
        """Its reply. schema: a JSON Schema for the text. salt: the prefix cache's `cache_salt`; "": none is sent."""

    def stream(self, messages: Sequence[ChatMessage], *, max_tokens: int = 512, temperature: float = 0.0,
               seed: int | None = None, salt: str = "") -> Iterator[str | ChatReply]:  # fmt: skip
        """The reply's text in pieces as they come, then the whole ChatReply, once, last."""

    def context_tokens(self) -> int | None:
        """Tokens that a prompt and its answer may have together; None when the server does not say."""


@runtime_checkable
class PrefixServer(Protocol):
    """A server that keeps keys and values of what it has read, and tells of it (vLLM, automatic prefix caching)."""

    def tokens(self, messages: Sequence[ChatMessage], *, answer_next: bool = True) -> tuple[int, ...] | None:
        """Ids of the tokens that `messages` become by the model's own chat template; None: it does not tell.

        answer_next: with what the template puts before an answer.
        """

    def block_tokens(self) -> int | None:
        """Tokens of a block of its cache: only whole blocks are found again. None: it does not tell."""

    def takes_salt(self) -> bool:
        """Whether it is one that keeps prompts of different `cache_salt` apart."""

    def cache(self) -> CacheSetup | None:
        """How its cache is set up, why a prefix may miss it; None: it does not tell."""

    def counters(self) -> CacheCounters | None:
        """What its cache was asked and had, since it started; None: it does not tell."""


@runtime_checkable
class AdapterServer(Protocol):
    """A model server that takes LoRA adapters while it runs (vLLM with --enable-lora, runtime updating allowed)."""

    def load_adapter(self, name: str, folder: Path) -> None:
        """It answers as `name` with the adapter in `folder`, a path on its own disk. `Refused` says what it said."""

    def unload_adapter(self, name: str) -> None:
        """It does not answer as `name` any more. `NotFound` when it never did."""

    def adapters(self) -> tuple[str, ...]:
        """The names it answers by, the model's own among them."""

    def base_names(self) -> tuple[str, ...]:
        """What the model under the adapters is called: by who asks, and where it was loaded from. Empty: not told."""
