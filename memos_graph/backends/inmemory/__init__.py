"""The oracle: a store of plain dicts, obviously right, that the other stores are compared with."""

from memos_graph.backends.inmemory.store import InMemoryStore

__all__ = ["InMemoryStore"]
