"""What every parser's driver shares: the files it is given, how it is timed, the result it writes.

Runs inside a peer's virtual environment, so the standard library is all it imports. A driver gives `drive` a function
from a path to Markdown, or to blocks {kind, text, level, cells}.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

Converted = str | list[dict[str, Any]]


def drive(convert: Callable[[Path], Converted]) -> None:
    """Read the task file named first on the command line, do it, write the result file named second.

    The task: {"files": paths, "rounds": how often each is read, "warm": a path read before the clock starts, or ""}.
    The result, by path: {"said": Markdown or blocks, "why_not": "", "seconds": of each round, "cpu": of each round}.
    """
    given, wanted = Path(sys.argv[1]), Path(sys.argv[2])
    task = json.loads(given.read_text(encoding="utf-8"))
    if task["warm"]:  # what a library loads at its first use is no cost of a page
        _converted(convert, Path(task["warm"]))
    result = {path: _read(convert, Path(path), task["rounds"]) for path in task["files"]}
    wanted.write_text(json.dumps({"files": result, "memory_mb": _peak_mb()}), encoding="utf-8")


def _read(convert: Callable[[Path], Converted], path: Path, rounds: int) -> dict[str, Any]:
    seconds: list[float] = []
    cpu: list[float] = []
    said: Converted = ""
    why_not = ""
    for _ in range(rounds):
        began, spent = time.perf_counter(), time.process_time()
        said, why_not = _converted(convert, path)
        seconds.append(time.perf_counter() - began)
        cpu.append(time.process_time() - spent)
        if why_not:
            break
    return {"said": said, "why_not": why_not, "seconds": seconds, "cpu": cpu}


def _converted(convert: Callable[[Path], Converted], path: Path) -> tuple[Converted, str]:
    try:
        said = convert(path)
    except Exception as error:  # noqa: BLE001  # a process edge: whatever a peer raises is its answer for this file
        lines = str(error).strip().splitlines() or [""]
        return "", f"{type(error).__name__}: {lines[0]}"[:300]
    return said, "" if said else "it gave nothing, and said nothing"


def _peak_mb() -> float:
    status = Path("/proc/self/status")
    if not status.exists():
        return 0.0
    peak = next(line for line in status.read_text(encoding="utf-8").splitlines() if line.startswith("VmHWM"))
    return round(int(peak.split()[1]) / 1024, 1)
