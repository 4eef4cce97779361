"""Peers: one task in, one result out, and a failure that says why. A driver of a few lines stands in for a peer's."""

from __future__ import annotations

import json
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from benchmarks.peers import running, vectors, venvs
from benchmarks.peers.kit import task_from

TASK: dict[str, Any] = {
    "chats": [
        {
            "id": "a", "questions": ["who?", "what?"],
            "turns": [{"id": f"D1:{at}", "speaker": "Ann", "text": f"Ann: {at}", "time": "", "names": ["Rome"]}
                      for at in range(3)],
        }
    ],
    "top_k": 2, "vectors_url": "http://127.0.0.1:1/v1", "model": "m", "dimension": 2, "server": {},
}  # fmt: skip
DRIVER = """\
from benchmarks.peers.kit import drive


class Stub:
    def __init__(self, task):
        self.turns = []

    def feed(self, chat):
        self.turns += [turn.id for turn in chat.turns if not turn.names]

    def search(self, chat, question, top_k):
        {search}

    def close(self):
        pass


drive(Stub)
"""


class Ones:
    """Counts what it is asked."""

    model, dimension, limit = "ones", 2, 0

    def __init__(self) -> None:
        self.asked: list[str] = []

    def embed(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        self.asked += texts
        return np.array([[1, 0] for _ in texts], np.float32)

    def count_tokens(self, text: str) -> int:
        return len(text.split())


@pytest.fixture
def stub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Path]]:
    """Puts a peer called stub where peers are, and an environment for it: this one."""
    root = tmp_path / "root"
    peers = root / "benchmarks" / "peers"
    peers.mkdir(parents=True)
    for file in ("__init__.py", "peers/__init__.py", "peers/kit.py"):
        (root / "benchmarks" / file).write_bytes((venvs.HERE.parent / file).read_bytes())
    home = peers / "stub"
    home.mkdir()
    (home / "__init__.py").touch()
    (home / "requirements.txt").write_text("stub==1.0\n")
    for module in (venvs, running):
        monkeypatch.setattr(module, "HERE", peers)
    monkeypatch.setattr(running, "_ROOT", root)
    python = venvs.python_of(tmp_path / "venvs", "stub")
    python.parent.mkdir(parents=True)
    python.symlink_to(sys.executable)
    (tmp_path / "venvs" / "stub" / "installed.txt").write_text(venvs._digest("stub"))

    def put(search: str) -> Path:
        (home / "driver.py").write_text(DRIVER.format(search=search))
        return tmp_path / "venvs"

    yield put


def test_a_drivers_rankings_come_back_by_chat_cut_and_without_repeats(
    stub: Callable[[str], Path], tmp_path: Path
) -> None:
    found = running.run("stub", stub("return [*self.turns[:1], *self.turns]"), TASK, tmp_path / "work")
    assert found.why_not == ""
    assert found.rankings == {"a": [["D1:0", "D1:1"], ["D1:0", "D1:1"]]}
    assert len(found.milliseconds) == 2
    assert found.version == "stub==1.0"


def test_a_driver_that_fails_is_an_outcome_with_its_own_last_word(stub: Callable[[str], Path], tmp_path: Path) -> None:
    found = running.run("stub", stub("raise RuntimeError('no such index')"), TASK, tmp_path / "work")
    assert "RuntimeError: no such index" in found.why_not
    assert not found.rankings


def test_turns_that_were_never_fed_are_no_result(stub: Callable[[str], Path], tmp_path: Path) -> None:
    found = running.run("stub", stub("return ['D9:9']"), TASK, tmp_path / "work")
    assert "strange turns ['D9:9']" in found.why_not


def test_a_driver_that_does_not_end_is_stopped(stub: Callable[[str], Path], tmp_path: Path) -> None:
    home = stub("import time; time.sleep(60)")
    assert "within 1 s" in running.run("stub", home, TASK, tmp_path / "work", timeout_s=1).why_not


def test_an_outcome_is_kept_for_the_same_task_alone_and_a_failure_never(
    stub: Callable[[str], Path], tmp_path: Path
) -> None:
    kept = tmp_path / "kept"
    home = stub("return self.turns")
    first = running.run("stub", home, TASK, tmp_path / "one", kept=kept)
    assert running.run("stub", home, TASK, tmp_path / "two", kept=kept) == first
    assert not (tmp_path / "two").exists()
    running.run("stub", home, {**TASK, "top_k": 1}, tmp_path / "three", kept=kept)
    assert (tmp_path / "three").exists()
    running.run("stub", stub("raise RuntimeError('once')"), TASK, tmp_path / "four", kept=kept)
    assert len(list(kept.iterdir())) == 2


def test_requirements_that_changed_ask_for_a_new_environment(stub: Callable[[str], Path]) -> None:
    home = stub("return []")
    assert venvs.missing(home, "stub") == ""
    (venvs.HERE / "stub" / "requirements.txt").write_text("stub==2.0\n")
    assert "other requirements" in venvs.missing(home, "stub")
    assert "not installed" in venvs.missing(home, "txtai")


def test_every_peer_is_pinned_wholly() -> None:
    for peer in venvs.PEERS:
        lines = (venvs.HERE / peer / "requirements.txt").read_text(encoding="utf-8").split()
        assert lines
        assert all(line.count("==") == 1 for line in lines), peer


def test_the_endpoint_speaks_as_openai_does_and_embeds_a_text_once() -> None:
    embedder = Ones()
    with vectors.serving(embedder) as url:
        task = task_from({**TASK, "vectors_url": url, "folder": "."})
        assert task.embed(["one", "two", "one"]) == [[1.0, 0.0]] * 3
        assert task.embed(["two"]) == [[1.0, 0.0]]
        assert embedder.asked == ["one", "two"]
        wrong = urllib.request.Request(f"{url}/embeddings", json.dumps({"input": [[1, 2]]}).encode(), method="POST")
        with pytest.raises(urllib.error.HTTPError, match="400"):
            urllib.request.urlopen(wrong)
