"""Days of chat compared, as tables and figures. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.activation_day import ArmName, Asked, Other, Ours
from benchmarks.activation_server import Read
from benchmarks.report import Cell, Table, Target

_FEWER = 3.0
_ARMS: tuple[ArmName, ...] = ("ours", "rank order", "full history")


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """Days of one sort, by each arm."""

    ours: tuple[Ours, ...]
    hits: int  #: of rank order
    equal: bool  #: whether rank order reaches our recall with any number of hits
    ranked: tuple[Other, ...]
    whole: tuple[Other, ...]

    @property
    def asked(self) -> tuple[Asked, ...]:
        """All questions, in order."""
        return tuple(each for mine in self.ours for each in mine.asked)

    def reads(self, arm: ArmName) -> tuple[Read, ...]:
        """All prompts of `arm`, in order."""
        if arm == "ours":
            return tuple(each.read for each in self.asked)
        return tuple(read for other in self._others(arm) for read in other.reads)

    def recall(self, arm: ArmName) -> float:
        """Mean share of the evidence that the prompts of `arm` held."""
        if arm == "ours":
            return _mean([each.recall for each in self.asked])
        return _mean([recall for other in self._others(arm) for recall in other.recalls])

    def prefilled(self, arm: ArmName) -> float:
        """Tokens that an answer made the model read, on average."""
        return _mean([read.prefilled for read in self.reads(arm)])

    def trimmed(self, arm: ArmName) -> int:
        """Prompts that were cut to fit."""
        return 0 if arm == "ours" else sum(other.trimmed for other in self._others(arm))

    @property
    def fewer(self) -> float:
        """How many times the tokens of ours rank order makes the model read."""
        return self.prefilled("rank order") / max(1.0, self.prefilled("ours"))

    def _others(self, arm: ArmName) -> tuple[Other, ...]:
        return self.ranked if arm == "rank order" else self.whole


def day_table(days: Sequence[Compared]) -> Table:
    """Each arm of each sort of days."""
    rows: list[tuple[Cell, ...]] = []
    for each in days:
        for arm in _ARMS:
            reads = each.reads(arm)
            rows.append((
                f"{each.ours[0].day.context:,}", f"{each.ours[0].day.prefix:,}", each.ours[0].day.where, len(reads),
                f"rank order, {each.hits} hits" if arm == "rank order" else arm, round(each.prefilled(arm)),
                round(_mean([read.prompt for read in reads])), f"{100 * each.recall(arm):.1f}", each.trimmed(arm),
                f"{each.prefilled(arm) / max(1.0, each.prefilled('ours')):.2f}",
            ))  # fmt: skip
    note = (
        f"{len(days[0].ours)} conversations, then the first of them otherwise. Ours: `CubeHandle.chat` with a prefix "
        "of at most so many tokens; whatever sessions and corrections make it read again counts. Rank order: the "
        "fewest hits that bring it our recall on average. Corrected: before one of ten questions a message of the "
        "session told last, or one of anything told. The larger context is counted, not sent."
    )
    columns = ("context", "prefix", "corrected", "questions", "prompts", "prefilled a question", "prompt",
               "evidence held, %", "cut", "times ours")  # fmt: skip
    return Table(title="A day of chat: tokens that an answer makes the model read", columns=columns, rows=tuple(rows),
                 note=note)  # fmt: skip


def proof_table(days: Sequence[Compared]) -> Table:
    """Our count of the cache beside the server's word."""
    rows: list[tuple[Cell, ...]] = []
    for arm in _ARMS:
        told = [read for each in days for read in each.reads(arm) if read.told is not None]
        same = sum(read.told == read.cached for read in told)
        rows.append((arm, len(told), same, sum(read.cached for read in told), sum(read.told or 0 for read in told)))
    return Table(
        title="Counted beside told", columns=("prompts", "sent", "the same", "cached, counted", "cached, told"),
        rows=tuple(rows), note="Of the prompts that were sent: what we counted as cached, and what the server told.",
    )  # fmt: skip


def targets(days: Sequence[Compared]) -> list[Target]:
    """The figure to reach, of the first sort of days."""
    what = "a day of chat: tokens prefilled in rank order, at equal recall"
    return [Target(what=what, bound=_FEWER, measured=days[0].fewer, unit="times ours", at_least=True)]


def problems(days: Sequence[Compared]) -> list[str]:
    """What went wrong."""
    found = [
        f"context {each.ours[0].day.context}, corrected {each.ours[0].day.where}: rank order never reaches our recall"
        for each in days if not each.equal
    ]  # fmt: skip
    told = [read for each in days for arm in _ARMS for read in each.reads(arm) if read.told is not None]
    off = [read for read in told if read.told != read.cached]
    if len(off) * 20 > len(told):
        found.append(f"the server told otherwise than counted for {len(off)} of {len(told)} prompts")
    return found


def to_json(each: Compared) -> dict[str, Any]:
    """Everything measured of one sort of days."""
    arms = {
        arm: {
            "prefilled": each.prefilled(arm), "recall": each.recall(arm), "cut": each.trimmed(arm),
            "prompts": [[read.prompt, read.cached, read.told] for read in each.reads(arm)],
        }
        for arm in _ARMS
    }  # fmt: skip
    first = each.ours[0].day
    return {
        "context": first.context, "prefix": first.prefix, "corrected": first.where, "rank_order_hits": each.hits,
        "equal_recall": each.equal, "fewer": each.fewer, "arms": arms,
        "prefix_tokens": [asked.prefix for asked in each.asked],
        "days": [
            {"conversation": mine.day.chat.id, "questions": len(mine.asked), "rebuilt": mine.stats.rebuilt,
             "rebuilt_tokens": mine.stats.rebuilt_tokens,
             "prefilled": {"ours": _mean([a.read.prefilled for a in mine.asked]),
                           "rank order": _mean([read.prefilled for read in ranked.reads]),
                           "full history": _mean([read.prefilled for read in whole.reads])}}
            for mine, ranked, whole in zip(each.ours, each.ranked, each.whole, strict=True)
        ],
    }  # fmt: skip


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0
