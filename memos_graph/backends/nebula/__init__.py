"""A store in NebulaGraph 3: a graph on more than one machine, with its index (vectors, words) beside this process.

    store = open_store("nebula://root@graph1:9669,graph2:9669/memos", password="...", folder=Path("index"))

Layout, from the outside in: `store` joins the graph with its sidecar; `graph` has cubes and writes, by way of
`journal`; `reading` and `walking` read; `database` fills the query files in `cypher/nebula` with what `literals`
encodes; `sessions` is the only module that touches the driver.
"""

from __future__ import annotations

from memos_graph.backends.nebula.store import NebulaStore, open_store

__all__ = ["NebulaStore", "open_store"]
