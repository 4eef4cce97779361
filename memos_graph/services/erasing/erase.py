"""Erase memories for good, and prove it: a report of every place that was looked at, and what is left there.

Goes: the memories with their pieces and versions, and what was made of their words alone (`doomed`). The proof looks
for their ids, their vectors, and pieces of their words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from memos_graph.model.delta import Receipt
from memos_graph.model.errors import Invalid, NotFound, StillThere
from memos_graph.model.scope import everything
from memos_graph.services.context import Context
from memos_graph.services.erasing.erasures import erasures
from memos_graph.services.erasing.pieces import pieces
from memos_graph.services.erasing.proof import Place, Sought, look
from memos_graph.services.evolve import delete


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureReport:
    """What was erased, and what every place held of it afterwards."""

    receipt: Receipt
    asked: tuple[str, ...]
    pieces: tuple[str, ...]  #: ids that went because they lay below those
    derived: tuple[str, ...]  #: ids that went because they were made of their words
    versions: int  #: earlier versions that went with them
    freed: tuple[str, ...]  #: parts of a merge that went; they stand on their own again
    sources: tuple[str, ...]  #: where the texts had come from; those files are not ours, and fed again they are back
    searched: int  #: pieces of text that were looked for; 0: the texts are too short to be told apart
    places: tuple[Place, ...]

    @property
    def left(self) -> tuple[Place, ...]:
        """The places that still hold something."""
        return tuple(place for place in self.places if place.found)

    @property
    def ok(self) -> bool:
        """Whether nothing was found in any place that could be looked at."""
        return not self.left

    def to_json(self) -> dict[str, Any]:
        """All of it as plain JSON values."""
        return {
            "ok": self.ok, "delta": self.receipt.delta, "cube": self.receipt.cube, "seq": self.receipt.seq,
            "at": self.receipt.at.isoformat(), "asked": list(self.asked), "pieces": list(self.pieces),
            "derived": list(self.derived), "versions": self.versions, "freed": list(self.freed),
            "sources": list(self.sources), "searched": self.searched,
            "places": [place.to_json() for place in self.places],
        }  # fmt: skip


def erase(context: Context, cube: str, ids: Sequence[str], *, reason: str = "erase", force: bool = False,
          look_at: Sequence[Path] = ()) -> ErasureReport:  # fmt: skip
    """Erase `ids` with all that goes with them, then look everywhere: the report, when nothing of them is left.

    look_at: exports and backups that the caller knows of; they are read, not changed. `NotFound` for one that is not
    there, `Frozen` for frozen ones unless `force` with a reason: nothing was erased. `StillThere`, with the report,
    when something is left: other memories that say the same, say. Reads the whole cube and the store's files.
    """
    for path in look_at:
        if not path.exists():
            raise Invalid("look_at", str(path), "no such file or folder")
    wanted = tuple(dict.fromkeys(ids))
    if not wanted:
        raise Invalid("ids", (), "name at least one memory")
    if missing := set(wanted) - {node.id for node in context.store.get(everything(cube), wanted)}:
        raise NotFound("memory", min(missing), f"in cube {cube!r}; `list` shows what there is")
    plan = erasures(context, cube, wanted, context.clock())
    gone = {node.id: node for node in context.store.get(everything(cube), plan.ids, vectors=True)}
    receipt = delete(context, cube, wanted, erase=True, reason=reason, force=force)
    for kept in (context.names, context.gazetteers):
        kept.pop(cube, None)
    sought = Sought(nodes=gone, pieces=pieces(node.text for node in gone.values()))
    uris = dict.fromkeys(source.uri for node in gone.values() for source in node.sources)
    report = ErasureReport(
        receipt=receipt, asked=wanted, pieces=tuple(i for i in plan.doomed.pieces if i in gone),
        derived=plan.doomed.derived, versions=len(gone.keys() - plan.doomed.nodes.keys()),
        freed=tuple(node.id for node in plan.doomed.freed), sources=tuple(uris), searched=len(sought.pieces),
        places=look(context, cube, sought, look_at),
    )  # fmt: skip
    if not report.ok:
        raise StillThere(cube, {place.name: place.found for place in report.left}, report)
    return report
