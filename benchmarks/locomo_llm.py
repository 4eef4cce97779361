"""LoCoMo's whole protocol: a model answers every question from what we find, another judges the answer; three runs.

Any endpoint that speaks as OpenAI's does. Each answer is kept in a file as it comes (`locomo_llm_kept`): the same
command after a crash goes on. Declines to know what makes a search good: that is `locomo`.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import memos_graph
from benchmarks import locomo
from benchmarks.locomo_llm_kept import Kept, Said, key_of
from benchmarks.locomo_llm_report import make_report
from benchmarks.locomo_llm_scores import ADVERSARIAL, Control, Outcome, f1, short, words
from benchmarks.report import Report
from benchmarks.watching import watched
from memos_graph.app import CubeHandle, make_language_model
from memos_graph.engines.quoting import bare, quoted
from memos_graph.model.chat import ChatMessage, TokenUsage
from memos_graph.model.errors import BrokenAnswer, MemosGraphError, Unavailable
from memos_graph.ports_language import ChatModel
from memos_graph.services.hits import Hit
from memos_ingest import Question

ANSWER, JUDGE = "locomo_answer_v1", "locomo_judge_v1"
CORRECT = "CORRECT"
VERDICT = {
    "type": "object", "properties": {"verdict": {"enum": [CORRECT, "WRONG"]}}, "required": ["verdict"],
    "additionalProperties": False,
}  # fmt: skip
_MOST_HITS = 200
_IN_A_ROW = 5  #: failures one after the other that end a run: the server is gone
_PASSES = 3  #: over what failed
T = TypeVar("T")
U = TypeVar("U")


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """One that is asked."""

    url: str
    name: str
    key: str = ""
    prices: tuple[float, float, float] = (0.0, 0.0, 0.0)  #: of a million tokens: prompt, cached prompt, completion

    def open(self, timeout: float) -> ChatModel:
        """A client of it; ValueError for a name or URL that can't be one."""
        made = make_language_model(f"openai:{self.name}@{self.url}", key=self.key, timeout=timeout)
        assert made is not None
        return made


@dataclass(frozen=True, slots=True, kw_only=True)
class Protocol:
    """How questions are asked and judged."""

    answerer: Model
    judge: Model
    answers: Path  #: the file that keeps them
    runs: int = 3
    context: int = 2000  #: tokens of memories sent with a question, as our embedder counts them
    questions: int | None = None  #: only so many, drawn by `seed`
    seed: int = 1
    temperature: float = 0.0
    max_tokens: int = 256  #: of an answer or verdict, with what a model thinks before it
    parallel: int = 1
    timeout: float = 120.0
    controls: int = 20  #: questions whose judge is tried with the expected answer, and with another question's


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question with what was found for it."""

    place: int
    question: Question
    lines: tuple[str, ...]
    found: float | None


def run(data: Path, folder: Path, protocol: Protocol, *, any_file: bool = False,
        conversations: int | None = None) -> Report:  # fmt: skip
    """The report over the LoCoMo file `data`, with the store in `folder`.

    ValueError as for `locomo.run`, and for a model that can't be asked or stays away: what it said by then is kept.
    """
    sha256, chats, every = locomo.read_data(data, any_file=any_file, conversations=conversations)
    drawn = _drawn(locomo.of_chats(every, chats), protocol)
    wanted = {question.conversation_id for _, question in drawn}
    kept = Kept(protocol.answers)
    with memos_graph.open(folder / "locomo.graph") as graph:
        cubes: dict[str, CubeHandle] = {}
        for chat in watched([chat for chat in chats if chat.id in wanted], "feeding"):
            cubes[chat.id] = graph.cube(f"chat-{chat.id}")
            cubes[chat.id].add_conversation(chat)
        asked = [_asked(cubes[q.conversation_id], at, q, protocol) for at, q in watched(drawn, "searching")]
        embedder = graph.context.embedder.model
    answerer, judge = protocol.answerer.open(protocol.timeout), protocol.judge.open(protocol.timeout)
    exam = _Exam(protocol, answerer, judge, kept)
    jobs = [(number, each) for number in range(1, protocol.runs + 1) for each in asked]
    began, before = time.perf_counter(), len(kept)
    try:
        outcomes = _each(jobs, exam.taken, protocol.parallel)
        tried = _each(_controls(asked, protocol), exam.tried, protocol.parallel)
    except MemosGraphError as error:
        again = f"{len(kept)} answers are kept in {kept.path}: run the same command again to go on"
        raise ValueError(f"{error}; {again}") from error
    return make_report(
        outcomes, tried, sha256=sha256, embedder=embedder, protocol=protocol, seconds=time.perf_counter() - began,
        requests=len(kept) - before,
    )  # fmt: skip


def _drawn(every: Sequence[tuple[int, Question]], protocol: Protocol) -> list[tuple[int, Question]]:
    """All questions in the data's order, or a sample of them: the same for the same seed."""
    if protocol.questions is None or protocol.questions >= len(every):
        return list(every)
    return sorted(random.Random(protocol.seed).sample(list(every), protocol.questions), key=lambda pair: pair[0])


def _controls(asked: Sequence[Asked], protocol: Protocol) -> list[tuple[Question, str, bool]]:
    """Questions with an answer for the judge, and whether it is right: each with its own, and with another's."""
    answerable = [each.question for each in asked if each.question.category != ADVERSARIAL]
    taken = random.Random(protocol.seed).sample(answerable, min(protocol.controls, len(answerable)))
    others = [*taken[1:], *taken[:1]]
    return [
        pair
        for question, other in zip(taken, others, strict=True)
        for pair in ((question, question.answer, True), (question, other.answer, False))
        if pair[2] or f1(question.answer, other.answer) == 0
    ]


