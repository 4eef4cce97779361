"""Causes and conditions that a text states: spans, marker, direction and confidence, by rules in English and Chinese.

`causes` reads a text; `Causal` is one statement. No model, no store, no graph.
"""

from memos_ingest.causal.across import links, opens_with_a_link
from memos_ingest.causal.findings import Causal, Relation, Span
from memos_ingest.causal.reading import causes
from memos_ingest.causal.sentences import paragraphs

__all__ = ["Causal", "Relation", "Span", "causes", "links", "opens_with_a_link", "paragraphs"]
