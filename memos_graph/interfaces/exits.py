"""How a command ends: the one table of exit codes, and which error means which code.

Knows the errors, nothing of commands. `--help` and docs/cli.md print the table; tests compare it with what happens.
"""

from __future__ import annotations

import errno
import json
from dataclasses import dataclass
from typing import Any

from memos_graph.model import errors

OK, PARTLY, USAGE, BAD_INPUT, NOT_FOUND, STORE, BUG, INTERRUPTED, CLOSED_PIPE = 0, 1, 2, 3, 4, 5, 70, 130, 141


@dataclass(frozen=True, slots=True)
class Exit:
    """One exit code and when a command ends with it."""

    code: int
    when: str


_PARTLY = (
    "done in part: some sources were not taken in, doctor or copy found a fault, a prefix missed, or the index is late"
)
EXITS: tuple[Exit, ...] = (
    Exit(OK, "done"),
    Exit(PARTLY, _PARTLY),
    Exit(USAGE, "the command line can't be understood"),
    Exit(BAD_INPUT, "bad input: a value can't be used, a name is taken, another embedder, a refused query"),
    Exit(NOT_FOUND, "no such store, cube, memory, file or query"),
    Exit(STORE, "the store or a service can't be used now: held by another process, damaged, too new, disk full"),
    Exit(BUG, "a fault in memos-graph itself; the traceback is on stderr"),
    Exit(INTERRUPTED, "interrupted (Ctrl-C); what was acknowledged before is kept"),
    Exit(CLOSED_PIPE, "the reader of stdout went away"),
)

_CODES: tuple[tuple[type[errors.MemosGraphError], int], ...] = (
    (errors.NotFound, NOT_FOUND),
    (errors.StoreLocked, STORE),
    (errors.StoreTooNew, STORE),
    (errors.StoreDamaged, STORE),
    (errors.DiskFull, STORE),
    (errors.Unavailable, STORE),
    (errors.IndexBehind, PARTLY),
    (errors.StillThere, PARTLY),
    (errors.MemosGraphError, BAD_INPUT),
)
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


def code_of(error: BaseException) -> int | None:
    """The exit code that `error` calls for; None for one that is nobody's mistake but ours."""
    for kind, code in _CODES:
        if isinstance(error, kind):
            return code
    if isinstance(error, OSError):
        if error.errno in _FULL:
            return STORE
        return NOT_FOUND if isinstance(error, FileNotFoundError) else BAD_INPUT
    return BAD_INPUT if _is_ingest_error(error) else None


def sentence(error: BaseException) -> str:
    """What `error` says, in one line."""
    if isinstance(error, OSError) and not isinstance(error, errors.MemosGraphError):
        place = f"{error.filename}: " if error.filename else ""
        return f"{place}{error.strerror or error}"
    return " ".join(str(error).split()) or type(error).__name__


def as_json(error: BaseException, code: int) -> dict[str, Any]:
    """`error` as the object that --json puts on stderr: its name, sentence and exit code, and its data."""
    data = {name: plain(value) for name, value in vars(error).items() if not name.startswith("_")}
    return {"error": type(error).__name__, "message": sentence(error), "exit": code} | (
        {"data": data} if data and isinstance(error, errors.MemosGraphError) else {}
    )


def plain(value: Any) -> Any:
    """`value` if JSON can hold it, else its words."""
    try:
        json.dumps(value)
    except (TypeError, ValueError):
        return str(value)
    return value


def table() -> str:
    """The exit codes as lines of text."""
    return "\n".join(f"{e.code:>3}  {e.when}" for e in EXITS)


def _is_ingest_error(error: BaseException) -> bool:
    # by name: this room does not import memos_ingest, and an error of its kind exists only once a service has
    return any(kind.__module__ == "memos_ingest.errors" for kind in type(error).__mro__)
