"""What a site's robots.txt asks of us, and the pauses between requests, on a real server on loopback."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from memos_graph.model.errors import Refused, Unavailable
from memos_graph.providers.web import Fetcher, WebOptions
from tests.providers.web_site import PAGE, Site, answer, fetcher, got, redirect, serving


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as made:
        yield made


def test_what_robots_txt_closes_is_not_asked_for(site: Site) -> None:
    site.pages |= {
        "/robots.txt": "User-agent: memos-graph\nDisallow: /private\nAllow: /private/but-this\n\n"
        "User-agent: *\nDisallow: /",
        "/private/a": PAGE, "/private/but-this": PAGE, "/open": PAGE,
    }  # fmt: skip
    asking = fetcher(site, user_agent="memos-graph/1.0 (+https://example.com)")
    for path in ("/private/a", "/open/../private/a", "/open/%2e%2e/private/a"):
        with pytest.raises(Refused, match=r"robots\.txt"):
            asking.fetch(site.url(path))
    assert site.paths == []
    asking.fetch(site.url("/open"))
    asking.fetch(site.url("/private/but-this"))
    assert [path for path, _ in site.asked].count("/robots.txt") == 1
    with pytest.raises(Refused, match=r"robots\.txt"):
        fetcher(site, user_agent="another").fetch(site.url("/open"))
    assert got(fetcher(site, robots=False).fetch(site.url("/private/a"))).data == PAGE


def test_robots_txt_is_asked_of_each_host_that_a_redirect_leads_to(site: Site) -> None:
    with serving() as other:
        other.pages |= {"/robots.txt": "User-agent: *\nDisallow: /", "/b": PAGE}
        site.pages["/a"] = redirect(other.url("/b"))
        with pytest.raises(Refused, match=r"robots\.txt"):
            fetcher(site, allow=(other.place,)).fetch(site.url("/a"))
        assert other.paths == []


def test_a_site_that_can_not_say_what_it_allows_is_left_alone(site: Site) -> None:
    site.pages |= {"/robots.txt": answer(503), "/": PAGE}
    with pytest.raises(Unavailable, match=r"robots\.txt"):
        fetcher(site).fetch(site.url())
    assert site.paths == []


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_site_without_robots_txt_is_open(site: Site, status: int) -> None:
    site.pages |= {"/robots.txt": answer(status), "/": PAGE}
    assert got(fetcher(site).fetch(site.url())).data == PAGE


def test_robots_txt_leads_nowhere_inwards(site: Site) -> None:
    site.pages |= {"/robots.txt": redirect("http://169.254.169.254/"), "/": PAGE}
    with pytest.raises(Refused):
        fetcher(site).fetch(site.url())


def test_a_robots_txt_that_would_fill_the_memory_closes_its_site(site: Site) -> None:
    agents = "".join(f"User-agent: a{number}\n" for number in range(5_000))
    site.pages |= {"/robots.txt": agents + "Disallow: /x\n" * 5_000, "/": PAGE}
    with pytest.raises(Refused, match="too many to read"):
        fetcher(site).fetch(site.url())


def test_a_long_robots_txt_counts_up_to_its_limit(site: Site) -> None:
    rules = "User-agent: *\nDisallow: /closed\n"
    site.pages |= {"/robots.txt": rules + "#" * 1_000_000, "/closed": PAGE, "/": PAGE}
    asking = fetcher(site)
    assert got(asking.fetch(site.url())).data == PAGE
    with pytest.raises(Refused, match=r"robots\.txt"):
        asking.fetch(site.url("/closed"))


def test_a_host_is_asked_again_only_after_its_pause(site: Site) -> None:
    site.pages |= {"/robots.txt": "User-agent: *\nCrawl-delay: 7", "/": PAGE, "/b": PAGE}
    clock, pauses = [100.0], []

    def sleep(seconds: float) -> None:
        pauses.append(seconds)
        clock[0] += seconds

    asking = Fetcher(WebOptions(allow=(site.place,), delay_s=2), clock=lambda: clock[0], sleep=sleep)
    asking.fetch(site.url())
    assert pauses == []
    clock[0] += 3
    asking.fetch(site.url("/b"))
    assert pauses == [4.0]  # seven, three of which had gone
