"""A thread that is woken while the embedded database waits: no damage, nothing twice, nothing lost."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from arcadedb_embedded.exceptions import ArcadeDBError

from memos_graph.backends.arcade.store import ArcadeStore, open_store
from memos_graph.model.delta import Delta, PutNode
from memos_graph.model.errors import Unavailable
from memos_graph.model.graph import Cube, Node
from memos_graph.model.scope import everything

_NOW = datetime(2025, 3, 4, tzinfo=UTC)
_ALL = everything("c")


class _Woken:
    """A database one of whose verbs is interrupted, some times, before or after it did its work."""

    def __init__(self, database: Any, verb: str, times: int, *, after: bool) -> None:
        self._database, self._verb, self.left, self._after = database, verb, times, after

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._database, name)
        return self._interrupted(found) if name == self._verb else found

    def _interrupted(self, does: Callable[..., Any]) -> Callable[..., Any]:
        def call(*given: Any) -> Any:
            if self.left <= 0:
                return does(*given)
            self.left -= 1
            if self._after:
                does(*given)
            raise ArcadeDBError("Failed: java.lang.InterruptedException: sleep interrupted")

        return call


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ArcadeStore]:
    opened = open_store(tmp_path / "s.graph")
    opened.create_cube(Cube(id="c", created_at=_NOW))
    opened.apply(_put("first"))
    yield opened
    opened.close()


def _put(identity: str) -> Delta:
    node = Node(id=identity, cube="c", kind="Passage", text=f"of {identity}", created_at=_NOW, updated_at=_NOW)
    return Delta(id=f"d_{identity}", cube="c", at=_NOW, operations=(PutNode(node=node),))


def _wake(store: ArcadeStore, verb: str, times: int = 1, *, after: bool = False) -> _Woken:
    woken = _Woken(store._engine._database, verb, times, after=after)
    store._engine._database = woken
    return woken


def _ids(store: ArcadeStore) -> list[str]:
    return sorted(node.id for node in store.scan(_ALL).nodes)


def test_an_interrupted_read_answers_all_the_same(store: ArcadeStore) -> None:
    woken = _wake(store, "query", 2)
    assert _ids(store) == ["first"]
    assert woken.left == 0


def test_a_read_that_is_always_interrupted_is_unavailable_and_not_damage(store: ArcadeStore) -> None:
    _wake(store, "query", 1000)
    with pytest.raises(Unavailable, match="interrupted"):
        store.scan(_ALL)


@pytest.mark.parametrize("verb", ["command", "commit"])
def test_a_write_interrupted_before_it_is_on_disk_is_written_once(store: ArcadeStore, verb: str) -> None:
    woken = _wake(store, verb)
    receipt = store.apply(_put("second"))
    assert (woken.left, receipt.seq, receipt.repeated) == (0, 2, False)
    assert _ids(store) == ["first", "second"]
    assert [change.delta for change in store.changes("c")] == ["d_first", "d_second"]
    assert all(finding.ok for finding in store.check())


def test_a_write_interrupted_once_it_is_on_disk_says_so_and_is_not_written_twice(store: ArcadeStore) -> None:
    _wake(store, "commit", after=True)
    with pytest.raises(Unavailable, match="was written"):
        store.apply(_put("second"))
    assert _ids(store) == ["first", "second"]
    assert store.apply(_put("second")).repeated
    assert store.apply(_put("third")).seq == 3
    assert [hit.id for hit in store.text(_ALL, "second", 5)] == ["second"]
    assert all(finding.ok for finding in store.check())


def test_java_and_python_collect_garbage_apart(store: ArcadeStore) -> None:
    assert [each for each in gc.callbacks if getattr(each, "__module__", "") == "_jpype"] == []
