"""A graph on a Neo4j server, 5.26 or later: shared by any number of processes, with the server's own indexes.

    store = open_store(address("neo4j://localhost", password=...))

Layout, from the outside in: `store` has the verbs; `graph` has cubes and writes; `search`, `survey` and `lexicon` ask
the indexes that `schema` makes; `engine` is the only module that opens the driver.
"""

from __future__ import annotations

from memos_graph.backends.neo4j.store import Neo4jStore, open_store
from memos_graph.backends.neo4j.url import Address, address

__all__ = ["Address", "Neo4jStore", "address", "open_store"]
