"""How nodes are written to Neo4j: the properties they have there beside their own, and how vectors travel.

Vectors travel as text, a number after the other: the driver packs a list of numbers one by one in Python, which takes
four times as long as all the rest (1,000 vectors of 384: 1.1 s against .06 s, and the server is no slower). There they
become float32 arrays, half the room of the float64 that a plain SET would keep.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from memos_graph.backends.neo4j.words import indexed
from memos_graph.backends.opencypher.rows import Row, node_row
from memos_graph.backends.opencypher.writing import Form
from memos_graph.model.graph import Node

_SET_VECTOR = (
    " CALL db.create.setNodeVectorProperty(n, '{name}', [x IN split(${name}[r.i], ',') | toFloat(x)]) WITH n, r"
)


def stored_row(node: Node) -> Row:
    """Every property that is kept of `node` but its vectors: its own, and the words that text search reads."""
    return {**node_row(node), **indexed(node)}


def vector_texts(rows: npt.NDArray[np.float32]) -> list[str]:
    """Each row as text that names every float32 exactly."""
    return [",".join(map(repr, row)) for row in rows.tolist()]


FORM = Form(row=stored_row, vector=_SET_VECTOR, vectors=vector_texts)
