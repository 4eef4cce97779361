"""Who tells of the language model's prefix cache: a setting, or the model's own server. Composes; asks nobody yet."""

from __future__ import annotations

from memos_graph.ports_language import LanguageModel, PrefixServer
from memos_graph.providers.language.openai import OpenAIChat
from memos_graph.providers.language.vllm import VLLMServer


def make_prefix_server(asked: str | PrefixServer, model: LanguageModel | None, *, key: str = "") -> PrefixServer | None:
    """`asked`, or what it names: none, a vLLM's URL, or "" for the server of `model`, asked later whether it is one.

    None without a language model that is asked over HTTP. `Invalid` for what is no URL.
    """
    if not isinstance(asked, str):
        return asked
    if asked == "none" or not isinstance(model, OpenAIChat):
        return None
    return VLLMServer(asked or model.url, model.model, key=key)
