"""The operations that remove memories for good, with all that goes with them (`doomed`) and every version.

What stands first in prompts names them no more either. A picture below a document that others hold too stays theirs,
without what it was there. Reads and embeds; writes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from memos_graph.engines.transitions import transit
from memos_graph.model.delta import EraseNode, Operation, PutNode, RetireEdge
from memos_graph.model.errors import EmbedderMismatch
from memos_graph.model.graph import Node
from memos_graph.model.vectors import is_of_pictures
from memos_graph.services.context import Context
from memos_graph.services.embed import with_vectors
from memos_graph.services.erasing.doomed import Doomed, doomed
from memos_graph.services.prefix.kept import without
from memos_graph.services.remember.parting import Parting, partings
from memos_graph.services.snapshots import snapshot_ids


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasures:
    """What is to be written, and what will be gone by it."""

    operations: tuple[Operation, ...]
    doomed: Doomed
    ids: tuple[str, ...]  #: of all nodes that go, versions too


def erasures(context: Context, cube: str, ids: Sequence[str], at: datetime) -> Erasures:
    """What removes the memories `ids` at `at`; those that are not there are left out."""
    found = doomed(context.store, cube, ids)
    parted = partings(context.store, cube, found.pieces, list(found.nodes))
    staying = {each.head.id for each in parted}
    versions = snapshot_ids(context.store, cube, list(found.nodes))
    rows = [version for each in versions.values() for version in each]
    gone = [i for i in dict.fromkeys([*found.nodes, *rows]) if i not in staying]
    silent = [edge.id for each in parted for edge in each.silent if edge.to_id not in found.nodes]
    operations: list[Operation] = [
        *(EraseNode(id=identity) for identity in gone),
        *(PutNode(node=_reworded(each), replaces=each.head.version) for each in parted),
        *(transit(node, "unmerged", at) for node in found.freed),
        *(RetireEdge(id=identity) for identity in silent),
        *without(context.store, cube, gone, at),
    ]
    return Erasures(operations=reembedded(context, cube, operations, parted), doomed=found, ids=tuple(gone))


def reembedded(
    context: Context, cube: str, operations: Sequence[Operation], parted: Sequence[Parting]
) -> tuple[Operation, ...]:
    """`operations` with vectors. Under another embedder pictures keep that of their old words, until `reembed`."""
    try:
        return with_vectors(context, cube, operations)
    except EmbedderMismatch:
        old = {each.head.id: each.head.vectors for each in parted}
        return tuple(
            replace(op, node=replace(op.node, vectors=old[op.node.id]))
            if isinstance(op, PutNode) and op.node.id in old else op
            for op in operations
        )  # fmt: skip


def _reworded(parting: Parting) -> Node:
    """The picture that stays, as no version of another; without the vector of words that it has no more."""
    head, after = parting.head, parting.after
    same = after.text == head.text
    return after if same else replace(after, vectors={s: v for s, v in after.vectors.items() if is_of_pictures(s)})
