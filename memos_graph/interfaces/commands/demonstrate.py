"""demo: everything this engine does, on the examples or on a visitor's own folder, in half a minute."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from memos_graph.interfaces import options
from memos_graph.interfaces.screen import Screen
from memos_graph.model.errors import AlreadyExists, NotFound

if TYPE_CHECKING:
    from memos_graph.settings import Settings

_CUBE = "demo"
_PICTURE = "memos-graph-demo.svg"


def demo(
    data: Annotated[
        Path | None, typer.Option("--data", metavar="DIR", help="Your own folder instead of the examples; only read.")
    ] = None,
    url: Annotated[
        list[str] | None, typer.Option("--url", metavar="URL", help="Also feed this page; may be repeated.")
    ] = None,
    keep: Annotated[
        Path | None, typer.Option("--keep", metavar="PATH", help="Keep the store there, to go on with it afterwards.")
    ] = None,
    picture: Annotated[Path, typer.Option("--picture", metavar="FILE", help="Where the drawing goes.")] = Path(
        _PICTURE
    ),
    store: options.Store = None,
    embedder: options.Embedder = None,
    json: options.Json = False,
) -> None:
    """Feed, ask, change, feed again, draw: on the examples that come with memos-graph, in a store that is temporary.

    --json: one object with "fed", "shape", "places", "questions", "changed", "twice" and "picture".
    """
    from memos_graph.interfaces.demo.play import play
    from memos_graph.interfaces.demo.stage import Stage

    if data is not None and not data.exists():
        raise NotFound("folder", str(data), "give a folder or file that is there")
    settings = options.settings_of(store, None, embedder)
    with _place(settings, keep, given=store is not None) as chosen, options.opened(chosen, make=True) as graph:
        stage = Stage(Screen(json=json))
        play(graph, graph.create_cube(_CUBE).id, data, url or (), picture, stage)
        if keep is not None:
            stage.kept(keep, _CUBE)
        stage.close()


@contextmanager
def _place(settings: Settings, keep: Path | None, *, given: bool) -> Iterator[Settings]:
    """Settings with the store to use: the one to keep, the one given, or a temporary one that goes at the end."""
    if keep is not None:
        if keep.exists():
            raise AlreadyExists("store", str(keep), "the demo wants a new one: choose another path for --keep")
        yield replace(settings, store=str(keep))
    elif given:
        yield settings
    else:
        folder = Path(tempfile.mkdtemp(prefix="memos-graph-demo-"))
        try:
            yield replace(settings, store=str(folder / "demo.graph"))
        finally:
            shutil.rmtree(folder, ignore_errors=True)
