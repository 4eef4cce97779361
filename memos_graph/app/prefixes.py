"""What comes first in every prompt about a cube: its most stable and most used memories."""

from __future__ import annotations

from memos_graph.app.of_cube import OfCube
from memos_graph.model.prefix import Prefix
from memos_graph.services.prefix import building
from memos_graph.services.prefix.looking import Progress
from memos_graph.services.prefix.state import forget


class Prefixes(OfCube):
    """What comes first in every prompt about a cube: its most stable and most used memories."""

    __slots__ = ()

    def prefix(self) -> Prefix:
        """What the next answer sends first: every memory in it is true now. Written only if something changed."""
        return building.current(self._context, (self.name,))

    def show_prefix(self, *, progress: Progress | None = None) -> Prefix:
        """What `prefix` would give, and what was left out and why. Writes nothing; looks at every memory."""
        return building.show(self._context, (self.name,), progress=progress)

    def build_prefix(self, *, tokens: int | None = None, fresh: bool = False, dry_run: bool = False,
                     progress: Progress | None = None) -> Prefix:  # fmt: skip
        """The prefix chosen from all memories; what was sent and holds keeps its place, unless `fresh`.

        tokens: of all that comes before the user's own words, at most; kept for later. `tokens - kept` of the result
        are read again.
        """
        return building.build(
            self._context, (self.name,), tokens=tokens, fresh=fresh, dry_run=dry_run, progress=progress
        )

    def drop_prefix(self) -> bool:
        """Whether there was one; nothing is left of it, of its stats, its salt and their history."""
        return forget(self._context, self.name)
