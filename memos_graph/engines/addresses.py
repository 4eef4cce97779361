"""Find addresses in a text: URLs and those of mail. Nothing is looked up; "example.org" alone is none."""

from __future__ import annotations

import re
from collections.abc import Iterator

from memos_graph.engines.naming import Mention, canonical

_MOST = 500  #: characters; a longer URL carries data and names nothing that anyone else would
_URL = re.compile(
    r"(?<![\w.-])(?:https?://|www\.)[^\s\u00a0\u3000<>\"'`“”‘’（）\[\]{}|\\^，。；、！？《》「」]+",
    re.ASCII | re.IGNORECASE,
)
# not behind ":" or "/", where a password may stand
_MAIL = re.compile(
    r"(?:(?<=mailto:)|(?<![\w.+:/-]))[A-Z0-9][\w.+-]{0,63}@(?:[A-Z0-9-]{1,63}\.){1,8}[A-Z]{2,24}(?![\w-]|\.\w)",
    re.ASCII | re.IGNORECASE,
)
_TRAILING = ".,;:!?*_~/#"
_SCHEME = re.compile(r"https?://", re.IGNORECASE)
_HOST = re.compile(r"(?:www\.)?([^/?#:@]+\.[^/?#:@]+)(?::\d{1,5})?(?![^/?#])", re.IGNORECASE)


def addresses(text: str) -> Iterator[Mention]:
    """URLs, then addresses of mail, each in reading order.

    `value`: the address without what tells no pages apart: scheme, "www.", port, case, fragment, closing slash. A URL
    with a user's name or password in it is none. O(len(text)).
    """
    for match in _URL.finditer(text):
        shown = _shown(match.group()) if match.end() - match.start() <= _MOST else ""
        value = _page(shown)
        if value:
            yield Mention(name=shown, start=match.start(), end=match.start() + len(shown), kind="url", value=value)
    if "@" in text:
        for match in _MAIL.finditer(text):
            yield Mention(
                name=match.group(), start=match.start(), end=match.end(), kind="mail", value=canonical(match.group())
            )


def _shown(url: str) -> str:
    """Without what ends the sentence or the brackets that it stands in."""
    url = url.rstrip(_TRAILING)
    while url.endswith(")") and url.count(")") > url.count("("):
        url = url[:-1].rstrip(_TRAILING)
    return url


def _page(url: str) -> str:
    page = _SCHEME.sub("", url, count=1).partition("#")[0]
    host = _HOST.match(page)
    return "" if host is None else canonical(host.group(1) + page[host.end() :].rstrip("/"))