def _asked(cube: CubeHandle, place: int, question: Question, protocol: Protocol) -> Asked:
    hits = cube.search(question.question, top_k=_MOST_HITS, max_tokens=protocol.context)
    sent = {source.message for hit in hits for source in hit.sources}
    wanted = set(question.evidence)
    return Asked(
        place=place, question=question, lines=tuple(_line(hit) for hit in hits),
        found=len(wanted & sent) / len(wanted) if wanted else None,
    )  # fmt: skip


def _line(hit: Hit) -> str:
    """A hit as the model reads it: the day it was said, who said it, the words."""
    when = hit.node.valid_from
    day = {"day": f"{when:%A} {when.day} {when:%B %Y}"} if when else {}
    who = {"who": hit.node.key} if hit.kind == "Message" and hit.node.key else {"what": "a picture that was sent"}
    return quoted({**day, **who, "words": hit.text})


class _Exam:
    """Asks a question, then the judge; what either said before is taken from the file."""

    def __init__(self, protocol: Protocol, answerer: ChatModel, judge: ChatModel, kept: Kept) -> None:
        self._protocol, self._answerer, self._judge, self._kept = protocol, answerer, judge, kept

    def taken(self, job: tuple[int, Asked]) -> Outcome:
        """The outcome of one question in one run."""
        number, asked = job
        question = asked.question
        said = self._say(self._answerer, self._protocol.answerer.url, number, [
            ChatMessage("system", _prompt(ANSWER)),
            ChatMessage("user", "\n".join((*asked.lines, "", f"Question: {bare(question.question)}"))),
        ])  # fmt: skip
        answer, cut = short(said.text)
        outcome = Outcome(
            run=number, place=asked.place, conversation=question.conversation_id, category=question.category,
            expected=question.answer, answer=answer, cut=cut, correct=False, broken=bool(said.broken),
            found=asked.found, answering=said.usage,
        )  # fmt: skip
        if question.category == ADVERSARIAL:  # what the data expects is the trap
            return replace(outcome, correct=outcome.declined)
        if not words(answer):
            return outcome
        verdict = self._verdict(number, question, answer)
        return replace(outcome, correct=_accepts(verdict), unjudged=bool(verdict.broken), judging=verdict.usage)

    def tried(self, control: tuple[Question, str, bool]) -> Control:
        """What the judge makes of an answer of which we know whether it is right."""
        question, answer, right = control
        verdict = self._verdict(0, question, answer)
        return Control(right=right, accepted=_accepts(verdict), judging=verdict.usage)

    def _verdict(self, number: int, question: Question, answer: str) -> Said:
        shown = quoted({"question": question.question, "expected": question.answer, "given": answer})
        messages = [ChatMessage("system", _prompt(JUDGE)), ChatMessage("user", shown)]
        return self._say(self._judge, self._protocol.judge.url, number, messages, VERDICT)

    def _say(self, model: ChatModel, url: str, number: int, messages: Sequence[ChatMessage],
             schema: dict[str, Any] | None = None) -> Said:  # fmt: skip
        options = {"max_tokens": self._protocol.max_tokens, "temperature": self._protocol.temperature}
        key = key_of({"url": url, "model": model.model, "run": number, "schema": schema, **options,
                      "messages": [[each.role, each.content] for each in messages]})  # fmt: skip
        if (known := self._kept.get(key)) is not None:
            return known
        began = time.perf_counter()
        try:
            reply = model.chat(messages, seed=number, schema=schema, max_tokens=self._protocol.max_tokens,
                               temperature=self._protocol.temperature)  # fmt: skip
            text, usage, broken = reply.text, reply.usage, ""
        except BrokenAnswer as error:
            text, usage, broken = "", TokenUsage(), str(error)
        said = Said(text=text, usage=usage, seconds=time.perf_counter() - began, broken=broken)
        self._kept.put(key, said)
        return said


def _each(jobs: Sequence[T], act: Callable[[T], U], parallel: int) -> tuple[U, ...]:
    """What `act` makes of each job, in their order; what a service did not answer is asked again at the end.

    Its `Unavailable` when it stays away; any other error at once.
    """
    done: dict[int, U] = {}
    left = list(range(len(jobs)))
    for last in range(1, _PASSES + 1):
        failed: list[int] = []
        in_a_row = 0
        with ThreadPoolExecutor(parallel) as pool:
            futures = [(at, pool.submit(act, jobs[at])) for at in left]
            try:
                for at, future in watched(futures, "asking"):
                    try:
                        done[at], in_a_row = future.result(), 0
                    except Unavailable:
                        failed.append(at)
                        in_a_row += 1
                        if in_a_row == _IN_A_ROW or last == _PASSES:
                            raise
            except BaseException:
                pool.shutdown(wait=True, cancel_futures=True)
                raise
        left = failed
        if not left:
            break
    return tuple(done[at] for at in range(len(jobs)))


def _accepts(verdict: Said) -> bool:
    return not verdict.broken and json.loads(verdict.text)["verdict"] == CORRECT


@cache
def _prompt(name: str) -> str:
    return (Path(__file__).parent / "prompts" / f"{name}.txt").read_text(encoding="utf-8").strip()
