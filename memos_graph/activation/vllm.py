"""Has a vLLM server read messages, so that it keeps their keys and values; and asks whether it did.

Knows HTTP and what such a server answers; nothing of what the messages mean.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from memos_graph.activation.config import KVCacheMemoryConfig
from memos_graph.model.errors import Invalid, Unavailable

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerCache:
    """What a server found cached of the same messages, asked twice."""

    model: str
    prompt: int  #: tokens of the prompt
    before: int | None  #: of them, cached when it was asked first; None: it does not tell
    after: int | None  #: and when it was asked again

    @property
    def hit(self) -> bool:
        """Whether it found any when asked again: servers keep whole blocks only (vLLM: 16 tokens, on CPUs 128)."""
        return bool(self.after)


def warm(config: KVCacheMemoryConfig, messages: Sequence[dict[str, str]]) -> ServerCache:
    """The server reads `messages` twice, answering one token each.

    `Invalid` when no server is set or it refuses; `Unavailable` when it does not answer, or not as such a server does.
    """
    if not config.vllm_url or not config.vllm_model:
        raise Invalid("vllm_url", config.vllm_url, "set vllm_url (ending in /v1) and vllm_model to warm a server")
    sent: dict[str, Any] = {"model": config.vllm_model, "messages": list(messages), "max_tokens": 1, "temperature": 0}
    if config.vllm_salt:
        sent["cache_salt"] = config.vllm_salt
    prompt, before = _ask(config, sent)
    _, after = _ask(config, sent)
    found = ServerCache(model=config.vllm_model, prompt=prompt, before=before, after=after)
    if after == 0:
        _LOG.error("%s kept nothing of %d tokens: fewer than a block, or no prefix caching", config.vllm_url, prompt)
    return found


def _ask(config: KVCacheMemoryConfig, sent: dict[str, Any]) -> tuple[int, int | None]:
    """Tokens of the prompt and, of them, those found cached."""
    import httpx  # a third of a second that nobody else should pay

    headers = {"Authorization": f"Bearer {config.vllm_key}"} if config.vllm_key else {}
    url = f"{config.vllm_url.rstrip('/')}/chat/completions"
    try:
        answer = httpx.post(url, json=sent, headers=headers, timeout=config.vllm_timeout)
    except httpx.HTTPError as error:
        raise Unavailable(f"the server at {url} did not answer: {type(error).__name__}: {error}", 5.0) from error
    if answer.status_code == 429 or answer.status_code >= 500:
        raise Unavailable(f"the server at {url} answered {answer.status_code}: {answer.text[:200]}", 5.0)
    if answer.status_code != 200:
        raise Invalid("vllm_url", url, f"it answered {answer.status_code}: {answer.text[:200]}")
    try:
        usage = answer.json()["usage"]
        details = usage.get("prompt_tokens_details") or {}
        prompt, cached = usage["prompt_tokens"], details.get("cached_tokens")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise Unavailable(f"the server at {url} does not tell its usage: {error!r}") from error
    if not isinstance(prompt, int) or not isinstance(cached, int | None):
        raise Unavailable(f"the server at {url} tells a usage that is no number: {str(usage)[:200]}")
    return prompt, cached
