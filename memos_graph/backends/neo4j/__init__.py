"""A graph on a Neo4j server, 5.26 or later: shared by any number of processes, with the server's own indexes.

    store = open_store(address("neo4j://localhost", password=...))

Layout, from the outside in: `store` has the verbs; `graph` has cubes and writes; `search`, `survey` and `lexicon` ask
the indexes that `schema` makes; `engine` is the only module that opens the driver. With a database for each cube
(`store_at` of an address that says multi_db) `apart` puts such stores side by side, `databases` makes and drops them.
"""

from __future__ import annotations

from memos_graph.backends.neo4j.apart import Neo4jApart, ensure_database, open_apart
from memos_graph.backends.neo4j.store import Neo4jStore, open_store
from memos_graph.backends.neo4j.url import Address, address

__all__ = ["Address", "Neo4jApart", "Neo4jStore", "address", "ensure_database", "open_store", "store_at"]


def store_at(address: Address) -> Neo4jStore | Neo4jApart:
    """The store that `address` says: one database for all cubes, or with multi_db one for each (Enterprise)."""
    return open_apart(address) if address.multi_db else Neo4jStore(address)
