"""How relevant a hit is, from 0 to 1, on a scale that means the same for a line of a chat and for a note by itself.

A raw score does not: one query names a speaker and a time, which count, another does not; one memory has neighbours
that lend it score, another stands alone. So the score is taken as a share of what such a hit could have got, and a
logistic curve makes it a number for thresholds. Declines to know texts.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from memos_graph.engines.profile import RecallProfile
from memos_graph.engines.understand import Understood

_EVIDENCE = frozenset({"SAID_BY", "MENTIONS", "PARENT"})  #: arms with a weight of their own, no flow


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """A logistic curve over shares: 1 / (1 + exp(-(share - half) / width))."""

    half: float  #: the share that counts .5
    width: float  #: from there, more of it that counts .73

    def of(self, share: float) -> float:
        """From 0 to 1, higher for a higher share."""
        return 1 / (1 + math.exp(-max(min((share - self.half) / self.width, 60.0), -60.0)))


#: Fitted by logistic regression on the first 20 hits, evidence and other hits weighed alike (so .5 is where the two are
#: as likely): 254 questions over five chats give half .54, width .09; 100 over multi-hop paragraphs .42 and .11. Taken
#: between the two, as neither is every graph. It tells evidence apart as well as the score does: AUROC .78 and .79 (the
#: score itself .76 and .80).
DEFAULT = Scale(half=0.48, width=0.1)


def relativity(score: float, arms: Iterable[str], meant: Understood, profile: RecallProfile) -> float:
    """How relevant a hit of `score` is, from 0 to 1; `arms`: what gave it its score; `meant`: what the query names."""
    return DEFAULT.of(max(score, 0.0) / reachable(arms, meant, profile))


def reachable(arms: Iterable[str], meant: Understood, profile: RecallProfile) -> float:
    """The score of a hit that answers in every way the query asks, with equal neighbours where it has some.

    Lifts over entities, by replies and by other hits are left out: they stand in for what the hit itself lacks.
    """
    own = profile.dense + profile.lexical
    if meant.named_speakers:
        own += profile.said_by if len(meant.named_speakers) == 1 else profile.said_by_one_of
    if meant.entities:
        own += profile.mentions
    if meant.asks_when:
        own += profile.tells_when
    lent = 0.0
    for arm in arms:
        if arm == "PARENT":
            lent += profile.siblings
        elif arm.isupper() and arm not in _EVIDENCE:
            flow = profile.flow(arm)
            lent += max(flow.along, flow.against)
    return max(own * (1 + lent) + (profile.date if meant.times else 0.0), 1e-6)
