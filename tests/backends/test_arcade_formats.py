"""A store's folder of an older format is brought on, step by step; a newer one is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from memos_graph.backends.arcade import folder
from memos_graph.model.errors import StoreTooNew


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A folder as a store of format 1 leaves it."""
    held = folder.hold(tmp_path / "kb.graph")
    held.graph.mkdir()
    held.seal()
    held.release()
    return tmp_path / "kb.graph"


def migrate_to(monkeypatch: pytest.MonkeyPatch, steps: dict[int, Callable[[Path], None]]) -> None:
    monkeypatch.setattr(folder, "FORMAT", max(steps) + 1)
    monkeypatch.setattr(folder, "MIGRATIONS", steps)


def test_every_step_is_taken_once_in_order(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[int] = []
    migrate_to(monkeypatch, {1: lambda _: taken.append(1), 2: lambda _: taken.append(2)})
    for _ in range(2):
        folder.hold(store).release()
    assert taken == [1, 2]
    assert folder.read_format(store) == 3


def test_a_step_that_was_cut_short_is_taken_again_and_those_before_it_are_not(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[str] = []

    def cut(_: Path) -> None:
        taken.append("cut")
        raise KeyboardInterrupt

    migrate_to(monkeypatch, {1: lambda _: taken.append("first"), 2: cut})
    with pytest.raises(KeyboardInterrupt):
        folder.hold(store)
    assert folder.read_format(store) == 2
    migrate_to(monkeypatch, {1: lambda _: taken.append("again"), 2: lambda _: taken.append("second")})
    folder.hold(store).release()
    assert taken == ["first", "cut", "second"]


def test_a_store_of_a_newer_format_is_refused_and_left_as_it_is(store: Path) -> None:
    folder.write_format(store, folder.FORMAT + 1)
    with pytest.raises(StoreTooNew, match=str(folder.FORMAT + 1)):
        folder.hold(store)
    assert folder.read_format(store) == folder.FORMAT + 1
