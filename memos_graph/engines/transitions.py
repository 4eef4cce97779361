"""What an event makes of a memory: a patch of its state by the table, or a clear refusal.

Pure: time is an argument. Declines to know when an event happens (policies do), and what it means for other memories
(`cascade`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from memos_graph.model.delta import PatchNode
from memos_graph.model.errors import Frozen, IllegalTransition, Invalid
from memos_graph.model.graph import Node, Status
from memos_graph.model.lifecycle import FORCED, HOLDS, Event, leading, legal, state_of, step

BEFORE = "state_before"  #: in `info`, unless it is activated: the state that unmerge and thaw go back to
_USUAL: Status = "activated"


def transit(node: Node, event: Event, at: datetime, *, force: bool = False, **changes: Any) -> PatchNode:
    """The patch that `event` at `at` means for `node`, with `changes` of fields that change in place.

    `IllegalTransition` for an event that the table does not have in the node's state, `Frozen` for one that needs
    force, `Invalid` for a time before the node's last change. Events that retire or erase are no patches: `Invalid`.
    """
    row = step(node.id, state_of(node), event)
    check_time(node, at)
    if row.guard == FORCED and not force:
        raise Frozen(node.cube, (node.id,))
    if row.guard == HOLDS and node.valid_to is not None and node.valid_to <= at:
        raise Invalid("event", event, f"memory {node.id!r} stopped being true at {node.valid_to.isoformat()}")
    if row.to is None or row.to in ("deleted", "expired") or row.state == "deleted":
        raise Invalid("event", event, "it is no change of state in place; use delete, erase, expire or restore")
    to: Status = row.to
    info = dict(changes.pop("info", node.info))
    if event in ("merged", "frozen"):
        info.pop(BEFORE, None)
        if node.status != _USUAL:
            info[BEFORE] = node.status
    elif event in ("unmerged", "thawed"):
        to = _status(info.pop(BEFORE, to), to)
    wanted = {"status": to, **changes} | ({"info": info} if info != dict(node.info) else {})
    return PatchNode(id=node.id, expects=node.version, set=wanted)


def given_state(node: Node, changes: Mapping[str, Any], at: datetime, *, force: bool = False) -> dict[str, Any]:
    """`changes`, whose `status` someone gave `node` by hand, with what the table makes of it; as they are without one.

    `IllegalTransition` names the legal events when no hand leads there; `Frozen` for a frozen node, unless `force`.
    """
    status = changes.get("status", node.status)
    if status == node.status:
        return dict(changes)
    event = leading(state_of(node), status)
    if event is None:
        raise IllegalTransition(node.id, state_of(node), str(status), legal(state_of(node)))
    if event == "thawed" and not force:
        raise Frozen(node.cube, (node.id,))
    if "valid_to" in changes:
        node = replace(node, valid_to=changes["valid_to"])
    told = {"info": changes["info"]} if "info" in changes else {}
    return {**changes, **transit(node, event, at, force=force, **told).set, "status": status}


def thaws(node: Node, patch: Mapping[str, Any]) -> bool:
    """Whether `patch` does to the frozen `node` what thawing it does, and no more than add a usage."""
    info = {name: value for name, value in node.info.items() if name != BEFORE}
    back = _status(node.info.get(BEFORE, _USUAL), _USUAL)
    same = dict(patch.get("info", node.info)) == info
    return patch.get("status") == back and same and patch.keys() <= {"status", "info", "usage", "vectors"}


def check_time(node: Node, at: datetime) -> None:
    """Nothing, or `Invalid` when `at` lies before the last change of `node`: the clock went backwards."""
    if at < node.updated_at:
        raise Invalid("at", at.isoformat(), f"memory {node.id!r} changed at {node.updated_at.isoformat()}, after that")


def _status(value: object, otherwise: Status) -> Status:
    """`value` if a memory can go back to it: info may hold anything."""
    return value if value in ("generated", "activated", "archived") else otherwise
