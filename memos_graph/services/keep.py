"""Keep a store: change its embedder, carry a cube out and in, check it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

from memos_graph.engines.wording import dense_text, is_embedded
from memos_graph.model.codec import (
    cube_from_json,
    cube_to_json,
    edge_from_json,
    edge_to_json,
    node_from_json,
    node_to_json,
)
from memos_graph.model.delta import Delta, Operation, PatchNode, PutEdge, PutNode
from memos_graph.model.errors import AlreadyExists, Invalid
from memos_graph.model.graph import Cube, Edge, Node, VectorSpace, edge_id
from memos_graph.model.scope import everything
from memos_graph.services.context import Context
from memos_graph.services.embed import embed_whole, find_cube, space_name, text_space
from memos_graph.services.remember.write import apply_delta

FORMAT = "memos-graph-export"
VERSION = 1
_UNFINISHED = "import_unfinished"  #: in a cube's settings until its import has come to its end
_PAGE = 1000
_EMBED_PAGE = 256
Progress = Callable[[str, int, int], None]


def reembed(context: Context, cube: str, progress: Progress | None = None) -> int:
    """How many nodes got a vector of the context's embedder; the cube searches with it from then on.

    Takes up where an earlier run was stopped: until every node has its new vector, the old ones stay in use.
    """
    record = find_cube(context.store, cube)
    old, embedder = record.text_space, context.embedder
    new = next((s for s in record.spaces if s.model == embedder.model), None)
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
    return done


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


def export_lines(context: Context, cube: str, *, vectors: bool = True) -> Iterator[dict[str, Any]]:
    """The whole cube as JSON values: a header, the cube, every node (retired and superseded too), every edge.

    JSON Lines when written a line each; `import_lines` reads it back. Format in docs/formats.md.
    """
    record = find_cube(context.store, cube)
    yield {"format": FORMAT, "version": VERSION, "vectors": vectors}
    yield {"cube": cube_to_json(record)}
    for page in _pages(context, cube, vectors=vectors):
        for node in page:
            yield {"node": node_to_json(node, vectors=vectors)}
    cursor: str | None = None
    while True:
        edges = context.store.scan_edges(everything(cube), cursor=cursor, limit=_PAGE)
        for edge in edges.edges:
            yield {"edge": edge_to_json(edge)}
        cursor = edges.cursor
        if cursor is None:
            return


def import_lines(
    context: Context,
    lines: Iterable[dict[str, Any]],
    *,
    cube: str | None = None,
    merge: bool = False,
    progress: Progress | None = None,
) -> tuple[str, int, int]:
    """(cube, nodes, edges) of an export written into a new cube, called `cube` or as it was.

    merge: into a cube that is there, where nodes with equal content stay and others with a known id are a `Conflict`.
    Everything is read and checked before anything is written. Vectors of another embedder than the context's, or none,
    are made anew. `AlreadyExists` when the cube is there; `Invalid` names the line that can't be read.
    """
    record, nodes, edges = _read(lines, cube)
    there = next((known for known in context.store.cubes() if known.id == record.id), None)
    unfinished = there is not None and bool(there.settings.get(_UNFINISHED))
    if there is not None and not unfinished and not merge:
        raise AlreadyExists("cube", record.id, "import under another name with --cube, or drop that one first")
    if unfinished:
        context.store.drop_cube(record.id)  # what a killed import left behind
        there = None
    stored_by = record.space(record.text_space)
    reusable = stored_by is not None and stored_by.model == context.embedder.model
    if there is None:
        record = _with_space(context, record)
        context.store.create_cube(replace(record, settings={**record.settings, _UNFINISHED: True}))
    else:
        text_space(context, there.id)
        record = find_cube(context.store, there.id)
        if reusable and stored_by is not None and stored_by.name != record.text_space:
            nodes = [_renamed_space(node, stored_by.name, record.text_space) for node in nodes]
    for start in range(0, len(nodes), _PAGE):
        page = nodes[start : start + _PAGE]
        if not reusable or not all(n.vectors for n in page):
            page = _reembedded(context, record, page, reusable)
        _apply(context, record.id, tuple(PutNode(node=node) for node in page), "import")
        if progress is not None:
            progress("nodes", start + len(page), len(nodes))
    for start in range(0, len(edges), _PAGE):
        chunk = edges[start : start + _PAGE]
        _apply(context, record.id, tuple(PutEdge(edge=edge) for edge in chunk), "import")
        if progress is not None:
            progress("edges", start + len(chunk), len(edges))
    if there is None:
        context.store.replace_cube(record)
    return record.id, len(nodes), len(edges)


def _with_space(context: Context, record: Cube) -> Cube:
    """`record` with its own text space if that is the embedder's, else with a new one only."""
    space = record.space(record.text_space)
    if space is not None and space.model == context.embedder.model:
        return replace(record, spaces=(space,))
    made = VectorSpace(
        name=space_name(context.embedder.model), model=context.embedder.model, dimension=context.embedder.dimension
    )
    return replace(record, spaces=(made,), text_space=made.name)


def _renamed_space(node: Node, old: str, new: str) -> Node:
    return replace(node, vectors={new: node.vectors[old]} if old in node.vectors else {})


def _reembedded(context: Context, record: Cube, nodes: list[Node], reusable: bool) -> list[Node]:
    waiting = [i for i, n in enumerate(nodes) if is_embedded(n) and not (reusable and record.text_space in n.vectors)]
    vectors = embed_whole(context.embedder, [dense_text(nodes[i]) for i in waiting])
    done = nodes if reusable else [replace(node, vectors={}) for node in nodes]
    done = list(done)
    for i, vector in zip(waiting, vectors, strict=True):
        done[i] = replace(done[i], vectors={record.text_space: vector})
    return done


def _read(lines: Iterable[dict[str, Any]], cube: str | None) -> tuple[Cube, list[Node], list[Edge]]:
    rows = iter(lines)
    header = next(rows, None)
    if header is None or header.get("format") != FORMAT:
        raise Invalid("import", header, f"the first line of an export says {FORMAT!r}")
    if header.get("version") != VERSION:
        raise Invalid(
            "import version", header.get("version"), f"this build reads version {VERSION}; upgrade memos-graph"
        )
    record: Cube | None = None
    nodes: list[Node] = []
    edges: list[Edge] = []
    for number, row in enumerate(rows, start=2):
        try:
            if "cube" in row:
                record = cube_from_json(row["cube"] | ({"id": cube} if cube else {}))
            elif record is None:
                raise Invalid("import", row, "the cube comes before its nodes")
            elif "node" in row:
                nodes.append(node_from_json(row["node"] | {"cube": record.id}))
            elif "edge" in row:
                edge = edge_from_json(row["edge"] | {"cube": record.id})
                own = edge_id(record.id, edge.kind, edge.from_id, edge.to_id, edge.discriminator)
                edges.append(replace(edge, id=own))
            else:
                raise Invalid("import", row, "a line holds a cube, a node or an edge")
        except (Invalid, TypeError, ValueError) as error:
            raise Invalid(f"import line {number}", json.dumps(row)[:80], str(error)) from error
    if record is None:
        raise Invalid("import", "no cube", "the second line of an export holds it")
    known = {node.id for node in nodes}
    for edge in edges:
        if edge.from_id not in known or edge.to_id not in known:
            raise Invalid("import edge", edge.id, "it names a node that the export does not hold")
    return record, nodes, edges


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
