"""Walking edges: each node once, by a shortest path, inside the Scope."""

from __future__ import annotations

from typing import Any

import pytest

from memos_graph.model.delta import RetireEdge, RetireNode
from memos_graph.model.errors import Invalid
from memos_graph.model.graph import Edge
from memos_graph.model.scope import Scope
from memos_graph.testing.base import StoreTests
from memos_graph.testing.bench import Bench, day, ids


class WalkTests(StoreTests):
    @pytest.mark.parametrize("depth", [1, 2, 3, 6])
    def test_a_walk_reaches_nodes_up_to_its_depth_nearest_first(self, bench: Bench, depth: int) -> None:
        bench.chain(*"hgfedcba")
        reached = bench.store.around(bench.scope(), ["h"], depth=depth)
        assert [(r.node.id, r.hops) for r in reached] == [("gfedcb"[n], n + 1) for n in range(depth)]

    def test_a_walk_gives_whole_nodes_and_the_path_in_walking_order(self, bench: Bench) -> None:
        first, second = bench.chain("a", "b", "c")
        (near, far) = bench.store.around(bench.scope(), ["a"], depth=2)
        assert (near.node, near.path) == (bench.node("b"), (first,))
        assert (far.node, far.path) == (bench.node("c"), (first, second))
        (back,) = (r for r in bench.store.around(bench.scope(), ["c"], depth=2) if r.node.id == "a")
        assert back.path == (second, first)

    def test_direction_follows_or_faces_the_arrows(self, bench: Bench) -> None:
        bench.chain("a", "b", "c")
        assert bench.reached(["b"], direction="out") == ["c"]
        assert bench.reached(["b"], direction="in") == ["a"]
        assert bench.reached(["b"]) == bench.reached(["b"], direction="both") == ["a", "c"]
        assert bench.reached(["a"], direction="in", depth=3) == []

    def test_the_starts_are_left_out_even_when_one_reaches_another(self, bench: Bench) -> None:
        bench.chain("a", "b", "c", "a2")
        assert bench.reached(["a", "b"], depth=3) == ["c", "a2"]

    def test_a_node_is_reached_from_its_nearest_start(self, bench: Bench) -> None:
        edges = bench.chain("a", "b", "c", "d", "e")
        reached = {r.node.id: r for r in bench.store.around(bench.scope(), ["a", "e"], depth=3)}
        assert reached["d"].path == (edges[3],)
        assert reached["b"].path == (edges[0],)
        assert reached["c"].hops == 2

    def test_of_edges_from_several_starts_the_one_whose_id_sorts_first_is_the_path(self, bench: Bench) -> None:
        starts = [f"start{number}" for number in range(12)]
        bench.put(*(bench.node(id) for id in (*starts, "end", "beyond")))
        edges = [bench.edge(start, "end") for start in starts]
        bench.put(*edges, bench.edge("end", "beyond"))
        first = min(edges, key=lambda edge: edge.id)
        end, beyond = bench.store.around(bench.scope(), starts, depth=2)
        assert (end.path, beyond.path[:1]) == ((first,), (first,))

    def test_a_circle_is_walked_once(self, bench: Bench) -> None:
        bench.chain("a", "b", "c")
        bench.put(bench.edge("c", "a"))
        assert bench.reached(["a"], depth=6, direction="out") == ["b", "c"]
        assert bench.reached(["a"], depth=6) == ["b", "c"]

    def test_only_edges_of_the_kinds_asked_for_are_walked(self, bench: Bench) -> None:
        bench.put(*(bench.node(id) for id in "abcd"))
        bench.put(bench.edge("a", "b", "CAUSES"), bench.edge("a", "c", "MY_OWN_KIND"), bench.edge("b", "d", "CAUSES"))
        assert bench.reached(["a"], kinds=["CAUSES"], depth=2) == ["b", "d"]
        assert bench.reached(["a"], kinds=["MY_OWN_KIND", "NEVER_USED"]) == ["c"]
        assert bench.reached(["a"], kinds=[]) == []
        assert bench.reached(["a"], kinds=None) == ["b", "c"]

    def test_of_shortest_paths_the_one_whose_edge_ids_sort_first_is_given(self, bench: Bench) -> None:
        middles = [f"m{number}" for number in range(6)]
        bench.put(bench.node("a"), bench.node("z"), *(bench.node(middle) for middle in middles))
        for step, middle in enumerate(middles):
            bench.put(bench.edge("a", middle), bench.edge("z", middle))
            bench.put(*(bench.edge("a", middle, discriminator=str(number)) for number in range(step)))
        edges = bench.contents().edges
        paths = [(x, y) for x in edges for y in edges if x.from_id == "a" and y.from_id == "z" and x.to_id == y.to_id]
        wanted = min(paths, key=lambda path: tuple(ids(path)))
        (far,) = (r for r in bench.store.around(bench.scope(), ["a"], depth=2) if r.node.id == "z")
        assert far.path == wanted

    def test_a_limit_keeps_the_nearest(self, bench: Bench) -> None:
        bench.put(bench.node("hub"), *(bench.node(f"n{number}") for number in range(9)), bench.node("a-far"))
        bench.put(*(bench.edge("hub", f"n{number}") for number in range(9)), bench.edge("n0", "a-far"))
        assert bench.reached(["hub"], depth=2, limit=4) == ["n0", "n1", "n2", "n3"]
        assert bench.reached(["hub"], depth=2)[-1] == "a-far"

    def test_a_walk_does_not_pass_through_what_the_scope_hides(self, bench: Bench) -> None:
        bench.put(
            bench.node("a"), bench.node("old", valid_to=day(3)), bench.node("gone", status="deleted"), bench.node("z")
        )
        bench.put(*(edge for middle in ("old", "gone") for edge in (bench.edge("a", middle), bench.edge(middle, "z"))))
        assert bench.reached(["a"], bench.scope(current_at=day(5)), depth=3) == []
        assert bench.reached(["a"], bench.scope(current_at=day(2)), depth=3) == ["old", "z"]

    def test_a_walk_does_not_use_an_edge_that_the_scope_hides(self, bench: Bench) -> None:
        bench.put(bench.node("a"), bench.node("b"), bench.edge("a", "b", valid_from=day(2), valid_to=day(4)))
        assert bench.reached(["a"], bench.scope(as_of=day(3))) == ["b"]
        assert bench.reached(["a"], bench.scope(as_of=day(4))) == []

    def test_a_walk_in_the_past_finds_what_was_retired_since(self, bench: Bench) -> None:
        (edge,) = bench.chain("a", "b")
        bench.apply(RetireNode(id="b"), at=day(5))
        assert bench.reached(["a"]) == []
        (reached,) = bench.store.around(bench.scope(known_at=day(4)), ["a"])
        assert (reached.node.id, ids(reached.path)) == ("b", [edge.id])

    def test_starts_that_the_scope_does_not_see_lead_nowhere(self, bench: Bench) -> None:
        bench.chain("a", "b")
        bench.put(bench.node("hidden", status="deleted"), bench.edge("hidden", "a"))
        assert bench.reached(["hidden", "unknown"]) == []

    def test_a_walk_over_two_cubes_stays_within_each(self, bench: Bench, second: Bench) -> None:
        for one in (bench, second):
            one.chain("a", "b")
        reached = bench.store.around(Scope(cubes=(second.cube, bench.cube)), ["a"], depth=2)
        assert [(r.node.cube, r.node.id) for r in reached] == [
            (cube, "b") for cube in sorted((bench.cube, second.cube))
        ]

    @pytest.mark.parametrize("depth", [0, 7, -1])
    def test_a_depth_outside_1_to_6_is_invalid(self, bench: Bench, depth: int) -> None:
        with pytest.raises(Invalid):
            bench.reached(["a"], depth=depth)

    def test_an_unknown_direction_is_invalid(self, bench: Bench) -> None:
        with pytest.raises(Invalid):
            bench.reached(["a"], direction="sideways")
        with pytest.raises(Invalid):
            bench.edge_ids(touching=["a"], direction="sideways")

    def test_a_kind_is_never_read_as_query_language(self, bench: Bench) -> None:
        bench.chain("a", "b")
        for hostile in ("X]->() DETACH DELETE n //", "RELATED_TO|CAUSES", "`", "*", "related_to"):
            try:
                assert bench.reached(["a"], kinds=[hostile]) == []
                assert bench.edge_ids(kinds=[hostile]) == []
            except Invalid:
                continue
        assert bench.reached(["a"]) == ["b"]

    def test_a_hub_of_thousands_is_walked(self, bench: Bench) -> None:
        names = [f"n{number:04}" for number in range(2000)]
        bench.put(bench.node("hub"), *(bench.node(name) for name in names))
        bench.put(*(bench.edge(name, "hub", "MENTIONS") for name in names))
        assert bench.reached(["hub"]) == names[:1000]
        assert bench.reached(["n0000"], depth=2, limit=5000) == ["hub", *names[1:]]


