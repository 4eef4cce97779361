"""Answers that are too large, too slow, compressed or broken, from a real server on loopback."""

from __future__ import annotations

import contextlib
import gzip
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from memos_graph.model.errors import Refused, Unavailable
from memos_graph.providers.web import Fetcher, WebLimits, WebOptions
from tests.providers.web_site import PAGE, Site, answer, fetcher, got, raw, redirect, serving


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as made:
        yield made


def test_a_page_over_the_wire_limit_is_refused_before_it_is_read(site: Site) -> None:
    site.pages["/told"] = answer(body=b"x", Content_Length=str(10**9))
    with pytest.raises(Refused, match="page_bytes"):
        fetcher(site).fetch(site.url("/told"))


def endless(head: bytes, chunk: bytes) -> Callable[[BaseHTTPRequestHandler], None]:
    """Sends `chunk` until the client hangs up."""

    def send(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(head)
        while True:
            handler.wfile.write(chunk)

    return send


@pytest.mark.parametrize("head", [b"", b"Transfer-Encoding: chunked\r\n"])
def test_a_page_without_an_end_is_cut_at_the_limit(site: Site, head: bytes) -> None:
    body = b"x" * 1000
    chunk = b"3e8\r\n" + body + b"\r\n" if head else body
    site.pages["/"] = endless(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n" + head + b"\r\n", chunk)
    with pytest.raises(Refused, match="page_bytes"):
        fetcher(site, limits=WebLimits(page_bytes=100_000)).fetch(site.url())


def test_files_may_be_larger_than_pages_but_not_endless(site: Site) -> None:
    limits = WebLimits(page_bytes=1_000, decoded_bytes=1_000, file_bytes=50_000)
    site.pages |= {
        "/page": answer(body=b"x" * 2_000), "/file": answer(body=b"x" * 2_000, kind="application/pdf"),
        "/large": answer(body=b"x" * 60_000, kind="application/pdf"),
    }  # fmt: skip
    asking = fetcher(site, limits=limits)
    assert len(got(asking.fetch(site.url("/file"))).data) == 2_000
    with pytest.raises(Refused, match="page_bytes"):
        asking.fetch(site.url("/page"))
    with pytest.raises(Refused, match="file_bytes"):
        asking.fetch(site.url("/large"))


def test_a_compressed_page_is_unpacked(site: Site) -> None:
    site.pages["/one"] = answer(body=gzip.compress(PAGE), Content_Encoding="gzip")
    site.pages["/two"] = answer(body=gzip.compress(PAGE) + gzip.compress(b"more"), Content_Encoding="X-GZIP")
    asking = fetcher(site)
    assert got(asking.fetch(site.url("/one"))).data == PAGE
    assert got(asking.fetch(site.url("/two"))).data == PAGE + b"more"


def test_a_gzip_bomb_is_refused_at_the_decoded_limit(site: Site) -> None:
    packer = zlib.compressobj(9, wbits=31)
    bomb = b"".join(packer.compress(bytes(1_000_000)) for _ in range(200)) + packer.flush()
    assert len(bomb) < 300_000
    site.pages["/"] = answer(body=bomb, Content_Encoding="gzip")
    with pytest.raises(Refused, match="decoded_bytes"):
        fetcher(site).fetch(site.url())


def test_a_bomb_of_many_small_streams_is_refused(site: Site) -> None:
    site.pages["/"] = answer(body=gzip.compress(b"") * 10_000, Content_Encoding="gzip")
    with pytest.raises(Refused, match="gzip streams"):
        fetcher(site).fetch(site.url())


@pytest.mark.parametrize("coding", ["gzip, gzip", "br", "zstd", "deflate", "gzip, br", "compress"])
def test_a_coding_that_was_not_asked_for_is_refused(site: Site, coding: str) -> None:
    site.pages["/"] = answer(body=gzip.compress(gzip.compress(PAGE)), Content_Encoding=coding)
    with pytest.raises(Refused, match="gzip was asked for"):
        fetcher(site).fetch(site.url())


@pytest.mark.parametrize(
    "body",
    [gzip.compress(PAGE, mtime=0)[:-9], PAGE, gzip.compress(PAGE, mtime=0)[:-8] + b"\x00" * 8],
    ids=["cut short", "plain", "wrong sum"],
)
def test_broken_compression_is_no_page(site: Site, body: bytes) -> None:
    site.pages["/"] = answer(body=body, Content_Encoding="gzip")
    with pytest.raises(Unavailable):
        fetcher(site).fetch(site.url())


@pytest.mark.parametrize("data", [
    b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort",
    b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nshort!",
    b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nshort",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nshort\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nshort\r\n",
    b"HTTP/1.1 200 OK\r\n" + b"X-Long: " + b"x" * 300_000 + b"\r\n\r\n",
    b"SSH-2.0-OpenSSH_9.6\r\n", b"", b"\x00\x01\x02", b"HTTP/1.1 200 OK\r\nBad Header : 1\r\n\r\nx",
    b"HTTP/1.1 999999 OK\r\n\r\n",
])  # fmt: skip
def test_an_answer_that_is_not_whole_is_no_page(site: Site, data: bytes) -> None:
    site.pages["/"] = raw(data)
    with pytest.raises(Unavailable, match="did not answer as it should"):
        fetcher(site, robots=False).fetch(site.url())


@pytest.mark.parametrize("head", [
    b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 100000\r\n\r\n", b"HTTP/1.1 200 OK\r\nX: ", b"",
])  # fmt: skip
def test_a_slow_drip_ends_with_the_time_of_the_whole(site: Site, head: bytes) -> None:
    def drip(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(head)
        for _ in range(100):
            handler.wfile.write(b"x")
            handler.wfile.flush()
            time.sleep(0.05)

    site.pages["/"] = drip
    with pytest.raises(Unavailable, match="total_s"):
        fetcher(site, robots=False, limits=WebLimits(total_s=0.4)).fetch(site.url())


def test_a_tls_handshake_that_drips_ends_with_the_time() -> None:
    over, begun = threading.Event(), threading.Event()

    def drip(server: socket.socket) -> None:
        with contextlib.suppress(OSError):
            connection, _ = server.accept()
            with connection:
                connection.sendall(b"\x16\x03\x03\x40\x00\x02\x00\x3f\xfc")  # a long ServerHello begins
                begun.set()
                while not over.wait(0.05):
                    connection.sendall(b"\x00")

    trust = ssl.create_default_context()  # before the time begins: loading the roots takes some
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(20)
        place = f"127.0.0.1:{server.getsockname()[1]}"
        thread = threading.Thread(target=drip, args=(server,), daemon=True)
        thread.start()
        options = WebOptions(allow=(place,), robots=False, limits=WebLimits(total_s=1.0))
        try:
            with pytest.raises(Unavailable, match="total_s"):
                Fetcher(options, tls=trust).fetch(f"https://{place}/")
            assert begun.is_set()
        finally:
            over.set()
            thread.join()


def test_interim_answers_without_end_end_with_the_time(site: Site) -> None:
    site.pages["/"] = endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n")
    with pytest.raises(Unavailable, match="total_s"):
        fetcher(site, robots=False, limits=WebLimits(total_s=0.3)).fetch(site.url())


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from([
    b"HTTP/1.1 200 OK\r\n", b"HTTP/1.0 302 X\r\n", b"HTTP/1.1 304 \r\n", b"Location: //[\r\n", b"Location: /\xff\r\n",
    b"Content-Encoding: gzip\r\n", b"Transfer-Encoding: chunked\r\n", b"Content-Length: 3\r\n", b"ETag: \x80\r\n",
    b"Content-Type: text/html; charset=\xff\r\n", b"Retry-After: -1\r\n", b"\r\n", b"3\r\nabc\r\n", b"0\r\n\r\n",
    b"\x00", b" folded\r\n", b"\x1f\x8b\x08\x00", b"FFFFFFFFFFFFFFFFFFFF\r\n", b"abc", b"HTTP/1.1 503 X\r\n",
]), max_size=12))  # fmt: skip
def test_any_answer_is_a_page_or_one_of_our_errors(site: Site, parts: list[bytes]) -> None:
    site.pages["/"] = raw(b"".join(parts))
    with contextlib.suppress(Refused, Unavailable):  # and nothing else
        assert got(fetcher(site, robots=False).fetch(site.url())).status == 200


def test_redirects_share_one_time(site: Site) -> None:
    def slow(handler: BaseHTTPRequestHandler) -> None:
        time.sleep(0.3)
        redirect(f"{handler.path}x")(handler)

    site.pages |= {"/" + "x" * hop: slow for hop in range(6)}
    with pytest.raises(Unavailable, match="total_s"):
        fetcher(site, robots=False, limits=WebLimits(total_s=0.7)).fetch(site.url())
