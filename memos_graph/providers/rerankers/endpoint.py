"""A reranker behind any /rerank endpoint that answers as vLLM, Jina, Cohere and TEI's compatible servers do.

Request {model, query, documents, top_n}, answer {results: [{index, relevance_score}]} (vLLM docs, "Re-rank API").
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from memos_graph.model.errors import Unavailable
from memos_graph.providers.endpoint import Endpoint

if TYPE_CHECKING:
    import httpx


class EndpointReranker:
    """Reranks over HTTP with POST {base_url}/rerank.

    Retries 429, 5xx and lost connections with doubling pauses, then raises `Unavailable`; other refusals are `Invalid`
    with the server's words. The key is sent as a bearer token and never shown.
    """

    def __init__(self, base_url: str, name: str, *, key: str = "", timeout: float = 30.0,
                 pause: Callable[[float], None] = time.sleep) -> None:  # fmt: skip
        self._name = name
        self._endpoint = Endpoint("reranker", base_url, key=key, timeout=timeout, pause=pause)

    @property
    def model(self) -> str:
        """The model's name as the endpoint knows it."""
        return self._name

    def rerank(self, query: str, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """[len(texts)] the endpoint's relevance scores, in the order of `texts`. One request."""
        if not texts:
            return np.zeros(0, np.float32)
        sent = {"model": self._name, "query": query, "documents": list(texts), "top_n": len(texts)}
        return _scores(self._endpoint.post("/rerank", sent), len(texts))


def _scores(answer: httpx.Response, wanted: int) -> npt.NDArray[np.float32]:
    """[wanted] scores by index. `Unavailable` unless each text has one, and it is a finite number."""
    scores = np.full(wanted, np.nan, np.float32)
    try:
        for row in answer.json()["results"]:
            at = row["index"]
            if not isinstance(at, int) or not 0 <= at < wanted:
                raise Unavailable(f"the reranker scored text {at!r} of {wanted}")
            scores[at] = float(row["relevance_score"])
    except (ValueError, KeyError, TypeError) as error:
        raise Unavailable(f"the reranker's answer has another form: {error!r}") from error
    missing = int(np.count_nonzero(~np.isfinite(scores)))
    if missing:
        raise Unavailable(f"the reranker left {missing} of {wanted} texts without a score")
    return scores
