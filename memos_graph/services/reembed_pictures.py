"""Give every picture of a cube a vector of the model that the graph was opened with, in place of another model's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from memos_graph.model.delta import Delta, PatchNode
from memos_graph.model.filter import Where
from memos_graph.model.graph import Node
from memos_graph.model.scope import everything
from memos_graph.model.vectors import is_of_pictures
from memos_graph.services.context import Context
from memos_graph.services.embed import find_cube
from memos_graph.services.importing import Progress
from memos_graph.services.remember.picture_vectors import make_space, vectors_of
from memos_graph.services.remember.pictures import thumbnail_of
from memos_graph.services.writing import apply_delta

_PAGE = 200  #: nodes read at a time: each brings its thumbnail along


def reembed_pictures(context: Context, cube: str, progress: Progress | None = None) -> int:
    """How many pictures got a vector; 0 without a model. The cube's pictures are searched with it from then on.

    Takes up where an earlier run was stopped: until every picture has its new vector, those of another model stay in
    use.
    """
    model = context.images
    if model is None:
        return 0
    record = find_cube(context.store, cube)
    known = next((s for s in record.spaces if is_of_pictures(s.name) and s.model == model.model), None)
    space = known or make_space(context, record, model)
    total = context.store.count(everything(cube), filter=Where("kind", "eq", "Image"))
    done = looked = 0
    for page in _pages(context, cube):
        looked += len(page)
        images = [(node, thumbnail_of(node)) for node in page if space.name not in node.vectors]
        patches = tuple(
            PatchNode(id=node.id, expects=node.version, set={"vectors": {space.name: vector}})
            for node, vector in vectors_of(model, [(node, image) for node, image in images if image])
        )
        if patches:
            apply_delta(context, Delta(id=context.new_id(), cube=cube, actor=context.actor, reason="reembed pictures",
                                       at=context.clock(), operations=patches))  # fmt: skip
        done += len(patches)
        if progress is not None:
            progress("pictures", looked, total)
    record = find_cube(context.store, cube)
    kept = tuple(s for s in record.spaces if s.name == space.name or not is_of_pictures(s.name))
    if kept != record.spaces:
        context.store.replace_cube(replace(record, spaces=kept))
    return done


def _pages(context: Context, cube: str) -> Iterator[tuple[Node, ...]]:
    scope, offset = everything(cube), 0
    while page := context.store.match(
        scope, filter=Where("kind", "eq", "Image"), limit=_PAGE, offset=offset, vectors=True
    ):
        yield page
        offset += len(page)
