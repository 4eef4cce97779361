"""What ran and on what: machine, versions, commit, command line, memory and disk.

Reads /proc where there is one; elsewhere a figure it can't have is 0 or "unknown", never a guess.
"""

from __future__ import annotations

import os
import platform
import shlex
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

_PACKAGES = (
    "memos-graph", "arcadedb-embedded", "neo4j", "numpy", "tantivy", "onnxruntime", "tokenizers", "liteparse",
    "pypdfium2", "xberg",
)  # fmt: skip
_ROOT = Path(__file__).resolve().parent.parent


def facts(command: Sequence[str], folder: Path) -> dict[str, Any]:
    """Machine, versions, commit, date and command line of this run; `folder`: where its stores lie."""
    return {
        "machine": {
            "cpu": _from_proc(Path("/proc/cpuinfo"), "model name") or platform.processor() or "unknown",
            "cores": os.cpu_count() or 0,
            "memory_gb": round(_kilobytes(Path("/proc/meminfo"), "MemTotal") / 2**20, 1),
            "system": f"{platform.system()} {platform.release()}",
            "file_system": _file_system(folder),
            "load_before": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else 0.0,
        },
        "versions": {"python": platform.python_version(), **{name: _version(name) for name in _PACKAGES}},
        "commit": _git("rev-parse", "HEAD") or "unknown",
        "dirty": bool(_git("status", "--porcelain")),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": f"python -m benchmarks {shlex.join(command)}",
    }


def memory_mb() -> dict[str, float]:
    """This process's resident memory in MB: now, and at most so far (the database's virtual machine included)."""
    return process_mb(os.getpid())


def process_mb(process: int) -> dict[str, float]:
    """As `memory_mb`, of another process."""
    status = Path(f"/proc/{process}/status")
    return {"rss": round(_kilobytes(status, "VmRSS") / 1024, 1), "peak": round(_kilobytes(status, "VmHWM") / 1024, 1)}


def disk_mb(path: Path) -> float:
    """What the files under `path` take, in MB."""
    files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
    return round(sum(file.stat().st_size for file in files) / 2**20, 1)


def in_terminal() -> bool:
    """Whether a person watches: progress is shown to nobody else."""
    return sys.stderr.isatty()


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed (run from a checkout)"


def _git(*arguments: str) -> str:
    try:
        done = subprocess.run(["git", *arguments], cwd=_ROOT, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):  # no git, or no repository: the report says unknown
        return ""
    return done.stdout.strip()


def _file_system(folder: Path) -> str:
    """The type of the file system that holds `folder`: on tmpfs an fsync costs nothing and proves nothing."""
    mounts = Path("/proc/mounts")
    if not mounts.exists():
        return "unknown"
    place = folder.resolve()
    rows = [line.split() for line in mounts.read_text(encoding="utf-8").splitlines()]
    holding = [row for row in rows if place.is_relative_to(row[1])]
    return max(holding, key=lambda row: len(row[1]))[2] if holding else "unknown"


def _kilobytes(file: Path, name: str) -> int:
    return int((_from_proc(file, name) or "0").split()[0])


def _from_proc(file: Path, name: str) -> str:
    if not file.exists():
        return ""
    lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(name)), "")
