"""What a vector must be before a store takes it, since stores keep wrong ones in silence; and what spaces are for."""

from __future__ import annotations

import numpy as np

from memos_graph.model.errors import DimensionMismatch, Invalid
from memos_graph.model.graph import Cube, Vector, VectorSpace

PICTURES = "image_"  #: how the name of a space begins that holds vectors of pictures


def check_vector(cube: Cube, space: str, vector: Vector, where: str) -> Vector:
    """`vector` as a contiguous float32 array, once it fits `space` of `cube`.

    `Invalid` for a space the cube lacks, a number that is not finite, or a zero vector (it has no direction);
    `DimensionMismatch` for another length.
    """
    known = cube.space(space)
    if known is None:
        names = ", ".join(s.name for s in cube.spaces) or "none yet"
        raise Invalid("vector space", space, f"cube {cube.id!r} has: {names}")
    array = np.ascontiguousarray(vector, dtype=np.float32)
    if array.shape != (known.dimension,):
        raise DimensionMismatch(space, known.dimension, int(array.size), where)
    if not np.isfinite(array).all():
        raise Invalid(where, "a number that is not finite", "give finite numbers only")
    if not array.any():
        raise Invalid(where, "all zero", "a zero vector has no direction; leave the vector out instead")
    return array


def is_of_pictures(space: str) -> bool:
    """Whether vectors in `space` were made from pictures: they do not change with a node's text."""
    return space.startswith(PICTURES)


def picture_space(cube: Cube) -> VectorSpace | None:
    """The space of the cube's pictures; None before the first. Another that is being made anew stands behind it."""
    return next((space for space in cube.spaces if is_of_pictures(space.name)), None)
