"""How nodes are written to Neo4j: the properties they have there beside their own, and vectors as float32 arrays.

A plain SET would keep a vector as float64, in twice the room.
"""

from __future__ import annotations

from memos_graph.backends.neo4j.words import indexed
from memos_graph.backends.opencypher.rows import Row, node_row
from memos_graph.backends.opencypher.writing import Form
from memos_graph.model.graph import Node

_SET_VECTOR = " CALL db.create.setNodeVectorProperty(n, '{name}', ${name}[r.i]) WITH n, r"


def stored_row(node: Node) -> Row:
    """Every property that is kept of `node` but its vectors: its own, and the words that text search reads."""
    return {**node_row(node), **indexed(node)}


FORM = Form(row=stored_row, vector=_SET_VECTOR)
