"""Settings: the one place that reads the environment and `memos-graph.toml`.

Order: what a caller passes, then MEMOS_GRAPH_* variables, then the nearest `memos-graph.toml` (the working folder or
one above it), then the defaults here.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from memos_graph.model.errors import Invalid

FILE = "memos-graph.toml"
PREFIX = "MEMOS_GRAPH_"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a run is set to. Each field is MEMOS_GRAPH_NAME in the environment and `name = ` in memos-graph.toml."""

    store: str = "kb.graph"  #: path of an embedded store, or `memory:`
    cube: str = "default"  #: used where no --cube is given
    embedder: str = "minilm"  #: minilm; sentence-transformers:NAME; openai:MODEL@URL
    embedder_key: str = ""  #: bearer token of an openai: embedder; environment only
    heap_mb: int = 512  #: memory of the embedded database's virtual machine; counts at the first open in a process


def load_settings(environment: Mapping[str, str] | None = None, folder: Path | None = None) -> Settings:
    """The settings of this process. `Invalid` for a file that can't be read or a name that does not exist."""
    environment = os.environ if environment is None else environment
    settings = Settings()
    file = _nearest(folder or Path.cwd())
    if file is not None:
        settings = _with(settings, _from_file(file), FILE)
    names = {field.name for field in fields(Settings)}
    found = {name: environment[PREFIX + name.upper()] for name in names if environment.get(PREFIX + name.upper())}
    return _with(settings, found, "environment")


def _with(settings: Settings, values: Mapping[str, str | int], where: str) -> Settings:
    """`settings` with `values`, each read as its field's type. `Invalid` names `where` a number can't be read."""
    read: dict[str, Any] = {}
    for name, value in values.items():
        if name == "heap_mb":
            if not str(value).isdigit() or not 64 <= int(value) <= 65_536:
                raise Invalid(f"{where}: {name}", value, "give megabytes, 64 to 65536")
            read[name] = int(value)
        else:
            read[name] = str(value)
    return replace(settings, **read)


def _nearest(folder: Path) -> Path | None:
    return next((place / FILE for place in (folder, *folder.parents) if (place / FILE).is_file()), None)


def _from_file(file: Path) -> dict[str, str | int]:
    try:
        read = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise Invalid(FILE, str(file), f"it can't be read: {error}") from error
    known = {field.name for field in fields(Settings)} - {"embedder_key"}
    for name, value in read.items():
        if name not in known:
            why = (
                "keep keys out of files: set MEMOS_GRAPH_EMBEDDER_KEY" if name == "embedder_key" else "no such setting"
            )
            raise Invalid(FILE, name, f"{why}; known: {', '.join(sorted(known))}")
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise Invalid(f"{FILE}: {name}", value, "write it as a string or a number")
    if isinstance(read.get("store"), str) and "://" not in read["store"] and not read["store"].startswith("memory:"):
        read["store"] = str(file.parent / read["store"])  # relative to the file, wherever it is read from
    return read
