"""A real HTTP server that answers as the chat completions reference says; what it says is the test's."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class ChatServer:
    """Where it listens, what it was sent, and what it answers."""

    url: str = ""
    says: Callable[[str], Any] = lambda prompt: ""  #: the content of an answer, from the user's part
    first: list[tuple[int, Any]] = field(default_factory=list)  #: whole answers that come before, each once
    wires: list[Callable[[BaseHTTPRequestHandler], None]] = field(default_factory=list)  #: likewise, byte for byte
    models: Any = None  #: what /models answers; None: nothing is there
    seen: list[dict[str, Any]] = field(default_factory=list)


def completion(content: Any) -> dict[str, Any]:
    """A whole answer."""
    message = {"role": "assistant", "content": content}
    return {"object": "chat.completion", "choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}


@contextmanager
def serving() -> Iterator[ChatServer]:
    """A server for the length of a test."""
    told = ChatServer()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            told.seen.append({"path": self.path, "key": self.headers.get("Authorization"), "body": body})
            if told.wires:
                told.wires.pop(0)(self)
                return
            status, answer = told.first.pop(0) if told.first else (200, None)
            if answer is None:
                answer = completion(told.says(body["messages"][-1]["content"]))
            self._send(status, answer)

        def do_GET(self) -> None:
            self._send(200 if told.models is not None else 404, told.models)

        def _send(self, status: int, answer: Any) -> None:
            data = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    told.url = f"http://127.0.0.1:{server.server_port}/v1"
    try:
        yield told
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
