"""The options that every command takes, and the graph they name. Opens; knows no command."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from memos_graph.model.errors import Invalid, NotFound
from memos_graph.settings import Settings, load_settings

if TYPE_CHECKING:
    from datetime import datetime

    from memos_graph.app import CubeHandle, Graph

_WHERE = "Where"
Store = Annotated[
    str | None,
    typer.Option(
        "--store", "-s", metavar="PATH|URL", rich_help_panel=_WHERE, show_default=False,
        help="The store: a path, or memory:. Else MEMOS_GRAPH_STORE, memos-graph.toml, then ./kb.graph.",
    ),
]  # fmt: skip
Cube = Annotated[
    str | None,
    typer.Option(
        "--cube", "-c", metavar="NAME", rich_help_panel=_WHERE, show_default=False,
        help="The cube. Else MEMOS_GRAPH_CUBE, memos-graph.toml, then 'default'.",
    ),
]  # fmt: skip
Embedder = Annotated[
    str | None,
    typer.Option(
        "--embedder", metavar="NAME", rich_help_panel=_WHERE, show_default=False,
        help="minilm, sentence-transformers:NAME or openai:MODEL@URL. Else MEMOS_GRAPH_EMBEDDER, then minilm.",
    ),
]  # fmt: skip
Images = Annotated[
    str | None,
    typer.Option(
        "--images", metavar="FILE.onnx", rich_help_panel=_WHERE, show_default=False,
        help="The model that gives pictures vectors; colours for a trial. Else MEMOS_GRAPH_IMAGES, then none.",
    ),
]  # fmt: skip
Json = Annotated[
    bool, typer.Option("--json", rich_help_panel=_WHERE, help="JSON on stdout, errors and notes as JSON on stderr.")
]


def settings_of(store: str | None, cube: str | None, embedder: str | None, images: str | None = None) -> Settings:
    """What the flags, the environment and memos-graph.toml say together."""
    found = load_settings()
    return replace(
        found, store=store or found.store, cube=cube or found.cube, embedder=embedder or found.embedder,
        images=images or found.images,
    )  # fmt: skip


@contextmanager
def opened(settings: Settings, *, make: bool = False) -> Iterator[Graph]:
    """The graph that `settings` name, closed at the end. Only with `make` a store that is not there is made."""
    path = store_path(settings.store)
    if path is not None and not make and not path.exists():
        raise NotFound("store", str(path), "`memos-graph add` makes one; --store or MEMOS_GRAPH_STORE says where it is")
    from memos_graph.app import open as open_graph

    with open_graph(settings=settings) as graph:
        yield graph


@contextmanager
def opened_cube(settings: Settings, *, make: bool = False) -> Iterator[tuple[Graph, CubeHandle]]:
    """The graph and its cube; only with `make` are they made if they are not there."""
    with opened(settings, make=make) as graph:
        yield graph, graph.cube(settings.cube, create=make)


def store_path(store: str) -> Path | None:
    """The path of an embedded store; None for one that lives elsewhere."""
    scheme, colon, rest = store.partition(":")
    if not colon or len(scheme) == 1:  # a Windows drive is a path
        return Path(store)
    return Path(rest) if scheme == "arcade" else None


def pairs(given: Sequence[str], option: str) -> dict[str, Any]:
    """{k: v} of k=v texts. A value is read as JSON where it is JSON (7, true, [1]), else as a text."""
    read: dict[str, Any] = {}
    for pair in given:
        name, equals, value = pair.partition("=")
        if not equals or not name.strip():
            raise Invalid(option, pair, "write it as name=value")
        read[name.strip()] = _value(value)
    return read


def json_option(text: str | None, option: str) -> Any:
    """The JSON value that `text` says. `Invalid` says where it stops being JSON."""
    if text is None:
        return None
    try:
        return json.loads(text)
    except ValueError as error:
        raise Invalid(option, text, f"it is not JSON: {error}") from None


def moment(text: str | None, option: str) -> datetime | None:
    """The instant that ISO 8601 `text` names."""
    from memos_graph.model.times import parse_time

    return None if text is None else parse_time(text, option)


@contextmanager
def whole_file(target: Path, *, binary: bool = False) -> Iterator[Any]:
    """A file, of text unless `binary`, that appears at `target` only when all of it is on disk."""
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with part.open("wb" if binary else "w", encoding=None if binary else "utf-8") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
