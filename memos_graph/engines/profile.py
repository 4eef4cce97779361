"""The weights of recall: one frozen value, each weight with its reason.

Scores are in units of cosine: what a row says counts at most 1 by meaning, and every other weight is what that evidence
is worth beside it. A weight of 0 switches its stage off. One default serves chats and documents alike: who said a row
is an edge that a document's passages lack, so that stage stays silent there. Set on five chats, on a hundred multi-hop
questions over paragraphs and on the examples, and looked at on five other chats: differences of a point are noise.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from types import MappingProxyType

from memos_graph.engines.spread import LinkRule


def _check(name: str, value: float, most: float = math.inf) -> None:
    if not (math.isfinite(value) and 0 <= value <= most):
        raise ValueError(
            f"{name} is {value}; give a finite number from 0" + (f" to {most:g}" if most < math.inf else "")
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """What the best neighbour over one kind of edge gives, as a share of its own score. Both from 0 to 1."""

    along: float = 0.0  #: from an edge's start to its end
    against: float = 0.0  #: from an edge's end to its start

    def __post_init__(self) -> None:
        for name in ("along", "against"):
            _check(f"Flow.{name}", getattr(self, name), most=1)


FLOWS: Mapping[str, Flow] = MappingProxyType(
    {
        # The line before and the line after share a row's subject, and often hold the question it answers.
        "FOLLOWS": Flow(along=0.2, against=0.2),
        # What a picture shows counts for the text it stands with.
        "ILLUSTRATES": Flow(along=0.3),
        # A cause explains its effect and an effect shows its cause: asked of either, the other matters.
        "CAUSES": Flow(along=0.2, against=0.2),
        "CONDITION_OF": Flow(along=0.2, against=0.2),
        "DEPENDS_ON": Flow(along=0.2, against=0.2),
        # Nearness in meaning already counts by cosine; the edge adds what a person or a model saw besides.
        "RELATED_TO": Flow(along=0.15, against=0.15),
        # A contradiction is to be seen with what it contradicts.
        "CONFLICTS_WITH": Flow(along=0.3, against=0.3),
        # What a text points at belongs to what it says; the way back tells only that someone thought it worth a link.
        "REFERS_TO": Flow(along=0.2, against=0.1),
        # Old wordings lead to what took their place (new -> old, original -> merged).
        "SUPERSEDES": Flow(against=0.3),
        "MERGED_INTO": Flow(along=0.3),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecallProfile:
    """How much each piece of evidence counts. All weights finite and at least 0; `ValueError` names one that is not."""

    # -- what the row itself says
    dense: float = 1.0  #: cosine of query and row, the unit of all others; below 0 counts as 0
    lexical: float = 0.4  #: BM25 as a share of the best hit's: exact words, which vectors blur
    lexical_power: float = 1.5  #: above 1 far-off hits fade: half the best BM25 is a common word, not half an answer
    said_by: float = 0.75  #: the one person that the query names said it
    said_by_one_of: float = 0.0  #: the same when it names several: then who said it tells little
    mentions: float = 0.25  #: it mentions an entity that the query names, times the edge's weight (heading 1, body 0.5)
    mentions_least: float = 0.5  #: as which lighter edges (dates, amounts) count there: weak as links, but asked for
    tells_when: float = 0.25  #: the query asks when, and the row holds words of time
    question: float = 0.1  #: taken from a row that asks: it repeats the query's words without answering
    length: float = 0.1  #: for a row of `full_length` or more: a row of three words holds no fact
    full_length: int = 400  #: characters; a paragraph
    # -- when it was
    date: float = 0.7  #: the row is of a time that the query names; counted after the spread, a day has no neighbours
    date_fade: float = 9.0  #: days outside that time until 1/e of it is left: people tell of a day in the weeks after
    # -- what its neighbours say
    siblings: float = 0.5  #: the best row under the same parent (session, section): evidence gathers where the talk was
    answers: float = 0.2  #: besides FOLLOWS, when the row before asks: what follows is the answer
    reply: float = 0.85  #: share of the whole score of a row that asks the same: its answer stands close behind it
    reply_words: float = 0.5  #: which rows ask the same: BM25 counts at least this share of `lexical`
    flows: Mapping[str, Flow] = field(default_factory=lambda: FLOWS)  #: by edge kind
    linked: Flow = Flow(along=0.15, against=0.15)  #: for edge kinds of the caller's own, made by `link`
    # -- what is one entity away
    hop: float = 1.2  #: a row that shares an entity with a seed, times its own score: the rest of a two-step answer
    hop_floor: float = 0.25  #: added to that own score: the rest need not sound like the query
    hop_seeds: int = 10  #: best rows that hop; past ten they are as often wrong
    hop_fade: float = 0.5  #: the k-th seed counts 1 / (1 + hop_fade · k)
    hop_back: float = 0.4  #: share of it for a row that is a seed: seeds that praise each other hide what they lead to
    hop_names: float = 0.25  #: share of a link from how much the entity matters to the seed (edge weight)
    hop_named: float = 0.75  #: share from how much it matters to the row reached: what the row is about, or in passing?
    hop_rare: float = 0.75  #: a link over an entity in d rows counts (2 / d) ** hop_rare: a part number, or the town?
    hop_common: int = 15  #: an entity in more rows than this leads only to those with it in their heading (weight 1)
    # -- what a text refers to
    refer: float = 1.0  #: a row below what a seed refers to, times its own score: the text says to look there
    # -- what another source adds (`lead`)
    leads: int = 4  #: rows of sources that the first hits don't show which get a place; 0: none
    lead_first: int = 3  #: the first such place, from 2; each next one comes two later: hits of its own keep the top
    lead_seeds: int = 8  #: best hits that lead
    lead_link: float = 0.3  #: power of the link's strength in choosing: weak, as one shared name may be all there is
    lead_own: float = 0.4  #: power of the row's own score in choosing
    # -- what may be returned
    #: bare containers are ways, not hits; nor is what an expired memory left
    hidden_kinds: frozenset[str] = frozenset(
        {"Entity", "Session", "Document", "Section", "Window", "AuditRecord", "Prefix"}
    )
    #: kinds that show the picture which illustrates them; elsewhere a picture with words of its own is a hit by itself
    shows_pictures: frozenset[str] = frozenset({"Message"})

    def __post_init__(self) -> None:
        for each in fields(self):
            value = getattr(self, each.name)
            if isinstance(value, int | float):
                _check(f"RecallProfile.{each.name}", value)
        for name in ("date_fade", "full_length", "lexical_power"):
            if getattr(self, name) == 0:
                raise ValueError(f"RecallProfile.{name} is 0; give a number above 0")
        if self.lead_first < 2:
            raise ValueError(f"RecallProfile.lead_first is {self.lead_first}; the best hit keeps its place: give 2 up")

    @property
    def links(self) -> LinkRule:
        """How rows that share an entity are linked."""
        return LinkRule(names=self.hop_names, named=self.hop_named, rare=self.hop_rare, common=self.hop_common)

    def flow(self, kind: str) -> Flow:
        """The flow over edges of `kind`."""
        return self.flows.get(kind, self.linked)


DEFAULT = RecallProfile()
#: For who knows what a cube holds: in chats alone entities lead nowhere new, in documents one rare name is link enough.
CHAT = replace(DEFAULT, hop=0.0, leads=0)
DOCUMENTS = replace(DEFAULT, lead_link=0.15)
PRESETS: Mapping[str, RecallProfile] = MappingProxyType({"default": DEFAULT, "chat": CHAT, "documents": DOCUMENTS})
