"""Refuse what no store could keep, before any of them writes: one wording of these errors for every store.

Looks at what is to be written and the Cube alone; versions, endpoints and what is stored are the store's to check.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from memos_graph.model.delta import Change, Delta, Operation, PatchEdge, PatchNode, PutEdge, PutNode
from memos_graph.model.errors import Invalid, Refused, require
from memos_graph.model.graph import STATUSES, Cube, Edge, Node, Vector
from memos_graph.model.vectors import check_vector
from memos_graph.ports import LOADING

_NODE_TIMES = ("created_at", "updated_at", "retired_at", "valid_from", "valid_to")
_EDGE_TIMES = ("created_at", "retired_at", "valid_from", "valid_to")
_DEEPEST = 64  # of nested info; deeper is a mistake, and would exhaust the stack of a JSON writer


def check_delta(cube: Cube, delta: Delta) -> None:
    """Nothing, when every value in `delta` can be kept in `cube`.

    `Invalid`: a time without zone, info that is no JSON, text that is no Unicode, a patch of the wrong type, a vector
    of an unknown space, with a number that is not finite, or all zero. `DimensionMismatch`: a vector too long or short.
    `Refused`: the cube is being filled by `load`.
    """
    if cube.settings.get(LOADING):
        raise Refused(
            f"cube {cube.id!r} is being filled by a copy or an import and takes no writes of its own: "
            "run that to its end, or drop the cube"
        )
    _check_values(cube, delta)


def check_load(cube: Cube, seq: int, nodes: Sequence[Node], edges: Sequence[Edge], changes: Sequence[Change]) -> None:
    """Nothing, when `load` may put these rows into `cube`, whose last Change is number `seq`.

    `Refused`: its settings do not say LOADING. `Invalid`, `DimensionMismatch`: as `check_delta`; a row of another cube
    or twice in one call; Changes that are not in order or leave a gap. Ends of edges are the store's to check.
    """
    if not cube.settings.get(LOADING):
        raise Refused(f"cube {cube.id!r} is not being filled: only one whose settings say {LOADING!r} can be loaded")
    puts: tuple[Operation, ...] = (*(PutNode(node=node) for node in nodes), *(PutEdge(edge=edge) for edge in edges))
    _check_values(cube, Delta(id="load", cube=cube.id, at=cube.created_at, operations=puts))
    due: int | None = None
    for change in changes:
        field = f"seq of Change {change.delta!r}"
        require(change.cube == cube.id, "Change", change.cube, f"it is not of cube {cube.id!r}")
        require(1 <= change.seq <= seq + 1 or due is not None, field, change.seq, f"load {seq + 1} or an earlier one")
        require(due in (None, change.seq), field, change.seq, f"{due} comes next: load Changes in order, without gaps")
        due = change.seq + 1
        _time("at", change.at)
        require(bool(change.delta), "delta id", change.delta, "every Change names the Delta it records")
        _unicode("change", (change.delta, change.actor, change.reason))
        for image in change.images:
            plain_json(image.before, f"image of {image.id!r}")


def check_cube(cube: Cube) -> None:
    """`Invalid` for a record that no store could keep: a time without zone, settings that are no JSON."""
    require(cube.created_at.tzinfo is not None, "created_at", cube.created_at.isoformat(), "give it a time zone")
    plain_json(cube.settings, "settings")


def check_spaces(before: Cube, wanted: Cube) -> None:
    """`Invalid` when a vector space that `before` has is another in `wanted`; it may be gone."""
    for space in before.spaces:
        if wanted.space(space.name) not in (None, space):
            advice = f"it holds {space.model} vectors of {space.dimension} numbers; add a space of another name"
            raise Invalid("vector space", space.name, advice)


def _check_values(cube: Cube, delta: Delta) -> None:
    _time("at", delta.at)
    _unicode("delta", (delta.id, delta.actor, delta.reason))
    require(bool(delta.id), "delta id", delta.id, "give every Delta an id of its own")
    for operation in delta.operations:
        if isinstance(operation, PutNode):
            _node(cube, operation.node)
        elif isinstance(operation, PutEdge):
            _edge(operation.edge)
        elif isinstance(operation, PatchNode):
            for name, value in operation.set.items():
                _node_patch(cube, operation.id, name, value)
        elif isinstance(operation, PatchEdge):
            for name, value in operation.set.items():
                _edge_patch(operation.id, name, value)


def plain_json(value: Any, field: str, *, depth: int = 0) -> Any:
    """A copy of `value` made of dict, list, str, int, float, bool and None alone. `Invalid` for what JSON can't say."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, str):
        _unicode(field, (value,))
        return value
    if isinstance(value, float):
        require(math.isfinite(value), field, value, "JSON has finite numbers only")
        return value
    require(depth < _DEEPEST, field, "...", f"nest it at most {_DEEPEST} deep")
    if isinstance(value, Mapping):
        for key in value:
            require(isinstance(key, str), field, key, "name fields by text")
        _unicode(field, value)
        return {key: plain_json(item, field, depth=depth + 1) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray | memoryview):
        return [plain_json(item, field, depth=depth + 1) for item in value]
    raise Invalid(field, value, "use JSON values: text, numbers, true/false, null, lists and mappings of these")


