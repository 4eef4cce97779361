"""The links of an HTML page, in order, by a scan in linear time.

No tree is built: the bytes are a stranger's, and this runs in the main process. Scripts, styles, comments and links
marked nofollow are passed over. Declines to know which links may be followed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import Final

MAX_LINKS: Final = 10_000
_TAG_CHARS = 4_096  #: of one tag; a longer one is no link
_OPEN = re.compile(r"<(?:!--|(a|area|base|script|style|textarea|template)(?=[\s/>]))", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""\s([a-z]{1,20})\s{0,20}=\s{0,20}(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE)


def links(html: str) -> tuple[str, ...]:
    """(base, link, link, ...): the page's own base ("" when it has none), then its links as it wrote them, each once.

    O(html).
    """
    base = ""
    found: dict[str, None] = {}
    for name, attributes in _tags(html):
        href = unescape(attributes.get("href", "")).strip()
        if name == "base":
            base = base or href
        elif href and "nofollow" not in attributes.get("rel", "").lower().split():
            found.setdefault(href)
            if len(found) >= MAX_LINKS:
                break
    return (base, *found)


def _tags(html: str) -> Iterator[tuple[str, dict[str, str]]]:
    """(name, attributes) of each tag that may hold a link."""
    at = 0
    while (tag := _OPEN.search(html, at)) is not None:
        name = (tag.group(1) or "").lower()
        if name in ("a", "area", "base"):
            inside = html[tag.end() : tag.end() + _TAG_CHARS].partition(">")[0]
            at = tag.end() + len(inside)
            yield name, _attributes(inside)
            continue
        close = "-->" if not name else f"</{name}"
        end = _find(html, close, tag.end())
        if end < 0:
            return  # the rest is inside it
        at = end


def _find(html: str, close: str, at: int) -> int:
    """Where `close` is next, in any case of letters; -1 when it is not."""
    found = re.compile(re.escape(close), re.IGNORECASE).search(html, at)
    return found.start() if found is not None else -1


def _attributes(inside: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, double, single, bare in _ATTRIBUTE.findall(" " + inside):
        found.setdefault(name.lower(), double or single or bare)
    return found
