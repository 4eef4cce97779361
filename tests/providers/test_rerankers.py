"""Rerankers: a real HTTP server that speaks as the /rerank reference says, and what a setting names."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from typing import Any, ClassVar

import numpy as np
import pytest

from memos_graph.app.reranking import make_reranker
from memos_graph.model.errors import Invalid, NotSupported, Unavailable
from memos_graph.providers.rerankers.cross import CrossEncoder
from memos_graph.providers.rerankers.endpoint import EndpointReranker


class Endpoint(BaseHTTPRequestHandler):
    """Scores a text by its length, best first; what it answers first is set by the test."""

    first: ClassVar[list[tuple[int, Any]]] = []
    seen: ClassVar[list[dict[str, Any]]] = []

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.seen.append({"path": self.path, "key": self.headers.get("Authorization"), **body})
        status, answer = self.first.pop(0) if self.first else (200, None)
        if answer is None:
            rows = [{"index": i, "relevance_score": len(text) / 10} for i, text in enumerate(body["documents"])]
            answer = {"results": sorted(rows, key=lambda row: -row["relevance_score"])}
        data = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""


@pytest.fixture
def url() -> Iterator[str]:
    Endpoint.first, Endpoint.seen = [], []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Endpoint)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/v1"
    server.shutdown()
    server.server_close()
    thread.join()


def quick(url: str, key: str = "") -> EndpointReranker:
    return EndpointReranker(url, "m", key=key, pause=lambda seconds: None)


def test_scores_come_back_in_the_order_of_the_texts(url: str) -> None:
    assert quick(url, "k-1").rerank("q", ["aa", "", "aaaaa"]) == pytest.approx([0.2, 0, 0.5])
    (sent,) = Endpoint.seen
    assert sent == {
        "path": "/v1/rerank", "key": "Bearer k-1", "model": "m", "query": "q", "documents": ["aa", "", "aaaaa"],
        "top_n": 3,
    }  # fmt: skip


def test_no_texts_are_no_request(url: str) -> None:
    assert quick(url).rerank("q", []).shape == (0,)
    assert Endpoint.seen == []


def test_a_busy_endpoint_is_asked_again_and_one_that_stays_away_is_unavailable(url: str) -> None:
    Endpoint.first.extend([(429, {}), (503, {})])
    assert len(quick(url).rerank("q", ["a"])) == 1
    assert len(Endpoint.seen) == 3
    with pytest.raises(Unavailable, match="did not answer"):
        quick("http://127.0.0.1:9/v1").rerank("q", ["a"])


@pytest.mark.parametrize(
    "answer",
    [
        {"results": []}, {"rows": 1}, [1], {"results": [{"index": 0}]},
        {"results": [{"index": 7, "relevance_score": 1}]},
        {"results": [{"index": -1, "relevance_score": 1}]}, {"results": [{"index": "0", "relevance_score": 1}]},
        {"results": [{"index": 0, "relevance_score": None}]}, {"results": [{"index": 0, "relevance_score": "NaN"}]},
        {"results": 5}, {"results": [{"index": 0, "relevance_score": 1}] * 2},
    ],
)  # fmt: skip
def test_an_answer_of_another_form_is_no_ranking(url: str, answer: Any) -> None:
    Endpoint.first.append((200, answer))
    with pytest.raises(Unavailable):
        quick(url).rerank("q", ["a", "b"])


def test_a_refusal_is_passed_on_in_the_endpoint_s_words_and_without_the_key(url: str) -> None:
    Endpoint.first.append((401, {"error": "who are you"}))
    with pytest.raises(Invalid, match="who are you") as raised:
        quick(url, "k-secret").rerank("q", ["a"])
    assert "k-secret" not in str(raised.value)


def test_a_setting_names_a_reranker_or_none() -> None:
    assert make_reranker("") is make_reranker("none") is None
    named = make_reranker("openai:some/model@http://127.0.0.1:1/v1")
    assert isinstance(named, EndpointReranker) and named.model == "some/model"
    local = make_reranker("sentence-transformers:a/b")
    assert isinstance(local, CrossEncoder) and local.model == "a/b"
    for wrong in ("cosine-ish", "openai:x", "sentence-transformers:", "openai:m@file:///etc/passwd"):
        with pytest.raises(Invalid, match="reranker"):
            make_reranker(wrong)


@pytest.mark.skipif(find_spec("sentence_transformers") is not None, reason="sentence-transformers is installed")
def test_a_missing_extra_says_how_to_install_it() -> None:
    assert CrossEncoder("any").rerank("q", []).dtype == np.float32
    with pytest.raises(NotSupported, match="pip install"):
        CrossEncoder("any").rerank("q", ["x"])