class EdgeTests(StoreTests):
    def _star(self, bench: Bench) -> dict[str, Edge]:
        bench.put(*(bench.node(id) for id in "abcd"))
        edges = {"ab": bench.edge("a", "b"), "bc": bench.edge("b", "c", "CAUSES"), "cd": bench.edge("c", "d"),
                 "ca": bench.edge("c", "a", "CAUSES"), "bb": bench.edge("b", "b")}  # fmt: skip
        bench.put(*edges.values())
        return edges

    @pytest.mark.parametrize(
        ("which", "wanted"),
        [
            ({}, "ab bc cd ca bb"),
            ({"touching": ["a"]}, "ab ca"),
            ({"touching": ["a"], "direction": "out"}, "ab"),
            ({"touching": ["a"], "direction": "in"}, "ca"),
            ({"touching": ["b"]}, "ab bc bb"),
            ({"touching": ["b"], "direction": "out"}, "bc bb"),
            ({"touching": ["b"], "direction": "in"}, "ab bb"),
            ({"touching": ["a", "d"]}, "ab ca cd"),
            ({"touching": ["unknown"]}, ""),
            ({"touching": []}, ""),
            ({"kinds": ["CAUSES"]}, "bc ca"),
            ({"kinds": []}, ""),
            ({"kinds": ["CAUSES", "RELATED_TO"]}, "ab bc cd ca bb"),
            ({"touching": ["a"], "kinds": ["CAUSES"]}, "ca"),
            ({"touching": ["c"], "kinds": ["CAUSES"], "direction": "out"}, "ca"),
        ],
    )
    def test_edges_are_found_by_their_ends_and_kind(self, bench: Bench, which: dict[str, Any], wanted: str) -> None:
        edges = self._star(bench)
        assert bench.edge_ids(**which) == sorted(edges[name].id for name in wanted.split())

    def test_edges_are_found_by_id(self, bench: Bench) -> None:
        edges = self._star(bench)
        asked = [edges["cd"].id, "unknown", edges["ab"].id, edges["cd"].id]
        assert bench.edge_ids(ids=asked) == sorted({edges["cd"].id, edges["ab"].id})
        assert bench.edge_ids(ids=[]) == []
        assert bench.edge_ids(ids=asked, touching=["a"]) == [edges["ab"].id]
        assert bench.edge_ids(ids=asked, kinds=["CAUSES"]) == []

    def test_a_limit_gives_the_first_by_id(self, bench: Bench) -> None:
        wanted = sorted(edge.id for edge in self._star(bench).values())
        assert bench.edge_ids(limit=2) == wanted[:2]
        assert bench.edge_ids(limit=0) == []

    def test_a_retired_edge_is_found_in_the_past_alone(self, bench: Bench) -> None:
        edges = self._star(bench)
        bench.apply(RetireEdge(id=edges["ab"].id), at=day(5))
        assert bench.edge_ids(touching=["a"]) == [edges["ca"].id]
        assert bench.edge_ids(bench.scope(known_at=day(4)), ids=[edges["ab"].id]) == [edges["ab"].id]
