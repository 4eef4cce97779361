"""The command line, run in this process over one store in memory, or as a process of its own."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import memos_graph.app as app
from memos_graph.backends.inmemory import InMemoryStore
from memos_graph.interfaces import cli as command_line
from memos_graph.ports import Embedder

_make_embedder = cache(app.make_embedder)
START = "from memos_graph.interfaces.cli import main; main()"


@dataclass(frozen=True)
class Ran:
    """How a command ended and what it wrote."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def rows(self) -> list[Any]:
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def error(self) -> Any:
        return json.loads(self.err.splitlines()[-1])


Cli = Callable[..., Ran]


@pytest.fixture
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    for name in [name for name in os.environ if name.startswith("MEMOS_GRAPH_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    yield


@pytest.fixture
def cli(clean_environment: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    """Runs a command line; all runs of one test share the store `memory:`."""
    store = InMemoryStore()
    monkeypatch.setitem(app._STORES, "memory", lambda _path, _settings: store)
    monkeypatch.setattr(app, "make_embedder", _cached_embedder)
    monkeypatch.setenv("MEMOS_GRAPH_STORE", "memory:")

    def run(*arguments: str, stdin: bytes = b"") -> Ran:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8"))
        capsys.readouterr()
        code = command_line.run(arguments)
        out, err = capsys.readouterr()
        return Ran(code, out, err)

    return run


def _cached_embedder(name: str, *, key: str = "") -> Embedder:
    return _make_embedder(name, key=key)


def process(*arguments: str, cwd: Path, **options: Any) -> subprocess.CompletedProcess[str]:
    """A real run of `memos-graph`."""
    return subprocess.run(
        [sys.executable, "-c", START, *arguments], cwd=cwd, env=environment(), text=True, capture_output=True,
        timeout=120, check=False, **options,
    )  # fmt: skip


def environment() -> dict[str, str]:
    """This process's environment, with its import path and without settings of ours."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MEMOS_GRAPH_")}
    return kept | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}


@pytest.fixture
def spoken(cli: Cli) -> str:
    """A memory's id, after it was added."""
    return str(cli("add", "Anna signed off the valve on Monday.", "--json").json["sources"][0]["root"])
