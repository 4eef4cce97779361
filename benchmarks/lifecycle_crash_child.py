"""The processes of the crash in the middle of `organise`: one fills a cube, one organises it, one looks at it.

Run through `launching`; each prints one line of JSON.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from benchmarks.lifecycle_same import live
from benchmarks.world.generate import make
from memos_graph.app import CubeHandle, Graph, open_store
from memos_graph.model.graph import LIVE
from memos_graph.model.scope import everything
from memos_graph.ports import GraphStore
from memos_graph.providers.embedders.minilm import MiniLM
from memos_graph.services.context import Context
from memos_graph.settings import Settings

_CUBE = "world"
_SOURCE = "memory"  #: tag of what was there before


def main(arguments: Sequence[str]) -> int:
    """`fill STORE MEMORIES SEED`, `organise STORE`, `look STORE`."""
    said = os.dup(1)
    os.dup2(2, 1)  # whatever else writes to standard output must not be taken for the answer
    verb, path = arguments[0], arguments[1]
    store = open_store(path, Settings())
    try:
        cube = Graph(Context(store=store, embedder=MiniLM(), clock=_Clock(store))).cube(_CUBE)
        if verb == "fill":
            found: dict[str, Any] = _fill(cube, *map(int, arguments[2:]))
        elif verb == "organise":
            done = cube.organise()
            found = {"wrote": len(done.receipts), "merged": len(done.merged), "summaries": len(done.summaries)}
        else:
            found = _look(cube, store)
    finally:
        store.close()
    os.write(said, (json.dumps(found) + "\n").encode())
    return 0


def _fill(cube: CubeHandle, memories: int, seed: int) -> dict[str, Any]:
    """Facts of a world, each tenth also in other words."""
    facts = [one.fact for one in make(seed, people=max(8, memories // 14), questions=0).statements][:memories]
    texts = [*(f"{fact}." for fact in facts), *(f"{fact}, they say." for fact in facts[::10])]
    return {"added": len(cube.add(texts, tags=(_SOURCE,)).ids)}


def _look(cube: CubeHandle, store: GraphStore) -> dict[str, Any]:
    """What is wrong with the graph, which memories are lost, and all that is live."""
    scope = everything(_CUBE)
    nodes = {node.id: node for node in store.scan(scope, limit=1_000_000).nodes}
    parts = {edge.from_id: edge.to_id for edge in store.edges(scope, kinds=["MERGED_INTO"]) if not edge.retired_at}
    lost = []
    for node in nodes.values():
        if _SOURCE in node.tags and "@" not in node.id:
            end = node.id
            while end in parts:
                end = parts[end]
            if nodes[end].status not in LIVE or nodes[end].retired_at is not None:
                lost.append(node.id)
    wrong = [f"{finding.what}: {finding.detail}" for finding in store.check() if not finding.ok]
    return {"check": wrong, "lost": lost, "live": dict(live(cube, store))}


class _Clock:
    """Later than all that is stored, and a millisecond later at each look."""

    def __init__(self, store: GraphStore) -> None:
        known = [change.at for cube in store.cubes() for change in store.changes(cube.id, limit=1_000_000)]
        self._now = max(known, default=datetime(2025, 1, 1, tzinfo=UTC))

    def __call__(self) -> datetime:
        self._now += timedelta(milliseconds=1)
        return self._now


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
