"""What is in a cube at one moment. Never changed: a write makes the next one, so a reader needs no lock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from memos_graph.backends.checks import plain_json
from memos_graph.model.delta import Change
from memos_graph.model.graph import Cube, Edge, Node, Vector


@dataclass(frozen=True, slots=True, kw_only=True)
class CubeState:
    """One cube's nodes and edges by id, its Changes in order, and the seq of each Delta by its id."""

    cube: Cube
    nodes: Mapping[str, Node] = field(default_factory=dict)
    edges: Mapping[str, Edge] = field(default_factory=dict)
    changes: tuple[Change, ...] = ()
    applied: Mapping[str, int] = field(default_factory=dict)


def own_node(node: Node, *, vectors: bool = True) -> Node:
    """A copy of `node` that shares nothing changeable with it."""
    kept = {space: own_vector(vector) for space, vector in node.vectors.items()} if vectors else {}
    return replace(
        node,
        info=own_json(node.info),
        tags=tuple(node.tags),
        usage=tuple(node.usage),
        sources=tuple(node.sources),
        vectors=kept,
    )


def own_edge(edge: Edge) -> Edge:
    """A copy of `edge` that shares nothing changeable with it."""
    return replace(edge, info=own_json(edge.info))


def own_cube(cube: Cube) -> Cube:
    """A copy of `cube` that shares nothing changeable with it."""
    return replace(cube, spaces=tuple(cube.spaces), settings=own_json(cube.settings))


def own_change(change: Change) -> Change:
    """A copy of `change` that shares nothing changeable with it."""
    images = (replace(i, before=None if i.before is None else own_json(i.before)) for i in change.images)
    return replace(change, images=tuple(images))


def own_vector(vector: Vector) -> Vector:
    """A copy of `vector` as float32."""
    return np.array(vector, dtype=np.float32)


def own_json(values: Mapping[str, Any]) -> dict[str, Any]:
    """A plain copy of `values`, as JSON would give it back."""
    copied: dict[str, Any] = plain_json(values, "info")
    return copied
