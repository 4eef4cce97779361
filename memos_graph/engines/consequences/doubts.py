"""Why a memory is doubted, or was ended with what it rested on: the record in its `info`, read and written.

The record names ids alone, so that nothing of an erased text lives on in it. `info` may hold anything under these
names: what is none of ours is read as no record.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeGuard, get_args

from memos_graph.model.graph import Json, Node

DOUBT = "doubt"  #: in `info`: what it rests on fell, nobody has looked at it since
ENDED = "ended_because"  #: in `info`: it was ended with what it rested on
REMADE = "remade_because"  #: in `info`: its text was made again when parts of it fell or came back
Why = Literal["retired", "erased", "expired", "ended", "changed"]
_WHYS: tuple[Why, ...] = get_args(Why)
_LONGEST = 1000  #: ids of a path, and reasons of a memory, that are read back


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One premise that no longer bears: how it hangs together with what fell."""

    path: tuple[str, ...]  #: ids from that premise to what fell; the same when the premise itself fell
    why: Why  #: what became of the last of them; changed also: it was made again without what fell
    since: str  #: ISO 8601, UTC
    version: int = 0  #: of the premise, when it fell itself: the one rested on; 0: it rests on others that fell
    retire: bool = False  #: the policy was to end what rests on it
    group: str = ""  #: of alternatives that the premise is one of

    @property
    def premise(self) -> str:
        """What the memory rests on directly."""
        return self.path[0]

    @property
    def rank(self) -> tuple[int, tuple[str, ...]]:
        """Sorts the shortest path first."""
        return len(self.path), self.path


def in_order(reasons: Iterable[Reason]) -> tuple[Reason, ...]:
    """`reasons`, the shortest path first."""
    return tuple(sorted(reasons, key=lambda reason: reason.rank))


def reasons_of(node: Node) -> tuple[Reason, ...]:
    """Why `node` is doubted or was ended with a premise; () when it is neither."""
    return _read(node.info.get(DOUBT)) or _read(node.info.get(ENDED))


def doubt_of(info: Mapping[str, Json]) -> tuple[Reason, ...]:
    """Why a memory with this `info` is doubted; () when it is not."""
    return _read(info.get(DOUBT))


def ended_of(info: Mapping[str, Json]) -> tuple[Reason, ...]:
    """Why a memory with this `info` was ended with a premise; () when it was not."""
    return _read(info.get(ENDED))


def with_record(info: Mapping[str, Json], name: str, reasons: Sequence[Reason]) -> dict[str, Json]:
    """`info` with `reasons` under `name` (DOUBT or ENDED); without either record when there are none."""
    kept = {field: value for field, value in info.items() if field not in _own(info)}
    if not reasons:
        return kept
    first, *others = map(_to_json, in_order(reasons))
    return kept | {name: first | ({"also": list(others)} if others else {})}


def _own(info: Mapping[str, Json]) -> set[str]:
    return {name for name in (DOUBT, ENDED) if _read(info.get(name))}


def _to_json(reason: Reason) -> dict[str, Json]:
    told: dict[str, Json] = {"since": reason.since, "because": list(reason.path), "why": reason.why}
    if reason.version:
        told["version"] = reason.version
    if reason.retire:
        told["on_fall"] = "retire"
    if reason.group:
        told["any_of"] = reason.group
    return told


def _read(value: Any) -> tuple[Reason, ...]:
    if not isinstance(value, Mapping):
        return ()
    also = value.get("also", ())
    rows = [value, *(also if isinstance(also, Sequence) and not isinstance(also, str) else ())]
    found = [_reason(row) for row in rows[:_LONGEST]]
    if found[0] is None:
        return ()
    return in_order({each.premise: each for each in found if each is not None}.values())


def _reason(row: Any) -> Reason | None:
    if not isinstance(row, Mapping):
        return None
    path, since, version, group = (row.get(name) for name in ("because", "since", "version", "any_of"))
    why = next((known for known in _WHYS if known == row.get("why")), None)
    if why is None or not isinstance(since, str) or not _is_path(path):
        return None
    whole = isinstance(version, int) and not isinstance(version, bool) and version > 0
    return Reason(
        path=tuple(path), why=why, since=since, version=version if whole and isinstance(version, int) else 0,
        retire=row.get("on_fall") == "retire", group=group if isinstance(group, str) else "",
    )  # fmt: skip


def _is_path(value: Any) -> TypeGuard[Sequence[str]]:
    return (
        isinstance(value, list | tuple) and 0 < len(value) <= _LONGEST and all(isinstance(i, str) and i for i in value)
    )


def as_before(reasons: Iterable[Reason], before: Iterable[Reason]) -> tuple[Reason, ...]:
    """`reasons` in order; those that were there already keep the time since when."""
    known = {replace(reason, since=""): reason for reason in before}
    return in_order(known.get(replace(reason, since=""), reason) for reason in reasons)
