"""Writing what a cube keeps of its prefix (`kept` says what that is): the manifest, the sums, the key of its salts."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime

from memos_graph.model.delta import Delta, EraseNode, Operation, Receipt
from memos_graph.model.errors import Conflict
from memos_graph.model.prefix import PrefixStats
from memos_graph.services.context import Context
from memos_graph.services.embed import find_cube
from memos_graph.services.prefix.kept import (
    IDS,
    KEY_ID,
    SEEN_ID,
    STATS_ID,
    PrefixState,
    put_info,
    put_manifest,
    read_state,
    stats_json,
)
from memos_graph.services.writing import apply_delta

_TRIES = 8  #: of small writes that several processes may make at once


def load(context: Context, cube: str) -> PrefixState | None:
    """What `cube` keeps of its prefix; None when it keeps nothing. `NotFound` for an unknown cube. One read."""
    find_cube(context.store, cube)
    state = read_state(context.store, cube)
    return state if state.manifest is not None or state.salt_key or state.stats != PrefixStats() else None


def save(context: Context, cube: str, state: PrefixState, *, reason: str) -> Receipt:
    """Write the manifest and the sums of `state`, one Delta. `Conflict` when either was written since it was read."""
    at = context.clock()
    operations: list[Operation] = []
    if state.manifest is not None:
        operations.append(put_manifest(state, cube, state.manifest, at))
    stored = state.nodes.get(STATS_ID)
    sums = stats_json(state.stats)
    if state.stats != PrefixStats() and (stored is None or stored.info.get("stats") != sums):
        operations.append(put_info(state, cube, STATS_ID, {"stats": sums}, at))
    return _write(context, cube, operations, at, reason)


def save_seen(context: Context, cube: str, state: PrefixState, seq: int) -> Receipt:
    """Note that Changes were looked at up to `seq`. `Conflict` when that was written since `state` was read."""
    at = context.clock()
    return _write(context, cube, [put_info(state, cube, SEEN_ID, {"seq": seq}, at)], at, "prefix: looked")


def add_stats(context: Context, cube: str, more: PrefixStats, *, reason: str = "prefix stats") -> PrefixStats:
    """The sums of `cube` with those of `more` added, once they are written; of two last misses that of `more`.

    One read and one write, which only other writers of sums can meet; tried again then.
    """

    def added(state: PrefixState, at: datetime) -> tuple[Operation, ...]:
        return (put_info(state, cube, STATS_ID, {"stats": stats_json(state.stats + more)}, at),)

    _retried(context, cube, added, reason)
    return read_state(context.store, cube).stats


def ensure_key(context: Context, cube: str) -> str:
    """The cube's own random key, 64 hex digits, made and written where there is none. One read, seldom a write."""
    find_cube(context.store, cube)
    known = read_state(context.store, cube).salt_key
    if known:
        return known

    def made(state: PrefixState, at: datetime) -> tuple[Operation, ...]:
        if state.salt_key:
            return ()
        key = hashlib.sha256(f"{context.new_id()} {context.new_id()}".encode()).hexdigest()
        return (put_info(state, cube, KEY_ID, {"key": key}, at),)

    _retried(context, cube, made, "prefix key")
    return read_state(context.store, cube).salt_key


def forget(context: Context, cube: str) -> bool:
    """Whether there was a prefix; nothing is left of it, of its sums, of its key, and of their history."""
    find_cube(context.store, cube)
    context.prefix_counts.take((cube,))
    there = sorted(IDS & read_state(context.store, cube).nodes.keys())
    _write(context, cube, [EraseNode(id=identity) for identity in there], context.clock(), "drop prefix")
    return bool(there)


def _retried(context: Context, cube: str, make: Callable[[PrefixState, datetime], Sequence[Operation]],
             reason: str) -> None:  # fmt: skip
    for attempt in range(_TRIES):
        state = read_state(context.store, cube)
        at = context.clock()
        operations = make(state, at)
        try:
            if not operations or _write(context, cube, operations, at, reason).wrote:
                return
        except Conflict:
            if attempt == _TRIES - 1:
                raise
        # nothing written: another was first with the very same, and ours is still to be added
    raise Conflict(cube, {}, {})


def _write(context: Context, cube: str, operations: Sequence[Operation], at: datetime, reason: str) -> Receipt:
    if not operations:
        return Receipt(delta="", cube=cube, seq=0, at=at)
    delta = Delta(
        id=context.new_id(), cube=cube, actor=context.actor, reason=reason, at=at, operations=tuple(operations)
    )
    return apply_delta(context, delta)[0]
