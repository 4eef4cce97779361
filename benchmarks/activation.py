"""Activation memory: what a prefix cache that is really used saves, in time and in tokens.

Three parts, each alone if asked: time to the first token (ttft), a day of chat (day), KV caches of a local model (kv).
Takes any server that speaks as OpenAI's do; cached tokens are told by those that count them, such as vLLM.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.activation_day import Day, Other, Ours, equal_recall, full_history, ours, rank_order
from benchmarks.activation_plan import Where, plan
from benchmarks.activation_report import Kv, make_report
from benchmarks.activation_report_day import Compared
from benchmarks.activation_server import Server, reach
from benchmarks.activation_ttft import ASKED, SIZES, Timed, measure
from benchmarks.locomo import SHA256
from benchmarks.report import Report
from memos_graph.model.errors import NotSupported
from memos_graph.services.prefix.sizing import UNTOLD
from memos_ingest import read_locomo, read_questions

PARTS = ("ttft", "day", "kv")
_LARGE = 32_768  #: context of a model that is counted for, besides the one served
_ASKED, _EVERY = 50, 10  #: questions of a day; one correction in so many


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is measured."""

    parts: Sequence[str] = ()  #: of `PARTS`; none: those for which there is what they need
    rounds: int = 20
    conversations: int = 3
    count_only: bool = False  #: of a day, nothing is sent: tokens are counted
    dtypes: Sequence[str] = ()  #: numbers of the local model; none: all that are known
    short: bool = False  #: little of everything: a check for every commit
    seed: int = 1


def run(folder: Path, *, llm: str, model: str, data: Path | None = None, any_file: bool = False,
        kv: Path | None = None, wanted: Wanted = Wanted()) -> Report:  # fmt: skip
    """The report. llm: a server's URL that ends in /v1; data: locomo10.json; kv: folder of a model for transformers.

    ValueError when a part that was asked for lacks what it needs.
    """
    needs = {"ttft": bool(llm), "day": bool(llm and data), "kv": bool(kv)}
    parts = tuple(wanted.parts) or tuple(part for part, there in needs.items() if there)
    missing = [part for part in parts if not needs[part]]
    if missing or not parts:
        raise ValueError(f"can't measure {', '.join(missing) or 'anything'}: ttft needs --llm and --model, day --data "
                         "besides, kv --kv")  # fmt: skip
    server = reach(llm, model) if llm else None
    timed: Timed | None = None
    days: tuple[Compared, ...] = ()
    if "ttft" in parts and server is not None:
        timed = _timed(server, folder, wanted)
    if "day" in parts and server is not None and data is not None:
        days = tuple(_days(server, folder, data, any_file, wanted))
    return make_report(server, timed, days, _kv(kv, folder, wanted) if "kv" in parts and kv is not None else None)


def _timed(server: Server, folder: Path, wanted: Wanted) -> Timed:
    if wanted.short:
        return measure(server, folder, rounds=1, sizes=SIZES[:1], asked=ASKED[:1], seed=wanted.seed)
    return measure(server, folder, rounds=wanted.rounds, seed=wanted.seed)


def _days(server: Server, folder: Path, data: Path, any_file: bool, wanted: Wanted) -> Iterator[Compared]:
    """Days under the server's own context; then the first of them otherwise: corrections, a small prefix, context."""
    content = data.read_bytes()
    if hashlib.sha256(content).hexdigest() != SHA256 and not any_file:
        raise ValueError(f"{data} is another file than the pinned one; --any-file measures it all the same")
    value = json.loads(content)
    chats = read_locomo(value, name=data.name)[: 1 if wanted.short else wanted.conversations]
    questions = read_questions(value, name=data.name)
    own = server.context or _LARGE
    large = max(own, _LARGE)
    kinds: list[tuple[Where, int, int]] = [  # what is corrected, context, prefix
        ("latest", own, own * 3 // 4), ("anywhere", own, own * 3 // 4), ("latest", own, UNTOLD),
        ("latest", large, large * 3 // 4),
    ]  # fmt: skip
    for number, (where, context, prefix) in enumerate(kinds[: 1 if wanted.short else None]):
        done: list[Ours] = []
        for chat in chats[: 1 if number else None]:
            sends = number == 0 and chat is chats[0] and not wanted.count_only
            turns = plan(chat, questions, asked=_ASKED, every=_EVERY, where=where, seed=wanted.seed)
            day = Day(
                chat=chat, turns=turns[: 4 if wanted.short else None], where=where, context=context, prefix=prefix,
                sends={"ours": len(turns), "rank order": 10, "full history": 10} if sends else {},
            )  # fmt: skip
            done.append(ours(server, folder / f"day-{number}-{chat.id}.graph", day))
        yield _compared(server, done)


def _compared(server: Server, done: Sequence[Ours]) -> Compared:
    asked = [each for mine in done for each in mine.asked]
    recall = sum(each.recall for each in asked) / len(asked)
    equal = equal_recall(asked, recall)
    k = equal or max(len(each.ranked) for each in asked)
    ranked: list[Other] = [rank_order(server, mine, k) for mine in done]
    whole: list[Other] = [full_history(server, mine) for mine in done]
    return Compared(ours=tuple(done), hits=k, equal=equal is not None, ranked=tuple(ranked), whole=tuple(whole))


def _kv(model: Path, folder: Path, wanted: Wanted) -> Kv:
    """The local model's part; where what it needs is not installed, that is its problem."""
    from benchmarks import activation_kv, activation_report_kv

    asked: dict[str, Any] = {"dtypes": wanted.dtypes} if wanted.dtypes else {}
    if wanted.short:
        asked = {"dtypes": ("float32",), "prompts": 1, "rounds": 1, "memory": 200, "merges": 1, "boundaries": (16,)}
    try:
        found = activation_kv.measure(model, folder, seed=wanted.seed, **asked)
    except NotSupported as error:
        return Kv(tables=(), results={}, problems=(str(error),))
    return Kv(tables=activation_report_kv.tables(found), results=found.to_json(),
              problems=activation_report_kv.problems(found))  # fmt: skip
