"""Open a store behind MemOS's interface, by the names of its configuration."""

from __future__ import annotations

from dataclasses import replace

from memos_graph.adapters.graph_db import GraphDB
from memos_graph.app import now, open
from memos_graph.model.errors import Invalid
from memos_graph.model.graph import check_cube_id
from memos_graph.ports import Clock, Embedder
from memos_graph.settings import Settings, load_settings


def open_graph_db(uri: str, *, user_name: str | None = None, db_name: str = "", use_multi_db: bool = False,
                  embedding_model: str | None = None, embedding_dimension: int | None = None,
                  embedder: str | Embedder | None = None, clock: Clock = now,
                  settings: Settings | None = None) -> GraphDB:  # fmt: skip
    """The GraphDB at `uri`, a path or a server's URL; close it at the end.

    Shared (use_multi_db=False): one store, `user_name` tells tenants apart; on a server `db_name` is its database.
    Multi: `db_name` is a store of its own, a folder below the path `uri`, or a database of the server.
    embedding_model, embedding_dimension: of the vectors that callers hand in; by default the embedder's own.
    """
    settings = settings or load_settings()
    if use_multi_db:
        check_cube_id(db_name)  # it names a folder or a database
    elif not user_name:
        raise Invalid("user_name", user_name, "a shared store needs one: whose memories are these?")
    server = "://" in uri
    if server and db_name:
        settings = replace(settings, store_database=db_name)
    elif use_multi_db and uri != "memory:":
        uri = f"{uri.rstrip('/')}/{db_name}"
    if embedding_dimension is not None and embedding_dimension < 1:
        raise Invalid("embedding_dimension", embedding_dimension, "use the length of the vectors you hand in")
    graph = open(uri, embedder=embedder, clock=clock, settings=settings)
    return GraphDB(
        graph.context, user_name=user_name, multi=use_multi_db, model=embedding_model, dimension=embedding_dimension
    )
