"""The card: ours, the plain rankings and the peers in one table; what each edge earns; what was tuned and what was not.

Pure: what was measured in, tables and one picture out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from benchmarks.locomo_scores import OURS, Answer, Cost, Measured, estimate, scores
from benchmarks.metrics import auroc, percentiles
from benchmarks.plot import Group, bars
from benchmarks.report import Cell, Table

PLAIN = ("RRF, dated", "RRF", "BM25", "dense, dated", "dense")
NAMES: Mapping[str, str] = {"dense, dated": "dense, with speaker and date", "RRF, dated": "RRF, with speaker and date"}
_CUTS = ("R@5", "R@10", "R@20")
_MULTI_HOP = 1
_DEPTH = 20  #: turns that are read of every ranking for the sessions in the card
TUNED = 5  #: conversations 0-4: weights were set looking at them; 5-9 were kept apart


def recall_of(run: Measured, answers: Sequence[Answer], ranker: str, score: str) -> float | None:
    """The mean of one score in percent over `answers`; None when there are none."""
    return 100 * estimate(answers, ranker, scores(run)[score]).mean if answers else None


def card(run: Measured, turns_per_second: float) -> Table:
    """One row for each ranker, ours first, those that did not run last, with the reason."""
    ours = percentiles([a.milliseconds for a in run.answers])
    rows = [
        _row(run, OURS, budget=True, costs=(ours["p50"], ours["p95"], turns_per_second, run.memory["peak"],
                                            run.disk_mb))
    ]  # fmt: skip
    rows += [_row(run, name) for name in (*run.presets, *run.masked)]
    rows += [_row(run, name, budget=True) for name in PLAIN]
    ran = {name: cost for name, cost in run.peers.items() if isinstance(cost, Cost)}
    for name, cost in ran.items():
        times = percentiles(cost.milliseconds)
        rows.append(_row(run, name, costs=(times["p50"], times["p95"], cost.turns_per_second, cost.memory_mb,
                                           cost.disk_mb)))  # fmt: skip
    nothing = ("",) * 10
    rows += [(name, f"did not run: {why}", *nothing) for name, why in run.peers.items() if isinstance(why, str)]
    columns = ("ranker", *(f"{cut} %" for cut in _CUTS), "multi-hop R@10 %", "session R@5 %", "in 1,000 tokens %",
               "p50 ms", "p95 ms", "turns/s in", "memory MB", "disk MB")  # fmt: skip
    note = (
        "Categories 1-4, turns; in brackets the 95 % interval over conversations; sessions by the first 20 turns. A "
        "budget is read for those rankings alone that go on to its end. Times hold the "
        "embedding of the question: ours in the process, a peer's over HTTP on this machine. A peer's memory is its "
        "own process's and, for Neo4j, the server's; Hindsight's Postgres is not in it."
    )
    return Table(title="The card", columns=columns, rows=tuple(rows), note=note)


def _row(run: Measured, ranker: str, *, budget: bool = False, costs: Sequence[float] = ()) -> tuple[Cell, ...]:
    multi = [a for a in run.more if a.category == _MULTI_HOP]
    r5, r10, r20 = (estimate(run.more, ranker, scores(run)[cut]) for cut in _CUTS)
    # read to the same depth for all: others' rankings end there
    cut_off = [replace(a, rankings={ranker: a.rankings[ranker][:_DEPTH]}) for a in run.more]
    rest = (
        recall_of(run, multi, ranker, "R@10"), recall_of(run, cut_off, ranker, "session R@5"),
        recall_of(run, run.more, ranker, "R in 1000") if budget else None,
    )  # fmt: skip
    middle = f"{100 * r10.mean:.1f} ({100 * r10.low:.1f}-{100 * r10.high:.1f})"
    shown = [f"{100 * r5.mean:.1f}", middle, f"{100 * r20.mean:.1f}", *("" if v is None else f"{v:.1f}" for v in rest)]
    return (NAMES.get(ranker, ranker), *shown, *(_cost(value) for value in (costs or (None,) * 5)))


def _cost(value: float | None) -> str:
    return "" if not value else f"{value:,.0f}" if value >= 100 else f"{value:.1f}"


def edges(run: Measured) -> Table:
    """What recall loses without each kind of edge, in points of R@10."""
    multi = [a for a in run.more if a.category == _MULTI_HOP]
    whole, whole_multi = recall_of(run, run.more, OURS, "R@10"), recall_of(run, multi, OURS, "R@10")
    rows: list[tuple[Cell, ...]] = []
    for name in (OURS, *run.ablations):
        found = [recall_of(run, run.more, name, cut) for cut in _CUTS] + [recall_of(run, multi, name, "R@10")]
        lost = [_difference(found[1], whole), _difference(found[3], whole_multi)]
        rows.append((name, *("" if v is None else f"{v:.1f}" for v in found), *(lost if name != OURS else ("", ""))))
    columns = (
        "recall",
        *(f"{cut} %" for cut in _CUTS),
        "multi-hop R@10 %",
        "R@10 against ours",
        "multi-hop against ours",
    )
    note = "The store's edges of that kind are hidden from recall; weights stay, so this is what the edge earns here."
    return Table(title="What each edge earns", columns=columns, rows=tuple(rows), note=note)


def ladder(run: Measured) -> Table:
    """What each stage of recall adds to those before it."""
    multi = [a for a in run.more if a.category == _MULTI_HOP]
    rows: list[tuple[Cell, ...]] = []
    before: float | None = None
    for name in (*run.ladder, OURS):
        found = [recall_of(run, run.more, name, cut) for cut in _CUTS] + [recall_of(run, multi, name, "R@10")]
        rows.append((name, *("" if v is None else f"{v:.1f}" for v in found), _difference(found[1], before)))
        before = found[1]
    columns = ("recall", *(f"{cut} %" for cut in _CUTS), "multi-hop R@10 %", "R@10 against the line above")
    note = "Stages that are not yet added have a weight of 0; the others keep theirs, which were set for all together."
    return Table(title="What each stage adds", columns=columns, rows=tuple(rows), note=note)


def _difference(value: float | None, whole: float | None) -> str:
    return "" if value is None or whole is None else f"{value - whole:+.1f}"


def split(run: Measured) -> Table:
    """Conversations that weights were set on beside those that they were not."""
    order = list(run.turns)
    parts = {"0-4, tuned on": order[:TUNED], "5-9, kept apart": order[TUNED:], "all": order}
    rows: list[tuple[Cell, ...]] = []
    for part, chats in parts.items():
        of = [a for a in run.more if a.conversation in chats]
        multi = [a for a in of if a.category == _MULTI_HOP]
        if of:
            for ranker in (OURS, *run.masked[:1], "RRF, dated"):
                found = [recall_of(run, of, ranker, cut) for cut in _CUTS] + [recall_of(run, multi, ranker, "R@10")]
                shown = ("" if v is None else f"{v:.1f}" for v in found)
                rows.append((part, len(of), NAMES.get(ranker, ranker), *shown))
    columns = ("conversations", "questions", "ranker", *(f"{cut} %" for cut in _CUTS), "multi-hop R@10 %")
    return Table(title="Tuned and kept apart", columns=columns, rows=tuple(rows))


def audited(run: Measured) -> Table | None:
    """Turns found by an audit's keys; None without any."""
    if not run.corrected:
        return None
    rankers = (OURS, *run.presets, *run.masked, *PLAIN, *(n for n, c in run.peers.items() if isinstance(c, Cost)))
    rows = []
    for name in rankers:
        before = [recall_of(run, run.more, name, cut) for cut in _CUTS]
        after = [recall_of(run, run.corrected, name, cut) for cut in _CUTS]
        rows.append((NAMES.get(name, name), *("" if v is None else f"{v:.1f}" for v in (*before, *after))))
    columns = ("ranker", *(f"{cut} %" for cut in _CUTS), *(f"{cut} %, corrected" for cut in _CUTS))
    note = f"{len(run.corrected):,} of {len(run.more):,} questions are left with the corrected keys."
    return Table(title="With corrected keys", columns=columns, rows=tuple(rows), note=note)


