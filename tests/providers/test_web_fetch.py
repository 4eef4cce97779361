"""Fetching from a real server on loopback: where the socket goes, redirects, what answers mean, asking again."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any

import httpcore
import pytest
import trustme

from memos_graph.model.errors import Invalid, NotFound, Refused, Unavailable
from memos_graph.model.fetched import Fetched, NotModified, Validators
from memos_graph.providers.web import Fetcher, WebLimits, WebOptions
from tests.providers.web_site import PAGE, Site, answer, fetcher, got, raw, redirect, serving


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as made:
        yield made


def test_a_page_comes_with_what_its_server_said_of_it(site: Site) -> None:
    site.pages["/a"] = answer(
        body=PAGE, kind="Text/HTML; charset=ISO-8859-1", ETag='"v1"', Last_Modified="Sat, 01 Nov 2025 10:00:00 GMT"
    )
    page = got(fetcher(site).fetch(site.url("/a#part")))
    assert page == Fetched(
        url=site.url("/a"), final_url=site.url("/a"), status=200, media_type="text/html", data=PAGE, etag='"v1"',
        last_modified="Sat, 01 Nov 2025 10:00:00 GMT", charset="ISO-8859-1",
    )  # fmt: skip
    _, headers = site.asked[-1]
    assert headers["Host"] == site.place and headers["User-Agent"] == "memos-graph"
    assert "Cookie" not in headers and headers["Accept-Encoding"] == "gzip"


def test_without_the_allow_list_loopback_is_not_asked(site: Site) -> None:
    site.pages["/"] = PAGE
    for url in (site.url(), f"http://localhost:{site.port}/", "http://127.0.0.1/", "http://localhost/"):
        with pytest.raises(Refused):
            Fetcher(WebOptions()).fetch(url)
    assert site.asked == []


# Where the socket goes


class Recorder:
    """Stands where sockets are opened: notes the addresses and connects nowhere."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.addresses: list[str] = []
        recorder = self

        def connect(self: object, host: str, port: int, timeout: float | None = None, **more: Any) -> Any:
            recorder.addresses.append(host)
            raise httpcore.ConnectError("nobody there")

        monkeypatch.setattr(httpcore.SyncBackend, "connect_tcp", connect)


def test_a_name_that_changes_its_address_is_asked_where_it_was_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    recorder = Recorder(monkeypatch)
    answers = iter([("93.184.215.14",), ("127.0.0.1",), ("10.0.0.1",)])
    asking = Fetcher(WebOptions(robots=False, delay_s=0), resolve=lambda host, port: next(answers))
    with pytest.raises(Unavailable):
        asking.fetch("http://rebind.example/")
    assert recorder.addresses == ["93.184.215.14"]  # the one that was checked, looked up once
    with pytest.raises(Refused, match=r"127\.0\.0\.1"):
        asking.fetch("http://rebind.example/")
    assert recorder.addresses == ["93.184.215.14"]


def test_every_address_of_a_name_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    recorder = Recorder(monkeypatch)
    both = ("2606:4700:4700::1111", "1.1.1.1")
    with pytest.raises(Unavailable, match="nobody there"):
        Fetcher(WebOptions(robots=False), resolve=lambda host, port: both).fetch("https://two.example/")
    assert recorder.addresses == list(both)


def test_proxy_variables_are_ignored(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving() as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url())
        site.pages["/"] = PAGE
        assert got(fetcher(site).fetch(site.url())).data == PAGE
        assert proxy.asked == []


def test_an_error_of_the_resolver_names_the_host() -> None:
    def missing(host: str, port: int) -> tuple[str, ...]:
        raise socket.gaierror(socket.EAI_NONAME, "no such name")

    def silent(host: str, port: int) -> tuple[str, ...]:
        raise socket.gaierror(socket.EAI_AGAIN, "no answer")

    with pytest.raises(NotFound, match=r"gone\.example"):
        Fetcher(resolve=missing).fetch("http://gone.example/")
    with pytest.raises(Unavailable, match=r"gone\.example"):
        Fetcher(resolve=silent).fetch("http://gone.example/")


