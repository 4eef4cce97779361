"""What each operation of a Delta does, and what its Change and Receipt say of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from memos_graph.model.codec import edge_to_json, node_to_json
from memos_graph.model.delta import (
    EraseEdge,
    EraseNode,
    PatchEdge,
    PatchNode,
    PutEdge,
    PutNode,
    RetireEdge,
    RetireNode,
)
from memos_graph.model.graph import STATUSES, Edge, Node, Source
from memos_graph.testing.base import StoreTests
from memos_graph.testing.bench import Bench, by_id, day, ids, vector


def full_node(bench: Bench, id: str = "n") -> Node:
    """A node with every field set."""
    return bench.node(
        id, kind="Recipe", text="Close the valve\nfirst.", key="Manual > Valves", status="frozen", confidence=12.25,
        tags=("b", "a", "b"), usage=("s1", "s2"),
        sources=(Source(uri="a.pdf", page=3, box=(1.5, 2.0, 3.25, 4.0), start=0, end=9), Source(uri="c", message="m1")),
        info={"user_id": "u", "n": 3, "x": 2.5, "yes": True, "none": None, "list": [1, "a", [2]], "in": {"deep": {}}},
        created_at=day(1.000000011574), updated_at=day(2), valid_from=day(-40000), valid_to=day(3.5), version=7,
        content_hash="sha256:00ff", vectors={"main": vector(0.1, -2, 3e-20, 1e20), "other": vector(1, 2)},
    )  # fmt: skip


def full_edge(bench: Bench, from_id: str, to_id: str) -> Edge:
    """An edge with every field set."""
    edge = bench.edge(
        from_id, to_id, "CAUSES", discriminator="again", weight=-0.125, created_by="model", evidence="because of “it”",
        info={"span": [1, 2], "ok": False}, valid_from=day(1), valid_to=day(2.25),
    )  # fmt: skip
    return replace(edge, version=3, created_at=day(4.5))


class WriteTests(StoreTests):
    def test_a_node_comes_back_with_every_field_as_it_was_put(self, bench: Bench) -> None:
        node = full_node(bench)
        bench.put(node)
        stored = bench.get("n")
        assert stored == node
        assert {space: row.tolist() for space, row in stored.vectors.items()} == {
            space: row.tolist() for space, row in node.vectors.items()
        }

    def test_a_node_of_defaults_alone_comes_back_as_it_was_put(self, bench: Bench) -> None:
        bench.put(bench.node("n"))
        assert bench.get("n") == bench.node("n")

    def test_an_edge_comes_back_with_every_field_as_it_was_put(self, bench: Bench) -> None:
        edge = full_edge(bench, "a", "b")
        plain = bench.edge("b", "a")
        bench.put(bench.node("a"), bench.node("b"), edge, plain)
        assert bench.store.edges(bench.scope(), ids=[edge.id, plain.id]) == tuple(
            sorted((edge, plain), key=lambda edge: edge.id)
        )

    def test_times_come_back_in_utc_to_the_microsecond(self, bench: Bench) -> None:
        moment = day(0.123456789)
        bench.put(bench.node("n", valid_from=moment))
        stored = bench.get("n")
        assert stored is not None and stored.valid_from == moment
        assert stored.valid_from.utcoffset() is not None and not stored.valid_from.utcoffset()

    def test_a_receipt_names_what_was_written_in_order_of_writing(self, bench: Bench) -> None:
        first, second = bench.edge("a", "b"), bench.edge("b", "a")
        receipt = bench.put(second, bench.node("b"), first, bench.node("a"))
        assert (receipt.nodes, receipt.edges) == (("b", "a"), (second.id, first.id))
        assert (receipt.present_nodes, receipt.present_edges, receipt.repeated) == ((), (), False)
        assert (receipt.cube, receipt.seq, receipt.at, receipt.wrote) == (bench.cube, 1, day(10), 4)

    def test_a_change_records_who_why_and_when(self, bench: Bench) -> None:
        bench.store.apply(
            bench.delta(PutNode(node=bench.node("n")), id="d", actor="ann", reason="tidy “up”", at=day(3))
        )
        (change,) = bench.changes()
        assert (change.cube, change.seq, change.delta) == (bench.cube, 1, "d")
        assert (change.actor, change.reason, change.at) == ("ann", "tidy “up”", day(3))

    def test_a_change_holds_what_was_there_before(self, bench: Bench) -> None:
        node, edge = full_node(bench), full_edge(bench, "n", "b")
        bench.put(node, bench.node("b"), edge)
        bench.apply(
            PatchNode(id="n", expects=7, set={"confidence": 1}), PatchEdge(id=edge.id, expects=3, set={"weight": 2})
        )
        created, patched = bench.changes()
        assert [(image.id, image.of, image.before) for image in created.images] == [
            ("n", "node", None), ("b", "node", None), (edge.id, "edge", None),
        ]  # fmt: skip
        assert [(image.id, image.of, image.before) for image in patched.images] == [
            ("n", "node", node_to_json(node)), (edge.id, "edge", edge_to_json(edge)),
        ]  # fmt: skip

    def test_node_operations_come_before_edge_operations(self, bench: Bench) -> None:
        edge = bench.edge("a", "b")
        receipt = bench.apply(PutEdge(edge=edge), PutNode(node=bench.node("a")), PutNode(node=bench.node("b")))
        assert receipt.edges == (edge.id,)

    def test_a_delta_of_nothing_writes_no_change(self, bench: Bench) -> None:
        assert bench.apply().seq == 0
        bench.put(bench.node("n"))
        receipt = bench.apply()
        assert (receipt.seq, receipt.wrote, receipt.repeated) == (1, 0, False)
        assert len(bench.changes()) == 1

    @pytest.mark.parametrize(
        "change",
        [
            {"status": "archived"},
            {"confidence": 0},
            {"tags": ("new", "tags")},
            {"tags": ()},
            {"usage": ("s1", "s2", "s3")},
            {"info": {"only": ["this"]}},
            {"status": "merged", "confidence": 99.5, "info": {}},
        ],
        ids=lambda change: "+".join(change),
    )
    def test_a_patch_changes_its_fields_and_the_version_alone(self, bench: Bench, change: dict[str, Any]) -> None:
        node = full_node(bench)
        bench.put(node)
        bench.apply(PatchNode(id="n", expects=7, set=change))
        stored = bench.get("n")
        assert stored == replace(node, version=8, **change)
        assert set(stored.vectors) == {"main", "other"}

    def test_a_list_patched_in_comes_back_as_a_tuple_like_any_other(self, bench: Bench) -> None:
        bench.put(bench.node("n"))
        bench.apply(PatchNode(id="n", expects=1, set={"tags": ["a"]}))
        assert bench.get("n") == bench.node("n", tags=("a",), version=2)

    @pytest.mark.parametrize("status", STATUSES)
    def test_every_status_can_be_patched_in(self, bench: Bench, status: str) -> None:
        bench.put(bench.node("n"))
        bench.apply(PatchNode(id="n", expects=1, set={"status": status}))
        assert bench.matching({"status": status}, bench.scope(states=frozenset({status}))) == ["n"]

    def test_a_patched_vector_joins_the_others_and_is_found_at_once(self, bench: Bench) -> None:
        bench.put(
            bench.node("n", vectors={"other": vector(1, 0)}), bench.node("m", vectors={"main": vector(1, 1, 0, 0)})
        )
        bench.apply(PatchNode(id="n", expects=1, set={"vectors": {"main": vector(1, 0, 0, 0)}}))
        assert bench.nearest(1, 0, 0, 0) == ["n", "m"]
        assert ids(bench.store.near(bench.scope(), "other", vector(1, 0), 5)) == ["n"]
        bench.apply(PatchNode(id="n", expects=2, set={"vectors": {"main": vector(0, 0, 1, 0)}}))
        assert bench.nearest(1, 0, 0, 0) == ["m", "n"]

    def test_an_edge_patch_changes_its_fields_and_the_version_alone(self, bench: Bench) -> None:
        edge = full_edge(bench, "a", "b")
        bench.put(bench.node("a"), bench.node("b"), edge)
        change: dict[str, Any] = {"weight": 4.5, "evidence": "seen", "info": {"k": [None]}, "valid_to": day(50)}
        bench.apply(PatchEdge(id=edge.id, expects=3, set=change))
        assert bench.store.edges(bench.scope()) == (replace(edge, version=4, **change),)

    def test_an_edge_can_be_closed_and_opened_by_patch(self, bench: Bench) -> None:
        (edge,) = bench.chain("a", "b")
        bench.apply(PatchEdge(id=edge.id, expects=1, set={"valid_to": day(5)}))
        assert bench.edge_ids(bench.scope(as_of=day(6))) == []
        bench.apply(PatchEdge(id=edge.id, expects=2, set={"valid_to": None}))
        assert bench.edge_ids(bench.scope(as_of=day(6))) == [edge.id]

    def test_replacing_a_node_replaces_all_of_it(self, bench: Bench) -> None:
        bench.put(full_node(bench))
        wanted = bench.node("n", kind="Summary", text="other", vectors={"other": vector(0, 1)}, version=99)
        bench.apply(PutNode(node=wanted, replaces=7))
        stored = bench.get("n")
        assert stored == replace(wanted, version=8)
        assert set(stored.vectors) == {"other"}

    def test_a_replaced_node_is_found_by_its_new_words_and_vector_only(self, bench: Bench) -> None:
        bench.put(bench.node("n", text="valve", vectors={"main": vector(1, 0, 0, 0)}))
        bench.apply(PutNode(node=bench.node("n", text="harbour"), replaces=1))
        assert bench.found("valve") == []
        assert bench.found("harbour") == ["n"]
        assert bench.nearest(1, 0, 0, 0) == []

    def test_a_replaced_node_keeps_its_edges(self, bench: Bench) -> None:
        (edge,) = bench.chain("a", "b")
        bench.apply(PutNode(node=bench.node("a", kind="Summary", text="new"), replaces=1))
        assert bench.reached(["b"]) == ["a"]
        assert bench.reached(["a"]) == ["b"]
        assert bench.edge_ids() == [edge.id]

    def test_a_retired_node_is_hidden_and_kept(self, bench: Bench) -> None:
        bench.put(bench.node("n", text="valve"))
        bench.apply(RetireNode(id="n"), at=day(5))
        assert bench.matching() == []
        assert bench.found("valve") == []
        assert bench.get("n") == bench.node("n", text="valve", retired_at=day(5), version=2)

    def test_retiring_a_node_retires_its_live_edges_both_ways(self, bench: Bench) -> None:
        into, out = bench.chain("a", "b", "c")
        far = bench.edge("a", "c")
        bench.put(far)
        receipt = bench.apply(RetireNode(id="b"), at=day(5))
        assert receipt.nodes == ("b",)
        assert receipt.edges == tuple(sorted((into.id, out.id)))
        assert bench.edge_ids() == [far.id]
        stored = {edge.id: edge for edge in bench.contents().edges}
        assert stored[into.id] == replace(into, retired_at=day(5), version=2)
        assert {image.id: image.before for image in bench.changes()[-1].images if image.of == "edge"} == {
            edge.id: edge_to_json(edge) for edge in (into, out)
        }

    def test_retiring_a_node_leaves_edges_that_were_retired_before(self, bench: Bench) -> None:
        (edge,) = bench.chain("a", "b")
        bench.apply(RetireEdge(id=edge.id), at=day(3))
        assert bench.apply(RetireNode(id="a"), at=day(5)).edges == ()
        assert bench.contents().edges == (replace(edge, retired_at=day(3), version=2),)

    def test_retiring_both_ends_retires_the_edge_between_them_once(self, bench: Bench) -> None:
        (edge,) = bench.chain("a", "b")
        receipt = bench.apply(RetireNode(id="a"), RetireNode(id="b"))
        assert receipt.edges == (edge.id,)
        assert bench.contents().edges[0].version == 2

    def test_a_retired_edge_is_hidden_and_kept(self, bench: Bench) -> None:
        (edge,) = bench.chain("a", "b")
        bench.apply(RetireEdge(id=edge.id), at=day(5))
        assert bench.edge_ids() == []
        assert bench.reached(["a"]) == []
        assert bench.contents().edges == (replace(edge, retired_at=day(5), version=2),)

    def test_a_retired_node_can_be_replaced_by_a_live_one(self, bench: Bench) -> None:
        bench.put(bench.node("n", text="valve"))
        bench.apply(RetireNode(id="n"))
        bench.apply(PutNode(node=bench.node("n", text="valve"), replaces=2))
        assert bench.found("valve") == ["n"]

    def test_an_erased_node_is_gone_with_its_edges(self, bench: Bench) -> None:
        into, out = bench.chain("a", "b", "c")
        bench.apply(RetireEdge(id=out.id))
        receipt = bench.apply(EraseNode(id="b"))
        assert (receipt.nodes, receipt.edges) == (("b",), tuple(sorted((into.id, out.id))))
        held = bench.contents()
        assert ids(held.nodes) == ["a", "c"]
        assert held.edges == ()

    def test_an_erased_node_is_found_by_nothing(self, bench: Bench) -> None:
        bench.put(bench.node("n", text="valve", vectors={"main": vector(1, 0, 0, 0)}), bench.node("m", text="valve"))
        bench.apply(EraseNode(id="n"))
        assert bench.found("valve") == ["m"]
        assert bench.nearest(1, 0, 0, 0) == []
        assert bench.matching() == ["m"]

    def test_no_change_holds_an_erased_thing_any_more(self, bench: Bench) -> None:
        phrase = "that nobody should read again"
        edge = bench.edge("n", "m", evidence=phrase)
        bench.put(bench.node("n", text=phrase), bench.node("m"), edge)
        bench.apply(PatchNode(id="n", expects=1, set={"confidence": 5}))
        bench.apply(PatchEdge(id=edge.id, expects=1, set={"weight": 5}))
        receipt = bench.apply(EraseNode(id="n"))
        changes = bench.changes()
        assert phrase not in repr([image.before for change in changes for image in change.images])
        assert [change.ids("node") for change in changes] == [("n", "m"), ("n",), (), ("n",)]
        assert [change.ids("edge") for change in changes] == [(edge.id,), (), (edge.id,), (edge.id,)]
        assert changes[-1].receipt(repeated=False) == receipt

    def test_an_erased_edge_leaves_its_ends(self, bench: Bench) -> None:
        (edge,) = bench.chain("a", "b")
        bench.apply(PatchEdge(id=edge.id, expects=1, set={"evidence": "secret"}))
        bench.apply(EraseEdge(id=edge.id))
        assert bench.contents().edges == ()
        assert set(by_id(bench.contents().nodes)) == {"a", "b"}
        assert all(image.before is None for change in bench.changes() for image in change.images)

    def test_an_erased_id_can_be_put_anew(self, bench: Bench) -> None:
        (edge,) = bench.chain("a", "b")
        bench.apply(EraseNode(id="a"))
        assert bench.put(bench.node("a", text="new"), edge).wrote == 2
        assert bench.reached(["b"]) == ["a"]
        assert bench.found("new") == ["a"]

    def test_parallel_edges_of_one_kind_are_told_apart_by_their_discriminator(self, bench: Bench) -> None:
        first, second = bench.edge("a", "b", discriminator="1"), bench.edge("a", "b", discriminator="2")
        bench.put(bench.node("a"), bench.node("b"), first, second)
        assert bench.edge_ids() == sorted((first.id, second.id))
        bench.apply(EraseEdge(id=first.id))
        assert bench.edge_ids() == [second.id]

    def test_an_edge_may_lead_from_a_node_to_itself(self, bench: Bench) -> None:
        loop = bench.edge("a", "a")
        bench.put(bench.node("a"), loop)
        assert bench.edge_ids(touching=["a"]) == [loop.id]
        assert bench.reached(["a"]) == []

    def test_an_edge_may_end_at_a_retired_node(self, bench: Bench) -> None:
        snapshot = bench.node("n@1", retired_at=day(5))
        edge = bench.edge("n", "n@1", "SUPERSEDES")
        bench.put(bench.node("n"), snapshot, edge)
        assert bench.edge_ids() == [edge.id]
        assert bench.reached(["n"]) == []
        assert bench.reached(["n"], bench.scope(retired=True)) == ["n@1"]

    def test_what_a_caller_changes_in_an_answer_changes_nothing_stored(self, bench: Bench) -> None:
        mine = {"list": [1]}
        row = vector(1, 0, 0, 0)
        bench.put(bench.node("n", info=mine, vectors={"main": row}))
        before = bench.contents()
        mine["list"].append(2)
        row[:] = 9
        stored = bench.get("n")
        assert stored is not None
        for change in (lambda: stored.info["list"].append(3), lambda: stored.vectors["main"].fill(7)):  # type: ignore[union-attr]
            try:
                change()
            except (ValueError, AttributeError):
                continue  # read-only answers are fine too
        assert bench.contents() == before
