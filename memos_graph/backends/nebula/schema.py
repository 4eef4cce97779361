"""Make what a store needs in a space: tags, indexes, edge types. Idempotent; waits, within a bound, until all know.

metad takes a new tag, kind or index at once, but graphd and storaged hear of it with a later heartbeat. A statement
that comes too early for a tag or kind fails, and is tried again (`Unheard`). One that comes too early for an index
does not fail: what it writes is not in the index. So a store is opened for use only when two heartbeats have passed
since an index was made, and the index has been built again after that.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable

from memos_graph.backends.nebula import keys
from memos_graph.backends.nebula.database import Database
from memos_graph.backends.nebula.literals import integer, name
from memos_graph.backends.nebula.rows import COLUMNS, PAGED, Row, Vertex
from memos_graph.backends.nebula.sessions import Patience
from memos_graph.model.errors import Invalid, StoreTooNew, Unavailable
from memos_graph.model.kinds import EDGE_KINDS, edge_kind

_log = logging.getLogger(__name__)
FORMAT = 1
_VID_TYPE = f"FIXED_STRING({keys.LENGTH})"


def make_space(database: Database, space: str, *, parts: int, replicas: int) -> None:
    """The space, made if there is none; `database` speaks to the cluster, in no space.

    `Invalid`: it has another type of vertex ids, so it is not one of ours.
    """
    database.run("schema/make_space", space=name(space), parts=integer(parts), replicas=integer(replicas))
    (row,) = database.run("schema/describe_space", space=name(space))
    if str(row["Vid Type"]).upper() != _VID_TYPE:
        advice = f"its vertex ids are {row['Vid Type']}, a store's {_VID_TYPE}: name a space of its own"
        raise Invalid("space", space, advice)


def make_schema(database: Database, patience: Patience, where: str) -> None:
    """Tags, indexes and the engine's own kinds, made where they are missing. `StoreTooNew`."""
    tags = {row["Name"] for row in database.run("schema/tags")}
    for tag in COLUMNS:
        if tag not in tags:
            database.run(f"schema/{tag.lower()}")
    indexes = {row["Index Name"] for row in database.run("schema/indexes")}
    missing = {_index(tag): tag for tag in PAGED if _index(tag) not in indexes}
    for index, tag in missing.items():
        database.run("schema/make_index", index=name(index), tag=name(tag))
    make_kinds(database, EDGE_KINDS)
    found = database.get("Store", [keys.store_vid()])
    if missing or not found:  # without its record a first opening was cut short
        _log.info("%s: waiting two heartbeats for %d new indexes", where, len(missing))
        time.sleep(2 * patience.heartbeat)
        for tag in PAGED:
            _rebuild(database, _index(tag), patience)
    for row in found.values():
        if row["format"] > FORMAT:
            raise StoreTooNew(where, row["format"], FORMAT)
    if not found:
        vid = keys.store_vid()
        record: Row = {"shelf": keys.shelf("store"), "place": vid, "cube_id": None, "format": FORMAT}
        database.put([Vertex(tag="Store", vid=vid, row=record)])


def known_kinds(database: Database) -> frozenset[str]:
    """The edge types of the space."""
    return frozenset(row["Name"] for row in database.run("schema/edge_types"))


def make_kinds(database: Database, kinds: Iterable[str]) -> frozenset[str]:
    """Edge types for `kinds`, made where they are missing and known to graphd; all there are. `Invalid`."""
    known = known_kinds(database)
    fresh = [edge_kind(kind) for kind in kinds if kind not in known]
    for kind in fresh:
        database.run("schema/make_kind", kind=name(kind))
    for kind in fresh:  # fails, and is tried again, until graphd and the storage servers it asks have heard of it
        database.run("get_edges", kind=name(kind))
    return known | set(fresh)


def _index(tag: str) -> str:
    return f"{tag.lower()}_shelf"


def _rebuild(database: Database, index: str, patience: Patience) -> None:
    (row,) = database.run("schema/rebuild_index", index=name(index))
    job = int(row["New Job Id"])

    def done() -> bool:
        status = str(database.run("schema/job", job=integer(job))[0]["Status"]).upper()
        if status in ("FAILED", "STOPPED", "INVALID"):
            raise Unavailable(f"index {index}: its job {job} ended as {status}; see SHOW JOB {job}, then open again")
        return status == "FINISHED"

    _wait(done, patience.schema, f"index {index} is still being built (job {job}); open again later")


def _wait(done: Callable[[], bool], seconds: float, why: str) -> None:
    until = time.monotonic() + seconds
    pause = 0.05
    while not done():
        if time.monotonic() > until:
            raise Unavailable(why)
        time.sleep(pause)
        pause = min(2 * pause, 2.0)