def answerable(run: Measured) -> dict[str, float]:
    """How well recall tells questions with an answer from those of category 5: AUROC by part; {} if it does not judge.

    With the mean chance given to each kind, so that a shift can be seen.
    """
    order = list(run.turns)
    found: dict[str, float] = {}
    for part, chats in {"all": order, "tuned on": order[:TUNED], "kept apart": order[TUNED:]}.items():
        judged = [a for a in run.answers if a.conversation in chats and a.chance is not None]
        there = [a.chance for a in judged if a.category != 5 and a.chance is not None]
        absent = [a.chance for a in judged if a.category == 5 and a.chance is not None]
        if there and absent:
            found[part] = auroc(there, absent)
            found[f"{part}, mean where there is an answer"] = sum(there) / len(there)
            found[f"{part}, mean where there is none"] = sum(absent) / len(absent)
    return found


def answerable_table(run: Measured) -> Table | None:
    """`answerable` for people."""
    found = answerable(run)
    rows = tuple((name, round(value, 3)) for name, value in found.items())
    note = "Area under the ROC curve of the chance that recall gives: categories 1-4 against 5. Chance alone is 0.5."
    return (
        Table(title="Is the answer there at all?", columns=("part", "AUROC or mean"), rows=rows, note=note)
        if rows
        else None
    )


def picture(run: Measured) -> str:
    """Recall of every ranker at 5, 10 and 20, best first, as SVG."""
    peers = [name for name, cost in run.peers.items() if isinstance(cost, Cost)]
    groups = []
    for name in (OURS, *run.presets, *PLAIN, *peers):
        values = tuple(recall_of(run, run.more, name, cut) or 0.0 for cut in _CUTS)
        groups.append(Group(label=NAMES.get(name, name), values=values, ours=name.startswith(OURS)))
    groups.sort(key=lambda group: -group.values[1])
    return bars("LoCoMo: turns found, % (categories 1-4)", _CUTS, groups)


def results(run: Measured) -> dict[str, Any]:
    """All of it as JSON values."""
    cuts = (*_CUTS, "nDCG@10")
    rankers = list(run.more[0].rankings) if run.more else []
    multi = [a for a in run.more if a.category == _MULTI_HOP]
    peers: dict[str, Any] = {}
    for name, cost in run.peers.items():
        peers[name] = {"did_not_run": cost} if isinstance(cost, str) else {
            "latency_ms": percentiles(cost.milliseconds), "turns_per_second": cost.turns_per_second,
            "measured_at": cost.measured_at, "memory_mb": cost.memory_mb, "disk_mb": cost.disk_mb,
        }  # fmt: skip
    return {
        "recall_percent": {r: {c: recall_of(run, run.more, r, c) for c in cuts} for r in rankers},
        "multi_hop_percent": {r: {c: recall_of(run, multi, r, c) for c in cuts} for r in rankers},
        "corrected_percent": {r: {c: recall_of(run, run.corrected, r, c) for c in cuts} for r in rankers}
        if run.corrected else {},
        "peers": peers,
        "answerability": answerable(run),
    }  # fmt: skip
