"""The report of the lifecycle test. Declines to know how anything was measured."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from benchmarks.lifecycle_back import Back
from benchmarks.lifecycle_costs import Costs, Tidying
from benchmarks.lifecycle_crash import Killed
from benchmarks.lifecycle_reader import Found, read, right
from benchmarks.lifecycle_steps import Stepped
from benchmarks.metrics import percentiles
from benchmarks.report import Cell, Report, Table, Target
from benchmarks.world.facts import CLASSES, Deletion, Question, World

#: Share of questions answered rightly.
BY_FACTS, BY_CHAT = 0.98, 0.80
TIDY_S = 60.0
_READING = """\
A story is made up from a seed: people who move, change jobs, cars and tastes, projects with a status and a deadline, \
visits and habits, conclusions that rest on facts, and wishes to forget. It is told to each system twice: as facts \
(subject, attribute, value and since when), and as the chat messages in which the same things are said, without any \
language model. Then the same questions are put to each in words, with a time where they ask about one, and one fixed \
reader turns the first ten hits into an answer: the first that names the subject and holds a possible value counts \
("first"); beside it, the one with the latest time among the ten ("newest"). A hit that says "no longer", or that the \
system itself doubts, is read as "nobody knows", and so is a system that says it no longer knows. The right answers \
come from the story alone, by code that imports nothing of the engine. The reader is no language model: a system \
behind a good one answers more.

