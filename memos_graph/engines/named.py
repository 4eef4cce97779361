"""All that a text names: names by rules, names that are known, values, and what a model of the caller's finds besides.

Of two that overlap the one that begins first counts, then the longer; a model's, then a value, before what the rules
make of the same words. Declines to know entities and edges.
"""

from __future__ import annotations

from collections.abc import Sequence

from memos_graph.engines.aliases import with_aliases
from memos_graph.engines.gazetteer import Gazetteer
from memos_graph.engines.mentions import names
from memos_graph.engines.naming import Mention, merged
from memos_graph.engines.values import values


def named(text: str, known: Gazetteer, others: Sequence[Mention] = ()) -> list[Mention]:
    """In reading order, none overlapping; short names with their long ones where the text says so. O(len(text))."""
    return with_aliases(text, merged(others, values(text), names(text, known), known.find(text)))
