"""LangChain documents: {"page_content", "metadata"} as a list or JSON Lines, and what `dumpd` makes of them.

Each becomes a Passage under the Document its metadata names as `source`. They follow each other (FOLLOWS) only where
`start_index` says in which order they stood.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import PurePath
from typing import Any

from memos_graph.model.errors import Invalid
from memos_graph.model.graph import Json, Source
from memos_graph.services.importers.fields import Row, as_row, into_info
from memos_graph.services.importers.gathering import Gathering
from memos_graph.services.importers.reading import Loaded
from memos_graph.services.remember.ids import Counted, node_id

_Place = tuple[int, int]  # page, first character


def parse(loaded: Loaded, into: Gathering) -> None:
    """Take in the whole file. `Invalid` names the document and the field that can't be used."""
    counted = Counted()
    order: dict[str, list[tuple[_Place | None, str, str]]] = defaultdict(list)
    for row in _rows(loaded):
        identity, source, place = _document(row, into, counted)
        if source:
            parent = node_id("doc-of", source)
            title = PurePath(source).name or source
            into.stub(row.where, id=parent, kind="Document", text=title, key=source, sources=(Source(uri=source),))
            into.edge(row.where, "PARENT", identity, parent)
            order[source].append((place, identity, row.where))
    for pieces in order.values():
        places = [place for place, _, _ in pieces]
        if None not in places and len(set(places)) == len(places):
            pieces.sort(key=lambda piece: piece[0] or (0, 0))
            for (_, earlier, _), (_, later, where) in pairwise(pieces):
                into.edge(where, "FOLLOWS", later, earlier)


def _rows(loaded: Loaded) -> Iterator[Row]:
    value = loaded.value
    if isinstance(value, Mapping) and "documents" in value:
        for row in as_row(value, loaded.name + " ").rows("documents"):
            yield _undumped(row)
        return
    if isinstance(value, Mapping):
        yield _undumped(as_row(value, loaded.name))
        return
    if not isinstance(value, list):
        raise Invalid(loaded.name, type(value).__name__, 'write a list of {"page_content", "metadata"}')
    for index, item in enumerate(value):
        yield _undumped(as_row(item, loaded.at(index)))


def _undumped(row: Row) -> Row:
    """The document inside {"lc": 1, "kwargs": {...}}; another row as it is."""
    if "lc" not in row.values:
        return row
    path = row.values.get("id")
    if row.values.get("type") != "constructor" or not isinstance(path, list) or path[-1:] != ["Document"]:
        raise Invalid(row.place("id"), path, "only serialised Documents can be taken in")
    kwargs = row.row("kwargs")
    if kwargs is None:
        raise row.wrong("kwargs", "it is needed: it holds page_content and metadata")
    return kwargs


def _document(row: Row, into: Gathering, counted: Counted) -> tuple[str, str, _Place | None]:
    text = row.required("page_content")
    meta = row.row("metadata") or Row({}, row.place("metadata"))
    row.raw("type")
    own = row.text("id")
    said = json.dumps(meta.values, sort_keys=True, ensure_ascii=True)
    identity = own or node_id("lc", text, said, counted.nth(text, said))
    source, page, start = _optional(meta, "source"), meta.values.get("page"), meta.values.get("start_index")
    page = page if isinstance(page, int) and not isinstance(page, bool) and page >= 0 else None
    start = start if isinstance(start, int) and not isinstance(start, bool) and start >= 0 else None
    tags = meta.values.get("tags")
    listed = tuple(tags) if isinstance(tags, list) and all(isinstance(tag, str) for tag in tags) else None
    place = Source(
        uri=source or row.where.partition(" ")[0], page=None if page is None else page + 1, start=start,
        end=None if start is None else start + len(text),
    )  # fmt: skip  # LangChain's loaders count pages from 0
    info: dict[str, Json] = into_info({}, row.rest(), under="langchain")
    kept: dict[str, Any] = {name: v for name, v in meta.values.items() if listed is None or name != "tags"}
    into.node(
        row.where, id=identity, kind="Passage", text=text, key=_optional(meta, "title"),
        tags=listed or (), sources=(place,), info=into_info(info, kept, under="metadata"),
    )  # fmt: skip
    return identity, source, None if start is None else (page or 0, start)


def _optional(meta: Row, name: str) -> str:
    value = meta.values.get(name)
    return value if isinstance(value, str) else ""
