"""What would fall if memories were deleted: the deletion itself, up to the write.

So what is shown is what then happens, whatever a deletion comes to mean.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from memos_graph.model.delta import Delta, Receipt
from memos_graph.model.errors import Invalid
from memos_graph.model.graph import Cube
from memos_graph.ports import GraphStore
from memos_graph.services import evolve
from memos_graph.services.consequences.cascade import Falls, Reckoned
from memos_graph.services.context import Context


def impact(context: Context, cube: str, ids: Sequence[str], *, erase: bool = False) -> tuple[Falls, ...]:
    """What `delete` of the memories `ids` would change besides, nearest first; nothing is written.

    Errors as of `delete`: `NotFound` for one that is not there, `Frozen` for a frozen one.
    """
    if not ids:
        raise Invalid("ids", ids, "name at least one memory")
    rehearsal = _Rehearsal(context.store)
    evolve.delete(replace(context, store=cast(GraphStore, rehearsal)), cube, ids, erase=erase)
    return rehearsal.falls


@dataclass
class _Rehearsal:
    """A store that is read as it is and written to in vain."""

    _store: GraphStore
    falls: tuple[Falls, ...] = ()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def apply(self, delta: Delta) -> Receipt:
        """A Receipt of nothing; what falls by `delta` is kept."""
        self.falls = delta.falls if isinstance(delta, Reckoned) else ()
        return Receipt(delta=delta.id, cube=delta.cube, seq=0, at=delta.at)

    def replace_cube(self, cube: Cube) -> Cube:
        """`cube`, which is not written."""
        return cube
