"""The language model that a setting names. Composes; reads no environment."""

from __future__ import annotations

from memos_graph.model.errors import Invalid
from memos_graph.providers.language.openai import OpenAIChat

_OLLAMA = "http://localhost:11434/v1"


def make_language_model(name: str, *, key: str = "", timeout: float = 60.0, context: int = 0) -> OpenAIChat | None:
    """What `name` says: "" or none for none, openai:MODEL@URL, or ollama:MODEL (on this machine). `Invalid` else.

    timeout, context: as for `OpenAIChat`. Nothing is asked yet.
    """
    scheme, _, rest = name.partition(":")
    if name in ("", "none"):
        return None
    if scheme == "openai" and "@" in rest:
        model, _, url = rest.rpartition("@")
        return OpenAIChat(url, model, key=key, timeout=timeout, context=context)
    if scheme == "ollama" and rest:
        return OpenAIChat(_OLLAMA, rest, key=key, timeout=timeout, context=context)
    raise Invalid("language_model", name, "use none, openai:MODEL@URL or ollama:MODEL")
