"""Real runs: terminals, pipes, signals, and stores on disk."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from .conftest import START, Cli, environment, process

pty = pytest.importorskip("pty", reason="pseudo-terminals are a thing of Unix")
HEAVY = ("numpy", "onnxruntime", "tokenizers", "jpype", "arcadedb_embedded", "httpx", "tantivy", "rich.console")


def on_terminal(*arguments: str, cwd: Path) -> tuple[int, str]:
    """(exit code, what it showed) of a run whose streams are all one terminal."""
    main, side = pty.openpty()
    ran = subprocess.Popen(
        [sys.executable, "-c", START, *arguments], cwd=cwd, stdin=side, stdout=side, stderr=side, close_fds=True,
        env=environment() | {"TERM": "xterm", "COLUMNS": "120"},
    )  # fmt: skip
    os.close(side)
    shown = b""
    while True:
        try:
            read = os.read(main, 65536)
        except OSError:  # Linux says so when the other side is closed
            break
        if not read:
            break
        shown += read
    os.close(main)
    return ran.wait(timeout=60), shown.decode("utf-8", "replace")


def test_help_waits_for_nothing_heavy(tmp_path: Path) -> None:
    code = f"import sys, memos_graph.interfaces.cli; print([m for m in {HEAVY!r} if m in sys.modules])"
    ran = subprocess.run(
        [sys.executable, "-c", code], env=environment(), cwd=tmp_path, text=True, capture_output=True, check=True
    )
    assert ran.stdout.strip() == "[]"


@pytest.mark.long
def test_a_terminal_gets_a_table_and_a_pipe_gets_tabs(tmp_path: Path) -> None:
    arguments = ("add", "--text", "Anna signed off the valve.", "--store", "memory:")
    code, shown = on_terminal(*arguments, cwd=tmp_path)
    assert code == 0
    assert "id or problem" in shown  # a heading
    assert "\x1b[" in shown
    piped = process(*arguments, cwd=tmp_path)
    assert piped.returncode == 0
    assert piped.stdout.startswith("new\t")
    assert "\x1b[" not in piped.stdout + piped.stderr
    assert piped.stderr == ""


def test_completion_scripts_are_to_be_had(tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", START], cwd=tmp_path, text=True, capture_output=True, check=False,
        env=environment()
        | {"_MEMOS_GRAPH_COMPLETE": "complete_bash", "COMP_WORDS": "memos-graph se", "COMP_CWORD": "1"},
    )  # fmt: skip
    assert "search" in ran.stdout.split()


def test_a_reader_that_went_away_ends_the_run_quietly(tmp_path: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    ran = subprocess.run(
        [sys.executable, "-c", START, "--version"], env=environment(), cwd=tmp_path, stdout=write,
        stderr=subprocess.PIPE, text=True, check=False,
    )  # fmt: skip
    os.close(write)
    assert (ran.returncode, ran.stderr) == (141, "")


@pytest.mark.long
def test_ctrl_c_ends_with_130_and_frees_the_store_which_nobody_else_could_open(cli: Cli, tmp_path: Path) -> None:
    store = tmp_path / "kb.graph"
    # what runs in the background ignores Ctrl-C, and so do its children
    heeding = f"import signal; signal.signal(signal.SIGINT, signal.default_int_handler); {START}"
    ran = subprocess.Popen(
        [sys.executable, "-c", heeding, "add", "-", "--store", str(store)], env=environment(), stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert _held(store, ran)
        second = cli("stats", "--store", str(store), "--json")
        assert second.code == 5
        assert second.error["error"] == "StoreLocked"
        assert str(ran.pid) in second.error["message"]
        ran.send_signal(signal.SIGINT)
        ran.wait(timeout=60)  # its input stays open: an end of that would be a reason of its own to end
        _, errors = ran.communicate()
    finally:
        ran.kill()
    assert ran.returncode == 130, errors
    assert errors.splitlines()[-1].startswith("memos-graph: interrupted")
    assert cli("add", "Anna signed off the valve.", "--store", str(store)).code == 0
    assert cli("doctor", "--store", str(store)).code == 0
    assert cli("cypher", "-e", "MATCH (n:Memory) RETURN count(n) AS n", "--store", str(store)).json["n"] > 0


def _held(store: Path, ran: subprocess.Popen[str]) -> bool:
    """Whether the process came to hold the store."""
    for _ in range(600):
        if ran.poll() is not None:
            return False
        if (store / "store.json").is_file():  # written at the end of opening a new one
            time.sleep(1.5)  # from there to its wait for input
            return True
        time.sleep(0.1)
    return False
