"""The default store: ArcadeDB in this process, a folder on disk, no server.

    store = open_store(Path("kb.graph"))

Layout, from the outside in: `store` joins the graph with its sidecar; `graph` has cubes and writes; `reading`,
`writing` and `walking` run the query files; `engine` is the only module that touches Java.
"""

from __future__ import annotations

from memos_graph.backends.arcade.store import ArcadeStore, open_store

__all__ = ["ArcadeStore", "open_store"]
