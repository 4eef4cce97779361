"""What a search returns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from memos_graph.engines.consequences.doubts import Reason, doubt_of
from memos_graph.model.graph import Node, Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One edge that a search walked, from the node it came from to the node it reached."""

    from_id: str
    from_text: str
    kind: str  #: the edge's kind
    along: bool  #: walked in the edge's own direction
    to_id: str
    to_text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One way score came to a hit over edges."""

    arm: str
    gain: float
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A memory found, its score, and how it was found."""

    node: Node
    score: float  #: of this search alone
    rank: int  #: from 1
    arms: Mapping[str, float]  #: what each kind of evidence gave; they sum to the score
    routes: tuple[Route, ...]  #: strongest first
    relativity: float = 0.0  #: how relevant by `score` before any preference, from 0 to 1; see `engines.relativity`
    reranked: float | None = None  #: what the reranker gave it, which decided its rank; None: no reranker read it

    @property
    def id(self) -> str:
        """The memory's id."""
        return self.node.id

    @property
    def text(self) -> str:
        """The memory's text."""
        return self.node.text

    @property
    def kind(self) -> str:
        """The memory's kind."""
        return self.node.kind

    @property
    def cube(self) -> str:
        """The cube it lies in."""
        return self.node.cube

    @property
    def doubt(self) -> Reason | None:
        """Why it is doubtful (the shortest way to what fell), or None: see `services.consequences.cascade`."""
        return next(iter(doubt_of(self.node.info)), None)

    @property
    def sources(self) -> tuple[Source, ...]:
        """Where it came from."""
        return self.node.sources

    @property
    def path(self) -> str:
        """The strongest route in one line; "direct" for a hit that no edge led to."""
        return describe(self.routes[0]) if self.routes else "direct"


def describe(route: Route) -> str:
    """`route` in one line: `"text" -KIND-> "text"`, arrows pointing as the edges do."""
    parts = [f"{_short(route.steps[0].from_text)}"]
    for step in route.steps:
        arrow = f"-{step.kind}->" if step.along else f"<-{step.kind}-"
        parts.append(f"{arrow} {_short(step.to_text)}")
    return " ".join(parts)


def _short(text: str) -> str:
    line = " ".join(text.split())
    return f'"{line[:44]}…"' if len(line) > 45 else f'"{line}"'
