"""What a cube holds now, in a form that can be compared: for steps that must bring back exactly what was.

Leaves out what must differ: versions and their numbers, times of knowing, ids of edges (a fact that is back has a new
one), and uses.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from memos_graph.app import CubeHandle
from memos_graph.model.graph import Edge, Node
from memos_graph.model.scope import Scope, everything
from memos_graph.ports import GraphStore


def live(cube: CubeHandle, store: GraphStore, queries: Sequence[str] = ()) -> Counter[str]:
    """A line for each live node, each live edge between such, and what `queries` find first, and find at all.

    Ranks below the first are left out: words are weighed by all that a cube ever held, so that a node more, retired or
    not, moves scores a little.
    """
    scope = replace(everything(cube.name), retired=False)
    nodes = {node.id: node for node in _nodes(store, scope) if not _is_version(node)}
    lines = Counter(_node(node) for node in nodes.values())
    lines.update(_edge(e) for e in _edges(store, scope) if e.from_id in nodes and e.to_id in nodes)
    for query in queries:
        hits = cube.search(query, top_k=1000)
        lines.update(f"{query!r} finds {'first ' if hit.rank == 1 else ''}{hit.id}" for hit in hits)
    return lines


def differences(one: Counter[str], other: Counter[str]) -> list[str]:
    """What only one of them has."""
    return [f"- {line}" for line in (one - other).elements()] + [f"+ {line}" for line in (other - one).elements()]


def _nodes(store: GraphStore, scope: Scope) -> Iterator[Node]:
    cursor: str | None = None
    while True:
        page = store.scan(scope, cursor=cursor)
        yield from page.nodes
        if (cursor := page.cursor) is None:
            return


def _edges(store: GraphStore, scope: Scope) -> Iterator[Edge]:
    cursor: str | None = None
    while True:
        page = store.scan_edges(scope, cursor=cursor)
        yield from page.edges
        if (cursor := page.cursor) is None:
            return


def _is_version(node: Node) -> bool:
    return "@" in node.id


def _node(node: Node) -> str:
    span = [time.isoformat() if time else None for time in (node.valid_from, node.valid_to)]
    sources = [source.uri for source in node.sources]
    return "node " + _text([node.id, node.kind, node.status, node.text, node.key, sorted(node.tags), node.confidence,
                            node.info, sources, span])  # fmt: skip


def _edge(edge: Edge) -> str:
    return "edge " + _text([edge.kind, edge.from_id, edge.to_id, edge.weight, edge.evidence, edge.info])


def _text(value: object) -> str:
    return json.dumps(value, sort_keys=True, default=_plain, ensure_ascii=False)


def _plain(value: Any) -> Any:
    return dict(value) if isinstance(value, Mapping) else list(value)