def test_a_resolver_that_hangs_is_given_up() -> None:
    def hang(host: str, port: int) -> tuple[str, ...]:
        time.sleep(2)
        return ("93.184.215.14",)

    with pytest.raises(Unavailable, match="total_s"):
        Fetcher(WebOptions(limits=WebLimits(total_s=0.2)), resolve=hang).fetch("http://slow.example/")


# TLS


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def secure_site(authority: trustme.CA, *names: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names).configure_cert(context)
    return context


def test_the_certificate_is_checked_for_the_name_and_not_for_the_address(authority: trustme.CA) -> None:
    ours = ssl.create_default_context()
    authority.configure_trust(ours)
    asked_for: list[str | None] = []
    server = secure_site(authority, "pages.example")
    server.sni_callback = lambda socket, name, context: asked_for.append(name)
    with serving(server) as site:
        site.pages["/"] = PAGE
        options = WebOptions(
            allow=(f"pages.example:{site.port}", f"other.example:{site.port}"), delay_s=0, robots=False
        )
        asking = Fetcher(options, resolve=lambda host, port: ("127.0.0.1",), tls=ours)
        page = got(asking.fetch(site.url(host="pages.example", scheme="https")))
        assert (page.data, asked_for) == (PAGE, ["pages.example"])
        assert site.asked[-1][1]["Host"] == f"pages.example:{site.port}"
        with pytest.raises(Unavailable, match="certificate"):
            asking.fetch(site.url(host="other.example", scheme="https"))
        stranger = Fetcher(options, resolve=lambda host, port: ("127.0.0.1",))
        with pytest.raises(Unavailable, match="certificate"):
            stranger.fetch(site.url(host="pages.example", scheme="https"))
        assert len(site.paths) == 1


# Redirects


def test_redirects_are_followed_to_the_final_url(site: Site) -> None:
    site.pages |= {"/a": redirect("b/c?d=1", 301), "/b/c?d=1": redirect("/e#part", 308), "/e": PAGE}
    page = got(fetcher(site).fetch(site.url("/a")))
    assert (page.url, page.final_url, page.data) == (site.url("/a"), site.url("/e"), PAGE)


def test_a_redirect_in_plain_letters_leads_to_their_utf8(site: Site) -> None:
    site.pages["/a"] = raw("HTTP/1.1 302 Found\r\nLocation: /straße\r\nContent-Length: 0\r\n\r\n".encode())
    site.pages["/stra%C3%9Fe"] = PAGE
    assert got(fetcher(site).fetch(site.url("/a"))).final_url == site.url("/stra%C3%9Fe")


def test_more_redirects_than_allowed_are_refused(site: Site) -> None:
    site.pages |= {f"/{hop}": redirect(f"/{hop + 1}") for hop in range(7)} | {"/7": PAGE}
    assert got(fetcher(site).fetch(site.url("/2"))).final_url == site.url("/7")  # five
    with pytest.raises(Refused, match="more than 5 times"):
        fetcher(site).fetch(site.url("/1"))


def test_a_circle_of_redirects_is_refused(site: Site) -> None:
    site.pages |= {"/a": redirect("/b"), "/b": redirect("/a")}
    with pytest.raises(Refused, match="circle"):
        fetcher(site).fetch(site.url("/a"))
    assert site.paths == ["/a", "/b"]


@pytest.mark.parametrize("place", [
    "http://169.254.169.254/latest/meta-data/", "http://127.0.0.1/", "http://[::1]/", "http://2130706433/",
    "http://0x7f000001/", "//127.1/", "file:///etc/passwd", "gopher://127.0.0.1/", "http://a@b/", "http://[", "",
    "http://localhost:22/", "http://[::ffff:7f00:1]/", "javascript:alert(1)", "data:text/html,hi", "http://127.0.0.1\\@x/",
])  # fmt: skip
def test_a_redirect_inwards_is_not_followed(site: Site, place: str) -> None:
    site.pages["/a"] = redirect(place)
    with pytest.raises((Refused, Unavailable)) as error:
        fetcher(site).fetch(site.url("/a"))
    assert site.url("/a") in str(error.value)


def test_each_redirect_is_looked_up_and_checked_again(site: Site) -> None:
    site.pages["/a"] = redirect("http://inner.example/secret")
    asking = Fetcher(WebOptions(allow=(site.place,), delay_s=0, robots=False), resolve=lambda host, port: ("10.1.2.3",))
    with pytest.raises(Refused, match=r"10\.1\.2\.3"):
        asking.fetch(site.url("/a"))


