"""Signals stay Python's while the database's Java runs: whoever is told to end ends of that, and nothing is lost."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

import memos_graph

pytestmark = pytest.mark.long

HOLDING = """
import os, signal, sys, time
import memos_graph

{before}
with memos_graph.open("kb.graph") as graph:
    graph.cube("kb").add("The valve is shut.", name="valve")
    os.kill(os.getpid(), int(sys.argv[1]))
    time.sleep(20)
"""


def held(folder: Path, number: signal.Signals, before: str = "") -> subprocess.CompletedProcess[str]:
    """What became of a process that gets `number` while it holds a store in `folder`."""
    script = HOLDING.format(before=before)
    return subprocess.run(
        [sys.executable, "-c", script, str(int(number))], cwd=folder, capture_output=True, text=True, timeout=120,
        start_new_session=True, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP], ids=["SIGTERM", "SIGHUP"])
def test_a_script_that_is_told_to_end_ends_of_that_and_keeps_what_it_wrote(
    tmp_path: Path, number: signal.Signals
) -> None:
    ended = held(tmp_path, number)
    assert ended.returncode == -number, ended.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["kb.graph"]  # no crash report
    with memos_graph.open(tmp_path / "kb.graph") as graph:
        assert graph.cube("kb").search("valve")


def test_a_handler_that_was_set_before_is_called_still(tmp_path: Path) -> None:
    ended = held(tmp_path, signal.SIGTERM, "signal.signal(signal.SIGTERM, lambda *_: sys.exit(7))")
    assert ended.returncode == 7, ended.stderr
