"""Fetch one URL: guard, robots.txt, pause, request, again at each redirect, then the body within its limits.

Keeps what the sites' robots.txt said and when each was asked; no cookies, no connections, no pages. Declines to know
what a page says. One Fetcher serves one thread.
"""

from __future__ import annotations

import re
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final
from urllib.parse import urljoin

from httpcore import Response

from memos_graph.model.errors import Invalid, MemosGraphError, NotFound, Refused, Unavailable
from memos_graph.model.fetched import Fetched, Known, NotModified, Validators, Visited
from memos_graph.providers.web.body import BodyLimit, read_body
from memos_graph.providers.web.crawl import CrawlOptions, crawl
from memos_graph.providers.web.guard import Guard, Resolve, Target, shown
from memos_graph.providers.web.options import WebOptions
from memos_graph.providers.web.robots import Politeness, Rules, read_rules
from memos_graph.providers.web.wire import Deadline, look_up, request, within

_REDIRECTS: Final = frozenset((301, 302, 303, 307, 308))
_PAGES: Final = frozenset((200, 203))
_TEXTS: Final = frozenset(("", "application/xhtml+xml", "application/xml", "application/json"))
_ACCEPT = "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"
_ACCEPT_MARKDOWN = "text/markdown,text/plain;q=0.9,*/*;q=0.5"
_ETAG = re.compile(r'(?:W/)?"[\x21\x23-\x7e]{0,250}"')
_DATE = re.compile(r"[A-Za-z0-9:, +-]{1,60}")
_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]{1,100}/[a-z0-9!#$&^_.+-]{1,100}")
_CHARSET = re.compile(r"""charset\s*=\s*["']?([A-Za-z0-9_.:-]{1,40})""", re.IGNORECASE)


class Fetcher:
    """Asks the web, as `options` say."""

    def __init__(self, options: WebOptions | None = None, *, resolve: Resolve = look_up,
                 tls: ssl.SSLContext | None = None, clock: Callable[[], float] = time.monotonic,
                 sleep: Callable[[float], None] = time.sleep) -> None:  # fmt: skip
        """`resolve` looks a name up, once for each request; `tls` checks certificates (None: the public roots)."""
        self._options = options or WebOptions()
        self._guard = Guard(allow=self._options.allow)
        self._resolve, self._tls, self._clock = resolve, tls, clock
        self._polite = Politeness(clock, sleep)
        self._markdown = frozenset(self._guard.target(f"https://{host}").host for host in self._options.markdown_hosts)

    def fetch(self, url: str, *, known: Known | None = None, found_on: str | None = None,
              hosts: frozenset[str] | None = None) -> Fetched | NotModified:  # fmt: skip
        """What stands at `url`, after at most `limits.redirects` redirects, each checked as the first was.

        `known` tells the validators of what the caller has of a URL: if unchanged, NotModified. `found_on` is the page
        that named `url`. `hosts`: no other host is asked. Errors, all naming the URL and what to do: `Invalid` (no
        URL), `Refused` (guard, robots.txt, size, 401, 403), `NotFound` (no such host or page), `Unavailable` (no or a
        broken answer, 429, 5xx, time). Holds at most the size limit in memory.
        """
        parent = self._guard.target(found_on) if found_on is not None else None
        target = self._guard.target(url, found_on=parent)
        deadline = Deadline(target.url, self._options.limits.total_s, self._clock)
        seen = [target.url]
        while True:
            try:
                got = self._hop(seen, target, deadline, known, hosts)
            except Refused as error:
                if target.url == seen[0]:
                    raise
                raise Refused(f"{seen[0]} leads on to {target.url}, which is not followed: {error}") from error
            if not isinstance(got, Target):
                return got
            target = got
            seen.append(target.url)

    def _hop(self, seen: list[str], target: Target, deadline: Deadline, known: Known | None,
             hosts: frozenset[str] | None) -> Fetched | NotModified | Target:  # fmt: skip
        """What `target` answers: the page, or where it leads on to. `seen`: the URLs up to here, this one the last."""
        self._may(target, hosts, deadline)
        validators = known(target.url) if known is not None else None
        with self._ask(target, deadline, validators) as answer:
            head = {name.lower(): value for name, value in reversed(_headers(answer))}  # the first of a name counts
            if answer.status in _REDIRECTS:
                return self._onward(target, head, seen)
            return self._answer(seen[0], target, answer, head, validators, deadline)

    def crawl(self, url: str, *, depth: int = 0, pages: int = 100, same_host: bool = True,
              known: Known | None = None) -> Iterator[Visited]:  # fmt: skip
        """`url` and the pages that it leads to, nearest first; see `crawl.crawl`. `Invalid` when `url` is none."""
        options = CrawlOptions(depth=depth, pages=pages, same_host=same_host)
        return crawl(self.fetch, self._guard.target(url).url, options=options, known=known)

    def _onward(self, target: Target, head: dict[str, str], seen: list[str]) -> Target:
        """Where a redirect leads."""
        most = self._options.limits.redirects
        if len(seen) > most:
            raise Refused(f"{seen[0]} leads on more than {most} times, last to {target.url}; give the page's own URL")
        place = head.get("location", "")
        if not place:
            raise Unavailable(f"{target.url} leads on to nowhere: it names no Location; give the page's own URL", 60.0)
        try:
            onward = self._guard.target(joined(target.url, place), found_on=target)
        except MemosGraphError as error:
            raise Refused(f"{target.url} leads on to {shown(place)!r}, which is not followed: {error}") from error
        if onward.url in seen:
            raise Refused(f"{seen[0]} leads in a circle by {onward.url}; give the page's own URL")
        return onward

    def _may(self, target: Target, hosts: frozenset[str] | None, deadline: Deadline) -> None:
        """Nothing, after the pause that the host is due. `Refused` where it does not want to be asked."""
        if hosts is not None and target.host not in hosts:
            raise Refused(f"{target.url} is on another host than {', '.join(sorted(hosts))}; add it by itself")
        rules = Rules()
        if self._options.robots:
            rules = self._polite.rules(target.origin, lambda: self._rules(target, deadline))
        robot = self._options.robot_name
        why = rules.why_not(target.url, robot)
        if why is not None:
            raise Refused(f"{target.url}: {why}; leave it, or, if the site is yours, turn robots off")
        deadline.extend(self._polite.wait(target.place, max(self._options.delay_s, rules.delay(robot))))

    def _rules(self, target: Target, deadline: Deadline) -> Rules:
        """The site's robots.txt: none there (4xx) allows all, no answer (5xx) closes all (RFC 9309, 2.3.1)."""
        robots = self._guard.target(f"{target.origin}/robots.txt", found_on=target)
        most = self._options.limits.robots_bytes
        for _ in range(self._options.limits.redirects + 1):
            with self._ask(robots, deadline, None) as answer:
                head = {name.lower(): value for name, value in reversed(_headers(answer))}
                if answer.status in _PAGES:
                    return read_rules(_beginning(answer, head, robots.url, most, deadline))
                if answer.status not in _REDIRECTS or not head.get("location"):
                    break
                robots = self._guard.target(joined(robots.url, head["location"]), found_on=robots)
        if answer.status >= 500 or answer.status == 429:
            raise Unavailable(f"{robots.url} answered HTTP {answer.status}: not known what it allows; try later", 600.0)
        return Rules()

    @contextmanager
    def _ask(self, target: Target, deadline: Deadline, validators: Validators | None) -> Iterator[Response]:
        addresses = self._guard.addresses(target, within(deadline, self._resolve))
        accept = _ACCEPT_MARKDOWN if target.host in self._markdown else _ACCEPT
        headers = [("User-Agent", self._options.user_agent), ("Accept", accept), ("Accept-Encoding", "gzip")]
        if validators is not None and _ETAG.fullmatch(validators.etag):
            headers.append(("If-None-Match", validators.etag))
        if validators is not None and _DATE.fullmatch(validators.last_modified):
            headers.append(("If-Modified-Since", validators.last_modified))
        with request(target, addresses, headers, deadline, self._tls) as answer:
            yield answer

    def _answer(self, url: str, target: Target, answer: Response, head: dict[str, str],
                validators: Validators | None, deadline: Deadline) -> Fetched | NotModified:  # fmt: skip
        if answer.status == 304 and validators is not None:
            return NotModified(url=url, final_url=target.url)
        if answer.status not in _PAGES:
            raise _status_error(target.url, answer.status, head)
        said = head.get("content-type", "")
        media_type = said.partition(";")[0].strip().lower()
        media_type = media_type if _TYPE.fullmatch(media_type) else ""
        data = _body(answer, head, target.url, self._limit(media_type), deadline)
        if target.host in self._markdown and media_type in ("", "text/plain", "text/x-markdown"):
            media_type = "text/markdown"
        etag, changed, charset = head.get("etag", ""), head.get("last-modified", ""), _CHARSET.search(said)
        return Fetched(
            url=url, final_url=target.url, status=answer.status, media_type=media_type, data=data,
            etag=etag if _ETAG.fullmatch(etag) else "",
            last_modified=changed if _DATE.fullmatch(changed) else "",
            charset=charset.group(1) if charset is not None else "",
        )  # fmt: skip

    def _limit(self, media_type: str) -> BodyLimit:
        limits = self._options.limits
        if media_type.startswith("text/") or media_type in _TEXTS:
            return BodyLimit(raw=limits.page_bytes, raw_name="page_bytes",
                             decoded=limits.decoded_bytes, decoded_name="decoded_bytes")  # fmt: skip
        return BodyLimit(raw=limits.file_bytes, raw_name="file_bytes",
                         decoded=limits.file_bytes, decoded_name="file_bytes")  # fmt: skip


def joined(base: str, place: str) -> str:
    """`place` as a link on the page at `base` means it. `Invalid` when it can't be joined."""
    try:
        return urljoin(base, place.strip(" "))
    except ValueError as error:
        raise Invalid("url", shown(place), f"it is no link: {error}") from None


def _headers(answer: Response) -> list[tuple[str, str]]:
    return [(name.decode("latin-1"), _text(value).strip()) for name, value in answer.headers]


def _text(value: bytes) -> str:
    """A header's value: UTF-8, as servers send it today (in Location above all), else Latin-1, as HTTP once had it."""
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin-1")


def _body(answer: Response, head: dict[str, str], url: str, limit: BodyLimit, deadline: Deadline) -> bytes:
    return read_body(
        answer.iter_stream(), url=url, coding=head.get("content-encoding", ""),
        length=head.get("content-length", ""), limit=limit, deadline=deadline,
    )  # fmt: skip


def _beginning(answer: Response, head: dict[str, str], url: str, most: int, deadline: Deadline) -> bytes:
    """A robots.txt up to `most` bytes; a longer one that is not compressed is cut there, as RFC 9309 allows."""

    def cut() -> Iterator[bytes]:
        left = most
        for chunk in answer.iter_stream():
            yield chunk[:left]
            left -= len(chunk)
            if left <= 0:
                return

    limit = BodyLimit(raw=most, raw_name="robots_bytes", decoded=most, decoded_name="robots_bytes")
    return read_body(cut(), url=url, coding=head.get("content-encoding", ""), length="", limit=limit, deadline=deadline)


def _status_error(url: str, status: int, head: dict[str, str]) -> MemosGraphError:
    if status in (404, 410):
        return NotFound("page", url, f"its server answered HTTP {status}; check the URL")
    if status == 429 or status >= 500:
        wait = head.get("retry-after", "")
        seconds = float(wait) if wait.isascii() and wait.isdigit() and len(wait) < 7 else 60.0
        return Unavailable(f"{url} answered HTTP {status}; try again in {seconds:g} s", seconds)
    if 300 <= status < 400 or status < 300:
        return Unavailable(f"{url} answered HTTP {status}, which brings no page; give the page's own URL", 60.0)
    return Refused(f"{url} answered HTTP {status}: it is not open to us; save the page yourself and add the file")
