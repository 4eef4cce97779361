"""Texts that were made of what fell or came back, made again: Summaries and merged memories.

What can't be made again (a merge whose text somebody gave) is left for `cascade` to doubt. Reads and embeds; writes
nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from memos_graph.engines.consequences.doubts import REMADE
from memos_graph.engines.consequences.fallout import holds
from memos_graph.engines.merging import FROM, remade
from memos_graph.engines.versions import end, succeed
from memos_graph.model.delta import Operation, PatchNode, PutEdge, PutNode
from memos_graph.model.errors import Invalid
from memos_graph.model.graph import Edge, Json, Node
from memos_graph.model.scope import everything
from memos_graph.services.consequences.happening import KINDS, SUMMARY, Happening
from memos_graph.services.context import Context
from memos_graph.services.embed import with_vectors
from memos_graph.services.organise.resumming import resummarise

_INTO = "MERGED_INTO"
Path = tuple[str, ...]


def make_again(context: Context, found: Happening) -> list[Operation]:
    """What makes the texts again that were made of what moved in `found`, which counts them as its own from then on.

    Round by round: a summary may be made of summaries. A query for edges and one for nodes each round, two for each
    merge, those of `resummarise` for each Summary.
    """
    made: list[Operation] = []
    layer: dict[str, Path] = dict.fromkeys((*found.fells, *found.back), ())
    while layer:
        above = _made_of(found, layer)
        known = context.store.get(everything(found.cube), sorted(above), vectors=True) if above else ()
        found.know(known)
        layer = {}
        for head in known:
            if not holds(head, found.at) or head.status == "frozen" or not (head.kind == SUMMARY or FROM in head.info):
                continue
            operations = _fitting(found, _again(context, found, head), head, above[head.id])
            if operations:
                found.take(operations, above[head.id])
                made += operations
                layer[head.id] = above[head.id]
        if layer:
            edges = context.store.edges(everything(found.cube), touching=sorted(layer), kinds=KINDS)
            found.edges |= {edge.id: edge for edge in edges}
    return made


def _made_of(found: Happening, layer: Mapping[str, Path]) -> dict[str, Path]:
    """By id, what may be made of the texts in `layer`, with the path to what moved."""
    above: dict[str, Path] = {}
    for edge in sorted((*found.edges.values(), *found.put.values()), key=lambda edge: edge.id):
        if edge.from_id in layer and edge.to_id not in found.written and edge.kind in (_INTO, "PARENT"):
            part_is_back = edge.from_id not in found.fells and edge.kind == _INTO
            if found.live(edge) or part_is_back:
                above.setdefault(edge.to_id, (edge.from_id, *layer[edge.from_id]))
    return above


def _again(context: Context, found: Happening, head: Node) -> Sequence[Operation]:
    if head.kind == SUMMARY:
        # what a changed member says now is not stored yet: the next `organise` sums it up
        return resummarise(context, found.cube, head.id, list(found.fells), at=found.at)
    parts = _parts(context, found, head)
    if not parts:
        return end(head, found.at)
    try:
        wanted = remade(head, parts)
    except Invalid:  # the parts have grown beyond what is put together by rule
        return ()
    if wanted is None or wanted.text == head.text:
        return ()
    return with_vectors(context, found.cube, succeed(head, found.at, found.at, text=wanted.text, info=wanted.info))


def _parts(context: Context, found: Happening, head: Node) -> list[Node]:
    """The parts of the merge `head` that hold after the Delta, as they will be."""
    into = context.store.edges(everything(found.cube), touching=[head.id], kinds=[_INTO], direction="in")
    ids = list(dict.fromkeys(edge.from_id for edge in into if _still_in(found, edge)))
    found.know(context.store.get(everything(found.cube), ids) if ids else ())
    after = [found.after(identity) for identity in ids]
    return [node for node in after if node is not None and holds(node, found.at) and node.status == "merged"]


def _still_in(found: Happening, edge: Edge) -> bool:
    return found.live(edge) or edge.from_id in found.back


def _fitting(found: Happening, operations: Sequence[Operation], head: Node, path: Path) -> list[Operation]:
    """`operations` with the path as their reason; none when they touch what the Delta writes itself."""
    record: dict[str, Json] = {"since": found.at.isoformat(), "because": list(path)}
    fitting: list[Operation] = []
    for operation in operations:
        if isinstance(operation, PutEdge):
            fitting.append(operation)
        elif isinstance(operation, PutNode):
            if operation.node.id in found.written:
                return []
            node = operation.node
            info = {**node.info, REMADE: record}
            fitting.append(replace(operation, node=replace(node, info=info)) if node.id == head.id else operation)
        elif isinstance(operation, PatchNode):
            return []  # only what it was made of has changed: `organise` notes that
        else:
            fitting.append(operation)
    return fitting
