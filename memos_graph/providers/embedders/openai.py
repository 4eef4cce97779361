"""An embedder behind any OpenAI-compatible /embeddings endpoint (vLLM, Ollama, TEI, hosted)."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from memos_graph.model.errors import Unavailable
from memos_graph.providers.endpoint import Endpoint

if TYPE_CHECKING:
    import httpx

BATCH = 64


class OpenAIEmbedder:
    """Embeds over HTTP with POST {base_url}/embeddings (OpenAI API reference, "Create embeddings").

    Retries 429 and 5xx with doubling pauses, then raises `Unavailable`; other refusals are `Invalid` with the
    server's words. The key is sent as a bearer token and never shown.
    """

    def __init__(self, base_url: str, name: str, *, key: str = "", timeout: float = 30.0,
                 pause: Callable[[float], None] = time.sleep) -> None:  # fmt: skip
        self._name = name
        self._endpoint = Endpoint("embedder", base_url, key=key, timeout=timeout, pause=pause)

    @property
    def model(self) -> str:
        """The model's name as the endpoint knows it."""
        return self._name

    @cached_property
    def dimension(self) -> int:
        """Asked of the endpoint once, by embedding one word."""
        return int(self.embed(["dimension"]).shape[1])

    limit = 0  #: the endpoint refuses what is too long, in its own words

    def embed(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """[len(texts), dimension] float32, unit length; one request for every 64 texts."""
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        rows: list[list[float]] = []
        for start in range(0, len(texts), BATCH):
            batch = list(texts[start : start + BATCH])
            data = _vectors(self._endpoint.post("/embeddings", {"model": self._name, "input": batch}))
            if len(data) != len(batch):
                raise Unavailable(f"the embedder answered {len(data)} vectors for {len(batch)} texts")
            rows.extend(data)
        vectors = np.asarray(rows, dtype=np.float32)
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        if vectors.ndim != 2 or not np.isfinite(vectors).all() or not norms.all():
            raise Unavailable("the embedder answered vectors that are ragged, zero or not finite")
        unit: npt.NDArray[np.float32] = vectors / norms
        return unit

    def count_tokens(self, text: str) -> int:
        """An estimate, for no endpoint tells: a CJK character each, else four characters a token."""
        wide = sum(1 for character in text if "\u2e80" <= character <= "\u9fff" or "\uac00" <= character <= "\ud7af")
        return wide + -(-(len(text) - wide) // 4)


def _vectors(answer: httpx.Response) -> list[list[float]]:
    try:
        rows = sorted(answer.json()["data"], key=lambda row: row["index"])
        return [[float(x) for x in row["embedding"]] for row in rows]
    except (ValueError, KeyError, TypeError) as error:
        raise Unavailable(f"the embedder's answer has another form: {error!r}") from error
