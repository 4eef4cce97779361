"""The record that an expired memory leaves: whose it is, when and why it went, and a hash of its text; no text.

Data and its reading. Who makes it is `expiry`.
"""

from __future__ import annotations

import hashlib
from datetime import datetime

from memos_graph.model.graph import MAX_ID, Json, Node

KIND = "AuditRecord"
_PREFIX = "expired_"


def audit_id(identity: str) -> str:
    """The id of the record that `identity` leaves when it expires; of a long id its SHA-256 stands for it."""
    whole = _PREFIX + identity
    if len(whole) <= MAX_ID:
        return whole
    return f"{_PREFIX}{hashlib.sha256(identity.encode('utf-8', 'surrogatepass')).hexdigest()}"


def audit_record(node: Node, at: datetime, *, actor: str, reason: str, times: int) -> Node:
    """What is left of `node` when it expires at `at`. times: how often one of this id has expired, this time too."""
    info: dict[str, Json] = {
        "id": node.id, "kind": node.kind, "created_at": node.created_at.isoformat(), "expired_at": at.isoformat(),
        "actor": actor, "reason": reason, "times": times,
        "sha256": hashlib.sha256(node.text.encode("utf-8", "surrogatepass")).hexdigest(),
    }  # fmt: skip
    return Node(
        id=audit_id(node.id), cube=node.cube, kind=KIND, status="expired", info=info, created_at=at, updated_at=at
    )


def expired_note(record: Node | None) -> str:
    """What `record` says of the memory that left it, in a sentence; "" for none."""
    if record is None or record.kind != KIND:
        return ""
    when, why = record.info.get("expired_at"), record.info.get("reason")
    told = f"it expired at {when}" if isinstance(when, str) else "it expired"
    return f"{told}: {why}; {record.id} is what is left" if isinstance(why, str) else told
