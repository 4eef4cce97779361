"""What of a node is embedded, and which nodes are: one rule for writing, re-embedding and checking."""

from __future__ import annotations

from memos_graph.model.graph import Node

#: Kinds that lead to texts and are none themselves: they are walked through, not found by meaning.
CONTAINERS = frozenset({"Document", "Section", "Session", "Entity"})


def is_embedded(node: Node) -> bool:
    """Whether `node` should have a vector: it has words of its own to say."""
    return node.kind not in CONTAINERS and not node.text.isspace() and node.text != ""


def dense_text(node: Node) -> str:
    """The text that stands for `node` in vector space: what it says, without who says it or where it stands."""
    return node.text
