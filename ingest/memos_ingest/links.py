"""Where a text points: links as a document wrote them, kept when they may lead to another document, within bounds.

Looks at the form of an address only. Declines to know what stands there: nothing is fetched, opened or joined to a
place on this machine.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final
from urllib.parse import urljoin

from memos_ingest.elements import Element, Link

MOST_LINKS: Final = 100  #: of one element; a block with more is a list of links
ADDRESS_CHARS: Final = 1_000
WORDS_CHARS: Final = 200  #: of the words that are linked

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_LEADS = frozenset(("http", "https", "file"))  # a mail address, a script or a picture's data is no document
_UNSEEN = re.compile(r"[\x00-\x1f\x7f]")


def link(address: str, words: str) -> Link | None:
    """The link, with its words on one line; None for what leads to no other document, and for an address too long."""
    href = _UNSEEN.sub("", address).strip()
    scheme = _SCHEME.match(href)
    # "C:\notes.md" has a drive, no scheme
    leads = scheme is None or len(scheme[1]) == 1 or scheme[1].lower() in _LEADS
    if not href or href.startswith("#") or len(href) > ADDRESS_CHARS or not leads or not _is_text(href):
        return None
    said = words.encode("utf-8", "ignore").decode()
    return Link(href=href, text=" ".join(said.split())[:WORDS_CHARS])


def bounded(links: Iterable[Link | None]) -> tuple[Link, ...]:
    """The links that are any, each once, in order, as many as an element may have."""
    return tuple(dict.fromkeys(one for one in links if one is not None))[:MOST_LINKS]


def within(links: Sequence[Link], text: str) -> tuple[Link, ...]:
    """Those of the links whose words stand in `text`."""
    flat = " ".join(text.split())
    return tuple(one for one in links if one.text and one.text in flat)


def placed(element: Element, base: str) -> Element:
    """The element with its links made absolute by `base`, an http(s) URL; as it is when that is ""."""
    if not base or not element.links:
        return element
    return replace(element, links=bounded(link(_joined(base, one.href), one.text) for one in element.links))


def _joined(base: str, href: str) -> str:
    try:
        return urljoin(base, href)
    except ValueError:  # such as half an IPv6 address
        return ""


def _is_text(href: str) -> bool:
    try:
        href.encode()
    except UnicodeEncodeError:
        return False
    return True
