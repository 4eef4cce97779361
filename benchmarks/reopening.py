"""A process of its own that opens a store, searches once, and says how long that took. Started by `store`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.launching import command
from benchmarks.machine import memory_mb
from benchmarks.watching import timed


@dataclass(frozen=True, slots=True, kw_only=True)
class Reopened:
    """One reopening in a fresh process."""

    import_s: float  #: of the Python package
    open_s: float  #: from calling `open` to having the graph; the virtual machine's start included
    search_s: float  #: the first search after it, the embedding model's start included
    again_s: float  #: the second search
    hits: int
    rss_mb: float


def reopen(store: Path, cube: str, query: str) -> Reopened:
    """Open `store` in a fresh process and search `cube` twice."""
    done = subprocess.run(
        command("benchmarks.reopening", [str(store), cube, query]), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise OSError(f"reopening {store} failed: {done.stderr[-2000:]}")
    return Reopened(**json.loads(done.stdout.splitlines()[-1]))


def main(arguments: Sequence[str]) -> int:
    """In the child: one JSON line with the fields of `Reopened`."""
    store, cube, query = arguments
    said = os.dup(1)
    os.dup2(2, 1)  # whatever else writes to standard output must not be taken for the answer
    with timed() as importing:
        import memos_graph.app
    with timed() as opening:
        graph = memos_graph.open(store)
    with graph:
        handle = graph.cube(cube, create=False)
        with timed() as first:
            hits = handle.search(query)
        with timed() as again:
            handle.search(query)
        found = {
            "import_s": importing.seconds, "open_s": opening.seconds, "search_s": first.seconds,
            "again_s": again.seconds, "hits": len(hits), "rss_mb": memory_mb()["rss"],
        }  # fmt: skip
        os.write(said, (json.dumps(found) + "\n").encode())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
