"""A process of its own that feeds folders into a new graph and says what that took. Started by `ingest`.

`speed`: tokens a second end to end, beside the embedder alone on the same texts, in turns. `first`: seconds until
something is found while feeding goes on. `memory`: the most that this process and its workers held.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

import memos_graph
from benchmarks.machine import memory_mb, process_mb
from benchmarks.watching import timed
from memos_graph.app import CubeHandle, Graph
from memos_graph.engines.wording import dense_text, is_embedded
from memos_graph.ports import Embedder
from memos_graph.providers.embedders.minilm import MiniLM
from memos_graph.services.embed import embed_whole
from memos_graph.services.remember.report import Report
from memos_ingest import IngestError, read

_CHUNK = 256  #: texts embedded at a time, as the engine does
_EVERY = 20  #: of so many texts one is embedded by the model where memory is measured
_POLL_S = 0.05


def main(arguments: Sequence[str]) -> int:
    """`speed|first|memory STORE FOLDER...`: one JSON line on the standard output it was given."""
    what, store, *folders = arguments
    said = os.dup(1)
    os.dup2(2, 1)  # whatever else writes to standard output must not be taken for the answer
    measure: Callable[[Graph, Sequence[Path]], dict[str, Any]]
    measure = {"speed": _speed, "first": _first, "memory": _memory}[what]
    embedder = OneIn(MiniLM(), _EVERY) if what == "memory" else MiniLM()
    with memos_graph.open(store, embedder=embedder) as graph:
        found = measure(graph, [Path(folder) for folder in folders])
    os.write(said, (json.dumps(found) + "\n").encode())
    return 0


class OneIn:
    """An embedder that gives one text in `every` to the model, and makes up the vectors of the others.

    So the model is loaded and works, and 20 MB of text take minutes instead of a quarter of an hour.
    """

    def __init__(self, model: Embedder, every: int) -> None:
        self.model, self.dimension, self.limit = model.model, model.dimension, model.limit
        self.count_tokens = model.count_tokens
        self._model, self._every = model, every

    def embed(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """[len(texts), dimension] of unit length."""
        chosen = [zlib.crc32(text.encode()) for text in texts]
        vectors = np.stack([np.random.default_rng(seed).standard_normal(self.dimension, np.float32) for seed in chosen])
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        real = [at for at, seed in enumerate(chosen) if seed % self._every == 0]
        if real:
            vectors[real] = self._model.embed([texts[at] for at in real])
        return vectors


def _speed(graph: Graph, folders: Sequence[Path]) -> dict[str, Any]:
    """Each folder fed into a cube of its own, then its texts embedded alone."""
    embedder = graph.context.embedder
    embedder.embed(["warm", "again"])
    embedder.count_tokens("warm")
    graph.cube("warm").add_text("What is loaded at the first use is no cost of a folder.", name="warm")
    rounds = []
    for number, folder in enumerate(folders):
        handle = graph.cube(f"folder-{number}")
        with timed() as whole, _spent() as cpu:
            report = handle.add(folder)
        texts = _texts(handle)
        tokens = sum(map(embedder.count_tokens, texts))
        with timed() as alone, _spent() as alone_cpu:
            for start in range(0, len(texts), _CHUNK):
                embed_whole(embedder, texts[start : start + _CHUNK])
        with timed() as reading:
            _read_all(folder)
        rounds.append(
            {"tokens": tokens, "texts": len(texts), "nodes": len(report.nodes), "edges": len(report.edges),
             "seconds": whole.seconds, "cpu": cpu["cpu"], "embedder_seconds": alone.seconds,
             "embedder_cpu": alone_cpu["cpu"], "read_seconds": reading.seconds, **_counts(report)}
        )  # fmt: skip
    return {"rounds": rounds, "memory_mb": memory_mb()}


def _first(graph: Graph, folders: Sequence[Path]) -> dict[str, Any]:
    """Feeds in a thread and asks until there is a hit."""
    graph.context.embedder.embed(["warm", "again"])
    handle = graph.cube("first")
    ended: list[float] = []

    def feed() -> None:
        handle.add(folders[0])
        ended.append(time.perf_counter())

    began = time.perf_counter()
    feeding = threading.Thread(target=feed)
    feeding.start()
    found = 0.0
    while not found:
        alive = feeding.is_alive()
        if handle.search("river"):
            found = time.perf_counter() - began
        elif not alive:
            break
        time.sleep(_POLL_S)
    feeding.join()
    return {"first_s": found, "all_s": ended[0] - began if ended else 0.0}


def _memory(graph: Graph, folders: Sequence[Path]) -> dict[str, Any]:
    with timed() as whole, _watched_workers() as workers:
        reports = [graph.cube("memory").add(folder) for folder in folders]
    nodes = sum(len(report.nodes) for report in reports)
    return {"peak_mb": memory_mb()["peak"], "workers_mb": workers["peak"], "nodes": nodes, "seconds": whole.seconds,
            **_counts(reports[0])}  # fmt: skip


def _counts(report: Report) -> dict[str, Any]:
    """How many sources are in, and why the others are not, each reason once."""
    reasons = dict.fromkeys(f"{Path(fed.name).suffix}: {fed.problem}"[:160] for fed in report.failed)
    return {"files": len(report.fed), "failed": len(report.failed), "reasons": list(reasons)[:8]}


def _texts(handle: CubeHandle) -> list[str]:
    """What was embedded of a cube."""
    texts: list[str] = []
    offset = 0
    while page := handle.list(limit=1000, offset=offset):
        texts += [dense_text(node) for node in page if is_embedded(node)]
        offset += len(page)
    return texts


def _read_all(folder: Path) -> None:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            try:
                read(path.read_bytes(), name=path.name)
            except IngestError:  # counted where the folder was fed
                continue


@contextmanager
def _spent() -> Iterator[dict[str, float]]:
    """CPU seconds of this process and of workers that ended, in its block."""
    before = os.times()
    found = {"cpu": 0.0}
    yield found
    after = os.times()
    found["cpu"] = sum(after[:4]) - sum(before[:4])


@contextmanager
def _watched_workers() -> Iterator[dict[str, float]]:
    """The most that the processes below this one held together, in MB, looked at five times a second."""
    found = {"peak": 0.0}
    done = threading.Event()

    def look() -> None:
        while not done.wait(0.2):
            found["peak"] = max(found["peak"], sum(process_mb(child)["rss"] for child in _below(os.getpid())))

    watching = threading.Thread(target=look, daemon=True)
    watching.start()
    try:
        yield found
    finally:
        done.set()
        watching.join()


def _below(process: int) -> list[int]:
    found: list[int] = []
    for task in Path(f"/proc/{process}/task").glob("*/children"):
        try:
            children = [int(text) for text in task.read_text().split()]
        except OSError:  # it ended meanwhile
            continue
        for child in children:
            found += [child, *_below(child)]
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
