"""A whole cube as JSON values, one a line: the export that docs/formats.md describes. Reads a page at a time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from memos_graph.model.codec import canonical, change_to_json, cube_to_json, edge_to_json, node_to_json
from memos_graph.model.errors import MemosGraphError
from memos_graph.services.context import Context
from memos_graph.services.embed import find_cube
from memos_graph.services.prefix.kept import is_public, public_change
from memos_graph.services.rows import change_pages, edge_pages, last_seq, node_pages

FORMAT = "memos-graph-export"
VERSION = 2


def export_lines(
    context: Context, cube: str, *, vectors: bool = True, history: bool = True
) -> Iterator[dict[str, Any]]:
    """The whole cube as JSON values: a header, the cube, every node (retired and superseded too), every edge, every
    Change, and an end that counts them.

    What the cube keeps of its prefix stays here: whoever takes it in builds one of his own.

    JSON Lines when written a line each (`line_of`); `import_lines` reads it back. The same cube gives the same lines.
    `MemosGraphError` in the end when the cube was written to meanwhile.
    """
    record, store = find_cube(context.store, cube), context.store
    before = last_seq(store, cube)
    counts = {"nodes": 0, "edges": 0, "changes": 0}
    yield {"format": FORMAT, "version": VERSION, "vectors": vectors, "history": history}
    yield {"cube": cube_to_json(record)}
    for nodes in node_pages(store, cube, vectors=vectors):
        public = [node for node in nodes.rows if is_public(node)]
        counts["nodes"] += len(public)
        for node in public:
            yield {"node": node_to_json(node, vectors=vectors)}
    for edges in edge_pages(store, cube):
        counts["edges"] += len(edges.rows)
        for edge in edges.rows:
            yield {"edge": edge_to_json(edge)}
    for changes in change_pages(store, cube) if history else ():
        counts["changes"] += len(changes.rows)
        for change in changes.rows:
            yield {"change": change_to_json(public_change(change))}
    if last_seq(store, cube) != before:
        raise MemosGraphError(f"cube {cube!r} was written to while it was exported: export it again")
    yield {"end": counts}


def line_of(row: dict[str, Any]) -> str:
    """`row` of an export as its line: always the same text for the same row."""
    return json.dumps(row) if "format" in row else canonical(row)
