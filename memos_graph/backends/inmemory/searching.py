"""Score a cube's nodes for a vector or for words. Simple loops: other stores are compared with these."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection
from functools import lru_cache

import numpy as np

from memos_graph.backends.analysis import terms
from memos_graph.model.graph import Node, Vector

#: k1 and b of BM25 as tantivy and Lucene have them.
K1, B = 1.2, 0.75


def cosines(nodes: Collection[Node], space: str, vector: Vector) -> dict[str, float]:
    """Cosine with `vector`, by id, of the nodes that have one in `space`. Equal vectors get equal scores."""
    query = vector.astype(np.float64) / np.linalg.norm(vector.astype(np.float64))
    scores = {}
    for node in nodes:
        if space in node.vectors:
            row = node.vectors[space].astype(np.float64)
            scores[node.id] = round(float(row @ query / np.linalg.norm(row)), 9)
    return scores


def bm25(nodes: Collection[Node], query: str) -> dict[str, float]:
    """BM25 of the nodes whose key or text shares a term with `query`, by id, with statistics over all of `nodes`.

    Other stores agree on which nodes have a score, and not on its value: they may round lengths, as tantivy does.
    """
    wanted = set(terms(query))
    counts = {node.id: _counts(node.key, node.text) for node in nodes}
    lengths = {id: sum(count.values()) for id, count in counts.items()}
    average = sum(lengths.values()) / len(lengths) if any(lengths.values()) else 1.0
    scores: dict[str, float] = {}
    for term in sorted(wanted):
        holding = {id: count[term] for id, count in counts.items() if term in count}
        rarity = math.log(1 + (len(counts) - len(holding) + 0.5) / (len(holding) + 0.5))
        for id, often in holding.items():
            room = K1 * (1 - B + B * lengths[id] / average)
            scores[id] = scores.get(id, 0.0) + rarity * often * (K1 + 1) / (often + room)
    return scores


@lru_cache(maxsize=65536)
def _counts(key: str, text: str) -> Counter[str]:
    return Counter(terms(f"{key}\n{text}"))
