"""A process of its own that carries a cube to another store and back, and compares the exports. Started by `stores`."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from typing import Any

from benchmarks.watching import timed
from memos_graph.app import now, open_store
from memos_graph.model.delta import Delta, PutEdge, PutNode
from memos_graph.model.graph import Cube
from memos_graph.model.scope import everything
from memos_graph.ports import GraphStore
from memos_graph.providers.embedders.minilm import MiniLM
from memos_graph.services.context import Context
from memos_graph.services.copy import copy_cubes
from memos_graph.services.exporting import export_lines, line_of
from memos_graph.settings import load_settings

_BARE = "bare-load"  #: the cube that a target is loaded with by `apply`, for comparison
_PAGE = 2000


def main(arguments: Sequence[str]) -> int:
    """`FROM OVER BACK CUBE`: one JSON line on the standard output it was given."""
    first, over, back, cube = arguments
    said = os.dup(1)
    os.dup2(2, 1)
    settings = load_settings()
    legs = []
    with closing(open_store(over, settings)) as target:
        with closing(open_store(first, settings)) as source:
            before, size = _digest(source, cube)
            target.drop_cube(cube)  # `stores_child` has filled it
            legs.append(_leg(source, target, cube, "arcade", "neo4j"))
        with closing(open_store(back, settings)) as home:
            legs.append(_leg(target, home, cube, "neo4j", "arcade"))
            after, _ = _digest(home, cube)
    found: dict[str, Any] = {"legs": legs, "identical": before == after, "bytes": size}
    os.write(said, (json.dumps(found) + "\n").encode())
    return 0


def _leg(source: GraphStore, target: GraphStore, cube: str, name: str, to: str) -> dict[str, Any]:
    """One way: what it took, beside the same rows written by `apply` right before."""
    bare = _bare(source, target, cube)
    with timed() as took:
        (copied,) = copy_cubes(source, target, [cube])
    rows = copied.target.nodes.rows + copied.target.edges.rows + copied.target.changes.rows
    return {"from": name, "to": to, "rows": rows, "seconds": took.seconds, "rate": rows / took.seconds, "bare": bare,
            "same": copied.same}  # fmt: skip


def _bare(source: GraphStore, target: GraphStore, cube: str) -> float:
    """Rows a second of the same nodes and edges written by `apply`, and removed again."""
    scope = everything(cube)
    record = next(known for known in source.cubes() if known.id == cube)
    target.create_cube(Cube(id=_BARE, spaces=record.spaces, text_space=record.text_space, created_at=now()))
    rows, seconds, cursor = 0, 0.0, None
    operations: list[PutNode | PutEdge] = []

    def write() -> float:
        delta = Delta(id=f"bare-{rows}", cube=_BARE, at=now(), operations=tuple(operations))
        with timed() as took:
            target.apply(delta)
        operations.clear()
        return took.seconds

    while True:
        page = source.scan(scope, cursor=cursor, limit=_PAGE, vectors=True)
        operations += [PutNode(node=replace(node, cube=_BARE)) for node in page.nodes]
        rows += len(page.nodes)
        seconds += write()
        if (cursor := page.cursor) is None:
            break
    while True:
        linked = source.scan_edges(scope, cursor=cursor, limit=_PAGE)
        operations += [PutEdge(edge=replace(edge, cube=_BARE)) for edge in linked.edges]
        rows += len(linked.edges)
        seconds += write()
        if (cursor := linked.cursor) is None:
            break
    target.drop_cube(_BARE)
    return rows / seconds


def _digest(store: GraphStore, cube: str) -> tuple[str, int]:
    """The hash and length of the cube's export, vectors and history included."""
    digest, size = hashlib.sha256(), 0
    for line in export_lines(Context(store=store, embedder=MiniLM(), clock=now), cube):
        text = (line_of(line) + "\n").encode()
        digest.update(text)
        size += len(text)
    return digest.hexdigest(), size


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
