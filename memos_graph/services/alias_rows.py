"""What else a query means by the entities that it names: the long name for a short one, and the short ones for a long.

Knows rows and ALIAS_OF edges of a Survey. A short name that stands for several is its own: it means none of them.
"""

from __future__ import annotations

from memos_graph.model.survey import Adjacency, Bools, Survey


def with_aliases(survey: Survey, entities: frozenset[int]) -> frozenset[int]:
    """The rows `entities` and those of their other names. O(edges of these rows)."""
    edges = survey.adjacency.get("ALIAS_OF")
    if edges is None or not entities:
        return entities
    seen = survey.walkable
    wholes = {whole for entity in entities for whole in _stands_for(edges, seen, entity)} | entities
    shorts = {short for whole in wholes for short in _arriving(edges, seen, whole)}
    return frozenset(wholes | {short for short in shorts if _stands_for(edges, seen, short)})


def _stands_for(edges: Adjacency, seen: Bools, short: int) -> set[int]:
    """The one row that `short` leads to; none when it leads to several."""
    ends = {int(row) for row in edges.out_rows[edges.out_start[short] : edges.out_start[short + 1]] if seen[row]}
    return ends if len(ends) == 1 else set()


def _arriving(edges: Adjacency, seen: Bools, whole: int) -> set[int]:
    return {int(row) for row in edges.in_rows[edges.in_start[whole] : edges.in_start[whole + 1]] if seen[row]}
