"""Run a person's own Cypher: reads in a session that the server lets only read, writes among all other writers.

A free write goes past `apply` and makes no Change. What the store rests on is looked at in the same transaction: a
statement that breaks it is refused and undone.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from memos_graph.backends.neo4j.checking import misshapen
from memos_graph.backends.neo4j.engine import Engine, Transaction
from memos_graph.backends.neo4j.graph import Graph, Record
from memos_graph.backends.neo4j.meaning import BadQuery, Taken
from memos_graph.backends.neo4j.mending import mend_words
from memos_graph.backends.neo4j.tables import table
from memos_graph.backends.opencypher.runner import text_for
from memos_graph.backends.opencypher.statements import ALLOWED_CALLS, check_statement
from memos_graph.model.errors import Invalid, Refused
from memos_graph.ports import Table

#: Procedures of Neo4j that only read, beside those that every store has.
CALLS = ALLOWED_CALLS | {
    "db.index.fulltext.querynodes",
    "db.index.fulltext.queryrelationships",
    "db.index.fulltext.listavailableanalyzers",
    "db.index.vector.querynodes",
    "db.index.vector.queryrelationships",
    "db.info",
    "db.ping",
    "db.schema.nodetypeproperties",
    "db.schema.reltypeproperties",
    "db.stats.retrieve",
    "dbms.components",
}


def read_freely(engine: Engine, text: str, parameters: Mapping[str, Any]) -> Table:
    """The rows of `text`. `Refused`: it writes, or calls what is not listed. `Invalid`: the database can't run it."""
    check_statement(text, write=False, calls=CALLS)
    try:
        columns, records = engine.reading(lambda run: run.records(text, parameters))
    except BadQuery as error:
        raise Invalid("cypher", text, str(error)) from error
    return table(columns, records)


def write_freely(engine: Engine, graph: Graph, text: str, parameters: Mapping[str, Any]) -> Table:
    """The rows of `text`, which may write. `Refused`: it would leave a cube that can't be used; nothing was kept."""
    check_statement(text, write=True, calls=CALLS)

    def work(run: Transaction) -> Table:
        before = graph.lock_all(run)
        columns, records = run.records(text, parameters)
        _unbroken(run, graph, before)
        for record in before:  # no Change tells of it: whatever is kept of a cube goes by its lineage
            renewed = {"id": record.cube.id, "set": {"lineage": secrets.token_hex(8)}}
            run.write(text_for(run, "cubes/patch"), renewed)
        return table(columns, records)

    try:
        done = engine.transaction(work)
    except (BadQuery, Taken) as error:
        raise Invalid("cypher", text, str(error)) from error
    for cube in engine.reading(graph.cubes):
        mend_words(engine, cube.id)
    return done


def _unbroken(run: Transaction, graph: Graph, before: tuple[Record, ...]) -> None:
    """Nothing, when every cube's record is as it was and everything stored names its own cube."""
    if graph.lock_all(run) != before:
        raise Refused("this would change the record of a cube: use the cube commands for that; nothing was written")
    for row in run.read(text_for(run, "check/broken")):
        if row["found"]:
            raise Refused(f"this would leave {row['found']} {row['what']}; nothing was written")
    for record in before:
        for space in record.cube.spaces:
            if misshapen(run, record.cube.id, space):
                told = f"vectors in space {space.name!r} that are not {space.dimension} numbers long"
                raise Refused(f"this would leave cube {record.cube.id!r} with {told}; nothing was written")
