"""Versions of a node: how a head changes while its id stays, and what was true or known before stays readable.

Two times matter, and each change says which of them it moves (Snodgrass, "Developing Time-Oriented Database
Applications", 1999). Rows that a head leaves behind are nodes of their own: `id@n` says what version n was, `id@n~`
what we believed of it before. SUPERSEDES leads from the newer to the older. Pure: time is an argument.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from memos_graph.model.delta import Operation, PutEdge, PutNode
from memos_graph.model.graph import Node, make_edge
from memos_graph.model.vectors import is_of_pictures

_BELIEVED = "~"


def correct(head: Node, at: datetime, **changes: Any) -> tuple[Operation, ...]:
    """`head` was wrong: it never was so, `changes` always were. What we believed until `at` stays for known_at."""
    before = replace(head, id=f"{head.id}@{head.version}", retired_at=head.retired_at or at)
    return PutNode(node=before), _put(head, at, changes), _supersedes(head, head.id, before.id, at)


def succeed(head: Node, at: datetime, since: datetime, **changes: Any) -> tuple[Operation, ...]:
    """`head` was right until `since`, then `changes` are. What was stays for as_of, what we believed for known_at."""
    begun = head.valid_from
    ended = since if begun is None or begun <= since else begun
    was = replace(
        head, id=f"{head.id}@{head.version}", valid_to=ended, status="archived", updated_at=at, retired_at=None
    )
    believed = replace(head, id=was.id + _BELIEVED, retired_at=head.retired_at or at)
    return (
        PutNode(node=was), PutNode(node=believed), _put(head, at, {"valid_from": since, "valid_to": None} | changes),
        _supersedes(head, head.id, was.id, at), _supersedes(head, was.id, believed.id, at),
    )  # fmt: skip


def end(head: Node, at: datetime, **changes: Any) -> tuple[Operation, ...]:
    """`head` stopped being true at `at` and is archived, with `changes`; nothing for one that had ended.

    What we believed of it until `at` stays for known_at.
    """
    if head.valid_to is not None and head.valid_to <= at:
        return ()
    ended = at if head.valid_from is None or head.valid_from <= at else head.valid_from
    return correct(head, at, **({"valid_to": ended, "status": "archived"} | changes))


def reopen(head: Node, at: datetime, **changes: Any) -> tuple[Operation, ...]:
    """`head` had ended or was retired; it holds again from `at`, with `changes`. Its earlier life stays as it was."""
    was = replace(head, id=f"{head.id}@{head.version}")
    opened = {"valid_from": at, "valid_to": None, "status": "activated"} | changes
    return PutNode(node=was), _put(head, at, opened), _supersedes(head, head.id, was.id, at)


def _put(head: Node, at: datetime, changes: dict[str, Any]) -> PutNode:
    if "vectors" not in changes and changes.get("text", head.text) != head.text:
        # the others belong to the old text
        changes = changes | {"vectors": {s: v for s, v in head.vectors.items() if is_of_pictures(s)}}
    moved = {"updated_at": at, "retired_at": None, "version": head.version + 1} | changes
    return PutNode(node=replace(head, **moved), replaces=head.version)


def _supersedes(head: Node, newer: str, older: str, at: datetime) -> PutEdge:
    return PutEdge(edge=make_edge(head.cube, "SUPERSEDES", newer, older, created_at=at))
