"""What a text says causes what, as a part of the graph: CAUSES and CONDITION_OF edges, always from cause to effect.

Most statements lie in one sentence of one passage, and an edge needs two ends. The passage can't be both, and the
names in a span won't do: in "Greta shut V-117 because P-2 leaked", P-2 causes a shutting, and neither Greta nor V-117.
So each end is what the text itself calls it:

- a span that is a name and no more ("Hurricane Ana") is the Entity of that name, shared by all documents;
- any other span ("the bearing had seized") is an Entity without a key, so that nobody's query takes its words for a
  name. Its PARENT is the passage that states it first. In one document equal words are one node, so that
  oil lost -> bearing seized -> pump stopped can be walked; in two documents "the strike" is two strikes;
- where a marker opens a passage ("Therefore ..."), what went before is the cause: the edge joins the two passages.

The least clutter: two small nodes a statement, at most `MOST` statements a passage, surest first; they are no hits and
have no vectors, and they go when their passage goes. The edge holds all the rest: its evidence is the sentence, its
weight the marker's confidence, its info the rule and the spans (characters of the evidence).

Declines to know the markers (`memos_ingest.causal`) and what recall makes of the edges.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from memos_graph.engines.mentions import canonical, mentions
from memos_graph.model.graph import Edge, Json, Node, make_edge
from memos_graph.services.remember.entities import Entities
from memos_graph.services.remember.ids import node_id
from memos_ingest.causal import Causal, Span, causes, opens_with_a_link, paragraphs

MOST = 8  #: statements kept of one passage; one that argues at every turn would be all edges
EVIDENCE = 300  #: characters of the sentence kept on the edge
_NAME = 200  #: characters of a span kept as a node's text
MADE_BY = "rule:causal"
_BLANK = re.compile(r"\s")
_DETERMINER = re.compile(r"(?:the|a|an|this|that)\s+", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A text that may state causes: its node, and what it has in common with those it may go on from."""

    node: Node
    group: str  #: the section of a passage, the session and speaker of a message


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """What to add to a draft. `nodes` belong to the source: they end when it states them no longer."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]


def state_causes(told: Sequence[Told], *, cube: str, root: str, at: datetime, entities: Entities) -> Stated:
    """The nodes and edges for all that `told`, the texts of the source `root` in reading order, states.

    Names that stand for a span are added to `entities`. The same texts give the same ids. O(text).
    """
    drawn = _Drawn(cube, root, at, entities)
    for one in told:
        for found in _surest(causes(one.node.text)):
            drawn.inside(one.node, found)
    for before, after in pairwise(told):
        if before.group == after.group:
            drawn.across(before.node, after.node)
    return Stated(nodes=tuple(drawn.nodes.values()), edges=tuple(drawn.edges.values()))


def _surest(found: Sequence[Causal]) -> list[Causal]:
    """The first `MOST` by confidence, in the order of the text."""
    kept = sorted(found, key=lambda one: (-one.confidence, one.marker))[:MOST]
    return sorted(kept, key=lambda one: (one.marker, one.cause, one.effect))


class _Drawn:
    """Collects the ends and edges of one source, each once."""

    def __init__(self, cube: str, root: str, at: datetime, entities: Entities) -> None:
        self._cube, self._root, self._at, self._entities = cube, root, at, entities
        self.nodes: dict[str, Node] = {}
        self.edges: dict[str, Edge] = {}

    def inside(self, node: Node, found: Causal) -> None:
        """A statement whose two spans lie in the text of `node`."""
        cause, effect = self._end(node, found.cause), self._end(node, found.effect)
        said = found.sentence
        here = found.moved(-said.start)
        info: dict[str, Json] = {
            "rule": found.rule, "cause": _pair(here.cause), "effect": _pair(here.effect), "marker": _pair(here.marker),
        }  # fmt: skip
        self._edge(found.relation.value, cause, effect, found.confidence, said.of(node.text), info)

    def across(self, before: Node, after: Node) -> None:
        """A marker that opens `after` and so speaks of the end of `before`."""
        ends, begins = paragraphs(before.text), paragraphs(after.text)
        if not ends or not begins:
            return
        last, first = ends[-1][-1].of(before.text), begins[0][0]
        opened = opens_with_a_link(first.of(after.text))
        if opened is None or last.rstrip().endswith(("?", "？")):
            return
        info: dict[str, Json] = {"rule": opened.rule, "marker": _pair(opened.marker.moved(len(last) + 1))}
        cause, effect = (after, before) if opened.backwards else (before, after)
        self._edge("CAUSES", cause.id, effect.id, opened.confidence, f"{last} {first.of(after.text)}", info)

    def _end(self, node: Node, span: Span) -> str:
        """The id of the node that stands for the words of `span` in the text of `node`."""
        text = " ".join(span.of(node.text).split())
        bare = _DETERMINER.sub("", text, count=1)
        named = mentions(bare)
        if len(named) == 1 and named[0].name == bare:
            return self._entities.called(bare)
        identity = node_id("say", self._root, canonical(text))
        if identity not in self.nodes:
            self.nodes[identity] = Node(
                id=identity, cube=self._cube, kind="Entity", text=text[:_NAME], sources=node.sources[:1],
                created_at=self._at, updated_at=self._at,
            )  # fmt: skip
            parent = make_edge(self._cube, "PARENT", identity, node.id, created_at=self._at)
            self.edges[parent.id] = parent
        return identity

    def _edge(self, kind: str, cause: str, effect: str, weight: float, evidence: str, info: dict[str, Json]) -> None:
        edge = make_edge(
            self._cube, kind, cause, effect, created_at=self._at, weight=weight, created_by=MADE_BY,
            evidence=_cut(evidence), info=info,
        )  # fmt: skip
        if cause != effect:
            self.edges.setdefault(edge.id, edge)


def _pair(span: Span) -> list[Json]:
    return [span.start, span.end]


def _cut(text: str) -> str:
    text = _BLANK.sub(" ", text)  # one for one, so that the spans stay right
    return text if len(text) <= EVIDENCE else text[: EVIDENCE - 1].rstrip() + "…"
