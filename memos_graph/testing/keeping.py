"""What outlives the process, copies of an open store, and the store's own check."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from memos_graph.model.delta import EraseNode, PatchNode, PutNode, RetireNode
from memos_graph.model.errors import AlreadyExists, MemosGraphError, NotSupported
from memos_graph.ports import GraphStore
from memos_graph.testing.base import StoreTests, needs
from memos_graph.testing.bench import Bench, day, ids, make_cube, vector
from memos_graph.testing.writes import full_edge, full_node


class KeepingTests(StoreTests):
    @pytest.fixture
    def place(self, tmp_path: Path) -> Path:
        return tmp_path / "own"

    @pytest.fixture
    def own(self, place: Path) -> Iterator[Bench]:
        """A cube with a history, alone in a store of its own."""
        store = self.make_store(place)
        store.create_cube(make_cube("kept", settings={"a": [1]}))
        bench = Bench(store, "kept")
        _history(bench)
        yield bench
        bench.store.close()

    @needs("reopen")
    def test_everything_is_there_after_reopening(self, own: Bench, place: Path) -> None:
        own.store.create_cube(make_cube("empty"))
        before, cubes = own.contents(), own.store.cubes()
        own.store = self.reopen(own.store, place)
        assert own.store.cubes() == cubes
        assert own.contents() == before
        assert sorted(own.found("valve")) == ["full", "n2"]
        assert sorted(own.nearest(1, 0, 0, 0)) == ["full", "n2"]
        assert own.reached(["n2"]) == ["full"]
        assert set(own.store.lexicon(own.scope())["kept"].entities) == {"ann"}

    @needs("reopen")
    def test_a_delta_is_still_known_after_reopening(self, own: Bench, place: Path) -> None:
        delta = own.delta(PutNode(node=own.node("late")), id="late")
        first = own.store.apply(delta)
        own.store = self.reopen(own.store, place)
        again = own.store.apply(delta)
        assert again.repeated
        assert (again.seq, again.nodes) == (first.seq, first.nodes)

    @needs("reopen")
    def test_numbers_go_on_after_reopening(self, own: Bench, place: Path) -> None:
        last = own.changes()[-1].seq
        own.store = self.reopen(own.store, place)
        assert own.put(own.node("next")).seq == last + 1

    @needs("reopen")
    def test_what_was_erased_stays_erased_after_reopening(self, own: Bench, place: Path) -> None:
        own.store = self.reopen(own.store, place)
        assert own.get("erased") is None
        assert own.found("secret") == []
        assert "secret" not in repr(own.changes()[0].images)

    @needs("reopen")
    def test_a_dropped_cube_stays_dropped_after_reopening(self, own: Bench, place: Path) -> None:
        own.store.create_cube(make_cube("other"))
        own.store.drop_cube("kept")
        own.store = self.reopen(own.store, place)
        assert ids(own.store.cubes()) == ["other"]

    def test_closing_twice_does_no_harm(self, place: Path) -> None:
        store = self.make_store(place)
        store.close()
        store.close()

    @needs("backup")
    def test_a_backup_of_an_open_store_is_a_store_like_it(self, own: Bench, tmp_path: Path) -> None:
        before = own.contents()
        own.store.backup(tmp_path / "copy")
        own.put(own.node("after"))
        copy = Bench(self.make_store(tmp_path / "copy"), "kept", itertools.count(1000))  # own knows the lower numbers
        try:
            assert copy.contents() == before
            assert sorted(copy.found("valve")) == ["full", "n2"]
            assert copy.put(copy.node("own way")).seq == before.changes[-1].seq + 1
            assert own.get("own way") is None
        finally:
            copy.store.close()

    @needs("backup")
    def test_a_backup_never_overwrites(self, own: Bench, tmp_path: Path) -> None:
        (tmp_path / "taken").mkdir()
        (tmp_path / "taken" / "file").write_text("mine")
        with pytest.raises((AlreadyExists, ValueError)):
            own.store.backup(tmp_path / "taken")
        assert (tmp_path / "taken" / "file").read_text() == "mine"

    def test_a_store_without_backup_says_so(self, own: Bench, tmp_path: Path) -> None:
        if "backup" not in own.store.can.gaps:
            return
        with pytest.raises(NotSupported):
            own.store.backup(tmp_path / "copy")

    def test_a_check_of_a_sound_store_finds_nothing_wrong(self, own: Bench) -> None:
        before = own.contents()
        for mend in (False, True):
            findings = own.store.check(mend=mend)
            assert findings
            assert [finding for finding in findings if not finding.ok] == []
        assert own.contents() == before
        assert sorted(own.found("valve")) == ["full", "n2"]

    def test_capabilities_give_a_reason_for_every_gap(self, store: GraphStore) -> None:
        assert store.can.name
        assert all(store.can.gaps.values())
        assert store.can.durable != ("reopen" in store.can.gaps)

    def test_every_error_is_one_of_ours(self, store: GraphStore) -> None:
        with pytest.raises(MemosGraphError):
            store.drop_cube("never-was")


def _history(bench: Bench) -> None:
    bench.put(
        bench.node("erased", text="secret"), bench.node("gone", text="valve"), bench.node("e", kind="Entity", key="ann")
    )
    bench.put(full_node(bench, "full"), bench.node("n2", text="old"), full_edge(bench, "full", "n2"))
    replaced = bench.node("n2", text="new valve", vectors={"main": vector(1, 0, 0, 0)})
    bench.apply(PutNode(node=replaced, replaces=1))
    bench.apply(PatchNode(id="n2", expects=2, set={"tags": ("t",)}), at=day(11))
    bench.apply(RetireNode(id="gone"), at=day(12))
    bench.apply(EraseNode(id="erased"), at=day(13))
