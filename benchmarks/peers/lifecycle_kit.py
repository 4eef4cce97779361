"""What drivers of the lifecycle test share: a story to take in step by step, questions after its end.

As `kit`, it runs inside a peer's environment and imports the standard library alone.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from benchmarks.peers.kit import Task


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One statement."""

    id: str
    text: str
    at: datetime  #: said
    since: datetime  #: holds from; the same as `at` where the text alone is given
    what: str  #: state, end, event, habit, conclusion, remark
    speaker: str
    subject: str
    attribute: str
    value: str
    names: tuple[str, ...]  #: the entities that it is about: subject first
    closes: tuple[str, ...]  #: ids of facts that end with it, where the caller is to say so


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One question."""

    id: str
    text: str
    as_of: datetime | None  #: about that time; None: about now
    past: bool  #: about all that ever was


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """What a peer found."""

    text: str
    time: datetime | None


class Peer(Protocol):
    """One system under test."""

    def feed(self, said: tuple[Said, ...], forgotten: tuple[str, ...]) -> None:
        """Take in all that was said, in order, and forget what is to be forgotten; all is findable when it returns."""

    def search(self, asked: Asked, now: datetime, top_k: int) -> Iterable[Hit]:
        """What answers best, best first."""

    def close(self) -> None:
        """Let go of everything."""


def said_from(value: Mapping[str, Any]) -> Said:
    """The statement that a JSON value says."""
    times = {name: datetime.fromisoformat(value[name]) for name in ("at", "since")}
    return Said(**{**value, **times, "names": tuple(value["names"]), "closes": tuple(value["closes"])})


def drive(make: Callable[[Task], Peer]) -> None:
    """Read the task file named first on the command line, do it, write the result file named second."""
    value = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    task = Task(
        chats=(), top_k=value["top_k"], vectors_url=value["vectors_url"], model=value["model"],
        dimension=value["dimension"], folder=Path(value["folder"]), server={},
    )  # fmt: skip
    peer = make(task)
    now = datetime.fromisoformat(value["end"]).astimezone(UTC)
    try:
        began = time.perf_counter()
        peer.feed(tuple(said_from(one) for one in value["said"]), tuple(value["forgotten"]))
        seconds = time.perf_counter() - began
        warm = Asked(id="", text="warm", as_of=None, past=False)
        list(peer.search(warm, now, 1))  # what is loaded on first use is not latency
        found, milliseconds = {}, []
        for row in value["questions"]:
            as_of = datetime.fromisoformat(row["as_of"]) if row["as_of"] else None
            asked = Asked(id=row["id"], text=row["text"], as_of=as_of, past=row["past"])
            began = time.perf_counter()
            hits = list(peer.search(asked, now, task.top_k))
            milliseconds.append((time.perf_counter() - began) * 1000)
            found[asked.id] = [[hit.text, hit.time.isoformat() if hit.time else ""] for hit in hits]
    finally:
        peer.close()
    result = {"found": found, "seconds": seconds, "milliseconds": milliseconds}
    Path(sys.argv[2]).write_text(json.dumps(result), encoding="utf-8")
