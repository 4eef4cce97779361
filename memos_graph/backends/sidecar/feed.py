"""The seam between a graph and its index: what a commit wrote, and how the index reads the graph to catch up."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from memos_graph.model.errors import MemosGraphError
from memos_graph.model.graph import Edge, Node, VectorSpace


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """The new states of all that the cube's Changes up to `seq` wrote since the index was last told.

    Edges that touch an erased node go with it, named or not. The states may be newer than `seq`, never older.
    """

    seq: int
    put: Sequence[Node] = ()  #: whole new states: a space missing from `vectors` has no vector any more
    #: whole new states but for vectors: those given are set, the others stay as they are; key and text are as they were
    patched: Sequence[Node] = ()
    edges: Sequence[Edge] = ()  #: both ends are known already or in `put`
    erased_nodes: Collection[str] = ()
    erased_edges: Collection[str] = ()


class Feed(Protocol):
    """The graph an index is derived from. Must not wait for a lock that is held while `Sidecar.apply` is called."""

    def seq(self, cube: str) -> int:
        """The seq of the cube's last committed Change, 0 before the first; says a new one before `apply` is told of it.

        Called at every read: keep it a look-up.
        """

    def lineage(self, cube: str) -> str:
        """A text that a cube keeps for life and that no other has, a later one of the same name included."""

    def spaces(self, cube: str) -> Sequence[VectorSpace]:
        """The cube's vector spaces. Asked for when an index opens, to drop vectors of spaces that are no more."""

    def written(self, cube: str, after: int) -> Written | None:
        """Present states of what the Changes after `after` touched; None: too much for one piece, read it all instead.

        An id touched and no longer there is erased. The seq is read before the states.
        """

    def nodes(self, cube: str) -> Iterable[Node]:
        """Every node version of the cube with its vectors: heads, snapshots, retired ones."""

    def edges(self, cube: str) -> Iterable[Edge]:
        """Every edge of the cube, retired ones too."""


class IndexLate(MemosGraphError):
    """The index could not keep up (a full disk, say); the next read catches up first. A store says `IndexBehind`."""


class IndexDamaged(MemosGraphError):
    """Files of an index do not hold together: read the graph again. Never leaves this package."""
