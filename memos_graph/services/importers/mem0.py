"""mem0: what `get_all`, `search` or an export give, as a list, {"results": [...]} or {"memories": [...]}.

Memories become LongTermMemory; graph relations become Entity nodes with an edge between them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from memos_graph.model.errors import Invalid
from memos_graph.model.graph import Json
from memos_graph.services.importers.fields import Row, as_row, into_info
from memos_graph.services.importers.gathering import Gathering, relation
from memos_graph.services.importers.reading import Loaded

LISTS = ("results", "memories")
_TO = ("target", "destination")
_RELATION = ("relationship", "relation", "relatationship")  # the last is how some versions spell it


def parse(loaded: Loaded, into: Gathering) -> None:
    """Take in the whole file. `Invalid` names the memory or relation and the field that can't be used."""
    for row in _rows(loaded):
        if _is_relation(row.values):
            _relation(row, into)
        else:
            _memory(row, into)


def _rows(loaded: Loaded) -> Iterator[Row]:
    value = loaded.value
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield as_row(item, loaded.at(index))
        return
    if not isinstance(value, Mapping) or not any(name in value for name in (*LISTS, "relations")):
        shown = sorted(value)[:5] if isinstance(value, Mapping) else type(value).__name__
        raise Invalid(loaded.name, shown, 'write a list of memories, {"results": [...]} or {"memories": [...]}')
    whole = as_row(value, loaded.name + " ")
    for name in (*LISTS, "relations"):
        yield from whole.rows(name)


def _is_relation(values: Mapping[str, object]) -> bool:
    return "source" in values and "memory" not in values


def _memory(row: Row, into: Gathering) -> None:
    identity, text = row.required("id"), row.required("memory")
    meta = row.row("metadata")
    if row.raw("score") is not None:
        into.note("scores of a search, left out: they belong to its query")
    info: dict[str, Json] = {}
    fields: dict[str, Any] = {
        "id": identity, "text": text, "kind": "LongTermMemory", "tags": row.texts("categories"),
        "created_at": row.time("created_at"), "updated_at": row.time("updated_at"),
        "valid_to": row.time("expiration_date"),
    }  # fmt: skip
    info = into_info(info, row.rest(), under="mem0")
    if meta is not None:
        info = into_info(info, meta.values, under="metadata")
    into.node(row.where, info=info, **fields)


def _relation(row: Row, into: Gathering) -> None:
    source = row.required("source")
    to = next((name for name in _TO if row.values.get(name) is not None), _TO[0])
    said = next((name for name in _RELATION if row.values.get(name) is not None), _RELATION[0])
    target, name = row.required(to), row.required(said)
    # mem0 stores names in lower case with underscores; entities found in texts are written with spaces
    from_id = into.entity(source.replace("_", " "), row.place("source"))
    to_id = into.entity(target.replace("_", " "), row.place(to))
    kind, original = relation(name)
    info: dict[str, Json] = row.rest()
    if original:
        info = into_info(info, {"relationship": original}, under="mem0")
    into.edge(
        row.where, kind, from_id, to_id, info=info, discriminator=original if kind == "RELATED_TO" else "",
        evidence=f"{source} {name} {target}",
    )  # fmt: skip