What the figures do not say: how well free conversation is read (the phrases are written for the test, {phrasing} \
set), or what a language model would add; mem0 and Graphiti draw their conclusions with one, and have none here. \
Given to memos_graph: `claim`, `link(..., "DEPENDS_ON")`, `delete`; in chat `add` of each message with facts="rules", \
conclusions as memories linked to the facts read (no text says what rests on what), `delete` for wishes to forget. \
Given to mem0: `add(infer=False)` with the time since when as metadata, `delete`, and for "as of" a filter on that \
time. Given to Graphiti: edges in bulk with valid_at, invalid_at where the story says that something ended, `delete`, \
searches filtered by both; in a row of its own also invalid_at for each value that another followed, which is work \
done by the caller."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One system, told in one way."""

    name: str
    version: str = ""
    why_not: str = ""
    found: Mapping[str, Found] = field(default_factory=dict)
    seconds: float = 0.0
    milliseconds: tuple[float, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)  #: for the JSON
    target: float | None = None  #: the share of right answers that it is to reach


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Everything."""

    world: World
    rows: tuple[Row, ...]
    back: Mapping[str, Back]
    stepped: Stepped | None
    killed: tuple[Killed, ...]
    tidied: Tidying | None
    costs: Costs | None


def make_report(measured: Measured) -> Report:
    """The report."""
    world = measured.world
    return Report(
        name="lifecycle", title="Memories that live: what is answered after five years of changes",
        reading=_READING.format(phrasing=f'"{world.phrasing}"'), tables=tuple(_tables(measured)),
        targets=tuple(_targets(measured)), problems=tuple(_problems(measured)),
        results=_results(measured),
    )  # fmt: skip


def accuracy(questions: Sequence[Question], found: Mapping[str, Found], *, newest: bool = False) -> dict[str, float]:
    """Share of right answers by class, and of all."""
    asked, good = Counter[str](), Counter[str]()
    for question in questions:
        for name in (question.of, "all"):
            asked[name] += 1
            good[name] += right(question, read(question, found[question.id], newest=newest))
    return {name: good[name] / asked[name] for name in (*CLASSES, "all") if asked[name]}


def _tables(m: Measured) -> list[Table]:
    tables = [_accuracies(m, newest=False), _accuracies(m, newest=True), _told(m)]
    if m.back or m.stepped or m.killed:
        tables.append(_unbroken(m))
    if m.tidied or m.costs:
        tables.append(_costs(m))
    return tables


def _accuracies(m: Measured, *, newest: bool) -> Table:
    classes = [of for of in CLASSES if any(question.of == of for question in m.world.questions)]
    asked = Counter(question.of for question in m.world.questions)
    rows: list[tuple[Cell, ...]] = []
    for row in m.rows:
        if row.why_not:
            rows.append((row.name, row.why_not, *("" for _ in classes)))
            continue
        found = accuracy(m.world.questions, row.found, newest=newest)
        rows.append((row.name, found["all"], *(found[of] for of in classes)))
    return Table(
        title=f"Right answers, {'the newest of ten hits' if newest else 'the first fitting of ten hits'}",
        columns=("system", "all", *(f"{of} ({asked[of]})" for of in classes)), rows=tuple(rows),
        note="Share of the questions, by class; in brackets how many there are.",
    )  # fmt: skip


def _told(m: Measured) -> Table:
    rows = [
        (row.name, row.version, row.seconds, percentiles(row.milliseconds)["p50"], percentiles(row.milliseconds)["p95"])
        for row in m.rows if row.milliseconds
    ]  # fmt: skip
    return Table(
        title="What telling and asking took",
        columns=("system", "version", "telling (s)", "a search, p50 (ms)", "p95 (ms)"), rows=tuple(rows),
        note="memos_graph takes statements one by one, each on disk before the next, and asks for absence too; mem0 "
        "takes them one by one, Graphiti all in one bulk.",
    )  # fmt: skip


def _unbroken(m: Measured) -> Table:
    rows: list[tuple[Cell, ...]] = [(what, back.times, len(back.differences)) for what, back in m.back.items()]
    if m.killed:
        kept = sum(len(killed.problems) for killed in m.killed)
        cut = sum(not killed.ended for killed in m.killed)  # a run that was done before the kill came proves nothing
        rows.append(("organise killed in the middle, then run again", cut, kept))
    if m.stepped:
        rows.append(("random steps beside the in-memory store", m.stepped.steps, len(m.stepped.differences)))
    note = ""
    if m.stepped:
        seeds = f"{m.stepped.seeds[0]} to {m.stepped.seeds[-1]}"
        refused = sum(m.stepped.refused.values())
        note = (
            f"Random steps: seeds {seeds}, {refused:,} of the steps refused alike by both, everything compared "
            f"{m.stepped.compared:,} times, {m.stepped.seconds:,.0f} s. Done: {_counts(m.stepped.done)}."
        )
    return Table(title="There and back", columns=("what", "times", "differences"), rows=tuple(rows), note=note)


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{what} {count:,}" for what, count in counts.items())


def _costs(m: Measured) -> Table:
    rows: list[tuple[Cell, ...]] = []
    if m.costs:
        plain = m.costs.times["update in place (tags)"]["p50"]
        for what, each in m.costs.times.items():
            rows.append((f"{what} (ms)", each["p50"], each["p95"], each["p50"] / plain))
    if m.tidied:
        nodes = f"{m.tidied.nodes:,} memories"
        rows.append((f"tidy over {nodes}, dry run (s)", m.tidied.dry_seconds, "", ""))
        rows.append((f"tidy over {nodes}, {m.tidied.wrote:,} archived (s)", m.tidied.seconds, "", ""))
        rows.append((f"tidy again, {m.tidied.again_wrote:,} written (s)", m.tidied.again_seconds, "", ""))
    return Table(
        title="What it costs", columns=("call", "p50 or total", "p95", "times an update in place"), rows=tuple(rows),
        note="Single calls on the embedded store, each on disk before it returns.",
    )  # fmt: skip


def _targets(m: Measured) -> list[Target]:
    targets = [
        Target(
            what=f"right answers, {row.name}", bound=row.target, unit="of 1", at_least=True,
            measured=accuracy(m.world.questions, row.found)["all"],
        )
        for row in m.rows if row.target is not None and not row.why_not
    ]  # fmt: skip
    for what, back in m.back.items():
        targets.append(_none(what, len(back.differences)))
    if m.killed:
        targets.append(_none("organise killed in the middle", sum(len(killed.problems) for killed in m.killed)))
    if m.stepped:
        targets.append(_none(f"{m.stepped.steps:,} random steps", len(m.stepped.differences)))
    if m.tidied:
        targets.append(
            Target(what=f"tidy over {m.tidied.nodes:,} memories", bound=TIDY_S, measured=m.tidied.seconds, unit="s",
                   at_least=False)
        )  # fmt: skip
    return targets


def _none(what: str, differences: int) -> Target:
    return Target(what=what, bound=0, measured=differences, unit="differences", at_least=False)


def _problems(m: Measured) -> list[str]:
    found = [f"{what}: {each}" for what, back in m.back.items() for each in back.differences[:3]]
    found += [f"organise killed at {killed.share:.0%}: {each}" for killed in m.killed for each in killed.problems[:3]]
    found += list(m.stepped.differences[:3]) if m.stepped else []
    if m.tidied and m.tidied.again_wrote:
        found.append(f"tidy wrote {m.tidied.again_wrote} in a second run right after")
    return found


def _results(m: Measured) -> dict[str, Any]:
    world = m.world
    said = Counter(one.what for one in world.statements)
    told = {
        "seed": world.seed, "phrasing": world.phrasing, "statements": len(world.statements), "kinds": dict(said),
        "told_again": sum(bool(one.again) for one in world.statements),
        "deletions": sum(isinstance(one, Deletion) for one in world.said),
        "questions": dict(Counter(question.of for question in world.questions)),
    }  # fmt: skip
    return {
        "world": told, "systems": [_row(m, row) for row in m.rows],
        "there_and_back": {what: {"times": b.times, "differences": list(b.differences)} for what, b in m.back.items()},
        "random_steps": None if m.stepped is None else {
            "seeds": list(m.stepped.seeds), "steps": m.stepped.steps, "done": m.stepped.done,
            "refused": m.stepped.refused, "compared": m.stepped.compared, "seconds": round(m.stepped.seconds, 1),
            "differences": list(m.stepped.differences),
        },
        "killed": [{"share": round(k.share, 3), "ended": k.ended, "problems": list(k.problems)} for k in m.killed],
        "tidy": None if m.tidied is None else {
            name: getattr(m.tidied, name) for name in type(m.tidied).__dataclass_fields__
        },
        "calls": None if m.costs is None else m.costs.times,
    }  # fmt: skip


def _row(m: Measured, row: Row) -> dict[str, Any]:
    if row.why_not:
        return {"system": row.name, "version": row.version, "why_not": row.why_not}
    questions = m.world.questions
    return {
        "system": row.name, "version": row.version, "seconds": round(row.seconds, 2),
        "first": accuracy(questions, row.found), "newest": accuracy(questions, row.found, newest=True),
        "milliseconds": percentiles(row.milliseconds), **row.extra,
        "wrong": [
            {"id": q.id, "of": q.of, "question": q.text, "wanted": q.answer or [str(day) for day in q.days],
             "read": answer.value or [str(day) for day in answer.days]}
            for q in questions if not right(q, answer := read(q, row.found[q.id]))
        ][:200],
    }  # fmt: skip
