"""The official OpenAI client as we want it: no redirects, no retries, no settings but ours, answers of bounded size.

Declines to know what is asked and what an answer means. Works with the client's versions 2 (over httpx) and 3 (httpx2).
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import openai

MOST_BYTES = 16_000_000  #: of one answer; a hundred times the longest that models give
_CONNECT_S = 10.0
_STREAM = 10  #: a stream may take so many times the longest silence, as a whole


class TooMuch(Exception):
    """An answer without end."""


class TooSlow(Exception):
    """An answer that goes on, but not in the time it has."""


def http_of(client: Any) -> Any:
    """The HTTP package that this version of the client is built on: httpx or httpx2."""
    (base,) = (each for each in client.DefaultHttpxClient.__mro__ if each.__name__ == "Client")
    return import_module(base.__module__.partition(".")[0])


def connect(url: str, key: str, timeout: float) -> openai.OpenAI:
    """A client of `url`. timeout: seconds without a byte. An empty `key` is sent as none at all."""
    import openai

    http = http_of(openai)

    def stamp(request: Any) -> None:
        for name in ("OpenAI-Organization", "OpenAI-Project", *(() if key else ("Authorization",))):
            request.headers.pop(name, None)  # the client's own environment is none of our settings

    def bound(response: Any) -> None:
        response.stream = _bounded(http, response.stream, time.monotonic() + _STREAM * timeout)

    client = openai.DefaultHttpxClient(
        base_url=url, follow_redirects=False, timeout=http.Timeout(timeout, connect=min(_CONNECT_S, timeout)),
        headers={"Accept-Encoding": "identity"}, event_hooks={"request": [stamp], "response": [bound]},
    )  # fmt: skip
    return openai.OpenAI(
        base_url=url, api_key=key or "none", max_retries=0, http_client=client,
        default_headers={"Accept-Encoding": "identity"},
    )  # fmt: skip


def within(chunks: Iterator[bytes], seconds: float, most: int = MOST_BYTES) -> Iterator[bytes]:
    """`chunks` as they come. `TooMuch` when they are more than `most` bytes, `TooSlow` after `seconds`."""
    until, size = time.monotonic() + seconds, 0
    for chunk in chunks:
        size += len(chunk)
        if size > most:
            raise TooMuch(f"more than {most:,} bytes")
        if time.monotonic() > until:
            raise TooSlow(f"not whole after {seconds:g} seconds")
        yield chunk


def stream_seconds(timeout: float) -> float:
    """How long a stream may take as a whole whose pieces come within `timeout`."""
    return _STREAM * timeout


def _bounded(http: Any, inner: Any, until: float) -> Any:
    """`inner` up to a size and a time: errors' texts are read by the client, who would read on for ever."""

    class Bounded(http.SyncByteStream):  # type: ignore[misc]
        def __iter__(self) -> Iterator[bytes]:
            yield from within(iter(inner), until - time.monotonic())

        def close(self) -> None:
            inner.close()

    return Bounded()
