"""The language model that a setting names. Composes; reads no environment."""

from __future__ import annotations

from memos_graph.model.errors import Invalid
from memos_graph.ports_language import LanguageModel
from memos_graph.providers.language.chat import EndpointLanguageModel


def make_language_model(name: str, *, key: str = "") -> LanguageModel | None:
    """What `name` says: "" or none for none, or openai:MODEL@URL. `Invalid` else."""
    scheme, _, rest = name.partition(":")
    if name in ("", "none"):
        return None
    if scheme == "openai" and "@" in rest:
        model, _, url = rest.rpartition("@")
        return EndpointLanguageModel(url, model, key=key)
    raise Invalid("language_model", name, "use none or openai:MODEL@URL")
