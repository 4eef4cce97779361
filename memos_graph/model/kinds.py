"""The kinds of nodes and edges, and the names that callers may give to their own.

Names only: what an edge is worth in recall is said in `engines`.
"""

from __future__ import annotations

import re

from memos_graph.model.errors import Invalid

NODE_KINDS = (
    "WorkingMemory",
    "LongTermMemory",
    "UserMemory",
    "Document",
    "Section",
    "Passage",
    "Table",
    "Image",
    "Session",
    "Message",
    "Entity",
    "Summary",
    "Preference",
    "ToolSchema",
    "ToolTrajectory",
    "Skill",
)
"""Kinds this engine makes itself; a caller's own kind is allowed where `node_kind` allows its name."""

EDGE_KINDS = (
    "PARENT",
    "FOLLOWS",
    "MENTIONS",
    "SAID_BY",
    "CAUSES",
    "CONDITION_OF",
    "DEPENDS_ON",
    "MERGED_INTO",
    "SUPERSEDES",
    "CONFLICTS_WITH",
    "RELATED_TO",
    "ALIAS_OF",
    "ILLUSTRATES",
    "REFERS_TO",
)
"""Kinds with a meaning of their own (docs/architecture.md); `link` takes others too."""

#: Labels and edge types can't be parameters in Cypher, so what a name may hold is settled here, once.
_NODE_KIND = re.compile(r"[A-Z][A-Za-z0-9]{0,62}")
_EDGE_KIND = re.compile(r"[A-Z][A-Z0-9_]{0,62}")
_RESERVED = frozenset({"Memory", "Change", "Cube", "Meta", "Delta"})  # labels and types the stores use themselves


def node_kind(name: str) -> str:
    """`name`, if it can be a node's kind: an ASCII CamelCase word of at most 63 characters. `Invalid` else."""
    if not _NODE_KIND.fullmatch(name) or name in _RESERVED:
        raise Invalid("kind", name, "use a CamelCase word of letters and digits, 63 at most, such as Recipe")
    return name


def edge_kind(name: str) -> str:
    """`name`, if it can be an edge's kind: ASCII capitals, digits, underscores, at most 63. `Invalid` else."""
    if not _EDGE_KIND.fullmatch(name):
        raise Invalid("edge kind", name, "use capitals, digits and underscores, 63 at most, such as WORKS_FOR")
    return name
