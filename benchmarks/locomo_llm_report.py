"""The report of LoCoMo's whole protocol: scores by category, tokens and cost, and what may spoil them. Pure."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.locomo_llm_scores import (
    ADVERSARIAL,
    SCORES,
    WORDS,
    Control,
    Outcome,
    Spread,
    Tokens,
    spread,
    tokens,
)  # fmt: skip
from benchmarks.locomo_scores import ANSWERABLE, CATEGORIES
from benchmarks.metrics import bootstrap
from benchmarks.report import Cell, Report, Table

if TYPE_CHECKING:
    from benchmarks.locomo_llm import Protocol

ALL = "categories 1-4"
_SEED = 20240217


def make_report(outcomes: Sequence[Outcome], tried: Sequence[Control], *, sha256: str, embedder: str,
                protocol: Protocol, seconds: float, requests: int) -> Report:  # fmt: skip
    """The report of one protocol. tried: the judge's controls. requests: of this run; others were kept from before."""
    groups = {ALL: [o for o in outcomes if o.category in ANSWERABLE]}
    groups |= {name: [o for o in outcomes if o.category == number] for number, name in CATEGORIES.items()}
    groups = {name: of for name, of in groups.items() if of}
    answering = tokens([outcome.answering for outcome in outcomes])
    judging = tokens([*(o.judging for o in outcomes if o.judging is not None), *(each.judging for each in tried)])
    scores = {name: {score: spread(of, score) for score in SCORES} for name, of in groups.items()}
    spoilt, judge = _spoilt(outcomes), _judge(tried)
    return Report(
        name="locomo_llm", title=f"LoCoMo answered by {protocol.answerer.name}, judged by {protocol.judge.name}",
        reading=_reading(protocol, embedder),
        tables=(
            Table(title="Scores, in percent", columns=("questions of", "asked", "evidence sent", *SCORES),
                  rows=tuple(_row(name, of, scores[name]) for name, of in groups.items()),
                  note=_note(groups.get(ALL, ()), protocol.runs)),
            Table(title="The judge, tried", columns=("given", "tried", "accepted"), rows=tuple(
                      (name, count, accepted) for name, (count, accepted) in judge.items()),
                  note="A judge that accepts others' answers, or not the expected ones, measures nothing."),
            Table(title="Tokens and cost", columns=("", "requests", "prompt", "of it cached", "completion",
                  "server did not count", "cost"), rows=(
                      _cost_row(f"answers, {protocol.answerer.name}", answering, protocol.answerer.prices),
                      _cost_row(f"verdicts, {protocol.judge.name}", judging, protocol.judge.prices)),
                  note="Cost in the currency of the prices given; 0 where none were."),
            Table(title="What may spoil a score", columns=("", "of all"), rows=tuple(spoilt.items())),
        ),
        results=_results(outcomes, groups, scores, {
            "data_sha256": sha256, "embedder": embedder, "model": protocol.answerer.name,
            "judge": protocol.judge.name, "runs": protocol.runs, "context_tokens": protocol.context,
            "seed": protocol.seed, "sample": protocol.questions, "temperature": protocol.temperature,
            "tokens": {"answers": _tokens_json(answering), "verdicts": _tokens_json(judging)},
            "cost": {"answers": answering.cost(protocol.answerer.prices),
                     "verdicts": judging.cost(protocol.judge.prices)},
            "spoilt": spoilt, "judge_tried": {n: {"tried": t, "accepted": a} for n, (t, a) in judge.items()},
            "seconds": seconds, "requests_of_this_run": requests,
        }),
        problems=(*_problems(outcomes), *_doubts(judge)),
    )  # fmt: skip


def _row(name: str, of: Sequence[Outcome], scores: dict[str, Spread]) -> tuple[Cell, ...]:
    apart = of[0].category == ADVERSARIAL
    found = [o.found for o in of if o.found is not None and o.run == 1]
    label = f"{name}, apart" if apart else name
    return (
        label, sum(o.run == 1 for o in of), f"{100 * statistics.fmean(found):.1f}" if found else "",
        *("" if apart and score != "declined" else _shown(scores[score]) for score in SCORES),
    )  # fmt: skip


def _shown(value: Spread) -> str:
    return f"{100 * value.mean:.1f} ± {100 * value.deviation:.1f}"


