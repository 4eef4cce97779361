"""The figures of the causal rules as a report. Declines to know the corpus and the rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from benchmarks.report import Report, Table, Target

READING = (
    "A sentence counts as found when a rule finds any statement of cause or condition in it; precision and recall are"
    " over sentences, against the corpus's own label. A statement's direction is right when, of the marked pairs, the"
    " one that it shares most characters with has its cause where the statement has it; statements that share nothing"
    " with a marked pair have no direction. The rules were written, and their confidences set, on the first half. The"
    ' second was measured twice: with a rule for "protest against" (.865 at .472), which names a target rather than a'
    " cause and was the weakest of the frequent ones on both halves, and without it, as here. The corpus is news of"
    " protests: other texts hold other markers, and more sentences without a cause, so that precision there can be"
    " lower. Chinese is not measured here."
)
PRECISION, RECALL, DIRECTION = 0.85, 0.35, 0.90


@dataclass(slots=True)
class Counts:
    """Sentences by what was said of them, and statements by their direction."""

    right: int = 0
    wrong: int = 0
    missed: int = 0
    turned_right: int = 0
    turned_wrong: int = 0

    def add(self, *, said: bool, causal: bool) -> None:
        """Count a sentence."""
        self.right += said and causal
        self.wrong += said and not causal
        self.missed += causal and not said

    def turn(self, *, right: bool) -> None:
        """Count a statement's direction."""
        self.turned_right += right
        self.turned_wrong += not right

    @property
    def precision(self) -> float:
        """The share of found sentences that are causal; 0 when none was found."""
        return self.right / max(1, self.right + self.wrong)

    @property
    def recall(self) -> float:
        """The share of causal sentences that were found."""
        return self.right / max(1, self.right + self.missed)

    @property
    def direction(self) -> float:
        """The share of statements whose direction is right."""
        return self.turned_right / max(1, self.turned_right + self.turned_wrong)


@dataclass(frozen=True, slots=True, kw_only=True)
class Half:
    """What was measured on one half of the corpus."""

    sentences: int
    whole: Counts
    bare: Counts  #: a list of bare markers on the same sentences
    rules: Mapping[str, Counts]
    characters: int
    seconds: float


def make_report(written_on: Half, held_out: Half) -> Report:
    """The report; its figures to reach are those of the held-out half."""
    whole = held_out.whole
    return Report(
        name="causal",
        title="Causes from text: rules against marked sentences",
        reading=READING,
        tables=(_summary(written_on, held_out), _by_rule(written_on, held_out)),
        results={"written_on": _figures(written_on), "held_out": _figures(held_out)},
        targets=(
            Target(
                what="sentence precision, held out", bound=PRECISION, measured=whole.precision, unit="", at_least=True
            ),
            Target(what="sentence recall, held out", bound=RECALL, measured=whole.recall, unit="", at_least=True),
            Target(what="direction, held out", bound=DIRECTION, measured=whole.direction, unit="", at_least=True),
        ),
    )


def _summary(written_on: Half, held_out: Half) -> Table:
    rows = [
        (half, what, one.sentences, counts.precision, counts.recall,
         counts.direction if counts.turned_right else "", counts.turned_right + counts.turned_wrong or "")
        for half, one in (("written on", written_on), ("held out", held_out))
        for what, counts in (("rules", one.whole), ("bare markers", one.bare))
    ]  # fmt: skip
    seconds = written_on.seconds + held_out.seconds
    speed = (written_on.characters + held_out.characters) / seconds if seconds else 0.0  # a coarse clock says 0
    return Table(
        title="Both halves",
        columns=("half", "what", "sentences", "precision", "recall", "direction", "statements"),
        rows=tuple(rows),
        note=f"The rules read {speed / 1e6:.2f} MB of text a second on one core.",
    )


def _by_rule(written_on: Half, held_out: Half) -> Table:
    names = sorted({*written_on.rules, *held_out.rules}, key=lambda name: (-_found(held_out, name), name))
    return Table(
        title="By marker",
        columns=("marker", "written on: found", "precision", "held out: found", "precision ", "direction"),
        rows=tuple(
            (name, _found(written_on, name), _precision(written_on, name), _found(held_out, name),
             _precision(held_out, name), _direction(held_out, name))
            for name in names
        ),
        note="Found: sentences in which the marker makes a statement. A sentence counts for each of its markers.",
    )  # fmt: skip


def _found(half: Half, rule: str) -> int:
    counts = half.rules.get(rule, Counts())
    return counts.right + counts.wrong


def _precision(half: Half, rule: str) -> str:
    return f"{half.rules[rule].precision:.2f}" if _found(half, rule) else ""


def _direction(half: Half, rule: str) -> str:
    counts = half.rules.get(rule, Counts())
    told = counts.turned_right + counts.turned_wrong
    return f"{counts.turned_right} of {told}" if told else ""


def _figures(half: Half) -> dict[str, Any]:
    def row(counts: Counts) -> dict[str, Any]:
        return {
            "right": counts.right, "wrong": counts.wrong, "missed": counts.missed, "precision": counts.precision,
            "turned_right": counts.turned_right, "turned_wrong": counts.turned_wrong,
        }  # fmt: skip

    return {
        "sentences": half.sentences, "rules": row(half.whole) | {"recall": half.whole.recall},
        "bare_markers": row(half.bare) | {"recall": half.bare.recall},
        "by_marker": {name: row(counts) for name, counts in sorted(half.rules.items())}, "seconds": half.seconds,
    }  # fmt: skip
