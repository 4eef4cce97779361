"""A graph on a Neo4j Enterprise server with a database for each cube, all over one driver's connections."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

from memos_graph.backends.apart import Apart
from memos_graph.backends.neo4j.databases import SYSTEM, Databases, has_database, make_database, refuse_community
from memos_graph.backends.neo4j.engine import Engine
from memos_graph.backends.neo4j.store import Neo4jStore
from memos_graph.backends.neo4j.url import Address
from memos_graph.model.errors import Refused, require
from memos_graph.ports import CypherStore, Table

_NAMED = 5  # databases that a message lists
_NAME = "[A-Za-z][A-Za-z0-9.-]{1,61}[A-Za-z0-9]"


class Neo4jApart(Apart):
    """A GraphStore and CypherStore on a Neo4j server that keeps every cube in a database of its own."""

    def __init__(self, databases: Databases, url: str) -> None:
        """url: the server's, for people."""
        super().__init__(databases)
        self._databases, self._url = databases, url

    def __repr__(self) -> str:
        return f"Neo4jApart({self._url})"

    def cypher(self, text: str, parameters: Mapping[str, Any] | None = None, *, write: bool = False) -> Table:
        """Run one statement in the only cube's database. `Refused`: there is none, or several and it names no cube."""
        cubes = self.cubes()
        if len(cubes) != 1:
            named = ", ".join(f"{cube.id} in {self._databases.name(cube.id)}" for cube in cubes[:_NAMED])
            more = f" and {len(cubes) - _NAMED} more" if len(cubes) > _NAMED else ""
            raise Refused(
                f"a statement runs in one database, and each cube has its own ({named or 'none yet'}{more}):"
                " open the one you mean, as neo4j://HOST/DATABASE with store_multi_db off"
            )
        return self._ask(cubes[0].id, lambda member: cast(CypherStore, member).cypher(text, parameters, write=write))


def open_apart(address: Address) -> Neo4jApart:
    """The store on the server that `address` names. `NotSupported`: Community; nothing was written. Else as Neo4jStore.

    address.database: how the names of the databases begin; "": memos.
    """
    server = Engine(replace(address, database=SYSTEM, multi_db=False))

    def open_member(name: str) -> Neo4jStore:
        engine = server.within(name)
        return Neo4jStore(engine.address, engine=engine)

    try:
        refuse_community(server, address.url)
        return Neo4jApart(Databases(server, open_member, Neo4jStore.can, prefix=address.database), address.url)
    except BaseException:
        server.close()
        raise


def ensure_database(address: Address) -> None:
    """The database that `address` names is there, made if it was not. `NotSupported`: Community can't make one.

    `Invalid`: what can't be a database's name. `Refused`: the server will not, or this user may not.
    """
    advice = "give 3 to 63 ASCII letters, digits, dots or dashes, a letter first and no dot or dash last"
    require(re.fullmatch(_NAME, address.database) is not None, "store database", address.database, advice)
    system = Engine(replace(address, database=SYSTEM, multi_db=False))
    try:
        if not has_database(system, address.database):
            refuse_community(system, address.url)
            make_database(system, address.database)
    finally:
        system.close()
