"""A cube's memories over time: timeline, history, why, differences, absence, erasure."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from memos_graph.app.given import as_moment, request
from memos_graph.app.of_cube import OfCube
from memos_graph.model.errors import Invalid
from memos_graph.services.erasing.erase import ErasureReport, erase
from memos_graph.services.explained import Absence
from memos_graph.services.seeing.absence import absence
from memos_graph.services.seeing.differences import Differences, Of, diff
from memos_graph.services.seeing.history import History, history_of
from memos_graph.services.seeing.provenance import Why, why
from memos_graph.services.seeing.timeline import Timeline, timeline


class Seeing(OfCube):
    """A cube's memories over time: timeline, history, why, differences, absence, erasure."""

    __slots__ = ()

    def timeline(self, about: str, *, since: datetime | str | None = None,
                 until: datetime | str | None = None) -> Timeline:  # fmt: skip
        """What was true when of an entity (its name or id) or of one memory (its id): facts as spans, events as points.

        `NotFound` when nothing is called so.
        """
        start, end = as_moment(since, "since"), as_moment(until, "until")
        return timeline(self._context, self.name, about, since=start, until=end)

    def history_of(self, identity: str) -> History:
        """The life of one memory: its versions, and every change that touched it with what it changed.

        Deleted, expired and erased ones have one too. `history` tells the changes of the whole cube.
        """
        return history_of(self._context, self.name, identity)

    def why(self, identity: str) -> Why:
        """Why a memory is held: its sources, premises, causes, merges, who wrote it, and what speaks against it."""
        return why(self._context, self.name, identity)

    def diff(self, from_: datetime | str, to: datetime | str | None = None, *, of: Of = "known") -> Differences:
        """What we knew at `to` (now) and not at `from_`, or the other way round; of="true": what was so at each."""
        start = as_moment(from_, "from")
        end = self._context.clock() if to is None else as_moment(to, "to")
        if not isinstance(start, datetime) or not isinstance(end, datetime):
            raise Invalid("from", from_, "give a datetime or an ISO 8601 text")
        return diff(self._context, self.name, start, end, of=of)

    def absence(self, query: str, **options: Any) -> Absence:
        """What was once known of what `query` asks, when it ended and what took its place; options as in `search`.

        Only what answers clearly better than all that holds now; `absent` when nothing took its place. `search` gives
        what holds, this what no longer does.
        """
        return absence(self._context, request(query, (self.name,), options))

    def erase(self, *ids: str, reason: str = "erase", force: bool = False,
              look_at: tuple[str | Path, ...] = ()) -> ErasureReport:  # fmt: skip
        """Remove memories for good with all that was made of their words, and prove that nothing of them is left.

        look_at: exports and backups to look into as well; they are not changed. `StillThere` lists what is left, with
        the report; `Frozen` unless `force` with a reason.
        """
        paths = tuple(Path(path) for path in look_at)
        return erase(self._context, self.name, ids, reason=reason, force=force, look_at=paths)
