"""A reranker behind any /rerank endpoint that answers as vLLM, Jina, Cohere and TEI's compatible servers do.

Request {model, query, documents, top_n}, answer {results: [{index, relevance_score}]} (vLLM docs, "Re-rank API").
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from memos_graph.model.errors import Invalid, Unavailable

if TYPE_CHECKING:
    import httpx

TRIES = 3


class EndpointReranker:
    """Reranks over HTTP with POST {base_url}/rerank.

    Retries 429, 5xx and lost connections with doubling pauses, then raises `Unavailable`; other refusals are `Invalid`
    with the server's words. The key is sent as a bearer token and never shown.
    """

    def __init__(self, base_url: str, name: str, *, key: str = "", timeout: float = 30.0,
                 pause: Callable[[float], None] = time.sleep) -> None:  # fmt: skip
        if not base_url.startswith(("http://", "https://")):
            raise Invalid("reranker url", base_url, "give an http:// or https:// address")
        self._name, self._pause = name, pause
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        import httpx  # a third of a second that nobody else should pay

        self._client = httpx.Client(base_url=base_url.rstrip("/"), headers=headers, timeout=timeout)

    @property
    def model(self) -> str:
        """The model's name as the endpoint knows it."""
        return self._name

    def rerank(self, query: str, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """[len(texts)] the endpoint's relevance scores, in the order of `texts`. One request."""
        if not texts:
            return np.zeros(0, np.float32)
        sent = {"model": self._name, "query": query, "documents": list(texts), "top_n": len(texts)}
        return _scores(self._post(sent), len(texts))

    def _post(self, sent: dict[str, Any]) -> httpx.Response:
        import httpx

        trouble = ""
        for attempt in range(TRIES):
            try:
                answer = self._client.post("/rerank", json=sent)
            except httpx.TransportError as error:
                trouble = f"{type(error).__name__}: {error}"
            else:
                if answer.status_code == 200:
                    return answer
                if answer.status_code != 429 and answer.status_code < 500:
                    raise Invalid("reranker", f"HTTP {answer.status_code}", answer.text[:200])
                trouble = f"HTTP {answer.status_code}: {answer.text[:200]}"
            if attempt + 1 < TRIES:
                self._pause(0.5 * 2**attempt)
        raise Unavailable(f"the reranker at {self._client.base_url} did not answer {TRIES} times: {trouble}", 5.0)


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
