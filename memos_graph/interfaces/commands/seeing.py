"""search-images: pictures like a given one, or that words describe."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from memos_graph.interfaces import options
from memos_graph.interfaces.commands import wishes
from memos_graph.interfaces.screen import Screen, one_line


def search_images(
    what: Annotated[str, typer.Argument(metavar="FILE|WORDS", help="A picture's file; else words, if the model can.")],
    top_k: wishes.TopK = 10,
    store: options.Store = None,
    cube: options.Cube = None,
    embedder: options.Embedder = None,
    images: options.Images = None,
    json: options.Json = False,
) -> None:
    """Find pictures by how they look, with the model that --images or MEMOS_GRAPH_IMAGES names.

    In a pipe: rank, score, place, text and id, separated by tabs. --json: a line for each picture, best first.
    """
    from memos_graph.interfaces.views import hit_json, place

    screen = Screen(json=json)
    query = Path(what) if Path(what).is_file() else what
    with options.opened_cube(options.settings_of(store, cube, embedder, images)) as (_, kb):
        hits = kb.search_images(query, top_k=top_k)
    for hit in hits:
        if screen.json:
            screen.value(hit_json(hit, explain=False))
        else:
            screen.line("\t".join((str(hit.rank), f"{hit.score:.4f}", place(hit.sources), one_line(hit.text), hit.id)))
    if not hits and not screen.json:
        screen.note("nothing found")
