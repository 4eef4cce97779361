"""What `activation` measured, as a report. Pure: measurements in, tables and figures out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks import activation_report_day as of_days
from benchmarks import activation_report_ttft as of_times
from benchmarks.activation_report_day import Compared
from benchmarks.activation_server import Server
from benchmarks.activation_ttft import Timed
from benchmarks.report import Report, Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Kv:
    """What the caches of a local model did, as tables and JSON values."""

    tables: tuple[Table, ...]
    results: Mapping[str, Any]
    problems: tuple[str, ...] = ()


def make_report(server: Server | None, timed: Timed | None, days: Sequence[Compared], kv: Kv | None) -> Report:
    """The report of the parts that were measured."""
    results: dict[str, Any] = {"server": _server(server)} if server is not None else {}
    tables: list[Table] = []
    if timed is not None:
        tables += (of_times.times_table(timed), of_times.ratios_table(timed))
        results["ttft"] = of_times.to_json(timed)
    if days:
        tables += (of_days.day_table(days), of_days.proof_table(days))
        results["day"] = [of_days.to_json(each) for each in days]
    if kv is not None:
        tables += kv.tables
        results["kv"] = kv.results
    return Report(
        name="activation", title="Activation memory: what a prefix cache that is really used saves",
        reading=_reading(server), tables=tuple(tables), results=results,
        targets=(*(of_times.targets(timed) if timed else ()), *(of_days.targets(days) if days else ())),
        problems=(*(of_times.problems(timed) if timed else ()), *of_days.problems(days), *(kv.problems if kv else ())),
    )  # fmt: skip


def _server(server: Server) -> dict[str, Any]:
    return {"model": server.model, "block": server.block, "cache_tokens": server.capacity, "context": server.context,
            "vllm": server.version}  # fmt: skip


def _reading(server: Server | None) -> str:
    served = "" if server is None else f" The server: {_told(server)}."
    return f"""\
A model reads its prompt before it answers; what a server has read before, from the first token on and block by block,
it need not read again. memos_graph puts what it knows first, as the same bytes in the same order. Measured here: how
long the first token takes when that is so and when it is not, over HTTP, with the questions changing from their first
word; how many tokens a chat that goes on all day makes the model read; what caches injected into a local model
save.{served}

What it does not say: whether answers are good (prompts hold the evidence or not, that is all); how a GPU fares, which
reads faster and keeps smaller blocks: run it there. In the day of chat everything told may be asked about at any time,
and each question is asked once; rank order is given the number of hits that suits it best, which nobody knows
beforehand."""


def _told(server: Server) -> str:
    parts = [f"vLLM {server.version}"] if server.version else []
    parts += [server.model, f"cache blocks of {server.block} tokens"]
    parts += [f"{server.capacity:,} tokens of cache"] if server.capacity else []
    parts += [f"a context of {server.context:,} tokens"] if server.context else []
    return ", ".join(parts)
