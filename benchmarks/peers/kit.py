"""What every driver shares: the task it is given, the vectors it may ask for, the result it writes.

Runs inside a peer's virtual environment, so the standard library is all it imports. A driver gives `drive` a function
that makes a `Peer`; feeding and asking are timed here, alike for all.
"""

from __future__ import annotations

import json
import os
import sys
import time
import urllib.request
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

_PAGE = 64  #: texts in one request for vectors


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One message of a chat."""

    id: str
    speaker: str
    text: str  #: "speaker: text [caption]"
    time: str  #: ISO 8601, "" when unknown
    names: tuple[str, ...]  #: entities that the text names


@dataclass(frozen=True, slots=True, kw_only=True)
class Chat:
    """One conversation and what is asked of it."""

    id: str
    turns: tuple[Turn, ...]
    questions: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """Everything that a driver is told."""

    chats: tuple[Chat, ...]
    top_k: int
    vectors_url: str  #: of an OpenAI-style /embeddings, up to and without that word
    model: str
    dimension: int
    folder: Path  #: an empty one, for all that the peer writes
    server: Mapping[str, str]  #: url, user, password of the Neo4j that may be used; empty without one

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """A unit vector for each text."""
        found: list[list[float]] = []
        for start in range(0, len(texts), _PAGE):
            body = json.dumps({"model": self.model, "input": list(texts[start : start + _PAGE])}).encode()
            asked = urllib.request.Request(
                f"{self.vectors_url}/embeddings", body, {"Content-Type": "application/json"}, method="POST"
            )
            with urllib.request.urlopen(asked, timeout=300) as answer:
                found += [row["embedding"] for row in json.load(answer)["data"]]
        return found


class Peer(Protocol):
    """One system under test. Where it has a `keeps_in`, what it writes is there and not in the task's folder."""

    def feed(self, chat: Chat) -> None:
        """Take in all turns of `chat`, findable when it returns."""

    def search(self, chat: str, question: str, top_k: int) -> Iterable[str]:
        """Turn ids, best first."""

    def close(self) -> None:
        """Let go of everything."""


def task_from(value: Mapping[str, Any]) -> Task:
    """The task that a JSON value says."""
    chats = tuple(
        Chat(
            id=chat["id"], questions=tuple(chat["questions"]),
            turns=tuple(Turn(**{**turn, "names": tuple(turn["names"])}) for turn in chat["turns"]),
        )
        for chat in value["chats"]
    )  # fmt: skip
    return Task(**{**value, "chats": chats, "folder": Path(value["folder"])})


def drive(make: Callable[[Task], Peer]) -> None:
    """Read the task file named first on the command line, do it, write the result file named second."""
    given, wanted = Path(sys.argv[1]), Path(sys.argv[2])
    task = task_from(json.loads(given.read_text(encoding="utf-8")))
    peer = make(task)
    try:
        result = _measured(peer, task)
        result |= {"memory_mb": _peak_mb(), "disk_mb": _disk_mb(getattr(peer, "keeps_in", task.folder))}
    finally:
        peer.close()
    wanted.write_text(json.dumps(result), encoding="utf-8")


def _measured(peer: Peer, task: Task) -> dict[str, Any]:
    began = time.perf_counter()
    for chat in task.chats:
        peer.feed(chat)
        print(f"fed {chat.id}: {time.perf_counter() - began:.1f} s", file=sys.stderr, flush=True)
    fed = time.perf_counter() - began
    list(peer.search(task.chats[0].id, "warm", 1))  # what is loaded on first use is not latency
    rankings: dict[str, list[list[str]]] = {}
    milliseconds: list[float] = []
    for chat in task.chats:
        rows = rankings[chat.id] = []
        for question in chat.questions:
            began = time.perf_counter()
            found = list(peer.search(chat.id, question, task.top_k))
            milliseconds.append((time.perf_counter() - began) * 1000)
            rows.append(list(dict.fromkeys(found))[: task.top_k])
        print(f"asked {chat.id}", file=sys.stderr, flush=True)
    return {"seconds": fed, "rankings": rankings, "milliseconds": milliseconds}


def _peak_mb() -> float:
    status = Path("/proc/self/status")
    if not status.exists():
        return 0.0
    peak = next(line for line in status.read_text(encoding="utf-8").splitlines() if line.startswith("VmHWM"))
    return round(int(peak.split()[1]) / 1024, 1)


def _disk_mb(folder: Path) -> float:
    files = (Path(place) / name for place, _, names in os.walk(folder) for name in names)
    return round(sum(file.stat().st_size for file in files if file.is_file()) / 2**20, 1)
