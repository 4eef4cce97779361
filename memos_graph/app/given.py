"""What callers hand in, as services take it: paths told from texts, filters, search options."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from memos_graph.engines.profile import PRESETS, RecallProfile
from memos_graph.model.errors import Invalid
from memos_graph.model.filter import BySource, Filter, parse_filter, parse_sources
from memos_graph.model.times import parse_time
from memos_graph.ports import Reranker
from memos_graph.services.asking import RecallRequest, Span
from memos_graph.services.image_search import ImageRequest


def is_url(what: object) -> bool:
    """Whether a web address is meant, and nothing beside it."""
    return isinstance(what, str) and what.lower().startswith(("http://", "https://")) and what.split() == [what]


def as_path(what: str | Path) -> Path | None:
    """The path that is meant; None for a text. `Invalid` for what looks like a path and names nothing."""
    if isinstance(what, Path):
        return what
    if "\n" in what or len(what) > 1024 or "\x00" in what:
        return None
    path = Path(what)
    try:
        if path.exists():
            return path
    except OSError:  # too long a name for this file system
        return None
    looks = not any(c.isspace() for c in what) and (what.endswith(("/", "\\")) or "/" in what or bool(path.suffix[1:]))
    if looks and not what.endswith((".", "!", "?", "…")):
        raise Invalid("add", what, "no such file or folder; if it is a text, use add_text")
    return None


def as_filter(given: Filter | Mapping[str, Any] | None) -> Filter | None:
    """The Filter that a mapping says. `Invalid` names the part that says none."""
    return parse_filter(given) if isinstance(given, Mapping) else given


def as_filters(given: Filter | BySource | Mapping[str, Any] | None) -> Filter | BySource | None:
    """As `as_filter`, and also one filter for each class of cube."""
    return parse_sources(given) if isinstance(given, Mapping) else given


def as_span(given: Any, field: str) -> Span | None:
    """(from, until) of a pair, or of {"from": ..., "until": ...}; texts are read as ISO 8601."""
    if given is None:
        return None
    if isinstance(given, Mapping):
        unknown = sorted(str(name) for name in set(given) - {"from", "until"})
        if unknown or not given:
            raise Invalid(field, given, "give from, until, or both")
        given = (given.get("from"), given.get("until"))
    if isinstance(given, str) or not isinstance(given, Sequence) or len(given) != 2:
        raise Invalid(field, given, "give (from, until), None for an open end")
    start, end = (as_moment(each, field) for each in given)
    return start, end


def as_moment(given: Any, field: str) -> datetime | None:
    """The instant that a datetime or ISO 8601 text names."""
    return parse_time(given, field) if isinstance(given, str) else given


def as_texts(given: Any, field: str) -> frozenset[Any]:
    """A text or several as a set."""
    if isinstance(given, str):
        return frozenset([given])
    if not isinstance(given, Collection) or not all(isinstance(each, str) for each in given):
        raise Invalid(field, given, "give a text, or several")
    return frozenset(given)


def request(
    query: str, cubes: tuple[str, ...], options: Mapping[str, Any], *, reranker: Reranker | None = None
) -> RecallRequest:
    """What `recall` is asked for. `Invalid` for an option that there is not, or that its own check refuses.

    reranker: the graph's; `rerank` says whether to use it (None: if there is one), or names another.
    """
    checked = dict(options)
    known = sorted((set(RecallRequest.__dataclass_fields__) - {"query", "cubes", "reranker"}) | {"rerank"})
    unknown = sorted(set(checked) - set(known))
    if unknown:
        raise Invalid("search option", unknown[0], f"known: {', '.join(known)}")
    for name in ("kinds", "tags", "states"):
        if checked.get(name) is not None:
            checked[name] = as_texts(checked[name], name)
    for name in ("as_of", "known_at", "now"):
        checked[name] = as_moment(checked.get(name), name)
    for name in ("created", "updated"):
        checked[name] = as_span(checked.get(name), name)
    if "filter" in checked:
        checked["filter"] = as_filters(checked["filter"])
    if isinstance(checked.get("profile"), str):
        checked["profile"] = _preset(checked["profile"])
    chosen = _reranker(checked.pop("rerank", None), reranker)
    # an option given as None is one not given
    checked = {name: value for name, value in checked.items() if value is not None}
    return RecallRequest(query=query, cubes=cubes, reranker=chosen, **checked)


def image_request(
    query: bytes | Path | str, cubes: tuple[str, ...], top_k: int, filter: Filter | Mapping[str, Any] | None,
    as_of: datetime | str | None, known_at: datetime | str | None,
) -> ImageRequest:  # fmt: skip
    """What `search_images` is asked for."""
    return ImageRequest(
        query=query, cubes=cubes, top_k=top_k, filter=as_filter(filter), as_of=as_moment(as_of, "as_of"),
        known_at=as_moment(known_at, "known_at"),
    )  # fmt: skip


def _preset(name: str) -> RecallProfile:
    if name not in PRESETS:
        raise Invalid("profile", name, f"use one of {', '.join(sorted(PRESETS))}, or a RecallProfile")
    return PRESETS[name]


def _reranker(asked: Any, own: Reranker | None) -> Reranker | None:
    if asked is None:
        return own
    if asked is False:
        return None
    if asked is True:
        if own is None:
            raise Invalid("rerank", asked, "set a reranker first: MEMOS_GRAPH_RERANKER, or open(..., reranker=...)")
        return own
    if not callable(getattr(asked, "rerank", None)):
        raise Invalid("rerank", asked, "give true, false or a Reranker")
    chosen: Reranker = asked
    return chosen
