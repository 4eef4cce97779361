"""What a change of reasons makes of a memory: a doubt, an end, or its return.

Pure: the reasons were found by `cascade`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from memos_graph.engines.consequences.doubts import DOUBT, ENDED, Reason, doubt_of, ended_of, with_record
from memos_graph.engines.versions import end, reopen
from memos_graph.model.delta import Operation, PatchNode
from memos_graph.model.graph import LIVE, Node, Status

#: States in which a memory can bear others: one that is out of use (archived) is still true until its valid_to.
_BEARING: frozenset[Status] = LIVE | {"merged", "archived"}


def holds(node: Node | None, at: datetime) -> bool:
    """Whether what rests on `node` still rests on something at `at`."""
    return (
        node is not None
        and node.retired_at is None
        and node.status in _BEARING
        and (node.valid_to is None or node.valid_to > at)
    )


def ended_by_fall(node: Node) -> bool:
    """Whether `node` was ended with what it rested on, and was not changed since."""
    return node.retired_at is None and node.valid_to is not None and bool(ended_of(node.info))


def outcome(node: Node, reasons: Sequence[Reason], at: datetime) -> tuple[Operation, ...]:
    """What makes `node` one with exactly these `reasons` against it. One that became part of another is only marked."""
    retire = any(reason.retire for reason in reasons) and node.status != "merged"
    info = with_record(node.info, ENDED if retire else DOUBT, reasons)
    if retire and not ended_by_fall(node):
        return end(node, at, info=info)
    if not retire and ended_by_fall(node):
        return reopen(node, at, info=info)
    return () if info == dict(node.info) else (PatchNode(id=node.id, expects=node.version, set={"info": info}),)


def doubted(node: Node) -> bool:
    """Whether `node` is in doubt."""
    return bool(doubt_of(node.info))
