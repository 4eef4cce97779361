"""explain and why-not: how a search came to its hits, and where it lost a memory."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from memos_graph.interfaces import options
from memos_graph.interfaces.commands import wishes
from memos_graph.interfaces.screen import Screen

Query = Annotated[str, typer.Argument(help="A question or words.")]


def explain(
    query: Query,
    picture: Annotated[
        Path | None, typer.Option("--picture", metavar="FILE", help="Also draw the hits and their routes as an SVG.")
    ] = None,
    top_k: wishes.TopK = 10,
    filter: wishes.Filter = None,
    kind: wishes.Kinds = None,
    tag: wishes.Tags = None,
    created_from: wishes.CreatedFrom = None,
    created_until: wishes.CreatedUntil = None,
    updated_from: wishes.UpdatedFrom = None,
    updated_until: wishes.UpdatedUntil = None,
    include_archived: wishes.Archived = False,
    as_of: wishes.AsOf = None,
    known_at: wishes.KnownAt = None,
    recency: wishes.Recency = None,
    relativity: wishes.Relativity = None,
    dedup: wishes.Dedup = None,
    max_tokens: wishes.MaxTokens = None,
    conversation: wishes.Conversation = None,
    mode: wishes.Mode = None,
    rerank: wishes.Rerank = None,
    profile: wishes.Profile = None,
    store: options.Store = None,
    cube: options.Cube = None,
    embedder: options.Embedder = None,
    json: options.Json = False,
) -> None:
    """Search, and show how: the query as it was read, each stage, and for each hit its searches, edges and numbers.

    --json: one object with "meanings", "stages", "hits", "lost", "answerability" and "graph". docs/recall.md explains.
    """
    from memos_graph.interfaces import explained

    asked = wishes.wishes(locals())
    screen = Screen(json=json)
    with options.opened_cube(options.settings_of(store, cube, embedder)) as (_, kb):
        told = kb.explain(query, **asked)
    if picture is not None:
        from memos_graph.interfaces.drawing.picture import draw
        from memos_graph.interfaces.drawing.ways import ways

        with options.whole_file(picture) as file:
            file.write(draw(ways(told), title=query, subtitle=f"{len(told.hits)} hits, and the edges that led to them"))
        screen.note(f"drawn: {picture}")
    if screen.json:
        screen.value(told.to_json())
    else:
        explained.explanation(screen, told)


def why_not(
    query: Query,
    identity: Annotated[str, typer.Argument(metavar="ID", help="The id of the memory that is missed.")],
    top_k: wishes.TopK = 10,
    filter: wishes.Filter = None,
    kind: wishes.Kinds = None,
    tag: wishes.Tags = None,
    created_from: wishes.CreatedFrom = None,
    created_until: wishes.CreatedUntil = None,
    updated_from: wishes.UpdatedFrom = None,
    updated_until: wishes.UpdatedUntil = None,
    include_archived: wishes.Archived = False,
    as_of: wishes.AsOf = None,
    known_at: wishes.KnownAt = None,
    recency: wishes.Recency = None,
    relativity: wishes.Relativity = None,
    dedup: wishes.Dedup = None,
    max_tokens: wishes.MaxTokens = None,
    conversation: wishes.Conversation = None,
    mode: wishes.Mode = None,
    rerank: wishes.Rerank = None,
    profile: wishes.Profile = None,
    store: options.Store = None,
    cube: options.Cube = None,
    embedder: options.Embedder = None,
    json: options.Json = False,
) -> None:
    """Show at which stage of a search a memory was lost, and by how much; or which hit it is.

    --json: one object with "stage", "detail", "reasons", "rank", "score", "short_by", "arms" and "rival".
    """
    from memos_graph.interfaces import explained

    asked = wishes.wishes(locals())
    screen = Screen(json=json)
    with options.opened_cube(options.settings_of(store, cube, embedder)) as (_, kb):
        told = kb.why_not(query, identity, **asked)
    if screen.json:
        screen.value(told.to_json())
    else:
        explained.loss(screen, told)
