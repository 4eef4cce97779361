"""Scores of answers in words: F1 and BLEU-1 beside a judge's verdicts, with their spread over runs. Pure."""

from __future__ import annotations

import re
import statistics
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import exp

from memos_graph.model.chat import TokenUsage

WORDS = 6  #: of an answer at most
DECLINED = "not known"  #: what the prompt tells a model to say where it finds nothing
ADVERSARIAL = 5
_ARTICLES = frozenset({"a", "an", "the"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One question, answered once."""

    run: int  #: from 1
    place: int  #: in the data
    conversation: str
    category: int
    expected: str
    answer: str  #: its first six words
    cut: bool  #: more was said
    correct: bool  #: as judged; of an adversarial one, whether it was declined
    unjudged: bool = False  #: the judge gave no verdict, twice: counted as wrong
    broken: bool = False  #: the model gave no answer: counted as wrong
    found: float | None = None  #: share of its evidence among the turns that were sent; None: it names none
    answering: TokenUsage
    judging: TokenUsage | None = None  #: None: nobody was asked

    @property
    def declined(self) -> bool:
        """Whether it says that the chat does not tell."""
        return words(self.answer) == words(DECLINED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """The judge, tried with an answer of which we know whether it is right."""

    right: bool
    accepted: bool
    judging: TokenUsage


@dataclass(frozen=True, slots=True)
class Spread:
    """A mean over runs, and how far runs lie apart (sample standard deviation; 0 for a single run)."""

    mean: float
    deviation: float


def words(text: str) -> list[str]:
    """`text` in words as SQuAD compares them: small letters, no punctuation, no articles (Rajpurkar et al. 2016)."""
    return [word for word in re.findall(r"[^\W_]+", text.lower().replace("'", "")) if word not in _ARTICLES]


def f1(answer: str, expected: str) -> float:
    """Harmonic mean of how many words of each are in the other, 0 to 1; two texts without words are equal."""
    one, other = words(answer), words(expected)
    if not one or not other:
        return float(one == other)
    common = (Counter(one) & Counter(other)).total()
    return 2 * common / (len(one) + len(other))


def bleu1(answer: str, expected: str) -> float:
    """Share of the answer's words that are expected, less for a shorter one, 0 to 1 (BLEU-1, Papineni et al. 2002)."""
    one, other = words(answer), words(expected)
    if not one or not other:
        return float(one == other)
    common = (Counter(one) & Counter(other)).total()
    return common / len(one) * (1.0 if len(one) >= len(other) else exp(1 - len(other) / len(one)))


def short(text: str) -> tuple[str, bool]:
    """The first six words of the first line with any, and whether more was said."""
    said = next((line.split() for line in text.splitlines() if line.strip()), [])
    kept = " ".join(said[:WORDS])
    return kept, len(text.split()) > WORDS


SCORES: dict[str, Callable[[Outcome], float]] = {
    "judge": lambda outcome: float(outcome.correct),
    "F1": lambda outcome: f1(outcome.answer, outcome.expected),
    "BLEU-1": lambda outcome: bleu1(outcome.answer, outcome.expected),
    "declined": lambda outcome: float(outcome.declined),
}


def spread(outcomes: Sequence[Outcome], score: str) -> Spread:
    """The mean of `score` over runs, each the mean over its questions. ValueError when there are none."""
    runs: dict[int, list[float]] = {}
    for outcome in outcomes:
        runs.setdefault(outcome.run, []).append(SCORES[score](outcome))
    means = [statistics.fmean(values) for values in runs.values()]
    return Spread(statistics.fmean(means), statistics.stdev(means) if len(means) > 1 else 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """What a model read and wrote over all its requests, as its server counted."""

    requests: int
    untold: int  #: of them, those whose server did not count
    prompt: int
    cached: int  #: of the prompts
    completion: int

    def cost(self, prices: tuple[float, float, float]) -> float:
        """What that costs. prices: of a million tokens of prompt, of cached prompt, of completion."""
        read = self.prompt - self.cached
        return (read * prices[0] + self.cached * prices[1] + self.completion * prices[2]) / 1e6


def tokens(usages: Sequence[TokenUsage]) -> Tokens:
    """The sum of `usages`."""
    return Tokens(
        requests=len(usages), untold=sum(each.prompt is None for each in usages),
        prompt=sum(each.prompt or 0 for each in usages), cached=sum(each.cached or 0 for each in usages),
        completion=sum(each.completion or 0 for each in usages),
    )  # fmt: skip
