"""Give pictures their vectors, in a space of their own that text search never looks at.

A picture is embedded by the thumbnail on its node. What no model can open gets no vector and is kept all the same.
Declines to know what the vectors are searched for.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TypeVar

import numpy as np

from memos_graph.model.delta import Operation, PutNode
from memos_graph.model.errors import EmbedderMismatch, Invalid
from memos_graph.model.graph import Cube, Node, Vector, VectorSpace
from memos_graph.model.vectors import PICTURES, is_of_pictures, picture_space
from memos_graph.ports_images import ImageEmbedder
from memos_graph.services.context import Context
from memos_graph.services.embed import find_cube
from memos_graph.services.remember.pictures import thumbnail_of

_CHUNK = 32  #: pictures given to the model at once
Key = TypeVar("Key")


def with_picture_vectors(context: Context, cube: str, operations: Sequence[Operation]) -> tuple[Operation, ...]:
    """`operations` with a vector on each put picture that has a thumbnail and none yet; as they are without a model.

    `EmbedderMismatch` when the cube's pictures were embedded by another model.
    """
    model = context.images
    waiting = [
        (at, operation.node)
        for at, operation in enumerate(operations)
        if model is not None and isinstance(operation, PutNode) and _lacks(operation.node)
    ]
    if model is None or not waiting:
        return tuple(operations)
    space = space_for(context, cube, model)
    done = list(operations)
    for at, vector in vectors_of(model, [(at, thumbnail_of(node)) for at, node in waiting]):
        operation = done[at]
        assert isinstance(operation, PutNode)
        node = replace(operation.node, vectors={**operation.node.vectors, space: vector})
        done[at] = replace(operation, node=node)
    return tuple(done)


def space_for(context: Context, cube: str, model: ImageEmbedder) -> str:
    """The name of the space of the cube's pictures, made on first use. `EmbedderMismatch`: it is another model's."""
    record = find_cube(context.store, cube)
    there = picture_space(record)
    if there is None:
        return make_space(context, record, model).name
    if there.model != model.model:
        raise EmbedderMismatch(cube, there.model, model.model)
    return there.name


def _lacks(node: Node) -> bool:
    """Whether the node is a picture that should have a vector and has none; of the past as it was there are none."""
    now = node.retired_at is None and node.valid_to is None
    return node.kind == "Image" and now and not any(map(is_of_pictures, node.vectors)) and bool(thumbnail_of(node))


def make_space(context: Context, record: Cube, model: ImageEmbedder) -> VectorSpace:
    """A new space of the cube for the pictures of `model`, behind those that there are."""
    words = re.sub(r"[^a-z0-9]+", "_", model.model.lower()).strip("_")
    tells = hashlib.sha256(model.model.encode()).hexdigest()[:8]  # from others whose names begin alike
    space = VectorSpace(name=f"{PICTURES}{words[:16]}_{tells}", model=model.model, dimension=model.dimension)
    context.store.replace_cube(replace(record, spaces=(*record.spaces, space)))
    return space


def vectors_of(model: ImageEmbedder, images: Sequence[tuple[Key, bytes]]) -> Iterator[tuple[Key, Vector]]:
    """Each with its vector, but for those that the model can't open or finds nothing in."""
    for start in range(0, len(images), _CHUNK):
        chunk = images[start : start + _CHUNK]
        for (key, _), vector in zip(chunk, _embedded(model, [image for _, image in chunk]), strict=True):
            if vector is not None and np.isfinite(vector).all() and vector.any():
                yield key, vector


def _embedded(model: ImageEmbedder, images: Sequence[bytes]) -> list[Vector | None]:
    try:
        return list(model.embed(images))
    except Invalid as error:
        if error.field != "image":  # of the model, not of a picture
            raise
        if len(images) == 1:
            return [None]
        return [vector for image in images for vector in _embedded(model, [image])]
