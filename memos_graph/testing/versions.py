"""Stale versions, missing ends and repeats: what is refused, what counts as present, and that nothing is half done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from threading import Barrier, Thread

import numpy as np
import pytest

from memos_graph.model.delta import (
    EraseEdge,
    EraseNode,
    Operation,
    PatchEdge,
    PatchNode,
    PutEdge,
    PutNode,
    RetireEdge,
    RetireNode,
)
from memos_graph.model.errors import Conflict, DimensionMismatch, Invalid, MemosGraphError, MissingEndpoint, NotFound
from memos_graph.testing.base import StoreTests
from memos_graph.testing.bench import Bench, day, vector


class PresentTests(StoreTests):
    def test_the_same_node_again_counts_as_present(self, bench: Bench) -> None:
        node = bench.node("n", text="valve", tags=("a",), info={"list": [1, {"a": None}]}, valid_from=day(1))
        bench.put(node)
        before = bench.contents()
        receipt = bench.put(replace(node, created_at=day(3), updated_at=day(3), usage=("s",), version=5))
        assert (receipt.nodes, receipt.present_nodes, receipt.seq) == ((), ("n",), 1)
        assert bench.contents() == before

    def test_a_tuple_in_info_counts_as_the_list_it_is_kept_as(self, bench: Bench) -> None:
        bench.put(bench.node("n", info={"pair": (1, 2)}))
        assert bench.put(bench.node("n", info={"pair": (1, 2)})).present_nodes == ("n",)
        assert bench.put(bench.node("n", info={"pair": [1, 2]})).present_nodes == ("n",)

    def test_a_live_edge_put_again_counts_as_present_whatever_it_holds(self, bench: Bench) -> None:
        (edge,) = bench.chain("a", "b")
        receipt = bench.put(replace(edge, weight=5.0, evidence="more"))
        assert (receipt.edges, receipt.present_edges) == ((), (edge.id,))
        assert bench.contents().edges == (edge,)

    def test_retiring_what_is_retired_counts_as_present(self, bench: Bench) -> None:
        (edge,) = bench.chain("a", "b")
        bench.apply(RetireNode(id="a"), at=day(5))
        before = bench.contents()
        receipt = bench.apply(RetireNode(id="a"), RetireEdge(id=edge.id), at=day(6))
        assert (receipt.present_nodes, receipt.present_edges, receipt.wrote) == (("a",), (edge.id,), 0)
        assert bench.contents() == before

    def test_erasing_what_is_not_there_counts_as_present(self, bench: Bench) -> None:
        receipt = bench.apply(EraseNode(id="n"), EraseEdge(id="e"))
        assert (receipt.present_nodes, receipt.present_edges, receipt.wrote) == (("n",), ("e",), 0)
        assert bench.changes() == ()

    def test_a_delta_can_hold_both_new_and_present_things(self, bench: Bench) -> None:
        (edge,) = bench.chain("a", "b")
        new = bench.edge("b", "c")
        receipt = bench.put(bench.node("a"), bench.node("c"), edge, new)
        assert (receipt.nodes, receipt.present_nodes) == (("c",), ("a",))
        assert (receipt.edges, receipt.present_edges) == ((new.id,), (edge.id,))
        change = bench.changes()[-1]
        assert (change.present_nodes, change.present_edges) == (("a",), (edge.id,))


class RepeatTests(StoreTests):
    def test_a_delta_applied_again_returns_its_receipt_and_changes_nothing(self, bench: Bench) -> None:
        bench.put(bench.node("a"))
        delta = bench.delta(
            PutNode(node=bench.node("a")),
            PutNode(node=bench.node("b", text="valve")),
            PutEdge(edge=bench.edge("a", "b")),
        )
        first = bench.store.apply(delta)
        before = bench.contents()
        assert bench.store.apply(delta) == replace(first, repeated=True)
        assert bench.contents() == before

    def test_a_repeat_is_known_by_its_id_whatever_came_between(self, bench: Bench) -> None:
        patch = bench.delta(PatchNode(id="n", expects=1, set={"confidence": 1}))
        bench.put(bench.node("n"))
        first = bench.store.apply(patch)
        bench.apply(PatchNode(id="n", expects=2, set={"confidence": 2}))
        before = bench.contents()
        assert bench.store.apply(patch) == replace(first, repeated=True)
        assert bench.contents() == before

    def test_a_repeat_does_not_bring_back_what_was_erased(self, bench: Bench) -> None:
        put = bench.delta(PutNode(node=bench.node("n", text="valve")))
        first = bench.store.apply(put)
        bench.apply(EraseNode(id="n"))
        assert bench.store.apply(put) == replace(first, repeated=True)
        assert bench.matching() == []
        assert bench.found("valve") == []

    def test_other_operations_under_a_known_delta_id_are_not_applied(self, bench: Bench) -> None:
        first = bench.apply(PutNode(node=bench.node("a")), id="one")
        assert bench.apply(PutNode(node=bench.node("b")), id="one") == replace(first, repeated=True)
        assert bench.matching() == ["a"]

    def test_a_delta_that_failed_can_be_applied_once_its_cause_is_gone(self, bench: Bench) -> None:
        delta = bench.delta(PutEdge(edge=bench.edge("a", "b")))
        with pytest.raises(MissingEndpoint):
            bench.store.apply(delta)
        bench.put(bench.node("a"), bench.node("b"))
        receipt = bench.store.apply(delta)
        assert (receipt.wrote, receipt.repeated) == (1, False)

    def test_one_delta_id_may_serve_in_two_cubes(self, bench: Bench, second: Bench) -> None:
        bench.apply(PutNode(node=bench.node("n")), id="one")
        assert not second.apply(PutNode(node=second.node("n")), id="one").repeated
        assert second.matching() == ["n"]


class ConflictTests(StoreTests):
    def test_other_content_under_a_known_id_is_a_conflict(self, bench: Bench) -> None:
        bench.put(bench.node("n", text="one", version=4))
        before = bench.contents()
        with pytest.raises(Conflict) as raised:
            bench.put(bench.node("n", text="two"))
        assert (raised.value.ids, raised.value.found) == (("n",), {"n": 4})
        assert bench.contents() == before

    @pytest.mark.parametrize("stale", [1, 3])
    def test_a_node_of_another_version_than_expected_is_a_conflict(self, bench: Bench, stale: int) -> None:
        bench.put(bench.node("n"))
        bench.apply(PatchNode(id="n", expects=1, set={"confidence": 1}))
        before = bench.contents()
        for operation in (
            PatchNode(id="n", expects=stale, set={"confidence": 2}),
            PutNode(node=bench.node("n", text="new"), replaces=stale),
        ):
            with pytest.raises(Conflict) as raised:
                bench.apply(operation)
            assert (raised.value.expected, raised.value.found) == ({"n": stale}, {"n": 2})
        assert bench.contents() == before

    def test_an_edge_of_another_version_than_expected_is_a_conflict(self, bench: Bench) -> None:
        (edge,) = bench.chain("a", "b")
        with pytest.raises(Conflict) as raised:
            bench.apply(PatchEdge(id=edge.id, expects=2, set={"weight": 2}))
        assert (raised.value.expected, raised.value.found) == ({edge.id: 2}, {edge.id: 1})

    def test_changing_what_is_not_there_is_a_conflict_with_version_0(self, bench: Bench) -> None:
        for operation in (
            PatchNode(id="n", expects=1, set={"confidence": 2}),
            PutNode(node=bench.node("n"), replaces=1),
            PatchEdge(id="n", expects=1, set={"weight": 2}),
        ):
            with pytest.raises(Conflict) as raised:
                bench.apply(operation)
            assert raised.value.found.get("n", 0) == 0
        assert bench.changes() == ()

    def test_a_retired_edge_is_not_put_again(self, bench: Bench) -> None:
        (edge,) = bench.chain("a", "b")
        bench.apply(RetireEdge(id=edge.id))
        with pytest.raises(Conflict):
            bench.put(edge)
        assert bench.put(bench.edge("a", "b", discriminator="reopened")).wrote == 1

    def test_a_retired_node_put_again_is_a_conflict(self, bench: Bench) -> None:
        bench.put(bench.node("n"))
        bench.apply(RetireNode(id="n"))
        with pytest.raises(Conflict):
            bench.put(bench.node("n"))

    def test_an_edge_whose_ends_are_not_there_names_them(self, bench: Bench) -> None:
        bench.put(bench.node("a"))
        with pytest.raises(MissingEndpoint) as raised:
            bench.put(bench.edge("a", "b"))
        assert raised.value.missing == ("b",)

    def test_an_edge_to_a_node_erased_in_the_same_delta_is_refused(self, bench: Bench) -> None:
        bench.put(bench.node("a"), bench.node("b"))
        with pytest.raises(MissingEndpoint):
            bench.apply(EraseNode(id="b"), PutEdge(edge=bench.edge("a", "b")))
        assert bench.matching() == ["a", "b"]

    def test_retiring_what_is_not_there_is_not_found(self, bench: Bench) -> None:
        for operation in (RetireNode(id="n"), RetireEdge(id="e")):
            with pytest.raises(NotFound):
                bench.apply(operation)
        assert bench.changes() == ()

    def test_of_many_writers_on_one_version_exactly_one_wins(self, bench: Bench) -> None:
        bench.put(bench.node("n"))
        won: list[int] = []
        lost: list[MemosGraphError] = []
        start = Barrier(6)

        def work(number: int) -> None:
            start.wait()
            try:
                bench.apply(PatchNode(id="n", expects=1, set={"confidence": number}), id=f"writer-{number}")
                won.append(number)
            except Conflict as error:
                lost.append(error)

        threads = [Thread(target=work, args=(number,)) for number in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert (len(won), len(lost)) == (1, 5)
        stored = bench.get("n")
        assert stored is not None and (stored.version, stored.confidence) == (2, won[0])

    def test_writers_at_the_same_time_leave_changes_without_gaps(self, bench: Bench, second: Bench) -> None:
        def work(number: int) -> None:
            for step in range(5):
                one = (bench, second)[(number + step) % 2]
                one.apply(PutNode(node=one.node(f"n{number}-{step}", text="valve")), id=f"writer-{number}-{step}")

        threads = [Thread(target=work, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for one in (bench, second):
            assert [change.seq for change in one.changes()] == list(range(1, 11))
            assert len(one.found("valve")) == 10


def _wrong(bench: Bench, case: str) -> tuple[Operation, type[MemosGraphError]]:
    cases: dict[str, Callable[[], tuple[Operation, type[MemosGraphError]]]] = {
        "stale patch": lambda: (PatchNode(id="old", expects=9, set={"confidence": 1}), Conflict),
        "other content": lambda: (PutNode(node=bench.node("old", text="other")), Conflict),
        "missing end": lambda: (PutEdge(edge=bench.edge("old", "nowhere")), MissingEndpoint),
        "stale edge": lambda: (PatchEdge(id=bench.edge("old", "old2").id, expects=9, set={"weight": 1}), Conflict),
        "unknown retired": lambda: (RetireNode(id="nowhere"), NotFound),
        "wrong dimension": lambda: (PutNode(node=bench.node("w", vectors={"main": vector(1, 2)})), DimensionMismatch),
        "zero vector": lambda: (PutNode(node=bench.node("w", vectors={"main": vector(0, 0, 0, 0)})), Invalid),
        "nan": lambda: (PutNode(node=bench.node("w", vectors={"main": vector(1, np.nan, 0, 0)})), Invalid),
        "infinity": lambda: (PutNode(node=bench.node("w", vectors={"main": vector(1, np.inf, 0, 0)})), Invalid),
        "unknown space": lambda: (PutNode(node=bench.node("w", vectors={"nowhere": vector(1)})), Invalid),
        "patched wrong dimension": lambda: (
            PatchNode(id="old", expects=1, set={"vectors": {"main": vector(1, 2)}}), DimensionMismatch,
        ),
        "patched zero vector": lambda: (
            PatchNode(id="old", expects=1, set={"vectors": {"main": vector(0, 0, 0, 0)}}), Invalid,
        ),
        "patched status": lambda: (PatchNode(id="old", expects=1, set={"status": "lost"}), Invalid),
        "patched confidence": lambda: (PatchNode(id="old", expects=1, set={"confidence": 101}), Invalid),
        "patched tags": lambda: (PatchNode(id="old", expects=1, set={"tags": "a text"}), Invalid),
        "patched weight": lambda: (
            PatchEdge(id=bench.edge("old", "old2").id, expects=1, set={"weight": float("nan")}), Invalid,
        ),
        "no time zone": lambda: (PutNode(node=bench.node("w", valid_from=day(1).replace(tzinfo=None))), Invalid),
        "info with nan": lambda: (PutNode(node=bench.node("w", info={"x": [float("nan")]})), Invalid),
        "info with a set": lambda: (PutNode(node=bench.node("w", info={"x": {1}})), Invalid),
        "info with a surrogate": lambda: (PutNode(node=bench.node("w", info={"x": "\ud800"})), Invalid),
        "info named by a number": lambda: (PutNode(node=bench.node("w", info={1: "x"})), Invalid),
    }  # fmt: skip
    return cases[case]()


_CASES = (
    "stale patch", "other content", "missing end", "stale edge", "unknown retired", "wrong dimension", "zero vector",
    "nan", "infinity", "unknown space", "patched wrong dimension", "patched zero vector", "patched status",
    "patched confidence", "patched tags", "patched weight", "no time zone", "info with nan", "info with a set",
    "info with a surrogate", "info named by a number",
)  # fmt: skip


class AtomicityTests(StoreTests):
    @pytest.mark.parametrize("case", _CASES)
    @pytest.mark.parametrize("place", ["first", "last"])
    def test_one_wrong_operation_leaves_nothing_of_its_delta(self, bench: Bench, case: str, place: str) -> None:
        bench.chain("old", "old2")
        before = bench.contents()
        operation, error = _wrong(bench, case)
        good: list[Operation] = [
            PutNode(node=bench.node("new", text="valve", vectors={"main": vector(1, 0, 0, 0)})),
            PatchNode(id="old2", expects=1, set={"confidence": 3}),
            PutEdge(edge=bench.edge("old", "new")),
        ]
        operations = [operation, *good] if place == "first" else [*good, operation]
        with pytest.raises(error):
            bench.apply(*operations)
        assert bench.contents() == before
        assert bench.found("valve") == []
        assert bench.nearest(1, 0, 0, 0) == []
        assert bench.reached(["old"]) == ["old2"]

    def test_after_a_refused_delta_the_next_one_takes_the_next_number(self, bench: Bench) -> None:
        bench.put(bench.node("a"))
        with pytest.raises(MissingEndpoint):
            bench.put(bench.edge("a", "b"))
        assert bench.put(bench.node("b")).seq == 2

    def test_a_large_delta_with_one_stale_version_leaves_nothing(self, bench: Bench) -> None:
        bench.put(bench.node("old"))
        puts = [PutNode(node=bench.node(f"n{number}", text="valve")) for number in range(500)]
        with pytest.raises(Conflict):
            bench.apply(*puts, PatchNode(id="old", expects=2, set={"confidence": 1}))
        assert bench.matching() == ["old"]
        assert bench.found("valve") == []

    def test_no_reader_sees_half_of_a_delta(self, bench: Bench) -> None:
        bench.put(bench.node("a", confidence=0), bench.node("b", confidence=0))
        torn: list[tuple[float, ...]] = []
        done = False

        def read() -> None:
            while not done:
                seen = {node.confidence for node in bench.store.match(bench.scope())}
                if len(seen) > 1:
                    torn.append(tuple(seen))

        reader = Thread(target=read)
        reader.start()
        for version in range(1, 30):
            patch = {"confidence": float(version)}
            bench.apply(*(PatchNode(id=id, expects=version, set=patch) for id in ("a", "b")))
        done = True
        reader.join()
        assert torn == []
