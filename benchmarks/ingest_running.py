"""Run a parser over files in a process of its own: ours by this interpreter, a peer by the one of its environment.

A parser that fails is an answer too. What it said is read here into `Content`; how it is scored is not known here.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.ingest_text import Content, from_blocks, from_markdown
from benchmarks.peers.venvs import last_line, missing, python_of, version

OURS = "memos_ingest"
PEERS = ("unstructured", "markitdown", "pymupdf4llm")
_ROOT = Path(__file__).resolve().parents[1]
_KEPT = ("PATH", "LANG", "LC_ALL", "TMPDIR", "SYSTEMROOT")


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a parser made of one file."""

    content: Content | None  #: None when it failed
    why_not: str = ""  #: why it failed
    seconds: tuple[float, ...] = ()  #: of each round
    cpu: tuple[float, ...] = ()  #: of each round, seconds of all its threads


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one parser."""

    parser: str
    version: str
    why_not: str = ""  #: why it did not run at all
    files: Mapping[str, Said] = field(default_factory=dict)  #: by file name
    memory_mb: float = 0.0  #: of its process, at most


def run(parser: str, files: Sequence[Path], folder: Path, *, venvs: Path | None, rounds: int = 1,
        warm: Path | None = None, ocr: bool = True, timeout_s: float = 900) -> Outcome:  # fmt: skip
    """The outcome of `parser` (`OURS` or one of `PEERS`) over `files`, each read `rounds` times after `warm`.

    folder: for its home and its words. venvs: where the peers' environments are. ocr: whether ours may use it, where
    it is installed.
    """
    known_as = "this checkout" if parser == OURS else version(parser)
    why_not = "" if parser == OURS else missing(venvs, parser) if venvs else "no --peers VENVS was given"
    if why_not:
        return Outcome(parser=parser, version=known_as, why_not=why_not)
    home = folder / parser
    home.mkdir(parents=True, exist_ok=True)
    given, wanted = home / "task.json", home / "result.json"
    wanted.unlink(missing_ok=True)
    task = {"files": [str(file) for file in files], "rounds": rounds, "warm": str(warm) if warm else ""}
    given.write_text(json.dumps(task), encoding="utf-8")
    why_not = _driven(parser, venvs, [str(given), str(wanted), *([] if ocr else ["--without-ocr"])], timeout_s)
    if why_not:
        return Outcome(parser=parser, version=known_as, why_not=why_not)
    result = json.loads(wanted.read_text(encoding="utf-8"))
    said = {Path(path).name: _said(value) for path, value in result["files"].items()}
    return Outcome(parser=parser, version=known_as, files=said, memory_mb=result["memory_mb"])


def _said(value: Mapping[str, Any]) -> Said:
    said = value["said"]
    content = None
    if not value["why_not"]:
        content = from_markdown(said) if isinstance(said, str) else from_blocks(said)
    return Said(
        content=content, why_not=value["why_not"], seconds=tuple(value["seconds"]), cpu=tuple(value["cpu"])
    )  # fmt: skip


def _driven(parser: str, venvs: Path | None, arguments: Sequence[str], timeout_s: float) -> str:
    """Runs the driver; "" when it wrote its result, else why not."""
    home, wanted = Path(arguments[0]).parent, Path(arguments[1])
    environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
    environment |= {"HOME": str(home), "PYTHONDONTWRITEBYTECODE": "1", "DO_NOT_TRACK": "1", "HF_HUB_OFFLINE": "1",
                    "SCARF_NO_ANALYTICS": "true"}  # fmt: skip
    if parser == OURS:
        python, module = sys.executable, "benchmarks.ingest_ours"
        environment["PYTHONPATH"] = os.pathsep.join(sys.path)
    else:
        assert venvs is not None
        python, module = str(python_of(venvs, parser)), f"benchmarks.peers.{parser}.driver"
        environment["PYTHONPATH"] = str(_ROOT)
    with (home / "driver.log").open("wb") as words:
        try:
            done = subprocess.run(
                [python, "-m", module, *arguments], cwd=home, env=environment, stdin=subprocess.DEVNULL,
                stdout=words, stderr=words, timeout=timeout_s, check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return f"it did not end within {timeout_s:g} s"
    if done.returncode or not wanted.exists():
        said = last_line((home / "driver.log").read_text(encoding="utf-8", errors="replace"))
        return f"its driver ended with {done.returncode}: {said}"
    return ""
