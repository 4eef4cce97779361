"""What rests on what in a cube: merge, unmerge, impact, and what a fall does to what rests on it."""

from __future__ import annotations

from dataclasses import replace

from memos_graph.app.of_cube import OfCube
from memos_graph.engines.consequences.cascade import POLICIES
from memos_graph.model.delta import Receipt
from memos_graph.model.errors import Invalid
from memos_graph.services import merging
from memos_graph.services.consequences import impact, reaffirming
from memos_graph.services.consequences.cascade import SETTING, Falls
from memos_graph.services.embed import find_cube


class Truth(OfCube):
    """What rests on what in a cube: merge, unmerge, impact."""

    __slots__ = ()

    def merge(self, *ids: str, text: str | None = None, reason: str = "merge") -> Receipt:
        """Make memories that say one thing one memory, whose id stands first in the Receipt; they stay as its parts.

        Its text is `text`, else the fullest of theirs and what the others add. Found from the same instant at which
        they are not any more. `Frozen`; `Invalid` for events of different times; see `services.merging`.
        """
        return merging.merge(self._context, self.name, ids, text=text, reason=reason)

    def unmerge(self, identity: str, *, reason: str = "unmerge") -> Receipt:
        """Take a merged memory apart: its parts are again what they were, it is retired."""
        return merging.unmerge(self._context, self.name, identity, reason=reason)

    def impact(self, *ids: str, erase: bool = False) -> tuple[Falls, ...]:
        """What `delete` of these memories would change besides them, nearest first; nothing is written."""
        return impact.impact(self._context, self.name, ids, erase=erase)

    def reaffirm(self, identity: str, *, reason: str) -> Receipt:
        """Take the doubt from a memory whose premise fell: it stands nevertheless, for this `reason`."""
        return reaffirming.reaffirm(self._context, self.name, identity, reason=reason)

    def set_cascade(self, policy: str) -> None:
        """What happens to memories when what they rest on falls, unless the edge says (`info.on_fall`).

        doubt: they are marked, and searches say so; retire: they end with it; keep: nothing.
        """
        if policy not in POLICIES:
            raise Invalid("policy", policy, f"use one of {', '.join(POLICIES)}")
        record = find_cube(self._context.store, self.name)
        self._context.store.replace_cube(replace(record, settings={**record.settings, SETTING: policy}))
