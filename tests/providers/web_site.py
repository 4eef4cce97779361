"""A small site on loopback, whose every answer a test can spell out, down to the bytes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ssl import SSLContext
from typing import Any, TypeAlias

from memos_graph.model.fetched import Fetched, NotModified
from memos_graph.providers.web import Fetcher, WebLimits, WebOptions

PAGE = b"<html><body><p>The tunnel valve is shut at spring tide.</p></body></html>"
Answer: TypeAlias = "str | bytes | Callable[[BaseHTTPRequestHandler], None]"


@dataclass
class Site:
    """`pages` by path; a path that is not there is a 404. `asked` has every request's path and headers."""

    port: int
    pages: dict[str, Answer] = field(default_factory=dict)
    asked: list[tuple[str, Mapping[str, str]]] = field(default_factory=list)

    @property
    def place(self) -> str:
        return f"127.0.0.1:{self.port}"

    def url(self, path: str = "/", host: str = "127.0.0.1", scheme: str = "http") -> str:
        return f"{scheme}://{host}:{self.port}{path}"

    @property
    def paths(self) -> list[str]:
        """What was asked for, without robots.txt."""
        return [path for path, _ in self.asked if path != "/robots.txt"]


def answer(
    status: int = 200, body: bytes = b"", kind: str = "text/html; charset=utf-8", **headers: str
) -> Callable[[BaseHTTPRequestHandler], None]:
    """A page with these headers; `_` in a name stands for `-`. Content_Length may lie."""

    def send(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        told = {"Content-Type": kind, "Content-Length": str(len(body))} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        for name, value in told.items():
            if value:
                handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)

    return send


def redirect(place: str, status: int = 302) -> Callable[[BaseHTTPRequestHandler], None]:
    return answer(status, Location=place)


def raw(data: bytes) -> Callable[[BaseHTTPRequestHandler], None]:
    """These bytes, status line and all."""

    def send(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(data)

    return send


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is what these tests are about."""


@contextmanager
def serving(tls: SSLContext | None = None) -> Iterator[Site]:
    """A site that runs while the block does."""
    site = Site(port=0)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.asked.append((self.path, dict(self.headers.items())))
            page = site.pages.get(self.path, answer(404))
            if isinstance(page, str | bytes):
                page = answer(body=page.encode() if isinstance(page, str) else page)
            page(self)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = _Server(("127.0.0.1", 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    site.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def fetcher(site: Site, *, limits: WebLimits | None = None, allow: tuple[str, ...] = (), **options: Any) -> Fetcher:
    """One that may ask this site, without pauses."""
    wishes: dict[str, Any] = {"delay_s": 0.0, "limits": limits or WebLimits(total_s=10.0)} | options
    return Fetcher(WebOptions(allow=(site.place, *allow), **wishes))


def got(page: Fetched | NotModified) -> Fetched:
    assert isinstance(page, Fetched)
    return page
