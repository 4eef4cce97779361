"""A page of the web: the elements of its main text, with author, date, canonical address and links.

trafilatura finds which text is the main one; the elements are those of `parsers.html`, which keeps headings, lists,
tables and pictures whole, as far as the main text has them. Where trafilatura finds little, all that `parsers.html`
reads is kept; so it is without trafilatura (extra `web`), and `metadata["reader"]` says which it was. Fetches nothing,
and is never chosen for a file: a caller that fetched the page asks for it by MEDIA_TYPE. `Source.name` is its URL.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Final
from urllib.parse import urldefrag, urljoin

from selectolax.lexbor import LexborHTMLParser, LexborNode

from memos_ingest.decode import decode
from memos_ingest.elements import Element
from memos_ingest.errors import NothingRead
from memos_ingest.links import placed
from memos_ingest.parsers import html
from memos_ingest.parsers.base import METADATA_CHARS, Parsed, Source
from memos_ingest.parsers.html_tree import attribute, events
from memos_ingest.parsers.main_part import MainText, letters, main_part

if TYPE_CHECKING:
    from trafilatura.settings import Document as Extracted

MEDIA_TYPE: Final = "application/vnd.memos-graph.web-page"  #: HTML that was fetched
LINKS_CHARS: Final = 20_000  #: of all links of a page, in its metadata
_MOST_TAGS = 50_000  # trafilatura takes 0.1 ms for each; a page of more is read whole
_MOST_ANCHORS = 10_000  # looked at for links
_LITTLE = 200  #: letters; a main text below it is weighed against the whole page
_MUCH_MORE = 4  #: times as much on the whole page: then that is read
_MAX_AUTHOR = 60  # characters; a longer "author" is a piece of the page
_AUTHORS = ("author", "dc.creator", "citation_author")
_NEEDS_SCRIPTS = re.compile(
    r"(?:enable|requires?|turn on|activate|without)\W{1,4}(?:\w+\W{1,4}){0,4}javascript"
    r"|javascript\W{1,4}(?:\w+\W{1,4}){0,4}(?:enable|required|disabled)",
    re.IGNORECASE,
)
_SAVE_IT = "its text is written by scripts, which are not run; save it from a browser and add the file"


def parse(source: Source) -> Parsed:
    """The main part of a page. Raises as `parsers.html`, and NothingRead for one that needs its scripts.

    About ten times the cost of `parsers.html`: trafilatura weighs the page in several ways.
    """
    whole = html.parse(source)  # checks size, encoding and nesting before another parser sees the bytes
    text = decode(source.data, name=source.name, encoding=source.encoding, html=True)
    page = LexborHTMLParser(text)
    base = _base(page, source.name)
    elements, metadata = whole.elements, dict(whole.metadata)
    found = _main_text(text, base)
    metadata["reader"] = "html"
    if found is not None:
        kept = main_part(elements, found[0])
        if letters(kept) >= _LITTLE or letters(kept) * _MUCH_MORE >= letters(elements):
            elements, metadata["reader"] = kept, "trafilatura"
        metadata = {**found[1], **metadata}
    if (size := letters(elements)) < _LITTLE and _NEEDS_SCRIPTS.search(text):
        raise NothingRead(source.name, f"only {size} letters were found: {_SAVE_IT}")
    extra = {"links": "\n".join(_links(page, elements, base)), "canonical": _canonical(page, base)}
    return replace(
        whole,
        elements=tuple(_placed(element, base) for element in elements),
        metadata=metadata | {key: value for key, value in extra.items() if value},
        why_empty=whole.why_empty or (_SAVE_IT if page.css_first("script") is not None else None),
    )


def _main_text(text: str, url: str) -> tuple[MainText, dict[str, str]] | None:
    """The main text and what the page says of itself; None without trafilatura, where it finds none, and
    for pages that would keep it busy for many seconds.
    """
    if text.count("<") > _MOST_TAGS:
        return None
    found = _extracted(text, url, metadata=True) or _extracted(text, url, metadata=False)
    if found is None or not found.text:
        return None
    said = {"author": found.author, "published": found.date, "site": found.sitename, "description": found.description}
    if found.author and len(found.author) > _MAX_AUTHOR:
        del said["author"]
    return MainText(found.text), {key: value[:METADATA_CHARS] for key, value in said.items() if value}


def _extracted(text: str, url: str, *, metadata: bool) -> Extracted | None:
    """What trafilatura makes of the page; None where it stumbles: parsers.html has read it by then."""
    try:
        from lxml.etree import LxmlError
        from trafilatura import bare_extraction
    except ModuleNotFoundError as missing:
        if missing.name not in {"lxml", "trafilatura"}:  # there, but broken: keeping menus and adverts would hide it
            raise
        return None
    try:
        found = bare_extraction(
            text, url=url or None, include_comments=False, include_tables=True, with_metadata=metadata,
            date_extraction_params={"original_date": True, "extensive_search": False},
        )  # fmt: skip
    # what it and lxml raise on trees that they did not expect, such as an <svg> around everything
    except (LxmlError, ArithmeticError, AssertionError, AttributeError, LookupError, RecursionError, TypeError,
            ValueError):  # fmt: skip
        return None
    return None if isinstance(found, dict) else found


def _base(page: LexborHTMLParser, name: str) -> str:
    """What relative links are relative to; "" where `name` is no URL."""
    if not name.startswith(("http://", "https://")):
        return ""
    return _absolute(attribute(page.css_first("base[href]"), "href") or "", name) or name


def _absolute(link: str, base: str) -> str:
    """`link` as an http(s) URL without fragment; "" where it is none."""
    try:
        url = urldefrag(urljoin(base, link.strip())).url
    except ValueError:
        return ""
    return url if url.startswith(("http://", "https://")) and len(url) <= METADATA_CHARS else ""


def _canonical(page: LexborHTMLParser, base: str) -> str:
    return _absolute(attribute(page.css_first('link[rel~="canonical"][href]'), "href") or "", base)


def _placed(element: Element, base: str) -> Element:
    """The element with its picture's address and its links made absolute."""
    element = placed(element, base)
    url = _absolute(element.href, base) if element.href and base else ""
    return replace(element, href=url) if url else element


def _links(page: LexborHTMLParser, elements: tuple[Element, ...], base: str) -> tuple[str, ...]:
    """Where the main text's own links lead, in order, each once, LINKS_CHARS in all."""
    if page.body is None:
        return ()
    said = MainText("\n".join(element.text for element in elements))
    here = urldefrag(base).url
    found: dict[str, None] = {}
    left = LINKS_CHARS
    for anchor in islice(_anchors(page.body), _MOST_ANCHORS):
        url = _absolute(attribute(anchor, "href") or "", base)
        if not url or url in found or url == here or not said.holds(anchor.text(deep=True)):
            continue
        left -= len(url) + 1
        if left < 0:
            break
        found[url] = None
    return tuple(found)


def _anchors(root: LexborNode) -> Iterator[LexborNode]:
    """Every <a href> that a reader of the page's text meets."""
    return (node for entering, node in events(root, lambda _: False) if entering and node.tag == "a")
