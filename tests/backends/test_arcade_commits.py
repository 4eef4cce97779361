"""Reads beside commits: a walk through an index must not meet one."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from threading import Event, Thread

import pytest

from memos_graph.backends.arcade.commits import Commits, walks
from memos_graph.backends.arcade.store import ArcadeStore
from memos_graph.model.delta import PutNode
from memos_graph.queries import load
from memos_graph.testing.bench import Bench, ids, make_cube


def test_a_read_that_met_a_commit_is_made_again() -> None:
    commits, reads = Commits(), count(1)

    def read() -> int:
        number = next(reads)
        if number < 3:
            with commits.one():
                pass
        return number

    assert commits.without(read) == 3


def test_a_commit_waits_for_a_read_that_met_one_each_time() -> None:
    commits, reads, committed = Commits(), count(1), Event()

    def commit() -> None:
        with commits.one():
            committed.set()

    def read() -> int:
        number = next(reads)
        if number <= 3:
            with commits.one():
                return number
        other.start()
        assert not committed.wait(0.1)
        return number

    other = Thread(target=commit)
    assert commits.without(read) == 4
    other.join()
    assert committed.is_set()


@pytest.mark.parametrize(
    "name", ["nodes/range", "nodes/keys", "nodes/all", "nodes/match", "nodes/count", "nodes/kinds",
             "edges/all", "edges/kinds", "edges/starts", "changes/after", "changes/seqs"],
)  # fmt: skip
def test_our_texts_that_ask_for_a_range_of_keys_are_known_as_walks(name: str) -> None:
    assert walks(load(name).text)


@pytest.mark.parametrize("name", ["nodes/get", "nodes/vectors", "edges/out", "edges/into", "edges/by_start"])
def test_our_texts_that_ask_for_keys_by_equality_are_no_walks(name: str) -> None:
    assert not walks(load(name).text)


@pytest.mark.parametrize(
    "text", ["MATCH (n) WHERE $a <= n.uid RETURN n", "MATCH (n) WHERE n.uid starts  with 'a' RETURN n",
             "MATCH (n:Change) WHERE n.`delta_uid`>'a' RETURN n"],
)  # fmt: skip
def test_other_ways_to_ask_for_a_range_are_known_too(text: str) -> None:
    assert walks(text)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    store = ArcadeStore(tmp_path / "graph")
    store.create_cube(make_cube("cube"))
    yield Bench(store, "cube")
    store.close()


def test_pages_after_a_key_are_whole_beside_a_writer_of_smaller_keys(bench: Bench) -> None:
    names = [f"n{number:03}" for number in range(60)]
    bench.put(*(bench.node(name) for name in names))
    cursor = bench.store.scan(bench.scope(), limit=30).cursor
    done = Event()

    def write() -> None:
        for number in count():
            if done.is_set():
                return
            bench.apply(*(PutNode(node=bench.node(f"m{number}-{part}")) for part in range(3)))

    writer = Thread(target=write)
    writer.start()
    try:
        for _ in range(200):
            assert ids(bench.store.scan(bench.scope(), cursor=cursor, limit=30).nodes) == names[30:]
    finally:
        done.set()
        writer.join()
