"""Feed a URL, and the pages that it leads to if asked, each as a document known by its final URL.

A page that its server calls unchanged, or that has the same bytes, writes nothing; a changed one supersedes what
changed, as a changed file does. Declines to know how the web is asked and what a page holds: both are handed in.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final
from urllib.parse import unquote, urlsplit

from memos_graph.model.errors import Invalid
from memos_graph.model.fetched import Fetched, NotModified, Validators
from memos_graph.model.graph import Node
from memos_graph.model.scope import everything
from memos_graph.ports import Web
from memos_graph.services.context import Context
from memos_graph.services.embed import find_cube
from memos_graph.services.remember.documents import document_id
from memos_graph.services.remember.reading import Reader, reader_for
from memos_graph.services.remember.report import Fed, Listener, Report
from memos_graph.services.remember.taking import DEFAULT, FeedOptions, feed_conversation, feed_document, for_a_run
from memos_ingest import Document, IngestError, media_type_of
from memos_ingest.sandbox import Job

WEB_PAGE: Final = "application/vnd.memos-graph.web-page"  #: memos_ingest's name for HTML that was fetched
_HTML = "text/html"
_HTML_TYPES = frozenset((_HTML, "application/xhtml+xml"))
_VAGUE = frozenset(("", "text/plain", "application/octet-stream", "binary/octet-stream", "application/x-unknown"))
_TEXTUAL = re.compile(r"text/.*|application/(?:json|jsonl|xml)|.*\+(?:xml|json)|message/rfc822")
_SAID = {
    "text/markdown": "text/markdown", "text/x-markdown": "text/markdown", "text/csv": "text/csv",
    "text/tab-separated-values": "text/tab-separated-values", "application/json": "application/json",
    "application/x-ndjson": "application/jsonl", "application/jsonl": "application/jsonl",
    "application/xml": "application/xml", "text/xml": "application/xml", "message/rfc822": "message/rfc822",
}  # fmt: skip
# what pages are really written in; Python knows others, some of which take quadratic time
_CHARSET = re.compile(
    r"utf-?(?:8|16|16le|16be|32)|us-ascii|ascii|iso-?8859-\d{1,2}|latin-?1|(?:windows|cp)-?\d{3,4}|gbk?|gb2312|gb18030|"
    r"big5(?:-hkscs)?|shift[_-]?jis|sjis|euc-(?:jp|kr|cn)|iso-2022-(?:jp|kr)|koi8-[ru]|macintosh|tis-620",
    re.IGNORECASE,
)


def feed_url(context: Context, cube: str, url: str, *, fetcher: Web, depth: int = 0, pages: int = 100,
             same_host: bool = True, options: FeedOptions = DEFAULT,
             listen: Listener | None = None) -> Report:  # fmt: skip
    """What stands at `url` and, up to `depth` links from it, what it leads to: at most `pages` URLs.

    A page is written before the next one is asked for. One that fails is in the report with its reason and never
    stops the rest. `Invalid` when `url` is no URL.
    """
    find_cube(context.store, cube)
    options, fed = for_a_run(context, cube, options), list[Fed]()
    visited = fetcher.crawl(
        url, depth=depth, pages=pages, same_host=same_host, known=lambda each: validators(context, cube, each)
    )
    with reader_for(options.reader) as reader:
        for done, page in enumerate(visited, 1):
            if isinstance(page, Fetched):
                fed.extend(_feed(context, cube, page, options, reader, listen))
            elif isinstance(page, NotModified):
                fed.append(_unchanged(context, cube, page.final_url))
            else:
                fed.append(Fed(name=page.url, outcome="failed", problem=page.problem))
            if listen is not None:
                listen(page.url, "pages", done, done)
    return Report(fed=tuple(fed))


def validators(context: Context, cube: str, url: str) -> Validators | None:
    """What the server said of the page at `url` when it was fed last; None when it is not in, or was retired."""
    head = _head(context, cube, url)
    metadata = head.info.get("metadata") if head is not None and head.retired_at is None else None
    if not isinstance(metadata, Mapping):
        return None
    found = Validators(etag=str(metadata.get("etag", "")), last_modified=str(metadata.get("last_modified", "")))
    return found if found.etag or found.last_modified else None


def media_type_for(page: Fetched) -> str:
    """What to read the page as: what its bytes show, and among texts, which all look alike, what its server says."""
    shown = media_type_of(page.data, name=unquote(urlsplit(page.final_url).path))
    said = page.media_type
    if _TEXTUAL.fullmatch(shown) is None:
        return shown
    if said in _HTML_TYPES or (shown == _HTML and (said in _VAGUE or said == "text/markdown")):
        return WEB_PAGE
    return _SAID.get(said, shown)


def _feed(context: Context, cube: str, page: Fetched, options: FeedOptions, reader: Reader,
          listen: Listener | None) -> list[Fed]:  # fmt: skip
    job = Job(
        data=page.data, name=page.final_url, media_type=media_type_for(page), encoding=_encoding(page),
        chat_time=options.chat_time, limits=options.limits, parsers=options.parsers,
    )  # fmt: skip
    ((_, came),) = reader.map([job])
    if isinstance(came, IngestError):
        return [Fed(name=page.final_url, outcome="failed", problem=came.reason)]
    fed = []
    for source in came:
        try:
            if isinstance(source, Document):
                fed.append(feed_document(context, cube, _told(source, page), options=options, listen=listen))
            else:
                fed.append(feed_conversation(context, cube, source, listen=listen))
        except Invalid as error:
            fed.append(Fed(name=page.final_url, outcome="failed", problem=str(error)))
    return fed


def _told(document: Document, page: Fetched) -> Document:
    """The document with what its server said of it; parts of an archive or a mail only know where they came from."""
    asked = page.url if page.url != page.final_url else ""  # links elsewhere may say the old address
    said = {"etag": page.etag, "last_modified": page.last_modified, "asked": asked}
    said = said if document.name == page.final_url else {}
    return replace(
        document,
        media_type=_HTML if document.media_type == WEB_PAGE else document.media_type,
        metadata=dict(document.metadata) | {key: value for key, value in said.items() if value},
    )


def _encoding(page: Fetched) -> str | None:
    """The server's charset, where the bytes need one: many servers say ISO-8859-1 of whatever they have."""
    if not _CHARSET.fullmatch(page.charset):
        return None
    try:
        page.data.decode("utf-8")
    except UnicodeDecodeError:
        return page.charset
    return None


def _unchanged(context: Context, cube: str, url: str) -> Fed:
    head = _head(context, cube, url)
    layout = head.info.get("layout") if head is not None else None
    rows = layout if isinstance(layout, Sequence) and not isinstance(layout, str) else ()
    pieces = (str(row[0]) for row in rows if isinstance(row, Sequence) and row)
    return Fed(name=url, outcome="unchanged", root=document_id(url), present=(document_id(url), *pieces))


def _head(context: Context, cube: str, url: str) -> Node | None:
    found = context.store.get(everything(cube), [document_id(url)])
    return found[0] if found else None
