"""Organising that is killed: what was written is right, and the next run ends where one that was not killed does."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import memos_graph.app as app
from memos_graph.app import Graph
from memos_graph.backends.inmemory import InMemoryStore
from memos_graph.services.context import Context
from tests.services.conftest import Clock
from tests.services.organise_kit import Bag, everything_in, fill
from tests.services.test_organising import POLICY

KILLED = """
import os, signal, sys
import memos_graph.app as app
from memos_graph.services.context import Context
from memos_graph.settings import Settings
from tests.services.organise_kit import Bag
from tests.services.test_organising import POLICY

store = app.open_store(sys.argv[1], Settings())
left, apply = int(sys.argv[2]), store.apply

def counted(delta):
    global left
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    left -= 1
    return apply(delta)

store.apply = counted
app.Graph(Context(store=store, embedder=Bag(), clock=app.now)).cube("kb").organise(POLICY)
"""


@pytest.mark.long
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="a kill is a thing of Unix")
@pytest.mark.parametrize("steps", [1, 3])
def test_after_a_kill_the_next_run_ends_where_a_whole_one_does(tmp_path: Path, steps: int) -> None:
    path = tmp_path / "kb.graph"
    with app.open(path, embedder=Bag()) as graph:
        fill(graph.cube("kb"))
    ran = subprocess.run(
        [sys.executable, "-c", KILLED, str(path), str(steps)], check=False, timeout=280, cwd=Path.cwd(),
        env={**os.environ, "PYTHONPATH": os.pathsep.join(each for each in sys.path if each)},
    )  # fmt: skip
    assert ran.returncode == -signal.SIGKILL
    with app.open(path, embedder=Bag()) as graph:
        kb = graph.cube("kb")
        assert all(finding.ok for finding in graph.check())
        assert kb.organise(POLICY).wrote
        assert not kb.organise(POLICY).wrote
        found = everything_in(kb)
    whole = Graph(Context(store=InMemoryStore(), embedder=Bag(), clock=Clock())).cube("kb")
    fill(whole)
    whole.organise(POLICY)
    assert found[:2] == everything_in(whole)[:2]
