"""Run a peer's driver in its environment over a task, and read what it found. A peer that fails is an answer too.

The driver is a process of its own with a home of its own in the work folder, an environment without our settings, and
no network address but the vectors' and the server's.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.peers.kit import Task, task_from
from benchmarks.peers.venvs import HERE, last_line, missing, python_of, version

_ROOT = Path(__file__).resolve().parents[2]
_READS_NAMES = frozenset({"lightrag", "graphiti", "neo4j_graphrag"})
_NEVER_ROOT = frozenset({"hindsight"})  #: its Postgres refuses to run as root
_KEPT = ("PATH", "LANG", "LC_ALL", "TMPDIR", "SYSTEMROOT")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one peer."""

    peer: str
    version: str
    why_not: str = ""  #: why there are no figures; "" when there are
    rankings: Mapping[str, Sequence[Sequence[str]]] = field(default_factory=dict)  #: chat -> a ranking a question
    milliseconds: tuple[float, ...] = ()  #: of each search, one after the other
    seconds: float = 0.0  #: of feeding everything
    memory_mb: float = 0.0  #: the driver's own process at most; no server's
    disk_mb: float = 0.0
    measured_at: str = ""  #: ISO 8601, UTC


def run(peer: str, venvs: Path, task: Mapping[str, Any], folder: Path, *, timeout_s: float = 1800,
        kept: Path | None = None) -> Outcome:  # fmt: skip
    """The outcome of `peer` over `task` (JSON values as `kit.task_from` reads them; its folder is set here).

    kept: a folder of outcomes of earlier runs; one over the very same task, by the same driver and requirements, is
    given back with the time of that run. Nothing that fails is kept.
    """
    if peer not in _READS_NAMES:  # so that an outcome of theirs does not depend on how we find names
        task = {**task, "chats": [_nameless(chat) for chat in task["chats"]]}
    file = kept / f"{peer}-{_digest(peer, task)[:16]}.json" if kept else None
    if file and file.exists():
        return _read(file)
    why_not = missing(venvs, peer)
    if why_not:
        return Outcome(peer=peer, version=version(peer), why_not=why_not)
    made = _run(peer, venvs, task, folder, timeout_s)
    if file and not made.why_not:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(asdict(made)), encoding="utf-8")
    return made


def _run(peer: str, venvs: Path, task: Mapping[str, Any], folder: Path, timeout_s: float) -> Outcome:
    home = folder / peer
    data = home / "data"
    data.mkdir(parents=True)
    given, wanted = home / "task.json", home / "result.json"
    value = {**task, "folder": str(data)}
    checked = task_from(value)
    given.write_text(json.dumps(value), encoding="utf-8")
    why_not = _driven(peer, python_of(venvs, peer), given, wanted, timeout_s)
    if why_not:
        return Outcome(peer=peer, version=version(peer), why_not=why_not)
    return outcome(peer, json.loads(wanted.read_text(encoding="utf-8")), checked)


def outcome(peer: str, result: Mapping[str, Any], task: Task) -> Outcome:
    """The outcome that a driver's result says; a ranking of turns that were never fed is no result."""
    for chat in task.chats:
        known = {turn.id for turn in chat.turns}
        rankings = result["rankings"].get(chat.id, [])
        strange = {turn for ranking in rankings for turn in ranking} - known
        if len(rankings) != len(chat.questions) or strange:
            said = f"{len(rankings)} rankings for {len(chat.questions)} questions; strange turns {sorted(strange)[:3]}"
            return Outcome(
                peer=peer, version=version(peer), why_not=f"its driver answered wrongly in {chat.id}: {said}"
            )
    return Outcome(
        peer=peer, version=version(peer), rankings=result["rankings"], milliseconds=tuple(result["milliseconds"]),
        seconds=result["seconds"], memory_mb=result["memory_mb"], disk_mb=result["disk_mb"],
        measured_at=datetime.now(UTC).isoformat(timespec="seconds"),
    )  # fmt: skip


def _nameless(chat: Mapping[str, Any]) -> dict[str, Any]:
    return {**chat, "turns": [{**turn, "names": []} for turn in chat["turns"]]}


def _digest(peer: str, task: Mapping[str, Any]) -> str:
    """Of all that an outcome depends on, but for the machine."""
    asked = {name: value for name, value in task.items() if name not in ("vectors_url", "folder", "server")}
    found = hashlib.sha256(json.dumps(asked, sort_keys=True).encode())
    for file in (HERE / peer / "requirements.txt", HERE / peer / "driver.py", HERE / "kit.py"):
        found.update(file.read_bytes())
    return found.hexdigest()


def _read(file: Path) -> Outcome:
    value = json.loads(file.read_text(encoding="utf-8"))
    return Outcome(**{**value, "milliseconds": tuple(value["milliseconds"])})


def _as_somebody(peer: str) -> list[str]:
    """What goes before a command so that it is not root's: the same rights on files, under another number."""
    if peer not in _NEVER_ROOT or os.geteuid() or shutil.which("unshare") is None:
        return []
    return ["unshare", "--map-user=1000", "--map-group=1000"]


def result_of(module: str, peer: str, venvs: Path, value: Mapping[str, Any], folder: Path, *,
              timeout_s: float) -> tuple[dict[str, Any], str]:  # fmt: skip
    """What another driver of `peer`, `module`, wrote for a task of its own, and "" or why there is nothing.

    The task is given a "folder" to write in.
    """
    why_not = missing(venvs, peer)
    if why_not:
        return {}, why_not
    data = folder / "data"
    data.mkdir(parents=True)
    given, wanted = folder / "task.json", folder / "result.json"
    given.write_text(json.dumps({**value, "folder": str(data)}), encoding="utf-8")
    why_not = _driven(peer, python_of(venvs, peer), given, wanted, timeout_s, module)
    return ({} if why_not else json.loads(wanted.read_text(encoding="utf-8"))), why_not


def _driven(peer: str, python: Path, given: Path, wanted: Path, timeout_s: float, module: str = "driver") -> str:
    """Runs the driver; "" when it wrote its result, else why not. Its words are kept in driver.log beside the task."""
    home = given.parent
    environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
    environment |= {"HOME": str(home), "PYTHONPATH": str(_ROOT), "PYTHONDONTWRITEBYTECODE": "1", "DO_NOT_TRACK": "1",
                    "HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"}  # fmt: skip
    command = [*_as_somebody(peer), str(python), "-m", f"benchmarks.peers.{peer}.{module}", str(given), str(wanted)]
    log = home / "driver.log"
    with log.open("wb") as words:
        try:
            done = subprocess.run(
                command, cwd=home, env=environment, stdin=subprocess.DEVNULL, stdout=words, stderr=words,
                timeout=timeout_s, check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return f"it did not end within {timeout_s:g} s"
    if done.returncode or not wanted.exists():
        said = last_line(log.read_text(encoding="utf-8", errors="replace"))
        return f"its driver ended with {done.returncode}: {said}"
    return ""
