"""Refuse what no store can be asked: one wording of these errors for every store.

Looks at arguments alone; whether a cube is there is the store's to say.
"""

from __future__ import annotations

from collections.abc import Collection

from memos_graph.model.errors import require
from memos_graph.model.graph import Cube, Vector
from memos_graph.model.vectors import check_vector

DEEPEST_WALK = 6


def not_negative(name: str, value: int) -> None:
    """`Invalid` for a count below 0."""
    require(value >= 0, name, value, "use 0 or more")


def check_page(limit: int) -> None:
    """`Invalid` for a page without room."""
    require(limit >= 1, "limit", limit, "use 1 or more")


def check_direction(direction: str) -> None:
    """`Invalid` for what is no direction."""
    require(direction in ("out", "in", "both"), "direction", direction, "use out, in or both")


def check_walk(direction: str, depth: int, limit: int) -> None:
    """`Invalid` for what no walk can do."""
    check_direction(direction)
    not_negative("limit", limit)
    require(1 <= depth <= DEEPEST_WALK, "depth", depth, f"use 1 to {DEEPEST_WALK}")


def check_near(cubes: Collection[Cube], space: str, vector: Vector) -> None:
    """`Invalid` when none of `cubes` has `space`; what `check_query` raises for those that have it."""
    known = any(cube.space(space) is not None for cube in cubes)
    require(known, "vector space", space, "no cube in scope has it; embed something first")
    check_query(cubes, space, vector)


def check_query(cubes: Collection[Cube], space: str, vector: Vector) -> None:
    """`Invalid`, `DimensionMismatch` when a cube of `cubes` that has `space` could not hold `vector` in it."""
    for cube in cubes:
        if cube.space(space) is not None:
            check_vector(cube, space, vector, "query vector")
