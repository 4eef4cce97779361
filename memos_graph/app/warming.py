"""A prefix sent ahead of the questions, and what its cache did for the answers."""

from __future__ import annotations

from memos_graph.app.of_cube import OfCube
from memos_graph.model.prefix import PrefixStats, WarmUp
from memos_graph.services.prefix.building import current
from memos_graph.services.prefix.stats import stats
from memos_graph.services.prefix.warming import warm


class Warming(OfCube):
    """A prefix sent ahead of the questions, and what its cache did for the answers."""

    __slots__ = ()

    def warm_prefix(self) -> WarmUp:
        """Have the model's server read the prefix as it is now, and prove that the next question finds it cached.

        One that is not found is an error in the log `memos_graph.prefix` and in `prefix_stats`. `NotSupported` without
        a model; `Unavailable` and `Refused` as its endpoint has them.
        """
        return warm(self._context, current(self._context, (self.name,)))

    def prefix_stats(self) -> PrefixStats:
        """What the prefix cache did for this cube's answers, by what their servers told."""
        return stats(self._context, (self.name,))
