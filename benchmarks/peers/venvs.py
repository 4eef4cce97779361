"""A virtual environment for each peer, in a folder outside the repository, made by venv and pip.

What could not be installed is written down beside it and becomes a row of the report. Knows no peer's API.
"""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

HERE = Path(__file__).resolve().parent
PEERS = ("mem0", "txtai", "lightrag", "graphiti", "neo4j_graphrag", "hindsight")
_DONE, _FAILED = "installed.txt", "failed.txt"


def python_of(venvs: Path, peer: str) -> Path:
    """The interpreter of `peer`, whether it is there or not."""
    return venvs / peer / "bin" / "python"


def missing(venvs: Path, peer: str) -> str:
    """Why `peer` can't run from `venvs`; "" when it can."""
    home = venvs / peer
    if not python_of(venvs, peer).exists():
        return f"it was not installed: python -m benchmarks peers --setup --venvs {venvs.name}"
    failed = home / _FAILED
    if failed.exists():
        return f"it could not be installed: {failed.read_text(encoding='utf-8').strip()}"
    done = home / _DONE
    if not done.exists() or done.read_text(encoding="utf-8") != _digest(peer):
        return "it was installed from other requirements: run --setup again"
    return ""


def version(peer: str) -> str:
    """The pinned distribution that the peer is, such as mem0ai==2.2.1."""
    return _requirements(peer).read_text(encoding="utf-8").splitlines()[0]


def make(venvs: Path, peers: Sequence[str], find_links: Path | None = None) -> dict[str, str]:
    """Peer -> "" or why not. Environments that fit their requirements are kept.

    find_links: a folder of wheels to look into besides the index, such as a small build of torch.
    """
    venvs.mkdir(parents=True, exist_ok=True)
    return {peer: _make(venvs / peer, peer, find_links) if missing(venvs, peer) else "" for peer in peers}


def _make(home: Path, peer: str, find_links: Path | None) -> str:
    subprocess.run([sys.executable, "-m", "venv", "--clear", str(home)], check=True)
    extra = ["--find-links", str(find_links)] if find_links else []
    command = [str(home / "bin" / "python"), "-m", "pip", "install", "-q", *extra, "-r", str(_requirements(peer))]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        why = last_line(done.stderr)
        (home / _FAILED).write_text(why, encoding="utf-8")
        return why
    (home / _DONE).write_text(_digest(peer), encoding="utf-8")
    return ""


def last_line(text: str) -> str:
    """The last line of `text` that names an error, else the last that says something; cut to 200 characters."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    named = [line for line in lines if re.match(r"[\w.]*(?:Error|Exception|Exit)\b", line, re.IGNORECASE)]
    return (named or lines or ["it said nothing"])[-1][:200]


def _requirements(peer: str) -> Path:
    return HERE / peer / "requirements.txt"


def _digest(peer: str) -> str:
    return hashlib.sha256(_requirements(peer).read_bytes()).hexdigest()
