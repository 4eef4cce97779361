"""Give texts their vectors in a cube's space, and keep the space in step with the embedder."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from memos_graph.engines.wording import dense_text, is_embedded
from memos_graph.model.delta import Operation, PutNode
from memos_graph.model.errors import EmbedderMismatch, NotFound
from memos_graph.model.graph import Cube, VectorSpace
from memos_graph.model.vectors import PICTURES, is_of_pictures
from memos_graph.ports import Embedder, GraphStore
from memos_graph.services.context import Context

_CHUNK = 256  #: texts embedded between two reports of progress
_SHORT = 3  #: a token has about four letters, hardly ever fewer than three in a long Latin text
Progress = Callable[[int, int], None]


def find_cube(store: GraphStore, cube: str) -> Cube:
    """The cube's record. `NotFound` lists the ones there are."""
    known = store.cubes()
    for found in known:
        if found.id == cube:
            return found
    names = ", ".join(c.id for c in known) or "none yet"
    raise NotFound("cube", cube, f"cubes here: {names}; `add` makes one")


def text_space(context: Context, cube: str) -> str:
    """The name of the space that texts of `cube` are embedded into, made on first use.

    `EmbedderMismatch` when the cube was embedded by another model than the context's.
    """
    record = find_cube(context.store, cube)
    space = record.space(record.text_space)
    embedder = context.embedder
    if space is None:
        made = VectorSpace(name=space_name(embedder.model), model=embedder.model, dimension=embedder.dimension)
        context.store.replace_cube(replace(record, spaces=(*record.spaces, made), text_space=made.name))
        return made.name
    if space.model != embedder.model:
        raise EmbedderMismatch(cube, space.model, embedder.model)
    return space.name


def space_name(model: str) -> str:
    """A vector space's name for `model`: lower-case words joined by underscores."""
    words = re.sub(r"[^a-z0-9]+", "_", model.lower()).strip("_")
    taken = not words[:1].isalpha() or words.startswith(PICTURES)
    return f"v_{words}"[:32].rstrip("_") if taken else words[:32].rstrip("_")


def with_vectors(
    context: Context, cube: str, operations: Sequence[Operation], progress: Progress | None = None
) -> tuple[Operation, ...]:
    """`operations` with a vector of its text on every put node that should have one and has none."""
    waiting = [
        at
        for at, operation in enumerate(operations)
        if isinstance(operation, PutNode)
        and is_embedded(operation.node)
        and all(map(is_of_pictures, operation.node.vectors))
    ]
    if not waiting:
        return tuple(operations)
    space = text_space(context, cube)
    done: list[Operation] = list(operations)
    for start in range(0, len(waiting), _CHUNK):
        chunk = waiting[start : start + _CHUNK]
        nodes = [op.node for at in chunk if isinstance(op := operations[at], PutNode)]
        vectors = embed_whole(context.embedder, [dense_text(node) for node in nodes])
        for at, node, vector in zip(chunk, nodes, vectors, strict=True):
            operation = operations[at]
            assert isinstance(operation, PutNode)
            done[at] = replace(operation, node=replace(node, vectors={**node.vectors, space: vector}))
        if progress is not None:
            progress(start + len(chunk), len(waiting))
    return tuple(done)


def embed_whole(embedder: Embedder, texts: Sequence[str]) -> npt.NDArray[np.float32]:
    """[len(texts), dimension] unit vectors; a text longer than the embedder reads is the mean of its windows.

    Without that the end of a long text would be stored and never found.
    """
    windows: list[str] = []
    owner: list[int] = []
    for at, text in enumerate(texts):
        for window in _windows(embedder, text):
            windows.append(window)
            owner.append(at)
    vectors = embedder.embed(windows)
    if len(windows) == len(texts):
        return vectors
    sums = np.zeros((len(texts), vectors.shape[1]), dtype=np.float32)
    np.add.at(sums, owner, vectors)
    norms = np.linalg.norm(sums, axis=1, keepdims=True)
    return np.asarray(sums / np.where(norms == 0, 1, norms), dtype=np.float32)


def _windows(embedder: Embedder, text: str) -> list[str]:
    limit = embedder.limit
    if not limit or len(text) <= limit or (len(text) <= limit * _SHORT and embedder.count_tokens(text) <= limit):
        return [text]
    tokens = embedder.count_tokens(text)
    if tokens <= limit:
        return [text]
    pieces = -(-tokens * 5 // (limit * 4))  # a fifth of slack: tokens are not spread evenly
    size = -(-len(text) // pieces)
    return [text[start : start + size] for start in range(0, len(text), size)]
