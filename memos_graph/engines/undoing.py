"""What must be written so that one Change is taken back, while what was known in between stays readable.

A Change keeps what was there before it; what it left is what the next Change found, or what is there now. Where the
two differ in more than use, a later Change touched the same thing, and taking this one back would take back that too:
such things are named, not guessed at. Nothing is removed: what was made is retired, what was retired is known again
from now on, and what was rewritten is corrected (`versions.correct`).

Pure: time is an argument. Declines to know where Changes are kept, and what vectors a text has.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from memos_graph.engines.snapshots import is_snapshot_of
from memos_graph.engines.versions import correct
from memos_graph.model.codec import edge_from_json, node_from_json
from memos_graph.model.delta import (
    PATCHABLE_EDGE,
    PATCHABLE_NODE,
    Image,
    Operation,
    PatchEdge,
    PatchNode,
    PutEdge,
    PutNode,
    RetireEdge,
    RetireNode,
)
from memos_graph.model.graph import Edge, Node, edge_id, make_edge
from memos_graph.model.times import to_micros
from memos_graph.model.vectors import is_of_pictures

Key = tuple[Literal["node", "edge"], str]

#: What no Change is kept from being undone by: a later use, and what every write moves.
_APART = frozenset({"id", "cube", "created_at", "updated_at", "version", "usage", "vectors"})
_NODE = tuple(name for name in Node.__dataclass_fields__ if name not in _APART)
_EDGE = ("weight", "evidence", "info", "valid_from", "valid_to", "created_by")
_AGAIN = re.compile(r"again-\d+(?:-\d+)?$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Touched:
    """One node or edge that a Change wrote: what it was, what the Change made of it, and what it is now.

    `before` None: it was not there. For an edge that was retired and put again, `now` is the one that stands for it.
    """

    key: Key
    before: Node | Edge | None
    after: Node | Edge
    now: Node | Edge


def state(image: Image) -> Node | Edge | None:
    """What `image` shows; None when it was not there."""
    if image.before is None:
        return None
    return node_from_json(image.before) if image.of == "node" else edge_from_json(image.before)


def same(one: Node | Edge, other: Node | Edge) -> bool:
    """Whether the two say the same, whatever used them and however often they were written."""
    if (one.retired_at is None) != (other.retired_at is None):
        return False
    if isinstance(one, Node) and isinstance(other, Node):
        differing = {name for name in _NODE if name != "retired_at" and getattr(one, name) != getattr(other, name)}
        first_use = one.usage != other.usage and {one.status, other.status} == {"generated", "activated"}
        return not (differing - {"status"} if first_use else differing)
    return all(getattr(one, name) == getattr(other, name) for name in _EDGE)


def neutral(states: Mapping[int, Node | Edge | None], now: Node | Edge) -> set[int]:
    """Of the Changes that found a thing in `states` (by seq), those that left it as it was but for its use."""
    left: Node | Edge | None = now
    found: set[int] = set()
    for seq in sorted(states, reverse=True):
        was = states[seq]
        if was is not None and left is not None and same(was, left):
            found.add(seq)
        left = was
    return found


def stand_ins(edges: Iterable[Edge], lost: Iterable[Edge]) -> dict[str, Edge]:
    """By id of each of the `lost` edges, the live one among `edges` that was put in its place. O(edges + lost)."""
    free: dict[tuple[str, str, str, str], list[Edge]] = {}
    for edge in edges:
        if edge.retired_at is None and _AGAIN.search(edge.discriminator):
            free.setdefault(_place(edge), []).append(edge)
    found: dict[str, Edge] = {}
    for edge in lost:
        others = free.get(_place(edge), [])
        alike = (other for other in others if all(getattr(edge, name) == getattr(other, name) for name in _EDGE))
        stand_in = next(alike, None)
        if stand_in is not None:
            others.remove(stand_in)
            found[edge.id] = stand_in
    return found


def _place(edge: Edge) -> tuple[str, str, str, str]:
    return edge.kind, edge.from_id, edge.to_id, _base(edge)


def _base(edge: Edge) -> str:
    """What told the edge apart before it was ever put again."""
    return _AGAIN.sub("", edge.discriminator)


def is_history(edge: Edge) -> bool:
    """Whether the edge leads from a memory to a row of its own past: these stay, and are nobody's doing."""
    return edge.kind == "SUPERSEDES" and is_snapshot_of(edge.to_id, edge.from_id)


def going(touched: Iterable[Touched]) -> set[str]:
    """Ids of the nodes that are live only because of the Change."""
    return {
        each.now.id
        for each in touched
        if isinstance(each.now, Node) and each.now.retired_at is None
        if each.before is None or each.before.retired_at is not None
    }


def coming(touched: Iterable[Touched]) -> list[Edge]:
    """The edges that the Change retired, as they were."""
    return [
        each.before
        for each in touched
        if isinstance(each.before, Edge) and each.before.retired_at is None and each.now.retired_at is not None
    ]


