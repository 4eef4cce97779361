"""All that one write does, as rows, so that it can be written down first and carried out, again if need be, after.

NebulaGraph is atomic for one statement on one row. A write is made of many rows, hence:

1. The rows to be are written down in Pieces, or, when they are few, kept for the next statement.
2. One statement changes the cube's record: it names this journal, if no other is named, the counter stands where it is
   expected, and the writer is the cube's owner. This commits.
3. The rows are written and deleted, each whole.
4. One statement sets the counter and names no journal any more.

Cut short before 2, nothing was written. Cut short after it, whoever opens the cube next does 3 again, which writes the
same rows, and 4. No undoing is ever needed.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from memos_graph.backends.nebula.database import Database
from memos_graph.backends.nebula.rows import EdgeKey, EdgeRow, Vertex

INLINE = 200_000  #: characters of a journal that the cube's record holds itself
OWNER = "journal"  #: what the Pieces of a journal are named after


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """The rows of one write: deletions come first, and `seq` is the cube's counter after it."""

    seq: int
    gone: tuple[str, ...] = ()  #: vertex ids
    gone_edges: tuple[EdgeKey, ...] = ()
    vertices: tuple[Vertex, ...] = ()
    edges: tuple[EdgeRow, ...] = ()


def to_text(work: Work) -> str:
    """`work` as JSON; `from_text` is the inverse."""
    return json.dumps(asdict(work), ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def from_text(text: str) -> Work:
    """The Work that `to_text` wrote."""
    read = json.loads(text)
    return Work(
        seq=read["seq"],
        gone=tuple(read["gone"]),
        gone_edges=tuple(EdgeKey(**key) for key in read["gone_edges"]),
        vertices=tuple(Vertex(**vertex) for vertex in read["vertices"]),
        edges=tuple(EdgeRow(key=EdgeKey(**edge["key"]), row=edge["row"]) for edge in read["edges"]),
    )


def carry_out(database: Database, work: Work) -> None:
    """Write the rows of `work`; done twice, or half and then whole, it leaves what it leaves when done once."""
    database.delete_edges(work.gone_edges)
    database.delete(work.gone)
    database.put(work.vertices)
    database.put_edges(work.edges)
