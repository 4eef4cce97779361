"""Follow links breadth-first from a page, within a depth, a number of pages and (by default) one host.

Knows no sockets: it is handed a function that fetches, with guard, robots.txt and pauses. Yields each page before it
asks for the next one, so that the caller's work and memory are one page's.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Protocol
from urllib.parse import urldefrag, urljoin, urlsplit

from memos_graph.model.errors import Invalid, NotFound, Refused, Unavailable, require
from memos_graph.model.fetched import Fetched, Known, Missed, NotModified, Visited
from memos_graph.providers.web.links import links

_HTML = frozenset(("text/html", "application/xhtml+xml", ""))


@dataclass(frozen=True, slots=True, kw_only=True)
class CrawlOptions:
    """How far to go."""

    depth: int = 0  #: links from the first page; 0: that page alone
    pages: int = 100  #: URLs asked for at most, the failed ones too
    same_host: bool = True  #: leave out what is on other hosts

    def __post_init__(self) -> None:
        require(0 <= self.depth <= 20, "depth", self.depth, "give a number of links, 0 to 20")
        require(1 <= self.pages <= 1_000_000, "pages", self.pages, "give a number of pages, from 1 on")


class Fetch(Protocol):
    """`Fetcher.fetch`."""

    def __call__(self, url: str, *, known: Known | None = None, found_on: str | None = None,
                 hosts: frozenset[str] | None = None) -> Fetched | NotModified: ...  # fmt: skip


def crawl(fetch: Fetch, start: str, *, options: CrawlOptions, known: Known | None = None) -> Iterator[Visited]:
    """`start` and what it leads to, nearest first and each URL once; what is not fetched comes as `Missed`.

    Pages whose links are still needed are fetched whole; `known` serves those at the last depth, so that a page that
    did not change is not the end of the crawl. A link that a page names is checked as any URL, and reaches nothing
    that the allow-list opens to the caller alone.
    """
    queue: deque[tuple[str, str | None, int]] = deque([(start, None, 0)])
    seen = {start}
    hosts: frozenset[str] | None = None
    left = options.pages
    while queue and left:
        url, found_on, depth = queue.popleft()
        last = depth == options.depth
        left -= 1
        try:
            page = fetch(url, known=known if last else None, found_on=found_on, hosts=hosts)
        except (Invalid, NotFound, Refused, Unavailable) as error:
            yield Missed(url=url, problem=str(error), depth=depth)
            continue
        if depth and page.final_url != url and page.final_url in seen:
            continue  # another link leads to the same page
        seen.add(page.final_url)
        if found_on is None and options.same_host:
            hosts = frozenset(urlsplit(each).hostname or "" for each in (start, page.final_url))
        yield replace(page, depth=depth)
        if last or not isinstance(page, Fetched):
            continue
        for link in _onward(page):
            if len(queue) >= left:
                break
            if link not in seen and (hosts is None or (urlsplit(link).hostname or "") in hosts):
                seen.add(link)
                queue.append((link, page.final_url, depth + 1))


def _onward(page: Fetched) -> Iterator[str]:
    """The page's links as http(s) URLs without fragments; none of what is not HTML."""
    if page.media_type not in _HTML:
        return
    base, *found = links(page.data.decode("utf-8", errors="replace"))
    for link in found:
        try:
            url = urldefrag(urljoin(urljoin(page.final_url, base), link)).url
            urlsplit(url).port  # noqa: B018  # raises where the rest could not be read either
        except ValueError:
            continue
        if url.startswith(("http://", "https://")):
            yield url
