"""Captions by any /chat/completions endpoint that takes pictures (OpenAI API reference, "Create chat completion").

A picture goes along in the request, as a data: URL; nothing is uploaded or fetched beside it. What stands around the
picture goes as the user's text, quoted: it is the document's, and no part of the instruction. Declines to judge what
the model says.
"""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Sequence
from functools import cache
from importlib.resources import files

from memos_graph.model.errors import Invalid
from memos_graph.providers.endpoint import Endpoint, said

PROMPT = "caption_v1"  #: in prompts/; part of no name: what was said stays when it changes
MOST_BYTES = 1_000_000  #: of one picture; thumbnails have some 20,000
_MOST_HINT = 500  #: characters of what stands around a picture that are sent
_MOST_TOKENS = 1_000  #: of an answer, with what a model thinks before it
_MAGIC = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png"}


class EndpointCaptioner:
    """Asks POST {base_url}/chat/completions about one picture at a time.

    Retries 429, 5xx and lost connections with doubling pauses, then raises `Unavailable`; other refusals are `Invalid`
    with the server's words. The key is sent as a bearer token and never shown.
    """

    def __init__(self, base_url: str, name: str, *, key: str = "", timeout: float = 60.0,
                 pause: Callable[[float], None] = time.sleep) -> None:  # fmt: skip
        self._name = name
        self._endpoint = Endpoint("captioner", base_url, key=key, timeout=timeout, pause=pause)

    @property
    def model(self) -> str:
        """The model's name as the endpoint knows it."""
        return self._name

    def caption(self, images: Sequence[bytes], hints: Sequence[str]) -> tuple[str, ...]:
        """[len(images)] what the model says of each. A request each, so that no picture is mistaken for another."""
        return tuple(self._caption(image, hint) for image, hint in zip(images, hints, strict=True))

    def _caption(self, image: bytes, hint: str) -> str:
        media_type = next((kind for magic, kind in _MAGIC.items() if image.startswith(magic)), None)
        if media_type is None or len(image) > MOST_BYTES:
            raise Invalid("image", f"{len(image)} bytes", f"give a JPEG or PNG of up to {MOST_BYTES:,} bytes")
        url = f"data:{media_type};base64,{base64.b64encode(image).decode()}"
        around = json.dumps(hint[:_MOST_HINT], ensure_ascii=False)
        sent = {
            "model": self._name,
            "max_completion_tokens": _MOST_TOKENS,
            "messages": [
                {"role": "system", "content": _prompt()},
                {"role": "user", "content": [
                    {"type": "text", "text": f"Text of the document around this picture: {around}"},
                    {"type": "image_url", "image_url": {"url": url}},
                ]},
            ],
        }  # fmt: skip
        return said("captioner", self._endpoint.post("/chat/completions", sent))


@cache
def _prompt() -> str:
    return files("memos_graph.providers.images").joinpath("prompts", f"{PROMPT}.txt").read_text(encoding="utf-8")
