"""Which tool wrote a file, by what is in it. Never by its name."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from memos_graph.services.importers import mem0, tables
from memos_graph.services.importers.reading import Loaded, looks_like_json, read_json, read_text

FORMATS = ("memos", "mem0", "langchain", "llamaindex", "csv")
OWN = "memos-graph"  #: what `export` and `dump` write; `import_lines` reads it
_LLAMA = frozenset({"id_", "node_id", "text_resource", "__data__", "relationships"})
_ITEM = frozenset({"id", "memory", "metadata"})


def detect(path: Path) -> str | None:
    """The format of the file at `path`: one of FORMATS, or OWN; None when it is none of these.

    `NotFound`, `Invalid` when it can't be read as text or as the JSON it begins as. Reads the whole file.
    """
    text = read_text(path)
    return of_json(read_json(path, text)) if looks_like_json(text) else of_table(text)


def of_table(text: str) -> str | None:
    """csv, when the first line is a header of nodes or of edges."""
    return "csv" if tables.is_nodes(text) or tables.is_edges(text) else None


def of_json(loaded: Loaded) -> str | None:
    """The format that a JSON value, or the first of a list, is in."""
    value = loaded.value
    if isinstance(value, list):
        return _of_item(value[0], listed=True) if value else None
    if not isinstance(value, Mapping):
        return None
    if value.get("format") == "memos-graph-export":
        return OWN
    if "docstore/data" in value:
        return "llamaindex"
    nodes = value.get("nodes")
    if isinstance(nodes, list):
        return "llamaindex" if nodes and _of_item(nodes[0], listed=True) == "llamaindex" else "memos"
    if "documents" in value:
        return "langchain"
    if any(name in value for name in (*mem0.LISTS, "relations")):
        return "mem0"
    return _of_item(value, listed=False)


def _of_item(item: Any, *, listed: bool) -> str | None:
    if not isinstance(item, Mapping):
        return None
    if item.get("format") == "memos-graph-export":
        return OWN
    if "page_content" in item or ("lc" in item and "kwargs" in item):
        return "langchain"
    if _LLAMA & item.keys():
        return "llamaindex"
    if not listed:
        return None
    if "payload" in item or ("memory" in item and item.keys() <= _ITEM):
        return "memos"
    return "mem0" if "memory" in item or {"source", "relationship"} <= item.keys() else None
