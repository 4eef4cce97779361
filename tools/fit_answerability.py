"""Fit the constants of `engines/answerable.py` on some chats of LoCoMo, and measure them on the others.

    python tools/fit_answerability.py locomo10.json [--fit 0-4] [--cache signs.npz]

Two models. Where a question names one person: what the chat answers (categories 1 to 4) against what the other person
did (category 5), and against questions of other chats with this chat's names put in. Where it names none: the same
without category 5 and with who is named left aside. Questions of other chats as they are would be told too easily: they
name strangers, and only a question that names a speaker is put in the first person. Each side weighs half, so that the
odds before looking are even; a ridge keeps constants small that little speaks for. The file is measured on and never
shipped (CC BY-NC 4.0); the model sees the signs' numbers alone, no word of it.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt

from memos_graph.app import Graph
from memos_graph.backends.inmemory import InMemoryStore
from memos_graph.engines.answerable import DEFAULT, Judge, Signs, Weights
from memos_graph.providers.embedders.minilm import MiniLM
from memos_graph.services.asking import RecallRequest
from memos_graph.services.context import Context
from memos_graph.services.judging import answerability
from memos_ingest import Conversation, Question, read_locomo, read_questions

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

ANSWERED, WRONG_PERSON, RENAMED, ELSEWHERE = range(4)
NAMES = ("cosine", "coverage", "unknown", "about")
RIDGE = 0.01
STRANGERS = 80  #: questions of other chats, for each chat
NOW = datetime(2025, 1, 1, tzinfo=UTC)


def main(arguments: Sequence[str]) -> int:
    """Print the constants and how well they do."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--fit", default="0-4", help="first and last chat to fit on; the others are measured")
    parser.add_argument("--cache", type=Path, help="keep the signs in this npz file, or read them from it")
    given = parser.parse_args(arguments)
    first, last = (int(part) for part in given.fit.split("-"))
    signs, group, chat = _cached(given.data, given.cache)
    fitted = (chat >= first) & (chat <= last)
    judge = Judge(person=fit(*person(signs[fitted], group[fitted])), thing=fit(*thing(signs[fitted], group[fitted])))
    _say(judge)
    for name, rows in ((f"chats {given.fit}, fitted", fitted), ("the others, held out", ~fitted)):
        for which, found in (("fitted now", judge), ("as in the code", DEFAULT)):
            _say(f"{name}, {which}")
            _say(f"  category 5 against 1 to 4, all of them: AUROC {_all(found, signs[rows], group[rows]):.3f}")
            _say(f"  one person named:  {_line(found, *person(signs[rows], group[rows]))}")
            _say(f"  nobody named:      {_line(found, *thing(signs[rows], group[rows]))}")
            odds = auroc(_chances(found, signs[rows]), group[rows], ELSEWHERE)
            _say(f"  all answered against other chats' questions as they are: AUROC {odds:.3f}")
    return 0


def person(signs: Floats, group: Ints) -> tuple[Floats, Ints]:
    """The rows [n, 4] and groups of questions that name one person."""
    keep = ~np.isnan(signs[:, 3]) & (group != ELSEWHERE)
    return signs[keep], group[keep]


def thing(signs: Floats, group: Ints) -> tuple[Floats, Ints]:
    """The rows and groups of questions as if they named nobody: the last sign is not a number."""
    keep = ~np.isnan(signs[:, 3]) & ((group == ANSWERED) | (group == RENAMED))
    found = signs[keep].copy()
    found[:, 3] = np.nan
    return found, group[keep]


def _say(line: object) -> None:
    sys.stdout.write(f"{line}\n")


def fit(signs: Floats, group: Ints) -> Weights:
    """The logistic model of highest likelihood, by Newton's method; signs [n, 4], group [n]."""
    rows = np.c_[np.ones(len(signs)), np.nan_to_num(signs)]
    answered, weight = (group == ANSWERED).astype(float), weights(group)
    ridge = RIDGE * np.diag([0.0, *[1.0] * signs.shape[1]])
    at = np.zeros(rows.shape[1])
    for _ in range(50):
        chance = 1 / (1 + np.exp(-rows @ at))
        curve = rows.T @ (rows * (weight * chance * (1 - chance))[:, None]) + ridge
        at = at + np.linalg.solve(curve, rows.T @ (weight * (answered - chance)) - ridge @ at)
    return Weights(constant=float(at[0]), **{name: float(value) for name, value in zip(NAMES, at[1:], strict=True)})


