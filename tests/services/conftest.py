"""A graph on each kind of store, with a clock that the test moves."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import memos_graph
from memos_graph.app import Graph


class Clock:
    """Each look is a second later; `skip` moves it on."""

    def __init__(self) -> None:
        self.time = datetime(2025, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.time += timedelta(seconds=1)
        return self.time

    def skip(self, **by: float) -> datetime:
        self.time += timedelta(**by)
        return self.time


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["inmemory", "arcade"])
def graph(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> Iterator[Graph]:
    where = "memory:" if request.param == "inmemory" else tmp_path / "kb.graph"
    with memos_graph.open(where, clock=clock) as opened:
        yield opened
