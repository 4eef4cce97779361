"""Going through all of a cube: scans that nothing shifts, and Changes in order."""

from __future__ import annotations

from threading import Thread

import pytest

from memos_graph.model.delta import EraseEdge, EraseNode, PatchNode, PutNode, RetireNode
from memos_graph.model.errors import Invalid
from memos_graph.model.scope import Scope, everything
from memos_graph.testing.base import StoreTests
from memos_graph.testing.bench import Bench, all_nodes, ids


class ScanTests(StoreTests):
    @pytest.mark.parametrize("page", [1, 2, 7, 10, 11, 1000])
    def test_a_scan_gives_each_node_once_whatever_the_page(self, bench: Bench, page: int) -> None:
        names = [f"n{number}" for number in range(10)]
        bench.put(*(bench.node(name) for name in names))
        assert sorted(ids(all_nodes(bench.store, bench.scope(), page=page))) == names

    @pytest.mark.parametrize("page", [1, 3, 1000])
    def test_a_scan_of_edges_gives_each_edge_once(self, bench: Bench, page: int) -> None:
        edges = bench.chain(*"abcdefgh")
        found: list[str] = []
        cursor = None
        while True:
            got = bench.store.scan_edges(bench.scope(), cursor=cursor, limit=page)
            assert len(got.edges) <= page
            found += ids(got.edges)
            if (cursor := got.cursor) is None:
                break
        assert sorted(found) == sorted(ids(edges))

    def test_a_scan_of_an_empty_cube_ends_at_once(self, bench: Bench) -> None:
        page = bench.store.scan(bench.scope())
        assert (page.nodes, page.cursor) == ((), None)
        assert bench.store.scan_edges(bench.scope()).cursor is None

    def test_a_scan_over_cubes_gives_all_of_each(self, bench: Bench, second: Bench) -> None:
        for one in (bench, second):
            one.put(*(one.node(f"n{number}") for number in range(5)))
        found = all_nodes(bench.store, Scope(cubes=(second.cube, bench.cube)), page=3)
        wanted = {(one.cube, f"n{number}") for one in (bench, second) for number in range(5)}
        assert {(node.cube, node.id) for node in found} == wanted
        assert len(found) == 10

    def test_two_scans_with_nothing_written_between_give_one_order(self, bench: Bench) -> None:
        bench.put(*(bench.node(f"n{number}") for number in range(30)))
        assert ids(all_nodes(bench.store, bench.scope(), page=7)) == ids(all_nodes(bench.store, bench.scope(), page=30))

    def test_writes_between_pages_neither_skip_nor_repeat_what_stays(self, bench: Bench) -> None:
        names = [f"n{number:02}" for number in range(30)]
        bench.put(*(bench.node(name) for name in names))
        found: list[str] = []
        cursor = None
        for step in range(100):
            page = bench.store.scan(bench.scope(), cursor=cursor, limit=4)
            found += ids(page.nodes)
            if (cursor := page.cursor) is None:
                break
            if page.nodes:  # erase what was just given, change what comes, add before, between and after
                bench.apply(EraseNode(id=page.nodes[-1].id))
            bench.put(bench.node(f"a{step}"), bench.node(f"n{step:02}x"), bench.node(f"z{step}"))
            later = next((name for name in names if name not in found), None)
            stored = None if later is None else bench.get(later)
            if later is not None and stored is not None:
                bench.apply(PatchNode(id=later, expects=stored.version, set={"confidence": float(step)}))
        assert cursor is None
        assert len(found) == len(set(found))
        assert set(names) <= set(found)

    def test_a_scan_beside_a_writer_gives_all_that_was_there_before(self, bench: Bench) -> None:
        names = [f"n{number:03}" for number in range(200)]
        bench.put(*(bench.node(name) for name in names))
        done = False

        def work() -> None:
            number = 0
            while not done and number < 200:
                bench.apply(
                    PutNode(node=bench.node(f"m{number}")),
                    PatchNode(id="n199", expects=number + 1, set={"confidence": float(number % 100)}),
                )
                number += 1

        writer = Thread(target=work)
        writer.start()
        for _ in range(5):
            found = ids(all_nodes(bench.store, bench.scope(), page=9))
            assert len(found) == len(set(found))
            assert set(names) <= set(found)
        done = True
        writer.join()

    def test_a_cursor_that_no_scan_gave_is_invalid(self, bench: Bench) -> None:
        bench.put(bench.node("n"))
        for cursor in ("", "nonsense", "[1", '{"a": 1}'):
            with pytest.raises(Invalid):
                bench.store.scan(bench.scope(), cursor=cursor)
            with pytest.raises(Invalid):
                bench.store.scan_edges(bench.scope(), cursor=cursor)

    def test_a_scan_shows_what_the_scope_sees_alone(self, bench: Bench) -> None:
        bench.chain(*"abcdef")
        bench.apply(RetireNode(id="c"))
        assert sorted(ids(all_nodes(bench.store, bench.scope(), page=2))) == list("abdef")
        assert sorted(ids(all_nodes(bench.store, everything(bench.cube), page=2))) == list("abcdef")


class ChangeTests(StoreTests):
    def test_changes_come_in_order_from_after_a_number(self, bench: Bench) -> None:
        for number in range(7):
            bench.put(bench.node(f"n{number}"))
        store = bench.store
        assert [change.seq for change in store.changes(bench.cube)] == [1, 2, 3, 4, 5, 6, 7]
        assert [change.seq for change in store.changes(bench.cube, after=5)] == [6, 7]
        assert [change.seq for change in store.changes(bench.cube, after=2, limit=3)] == [3, 4, 5]
        assert store.changes(bench.cube, after=7) == store.changes(bench.cube, after=100) == ()
        assert store.changes(bench.cube, limit=0) == ()

    def test_a_change_says_what_its_receipt_said(self, bench: Bench) -> None:
        (edge,) = bench.chain("a", "b")
        receipts = [
            bench.put(bench.node("c"), bench.node("a"), bench.edge("a", "c"), edge),
            bench.apply(RetireNode(id="a"), EraseEdge(id="unknown")),
            bench.apply(EraseNode(id="b")),
        ]
        assert [change.receipt(repeated=False) for change in bench.changes()[1:]] == receipts

    def test_before_images_leave_vectors_out(self, bench: Bench) -> None:
        bench.put(bench.node("n"))
        bench.apply(PatchNode(id="n", expects=1, set={"confidence": 1}))
        before = bench.changes()[1].images[0].before
        assert before is not None and "vectors" not in before
