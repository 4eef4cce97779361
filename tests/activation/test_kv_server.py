"""Warming a server: what it tells is reported, what it does wrong is named. A server of our own, no model."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from memos_graph.activation import KVCacheMemory, KVCacheMemoryConfig
from memos_graph.model.chat import ChatMessage
from memos_graph.model.errors import Invalid, Unavailable

MESSAGES: list[Any] = [ChatMessage("system", "You know things."), {"role": "user", "content": "Hi"}]


@contextmanager
def _server(*answers: tuple[int, Any]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Answers in this order; yields the URL and what was asked."""
    asked: list[dict[str, Any]] = []
    left = list(answers)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            asked[-1]["key"] = self.headers.get("Authorization")
            status, body = left.pop(0)
            sent = body if isinstance(body, bytes) else json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent)

        def log_message(self, *_: Any) -> None:
            """Says nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _memory(url: str, **config: Any) -> KVCacheMemory:
    return KVCacheMemory(KVCacheMemoryConfig(vllm_url=url, vllm_model="m", **config))


def _usage(prompt: Any, cached: Any) -> dict[str, Any]:
    return {"usage": {"prompt_tokens": prompt, "prompt_tokens_details": cached}}


def test_a_server_that_keeps_the_prompt_is_reported_with_its_figures() -> None:
    first, again = _usage(300, {"cached_tokens": 0}), _usage(300, {"cached_tokens": 256})
    with _server((200, first), (200, again)) as (url, asked):
        found = _memory(url, vllm_salt="s1", vllm_key="k1").build_vllm_kv_cache(MESSAGES)
    assert (found.prompt, found.before, found.after, found.hit) == (300, 0, 256, True)
    assert asked[0] == asked[1]
    assert asked[0]["messages"] == [
        {"role": "system", "content": "You know things."},
        {"role": "user", "content": "Hi"},
    ]
    assert (asked[0]["cache_salt"], asked[0]["key"], asked[0]["max_tokens"]) == ("s1", "Bearer k1", 1)


def test_a_server_that_keeps_nothing_is_an_error_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    with _server(*[(200, _usage(90, {"cached_tokens": 0}))] * 2) as (url, asked), caplog.at_level(logging.ERROR):
        assert not _memory(url).build_vllm_kv_cache("You know things.").hit
    assert "kept nothing of 90 tokens" in caplog.text
    assert asked[0]["messages"] == [{"role": "system", "content": "You know things."}]
    assert "cache_salt" not in asked[0]


@pytest.mark.parametrize("details", [None, {}, {"cached_tokens": None}])
def test_a_server_that_does_not_tell_is_no_hit_and_no_miss(details: Any, caplog: pytest.LogCaptureFixture) -> None:
    with _server(*[(200, _usage(90, details))] * 2) as (url, _):
        found = _memory(url).build_vllm_kv_cache(MESSAGES)
    assert (found.after, found.hit, caplog.text) == (None, False, "")


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ((404, {"message": "no such model"}), Invalid),
        ((400, b"x" * 9999), Invalid),
        ((500, b"oops"), Unavailable),
        ((429, b"slow down"), Unavailable),
        ((200, b"<html>"), Unavailable),
        ((200, [1]), Unavailable),
        ((200, {"usage": None}), Unavailable),
        ((200, {"usage": {}}), Unavailable),
        ((200, _usage("many", {})), Unavailable),
        ((200, _usage(3, {"cached_tokens": "all"})), Unavailable),
        ((200, _usage(3, [1])), Unavailable),
        ((200, b"[" * 100_000), Unavailable),
    ],
)
def test_an_answer_of_another_kind_is_named(answer: tuple[int, Any], error: type[Exception]) -> None:
    with _server(answer) as (url, _), pytest.raises(error) as caught:
        _memory(url).build_vllm_kv_cache(MESSAGES)
    assert len(str(caught.value)) < 500


def test_a_server_that_is_not_there_is_unavailable() -> None:
    with _server() as (url, _):
        pass
    with pytest.raises(Unavailable, match="did not answer"):
        _memory(url).build_vllm_kv_cache(MESSAGES)


@pytest.mark.parametrize("wrong", [[{"role": "wizard", "content": "a"}], [{"role": "user"}], ["hi"], []])
def test_what_is_no_message_is_not_sent(wrong: Any) -> None:
    with _server() as (url, asked), pytest.raises(Invalid):
        _memory(url).build_vllm_kv_cache(wrong)
    assert asked == []
