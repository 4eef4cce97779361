"""What `load` promises: rows of another store's cube come in as they are, all of a call or none."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from memos_graph.model.delta import (
    Change,
    EraseNode,
    Image,
    PatchEdge,
    PatchNode,
    PutEdge,
    PutNode,
    RetireEdge,
    RetireNode,
)
from memos_graph.model.errors import DimensionMismatch, Invalid, MissingEndpoint, NotFound, Refused
from memos_graph.model.graph import Edge, Node
from memos_graph.ports import LOADING
from memos_graph.testing.base import StoreTests
from memos_graph.testing.bench import Bench, Contents, by_id, day, make_cube, vector
from memos_graph.testing.compare import survey_agrees
from memos_graph.testing.writes import full_edge, full_node


def begin(bench: Bench) -> None:
    """Let the cube be loaded."""
    bench.store.replace_cube(make_cube(bench.cube, settings={LOADING: True}))


def finish(bench: Bench) -> None:
    """End the loading."""
    bench.store.replace_cube(make_cube(bench.cube))


def lived(bench: Bench) -> Contents:
    """What a cube holds that lived through versions, patches, retirement and erasure."""
    bench.put(
        full_node(bench, "full"), bench.node("a", text="valve old", vectors={"main": vector(1, 0, 0, 0)}),
        bench.node("b", kind="Entity", key="ann", text="ann"), bench.node("gone", text="valve gone"),
        bench.node("erased", text="secret"), full_edge(bench, "full", "a"), bench.edge("a", "b", "SAID_BY"),
        bench.edge("a", "gone"),
    )  # fmt: skip
    old = bench.node("a", text="valve old", updated_at=day(0), retired_at=day(11), vectors={"main": vector(1, 0, 0, 0)})
    new = bench.node("a", text="valve new", updated_at=day(11), vectors={"main": vector(0, 1, 0, 0)})
    snapshot = replace(old, id="a@1")
    bench.apply(PutNode(node=new, replaces=1), PutNode(node=snapshot), at=day(11))
    said = bench.edge("a", "b", "SAID_BY").id
    bench.apply(PatchEdge(id=said, expects=1, set={"weight": 0.1, "valid_to": day(20)}), at=day(12))
    bench.apply(RetireNode(id="gone"), at=day(13))
    bench.apply(EraseNode(id="erased"), at=day(14))
    bench.apply(PatchNode(id="a", expects=2, set={"tags": ("t",), "info": {"x": [1, 2.5]}}), at=day(15))
    bench.apply(RetireEdge(id=full_edge(bench, "full", "a").id), at=day(16))
    return bench.contents()


def moved(held: Contents, cube: str) -> Contents:
    """`held` as another cube would hold it; ids of edges stay, they are the source's."""
    return Contents(
        cube=make_cube(cube),
        nodes=tuple(replace(node, cube=cube) for node in held.nodes),
        vectors=held.vectors,
        edges=tuple(replace(edge, cube=cube) for edge in held.edges),
        changes=tuple(
            replace(change, cube=cube, images=tuple(_image(image, cube) for image in change.images))
            for change in held.changes
        ),
    )


def _image(image: Image, cube: str) -> Image:
    return image if image.before is None else replace(image, before={**image.before, "cube": cube})