def test_a_redirect_of_a_listed_place_reaches_another_listed_one(site: Site) -> None:
    with serving() as other:
        site.pages["/a"] = redirect(other.url("/b"))
        other.pages["/b"] = PAGE
        assert got(fetcher(site, allow=(other.place,)).fetch(site.url("/a"))).final_url == other.url("/b")
        with pytest.raises(Refused, match=f"allow {other.place}"):
            fetcher(site).fetch(site.url("/a"))


# Status


@pytest.mark.parametrize(("status", "error"), [
    (404, NotFound), (410, NotFound), (401, Refused), (403, Refused), (451, Refused), (429, Unavailable),
    (500, Unavailable), (503, Unavailable), (204, Unavailable), (206, Unavailable), (300, Unavailable),
    (304, Unavailable), (302, Unavailable),
])  # fmt: skip
def test_each_failure_says_what_to_do_next_by_its_kind(site: Site, status: int, error: type[Exception]) -> None:
    site.pages["/"] = answer(status)
    with pytest.raises(error) as raised:
        fetcher(site).fetch(site.url())
    assert site.url() in str(raised.value)


def test_a_busy_site_says_when_to_come_back(site: Site) -> None:
    site.pages["/"] = answer(429, Retry_After="120")
    with pytest.raises(Unavailable) as raised:
        fetcher(site).fetch(site.url())
    assert raised.value.retry_after == 120


# Again


def test_a_page_is_asked_for_again_with_what_is_known_of_it(site: Site) -> None:
    def versioned(handler: BaseHTTPRequestHandler) -> None:
        fresh = handler.headers.get("If-None-Match") == '"v1"'
        answer(304 if fresh else 200, b"" if fresh else PAGE, ETag='"v1"')(handler)

    site.pages |= {"/old": redirect("/page"), "/page": versioned}
    known = {site.url("/page"): Validators(etag='"v1"', last_modified="Sat, 01 Nov 2025 10:00:00 GMT")}
    page = fetcher(site).fetch(site.url("/old"), known=known.get)
    assert page == NotModified(url=site.url("/old"), final_url=site.url("/page"))
    path, headers = site.asked[-1]
    assert (path, headers["If-Modified-Since"]) == ("/page", "Sat, 01 Nov 2025 10:00:00 GMT")
    assert "If-None-Match" not in site.asked[-2][1]  # the other URL is not that page
    other = {site.url("/page"): Validators(etag='"v0"')}
    assert got(fetcher(site).fetch(site.url("/page"), known=other.get)).data == PAGE


def test_a_stored_etag_can_not_add_a_header(site: Site) -> None:
    site.pages["/"] = PAGE
    bad = Validators(etag='"a"\r\nX-Evil: 1', last_modified="x\r\nX-Evil: 1")
    fetcher(site).fetch(site.url(), known=lambda url: bad)
    assert not {"X-Evil", "If-None-Match", "If-Modified-Since"} & set(site.asked[-1][1])


# Markdown


def test_the_text_of_a_markdown_host_is_markdown(site: Site) -> None:
    site.pages |= {
        "/a": answer(body=b"# Valves", kind="text/plain; charset=utf-8"), "/b": answer(body=PAGE, kind="text/html"),
    }  # fmt: skip
    asking = fetcher(site, markdown_hosts=("127.0.0.1",))
    assert got(asking.fetch(site.url("/a"))).media_type == "text/markdown"
    assert got(asking.fetch(site.url("/b"))).media_type == "text/html"
    assert site.asked[-1][1]["Accept"].startswith("text/markdown")
    assert got(fetcher(site).fetch(site.url("/a"))).media_type == "text/plain"


@pytest.mark.parametrize("options", [
    {"user_agent": ""}, {"user_agent": "a\r\nb"}, {"delay_s": -1.0}, {"delay_s": float("nan")},
    {"allow": ("*",)}, {"markdown_hosts": ("a b",)},
])  # fmt: skip
def test_options_that_mean_nothing_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        Fetcher(WebOptions(**options))
