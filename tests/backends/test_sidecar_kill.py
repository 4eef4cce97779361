"""Killed at any point of writing, the sidecar agrees with the graph once it is open again."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from memos_graph.backends.sidecar import Sidecar, Written
from memos_graph.model.graph import Edge, Node, VectorSpace, make_edge
from memos_graph.model.scope import Scope
from memos_graph.testing.bench import day

STEP = 40  #: nodes a Change


class Growing:
    """A graph that any process can work out: Change n adds STEP nodes and moves the text and vector of some."""

    def __init__(self, seq: int) -> None:
        self.at = seq

    def seq(self, cube: str) -> int:
        return self.at

    def lineage(self, cube: str) -> str:
        return "growing"

    def spaces(self, cube: str) -> Sequence[VectorSpace]:
        return (VectorSpace(name="main", model="m", dimension=16),)

    def written(self, cube: str, after: int) -> Written | None:
        if self.at - after > 5:
            return None
        put = {node.id: node for seq in range(after + 1, self.at + 1) for node in self.change(seq).put}
        edges = [edge for seq in range(after + 1, self.at + 1) for edge in self.change(seq).edges]
        return Written(seq=self.at, put=list(put.values()), edges=edges)

    def nodes(self, cube: str) -> Iterator[Node]:
        for number in range(self.at * STEP):
            yield self.node(number, self.at)

    def edges(self, cube: str) -> Iterator[Edge]:
        for seq in range(1, self.at + 1):
            yield from self.change(seq).edges

    def change(self, seq: int) -> Written:
        first = (seq - 1) * STEP
        moved = [number for number in range(max(0, first - 3 * STEP), first) if self.last_moved(number, seq) == seq]
        new = list(range(first, first + STEP))
        edges = [
            make_edge("c", "FOLLOWS", f"n{number}", f"n{number - 1}", created_at=day(0)) for number in new if number
        ]
        return Written(seq=seq, put=[self.node(number, seq) for number in moved + new], edges=edges)

    def node(self, number: int, seq: int) -> Node:
        moved = self.last_moved(number, seq)
        vector = np.random.default_rng((number, moved)).standard_normal(16).astype(np.float32)
        text = f"valve {number} as of change{moved}"
        return Node(id=f"n{number}", cube="c", kind="Passage", text=text, version=moved,
                    created_at=day(0), updated_at=day(moved), vectors={"main": vector})  # fmt: skip

    def last_moved(self, number: int, seq: int) -> int:
        """The last Change up to `seq` that wrote node `number`: its first, or one of the three after it."""
        born = number // STEP + 1
        return max(at for at in (born, born + 1 + number % 3 if number % 5 == 0 else born) if at <= seq or at == born)


def _write_until_killed(root: Path) -> None:
    """Runs in a process of its own: says on standard output which Change it took in last."""
    feed = Growing(0)
    sidecar = Sidecar(root, feed)
    begun = int(sys.argv[2])
    feed.at = begun
    for seq in range(begun + 1, 100_000):
        feed.at = seq
        sidecar.apply("c", feed.change(seq))
        if seq % 3 == 0:
            sidecar.text(Scope(cubes=("c",)), "valve", 1)
        os.write(1, f"{seq}\n".encode())


def _killed_at(root: Path, begun: int, seconds: float) -> int:
    with subprocess.Popen(
        [sys.executable, __file__, str(root), str(begun)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        time.sleep(seconds)
        process.send_signal(signal.SIGKILL)
        rest = process.stdout.read()
    return int((first + rest).split()[-1]) if first else begun


@pytest.mark.long
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs kill -9")
def test_after_each_of_four_kills_the_sidecar_agrees_with_the_graph(tmp_path: Path) -> None:
    chance = random.Random(5)
    acknowledged = 0
    for _ in range(4):
        acknowledged = _killed_at(tmp_path, acknowledged, chance.uniform(0.0, 0.25))
        assert acknowledged > 0
        # the graph may have committed one Change that the sidecar was not told of
        feed = Growing(acknowledged + chance.choice((0, 1)))
        sidecar = Sidecar(tmp_path, feed)
        count = feed.at * STEP
        (finding,) = sidecar.check("c")
        assert finding.ok, finding.detail
        scope = Scope(cubes=("c",))
        assert len(sidecar.text(scope, "valve", count + 1)) == count
        for number in {0, 5, 10, count - 5, count - 1}:
            node = feed.node(number, feed.at)
            assert sidecar.near(scope, "main", node.vectors["main"], 1)[0].id == node.id
            word = f"change{feed.last_moved(number, feed.at)}"
            assert node.id in {hit.id for hit in sidecar.text(scope, word, count)}
        sidecar.close()
        acknowledged = feed.at


if __name__ == "__main__":
    _write_until_killed(Path(sys.argv[1]))
