"""What explaining says, as frozen values with a JSON form: the query as it was read, stages, hits, losses, odds.

Knows how things are said, not how they are found out (`explaining`, `losing`, `judging`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from memos_graph.engines.answerable import Signs
from memos_graph.engines.reasons import Reason
from memos_graph.engines.timewords import TimeRange
from memos_graph.model.graph import Edge, Node
from memos_graph.services.hits import Hit, Route, describe


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """A text that was embedded for the query."""

    text: str
    speaker: str | None  #: whose words it was compared with; None: everyone's


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """The query as one cube reads it."""

    cube: str
    voices: tuple[Voice, ...]
    words: str  #: what BM25 looked for
    speakers: tuple[str, ...]  #: names
    entities: tuple[str, ...]  #: names
    times: tuple[TimeRange, ...]
    asks_when: bool

    def to_json(self) -> dict[str, Any]:
        """Its fields; times as ISO 8601."""
        return {
            "cube": self.cube, "voices": [{"text": v.text, "speaker": v.speaker} for v in self.voices],
            "words": self.words, "speakers": list(self.speakers), "entities": list(self.entities),
            "times": [{"start": iso(t.start), "end": iso(t.end)} for t in self.times], "asks_when": self.asks_when,
        }  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """How many memories were left after a stage."""

    name: str
    left: int
    detail: str

    def to_json(self) -> dict[str, Any]:
        """Its fields."""
        return {"stage": self.name, "left": self.left, "detail": self.detail}


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A hit, and how each stage saw it."""

    hit: Hit
    searches: Mapping[str, int]  #: its place, from 1, by each search alone; searches that did not find it are absent
    ranked: int  #: its place by score, before anything chose among the hits

    def to_json(self) -> dict[str, Any]:
        """Its fields, the hit's text and place among them."""
        hit = self.hit
        return {
            "rank": hit.rank, "score": round(hit.score, 6), "cube": hit.cube, "id": hit.id, "kind": hit.kind,
            "text": hit.text, "arms": {arm: round(gain, 6) for arm, gain in hit.arms.items()},
            "relativity": round(hit.relativity, 6), "reranked": _rounded(hit.reranked),
            "searches": dict(self.searches), "ranked": self.ranked,
            "routes": [route_json(route) for route in hit.routes],
        }  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Once:
    """What was known of a question's answer and holds no more."""

    node: Node  #: the row that said it
    memory: str  #: id of the memory that it is a version of, or is
    until: datetime  #: when it stopped being true; when it was deleted, where nobody said that it stopped
    deleted: bool  #: it was deleted, not ended
    probability: float  #: that it answers, by itself, 0 to 1
    successor: Node | None  #: what holds instead; None: nothing does

    def to_json(self) -> dict[str, Any]:
        """Its fields; times as ISO 8601."""
        since = self.node.valid_from
        return {
            "id": self.memory, "row": self.node.id, "cube": self.node.cube, "text": self.node.text,
            "since": None if since is None else iso(since), "until": iso(self.until), "deleted": self.deleted,
            "probability": round(self.probability, 6),
            "successor": None if self.successor is None
            else {"id": self.successor.id, "text": self.successor.text},
        }  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Absence:
    """Whether a question asks for what was once known and is known no more."""

    once: tuple[Once, ...] = ()  #: what answers clearly better than all that holds, best first

    @property
    def absent(self) -> bool:
        """Whether we no longer know: what answered best has ended, and nothing took its place."""
        return bool(self.once) and self.once[0].successor is None

    def to_json(self) -> dict[str, Any]:
        """Its fields."""
        return {"absent": self.absent, "once": [each.to_json() for each in self.once]}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answerability:
    """How likely it is that the evidence is there at all."""

    probability: float  #: calibrated, 0 to 1
    signs: Signs  #: what it was judged by
    cube: str  #: of several, the one most likely to hold it
    absence: Absence | None = None  #: what was once known of it; None: nothing that answers better than what holds

    def to_json(self) -> dict[str, Any]:
        """Its fields; `absence` only where there is one."""
        signs = {name: _rounded(getattr(self.signs, name)) for name in Signs.__dataclass_fields__}
        told = {} if self.absence is None else {"absence": self.absence.to_json()}
        return {"probability": round(self.probability, 6), "cube": self.cube, "signs": signs} | told


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """A search and all that led to its hits."""

    query: str
    meanings: tuple[Meaning, ...]
    stages: tuple[Stage, ...]
    hits: tuple[Told, ...]
    lost: tuple[WhyNot, ...]  #: memories whose score was enough and that a later stage left out
    answerability: Answerability
    nodes: tuple[Node, ...]  #: the hits, and what lies on their routes
    edges: tuple[Edge, ...]  #: those walked

    def to_json(self) -> dict[str, Any]:
        """All of it as plain JSON values; nodes and edges as {id, cube, kind, text} and {kind, from, to, weight}."""
        return {
            "query": self.query, "meanings": [m.to_json() for m in self.meanings],
            "stages": [s.to_json() for s in self.stages], "answerability": self.answerability.to_json(),
            "hits": [t.to_json() for t in self.hits], "lost": [w.to_json() for w in self.lost],
            "graph": {
                "nodes": [{"id": n.id, "cube": n.cube, "kind": n.kind, "text": n.text or n.key} for n in self.nodes],
                "edges": [
                    {"id": e.id, "cube": e.cube, "kind": e.kind, "from": e.from_id, "to": e.to_id, "weight": e.weight}
                    for e in self.edges
                ],
            },
        }  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Rival:
    """The hit that took the last place, beside the memory that did not get one."""

    id: str
    cube: str
    rank: int
    score: float
    text: str
    arms: Mapping[str, float]  #: by arm, what it has more than the memory (less: below 0), largest difference first

    def to_json(self) -> dict[str, Any]:
        """Its fields."""
        return {
            "id": self.id, "cube": self.cube, "rank": self.rank, "score": round(self.score, 6), "text": self.text,
            "arms": {arm: round(gain, 6) for arm, gain in self.arms.items()},
        }  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class WhyNot:
    """Where a memory was lost, and by how much.

    stage: "missing", "cube", "time", "state", "vectors", "kind", "picture", "filter", "candidate", "score", the name
    of the option that left it out (such as "dedup"), or "hit".
    """

    query: str
    id: str
    cube: str | None  #: None: it is in no cube
    stage: str
    detail: str  #: a sentence
    reasons: tuple[Reason, ...] = ()  #: what was asked that it does not meet
    rank: int | None = None  #: its place by score among all that may be hits; None: it has none
    top_k: int = 0
    score: float | None = None
    arms: Mapping[str, float] | None = None  #: what each gave; they sum to the score
    rival: Rival | None = None  #: whose place it would have needed

    @property
    def found(self) -> bool:
        """Whether it is a hit."""
        return self.stage == "hit"

    @property
    def short_by(self) -> float | None:
        """The score it lacks for the last place; None where that is not what it was lost by."""
        return None if self.rival is None or self.score is None else self.rival.score - self.score

    def to_json(self) -> dict[str, Any]:
        """All of it as plain JSON values; `short_by` too."""
        return {
            "query": self.query, "id": self.id, "cube": self.cube, "stage": self.stage, "detail": self.detail,
            "reasons": [
                {"field": r.field, "asked": r.asked, "found": r.found, "seconds_off": r.seconds_off}
                for r in self.reasons
            ],
            "rank": self.rank, "top_k": self.top_k, "score": _rounded(self.score), "short_by": _rounded(self.short_by),
            "arms": None if self.arms is None else {arm: round(gain, 6) for arm, gain in self.arms.items()},
            "rival": None if self.rival is None else self.rival.to_json(),
        }  # fmt: skip


def route_json(route: Route) -> dict[str, Any]:
    """A route with every step's ends."""
    steps = [
        {"from": s.from_id, "from_text": s.from_text, "kind": s.kind, "along": s.along, "to": s.to_id,
         "to_text": s.to_text}
        for s in route.steps
    ]  # fmt: skip
    return {"arm": route.arm, "gain": round(route.gain, 6), "path": describe(route), "steps": steps}


def iso(moment: datetime) -> str:
    """ISO 8601."""
    return moment.isoformat()


def _rounded(number: float | None) -> float | None:
    return None if number is None else round(number, 6)
