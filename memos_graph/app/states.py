"""The states of a cube's memories: use, freeze, thaw, archive, restore, tidy."""

from __future__ import annotations

from collections.abc import Sequence

from memos_graph.app.of_cube import OfCube
from memos_graph.engines.policies import Policies
from memos_graph.model.delta import Receipt
from memos_graph.model.errors import require
from memos_graph.model.lifecycle import Event
from memos_graph.services.lifecycle import states
from memos_graph.services.lifecycle.tidy import Progress, Tidied, keep_policies, policies_of, tidy


class States(OfCube):
    """The states of a cube's memories (docs/lifecycle.md). A document or chat takes its pieces along.

    Ids are one or several; all change in one step or none does. `NotFound` for an id that is not there,
    `IllegalTransition` with the legal events for a state that does not have this one.
    """

    __slots__ = ()

    def use(self, ids: str | Sequence[str], *, by: str = "user") -> Receipt:
        """One use more of these memories, `by` what: kept with its time, and what makes them active."""
        return states.use(self._context, self.name, _several(ids), by=by)

    def activate(self, ids: str | Sequence[str], *, reason: str = "") -> Receipt:
        """Schedule memories: a generated one is active from now on."""
        return self._state(ids, "scheduled", "activate", reason)

    def freeze(self, ids: str | Sequence[str], *, reason: str = "") -> Receipt:
        """Keep memories as they are: update and delete are refused (`Frozen`) unless forced with a reason."""
        return self._state(ids, "frozen", "freeze", reason)

    def thaw(self, ids: str | Sequence[str], *, reason: str = "") -> Receipt:
        """Frozen memories go back to the state they had before."""
        return self._state(ids, "thawed", "thaw", reason)

    def archive(self, ids: str | Sequence[str], *, reason: str = "") -> Receipt:
        """Put memories away: search leaves them out unless asked (`include_archived`)."""
        return self._state(ids, "archived", "archive", reason)

    def restore(self, ids: str | Sequence[str], *, reason: str = "") -> Receipt:
        """Archived memories are active again, deleted ones known again, with the pieces and edges that went along."""
        return self._state(ids, "restored", "restore", reason)

    def tidy(self, policies: Policies | None = None, *, dry_run: bool = True,
             progress: Progress | None = None) -> Tidied:  # fmt: skip
        """What `policies` (those of this cube) make of its memories now; written only with dry_run=False."""
        return tidy(self._context, self.name, policies, dry_run=dry_run, progress=progress)

    @property
    def policies(self) -> Policies:
        """The policies that `tidy` runs by."""
        return policies_of(self._context, self.name)

    def keep_policies(self, policies: Policies) -> None:
        """Keep `policies` with this cube."""
        keep_policies(self._context, self.name, policies)

    def _state(self, ids: str | Sequence[str], event: Event, verb: str, reason: str) -> Receipt:
        told = " ".join(reason.split())
        return states.change_state(
            self._context, self.name, _several(ids), event, reason=f"{verb}: {told}" if told else verb
        )


def _several(ids: str | Sequence[str]) -> list[str]:
    several = [ids] if isinstance(ids, str) else list(ids)
    require(bool(several) and all(isinstance(each, str) for each in several), "ids", ids, "give ids of memories")
    return several
