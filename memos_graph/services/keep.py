"""Keep a store: change its embedder; carrying a cube out and in is found here too."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from memos_graph.engines.wording import dense_text
from memos_graph.model.delta import Delta, Operation, PatchNode
from memos_graph.model.graph import Cube, Node, VectorSpace
from memos_graph.model.scope import everything
from memos_graph.model.vectors import is_of_pictures
from memos_graph.services.context import Context
from memos_graph.services.embed import embed_whole, find_cube, space_name
from memos_graph.services.exporting import export_lines, line_of
from memos_graph.services.importing import Imported, Progress, import_export, import_lines
from memos_graph.services.reembed_pictures import reembed_pictures
from memos_graph.services.writing import apply_delta

__all__ = ["Imported", "Progress", "export_lines", "import_export", "import_lines", "line_of", "reembed"]

_PAGE = 1000
_EMBED_PAGE = 256


def reembed(context: Context, cube: str, progress: Progress | None = None) -> int:
    """How many nodes got a vector of the context's embedder; the cube searches with it from then on.

    Takes up where an earlier run was stopped: until every node has its new vector, the old ones stay in use. With a
    model for pictures these get theirs too, as `reembed_pictures` says; without one theirs are left as they are.
    """
    record = find_cube(context.store, cube)
    old, embedder = record.text_space, context.embedder
    new = next((s for s in record.spaces if s.model == embedder.model and not is_of_pictures(s.name)), None)
    if new is None:
        new = VectorSpace(name=_free_name(record, embedder.model), model=embedder.model, dimension=embedder.dimension)
        record = context.store.replace_cube(replace(record, spaces=(*record.spaces, new)))
    total = context.store.count(everything(cube))
    done = looked = 0
    for page in _pages(context, cube, vectors=True):
        looked += len(page)
        waiting = [n for n in page if old in n.vectors and new.name not in n.vectors] if new.name != old else []
        for start in range(0, len(waiting), _EMBED_PAGE):
            done += _embed_page(context, cube, waiting[start : start + _EMBED_PAGE], new.name)
            if progress is not None:
                progress("embedding", looked - len(page) + start, total)
    if new.name != old:
        kept = tuple(space for space in record.spaces if space.name != old)
        context.store.replace_cube(replace(record, spaces=kept, text_space=new.name))
    if progress is not None:
        progress("embedding", total, total)
    return done + reembed_pictures(context, cube, progress)


def _embed_page(context: Context, cube: str, nodes: list[Node], space: str) -> int:
    vectors = embed_whole(context.embedder, [dense_text(node) for node in nodes])
    patches = tuple(
        PatchNode(id=node.id, expects=node.version, set={"vectors": {space: vector}})
        for node, vector in zip(nodes, vectors, strict=True)
    )
    _apply(context, cube, patches, "reembed")
    return len(patches)


def _free_name(record: Cube, model: str) -> str:
    name = space_name(model)
    taken = {space.name for space in record.spaces}
    return next(n for n in (name, *(f"{name[:28]}_{i}" for i in range(2, 1000))) if n not in taken)


def _pages(context: Context, cube: str, *, vectors: bool) -> Iterator[list[Node]]:
    cursor: str | None = None
    while True:
        page = context.store.scan(everything(cube), cursor=cursor, limit=_PAGE, vectors=vectors)
        yield list(page.nodes)
        cursor = page.cursor
        if cursor is None:
            return


def _apply(context: Context, cube: str, operations: tuple[Operation, ...], reason: str) -> None:
    if not operations:
        return
    apply_delta(context, Delta(id=context.new_id(), cube=cube, actor=context.actor, reason=reason,
                               at=context.clock(), operations=operations))  # fmt: skip
