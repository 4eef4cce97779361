"""What was found as hits: with their nodes, their places in the text, and the texts along their routes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from memos_graph.engines.held import holders
from memos_graph.engines.recall import Route as RankedRoute
from memos_graph.model.graph import Node, Source
from memos_graph.model.scope import Scope, everything
from memos_graph.services.choosing import Chosen
from memos_graph.services.context import Context
from memos_graph.services.hits import Hit, Route, Step

_PIECES = frozenset({"Passage", "Table", "Section", "Image"})


def tell(context: Context, scope: Scope, chosen: Sequence[Chosen]) -> tuple[Hit, ...]:
    """A Hit for each of `chosen`, in their order; none for what another thread retired since it was ranked."""
    nodes: dict[tuple[str, str], Node] = {}
    for cube in scope.cubes:
        of_cube = [c.ranked for c in chosen if c.survey.cube == cube]
        ids = dict.fromkeys(i for ranked in of_cube for i in (ranked.id, *_along(ranked.routes)))
        nodes |= {(n.cube, n.id): n for n in context.store.get(scope.of(cube), list(ids))} if ids else {}
    found = [(c, nodes[c.key]) for c in chosen if c.key in nodes]
    places = _places(context, [node for _, node in found])
    return tuple(
        Hit(
            node=_placed(node, places), score=c.ranked.score, rank=rank, arms=c.ranked.arms, relativity=c.relativity,
            reranked=c.reranked, routes=tuple(_route(node.cube, route, nodes) for route in c.ranked.routes),
        )
        for rank, (c, node) in enumerate(found, 1)
    )  # fmt: skip


def _along(routes: Iterable[RankedRoute]) -> Iterable[str]:
    return (end for route in routes for step in route.steps for end in (step.start, step.end))


def _route(cube: str, route: RankedRoute, nodes: Mapping[tuple[str, str], Node]) -> Route:
    steps = tuple(
        Step(
            from_id=step.start, from_text=_name(nodes.get((cube, step.start))), kind=step.kind, along=step.along,
            to_id=step.end, to_text=_name(nodes.get((cube, step.end))),
        )
        for step in route.steps
    )  # fmt: skip
    return Route(arm=route.arm, gain=route.gain, steps=steps)


def _name(node: Node | None) -> str:
    return "" if node is None else node.text or node.key


def _places(context: Context, nodes: Sequence[Node]) -> dict[tuple[str, str], tuple[int, int]]:
    """(cube, node id) -> character span, read from the layouts of the documents that the nodes come from."""
    from memos_graph.services.remember.documents import document_id

    wanted: dict[str, set[str]] = {}
    for node in nodes:
        if node.sources and node.sources[0].message is None and node.sources[0].page is None:
            wanted.setdefault(node.cube, set()).add(document_id(node.sources[0].uri))
    spans: dict[tuple[str, str], tuple[int, int]] = {}
    for cube, documents in wanted.items():
        spans |= _spans(context, cube, sorted(documents))
        homeless = [n.id for n in nodes if n.cube == cube and n.kind in _PIECES and (cube, n.id) not in spans]
        if moved := _roots(context, cube, homeless) - documents:
            spans |= _spans(context, cube, sorted(moved))
    return spans


def _spans(context: Context, cube: str, documents: Sequence[str]) -> dict[tuple[str, str], tuple[int, int]]:
    """What the layouts of `documents` say."""
    spans: dict[tuple[str, str], tuple[int, int]] = {}
    for document in context.store.get(replace(everything(cube), retired=False), documents):
        layout = document.info.get("layout")
        for row in layout if isinstance(layout, Sequence) and not isinstance(layout, str) else ():
            if isinstance(row, Sequence) and len(row) == 3 and isinstance(row[1], int) and isinstance(row[2], int):
                spans[cube, str(row[0])] = (row[1], row[2])
    return spans


def _roots(context: Context, cube: str, ids: Sequence[str]) -> set[str]:
    """Where the PARENT edges of `ids` end: a moved file's document has an id that does not follow from its name."""
    scope = replace(everything(cube), retired=False)
    seen, layer, roots = set(ids), list(ids), set[str]()
    while layer:
        above = context.store.edges(scope, touching=layer, kinds=["PARENT"], direction="out")
        roots |= set(layer) - {edge.from_id for edge in above}
        layer = [i for i in dict.fromkeys(edge.to_id for edge in above) if i not in seen]
        seen.update(layer)
    return roots


def _placed(node: Node, places: Mapping[tuple[str, str], tuple[int, int]]) -> Node:
    span = places.get((node.cube, node.id))
    if span is None or len(holders(node)) > 1:  # whose characters these are is not said
        return node
    first: Source = replace(node.sources[0], start=span[0], end=span[1])
    return replace(node, sources=(first, *node.sources[1:]))
