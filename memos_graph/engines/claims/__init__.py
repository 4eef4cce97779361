"""What a text claims: subject, attribute and value, read by rules; and which claims of one slot hold when.

`read_claims` reads, `sentence_of` says a claim again as a sentence of its own, `spans` settles what holds when. No
model, no store, no clock.
"""

from __future__ import annotations

from memos_graph.engines.claims.attributes import attribute_name, is_single
from memos_graph.engines.claims.claim import Claim, Kind, claim_of, subject_key, value_key
from memos_graph.engines.claims.reading import read_claims
from memos_graph.engines.claims.slots import Said, Span, denied_until, spans
from memos_graph.engines.claims.telling import sentence_of

__all__ = [
    "Claim", "Kind", "Said", "Span", "attribute_name", "claim_of", "denied_until", "is_single", "read_claims",
    "sentence_of", "spans", "subject_key", "value_key",
]  # fmt: skip
