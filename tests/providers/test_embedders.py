"""The embedders: the real model, and a real HTTP server that speaks as the OpenAI reference says."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from typing import Any, ClassVar

import numpy as np
import pytest

from memos_graph.model.errors import Invalid, NotSupported, Unavailable
from memos_graph.providers.embedders import minilm
from memos_graph.providers.embedders.minilm import MiniLM
from memos_graph.providers.embedders.openai import OpenAIEmbedder
from memos_graph.providers.embedders.sentence import SentenceTransformersEmbedder
from memos_graph.services.embed import embed_whole


@pytest.fixture(scope="module")
def model() -> MiniLM:
    return MiniLM()


def test_meaning_is_nearer_than_spelling(model: MiniLM) -> None:
    cat, kitten, cart = model.embed(["a cat sleeps", "a kitten is napping", "a cart squeaks"])
    assert cat @ kitten > cat @ cart


def test_vectors_are_unit_float32_and_do_not_depend_on_what_they_are_embedded_with(model: MiniLM) -> None:
    texts = ["one", "a longer text about pumps and valves " * 6, "两个", "", "?"]
    together = model.embed(texts)
    assert together.dtype == np.float32 and together.shape == (5, 384)
    assert np.allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)
    alone = np.vstack([model.embed([text]) for text in texts])
    # the model quantises by the range of what it is given, which must be one text only
    assert np.array_equal(together, alone)
    assert model.embed([]).shape == (0, 384)


def test_tokens_are_counted_past_the_model_s_limit(model: MiniLM) -> None:
    assert model.count_tokens("pump " * 1000) == 1000
    assert model.count_tokens("") == 0


def test_what_stands_past_the_limit_still_moves_the_vector(model: MiniLM) -> None:
    filler = "The gauge was read and nothing was remarked upon that day. " * 60
    plain, told = embed_whole(model, [filler, filler + "A heron nests on the western mole. " * 12])
    (heron,) = model.embed(["Where does the heron nest?"])
    assert told @ heron > plain @ heron + 0.02


def test_a_model_file_that_is_not_the_one_we_know_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(minilm, "MODEL_SHA256", "0" * 64)
    with pytest.raises(Unavailable, match=r"minilm-int8\.onnx"):
        MiniLM().embed(["x"])


class Endpoint(BaseHTTPRequestHandler):
    """Vectors of two numbers; what it answers first is set by the test."""

    first: ClassVar[list[tuple[int, Any]]] = []
    seen: ClassVar[list[dict[str, Any]]] = []

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.seen.append({"path": self.path, "key": self.headers.get("Authorization"), **body})
        status, answer = self.first.pop(0) if self.first else (200, None)
        if answer is None:
            rows = [{"index": i, "embedding": [3.0, float(len(text))]} for i, text in enumerate(body["input"])]
            answer = {"data": rows[::-1]}  # the order is the index's, not the list's
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


def quick(url: str, key: str = "") -> OpenAIEmbedder:
    return OpenAIEmbedder(url, "m", key=key, pause=lambda seconds: None)


def test_an_endpoint_s_vectors_come_back_in_order_and_of_unit_length(url: str) -> None:
    vectors = quick(url, "k-1").embed(["", "aaaa", *("b" * 100)])
    assert vectors.shape == (102, 2)
    assert np.allclose(vectors[1], [0.6, 0.8])
    assert [len(seen["input"]) for seen in Endpoint.seen] == [64, 38]
    assert Endpoint.seen[0]["path"] == "/v1/embeddings" and Endpoint.seen[0]["key"] == "Bearer k-1"


def test_a_busy_endpoint_is_asked_again(url: str) -> None:
    Endpoint.first.extend([(429, {}), (503, {})])
    assert quick(url).dimension == 2
    assert len(Endpoint.seen) == 3


def test_an_endpoint_that_stays_away_is_unavailable() -> None:
    with pytest.raises(Unavailable, match="did not answer"):
        quick("http://127.0.0.1:9/v1").embed(["x"])


@pytest.mark.parametrize(
    "answer", [{"data": []}, {"rows": 1}, {"data": [{"index": 0, "embedding": [0, 0]}]}, {"data": [{"index": 0}]}, [1]]
)
def test_an_answer_of_another_form_is_no_vector(url: str, answer: Any) -> None:
    Endpoint.first.append((200, answer))
    with pytest.raises(Unavailable):
        quick(url).embed(["x"])


def test_a_refusal_is_passed_on_in_the_endpoint_s_words_and_without_the_key(url: str) -> None:
    Endpoint.first.append((401, {"error": "who are you"}))
    with pytest.raises(Invalid, match="who are you") as raised:
        quick(url, "k-secret").embed(["x"])
    assert "k-secret" not in str(raised.value)
    with pytest.raises(Invalid, match="http"):
        OpenAIEmbedder("file:///etc/passwd", "m")


@pytest.mark.skipif(find_spec("sentence_transformers") is not None, reason="sentence-transformers is installed")
def test_a_missing_extra_says_how_to_install_it() -> None:
    with pytest.raises(NotSupported, match="pip install"):
        SentenceTransformersEmbedder("any").embed(["x"])
