"""The one source of vectors for all peers: an OpenAI-style /embeddings on this machine, over our own embedder.

Listens on 127.0.0.1 while a `with` block runs. A text is embedded once and kept: what is asked again costs no model.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from memos_graph.ports import Embedder
from memos_graph.services.embed import embed_whole


class _Kept:
    """Vectors by text; one text at a time, as the embedder is not meant for threads."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._known: dict[str, list[float]] = {}
        self._turn = threading.Lock()

    def of(self, texts: Sequence[str]) -> list[list[float]]:
        with self._turn:
            fresh = [text for text in dict.fromkeys(texts) if text not in self._known]
            if fresh:
                rows = embed_whole(self._embedder, [text or " " for text in fresh])
                self._known |= {text: [float(x) for x in row] for text, row in zip(fresh, rows, strict=True)}
            return [self._known[text] for text in texts]


@contextmanager
def serving(embedder: Embedder) -> Iterator[str]:
    """The URL of the endpoint, without its last word "embeddings"."""
    kept = _Kept(embedder)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            texts = [asked["input"]] if isinstance(asked["input"], str) else asked["input"]
            if not self.path.endswith("/embeddings") or not all(isinstance(text, str) for text in texts):
                self.send_error(400, "POST /v1/embeddings with input: a text or a list of texts")
                return
            rows = [{"object": "embedding", "index": at, "embedding": v} for at, v in enumerate(kept.of(texts))]
            body = json.dumps(
                {"object": "list", "data": rows, "model": asked.get("model", ""),
                 "usage": {"prompt_tokens": 0, "total_tokens": 0}}
            ).encode()  # fmt: skip
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing: a line for each request would be thousands."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/v1"
    finally:
        server.shutdown()
        server.server_close()
