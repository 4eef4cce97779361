"""Which part of the graph a picture shows: what lies around one memory, few enough to read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from memos_graph.interfaces.drawing.picture import Neighbourhood, hops_from
from memos_graph.model.graph import Edge
from memos_graph.services.hits import Hit

if TYPE_CHECKING:
    from memos_graph.app import CubeHandle

MOST = 24  #: cards that fit a page and can still be read
_EACH = 4  #: neighbours of one memory over one kind of edge


def neighbourhood(kb: CubeHandle, hit: Hit, *, most: int = MOST) -> Neighbourhood:
    """What lies within two edges of `hit`, and on its path: at most `most` memories, the path's first."""
    walked = [(step.from_id, step.to_id) for route in hit.routes[:1] for step in route.steps]
    chosen: dict[str, int] = {hit.id: 0}
    for ends in reversed(walked):
        for identity in reversed(ends):
            chosen.setdefault(identity, len(chosen))
    layer = list(chosen)
    edges: dict[str, Edge] = {}
    for hop in (1, 2):
        found = kb.edges(*layer)
        edges |= {edge.id: edge for edge in found}
        layer = [i for i in _next(layer, found, chosen) if i not in chosen][: max(0, most - len(chosen))]
        chosen |= dict.fromkeys(layer, hop)
        if not layer:
            break
    nodes = kb.get_many(list(chosen))
    there = {node.id for node in nodes}
    shown = [e for e in kb.edges(*there) if e.from_id in there and e.to_id in there]
    return Neighbourhood(
        centre=hit.id, nodes=nodes, hops=hops_from(hit.id, shown, there), edges=tuple(_once(shown)),
        walked=frozenset(walked) | frozenset((b, a) for a, b in walked),
    )  # fmt: skip


def _next(layer: Sequence[str], edges: Iterable[Edge], chosen: dict[str, int]) -> list[str]:
    """Neighbours of `layer`, taking turns, so that no memory and no kind of edge fills the picture alone."""
    by_start: dict[tuple[str, str], list[str]] = {}
    for edge in sorted(edges, key=lambda e: (-e.weight, e.id)):
        for start, end in ((edge.from_id, edge.to_id), (edge.to_id, edge.from_id)):
            if start in layer and end not in chosen:
                by_start.setdefault((start, edge.kind), []).append(end)
    queues = [by_start[key][:_EACH] for key in sorted(by_start, key=lambda k: (layer.index(k[0]), k[1]))]
    turns = max((len(queue) for queue in queues), default=0)
    return list(dict.fromkeys(queue[turn] for turn in range(turns) for queue in queues if turn < len(queue)))


def _once(edges: Iterable[Edge]) -> list[Edge]:
    """One edge for each kind between the same ends."""
    return list({(e.kind, e.from_id, e.to_id): e for e in sorted(edges, key=lambda e: e.id)}.values())
