"""Cubes carried from store to store: the same in both, or said so; stopped anywhere, it goes on."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from memos_graph.app import open_store
from memos_graph.backends.inmemory import InMemoryStore
from memos_graph.model.delta import EraseNode, PatchNode, PutEdge, PutNode
from memos_graph.model.errors import AlreadyExists, Invalid, NotFound, Refused, Unavailable
from memos_graph.model.graph import Edge, Node
from memos_graph.model.scope import everything
from memos_graph.ports import LOADING, GraphStore, NodePage
from memos_graph.services import copy as copying
from memos_graph.services import rows
from memos_graph.services.copy import copy_cubes, plan_copy
from memos_graph.services.tally import tally
from memos_graph.settings import Settings
from memos_graph.testing.bench import Bench, Contents, contents, make_cube, vector
from memos_graph.testing.loads import lived

AT = datetime(2025, 1, 1, tzinfo=UTC)
START = "from memos_graph.interfaces.cli import main; main()"


def filled(store: GraphStore, cube: str = "kb") -> Bench:
    store.create_cube(make_cube(cube, settings={"a": [1]}))
    bench = Bench(store, cube)
    lived(bench)
    bench.chain(*(f"m{number:02}" for number in range(25)))
    return bench


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "PAGE", 4)
    monkeypatch.setattr(rows, "CHANGES", 2)
    monkeypatch.setattr(copying, "_EVERY", 1)


@pytest.fixture
def source() -> Bench:
    return filled(InMemoryStore())


class Over(InMemoryStore):
    """A store in memory that something happens to."""

    def __init__(self, on_load: Callable[[int], None] | None = None, on_scan: Callable[[int], None] | None = None):
        super().__init__()
        self.loads = self.scans = 0
        self.on_load, self.on_scan = on_load, on_scan

    def load(self, cube: str, *, nodes: Sequence[Node] = (), **more: Any) -> None:
        self.loads += 1
        if self.on_load is not None:
            self.on_load(self.loads)
        super().load(cube, nodes=nodes, **more)

    def scan(self, *given: Any, **named: Any) -> NodePage:
        self.scans += 1
        if self.on_scan is not None:
            self.on_scan(self.scans)
        return super().scan(*given, **named)


def stop_at(number: int) -> Callable[[int], None]:
    def stop(loads: int) -> None:
        if loads == number:
            raise Unavailable("the store went away")

    return stop


def test_a_cube_goes_from_arcade_to_memory_and_back_and_is_the_same(tmp_path: Path, small_pages: None) -> None:
    first, third = (open_store(str(tmp_path / name), Settings()) for name in ("a.graph", "b.graph"))
    try:
        bench = filled(first)
        filled(first, "other")
        between = InMemoryStore()
        held = bench.contents()
        for old, new in ((first, between), (between, third)):
            done = list(copy_cubes(old, new))
            assert [(one.cube, one.same, one.resumed) for one in done] == [("kb", True, False), ("other", True, False)]
            assert contents(new, "kb") == held
        assert third.cubes() == first.cubes()
        assert Bench(third, "kb").found("valve") == bench.found("valve") != []
        assert [finding for finding in third.check() if not finding.ok] == []
        assert tally(third, "kb").to_json() == tally(first, "kb").to_json() != tally(third, "other").to_json()
    finally:
        first.close()
        third.close()


@pytest.mark.parametrize("stop", [1, 2, 5, 8, 9, 12, 14, 17])
def test_a_copy_stopped_anywhere_goes_on_and_loads_little_twice(source: Bench, small_pages: None, stop: int) -> None:
    whole = Over()
    list(copy_cubes(source.store, whole))
    target = Over(stop_at(stop))
    with pytest.raises(Unavailable):
        list(copy_cubes(source.store, target))
    with pytest.raises(Refused):
        Bench(target, "kb").apply(EraseNode(id="a"), id="own")
    (done,) = copy_cubes(source.store, target)
    assert done.same and done.resumed
    assert contents(target, "kb") == source.contents()
    assert target.loads <= whole.loads + 2


def test_what_is_written_to_the_source_meanwhile_comes_along(small_pages: None) -> None:
    def write(scans: int) -> None:
        if scans == 4:
            node = bench.node("late", vectors={"main": vector(1, 2, 3, 4)})
            bench.apply(PutNode(node=node), PutEdge(edge=bench.edge("m24", "late")))
        elif scans == 5:
            bench.apply(PatchNode(id="m00", expects=1, set={"tags": ("late",)}))

    store = Over()
    bench = filled(store)
    store.on_scan = write
    target = InMemoryStore()
    (done,) = copy_cubes(store, target)
    assert done.same
    assert bench.get("late") is not None
    assert contents(target, "kb") == bench.contents()


def test_what_is_erased_from_the_source_meanwhile_is_not_in_the_copy(small_pages: None) -> None:
    def erase(scans: int) -> None:
        if scans == 5:
            bench.apply(EraseNode(id="full"))

    store = Over()
    bench = filled(store)
    store.on_scan = erase
    target = InMemoryStore()
    (done,) = copy_cubes(store, target)
    assert done.same
    assert contents(target, "kb") == bench.contents()
    assert Bench(target, "kb").get("full") is None


def test_between_two_runs_the_source_may_be_written_to(source: Bench, small_pages: None) -> None:
    target = Over(stop_at(9))
    with pytest.raises(Unavailable):
        list(copy_cubes(source.store, target))
    source.put(source.node("late"), source.edge("late", "a"))
    (done,) = copy_cubes(source.store, target)
    assert done.same and done.resumed
    assert contents(target, "kb") == source.contents()


def test_a_store_that_keeps_something_else_is_found_out_and_the_cube_stays_closed(source: Bench) -> None:
    class Forgetful(InMemoryStore):
        def load(self, cube: str, *, nodes: Sequence[Node] = (), edges: Sequence[Edge] = (), **more: Any) -> None:
            nodes = [replace(node, vectors={}) if node.id == "full" else node for node in nodes]
            super().load(cube, nodes=nodes, edges=edges[1:], **more)

    target = Forgetful()
    (done,) = copy_cubes(source.store, target)
    assert not done.same
    assert done.source.nodes.rows == done.target.nodes.rows and done.source.nodes.hex != done.target.nodes.hex
    assert done.source.edges.rows == done.target.edges.rows + 1
    assert target.cubes()[0].settings[LOADING] is True
    repaired = InMemoryStore()
    repaired._states = target._states  # the same rows under a sound store
    (again,) = copy_cubes(source.store, repaired)
    assert again.same and again.resumed


def test_a_cube_in_the_way_stops_all_before_anything_is_written(source: Bench) -> None:
    filled(source.store, "other")
    target = InMemoryStore()
    target.create_cube(make_cube("other"))
    with pytest.raises(AlreadyExists, match="other"):
        list(copy_cubes(source.store, target))
    assert [cube.id for cube in target.cubes()] == ["other"]
    (done,) = copy_cubes(source.store, target, ["kb"])
    assert done.same
    states = {planned.cube: planned.state for planned in plan_copy(source.store, target)}
    assert states == {"kb": "in the way", "other": "in the way"}


def test_an_unfinished_copy_of_another_cube_is_in_the_way(source: Bench, small_pages: None) -> None:
    target = Over(stop_at(9))
    with pytest.raises(Unavailable):
        list(copy_cubes(source.store, target))
    stranger = InMemoryStore()
    stranger.create_cube(make_cube("kb", settings={"a": [1]}))
    Bench(stranger, "kb").put(Bench(stranger, "kb").node("mine"))
    with pytest.raises(AlreadyExists, match="unfinished"):
        list(copy_cubes(stranger, target))
    assert [planned.state for planned in plan_copy(source.store, target)] == ["resume"]
    importing = InMemoryStore()
    importing.create_cube(make_cube("kb", settings={"a": [1], LOADING: True}))
    with pytest.raises(AlreadyExists, match="unfinished"):
        list(copy_cubes(source.store, importing))
    with pytest.raises(Invalid, match="not ended"):
        list(copy_cubes(importing, InMemoryStore()))


def test_an_unknown_cube_is_named(source: Bench) -> None:
    with pytest.raises(NotFound, match="nowhere"):
        list(copy_cubes(source.store, InMemoryStore(), ["kb", "nowhere"]))


def test_a_plan_counts_and_writes_nothing(source: Bench) -> None:
    target = InMemoryStore()
    (planned,) = plan_copy(source.store, target)
    held = source.contents()
    assert (planned.holds.nodes.rows, planned.holds.edges.rows) == (len(held.nodes), len(held.edges))
    assert planned.holds.changes.rows == len(held.changes)
    assert planned.state == "new" and planned.holds.nodes.bytes > 1000
    assert target.cubes() == ()
    assert [p.state for p in plan_copy(source.store, None)] == ["new"]


def test_the_last_number_is_found_among_any(monkeypatch: pytest.MonkeyPatch) -> None:
    store = InMemoryStore()
    store.create_cube(make_cube("kb"))
    bench = Bench(store, "kb")
    for number in range(20):
        assert rows.last_seq(store, "kb") == number
        bench.put(bench.node(f"n{number}"))


# --- real runs


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    store = open_store(str(tmp_path / "old.graph"), Settings())
    bench = filled(store)
    for start in range(0, 8000, 1000):
        nodes = [bench.node(f"p{start + n:05}", text=f"valve {start + n}") for n in range(1000)]
        bench.put(*nodes, *(bench.edge(node.id, "a") for node in nodes[::2]))
    store.close()
    yield tmp_path


def command(folder: Path, *more: str) -> subprocess.Popen[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MEMOS_GRAPH_")}
    return subprocess.Popen(
        [sys.executable, "-c", START, "copy", "--from", "old.graph", "--to", "new.graph", *more], cwd=folder, text=True,
        env=kept | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )  # fmt: skip


def size(folder: Path) -> int:
    total = 0
    for file in folder.rglob("*"):
        with suppress(FileNotFoundError):
            total += file.stat().st_size
    return total


@pytest.mark.long
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs kill -9")
def test_a_killed_copy_goes_on_and_ends_the_same(folder: Path) -> None:
    ran = command(folder)
    empty = 0
    for _ in range(6000):
        if (folder / "new.graph" / "store.json").is_file():  # written once the new store is open
            empty = empty or size(folder / "new.graph")
            if size(folder / "new.graph") > empty + 1_000_000:
                break
        assert ran.poll() is None
        time.sleep(0.01)
    ran.send_signal(signal.SIGKILL)
    ran.communicate(timeout=60)
    assert ran.returncode == -signal.SIGKILL
    again = command(folder, "--json")
    out, errors = again.communicate(timeout=120)
    assert again.returncode == 0, errors
    told = json.loads(out)
    assert told["same"] and told["resumed"] and told["source"] == told["target"]
    first, second = (open_store(str(folder / name), Settings()) for name in ("old.graph", "new.graph"))
    try:
        assert contents(second, "kb") == contents(first, "kb")
        assert [finding for finding in second.check() if not finding.ok] == []
        assert second.count(everything("kb")) > 8000
        found: Contents = contents(second, "kb")
        assert LOADING not in found.cube.settings
    finally:
        first.close()
        second.close()
