"""The crash test, short: three kills, one torn log, a few syncs watched."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import pytest

from benchmarks import chaos, workload
from memos_graph.backends.inmemory import InMemoryStore


def test_the_same_seed_and_round_give_the_same_writes() -> None:
    assert list(islice(workload.deltas(3, 1), 20)) == list(islice(workload.deltas(3, 1), 20))
    assert list(islice(workload.deltas(3, 1), 20)) != list(islice(workload.deltas(3, 2), 20))


def test_a_delta_that_is_missing_changes_the_digest_of_nodes_and_of_changes() -> None:
    digests = []
    for count in (5, 6):
        store = InMemoryStore()
        store.create_cube(workload.cube())
        for delta in islice(workload.deltas(3, 1), count):
            store.apply(delta)
        digests.append(workload.digest(store))
    assert all(digests[0][part] != digests[1][part] for part in ("nodes", "edges", "changes"))


@pytest.mark.long
def test_a_store_killed_while_writing_holds_what_it_acknowledged_and_nothing_by_half(tmp_path: Path) -> None:
    rounds = chaos.kill_rounds(tmp_path, rounds=3, seed=2)
    assert [problem for found in rounds for problem in found.problems] == []
    assert sum(found.acked for found in rounds) > 0


@pytest.mark.long
def test_a_torn_log_costs_no_acknowledged_write(tmp_path: Path) -> None:
    torn = chaos.torn_tails(tmp_path, seed=2, kinds=("half record",))
    assert [problem for found in torn for problem in found.problems] == []
    assert all(found.kept >= found.acked > 0 for found in torn)


@pytest.mark.long
def test_the_log_is_synced_before_every_acknowledgement(tmp_path: Path) -> None:
    synced, why_not = chaos.watch_syncs(tmp_path, adds=5)
    if why_not:
        pytest.skip(why_not)
    assert [found.ack for found in synced] == [0, 1, 2, 3, 4]
    assert all(found.in_order for found in synced)
