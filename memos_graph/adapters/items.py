"""MemOS's items, edges and filters, and what they are here. The tables are those of `services/importers/memos.py`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from memos_graph.model.errors import Invalid
from memos_graph.model.filter import FIELDS, Filter, parse_filter
from memos_graph.model.graph import Edge, Node, Vector
from memos_graph.services.importers.fields import Row
from memos_graph.services.importers.memos import KINDS, metadata_of, read_item

_NAMES = FIELDS | {"memory", "memory_type", "create_time", "update_time", "kind"}
_DEEPEST = 64


def node_of(row: Row, cube: str, at: datetime) -> tuple[Node, Vector | None]:
    """The node that an item {id, memory, metadata} says, and its embedding. `Invalid` names the field."""
    item = read_item(row)
    fields = item.fields
    created = fields.pop("created_at") or at
    updated = fields.pop("updated_at") or created
    try:
        return Node(cube=cube, created_at=created, updated_at=max(created, updated), **fields), item.embedding
    except Invalid as error:
        raise Invalid(f"{row.where} {error.field}", error.value, error.advice) from None


def item_of(node: Node, space: str = "") -> dict[str, Any]:
    """The item {id, memory, metadata} that `node` is; with its vector of `space`, as a list, if that is named."""
    fields = {
        "status": node.status, "key": node.key, "confidence": node.confidence, "tags": list(node.tags),
        "usage": list(node.usage), "sources": [source.uri for source in node.sources],
        "created_at": node.created_at.isoformat(), "updated_at": node.updated_at.isoformat(),
    }  # fmt: skip
    metadata = metadata_of(node.kind, fields, node.info)
    if space:
        vector = node.vectors.get(space)
        metadata["embedding"] = None if vector is None else vector.tolist()
    return {"id": node.id, "memory": node.text, "metadata": metadata}


def ends_of(edge: Edge) -> tuple[str, str]:
    """(source, target) as MemOS draws it: PARENT from the parent to the child."""
    return (edge.to_id, edge.from_id) if edge.kind == "PARENT" else (edge.from_id, edge.to_id)


def type_of(edge: Edge) -> str:
    """What MemOS calls the edge's kind."""
    named = edge.info.get("type")
    return named if isinstance(named, str) else edge.kind


def kind_of(memory_type: str) -> str:
    """The kind that a memory_type is here."""
    return KINDS.get(memory_type, memory_type)


def filter_of(tree: Any) -> Filter | None:
    """The Filter that MemOS's `tree` says: names that a node has no field for are looked up in info."""
    if tree is None or tree == {}:
        return None
    return parse_filter(_renamed(tree, 0))


def _renamed(tree: Any, depth: int) -> Any:
    if not isinstance(tree, Mapping) or depth > _DEEPEST:
        return tree
    made: dict[Any, Any] = {}
    for name, value in tree.items():
        if isinstance(name, str) and name.lower() in ("and", "or"):
            made[name] = [_renamed(part, depth + 1) for part in value] if isinstance(value, list | tuple) else value
        elif name == "memory_type":
            made[name] = _kinds(value)
        elif isinstance(name, str) and name not in _NAMES and not name.startswith("info."):
            made[f"info.{name}"] = value
        else:
            made[name] = value
    return made


def _kinds(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {op: _kinds(operand) for op, operand in value.items()}
    if isinstance(value, list | tuple):
        return [_kinds(item) for item in value]
    return kind_of(value) if isinstance(value, str) else value
