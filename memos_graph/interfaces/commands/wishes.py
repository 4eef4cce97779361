"""The options of `search`, as what a search is asked. Opens and prints nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from memos_graph.interfaces import options

_NARROW = "Narrow down"
_TIME = "Time"
_CHOOSE = "Choose among what was found"

TopK = Annotated[int, typer.Option("--top-k", "-k", help="How many hits, 1 to 10000.")]
Filter = Annotated[
    str | None,
    typer.Option(
        metavar="JSON", rich_help_panel=_NARROW,
        help='Such as \'{"tags": {"contains": "red"}, "info.team": "north"}\'; or one for each class of cube:'
        ' \'{"user": {...}, "knowledgebase": {...}}\'.',
    ),
]  # fmt: skip
Kinds = Annotated[
    list[str] | None, typer.Option("--kind", rich_help_panel=_NARROW, help="Only this kind; may be repeated.")
]
Tags = Annotated[
    list[str] | None, typer.Option("--tag", rich_help_panel=_NARROW, help="Only with this tag; repeated: with all.")
]
CreatedFrom = Annotated[
    str | None, typer.Option(metavar="TIME", rich_help_panel=_NARROW, help="Known since then or later (ISO 8601).")
]
CreatedUntil = Annotated[str | None, typer.Option(metavar="TIME", rich_help_panel=_NARROW, help="Known before then.")]
UpdatedFrom = Annotated[
    str | None, typer.Option(metavar="TIME", rich_help_panel=_NARROW, help="Last changed then or later.")
]
UpdatedUntil = Annotated[
    str | None, typer.Option(metavar="TIME", rich_help_panel=_NARROW, help="Last changed before then.")
]
Archived = Annotated[
    bool,
    typer.Option("--include-archived", rich_help_panel=_NARROW, help="Also what is archived or no longer true."),
]  # fmt: skip
AsOf = Annotated[str | None, typer.Option(metavar="TIME", rich_help_panel=_TIME, help="What was true then (ISO 8601).")]
KnownAt = Annotated[str | None, typer.Option(metavar="TIME", rich_help_panel=_TIME, help="What was known then.")]
Recency = Annotated[
    float | None,
    typer.Option(metavar="DAYS", rich_help_panel=_TIME, help="Older counts less: half-life in days. Off by default."),
]  # fmt: skip
Relativity = Annotated[
    float | None, typer.Option(metavar="0..1", rich_help_panel=_CHOOSE, help="Leave out hits less relevant than this.")
]
Dedup = Annotated[
    str | None,
    typer.Option(metavar="none|similar|mmr", rich_help_panel=_CHOOSE,
                 help="similar: no near-duplicate of a better hit; mmr: each hit adds something."),
]  # fmt: skip
MaxTokens = Annotated[
    int | None, typer.Option("--max-tokens", rich_help_panel=_CHOOSE, help="Hits while they fit into so many tokens.")
]
Conversation = Annotated[
    str | None, typer.Option(metavar="ID", rich_help_panel=_CHOOSE, help="What was said in this talk counts more.")
]
Mode = Annotated[
    str | None,
    typer.Option(metavar="fast|deep", rich_help_panel=_CHOOSE, help="deep: search again from what was found."),
]  # fmt: skip
Rerank = Annotated[
    bool | None,
    typer.Option("--rerank/--no-rerank", rich_help_panel=_CHOOSE, help="Use the reranker of MEMOS_GRAPH_RERANKER."),
]  # fmt: skip
Profile = Annotated[
    str | None,
    typer.Option(metavar="default|chat|documents", rich_help_panel=_CHOOSE, help="The weights that suit what is kept."),
]  # fmt: skip
_AS_THEY_ARE = (
    "top_k", "relativity", "recency", "dedup", "max_tokens", "conversation", "mode", "rerank", "profile",
)  # fmt: skip


def wishes(given: Mapping[str, Any]) -> dict[str, Any]:
    """The search options that the flags `given`, by the names of their parameters, ask for; those not given left out.

    `Invalid` names the flag whose JSON or time can't be read.
    """
    asked: dict[str, Any] = {name: given[name] for name in _AS_THEY_ARE}
    asked["filter"] = options.json_option(given["filter"], "--filter")
    asked["kinds"] = frozenset(given["kind"]) if given["kind"] else None
    asked["tags"] = frozenset(given["tag"]) if given["tag"] else None
    asked["as_of"] = options.moment(given["as_of"], "--as-of")
    asked["known_at"] = options.moment(given["known_at"], "--known-at")
    asked["include_archived"] = given["include_archived"] or None
    for name in ("created", "updated"):
        span = tuple(options.moment(given[f"{name}_{end}"], f"--{name}-{end}") for end in ("from", "until"))
        asked[name] = None if span == (None, None) else span
    return {name: value for name, value in asked.items() if value is not None}
