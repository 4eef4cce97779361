"""Times to the first token, as tables and figures. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.activation_ttft import ARMS, Arm, Sample, Timed
from benchmarks.metrics import percentiles
from benchmarks.report import Cell, Table, Target

_FASTER = {(2000, 30): 20.0, (2000, 300): 5.0}  #: by memory and question: how many times warm is faster than shuffled
_CACHED = 0.90


def _cases(timed: Timed) -> list[tuple[int, int]]:
    return sorted({(each.size, each.asked) for each in timed.samples})


def _of(timed: Timed, size: int, asked: int, arm: Arm) -> list[Sample]:
    found = [each for each in timed.samples if (each.size, each.asked, each.arm) == (size, asked, arm)]
    return sorted(found, key=lambda each: each.number)


def times_table(timed: Timed) -> Table:
    """Each arm by memory and question."""
    rows: list[tuple[Cell, ...]] = []
    for size, asked in _cases(timed):
        for arm in ARMS:
            of = _of(timed, size, asked, arm)
            at = percentiles([each.seconds * 1000 for each in of], (50, 95))
            cached = _mean([each.cached for each in of if each.cached is not None])
            prompt = _mean([each.prompt for each in of if each.prompt is not None])
            rows.append((size, asked, arm, at["p50"], at["p95"], of[0].prefix, round(prompt), round(cached)))
    note = (
        "Cold: a salt that nobody has sent yet. Warm: the prefix as `build_prefix` makes it, warmed. Unaligned: the "
        "same without padding to whole blocks. Shuffled: the same memories in another order with each request."
    )
    columns = ("memory", "question", "prompt is", "p50 ms", "p95 ms", "before the user's words", "prompt", "cached")
    return Table(title="Time to the first token", columns=columns, rows=tuple(rows), note=note)


def _ratio(timed: Timed, size: int, asked: int, arm: Arm) -> dict[str, float]:
    """How many times longer `arm` takes than warm, of each round; p5, p50, p95."""
    pairs = zip(_of(timed, size, asked, arm), _of(timed, size, asked, "warm"), strict=True)
    return percentiles([other.seconds / warm.seconds for other, warm in pairs], (5, 50, 95))


def ratios_table(timed: Timed) -> Table:
    """What warm saves, by memory and question."""
    others: tuple[Arm, ...] = ("shuffled", "cold", "unaligned")
    rows: list[tuple[Cell, ...]] = [(size, asked, *(_spread(_ratio(timed, size, asked, arm)) for arm in others))
            for size, asked in _cases(timed)]  # fmt: skip
    return Table(
        title="How many times faster warm is", columns=("memory", "question", "than shuffled", "cold", "unaligned"),
        rows=tuple(rows), note="Of each round its own ratio: the median, and from the 5th to the 95th percentile.",
    )  # fmt: skip


def _cached_share(timed: Timed) -> float | None:
    """Tokens found cached over tokens of the prefix, warm; the least of all cases. None: the server does not say."""
    shares = []
    for size, asked in _cases(timed):
        told = [each for each in _of(timed, size, asked, "warm") if each.cached is not None]
        if told:
            shares.append(sum(min(each.cached or 0, each.prefix) for each in told) / sum(each.prefix for each in told))
    return min(shares, default=None)


def targets(timed: Timed) -> list[Target]:
    """The figures to reach."""
    found = [
        Target(what=f"shuffled order takes, {size:,} tokens of memory, question of {asked}", bound=bound,
               measured=_ratio(timed, size, asked, "shuffled")["p50"], unit="times as long", at_least=True)
        for (size, asked), bound in _FASTER.items() if (size, asked) in _cases(timed)
    ]  # fmt: skip
    share = _cached_share(timed)
    if share is not None:
        what = "prefix tokens found cached, warm, in the least of all cases"
        found.append(Target(what=what, bound=_CACHED, measured=share, unit="of them", at_least=True))
    return found


def problems(timed: Timed) -> list[str]:
    """What went wrong."""
    missed = [f"the warm-up of {size} tokens was not found: {warm.reason}" for size, warm in timed.warmed
              if warm.proved is not None and not warm.hit]  # fmt: skip
    silent = _cached_share(timed) is None
    return missed + (["the server does not say what was cached: nothing proves that warm was warm"] if silent else [])


def to_json(timed: Timed) -> dict[str, Any]:
    """Everything measured."""
    cases = [
        {
            "memory": size, "question": asked,
            "memories": dict(timed.memories)[size],
            "arms": {arm: _arm_json(_of(timed, size, asked, arm)) for arm in ARMS},
            "times_as_long_as_warm": {arm: _ratio(timed, size, asked, arm) for arm in ARMS if arm != "warm"},
        }
        for size, asked in _cases(timed)
    ]  # fmt: skip
    warmed = [{"memory": size, "prefix": warm.tokens, "read": warm.read, "proved": warm.proved, "seconds": warm.seconds}
              for size, warm in timed.warmed]  # fmt: skip
    return {"cases": cases, "warm_ups": warmed}


def _arm_json(of: Sequence[Sample]) -> dict[str, Any]:
    return {
        "ms": [round(each.seconds * 1000, 2) for each in of], "prefix_tokens": of[0].prefix,
        "prompt_tokens": [each.prompt for each in of], "cached_tokens": [each.cached for each in of],
    }  # fmt: skip


def _spread(of: Mapping[str, float]) -> str:
    return f"{of['p50']:.1f} ({of['p5']:.1f}-{of['p95']:.1f})"


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0
