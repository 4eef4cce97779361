"""Feeding a site on loopback: what becomes of its pages, and of those that changed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler

import pytest

from memos_graph.app import CubeHandle, Graph
from memos_graph.model.errors import Invalid, NotFound
from memos_graph.model.fetched import Fetched
from memos_graph.model.scope import everything
from memos_graph.providers.web import Fetcher, WebOptions
from memos_graph.services.remember.documents import document_id
from memos_graph.services.remember.report import Report
from memos_graph.services.remember.taking import FeedOptions
from memos_graph.services.remember.web import WEB_PAGE, feed_url, media_type_for
from memos_ingest.parsers import web_page
from memos_ingest.sandbox import Sandbox
from tests.providers.web_site import Site, answer, redirect, serving
from tests.services.conftest import Clock

VALVES = (
    "The tunnel valve of the northern lock is shut at every spring tide, because the water would otherwise run back "
    "into the old basin and lift the boats from their moorings there."
)
SIGNED = "{who} has kept the lock for many years and signs off every piece of work on the valves in the log."


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as made:
        yield made


@pytest.fixture
def cube(graph: Graph) -> CubeHandle:
    return graph.cube("kb")


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """One for all: starting a worker takes a third of a second."""
    with Sandbox(workers=1) as made:
        yield made


Feed = Callable[..., Report]


@pytest.fixture
def feed(cube: CubeHandle, site: Site, sandbox: Sandbox) -> Feed:
    """feed(path, depth=...) from the site into the cube."""
    fetcher = Fetcher(WebOptions(allow=(site.place,), delay_s=0.0))

    def run(path: str = "/", depth: int = 0) -> Report:
        options = FeedOptions(reader=sandbox)
        return feed_url(cube._context, cube.name, site.url(path), fetcher=fetcher, options=options, depth=depth)

    return run


def article(who: str = "Ruth Adeyemi", *links: str) -> str:
    onward = "".join(
        f'<p>Also see <a href="{link}">another page of ours about {link}</a> for more.</p>' for link in links
    )
    return (
        "<html lang=en><head><title>How the valves work</title></head><body><nav><a href=/>Home</a></nav><article>"
        f"<h1>How the valves work</h1><p>{VALVES}</p><h2>Who signs</h2><p>{SIGNED.format(who=who)}</p>"
        f"{onward}</article>"
        "<div class=cookie-banner><p>We use cookies to improve your visit.</p></div></body></html>"
    )


def versioned(etag: str, body: str) -> Callable[[BaseHTTPRequestHandler], None]:
    """A page that answers 304 to who has it."""

    def send(handler: BaseHTTPRequestHandler) -> None:
        same = handler.headers.get("If-None-Match") == etag
        answer(304 if same else 200, b"" if same else body.encode(), ETag=etag)(handler)

    return send


def state(cube: CubeHandle) -> tuple[int, int]:
    """How many nodes and changes there are."""
    return cube._context.store.count(everything(cube.name)), len(cube.history())


def test_the_name_of_a_web_page_is_the_parsers_own() -> None:
    assert web_page.MEDIA_TYPE == WEB_PAGE


def test_a_page_becomes_a_document_under_its_final_url(cube: CubeHandle, feed: Feed, site: Site) -> None:
    site.pages |= {"/old": redirect("/valves"), "/valves": versioned('"v1"', article())}
    (fed,) = feed("/old").fed
    assert (fed.outcome, fed.name, fed.problem) == ("new", site.url("/valves"), "")
    document = cube.get(document_id(site.url("/valves")))
    assert document.text == "How the valves work"
    assert document.info["media_type"] == "text/html"
    metadata = document.info["metadata"]
    assert isinstance(metadata, dict) and metadata["etag"] == '"v1"'
    hit = cube.search("who signs off the valves?", top_k=1)[0]
    assert "Ruth Adeyemi" in hit.text and hit.sources[0].uri == site.url("/valves")
    assert not any("cookies" in node.text for node in cube.list(limit=100))


def test_a_page_that_its_server_calls_unchanged_writes_nothing(cube: CubeHandle, feed: Feed, site: Site) -> None:
    site.pages["/"] = versioned('"v1"', article())
    first = feed()
    before = state(cube)
    (fed,) = feed().fed
    assert (fed.outcome, fed.root) == ("unchanged", first.fed[0].root)
    assert set(fed.present) >= {node for node in first.nodes if node.startswith("pas_")}
    assert state(cube) == before
    assert site.asked[-1][1]["If-None-Match"] == '"v1"'


def test_a_page_of_the_same_bytes_writes_nothing(cube: CubeHandle, feed: Feed, site: Site) -> None:
    site.pages["/"] = article()
    feed()
    before = state(cube)
    assert [fed.outcome for fed in feed().fed] == ["unchanged"]
    assert state(cube) == before


def test_a_changed_page_supersedes_what_changed_alone(cube: CubeHandle, feed: Feed, site: Site, clock: Clock) -> None:
    site.pages["/"] = versioned('"v1"', article("Ruth Adeyemi"))
    feed()
    before = {node.id for node in cube.list(limit=100)}
    clock.skip(days=1)
    site.pages["/"] = versioned('"v2"', article("Ines Varga"))
    (fed,) = feed().fed
    assert fed.outcome == "changed"
    now = {node.id for node in cube.list(limit=100)}
    (new,) = [node for node in cube.get_many(list(now - before)) if node.kind == "Passage"]
    (old,) = [node for node in before - now if node.startswith("pas_")]
    assert "Ines Varga" in new.text
    assert any((edge.from_id, edge.to_id) == (new.id, old) for edge in cube.edges(new.id, kinds=["SUPERSEDES"]))
    assert [each.outcome for each in feed().fed] == ["unchanged"]
    assert site.asked[-1][1]["If-None-Match"] == '"v2"'


def test_a_page_that_was_deleted_here_is_fetched_whole_again(cube: CubeHandle, feed: Feed, site: Site) -> None:
    site.pages["/"] = versioned('"v1"', article())
    (fed,) = feed().fed
    cube.delete(fed.root)
    assert [each.outcome for each in feed().fed] != ["unchanged"]
    assert "If-None-Match" not in site.asked[-1][1]


def test_a_crawl_feeds_every_page_and_tells_which_failed(cube: CubeHandle, feed: Feed, site: Site) -> None:
    site.pages |= {
        "/": article("Ruth Adeyemi", "/b", "/gone", "/report.bin"), "/b": article("Oskar Brandt"),
        "/report.bin": answer(body=b"\x00\x01\x02" * 50, kind="application/octet-stream"),
    }  # fmt: skip
    report = feed(depth=1)
    outcomes = {fed.name: fed.outcome for fed in report.fed}
    assert outcomes == {
        site.url("/"): "new", site.url("/b"): "new", site.url("/gone"): "failed", site.url("/report.bin"): "failed",
    }  # fmt: skip
    assert all(fed.problem for fed in report.failed)
    assert cube.stats()[0]["Document"] == 2


def test_other_formats_are_read_by_what_they_are(cube: CubeHandle, feed: Feed, site: Site) -> None:
    chat = json.dumps(
        [{"role": "user", "content": "The valve is stuck."}, {"role": "assistant", "content": "Since when?"}]
    )
    site.pages |= {
        "/readme": answer(body=b"# Pumps\n\n## Second\n\nP-2 is the middle pump of the three.", kind="text/markdown"),
        "/notes.md": answer(body=b"# Keys\n\nOskar keeps the key of the stop-logs.", kind="text/plain"),
        "/chat": answer(body=chat.encode(), kind="application/json"),
        "/latin": answer(body="Der Schlüssel hängt an der Tür.".encode("latin-1"), kind="text/plain; charset=latin-1"),
        "/lies": answer(body=article().encode(), kind="text/plain; charset=zip"),
    }  # fmt: skip
    for path in site.pages:
        (fed,) = feed(path).fed
        assert (fed.outcome, fed.problem) == ("new", ""), path
    kinds, _ = cube.stats()
    assert kinds["Message"] == 2 and kinds["Section"] >= 5
    assert "Schlüssel" in cube.search("Schlüssel", top_k=1)[0].text


def test_what_is_refused_is_told_and_writes_nothing(cube: CubeHandle, site: Site) -> None:
    site.pages["/"] = article()
    fetcher = Fetcher(WebOptions())
    for url in ("http://127.0.0.1/", "http://[::1]/", "http://localhost/latest/meta-data/"):
        (fed,) = feed_url(cube._context, cube.name, url, fetcher=fetcher).fed
        assert fed.outcome == "failed" and "not a public address" in fed.problem
    assert state(cube)[0] == 0 and site.asked == []


def test_no_url_and_no_cube_are_said_at_once(cube: CubeHandle) -> None:
    with pytest.raises(Invalid):
        feed_url(cube._context, cube.name, "http://2130706433/", fetcher=Fetcher())
    with pytest.raises(NotFound):
        feed_url(cube._context, "nowhere", "http://example.com/", fetcher=Fetcher())


PDF, HTML = b"%PDF-1.4\n", b"<!DOCTYPE html><html><body><p>hi</p></body></html>"


@pytest.mark.parametrize(("said", "data", "path", "expected"), [
    ("text/html", HTML, "/", WEB_PAGE),
    ("text/html", b"no tags at all", "/a.txt", WEB_PAGE),
    ("text/html", PDF, "/", "application/pdf"),
    ("application/pdf", HTML, "/a.pdf", "text/html"),
    ("", HTML, "/", WEB_PAGE),
    ("text/plain", HTML, "/", WEB_PAGE),
    ("text/plain", b"# A\n\n# B\n", "/a%2Emd?x=1", "text/markdown"),
    ("text/markdown", b"plain words", "/a", "text/markdown"),
    ("text/markdown", HTML, "/a", WEB_PAGE),
    ("application/json", b'{"a": 1}', "/a", "application/json"),
    ("application/octet-stream", PDF, "/a", "application/pdf"),
    ("text/csv", b"a,b\n1,2\n", "/export", "text/csv"),
])  # fmt: skip
def test_a_page_is_read_as_what_its_bytes_show_then_as_its_server_says(
    said: str, data: bytes, path: str, expected: str
) -> None:
    page = Fetched(url="", final_url=f"https://example.com{path}", status=200, media_type=said, data=data)
    assert media_type_for(page) == expected


def test_pages_refer_to_each_other_also_by_the_address_before_a_redirect(
    cube: CubeHandle, site: Site, feed: Feed
) -> None:
    site.pages |= {"/": article("Ruth Adeyemi", "/old"), "/old": redirect("/new"), "/new": article("Ines Varga")}
    feed("/")
    assert cube.edges(kinds=["REFERS_TO"]) == ()
    feed("/old")
    (edge,) = cube.edges(kinds=["REFERS_TO"])
    assert edge.to_id == document_id(site.url("/new")) and edge.evidence == "another page of ours about /old"
