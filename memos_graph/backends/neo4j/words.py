"""Texts as the full-text index of Neo4j keeps them, and queries for it. Pure; knows no database.

What is whose in Lucene's BM25, so that a cube's ranking does not depend on what other cubes hold:
- how many nodes have a term: the cube's own, as every term carries the cube's mark;
- how many nodes there are, and how long their texts are on average: Lucene counts these by field. A cube's terms lie
  in one of SLOTS properties, chosen by its name, and so in a field of their own: these two are the cube's own as long
  as no other cube has that slot, else those of both together. With 20 cubes it is even odds that any two share one.
Nodes that were erased or written anew count until Lucene merges them away, as in any index of its kind.
"""

from __future__ import annotations

import hashlib
import re
import zlib
from base64 import b32encode
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from memos_graph.backends.analysis import terms
from memos_graph.model.graph import Node
from memos_graph.model.wording import tells_when

WHEN = "terms_when"  #: the property that says that a text tells a time (`wording.tells_when`), which no query can see
SLOTS = 256  #: properties in migrations/002_words; a thousand would take two seconds to declare
_CLAUSES = 1000  # Lucene refuses a query of more than 1,024
_SIGN = re.compile(r"(\W)")


def indexed(node: Node) -> dict[str, Any]:
    """The properties that searches read, to be SET beside the node's own whenever its key or text is written.

    Its terms, and WHEN if its text tells a time; None: remove the property.
    """
    mark = _mark(node.cube)
    words = " ".join(mark + term for term in terms(f"{node.key}\n{node.text}"))
    return {words_property(node.cube): words or None, WHEN: True if tells_when(node.text) else None}


@lru_cache(maxsize=4096)
def words_property(cube: str) -> str:
    """The property that holds the terms of nodes of `cube`."""
    return f"terms_{zlib.crc32(cube.encode()) % SLOTS:03}"


def queries(cube: str, query: str) -> list[str]:
    """Lucene queries whose scores, summed by node, are those of the words of `query` in `cube`; none without words.

    One, but for a query of more than a thousand different words. No sign in `query` means anything.
    """
    mark = _mark(cube)
    # a term holds letters and digits alone; escaped all the same, lest a new analysis open a way in
    wanted = [_SIGN.sub(r"\\\1", mark + term) for term in dict.fromkeys(terms(query))]
    return [f"{words_property(cube)}:({' '.join(part)})" for part in _parts(wanted)]


def _parts(wanted: Sequence[str]) -> list[Sequence[str]]:
    return [wanted[start : start + _CLAUSES] for start in range(0, len(wanted), _CLAUSES)]


@lru_cache(maxsize=4096)
def _mark(cube: str) -> str:
    # five letters: two cubes that share a slot share a mark once in 33 million, and then only word statistics
    return b32encode(hashlib.sha256(cube.encode()).digest())[:5].decode().lower()