def taken_back(
    touched: Collection[Touched], at: datetime, *, staying: Collection[str] = (), history: Iterable[Edge] = ()
) -> list[Operation]:
    """The operations that undo the Change at `at`, where every `now` is the `same` as `after`.

    staying: nodes that it made and that others need now. history: the live edges to rows of their past that nodes have
    which are no longer known. A text that comes back has no vector, unless it is that of
    the node as it is now; pictures' vectors stay. O(touched).
    """
    retired = {each.now.id for each in touched if each.before is None} & going(touched) - set(staying)
    closed = going(touched) - retired - set(staying)
    operations: list[Operation] = []
    marks: set[str] = set()
    for each in touched:
        if isinstance(each.now, Node) and isinstance(each.before, Node) and each.now.id in closed:
            operations.extend(_closed(each, each.before, each.now, at))
        elif isinstance(each.now, Node):
            operations.extend(_node(each, each.now, retired, at))
    operations.extend(RetireEdge(id=edge.id) for edge in history if edge.from_id in closed or edge.to_id in closed)
    for each in touched:
        if isinstance(each.now, Edge):
            operations.extend(_edge(each, each.now, retired, marks, at))
    return operations


def _node(each: Touched, now: Node, retired: Collection[str], at: datetime) -> tuple[Operation, ...]:
    if now.id in retired:
        return (RetireNode(id=now.id),)
    before, after = each.before, each.after
    if not isinstance(before, Node) or not isinstance(after, Node):
        return ()
    changes = _changes(before, after, now)
    if before.retired_at is None and now.retired_at is not None:
        return correct(now, at, **changes)
    if not changes:
        return ()
    if before.updated_at != after.updated_at and now.retired_at is None:
        return correct(now, at, **changes)
    if changes.keys() <= PATCHABLE_NODE:
        return (PatchNode(id=now.id, expects=now.version, set=changes),)
    # it was written in place (a document's new name, say), and so it is again
    same_text = changes.get("text", now.text) == now.text
    vectors = {space: vector for space, vector in now.vectors.items() if same_text or is_of_pictures(space)}
    return (PutNode(node=replace(now, **changes, vectors=vectors), replaces=now.version),)


def _closed(each: Touched, before: Node, now: Node, at: datetime) -> Iterator[Operation]:
    """`now`, which had been retired and was reopened, as it was then; that it held meanwhile stays for known_at.

    The row of the time before it was retired stands apart already: the head is known at no instant.
    """
    held = replace(now, id=f"{now.id}@{now.version}", retired_at=at)
    changes = _changes(before, each.after, now) if isinstance(each.after, Node) else {}
    vectors = {s: v for s, v in now.vectors.items() if changes.get("text", now.text) == now.text or is_of_pictures(s)}
    yield PutNode(node=held)
    yield PutNode(node=replace(now, **changes, updated_at=at, retired_at=at, vectors=vectors), replaces=now.version)
    edge = make_edge(now.cube, "SUPERSEDES", now.id, held.id, created_at=at)
    yield PutEdge(edge=replace(edge, retired_at=at))


def _changes(before: Node, after: Node, now: Node) -> dict[str, Any]:
    """What gives `now` back what the Change took from `before`; uses that came later stay."""
    names = [name for name in _NODE if name != "retired_at" and getattr(before, name) != getattr(after, name)]
    changes = {name: getattr(before, name) for name in names} | {"usage": _usage(before, after, now)}
    return {name: value for name, value in changes.items() if value != getattr(now, name)}


def _usage(before: Node, after: Node, now: Node) -> tuple[str, ...]:
    """`now`'s uses without those that the Change added."""
    if before.usage == after.usage:
        return now.usage
    if now.usage == after.usage:
        return before.usage
    extends = after.usage[: len(before.usage)] == before.usage and now.usage[: len(after.usage)] == after.usage
    return (*before.usage, *now.usage[len(after.usage) :]) if extends else now.usage


def _edge(each: Touched, now: Edge, retired: Collection[str], marks: set[str], at: datetime) -> Iterator[Operation]:
    if now.from_id in retired or now.to_id in retired:
        return  # it goes with its end
    before = each.before
    if before is None:
        if now.retired_at is None and not is_history(now):
            yield RetireEdge(id=now.id)
    elif not isinstance(before, Edge) or before.retired_at is not None:
        return
    elif now.retired_at is not None:
        yield PutEdge(edge=_again(before, marks, at))
    else:
        fields = sorted(PATCHABLE_EDGE)
        changes = {name: getattr(before, name) for name in fields if getattr(before, name) != getattr(now, name)}
        if changes:
            yield PatchEdge(id=now.id, expects=now.version, set=changes)


def _again(edge: Edge, marks: set[str], at: datetime) -> Edge:
    """`edge` as a new one, since a reopened fact is a new edge; `marks`: ids given so far."""
    begun = f"{_base(edge)}again-{to_micros(at)}"
    mark, number = begun, 1
    while (identity := edge_id(edge.cube, edge.kind, edge.from_id, edge.to_id, mark)) in marks:
        number += 1
        mark = f"{begun}-{number}"
    marks.add(identity)
    return replace(edge, id=identity, discriminator=mark, created_at=at, retired_at=None, version=1)
