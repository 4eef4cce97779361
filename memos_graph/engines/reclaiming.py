"""What a memory's kept claim becomes when its words change: the new words' claim of the same thing, or none."""

from __future__ import annotations

from collections.abc import Mapping

from memos_graph.engines.claims import claim_of, read_claims
from memos_graph.model.graph import Json, Node

_KEPT = ("claim", "subject", "attribute")


def reclaimed(head: Node, text: str, info: Mapping[str, Json]) -> Mapping[str, Json]:
    """`info` for `head` once it says `text`. Pure."""
    claim, kept = claim_of(head), info.get("claim")
    if claim is None or not isinstance(kept, Mapping) or kept != head.info.get("claim"):
        return info
    for said in read_claims(text, speaker=claim.name):
        if (said.subject, said.attribute) == (claim.subject, claim.attribute):
            return {**info, "claim": {**kept, "value": said.value, "polarity": said.polarity}}
    return {name: value for name, value in info.items() if name not in _KEPT}
