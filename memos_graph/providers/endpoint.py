"""A model server over HTTP: one client, a key that is never shown, and patience with what passes."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from memos_graph.model.errors import Invalid, Unavailable

if TYPE_CHECKING:
    import httpx

TRIES = 4


class Endpoint:
    """Posts JSON below `base_url`.

    Retries 429, 5xx and lost connections with doubling pauses, then raises `Unavailable`; other refusals are `Invalid`
    with the server's words. The key is sent as a bearer token.
    """

    def __init__(self, role: str, base_url: str, *, key: str = "", timeout: float = 30.0,
                 pause: Callable[[float], None] = time.sleep) -> None:  # fmt: skip
        """role: what it is to us, for messages: embedder, reranker."""
        if not base_url.startswith(("http://", "https://")):
            raise Invalid(f"{role} url", base_url, "give an http:// or https:// address")
        self._role, self._pause = role, pause
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        import httpx  # a third of a second that nobody else should pay

        self._client = httpx.Client(base_url=base_url.rstrip("/"), headers=headers, timeout=timeout)

    def post(self, path: str, sent: dict[str, Any]) -> httpx.Response:
        """The answer to `sent`, with status 200."""
        import httpx

        trouble = ""
        for attempt in range(TRIES):
            try:
                answer = self._client.post(path, json=sent)
            except httpx.TransportError as error:
                trouble = f"{type(error).__name__}: {error}"
            else:
                if answer.status_code == 200:
                    return answer
                if answer.status_code != 429 and answer.status_code < 500:
                    raise Invalid(self._role, f"HTTP {answer.status_code}", answer.text[:200])
                trouble = f"HTTP {answer.status_code}: {answer.text[:200]}"
            if attempt + 1 < TRIES:
                self._pause(0.5 * 2**attempt)
        raise Unavailable(f"the {self._role} at {self._client.base_url} did not answer {TRIES} times: {trouble}", 5.0)


def said(role: str, answer: httpx.Response) -> str:
    """The text of a chat completion's first choice; "" where the model refused or had none.

    `Unavailable` for an answer of another form. role: as for `Endpoint`.
    """
    try:
        message: Any = answer.json()["choices"][0]["message"]
        content = message.get("content")
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError) as error:
        raise Unavailable(f"the {role}'s answer has another form: {error!r}") from error
    if content is None:
        return ""
    if not isinstance(content, str):
        raise Unavailable(f"the {role}'s answer has another form: its content is {type(content).__name__}, not text")
    return content
