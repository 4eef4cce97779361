"""Cubes are made, changed and dropped by name, and nothing of one is seen from another."""

from __future__ import annotations

from dataclasses import replace

import pytest

from memos_graph.model.delta import EraseNode, PutEdge, RetireNode
from memos_graph.model.errors import AlreadyExists, Invalid, MissingEndpoint, NotFound
from memos_graph.model.filter import parse_filter
from memos_graph.model.graph import VectorSpace
from memos_graph.model.scope import Scope, everything
from memos_graph.ports import GraphStore
from memos_graph.testing.base import StoreTests
from memos_graph.testing.bench import OTHER, SPACE, Bench, day, ids, make_cube, vector


class CubeTests(StoreTests):
    def test_a_created_cube_is_listed_with_all_its_fields(self, store: GraphStore) -> None:
        cube = make_cube(
            "fields@x.y_z-1",
            cube_class="knowledgebase",
            settings={"a": [1, "ü", None, {"b": 2.5}]},
            created_at=day(1.5),
        )
        assert store.create_cube(cube) == cube
        assert cube in store.cubes()
        store.drop_cube(cube.id)

    def test_cubes_are_listed_by_id(self, bench: Bench, second: Bench) -> None:
        listed = ids(bench.store.cubes())
        assert listed == sorted(listed)
        assert {bench.cube, second.cube} <= set(listed)

    def test_a_cube_is_not_created_twice(self, bench: Bench) -> None:
        bench.put(bench.node("n"))
        with pytest.raises(AlreadyExists):
            bench.store.create_cube(make_cube(bench.cube, settings={"other": True}))
        assert bench.matching() == ["n"]

    def test_cubes_whose_names_differ_in_case_alone_are_two(self, store: GraphStore) -> None:
        low, high = Bench(store, "case-a"), Bench(store, "CASE-a")
        store.create_cube(make_cube(low.cube))
        store.create_cube(make_cube(high.cube))
        low.put(low.node("n", text="low"))
        assert high.matching() == []
        store.drop_cube(low.cube)
        high.put(high.node("m", text="high"))
        assert high.found("high") == ["m"]
        store.drop_cube(high.cube)

    def test_a_dropped_cube_is_unknown_to_every_verb(self, store: GraphStore) -> None:
        bench = Bench(store, "dropped")
        store.create_cube(make_cube(bench.cube))
        bench.put(bench.node("n", text="valve", vectors={"main": vector(1, 0, 0, 0)}))
        store.drop_cube(bench.cube)
        assert bench.cube not in ids(store.cubes())
        _expect_not_found(bench)

    def test_a_cube_that_never_was_is_not_found_by_any_verb(self, store: GraphStore) -> None:
        _expect_not_found(Bench(store, "never-was"))

    def test_one_unknown_cube_among_known_ones_is_not_found(self, bench: Bench) -> None:
        scope = Scope(cubes=(bench.cube, "never-was"))
        with pytest.raises(NotFound, match="never-was"):
            bench.store.match(scope)
        with pytest.raises(NotFound, match="never-was"):
            bench.store.text(scope, "valve", 3)

    def test_a_cube_made_again_after_its_drop_is_empty(self, bench: Bench) -> None:
        bench.put(bench.node("n", text="valve", vectors={"main": vector(1, 0, 0, 0)}))
        bench.store.drop_cube(bench.cube)
        bench.store.create_cube(make_cube(bench.cube))
        assert bench.matching() == []
        assert bench.found("valve") == []
        assert bench.nearest(1, 0, 0, 0) == []
        assert bench.changes() == ()
        assert not bench.apply(EraseNode(id="n"), id="delta-0").repeated

    def test_dropping_one_cube_leaves_the_others(self, bench: Bench, second: Bench) -> None:
        for one in (bench, second):
            one.chain("a", "b")
        before = second.contents()
        bench.store.drop_cube(bench.cube)
        assert second.contents() == before

    def test_the_same_ids_in_two_cubes_are_different_nodes(self, bench: Bench, second: Bench) -> None:
        bench.put(bench.node("n", text="here"))
        second.put(second.node("n", text="there"))
        both = Scope(cubes=(second.cube, bench.cube))
        assert [n.text for n in bench.store.get(bench.scope(), ["n"])] == ["here"]
        assert [(n.cube, n.text) for n in bench.store.get(both, ["n"])] == sorted(
            [(bench.cube, "here"), (second.cube, "there")]
        )
        second.apply(EraseNode(id="n"))
        assert bench.matching() == ["n"]

    def test_nothing_of_another_cube_shows_in_any_read(self, bench: Bench, second: Bench) -> None:
        second.chain("a", "b")
        second.put(second.node("v", kind="Entity", key="valve", vectors={"main": vector(1, 0, 0, 0)}))
        bench.put(bench.node("a"))
        scope, store = everything(bench.cube), bench.store
        assert bench.matching() == ["a"]
        assert store.count(scope) == 1
        assert store.shape(scope) == ({"Passage": 1}, {})
        assert store.edges(scope) == ()
        assert store.around(scope, ["a"], depth=3) == ()
        assert bench.found("valve") == []
        assert bench.nearest(1, 0, 0, 0) == []
        assert ids(store.scan(scope).nodes) == ["a"]
        assert store.scan_edges(scope).edges == ()
        assert not store.lexicon(scope)[bench.cube].entities
        assert [survey.cube for survey in store.survey(scope, "main", vector(1, 0, 0, 0), "valve")] == [bench.cube]

    def test_an_edge_to_a_node_of_another_cube_is_refused(self, bench: Bench, second: Bench) -> None:
        bench.put(bench.node("a"))
        second.put(second.node("b"))
        with pytest.raises(MissingEndpoint):
            bench.apply(PutEdge(edge=bench.edge("a", "b")))

    def test_a_scope_of_two_cubes_searches_both(self, bench: Bench, second: Bench) -> None:
        for one in (bench, second):
            one.put(one.node(f"n-{one.cube}", text="valve", vectors={"main": vector(1, 0, 0, 0)}))
        both = Scope(cubes=(bench.cube, second.cube))
        wanted = {f"n-{bench.cube}", f"n-{second.cube}"}
        assert set(bench.found("valve", both)) == wanted
        assert set(bench.nearest(1, 0, 0, 0, scope=both)) == wanted
        assert bench.store.count(both, filter=parse_filter({"text": "valve"})) == 2

    def test_changes_of_cubes_are_numbered_apart(self, bench: Bench, second: Bench) -> None:
        bench.put(bench.node("a"))
        bench.put(bench.node("b"))
        assert second.put(second.node("c")).seq == 1
        assert [change.seq for change in bench.changes()] == [1, 2]

    def test_a_replaced_cube_keeps_its_nodes_and_its_date(self, bench: Bench) -> None:
        bench.put(bench.node("n", text="valve", vectors={"main": vector(1, 0, 0, 0)}))
        third = VectorSpace(name="third", model="test-3", dimension=3)
        wanted = make_cube(
            bench.cube,
            cube_class="public",
            spaces=(SPACE, third),
            text_space="third",
            settings={"x": 1},
            created_at=day(9),
        )
        assert bench.store.replace_cube(wanted) == replace(wanted, created_at=day(0))
        assert bench.contents().cube == replace(wanted, created_at=day(0))
        assert bench.nearest(1, 0, 0, 0) == ["n"]
        assert bench.found("valve") == ["n"]

    def test_a_new_space_takes_vectors_at_once(self, bench: Bench) -> None:
        third = VectorSpace(name="third", model="test-3", dimension=3)
        bench.store.replace_cube(make_cube(bench.cube, spaces=(SPACE, OTHER, third)))
        bench.put(bench.node("n", vectors={"third": vector(0, 1, 0)}))
        assert ids(bench.store.near(bench.scope(), "third", vector(0, 1, 0), 5)) == ["n"]

    def test_a_space_that_goes_takes_its_vectors_with_it(self, bench: Bench) -> None:
        bench.put(bench.node("n", vectors={"main": vector(1, 0, 0, 0), "other": vector(1, 0)}))
        bench.store.replace_cube(make_cube(bench.cube, spaces=(SPACE,)))
        assert set((bench.get("n") or bench.node("?")).vectors) == {"main"}
        with pytest.raises(Invalid):
            bench.store.near(bench.scope(), "other", vector(1, 0), 5)
        bench.store.replace_cube(make_cube(bench.cube))
        assert bench.store.near(bench.scope(), "other", vector(1, 0), 5) == ()

    @pytest.mark.parametrize("change", [{"model": "another"}, {"dimension": 5}])
    def test_a_space_that_stays_keeps_its_model_and_dimension(self, bench: Bench, change: dict[str, object]) -> None:
        before = bench.contents()
        changed = VectorSpace(**{"name": "main", "model": SPACE.model, "dimension": SPACE.dimension, **change})  # type: ignore[arg-type]
        with pytest.raises(Invalid):
            bench.store.replace_cube(make_cube(bench.cube, spaces=(changed, OTHER)))
        assert bench.contents() == before

    def test_a_cube_of_an_unknown_name_is_not_replaced(self, store: GraphStore) -> None:
        with pytest.raises(NotFound):
            store.replace_cube(make_cube("never-was"))


def _expect_not_found(bench: Bench) -> None:
    store, scope, query = bench.store, bench.scope(), vector(1, 0, 0, 0)
    for verb in (
        lambda: store.drop_cube(bench.cube),
        lambda: store.apply(bench.delta(RetireNode(id="n"))),
        lambda: store.get(scope, ["n"]),
        lambda: store.match(scope),
        lambda: store.count(scope),
        lambda: store.shape(scope),
        lambda: store.near(scope, "main", query, 3),
        lambda: store.text(scope, "valve", 3),
        lambda: store.around(scope, ["n"]),
        lambda: store.edges(scope),
        lambda: store.edges(scope, ids=["e"]),
        lambda: store.scan(scope),
        lambda: store.scan_edges(scope),
        lambda: store.changes(bench.cube),
        lambda: store.lexicon(scope),
        lambda: store.survey(scope, "main", query, "valve"),
    ):
        with pytest.raises(NotFound):
            verb()
