"""`memos-graph add https://...`, against a site on loopback that the allow-list names."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.providers.web_site import Site, answer, serving

from .conftest import Cli

PAGE = (
    "<html><head><title>The valves</title></head><body><article><h1>The valves</h1><p>Ruth Adeyemi signs off every "
    "piece of work on the tunnel valve, and writes it into the log beside the door.</p>"
    "<p>See <a href='/pumps'>the page about the pumps</a>.</p></article></body></html>"
)


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as made:
        made.pages |= {
            "/": PAGE, "/pumps": answer(body=b"P-2 is the middle pump. Oskar oils it.", kind="text/plain"),
        }  # fmt: skip
        yield made


@pytest.fixture
def allowed(site: Site, monkeypatch: pytest.MonkeyPatch, cli: Cli) -> None:
    monkeypatch.setenv("MEMOS_GRAPH_WEB_ALLOW", f"wiki.lan, {site.place}")
    monkeypatch.setenv("MEMOS_GRAPH_WEB_DELAY_S", "0")
    monkeypatch.setenv("MEMOS_GRAPH_WEB_USER_AGENT", "gazette/2.0")


def test_a_url_is_added_and_found_with_where_it_came_from(cli: Cli, site: Site, allowed: None) -> None:
    ran = cli("add", site.url(), "--json")
    assert (ran.code, ran.json["new"]) == (0, 1)
    assert site.asked[-1][1]["User-Agent"] == "gazette/2.0"
    hit = cli("search", "who signs off the valve?", "--json").rows[0]
    assert "Ruth Adeyemi" in hit["text"]
    assert cli("add", site.url(), "--json").json["unchanged"] == 1


def test_depth_follows_links_and_pages_bounds_them(cli: Cli, site: Site, allowed: None) -> None:
    assert cli("add", site.url(), "--depth", "1", "--pages", "1", "--json").json["new"] == 1
    assert site.paths == ["/"]
    ran = cli("add", site.url(), "--depth", "1", "--json").json
    assert (ran["new"], ran["unchanged"]) == (1, 1)


def test_an_inner_address_is_refused_unless_it_is_allowed(cli: Cli, site: Site) -> None:
    for url in (site.url(), "http://127.0.0.1/", "http://2130706433/", "http://[::1]/", "HTTP://LOCALHOST/"):
        ran = cli("add", url, "--json")
        assert ran.code == 1
        assert ran.json["failed"] == 1 and ran.json["sources"][0]["problem"]
    assert site.asked == []


def test_a_text_that_holds_a_url_is_a_text(cli: Cli, site: Site) -> None:
    ran = cli("add", f"{site.url()} is where the valves are described.", "--json")
    assert (ran.code, ran.json["new"]) == (0, 1)
    assert site.asked == []
