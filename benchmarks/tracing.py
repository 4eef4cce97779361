"""Read what strace saw, and say for each acknowledgement whether the log was synced before it was given.

A killed process can't show a missing sync: the kernel keeps what was written. Only the calls themselves can. Pure, but
for `traced`.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

_CALLS = "fsync,fdatasync,msync,write,writev,pwrite64,pwritev"
_SYNCS = frozenset({"fsync", "fdatasync"})
_LINE = re.compile(r"(?:\[pid\s+)?(\d+)\]?\s+(.*)")
_CALL = re.compile(r"(\w+)\(\d+<([^>]*)>(.*)")
_RESUMED = re.compile(r"<\.\.\. (\w+) resumed>.*=\s*(-?\d+)")
_ACK = re.compile(r', "ack (\d+)\\n"')


@dataclass(frozen=True, slots=True)
class Call:
    """One system call on a file: a sync at its successful end, a write at its start."""

    name: str
    path: str
    text: str  #: the rest of the line: what was written

    @property
    def syncs(self) -> bool:
        """Whether it put a file on disk."""
        return self.name in _SYNCS


@dataclass(frozen=True, slots=True, kw_only=True)
class Synced:
    """What stood between one acknowledgement and the one before it."""

    ack: int
    log_writes: int
    log_syncs: int
    in_order: bool  #: every log file written was synced after its last write and before the acknowledgement


def traced(command: Sequence[str], output: Path) -> str:
    """Run `command` under strace into `output`; "" when it worked, else why not."""
    strace = shutil.which("strace")
    if strace is None:
        return "strace is not installed (apt-get install strace): syncs were not looked at"
    line = [strace, "-f", "-y", "-s", "64", "-e", f"trace={_CALLS}", "-o", str(output), *command]
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    if done.returncode:
        return f"strace ended with {done.returncode}: {done.stderr.strip()[-500:]}"
    return ""


def calls(lines: Iterable[str]) -> Iterator[Call]:
    """The calls in the order that matters: syncs where they end well, writes where they start."""
    open_syncs: dict[str, Call] = {}
    for line in lines:
        of_thread = _LINE.match(line)
        if of_thread is None:
            continue
        thread, rest = of_thread.groups()
        resumed = _RESUMED.match(rest)
        if resumed is not None:
            waiting = open_syncs.pop(thread, None)
            if waiting is not None and waiting.name == resumed[1] and resumed[2] == "0":
                yield waiting
            continue
        found = _CALL.match(rest)
        if found is None:
            continue
        call = Call(*found.groups())
        if not call.syncs:
            yield call
        elif call.text.endswith("<unfinished ...>"):
            open_syncs[thread] = call
        elif re.search(r"=\s*0$", call.text):
            yield call


def acknowledged(seen: Iterable[Call], log_suffix: str = ".wal") -> list[Synced]:
    """For each acknowledgement, in order, what happened to log files since the one before."""
    found: list[Synced] = []
    writes = syncs = 0
    dirty: set[str] = set()
    for call in seen:
        ack = _ACK.search(call.text) if call.name == "write" else None
        if ack is not None:
            in_order = writes > 0 and syncs > 0 and not dirty
            found.append(Synced(ack=int(ack[1]), log_writes=writes, log_syncs=syncs, in_order=in_order))
            writes = syncs = 0
        elif call.path.endswith(log_suffix) and call.syncs:
            syncs += 1
            dirty.discard(call.path)
        elif call.path.endswith(log_suffix):
            writes += 1
            dirty.add(call.path)
    return found
