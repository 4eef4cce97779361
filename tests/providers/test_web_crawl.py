"""Following links, on a real server on loopback."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memos_graph.model.errors import Invalid
from memos_graph.model.fetched import Fetched, Known, Missed, NotModified, Validators
from memos_graph.providers.web import Fetcher, WebOptions
from memos_graph.providers.web.crawl import CrawlOptions, crawl
from memos_graph.providers.web.links import MAX_LINKS, links
from tests.providers.web_site import Site, answer, redirect, serving


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as made:
        yield made


def fetcher(site: Site, *allow: str, **options: Any) -> Fetcher:
    return Fetcher(WebOptions(allow=(site.place, *allow), delay_s=0.0, **options))


def page(*hrefs: str) -> str:
    return "<html><body>" + "".join(f"<p>See <a href='{href}'>there</a>.</p>" for href in hrefs)


def tree(site: Site) -> None:
    """Two levels: / leads to /a and /b, /a to /c, /c to /d."""
    site.pages |= {"/": page("/a", "b", "/a#again"), "/a": page("/c", "/"), "/b": page(), "/c": page("/d"), "/d": ""}


@pytest.mark.parametrize(("depth", "expected"), [
    (0, ["/"]), (1, ["/", "/a", "/b"]), (2, ["/", "/a", "/b", "/c"]), (9, ["/", "/a", "/b", "/c", "/d"]),
])  # fmt: skip
def test_a_crawl_goes_breadth_first_to_its_depth_and_asks_once(site: Site, depth: int, expected: list[str]) -> None:
    tree(site)
    found = list(fetcher(site).crawl(site.url(), depth=depth))
    assert [each.url for each in found] == [site.url(path) for path in expected]
    assert site.paths == expected


def test_a_page_is_handed_over_before_the_next_is_asked_for(site: Site) -> None:
    tree(site)
    visits = fetcher(site).crawl(site.url(), depth=2)
    assert site.asked == []
    next(visits)
    assert site.paths == ["/"]
    next(visits)
    assert site.paths == ["/", "/a"]


def test_a_crawl_asks_for_no_more_pages_than_allowed(site: Site) -> None:
    site.pages |= {f"/{n}": page(*(f"/{n * 10 + k}" for k in range(10))) for n in range(200)}
    found = list(fetcher(site).crawl(site.url("/1"), depth=5, pages=7))
    assert len(found) == len(site.paths) == 7


def test_a_page_that_fails_is_told_and_the_rest_goes_on(site: Site) -> None:
    site.pages |= {
        "/robots.txt": "User-agent: *\nDisallow: /closed", "/": page("/gone", "/closed", "/good"), "/good": page(),
    }  # fmt: skip
    found = list(fetcher(site).crawl(site.url(), depth=1))
    assert [(type(each), each.url) for each in found] == [
        (Fetched, site.url("/")), (Missed, site.url("/gone")), (Missed, site.url("/closed")),
        (Fetched, site.url("/good")),
    ]  # fmt: skip
    assert all(isinstance(each, Fetched) or each.url in getattr(each, "problem", "") for each in found)


def test_other_hosts_are_left_out_unless_asked_for(site: Site) -> None:
    with serving() as other:
        # another name of the same machine is another host
        allow = (f"other.example:{other.port}", f"{site.place}")
        away = other.url("/away", host="other.example")
        site.pages["/"] = page(away, "/near", "/leads-away")
        site.pages |= {"/near": page(), "/leads-away": redirect(away)}
        other.pages["/away"] = page()
        options = WebOptions(allow=allow, delay_s=0.0)
        asking = Fetcher(options, resolve=lambda host, port: ("127.0.0.1",))
        found = list(asking.crawl(site.url(), depth=1))
        assert [each.url for each in found if isinstance(each, Fetched)] == [site.url("/"), site.url("/near")]
        (missed,) = [each for each in found if isinstance(each, Missed)]
        assert missed.url == site.url("/leads-away") and "other.example" in missed.problem
        assert other.asked == []
        everything = list(asking.crawl(site.url(), depth=1, same_host=False))
        assert away in [each.url for each in everything]


def test_the_host_that_the_first_page_leads_to_is_the_crawls_host() -> None:
    class Asked:
        def __init__(self) -> None:
            self.hosts: list[frozenset[str] | None] = []

        def __call__(self, url: str, *, known: Known | None = None, found_on: str | None = None,
                     hosts: frozenset[str] | None = None) -> Fetched | NotModified:  # fmt: skip
            self.hosts.append(hosts)
            final = url.replace("//example.com", "//www.example.com")
            return Fetched(url=url, final_url=final, status=200, media_type="text/html", data=page("/a").encode())

    asked = Asked()
    list(crawl(asked, "https://example.com/", options=CrawlOptions(depth=1)))
    assert asked.hosts == [None, frozenset(("example.com", "www.example.com"))]


def test_links_inwards_and_of_other_kinds_are_never_asked_for(site: Site) -> None:
    with serving() as inner:
        site.pages["/"] = page(
            inner.url("/secret"), "http://169.254.169.254/", "file:///etc/passwd", "javascript:alert(1)",
            "mailto:a@b.c", "http://[", "http://2130706433/", "//localhost/",
        )  # fmt: skip
        found = list(fetcher(site).crawl(site.url(), depth=1, same_host=False))
        assert [each.url for each in found if isinstance(each, Fetched)] == [site.url()]
        assert inner.asked == []
        assert all("not" in each.problem or "odd" in each.problem for each in found if isinstance(each, Missed))


def test_two_links_to_one_page_bring_it_once(site: Site) -> None:
    site.pages |= {"/": page("/old", "/older", "/new"), "/old": redirect("/new"), "/older": redirect("/new")}
    site.pages["/new"] = page()
    finals = [each.final_url for each in fetcher(site).crawl(site.url(), depth=1) if isinstance(each, Fetched)]
    assert finals == [site.url("/"), site.url("/new")]


def test_a_page_that_did_not_change_does_not_end_the_crawl(site: Site) -> None:
    def fresh(body: str) -> Any:
        def send(handler: Any) -> None:
            known = handler.headers.get("If-None-Match") == '"v1"'
            answer(304 if known else 200, b"" if known else body.encode(), ETag='"v1"')(handler)

        return send

    site.pages |= {"/": fresh(page("/a")), "/a": fresh(page())}
    known = {site.url(path): Validators(etag='"v1"') for path in ("/", "/a")}.get
    assert [type(each) for each in fetcher(site).crawl(site.url(), depth=1, known=known)] == [Fetched, NotModified]


def test_a_picture_or_file_has_no_links(site: Site) -> None:
    site.pages |= {"/": answer(body=page("/a").encode(), kind="text/plain"), "/a": page()}
    assert len(list(fetcher(site).crawl(site.url(), depth=1))) == 1


@pytest.mark.parametrize("wrong", [{"depth": -1}, {"depth": 99}, {"pages": 0}])
def test_a_crawl_without_bounds_is_refused(site: Site, wrong: dict[str, int]) -> None:
    with pytest.raises(Invalid):
        list(fetcher(site).crawl(site.url(), **wrong))  # type: ignore[arg-type]


def test_no_url_is_said_at_once(site: Site) -> None:
    with pytest.raises(Invalid):
        fetcher(site).crawl("not a url")


# Links


@pytest.mark.parametrize(("html", "expected"), [
    ("<a href=/a>x</a><A HREF = '/b?x=1&amp;y=2'>y<area\n href=\"/c\">", ("", "/a", "/b?x=1&y=2", "/c")),
    ("<base href='/docs/'><a href=x>", ("/docs/", "x")),
    ("<a rel='x nofollow' href=/a><a href=/b rel=noopener>", ("", "/b")),
    ("<!-- <a href=/a> --><a href=/b>", ("", "/b")),
    ("<script>'<a href=/a>'</script><STYLE><a href=/s></STYLE><a href=/b>", ("", "/b")),
    ("<a data-href=/no name=x><abbr href=/no><a href=''><a href>", ("",)),
    ("<a href='/a'><a href='/a'>", ("", "/a")),
    ("<!-- open <a href=/a>", ("",)),
])  # fmt: skip
def test_links_are_those_that_a_reader_could_follow(html: str, expected: tuple[str, ...]) -> None:
    assert links(html) == expected


@given(st.text(alphabet=st.sampled_from("<>ab=\"' /!-&#;href\n"), max_size=300))
def test_any_text_has_links_or_none(html: str) -> None:
    assert all(links(html)[1:])


@pytest.mark.parametrize(
    "part", ["<a ", "<a href='", "<a href=\"x' ", "<!--", "<script>", "<a href=x ", "&#x", "<a a=' b=\" "]
)
def test_a_page_made_to_be_slow_is_scanned_to_its_end(part: str) -> None:
    assert len(links(part * 300_000)) <= MAX_LINKS + 1  # hours, if a tag were read again for each one inside it
