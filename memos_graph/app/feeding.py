"""How files are read and cut, as settings say."""

from __future__ import annotations

from dataclasses import fields, replace

from memos_graph.model.errors import Invalid
from memos_graph.services.remember.taking import FeedOptions
from memos_graph.settings import Settings
from memos_ingest import Limits


def feed_options(settings: Settings) -> FeedOptions:
    """Passages' size and overlap, and the limits of parsers. `Invalid` names what can't be."""
    if 2 * settings.chunk_overlap >= settings.chunk_size:
        advice = f"give less than half of chunk_size {settings.chunk_size}"
        raise Invalid("chunk_overlap", settings.chunk_overlap, advice)
    return FeedOptions(
        chunk_size=settings.chunk_size, chunk_overlap=settings.chunk_overlap, limits=_limits(settings.limits),
        facts=settings.facts,
    )  # fmt: skip


def _limits(text: str) -> Limits:
    """`Limits` with what "pages=5000, file_bytes=200000000" says."""
    known = {each.name for each in fields(Limits)}
    given: dict[str, int] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, _, number = (side.strip() for side in part.partition("="))
        if name not in known:
            raise Invalid("limits", part, f"write NAME=NUMBER; known: {', '.join(sorted(known))}")
        if not number.isdecimal() or not 0 < int(number) < 2**53:
            raise Invalid(f"limits: {name}", number, "give a whole number above 0")
        given[name] = int(number)
    return replace(Limits(), **given)
