"""kill -9 in the middle of `organise`: the graph must be valid, and the next run must end where an unbroken one does.

Everything happens in child processes: the store is held by one at a time.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.launching import command
from benchmarks.lifecycle_same import differences
from benchmarks.watching import watched

_CHILD = "benchmarks.lifecycle_crash_child"
_STUCK_S = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Killed:
    """One run of `organise` that was cut."""

    share: float  #: of the time that an unbroken run takes
    ended: bool  #: it was done before the kill came
    problems: tuple[str, ...]


def crashes(folder: Path, *, memories: int, kills: int, seed: int) -> tuple[Killed, ...]:
    """`kills` runs over copies of one cube of about `memories` memories, cut at random moments.

    OSError when an unbroken run fails: then there is nothing to compare with.
    """
    base, whole = folder / "organise.graph", folder / "organise-whole.graph"
    _child("fill", base, memories, seed)
    shutil.copytree(base, whole)
    began = time.perf_counter()
    _child("organise", whole)
    seconds = time.perf_counter() - began
    wanted = _child("look", whole)
    generator = np.random.default_rng([seed, 7])
    found = []
    for number in watched(list(range(kills)), "killing organise"):
        path = folder / f"organise-{number}.graph"
        shutil.copytree(base, path)
        share = float(generator.uniform(0.25, 0.95))
        ended = _cut(path, seconds * share)
        found.append(Killed(share=share, ended=ended, problems=tuple(_judged(path, wanted))))
        shutil.rmtree(path)
    return tuple(found)


def _cut(path: Path, after: float) -> bool:
    with (path.parent / "organise.log").open("ab") as log, subprocess.Popen(
        command(_CHILD, ["organise", str(path)]), stdout=subprocess.PIPE, stderr=log
    ) as child:  # fmt: skip
        try:
            child.wait(timeout=after)
        except subprocess.TimeoutExpired:
            child.kill()
            return False
        return True


def _judged(path: Path, wanted: dict[str, Any]) -> list[str]:
    """What is wrong right after the kill, and what differs after the next run."""
    cut = _child("look", path)
    problems = [f"after the kill: {each}" for each in cut["check"]]
    problems += [f"after the kill: {len(cut['lost'])} memories are neither live nor part of one that is: "
                 f"{cut['lost'][:3]}"] if cut["lost"] else []  # fmt: skip
    _child("organise", path)
    done = _child("look", path)
    problems += [f"after the next run: {each}" for each in done["check"]]
    problems += [f"after the next run: lost {done['lost'][:3]}"] if done["lost"] else []
    other = differences(Counter(wanted["live"]), Counter(done["live"]))
    problems += [f"after the next run: {len(other)} differences to an unbroken run: {other[:2]}"] if other else []
    again = _child("organise", path)
    problems += [f"one more run wrote {again['wrote']}"] if again["wrote"] else []
    return problems


def _child(verb: str, path: Path, *numbers: int) -> dict[str, Any]:
    done = subprocess.run(
        command(_CHILD, [verb, str(path), *map(str, numbers)]), capture_output=True, text=True, timeout=_STUCK_S,
        check=False,
    )  # fmt: skip
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["nothing"])[-1]
        raise OSError(f"{verb} {path.name} ended with {done.returncode}: {said}")
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found