def weights(group: Ints) -> Floats:
    """[n] summing to n: half for what is answered, the other half shared evenly by the other groups."""
    weight = np.zeros(len(group))
    others = sorted(set(group.tolist()) - {ANSWERED})
    for which in (ANSWERED, *others):
        share = 0.5 if which == ANSWERED else 0.5 / len(others)
        weight[group == which] = share / max(int(np.count_nonzero(group == which)), 1)
    return weight * len(group)


def auroc(values: Floats, group: Ints, against: int) -> float:
    """How often an answered question has a higher value than one of group `against`; ties count half."""
    high, low = values[group == ANSWERED], np.sort(values[group == against])
    below = np.searchsorted(low, high, "left") + np.searchsorted(low, high, "right")
    return float(below.mean() / 2 / len(low))


def calibration(chance: Floats, answered: Floats, weight: Floats, bins: int = 10) -> float:
    """Expected calibration error: how far chances and what came true lie apart, by tenths, weighted."""
    which = np.minimum((chance * bins).astype(int), bins - 1)
    off = sum(abs(float((weight * (chance - answered))[which == one].sum())) for one in range(bins))
    return off / float(weight.sum())


def _chances(judge: Judge, signs: Floats) -> Floats:
    told = (dict(zip(NAMES, (None if np.isnan(x) else float(x) for x in row), strict=True)) for row in signs)
    return np.array([judge.chance(Signs(**one)) for one in told])  # type: ignore[arg-type]


def _all(judge: Judge, signs: Floats, group: Ints) -> float:
    return auroc(_chances(judge, signs), group, WRONG_PERSON)


def _line(judge: Judge, signs: Floats, group: Ints) -> str:
    chance, weight = _chances(judge, signs), weights(group)
    answered = (group == ANSWERED).astype(float)
    brier = float(np.average((chance - answered) ** 2, weights=weight))
    names = {WRONG_PERSON: "wrong person", RENAMED: "renamed", ELSEWHERE: "elsewhere"}
    found = [f"{name} {auroc(chance, group, one):.3f}" for one, name in names.items() if (group == one).any()]
    error = calibration(chance, answered, weight)
    return f"AUROC {', '.join(found)}; Brier {brier:.3f}, ECE {error:.3f}, n {len(group)}"


def _cached(data: Path, cache: Path | None) -> tuple[Floats, Ints, Ints]:
    if cache is not None and cache.exists():
        with np.load(cache) as kept:
            return kept["signs"], kept["group"], kept["chat"]
    found = _collect(data)
    if cache is not None:
        np.savez(cache, signs=found[0], group=found[1], chat=found[2])
    return found


def _collect(data: Path) -> tuple[Floats, Ints, Ints]:
    """The signs of every question, its group and chat; half a minute for each chat."""
    value = json.loads(data.read_text(encoding="utf-8"))
    chats, questions = read_locomo(value, name=data.name), read_questions(value, name=data.name)
    context = Context(store=InMemoryStore(), embedder=MiniLM(), clock=lambda: NOW)
    rows: list[list[float]] = []
    groups: list[int] = []
    of_chat: list[int] = []
    for number, chat in enumerate(chats):
        kb = Graph(context).cube(f"chat-{chat.id}")
        kb.add_conversation(chat)
        for question, group in _asked(questions, chats, number):
            signs = answerability(context, RecallRequest(query=question, cubes=(kb.name,))).signs
            rows.append([signs.cosine, signs.coverage, signs.unknown, np.nan if signs.about is None else signs.about])
            groups.append(group)
            of_chat.append(number)
        sys.stderr.write(f"chat {number}: {len(rows)} questions so far\n")
    return np.array(rows), np.array(groups), np.array(of_chat)


def _asked(questions: Sequence[Question], chats: Sequence[Conversation], number: int) -> list[tuple[str, int]]:
    """What is asked of a chat, and the group of each."""
    chat, speakers = chats[number], {one.id: _speakers(one) for one in chats}
    own = [q for q in questions if q.conversation_id == chat.id]
    asked = [(q.question, WRONG_PERSON if q.category == 5 else ANSWERED) for q in own]
    draw = random.Random(number)  # noqa: S311  # a sample, no secret
    others = [q for q in questions if q.conversation_id != chat.id and q.category != 5]
    for question in draw.sample(others, min(STRANGERS, len(others))):
        asked.append((question.question, ELSEWHERE))
        named = [name for name in speakers[question.conversation_id] if name in question.question]
        if len(named) == 1:
            put = draw.choice(speakers[chat.id])
            asked.append((re.sub(rf"\b{re.escape(named[0])}\b", put, question.question), RENAMED))
    return asked


def _speakers(chat: Conversation) -> list[str]:
    return sorted({message.speaker for session in chat.sessions for message in session.messages})


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