def _note(of: Sequence[Outcome], runs: int) -> str:
    text = (
        f"Mean of {runs} runs ± their standard deviation. An adversarial question has no answer in the chat: right is "
        "to decline, and as elsewhere it is not part of the total."
    )
    if not of:
        return text
    groups: dict[str, list[float]] = {}
    for outcome in of:
        groups.setdefault(outcome.conversation, []).append(float(outcome.correct))
    over = bootstrap(list(groups.values()), np.random.default_rng(_SEED))
    return f"{text} Judge, {ALL}, 95 % interval over conversations: {100 * over.low:.1f}-{100 * over.high:.1f}."


def _cost_row(name: str, of: Tokens, prices: tuple[float, float, float]) -> tuple[Cell, ...]:
    return (name, of.requests, of.prompt, of.cached, of.completion, of.untold, f"{of.cost(prices):.4f}")


def _spoilt(outcomes: Sequence[Outcome]) -> dict[str, int]:
    return {
        "answers": len(outcomes),
        f"answers longer than {WORDS} words, cut there": sum(o.cut for o in outcomes),
        "no answer in the form of one: counted as wrong": sum(o.broken for o in outcomes),
        "answers without a word: counted as wrong, not judged": sum(
            not o.broken and o.judging is None and o.category != ADVERSARIAL for o in outcomes
        ),
        "no verdict in the form of one, twice: counted as wrong": sum(o.unjudged for o in outcomes),
    }


def _judge(tried: Sequence[Control]) -> dict[str, tuple[int, int]]:
    """By what was given: how often it was tried, and how often accepted."""
    return {
        name: (sum(each.right == right for each in tried), sum(each.accepted for each in tried if each.right == right))
        for name, right in (("the expected answer", True), ("another question's answer", False))
    }


def _problems(outcomes: Sequence[Outcome]) -> list[str]:
    broken, unjudged = sum(o.broken for o in outcomes), sum(o.unjudged for o in outcomes)
    return [
        *([f"{broken} of {len(outcomes)} answers could not be read: counted as wrong"] if broken else []),
        *([f"{unjudged} of {len(outcomes)} answers got no verdict: counted as wrong"] if unjudged else []),
    ]


def _doubts(judge: Mapping[str, tuple[int, int]]) -> list[str]:
    """What says that the judge can't judge: it is wrong about half of what is sure, or more."""
    (tried, right), (others, wrong) = judge.values()
    return [
        *([f"the judge refused {tried - right} of {tried} expected answers: its scores mean nothing"]
          if tried and 2 * right <= tried else []),
        *([f"the judge accepted {wrong} of {others} answers to other questions: its scores mean nothing"]
          if others and 2 * wrong >= others else []),
    ]  # fmt: skip


def _reading(protocol: Protocol, embedder: str) -> str:
    asked = "every question" if protocol.questions is None else f"a sample of questions (seed {protocol.seed})"
    return f"""\
Each conversation is fed into a cube of its own, without a language model. For {asked}, `CubeHandle.search` (vectors of
{embedder}) gives memories up to {protocol.context:,} tokens; the model reads them, best first, as quoted lines with the
day and the speaker, and answers in at most {WORDS} words (prompt `benchmarks/prompts/locomo_answer_v1.txt`; what it
says beyond is cut). The judge sees question, expected and given answer, and says CORRECT or WRONG
(`benchmarks/prompts/locomo_judge_v1.txt`); it never sees the chat. {protocol.runs} runs at temperature
{protocol.temperature:g} with different seeds: where the server computes the same each time, runs do not differ. F1 and
BLEU-1 compare words (small letters, no punctuation, no articles, no stemming).

What it does not say: scores compare only between runs with the same model and judge. A small model's judgements are
worth little: read its score as a sign that the plumbing holds. An independent audit found 99 of the 1,540 expected
answers of categories 1-4 wrong, so that 93.57 % is the most a right system could get. Prompts, models and judges of
published figures differ from these."""


def _results(outcomes: Sequence[Outcome], groups: dict[str, list[Outcome]], scores: dict[str, dict[str, Spread]],
             more: dict[str, Any]) -> dict[str, Any]:  # fmt: skip
    return {
        **more,
        "scores": {
            name: {"asked": sum(o.run == 1 for o in of),
                   **{score: {"mean": v.mean, "deviation": v.deviation} for score, v in scores[name].items()}}
            for name, of in groups.items()
        },
        "runs_judge": [spread([o for o in groups.get(ALL, ()) if o.run == number], "judge").mean
                       for number in sorted({o.run for o in groups.get(ALL, ())})],
        "questions": len({o.place for o in outcomes}),
    }  # fmt: skip


def _tokens_json(of: Tokens) -> dict[str, int]:
    return {"requests": of.requests, "untold": of.untold, "prompt": of.prompt, "cached": of.cached,
            "completion": of.completion}  # fmt: skip
