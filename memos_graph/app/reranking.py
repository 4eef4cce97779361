"""The reranker that a setting names. Composes; reads no environment."""

from __future__ import annotations

from memos_graph.model.errors import Invalid
from memos_graph.ports import Reranker
from memos_graph.providers.rerankers.cross import CrossEncoder
from memos_graph.providers.rerankers.endpoint import EndpointReranker


def make_reranker(name: str, *, key: str = "") -> Reranker | None:
    """What `name` says: "" or none for none, sentence-transformers:NAME, or openai:MODEL@URL. `Invalid` else."""
    scheme, _, rest = name.partition(":")
    if name in ("", "none"):
        return None
    if scheme == "sentence-transformers" and rest:
        return CrossEncoder(rest)
    if scheme == "openai" and "@" in rest:
        model, _, url = rest.rpartition("@")
        return EndpointReranker(url, model, key=key)
    raise Invalid("reranker", name, "use none, sentence-transformers:NAME or openai:MODEL@URL")