def _node(cube: Cube, node: Node) -> None:
    for name in _NODE_TIMES:
        _time(f"{name} of {node.id!r}", getattr(node, name))
    _texts(f"tags of {node.id!r}", node.tags)
    _texts(f"usage of {node.id!r}", node.usage)
    _unicode(f"content_hash of {node.id!r}", (node.content_hash,))
    _unicode(
        f"sources of {node.id!r}", (part for source in node.sources for part in (source.uri, source.message or ""))
    )
    plain_json(node.info, f"info of {node.id!r}")
    require(node.version >= 1, f"version of {node.id!r}", node.version, "versions start at 1")
    _vectors(cube, node.id, node.vectors)


def _edge(edge: Edge) -> None:
    for name in _EDGE_TIMES:
        _time(f"{name} of edge {edge.id!r}", getattr(edge, name))
    require(bool(edge.id), "edge id", edge.id, "make edges by make_edge")
    _unicode(f"edge {edge.id!r}", (edge.id, edge.discriminator, edge.created_by, edge.evidence))
    plain_json(edge.info, f"info of edge {edge.id!r}")
    require(edge.version >= 1, f"version of edge {edge.id!r}", edge.version, "versions start at 1")


def _node_patch(cube: Cube, node: str, name: str, value: Any) -> None:
    field = f"{name} of {node!r}"
    if name == "status":
        require(value in STATUSES, field, value, f"use one of {', '.join(STATUSES)}")
    elif name == "confidence":
        number = isinstance(value, int | float) and not isinstance(value, bool)
        require(number and 0.0 <= value <= 100.0, field, value, "use a number from 0 to 100")
    elif name in ("tags", "usage"):
        _texts(field, value)
    elif name == "info":
        require(isinstance(value, Mapping), field, value, "give a mapping")
        plain_json(value, field)
    else:
        require(isinstance(value, Mapping), field, value, "give a mapping of space to vector")
        _vectors(cube, node, value)


def _edge_patch(edge: str, name: str, value: Any) -> None:
    field = f"{name} of edge {edge!r}"
    if name == "weight":
        number = isinstance(value, int | float) and not isinstance(value, bool)
        require(number and math.isfinite(value), field, value, "use a finite number")
    elif name == "evidence":
        _texts(field, (value,))
    elif name == "info":
        require(isinstance(value, Mapping), field, value, "give a mapping")
        plain_json(value, field)
    else:
        require(value is None or isinstance(value, datetime), field, value, "give a datetime, or None while it holds")
        _time(field, value)


def _vectors(cube: Cube, node: str, vectors: Mapping[str, Vector]) -> None:
    for space, vector in vectors.items():
        check_vector(cube, space, vector, f"vector of {node!r}")


def _time(field: str, moment: datetime | None) -> None:
    if moment is not None and moment.tzinfo is None:
        raise Invalid(field, moment.isoformat(), "give it a time zone (UTC: add +00:00)")


def _texts(field: str, values: Any) -> None:
    whole = isinstance(values, Sequence) and not isinstance(values, str) and all(isinstance(v, str) for v in values)
    require(whole, field, values, "give a list of texts")
    _unicode(field, values)


def _unicode(field: str, texts: Iterable[str]) -> None:
    for text in texts:
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise Invalid(field, text[error.start : error.start + 8], "remove the lone surrogate") from None
