"""Open a store behind MemOS's interface, by the names of its configuration."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import quote, unquote

from memos_graph.adapters.graph_db import GraphDB
from memos_graph.app import now, open
from memos_graph.model.errors import Invalid
from memos_graph.model.graph import check_cube_id
from memos_graph.ports import Clock, Embedder
from memos_graph.settings import Settings, load_settings


def open_graph_db(uri: str, *, user_name: str | None = None, db_name: str = "", use_multi_db: bool = False,
                  auto_create: bool = False, embedding_model: str | None = None, embedding_dimension: int | None = None,
                  embedder: str | Embedder | None = None, clock: Clock = now,
                  settings: Settings | None = None) -> GraphDB:  # fmt: skip
    """The GraphDB at `uri`, a path or a server's URL; close it at the end.

    Shared (use_multi_db=False): one store, `user_name` tells tenants apart; on a server `db_name` is its database.
    Multi: `db_name` is a store of its own, a folder below the path `uri`, or a database of the server; with auto_create
    a Neo4j Enterprise server makes it when it is not there (`NotSupported`: Community).
    embedding_model, embedding_dimension: of the vectors that callers hand in; by default the embedder's own.
    """
    settings = settings or load_settings()
    if use_multi_db:
        check_cube_id(db_name)  # it names a folder or a database
    elif not user_name:
        raise Invalid("user_name", user_name, "a shared store needs one: whose memories are these?")
    if embedding_dimension is not None and embedding_dimension < 1:
        raise Invalid("embedding_dimension", embedding_dimension, "use the length of the vectors you hand in")
    if "://" in uri and db_name:
        uri = _with_database(uri, db_name)
        settings = replace(settings, store_multi_db=False)  # the database is named: this one, and no other beside it
        if use_multi_db and auto_create:
            _create(uri, settings)
    elif use_multi_db and uri != "memory:":
        uri = f"{uri.rstrip('/')}/{db_name}"
    graph = open(uri, embedder=embedder, clock=clock, settings=settings)
    return GraphDB(
        graph.context, user_name=user_name, multi=use_multi_db, model=embedding_model, dimension=embedding_dimension
    )


def _with_database(uri: str, db_name: str) -> str:
    """The server's URL with the database in it. `Invalid` when it names another."""
    named = unquote(uri.partition("://")[2].partition("/")[2].strip("/"))
    if named not in ("", db_name):
        raise Invalid("db_name", db_name, f"uri names another database, {named!r}: name one")
    return uri if named else f"{uri.rstrip('/')}/{quote(db_name, safe='')}"


def _create(uri: str, settings: Settings) -> None:
    """The database in `uri` is there; only a Neo4j server's is made here, others make theirs when they are opened."""
    if not uri.startswith(("neo4j", "bolt")):
        return
    try:
        from memos_graph.backends.neo4j import address, ensure_database
    except ModuleNotFoundError:  # opening it says which extra to install
        return
    ensure_database(
        address(
            uri, user=settings.store_user, password=settings.store_password, connect_s=settings.store_connect_s,
            query_s=settings.store_query_s, retry_s=settings.store_retry_s, certificates=settings.store_certificates,
        )
    )  # fmt: skip
