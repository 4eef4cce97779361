"""Fetch what messages carry by an address, when the caller asks for it: through the web's guard, each once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from memos_graph.model.errors import Invalid, NotSupported, Refused
from memos_graph.model.fetched import Fetched, Missed
from memos_graph.ports import Web
from memos_ingest.chat_parts import Extras, Part


def with_fetched(extras: Extras, web: Callable[[], Web] | None) -> Extras:
    """`extras` whose parts have the bytes that stand at their addresses; one that can't be had says why (`problem`)."""
    found: dict[str, tuple[bytes, str]] = {}
    for part in extras.parts:
        if not part.data and part.url is not None and part.url not in found:
            if web is None:
                raise NotSupported("fetch", f"{part.url}: this graph was opened without the web; use memos_graph.open")
            found[part.url] = _fetched(web(), part.url)
    return replace(extras, parts=tuple(_filled(part, found) for part in extras.parts))


def _filled(part: Part, found: dict[str, tuple[bytes, str]]) -> Part:
    if part.data or part.url not in found:
        return part
    data, problem = found[part.url]
    return replace(part, data=data, problem=problem)


def _fetched(web: Web, url: str) -> tuple[bytes, str]:
    try:
        page = next(iter(web.crawl(url, depth=0, pages=1)), None)
    except (Invalid, Refused) as error:
        return b"", str(error)
    if isinstance(page, Fetched):
        return page.data, ""
    return b"", page.problem if isinstance(page, Missed) else "nothing came"
