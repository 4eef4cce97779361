"""What is kept of a LoCoMo run, and the scores of each ranking. Pure: rankings in, estimates out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from benchmarks.metrics import Estimate, bootstrap, ndcg_at, recall_at, within_budget

OURS = "memos_graph"
CATEGORIES: Mapping[int, str] = {1: "multi-hop", 2: "temporal", 3: "open-domain", 4: "single-hop", 5: "adversarial"}
ANSWERABLE = (1, 2, 3, 4)
TURN_CUTS = (1, 5, 10, 20)
SESSION_CUTS = (1, 5, 10)  #: a chat has 19 to 32 sessions: further down nearly all are found
BUDGETS = (1000, 2000, 4000)
_SEED = 20240217  # any will do; fixed, so that two reports of the same rankings agree


@dataclass(frozen=True, slots=True, kw_only=True)
class Ingested:
    """Feeding all conversations."""

    turns: int
    nodes: int
    edges: int
    seconds: float
    memory: Mapping[str, float]  #: MB


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One question, ranked by each ranker."""

    conversation: str
    category: int
    evidence: tuple[str, ...]  #: message ids, at least one
    milliseconds: float  #: of the timed search
    rankings: Mapping[str, Sequence[str]]  #: ranker -> message ids, best first
    question: str = ""
    place: int = 0  #: in the data
    chance: float | None = None  #: probability, as recall judges, that the chat holds an answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a peer took; 0 where it can't be said."""

    milliseconds: tuple[float, ...]
    turns_per_second: float
    memory_mb: float
    disk_mb: float
    measured_at: str = ""  #: ISO 8601, UTC: a peer's outcome may be kept from an earlier run


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One run."""

    sha256: str
    embedder: str
    ingested: Ingested
    answers: tuple[Answer, ...]
    left_out: int  #: questions without a turn to find
    deep: int  #: length to which rankings were read
    turns: Mapping[str, int]  #: by conversation
    tokens: Mapping[str, Mapping[str, int]]  #: by conversation, by message id
    memory: Mapping[str, float]  #: MB
    disk_mb: float
    more: tuple[Answer, ...] = ()  #: categories 1-4 by every ranker, those that were read to `TOP_K` alone included
    presets: tuple[str, ...] = ()  #: rankers of `more`
    ladder: tuple[str, ...] = ()  #: likewise, the default as its last step left out
    ablations: tuple[str, ...] = ()  #: likewise
    masked: tuple[str, ...] = ()  #: likewise, on chats without names
    peers: Mapping[str, Cost | str] = field(default_factory=dict)  #: by ranker of `more`, or why there is none
    corrected: tuple[Answer, ...] | None = None  #: `more` with an audit's keys


Score = Callable[[Answer, str], float]


def scores(run: Measured) -> dict[str, Score]:
    """Every score of an answer's ranking, by its name in the report."""
    return {
        **{f"R@{k}": partial(_turns, k=k) for k in TURN_CUTS},
        "nDCG@10": _ndcg,
        **{f"session R@{k}": partial(_session, k=k) for k in SESSION_CUTS},
        **{f"R in {budget}": partial(_budget, tokens=run.tokens, budget=budget) for budget in BUDGETS},
    }


def estimate(answers: Sequence[Answer], ranker: str, score: Score) -> Estimate:
    """The mean of `score` over `answers`, with its interval over conversations."""
    groups: dict[str, list[float]] = {}
    for answer in answers:
        groups.setdefault(answer.conversation, []).append(score(answer, ranker))
    return bootstrap(list(groups.values()), np.random.default_rng(_SEED))


def sessions(turns: Sequence[str]) -> list[str]:
    """The sessions of these turns ("D8:6" is of session D8), in order of first mention."""
    return list(dict.fromkeys(turn.partition(":")[0] for turn in turns))


def _turns(answer: Answer, ranker: str, *, k: int) -> float:
    return recall_at(answer.rankings[ranker], answer.evidence, k)


def _ndcg(answer: Answer, ranker: str) -> float:
    return ndcg_at(answer.rankings[ranker], answer.evidence, 10)


def _session(answer: Answer, ranker: str, *, k: int) -> float:
    return recall_at(sessions(answer.rankings[ranker]), sessions(answer.evidence), k)


def _budget(answer: Answer, ranker: str, *, tokens: Mapping[str, Mapping[str, int]], budget: int) -> float:
    ranking = answer.rankings[ranker]
    return recall_at(ranking, answer.evidence, within_budget(ranking, tokens[answer.conversation], budget))
