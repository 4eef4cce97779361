"""kill -9 while a store is written, and see what is left.

A child writes Deltas and acknowledges each on a pipe; it is killed at a random moment; another child opens what is
left. The judge is the in-memory store, given the same Deltas: what is there must equal it after the acknowledged ones,
or after one more that was under way. So nothing acknowledged may be missing and nothing may be there by half, Changes
included.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path
from typing import IO, Any

import numpy as np

from benchmarks import workload
from benchmarks.chaos_report import Round, Torn, make_report
from benchmarks.launching import command
from benchmarks.report import Report
from benchmarks.tracing import Synced, acknowledged, calls, traced
from benchmarks.watching import watched
from memos_graph.backends.inmemory import InMemoryStore

ENDLESS = 1_000_000  #: Deltas: more than a child lives to write
MOMENTS = ("in a sync", "in a write", "while it starts", "in a sync", "in a write")  #: of kills, in turn
ADDS = 30  #: single adds watched by strace
_CHILD = "benchmarks.chaos_child"
_STARTING_S = 2.5  #: about what a child needs to open the store and write its first Deltas
_LOOKING_S = 120  #: seconds after which a child that looks is stuck

Damage = Callable[[Path, np.random.Generator], str]


def run(folder: Path, *, rounds: int, seed: int) -> Report:
    """The report over `rounds` kills, torn logs and watched syncs, with stores in `folder`."""
    killed = kill_rounds(folder, rounds=rounds, seed=seed)
    torn = torn_tails(folder, seed=seed)
    synced, why_not = watch_syncs(folder, adds=ADDS)
    return make_report(killed, torn, synced, why_not)


def kill_rounds(folder: Path, *, rounds: int, seed: int) -> list[Round]:
    """One store, killed `rounds` times: every round goes on where the last one was cut."""
    generator = np.random.default_rng(seed)
    path, judge = folder / "killed.graph", InMemoryStore()
    judge.create_cube(workload.cube())
    found = []
    for number in watched(range(rounds), "killing"):
        moment = MOMENTS[number % len(MOMENTS)]
        acks, share = int(generator.integers(2, 25)), float(generator.uniform(0, 1.5))
        sync = int(generator.integers(40, 120))
        acked = killed_in_sync(path, seed, number, sync=sync) if moment == "in a sync" else None
        if acked is None:
            moment = "in a write" if moment == "in a sync" else moment
            acked = killed(path, seed, number, acks=acks if moment == "in a write" else 0, share=share)
        found.append(_judged(path, judge, seed, number, moment, acked))
    return found


def killed_in_sync(path: Path, seed: int, number: int, *, sync: int, of: Sequence[Path] = ()) -> int | None:
    """As `killed`, as the child enters its `sync`-th fsync or fdatasync: a write's log is out, its caller not told.

    of: syncs of these files alone count. None where strace is missing or may not trace: then nothing was written.
    """
    if shutil.which("strace") is None:
        return None
    line = ["strace", "-f", "-o", os.devnull, "-e", "trace=fsync,fdatasync"]
    line += [part for file in of for part in ("-P", str(file))]
    line += ["-e", f"inject=fsync,fdatasync:signal=KILL:when={sync}"]
    write = command(_CHILD, ["write", str(path), str(seed), str(number), str(ENDLESS)])
    with (path.parent / "child.log").open("ab") as log, subprocess.Popen(
        [*line, *write], stdout=subprocess.PIPE, stderr=log
    ) as child:  # fmt: skip
        assert child.stdout is not None
        given = _count(child.stdout)
    return given if child.returncode == -signal.SIGKILL else None  # strace ends as what it follows ended


def killed(path: Path, seed: int, number: int, *, acks: int, share: float) -> int:
    """How many Deltas of round `number` were acknowledged by a child that was killed.

    The kill comes after its `acks`-th acknowledgement and `share` of the time that one took on average, so that it
    falls anywhere in a write however fast the machine is; with acks=0 after `share` of `_STARTING_S`.
    """
    with (path.parent / "child.log").open("ab") as log, subprocess.Popen(
        command(_CHILD, ["write", str(path), str(seed), str(number), str(ENDLESS)]), stdout=subprocess.PIPE, stderr=log
    ) as child:  # fmt: skip
        assert child.stdout is not None
        wait, given = _STARTING_S, 0
        if acks:
            child.stdout.readline()  # "open"
            began = time.perf_counter()
            given = _count(child.stdout, until=acks)
            wait = (time.perf_counter() - began) / acks
        time.sleep(share * wait)
        child.kill()
        return given + _count(child.stdout)


def _count(said: IO[bytes], until: int | None = None) -> int:
    """Acknowledgements read, to the end or `until` so many. A line cut by the kill was not given in full."""
    given = 0
    while given != until:
        line = said.readline()
        if not line:
            break
        given += line.startswith(b"ack ") and line.endswith(b"\n")
    return given


def _judged(path: Path, judge: InMemoryStore, seed: int, number: int, moment: str, acked: int) -> Round:
    """What is left of round `number`; afterwards store and judge both hold its `acked` Deltas and one more."""
    written = list(islice(workload.deltas(seed, number), acked + 1))
    for delta in written[:acked]:
        judge.apply(delta)
    without = workload.digest(judge)
    judge.apply(written[acked])
    whole = workload.digest(judge)
    looked = _look("look", path, seed, number, acked)
    problems = _complaints(looked)
    before = looked.get("before")
    if not problems and before not in (without, whole):
        problems.append(f"holds neither its {acked} acknowledged Deltas nor one more ({_differing(before, without)})")
    if not problems and looked["after"] != whole:
        problems.append(f"writing the last Delta again does not complete it ({_differing(looked['after'], whole)})")
    if not problems and looked["last_was_there"] != (before == whole):
        problems.append("the Delta under way is taken for written though it is not, or the other way round")
    return Round(number=number, moment=moment, acked=acked, under_way_kept=before == whole, problems=tuple(problems))


def _look(verb: str, path: Path, seed: int, number: int, acked: int) -> dict[str, Any]:
    done = subprocess.run(
        command(_CHILD, [verb, str(path), str(seed), str(number), str(acked)]), capture_output=True, text=True,
        check=False, timeout=_LOOKING_S,
    )  # fmt: skip
    if done.returncode:
        return {"failed": done.stderr.strip()[-1500:]}
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def _complaints(looked: dict[str, Any]) -> list[str]:
    if "failed" in looked:
        return [f"it does not open or answer: {looked['failed']}"]
    problems = [f"check says: {text}" for text in (*looked["check"], *looked["check_after"])]
    for name, what in (
        ("searched", "search does not find the last acknowledged Delta"),
        ("repeated", "the last acknowledged Delta, applied again, is not taken for a repetition"),
        ("last_again_repeated", "a Delta applied twice is not taken for a repetition"),
        ("searched_after", "search does not find what was just written"),
    ):
        if not looked.get(name, True):
            problems.append(what)
    return problems


def _differing(found: dict[str, str] | None, wanted: dict[str, str]) -> str:
    return "differing: " + ", ".join(name for name in wanted if (found or {}).get(name) != wanted[name])


# --- torn logs


def torn_tails(folder: Path, *, seed: int, kinds: tuple[str, ...] | None = None) -> list[Torn]:
    """A killed store's log damaged at its end in several ways, each in a copy.

    The store is killed as it enters the sync of a write's log: that record's bytes are those that a crash may tear.
    Without strace the moment can't be met; then only what comes behind the log is damaged.
    """
    path, number = folder / "torn.graph", 1000
    subprocess.run(command(_CHILD, ["write", str(path), str(seed), str(number), "0"]), check=True, capture_output=True)
    logs = [path.resolve() / "graph" / f"txlog_{log}.wal" for log in range(2)]
    acked = killed_in_sync(path, seed, number, sync=_TORN_SYNC, of=logs)
    whole = acked is None
    if acked is None:
        acked = killed(path, seed, number, acks=_TORN_SYNC, share=0.0)
    judge = InMemoryStore()
    judge.create_cube(workload.cube())
    prefixes = [workload.digest(judge)]
    for delta in islice(workload.deltas(seed, number), acked + 1):
        judge.apply(delta)
        prefixes.append(workload.digest(judge))
    found = []
    for kind in watched([kind for kind in kinds or _DAMAGES if not (whole and kind in _TEARING)], "tearing"):
        copy = folder / f"torn-{kind}.graph"
        shutil.copytree(path, copy)
        what = _DAMAGES[kind](_newest_log(copy), np.random.default_rng([seed, 5]))
        looked = _look("view", copy, seed, number, acked)
        shutil.rmtree(copy)
        found.append(_torn(kind, what, looked, prefixes, acked))
    return found


def _torn(kind: str, what: str, looked: dict[str, Any], prefixes: list[dict[str, str]], acked: int) -> Torn:
    if "failed" in looked:
        return Torn(kind=kind, what=what, acked=acked, kept=-1, problems=tuple(_complaints(looked)))
    problems = _complaints(looked)
    kept = prefixes.index(looked["before"]) if looked["before"] in prefixes else -1
    if kept < 0:
        problems.append("what is left is no prefix of what was written: something is there by half")
    elif kept < acked:
        problems.append(f"{acked - kept} acknowledged Deltas are gone, though their bytes were not touched")
    return Torn(kind=kind, what=what, acked=acked, kept=kept, problems=tuple(problems))


def _newest_log(store: Path) -> Path:
    logs = [file for file in store.rglob("*.wal") if file.stat().st_size]
    if not logs:
        raise OSError(f"{store} holds no log file (*.wal) with anything in it; nothing can be torn")
    return max(logs, key=lambda file: file.stat().st_mtime_ns)


def _junk(log: Path, generator: np.random.Generator) -> str:
    with log.open("ab") as file:
        file.write(generator.bytes(777))
    return "777 random bytes after the end"


def _zeros(log: Path, generator: np.random.Generator) -> str:
    with log.open("ab") as file:
        file.write(bytes(4096))
    return "4,096 zero bytes after the end: the file grew, its content did not come"


def _half_record(log: Path, generator: np.random.Generator) -> str:
    content = log.read_bytes()
    with log.open("ab") as file:
        file.write(content[: min(len(content) // 2, 5000)])
    return "the beginning of a record after the end: the next write was cut"


def _cut(log: Path, generator: np.random.Generator) -> str:
    size = log.stat().st_size
    gone = min(size, int(generator.integers(1, 400)))
    os.truncate(log, size - gone)
    return f"the last {gone} bytes cut off"


def _garble(log: Path, generator: np.random.Generator) -> str:
    size = log.stat().st_size
    changed = min(size, int(generator.integers(8, 400)))
    with log.open("r+b") as file:
        file.seek(size - changed)
        file.write(generator.bytes(changed))
    return f"the last {changed} bytes overwritten"


_DAMAGES: dict[str, Damage] = {
    "junk": _junk, "zeros": _zeros, "half record": _half_record, "cut": _cut, "garble": _garble,
}  # fmt: skip
_TEARING = frozenset({"cut", "garble"})  # of a record's own bytes
_TORN_SYNC = 30  # of the log: the write under way then is the one that is torn


# --- syncs


def watch_syncs(folder: Path, *, adds: int) -> tuple[list[Synced], str]:
    """What strace saw before each of `adds` acknowledgements, and why there is nothing to see, if so."""
    output = folder / "strace.txt"
    why_not = traced(command(_CHILD, ["write", str(folder / "synced.graph"), "0", "-1", str(adds)]), output)
    if why_not:
        return [], why_not
    with output.open(encoding="utf-8", errors="replace") as lines:
        return acknowledged(calls(line.rstrip("\n") for line in lines)), ""
