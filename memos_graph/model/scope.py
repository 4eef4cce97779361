"""A Scope says whose memories a read may see, and of which time. Every read takes one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from memos_graph.model.errors import Invalid
from memos_graph.model.graph import LIVE, STATUSES, Edge, Node, Status, check_cube_id

ANY_STATE: frozenset[Status] = frozenset(STATUSES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Cubes, times and states a read is bound to. Nothing outside it is returned, walked through or counted.

    as_of: only what was true at that instant (valid_from <= as_of < valid_to).
    current_at: without as_of, hides what had stopped being true by then; what begins later still shows.
    known_at: only what we knew at that instant (updated_at <= known_at < retired_at); None: what we know now.
    states: statuses that show; edges have none.
    retired: with known_at None, shows retired ones too (history, dumps).
    """

    cubes: tuple[str, ...]
    as_of: datetime | None = None
    current_at: datetime | None = None
    known_at: datetime | None = None
    states: frozenset[Status] = LIVE
    retired: bool = False

    def __post_init__(self) -> None:
        if not self.cubes:
            raise Invalid("cubes", self.cubes, "name at least one cube")
        for cube in self.cubes:
            check_cube_id(cube)
        if len(set(self.cubes)) != len(self.cubes):
            raise Invalid("cubes", self.cubes, "name each cube once")
        for name in ("as_of", "current_at", "known_at"):
            moment: datetime | None = getattr(self, name)
            if moment is not None and moment.tzinfo is None:
                raise Invalid(name, moment.isoformat(), "give it a time zone (UTC: add +00:00)")

    def of(self, cube: str) -> Scope:
        """This Scope narrowed to one of its cubes."""
        return replace(self, cubes=(cube,))

    def sees(self, node: Node) -> bool:
        """Whether `node` shows in this Scope: the definition every backend is tested against."""
        return (
            node.cube in self.cubes
            and node.status in self.states
            and self._known(node.updated_at, node.retired_at)
            and self._true(node.valid_from, node.valid_to)
        )

    def sees_edge(self, edge: Edge) -> bool:
        """Whether `edge` itself shows; a walk over it also needs both its ends to show."""
        return (
            edge.cube in self.cubes
            and self._known(edge.created_at, edge.retired_at)
            and self._true(edge.valid_from, edge.valid_to)
        )

    def _known(self, since: datetime, until: datetime | None) -> bool:
        if self.known_at is None:
            return self.retired or until is None
        return since <= self.known_at and (until is None or self.known_at < until)

    def _true(self, start: datetime | None, end: datetime | None) -> bool:
        if self.as_of is not None:
            return (start is None or start <= self.as_of) and (end is None or self.as_of < end)
        return self.current_at is None or end is None or self.current_at < end


def everything(*cubes: str) -> Scope:
    """A Scope over all that is in `cubes`: every state, true or not, retired or not. For dumps and repair."""
    return Scope(cubes=cubes, states=ANY_STATE, retired=True)
