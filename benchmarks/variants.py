"""Recall with a preset's weights, with its stages added one by one, or as if the graph had no edges of one kind.

An edge kind is switched off in the store's `survey`, before any stage of recall can see it; weights stay as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

from memos_graph.app import Graph
from memos_graph.engines import profile
from memos_graph.engines.profile import RecallProfile
from memos_graph.model.survey import Survey
from memos_graph.ports import GraphStore
from memos_graph.services.layout import EdgeLayouts

ALL = "any edge"
#: what is added to recall, one after the other, and the weights that it takes
_STEPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("vectors alone", ()), ("+ words (BM25)", ("lexical",)), ("+ who said it", ("said_by",)),
    ("+ entities named", ("mentions",)), ("+ time", ("date", "tells_when")),
    ("+ the same section or session", ("siblings",)),
    ("+ neighbours and answers", ("flows", "linked", "answers", "reply")),
    ("+ questions and short lines count less", ("question", "length")), ("+ one entity further", ("hop",)),
    ("+ what a text refers to", ("refer",)),
    ("+ places for other sources", ("leads",)),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Without:
    """A store whose surveys lack edges of some kinds, and is as it was otherwise."""

    _store: GraphStore
    _kinds: frozenset[str]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def survey(self, *arguments: Any, **options: Any) -> tuple[Survey, ...]:
        """The store's surveys without those edges."""
        return tuple(
            replace(survey, adjacency={k: v for k, v in survey.adjacency.items() if k not in self._kinds})
            for survey in self._store.survey(*arguments, **options)
        )


def without(graph: Graph, kinds: frozenset[str]) -> Graph:
    """`graph` as recall would find it without edges of `kinds`. Closing it closes `graph`."""
    context = graph.context
    store = cast("GraphStore", _Without(context.store, kinds))
    return Graph(replace(context, store=store, names={}, layouts=EdgeLayouts()))


def ablations(graph: Graph, cubes: tuple[str, ...]) -> dict[str, Graph]:
    """ "without FOLLOWS" and so on -> that graph, for every kind of edge in `cubes`, and for all kinds at once."""
    kinds = sorted({kind for cube in cubes for kind in graph.cube(cube, create=False).stats()[1]})
    made = {f"without {kind}": without(graph, frozenset({kind})) for kind in kinds}
    return made | {f"without {ALL}": without(graph, frozenset(kinds))}


def presets() -> Mapping[str, RecallProfile]:
    """The named presets of recall; the default alone while there are no others."""
    named: Mapping[str, RecallProfile] | None = getattr(profile, "PRESETS", None)
    return dict(named) if named else {"default": profile.DEFAULT}


def ladder() -> dict[str, RecallProfile]:
    """From vectors alone to the default, a stage more at each step; stages not yet added have a weight of 0."""
    default = profile.DEFAULT
    nothing = {"flows": {}, "linked": profile.Flow(), "leads": 0}
    values: dict[str, Any] = {name: nothing.get(name, 0.0) for _, names in _STEPS for name in names}
    made: dict[str, RecallProfile] = {}
    for step, names in _STEPS:
        values |= {name: getattr(default, name) for name in names}
        made[step] = replace(default, **values)
    return made
