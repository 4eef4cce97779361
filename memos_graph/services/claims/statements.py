"""Memories as statements: what each claims, by its own `info.claim` or as rules read its text.

Declines to know what contradicts what (`engines.conflicts`).
"""

from __future__ import annotations

from memos_graph.engines.claims import Claim, claim_of, read_claims, subject_key
from memos_graph.engines.conflicts import Slot, Statement
from memos_graph.model.graph import Node

#: Who says "I" where a memory does not tell: the one whose cube it is.
USER = "user"
#: Attributes that say of a value what denying another would.
_OPPOSITE = {"dislikes": "likes"}
_LONGEST = 300  #: characters of a name in info that is looked at


def statement(node: Node) -> Statement:
    """What `node` states. `info.claim` counts where it is one, else its text is read; O(len(text))."""
    kept = claim_of(node)
    voice = _voice(node)
    claims = (kept,) if kept is not None else read_claims(
        node.text, speaker=voice or USER, said_at=node.valid_from or node.created_at
    )  # fmt: skip
    return Statement(
        id=node.id, text=node.text, slots=tuple(_slot(claim) for claim in claims if claim.kind == "state"),
        happened=any(claim.kind != "state" for claim in claims), voice=voice, start=node.valid_from, end=node.valid_to,
        told=node.created_at,
    )  # fmt: skip


def _slot(claim: Claim) -> Slot:
    attribute = _OPPOSITE.get(claim.attribute, claim.attribute)
    return Slot(
        subject=subject_key(claim.subject), attribute=attribute, value=claim.value, single=claim.single,
        holds=claim.polarity == (attribute == claim.attribute), start=claim.since, end=claim.until,
    )  # fmt: skip


def _voice(node: Node) -> str:
    user = node.info.get("user_id")
    return subject_key(user) if isinstance(user, str) and len(user) <= _LONGEST else ""
