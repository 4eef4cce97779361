"""The derived index beside an embedded graph: exact vectors, BM25, filter columns and adjacency, one folder per cube.

The graph is truth. A store owns the graph, gives the `Sidecar` a `Feed` to read it by, tells it what each commit
wrote, and lets it answer `near`, `text`, `survey` and `lexicon`:

    sidecar = Sidecar(store_path / "index", feed)
    sidecar.apply("handbook", Written(seq=change.seq, put=nodes, edges=edges))   # after the graph's commit
    sidecar.near(scope, space, vector, 10)

Before it answers, an index catches up with `feed.seq(cube)`: from `feed.written` where the gap is small, from
`feed.nodes` and `feed.edges` where its files are missing, damaged or of another cube. So its folder may be deleted by
hand, and a failed `apply` (`IndexLate`) only makes the next read slower. It declines to know where the graph is kept.
"""

from __future__ import annotations

from memos_graph.backends.sidecar.feed import Feed, IndexLate, Written
from memos_graph.backends.sidecar.sidecar import Sidecar

__all__ = ["Feed", "IndexLate", "Sidecar", "Written"]
