"""Search: read the query, lay out each cube, rank, choose, and tell how each hit was found.

The stages are in `stages`, `deepening`, `choosing` and `telling`; here they are put in order. One embedding and one
survey a cube are nearly all of its cost.
"""

from __future__ import annotations

from memos_graph.services.asking import MAX_TOP_K, RecallRequest
from memos_graph.services.choosing import choose, pool_size
from memos_graph.services.context import Context
from memos_graph.services.deepening import deepen
from memos_graph.services.hits import Hit
from memos_graph.services.stages import Found, LaidOut, Read, heard_in, lay_out, rank_all, read_query, returnable_in
from memos_graph.services.telling import tell

__all__ = [
    "MAX_TOP_K", "Found", "LaidOut", "Read", "RecallRequest", "heard_in", "lay_out", "rank_all", "read_query", "recall",
    "returnable_in",
]  # fmt: skip


def recall(context: Context, request: RecallRequest) -> tuple[Hit, ...]:
    """The `top_k` memories that answer best, best first, ties by (cube, id), each with the routes that led to it."""
    read = read_query(context, request)
    found = rank_all(context, request, lay_out(context, request, read), k=pool_size(request, read))
    if request.mode == "deep":
        found = deepen(context, request, read, found)
    return tell(context, read.scope, choose(context, request, read, found))
