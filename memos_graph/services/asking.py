"""What a search is asked: one frozen request, each field checked as it is made. Knows no store and runs nothing."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args

from memos_graph.engines.profile import RecallProfile
from memos_graph.model.errors import Invalid
from memos_graph.model.filter import BySource, Filter
from memos_graph.model.graph import STATUSES, Status
from memos_graph.model.kinds import node_kind
from memos_graph.ports import Reranker

Dedup = Literal["none", "similar", "mmr"]
Mode = Literal["fast", "deep"]
Span = tuple[datetime | None, datetime | None]  #: from (inclusive) and until (exclusive); None: open

MAX_TOP_K = 10_000
MAX_TOKENS = 10_000_000
MAX_TAGS = 64
_PROFILE = RecallProfile()


@dataclass(frozen=True, slots=True, kw_only=True)
class RecallRequest:
    """What is asked. `Invalid` names a field that can't be used, its value and what to give instead.

    Scope: cubes; as_of: what was true then; known_at: what we knew then; both None: what is true as far as we know.
    states None: the live ones, and with as_of or known_at the archived ones too. include_archived: also what is
    archived, and what has stopped being true. Narrowing, before anything is ranked: filter (one for all cubes, or one
    for each class of cube), kinds (None: all that say something), tags (all of them), created and updated (from,
    until). Choosing among what was found: the rest, each as its own comment says.
    """

    query: str
    cubes: tuple[str, ...]
    top_k: int = 10
    filter: Filter | BySource | None = None
    kinds: frozenset[str] | None = None
    tags: frozenset[str] = frozenset()
    created: Span | None = None
    updated: Span | None = None
    as_of: datetime | None = None
    known_at: datetime | None = None
    states: frozenset[Status] | None = None
    include_archived: bool = False
    now: datetime | None = None  #: what "yesterday" and `recency` count from; None: the clock's time
    profile: RecallProfile = _PROFILE
    mode: Mode = "fast"  #: deep: what was found becomes the next query, see `deepening`
    conversation: str | None = None  #: id of the talk that is going on: what was said in it counts more
    recency: float | None = None  #: half-life in days; None: age does not matter
    relativity: float = 0.0  #: leaves out hits less relevant than this, from 0 (none) to 1; see `engines.relativity`
    dedup: Dedup = "none"  #: similar: no near-duplicate of a better hit; mmr: each hit adds something new
    max_tokens: int | None = None  #: hits in order while they fit, counted by the embedder; None: no budget
    reranker: Reranker | None = None  #: orders the first hits again; None: recall's own order

    def __post_init__(self) -> None:
        if not isinstance(self.query, str) or not self.query.strip():
            raise Invalid("query", self.query, "ask something")
        try:
            self.query.encode()
        except UnicodeEncodeError as error:
            bad = self.query[error.start : error.start + 8]
            raise Invalid("query", bad, "remove the lone surrogate; it is no Unicode text") from None
        _whole("top_k", self.top_k, MAX_TOP_K)
        if self.max_tokens is not None:
            _whole("max_tokens", self.max_tokens, MAX_TOKENS)
        if not isinstance(self.filter, Filter | BySource | None):
            raise Invalid("filter", self.filter, "give what parse_filter or parse_sources returns")
        _number("relativity", self.relativity, 0, 1, "a number from 0 (keep all) to 1")
        if self.recency is not None:
            _number("recency", self.recency, 1e-3, 1e6, "a half-life in days, from 0.001 to 1000000")
        _one_of("mode", self.mode, get_args(Mode))
        _one_of("dedup", self.dedup, get_args(Dedup))
        if self.conversation is not None and (not isinstance(self.conversation, str) or not self.conversation.strip()):
            raise Invalid("conversation", self.conversation, "name the conversation as it was fed")
        self._check_sets()
        for name in ("as_of", "known_at", "now"):
            _moment(name, getattr(self, name))
        for name in ("created", "updated"):
            _span(name, getattr(self, name))

    def _check_sets(self) -> None:
        for kind in self.kinds or ():
            _text("kinds", kind)
            node_kind(kind)
        if self.kinds is not None and not self.kinds:
            raise Invalid("kinds", (), "name at least one, or leave it out for all")
        for state in self.states or ():
            _one_of("states", state, STATUSES)
        for tag in self.tags:
            _text("tags", tag)
        if len(self.tags) > MAX_TAGS:
            raise Invalid("tags", f"{len(self.tags)} tags", f"name at most {MAX_TAGS}")
        if not isinstance(self.include_archived, bool):
            raise Invalid("include_archived", self.include_archived, "give true or false")

    @property
    def chooses(self) -> bool:
        """Whether anything is asked of the hits besides their own score: then more are ranked than are returned."""
        return (
            self.conversation is not None or self.recency is not None or self.dedup != "none"
            or self.max_tokens is not None or self.reranker is not None
        )  # fmt: skip


def _whole(name: str, value: object, most: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
        raise Invalid(name, value, f"use a whole number from 1 to {most}")


def _number(name: str, value: object, least: float, most: float, advice: str) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise Invalid(name, value, f"give {advice}")
    if not least <= value <= most:
        raise Invalid(name, value, f"give {advice}")


def _one_of(name: str, value: object, known: Collection[Any]) -> None:
    if not isinstance(value, str) or value not in known:
        raise Invalid(name, value, f"use one of {', '.join(known)}")


def _text(name: str, value: object) -> None:
    if not isinstance(value, str) or not value:
        raise Invalid(name, value, "give texts")


def _moment(name: str, value: object) -> None:
    if value is None:
        return
    if not isinstance(value, datetime):
        raise Invalid(name, value, "give a datetime")
    if value.tzinfo is None:
        raise Invalid(name, value.isoformat(), "give it a time zone (UTC: add +00:00)")


def _span(name: str, span: object) -> None:
    if span is None:
        return
    if not isinstance(span, tuple) or len(span) != 2 or span == (None, None):
        raise Invalid(name, span, "give (from, until), None for an open end")
    start, end = span
    _moment(f"{name} from", start)
    _moment(f"{name} until", end)
    if start is not None and end is not None and end <= start:
        raise Invalid(f"{name} until", end.isoformat(), f"it must lie after the start, {start.isoformat()}")
