"""What an error of the Neo4j driver or server means to a caller, in this package's words; and which servers will do.

Messages name the server and the user, never the password: it is not known here.
"""

from __future__ import annotations

import re

from neo4j.exceptions import (
    AuthError,
    ClientError,
    ConfigurationError,
    ConnectionAcquisitionTimeoutError,
    ConstraintError,
    DriverError,
    Forbidden,
    IncompleteCommit,
    Neo4jError,
    SessionExpired,
    TransientError,
    UnsupportedServerProduct,
)

from memos_graph.backends.neo4j.url import Address
from memos_graph.model.errors import DiskFull, Invalid, MemosGraphError, Refused, StoreDamaged, Unavailable

OLDEST = (5, 26)
_TIMED_OUT = ("TransactionTimedOut", "TransactionTimedOutClientConfiguration", "LockAcquisitionTimeout")
_FULL = ("No space left on device", "disk is full", "Disk quota exceeded")
_NEED = f"memos_graph needs Neo4j {OLDEST[0]}.{OLDEST[1]} or later"


class BadQuery(MemosGraphError):
    """The database can't run this text. Never leaves this package but as `Invalid` or `Refused`."""


class Taken(MemosGraphError):
    """A unique key is there already. Never leaves this package but as `AlreadyExists` or a second try."""


def meaning(error: Neo4jError | DriverError, where: Address) -> MemosGraphError:
    """`error` of the server `where`, as one of ours."""
    if isinstance(error, Neo4jError):
        return _of_server(error, where)
    if isinstance(error, UnsupportedServerProduct):
        return Invalid("store", where.url, f"what answers there speaks no Bolt that Neo4j 5 does; {_NEED}")
    if isinstance(error, ConfigurationError):
        return Invalid("store", where.url, f"the driver can't use these settings: {error}")
    if isinstance(error, ConnectionAcquisitionTimeoutError):
        return Unavailable(
            f"all {where.pool_size} connections to {where.url} were busy for {where.connect_s:g} s:"
            " raise store_pool_size, or ask for less at once"
        )
    if isinstance(error, IncompleteCommit):
        return Unavailable(
            f"{where.url} went away while it committed, so it is not known whether this was written: do it again,"
            " a Delta that was written is not written twice"
        )
    lost = "the connection was lost" if isinstance(error, SessionExpired) else "no answer"
    return Unavailable(
        f"{where.url}: {lost} ({_one_line(error)}); nothing was written; see that the server runs and can be reached,"
        " then try again"
    )


def _of_server(error: Neo4jError, where: Address) -> MemosGraphError:
    code, said = error.code or "", _first_line(error)
    if isinstance(error, AuthError):
        if "RateLimit" in code:
            return Unavailable(
                f"{where.url} refuses user {where.user!r} for a while, after too many wrong passwords", retry_after=5.0
            )
        return Unavailable(
            f"{where.url} does not accept user {where.user!r} with this password; set store_user and store_password"
            " (MEMOS_GRAPH_STORE_PASSWORD)"
        )
    if isinstance(error, Forbidden):
        if "writing in read access mode" in said.lower():
            return Refused("this statement writes: run it with --write if you mean it")
        return Refused(f"user {where.user!r} lacks a right on {where.url}: {said}")
    if any(sign in code for sign in _TIMED_OUT):
        return Unavailable(
            f"{where.url} did not finish within {where.query_s:g} s, nothing was written: raise store_query_s or narrow"
            " the query"
        )
    if any(sign in said for sign in _FULL):
        return DiskFull(f"the disk of {where.url} is full; nothing of this write was kept; free some room and retry")
    if "DatabaseNotFound" in code:
        return Invalid("store database", where.database, f"{where.url} has no such database: {said}")
    if isinstance(error, ConstraintError):
        return Taken(said)
    if "MemoryPoolOutOfMemory" in code or "OutOfMemory" in code:
        return Unavailable(f"{where.url} has no memory left for this: narrow it, or give the server more ({said})")
    if isinstance(error, TransientError) or "DatabaseUnavailable" in code:
        return Unavailable(f"{where.url} could not do it now: {said}; nothing was written; try again")
    if "too large to index" in said:
        return Invalid("id", said, "Neo4j indexes keys of up to 8,000 bytes: shorten it")
    if isinstance(error, ClientError):
        if "AccessMode" in code or "read access mode" in said:
            return Refused("this statement writes: run it with --write if you mean it")
        return BadQuery(said)
    return StoreDamaged(f"{where.url}: {code}: {said}")


def check_server(url: str, agent: str, components: list[tuple[str, str]]) -> None:
    """Nothing when this server will do. `Invalid`: it is of another kind, or too old.

    agent: what it calls itself on the wire, Neo4j/5.26.0 say. components: (name, version) of dbms.components().
    """
    # others answer as Neo4j of some version, with their own name beside it
    if not re.fullmatch(r"Neo4j/[\w.+-]+", agent):
        raise Invalid("store", url, f"this server calls itself {agent!r}; {_NEED}")
    kernel = next((version for name, version in components if name == "Neo4j Kernel"), None)
    if kernel is None:
        raise Invalid("store", url, f"{agent} names no Neo4j Kernel among its components; {_NEED}")
    if kernel != agent.partition("/")[2]:
        raise Invalid("store", url, f"it says {agent} and has a kernel of version {kernel}; {_NEED}")
    found = tuple(int(number) for number in re.findall(r"\d+", kernel)[:2])
    if found < OLDEST:
        raise Invalid("store", url, f"Neo4j {kernel} is too old: it lacks what searches need; {_NEED}")


def _first_line(error: Neo4jError) -> str:
    lines = (error.message or str(error)).strip().splitlines()
    return lines[0][:300] if lines else type(error).__name__


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())[:300] or type(error).__name__
