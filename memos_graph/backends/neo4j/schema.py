"""Constraints and indexes of a Neo4j database: versioned migrations, and a vector index for every space.

What has been carried out is recorded in the database, on the one node `(:Schema)`. Knows no cube's contents.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Collection, Mapping
from functools import cache
from typing import Any, Protocol

from memos_graph.backends.neo4j.meaning import BadQuery, Taken
from memos_graph.backends.opencypher.rows import space_property
from memos_graph.backends.opencypher.runner import Row
from memos_graph.model.errors import Invalid, StoreDamaged, StoreTooNew, Unavailable
from memos_graph.model.graph import VectorSpace
from memos_graph.queries import folder, load, parse

DIALECT = "neo4j"
MOST_DIMENSIONS = 4096  #: that a native vector index takes; vectors of more are compared one by one
WAIT_S = 60.0  #: for indexes to come ONLINE
_PAUSE_S = 0.05
_TRIES = 4
_MADE = re.compile(r"\bCREATE\s+(?:\w+\s+)?(?:CONSTRAINT|INDEX)\s+(\w+)\s+IF NOT EXISTS\b")


class SchemaEngine(Protocol):
    """What this module needs of an engine."""

    def read(self, text: str, parameters: Mapping[str, Any] | None = None) -> list[Row]:
        """The rows of a text that only reads."""

    def schema(self, text: str, parameters: Mapping[str, Any] | None = None) -> list[Row]:
        """The rows of one statement in a transaction of its own."""


def migrate(engine: SchemaEngine, where: str = "the database", *, wait_s: float = WAIT_S) -> int:
    """Bring the schema to the version this code knows, every index ONLINE; that version. Again, and nothing changes.

    Migrations run in order, each recorded once all of its statements are through; one cut short is done again. What was
    removed by hand since is made anew. where: what errors call the database. `StoreTooNew`; `Unavailable` for an index
    that is still populating after `wait_s` seconds, or that failed; `Invalid`: what is stored breaks a constraint.
    """
    migrations = _migrations()
    rows = engine.read(_query("version"))
    found = int(rows[0]["version"] or 0) if rows else 0
    if found > len(migrations):
        raise StoreTooNew(where, found, len(migrations))
    wanted = [name for statements in migrations for text in statements for name in _MADE.findall(text)]
    there = {row["name"] for row in engine.read(_query("indexes"), {"names": wanted})}
    for version, statements in enumerate(migrations, start=1):
        if version > found or not there.issuperset(name for text in statements for name in _MADE.findall(text)):
            for text in statements:
                _make(engine, text, _MADE.findall(text), where)
            engine.schema(_query("note_version"), {"version": version})
    await_indexes(engine, wanted, where, wait_s=wait_s)
    return len(migrations)


def ensure_space(engine: SchemaEngine, space: VectorSpace, *, wait_s: float = WAIT_S) -> None:
    """A vector index for `space`, ONLINE when this returns; none for more than MOST_DIMENSIONS numbers.

    `Invalid`: a cube holds vectors of another length under this name (an index takes one length). An index that no cube
    uses any longer gives way. `Unavailable` as for `migrate`; all nodes are read once when the index is new.
    """
    if space.dimension > MOST_DIMENSIONS:
        return
    name = index_name(space.name)
    rows = engine.read(_query("indexes"), {"names": [name]})
    if rows and _dimension(rows[0]) != space.dimension:
        held = next((cube for cube, other in _spaces(engine) if _clashes(other, space)), None)
        if held is not None:
            advice = f"cube {held!r} holds vectors of {_dimension(rows[0])} numbers under this name; name it otherwise"
            raise Invalid("vector space", f"{space.name} of {space.dimension} numbers", advice)
        engine.schema(load("search/drop_space", dialect=DIALECT).fill(index=name))
        rows = []
    if not rows:
        text = load("search/make_space", dialect=DIALECT).fill(index=name, space=space_property(space.name))
        _make(
            engine, text, [name], f"vector space {space.name}", {"options": {"indexConfig": _config(space.dimension)}}
        )
    await_indexes(engine, [name], f"vector space {space.name}", wait_s=wait_s)


def await_indexes(engine: SchemaEngine, names: Collection[str], where: str, *, wait_s: float = WAIT_S) -> None:
    """Nothing, once the indexes `names` are ONLINE. `Unavailable`: one is not within `wait_s` seconds, or failed."""
    began = time.monotonic()
    while True:
        late = [row for row in engine.read(_query("indexes"), {"names": list(names)}) if row["state"] != "ONLINE"]
        for row in late:
            if row["state"] == "FAILED":
                advice = f"run DROP INDEX {row['name']} in Neo4j and open the store again: it is then built anew"
                raise Unavailable(f"{where}: index {row['name']} failed ({row['message']}); {advice}")
        if not late:
            return
        if time.monotonic() - began >= wait_s:
            shown = ", ".join(f"{row['name']} at {row['percent']:.0f} %" for row in late)
            raise Unavailable(
                f"{where}: indexes are still populating after {wait_s:g} s ({shown}); nothing is lost: try again later",
                retry_after=max(wait_s, 1.0),
            )
        time.sleep(_PAUSE_S)


def _make(engine: SchemaEngine, text: str, made: Collection[str], where: str,
          parameters: Mapping[str, Any] | None = None) -> None:  # fmt: skip
    """Run a statement that makes indexes `made`. `Invalid` when the server can't, and no one else has."""
    for attempt in range(_TRIES):
        try:
            engine.schema(text, parameters)
        except (BadQuery, Taken, StoreDamaged, Unavailable) as error:
            # two processes that make it at once: one of them is told that it exists already, or to try again
            if made and {row["name"] for row in engine.read(_query("indexes"), {"names": list(made)})} >= set(made):
                return
            if attempt + 1 < _TRIES:
                time.sleep(_PAUSE_S)
            elif isinstance(error, Unavailable):
                raise
            else:
                said = " ".join(str(error.__cause__ or error).split())
                advice = f"{where} can't be given these; correct what is named, then open the store again: {said}"
                raise Invalid("schema", ", ".join(made), advice) from error
        else:
            return


def index_name(space: str) -> str:
    """The name of the vector index of `space`."""
    return f"space_{space}"


def _config(dimension: int) -> dict[str, Any]:
    return {
        "vector.dimensions": dimension,
        "vector.similarity_function": "cosine",
        "vector.quantization.enabled": False,
        "vector.hnsw.m": 16,
        "vector.hnsw.ef_construction": 100,
    }


def _dimension(row: Row) -> int:
    return int(row["options"]["indexConfig"]["vector.dimensions"])


def _spaces(engine: SchemaEngine) -> list[tuple[str, VectorSpace]]:
    return [
        (row["cube"], VectorSpace(name=name, model=model, dimension=dimension))
        for row in engine.read(_query("spaces"))
        for name, model, dimension in json.loads(row["spaces"])
    ]


def _clashes(one: VectorSpace, other: VectorSpace) -> bool:
    return one.name == other.name and one.dimension != other.dimension


@cache
def _migrations() -> tuple[tuple[str, ...], ...]:
    """The statements of every migration, in order of their files' names."""
    files = sorted((folder() / "migrations").glob("*.cypher"))
    texts = [parse(f"migrations/{file.stem}", file.read_text(encoding="utf-8")).text for file in files]
    return tuple(tuple(part.strip() for part in text.split(";\n") if part.strip(" ;\n")) for text in texts)


def _query(name: str) -> str:
    return load(f"search/{name}", dialect=DIALECT).text
