"""What a recall looks at: one cube's rows, their scores for a query, and the edges between them, as arrays.

Row numbers stand for nodes, so that engines work on numpy arrays alone. Whoever builds a Survey (a backend)
has applied Scope and Filter already: `allowed` says which rows may be returned or walked through.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]
Bools = npt.NDArray[np.bool_]

NO_TIME = np.iinfo(np.int64).min  #: in `Survey.valid_from`: the node has no valid_from


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjacency:
    """Edges of one kind in compressed rows, both ways; parallel edges are kept. Only edges the Scope sees.

    out: the edges leaving row r are out_rows[out_start[r]:out_start[r+1]] (their ends) with out_weights, out_edges
    (positions in `Survey.edge_ids`). The in_ arrays hold the same edges by the row they arrive at.
    """

    out_start: Longs  #: [rows + 1]
    out_rows: Ints  #: [edges]
    out_weights: Floats
    out_edges: Ints
    in_start: Longs
    in_rows: Ints
    in_weights: Floats
    in_edges: Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """One cube laid out for one query. All arrays are read-only views; rows keep their order between equal queries."""

    cube: str
    ids: Sequence[str]  #: [rows]
    allowed: Bools  #: [rows] inside Scope and Filter: may be a hit
    walkable: Bools  #: [rows] inside Scope: may be walked through
    kinds: Sequence[str]  #: names of the kind codes
    kind: Ints  #: [rows] kind codes
    valid_from: Longs  #: [rows] microseconds UTC, or NO_TIME
    length: Ints  #: [rows] characters of text
    question: Bools  #: [rows] `wording.is_question` of the text
    tells_when: Bools  #: [rows] `wording.tells_when` of the text
    dense: Floats  #: [rows] cosine with the query's vector; 0 where a row has none
    lexical: Floats  #: [rows] BM25; 0 where the text search did not find the row
    adjacency: Mapping[str, Adjacency]  #: by edge kind; kinds without edges are absent
    edge_ids: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lexicon:
    """The names a cube knows, for reading a query: canonical name -> ids of its Entity nodes."""

    entities: Mapping[str, tuple[str, ...]]
    speakers: Mapping[str, tuple[str, ...]]  #: those of them that some Message was SAID_BY