class LoadTests(StoreTests):
    @pytest.fixture
    def held(self, bench: Bench, second: Bench) -> Contents:
        """What `bench` holds, as `second` is to hold it; `second` is being loaded."""
        begin(second)
        return moved(lived(bench), second.cube)

    def test_what_is_loaded_is_read_back_as_it_was(self, second: Bench, held: Contents) -> None:
        load(second, held)
        finish(second)
        assert second.contents() == held
        assert second.get("a@1") is not None and second.get("gone") is not None

    def test_loading_twice_is_loading_once(self, second: Bench, held: Contents) -> None:
        for _ in range(2):
            load(second, held)
        finish(second)
        assert second.contents() == held

    def test_rows_come_in_pieces_in_any_order_that_has_ends_before_edges(self, second: Bench, held: Contents) -> None:
        for change in held.changes:
            second.store.load(second.cube, changes=[change])
        for node in reversed(held.nodes):
            second.store.load(second.cube, nodes=[node])
        for edge in held.edges:
            second.store.load(second.cube, edges=[edge])
        finish(second)
        assert second.contents() == held

    def test_a_later_load_replaces_what_an_earlier_one_put(self, second: Bench) -> None:
        begin(second)
        before = [second.node("a", text="before", tags=("t",), info={"x": 1}, vectors={"main": vector(1, 0, 0, 0)})]
        edge = second.edge("a", "b", evidence="first", info={"x": 1}, valid_to=day(3))
        second.store.load(second.cube, nodes=[*before, second.node("b")], edges=[edge], changes=[change_of(second, 1)])
        after = second.node("a", kind="Entity", key="ann", text="after", version=5, vectors={"other": vector(0, 1)})
        kept = replace(edge, evidence="", info={}, valid_to=None, weight=3.0, version=2)
        second.store.load(second.cube, nodes=[after], edges=[kept], changes=[change_of(second, 1, "other")])
        finish(second)
        found = second.contents()
        assert found.nodes == (after, second.node("b"))
        assert found.vectors == (("a", "other", (0.0, 1.0)),)
        assert found.edges == (kept,)
        assert [change.delta for change in found.changes] == ["other"]
        assert second.reached(["a"]) == ["b"]
        assert second.matching({"kind": "Passage"}) == ["b"]

    def test_an_edge_loaded_again_between_other_ends_lies_there_alone(self, second: Bench) -> None:
        begin(second)
        edge = replace(second.edge("a", "b"), id="own")
        second.store.load(second.cube, nodes=[second.node(name) for name in "abc"], edges=[edge],
                          changes=[change_of(second, 1)])  # fmt: skip
        second.store.load(second.cube, edges=[replace(edge, from_id="b", to_id="c", kind="CAUSES")])
        finish(second)
        assert second.reached(["b"]) == ["c"]
        assert second.reached(["a"]) == []
        assert [(e.from_id, e.to_id, e.kind) for e in second.contents().edges] == [("b", "c", "CAUSES")]

    def test_an_edge_without_its_end_fails_the_whole_load(self, second: Bench, held: Contents) -> None:
        nodes = [node for node in held.nodes if node.id != "b"]
        with pytest.raises(MissingEndpoint) as caught:
            second.store.load(second.cube, nodes=nodes, edges=held.edges, changes=held.changes)
        assert caught.value.missing == ("b",)
        assert nothing(second)
        assert second.store.changes(second.cube) == ()

    def test_a_row_that_can_not_be_kept_fails_the_whole_load(self, second: Bench, held: Contents) -> None:
        bad: dict[type[Exception], dict[str, Any]] = {
            DimensionMismatch: {"nodes": [*held.nodes, second.node("x", vectors={"main": vector(1, 2)})]},
            Invalid: {"nodes": [*held.nodes, second.node("x", vectors={"none": vector(1, 2)})]},
        }
        for error, rows in bad.items():
            with pytest.raises(error):
                second.store.load(second.cube, **rows)
        with pytest.raises(Invalid):
            second.store.load(second.cube, nodes=[*held.nodes, held.nodes[0]])
        with pytest.raises(Invalid):
            second.store.load(second.cube, nodes=[replace(held.nodes[0], cube="elsewhere")])
        assert nothing(second)

    def test_changes_leave_no_gap(self, second: Bench) -> None:
        begin(second)
        for seqs in ((2,), (1, 3), (2, 1), (0,)):
            with pytest.raises(Invalid):
                second.store.load(second.cube, changes=[change_of(second, seq) for seq in seqs])
        assert second.store.changes(second.cube) == ()
        second.store.load(second.cube, changes=[change_of(second, 1), change_of(second, 2)])
        second.store.load(second.cube, changes=[change_of(second, 2), change_of(second, 3)])
        assert [change.seq for change in second.changes()] == [1, 2, 3]

    def test_a_cube_that_is_not_loading_refuses(self, bench: Bench, second: Bench) -> None:
        with pytest.raises(Refused):
            bench.store.load(bench.cube, nodes=[bench.node("a")])
        begin(second)
        finish(second)
        with pytest.raises(Refused):
            second.store.load(second.cube, nodes=[second.node("a")])
        with pytest.raises(NotFound):
            bench.store.load("never-was", nodes=[])
        assert nothing(bench) and nothing(second)

    def test_a_cube_that_is_loading_takes_no_delta(self, second: Bench, held: Contents) -> None:
        load(second, held)
        with pytest.raises(Refused):
            second.apply(PutNode(node=second.node("own")), id="own")
        finish(second)
        assert second.contents() == held

    def test_numbers_go_on_after_the_last_one_loaded(self, second: Bench, held: Contents) -> None:
        load(second, held)
        finish(second)
        receipt = second.apply(PutNode(node=second.node("next", text="valve next")), id="own")
        assert receipt.seq == len(held.changes) + 1
        assert "next" in second.found("valve")

    def test_a_delta_applied_in_the_old_store_is_repeated_in_the_new_one(self, second: Bench, held: Contents) -> None:
        load(second, held)
        finish(second)
        first = held.changes[0]
        receipt = second.apply(PutNode(node=second.node("other")), id=first.delta)
        assert receipt == first.receipt(repeated=True)
        assert second.get("other") is None

    def test_searches_find_what_was_loaded_once_the_loading_is_over(
        self, bench: Bench, second: Bench, held: Contents
    ) -> None:
        load(second, held)
        second.found("valve")  # what an index learns meanwhile must not stay
        second.store.load(second.cube, nodes=[replace(held.nodes[0], text="another valve")])
        second.store.load(second.cube, nodes=held.nodes)
        finish(second)
        assert second.found("valve") == bench.found("valve") != []
        assert second.nearest(0, 1, 0, 0) == bench.nearest(0, 1, 0, 0) != []
        lexicon = second.store.lexicon(second.scope())[second.cube]
        assert set(lexicon.entities) == {"ann"}
        survey_agrees(second.store, second.scope(), "main", vector(1, 0, 0, 0), "valve", None, k=50)
        assert [finding for finding in second.store.check() if not finding.ok] == []

    def test_history_is_read_as_in_the_old_store(self, bench: Bench, second: Bench, held: Contents) -> None:
        load(second, held)
        finish(second)
        for known in (day(5), day(11.5), day(13.5), day(20)):
            for scope_of in ({"known_at": known}, {"known_at": known, "as_of": day(19)}, {"as_of": known}):
                old = bench.store.match(bench.scope(**scope_of), limit=100)
                new = second.store.match(second.scope(**scope_of), limit=100)
                assert [replace(node, cube=second.cube) for node in old] == list(new)
                links = (bench.store.edges(bench.scope(**scope_of)), second.store.edges(second.scope(**scope_of)))
                assert [replace(edge, cube=second.cube) for edge in links[0]] == list(links[1])
                assert bench.found("valve", bench.scope(**scope_of)) == second.found("valve", second.scope(**scope_of))

    def test_what_was_loaded_can_be_written_to(self, second: Bench, held: Contents) -> None:
        load(second, held)
        finish(second)
        stored = by_id(held.nodes)["a"]
        second.apply(PatchNode(id="a", expects=stored.version, set={"tags": ("mine",)}), id="own-1")
        second.apply(PutEdge(edge=second.edge("b", "full")), EraseNode(id="gone"), id="own-2")
        assert sorted(second.reached(["b"])) == ["a", "full"]
        assert second.get("gone") is None
        again = second.get("a")
        assert again is not None and again.tags == ("mine",)
        assert [finding for finding in second.store.check() if not finding.ok] == []


def load(bench: Bench, held: Contents) -> None:
    """Load all of `held` in one call."""
    bench.store.load(bench.cube, nodes=held.nodes, edges=held.edges, changes=held.changes)


def change_of(bench: Bench, seq: int, delta: str = "") -> Change:
    """A Change that says nothing but its number."""
    return Change(cube=bench.cube, seq=seq, delta=delta or f"loaded-{seq}", actor="user", reason="", at=day(seq))


def nothing(bench: Bench) -> bool:
    """Whether the cube holds neither nodes nor edges."""
    nodes: tuple[Node, ...] = bench.contents().nodes
    edges: tuple[Edge, ...] = bench.contents().edges
    return not nodes and not edges
