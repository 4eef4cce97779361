"""A language model behind any /chat/completions endpoint (OpenAI API reference, "Create chat completion").

Declines to judge what the model says: whoever asks does.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from memos_graph.providers.endpoint import Endpoint, said


class EndpointLanguageModel:
    """Asks POST {base_url}/chat/completions, one question a request.

    Retries 429, 5xx and lost connections with doubling pauses, then raises `Unavailable`; other refusals are `Invalid`
    with the server's words. The key is sent as a bearer token and never shown.
    """

    def __init__(self, base_url: str, name: str, *, key: str = "", timeout: float = 60.0,
                 pause: Callable[[float], None] = time.sleep) -> None:  # fmt: skip
        self._name = name
        self._endpoint = Endpoint("language model", base_url, key=key, timeout=timeout, pause=pause)

    @property
    def model(self) -> str:
        """The model's name as the endpoint knows it."""
        return self._name

    def complete(self, system: str, prompt: str, *, max_tokens: int = 512) -> str:
        """What the model answers; "" where it refused or had nothing to say.

        max_tokens: of the answer, with what a model thinks before it. `Unavailable` for an answer of another form.
        """
        sent = {
            "model": self._name,
            "max_completion_tokens": max_tokens,
            "messages": [{"role": "system", "content": system}, {"role": "user", "content": prompt}],
        }
        return said("language model", self._endpoint.post("/chat/completions", sent))
