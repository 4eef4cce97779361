"""A cube put in order: near-duplicates, clusters, summaries, working memory."""

from __future__ import annotations

from memos_graph.app.of_cube import OfCube
from memos_graph.model.delta import Receipt
from memos_graph.model.graph import Node
from memos_graph.services.organise import organise as organising
from memos_graph.services.organise import working
from memos_graph.services.organise.material import Progress


class Organising(OfCube):
    """A cube put in order: near-duplicates, clusters, summaries, working memory."""

    __slots__ = ()

    def organise(self, policy: organising.OrganisePolicy = organising.DEFAULT, *, dry_run: bool = False,
                 progress: Progress | None = None) -> organising.Organised:  # fmt: skip
        """Merge near-duplicates, link near texts, join causal chains, sum up clusters; what was done.

        Each step is right by itself: a run that was cut short goes on when it is given again, and on a memory that has
        not changed it writes nothing. Clusters need the extra `organise`.
        """
        return organising.organise(self._context, self.name, policy, dry_run=dry_run, progress=progress)

    def working_memory(self) -> tuple[Node, ...]:
        """The most recent and most used memories as of the last refresh, most at hand first; those that still live."""
        return working.working_memory(self._context, self.name)

    def refresh_working_memory(self, *, capacity: int | None = None, progress: Progress | None = None) -> Receipt:
        """Choose working memory anew, as a whole and in one step (capacity: the cube's policy, 20 by default)."""
        return working.refresh_working_memory(self._context, self.name, capacity=capacity, progress=progress)
