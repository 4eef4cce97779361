"""Reads give what their Scope sees, in the order they promise: get, match, count, shape."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest

from memos_graph.model.delta import PatchNode, RetireEdge, RetireNode
from memos_graph.model.errors import Invalid
from memos_graph.model.filter import parse_filter
from memos_graph.model.graph import LIVE, STATUSES, Edge, Node
from memos_graph.model.scope import ANY_STATE, Scope, everything
from memos_graph.ports import Order
from memos_graph.testing.base import StoreTests
from memos_graph.testing.bench import Bench, day, ids, vector

_INSTANT = timedelta(microseconds=1)


class ReadTests(StoreTests):
    def test_get_gives_nodes_in_the_order_asked_for_and_each_once(self, bench: Bench) -> None:
        bench.put(*(bench.node(id) for id in "abc"))
        assert ids(bench.store.get(bench.scope(), ["c", "x", "a", "c", "b", "a"])) == ["c", "a", "b"]

    def test_get_over_cubes_goes_by_id_then_cube(self, bench: Bench, second: Bench) -> None:
        for one in (bench, second):
            one.put(one.node("a"), one.node("b"))
        found = bench.store.get(Scope(cubes=(second.cube, bench.cube)), ["b", "a"])
        cubes = sorted((bench.cube, second.cube))
        assert [(node.id, node.cube) for node in found] == list(itertools.product(["b", "a"], cubes))

    def test_get_of_no_ids_gives_nothing(self, bench: Bench) -> None:
        bench.put(bench.node("a"))
        assert bench.store.get(bench.scope(), []) == ()

    def test_vectors_come_only_when_asked_for(self, bench: Bench) -> None:
        bench.put(bench.node("n", vectors={"main": vector(1, 2, 3, 4)}))
        store, scope = bench.store, bench.scope()
        reads: tuple[Callable[[bool], Sequence[Node]], ...] = (
            lambda vectors: store.get(scope, ["n"], vectors=vectors),
            lambda vectors: store.match(scope, vectors=vectors),
            lambda vectors: store.scan(scope, vectors=vectors).nodes,
        )
        for read in reads:
            assert [dict(node.vectors) for node in read(False)] == [{}]
            assert [node.vectors["main"].tolist() for node in read(True)] == [[1, 2, 3, 4]]

    def test_match_sorts_by_when_a_node_was_first_known_unless_told(self, bench: Bench) -> None:
        bench.put(
            bench.node("b", created_at=day(1)), bench.node("c", created_at=day(0)), bench.node("a", created_at=day(1))
        )
        assert ids(bench.store.match(bench.scope())) == ["c", "a", "b"]

    @pytest.mark.parametrize(
        ("field", "values"),
        [
            ("created_at", [day(0), day(1), day(2)]),
            ("updated_at", [day(-1), day(1), day(1.5)]),
            ("create_time", [day(0), day(1), day(2)]),
            ("valid_from", [day(0), day(1), None]),
            ("valid_to", [day(-20000), day(1), None]),
            ("confidence", [1, 2.5, 10]),
            ("version", [2, 10, 100]),
            ("kind", ["Entity", "Message", "Passage"]),
            ("text", ["", "B", "a"]),
            ("key", ["1", "10", "é"]),
            ("status", ["activated", "frozen", "generated"]),
            ("content_hash", ["", "0", "a"]),
            ("info.rank", [1, 2.5, 10]),
            ("info.rank", ["1", "10", "2"]),
            ("info.some name", [-1, 0, None]),
            ("user_id", ["ann", "bob", None]),
        ],
    )
    @pytest.mark.parametrize("descending", [False, True])
    def test_match_sorts_by_any_field_with_missing_ones_last(
        self, bench: Bench, field: str, values: list[Any], descending: bool
    ) -> None:
        fields = [_field(field, value) for value in values]
        # two nodes of each value, so that ties show
        bench.put(*(bench.node(f"{tie}{place}", **fields[place]) for tie in "ba" for place in (1, 0, 2)))
        places = [place for place, value in enumerate(values) if value is not None]
        lacking = [place for place, value in enumerate(values) if value is None]
        wanted = [f"{tie}{place}" for place in (places[::-1] if descending else places) + lacking for tie in "ab"]
        assert ids(bench.store.match(bench.scope(), order=Order(field=field, descending=descending))) == wanted

    @pytest.mark.parametrize("field", ["nothing", "tags", "usage", "vectors", "id; DROP", "info."])
    def test_an_order_by_what_can_not_be_sorted_is_invalid(self, bench: Bench, field: str) -> None:
        with pytest.raises(Invalid):
            bench.store.match(bench.scope(), order=Order(field=field))

    def test_match_gives_the_pages_of_one_sorted_list(self, bench: Bench) -> None:
        bench.put(*(bench.node(f"n{number:02}", confidence=number % 3) for number in range(20)))
        order = Order(field="confidence", descending=True)
        whole = ids(bench.store.match(bench.scope(), order=order))
        pages = [ids(bench.store.match(bench.scope(), order=order, limit=7, offset=at)) for at in (0, 7, 14, 21)]
        assert [id for page in pages for id in page] == whole
        assert len(whole) == 20

    def test_match_gives_100_unless_told(self, bench: Bench) -> None:
        bench.put(*(bench.node(f"n{number:03}") for number in range(120)))
        assert ids(bench.store.match(bench.scope())) == [f"n{number:03}" for number in range(100)]

    def test_a_limit_of_nothing_gives_nothing(self, bench: Bench) -> None:
        bench.put(bench.node("n", text="valve", vectors={"main": vector(1, 0, 0, 0)}))
        assert bench.store.match(bench.scope(), limit=0) == ()
        assert bench.found("valve", k=0) == []
        assert bench.nearest(1, 0, 0, 0, k=0) == []

    def test_negative_limits_are_invalid(self, bench: Bench) -> None:
        store, scope = bench.store, bench.scope()
        for read in (
            lambda: store.match(scope, limit=-1),
            lambda: store.match(scope, offset=-1),
            lambda: store.near(scope, "main", vector(1, 0, 0, 0), -1),
            lambda: store.text(scope, "valve", -1),
            lambda: store.around(scope, ["n"], limit=-1),
            lambda: store.scan(scope, limit=0),
            lambda: store.changes(bench.cube, after=-1),
        ):
            with pytest.raises(Invalid):
                read()

    def test_count_and_match_agree(self, bench: Bench) -> None:
        bench.put(*(bench.node(f"n{number}", confidence=number) for number in range(10)))
        tree = {"confidence": {"gte": 3, "lt": 8}}
        assert bench.store.count(bench.scope(), filter=parse_filter(tree)) == len(bench.matching(tree)) == 5
        assert bench.store.count(bench.scope()) == 10

    def test_shape_counts_kinds_most_first_and_ties_by_name(self, bench: Bench) -> None:
        bench.put(
            *(bench.node(f"p{n}") for n in range(3)), bench.node("e", kind="Entity"), bench.node("d", kind="Document")
        )
        bench.put(bench.edge("p0", "p1"), bench.edge("p0", "e", "MENTIONS"), bench.edge("p1", "e", "MENTIONS"))
        nodes, edges = bench.store.shape(bench.scope())
        assert list(nodes.items()) == [("Passage", 3), ("Document", 1), ("Entity", 1)]
        assert list(edges.items()) == [("MENTIONS", 2), ("RELATED_TO", 1)]

    def test_shape_counts_what_the_scope_sees_alone(self, bench: Bench) -> None:
        bench.chain("a", "b", "c")
        bench.apply(RetireNode(id="c"))
        assert bench.store.shape(bench.scope()) == ({"Passage": 2}, {"RELATED_TO": 1})
        assert bench.store.shape(everything(bench.cube)) == ({"Passage": 3}, {"RELATED_TO": 2})


class ScopeTests(StoreTests):
    @pytest.mark.parametrize("instant", [day(1) - _INSTANT, day(1), day(2) - _INSTANT, day(2)])
    def test_as_of_sees_what_was_true_then_from_its_start_and_up_to_its_end(self, bench: Bench, instant: Any) -> None:
        bench.put(
            bench.node("always"), bench.node("during", valid_from=day(1), valid_to=day(2)),
            bench.node("since", valid_from=day(1)), bench.node("until", valid_to=day(2)),
        )  # fmt: skip
        started, ended = instant >= day(1), instant >= day(2)
        wanted = {"always", *(["since"] if started else []), *(["until"] if not ended else [])}
        assert set(bench.matching(scope=bench.scope(as_of=instant))) == wanted | (
            {"during"} if started and not ended else set()
        )

    def test_current_at_hides_what_has_ended_and_shows_what_begins_later(self, bench: Bench) -> None:
        bench.put(
            bench.node("ended", valid_to=day(5)), bench.node("later", valid_from=day(9)),
            bench.node("holds", valid_from=day(1), valid_to=day(9)),
        )  # fmt: skip
        assert bench.matching(scope=bench.scope(current_at=day(5))) == ["holds", "later"]
        assert bench.matching(scope=bench.scope(current_at=day(5) - _INSTANT)) == ["ended", "holds", "later"]

    def test_as_of_goes_before_current_at(self, bench: Bench) -> None:
        bench.put(bench.node("ended", valid_to=day(5)))
        assert bench.matching(scope=bench.scope(as_of=day(4), current_at=day(6))) == ["ended"]

    @pytest.mark.parametrize("instant", [day(1) - _INSTANT, day(1), day(2) - _INSTANT, day(2)])
    def test_known_at_sees_a_version_from_its_start_to_its_retirement(self, bench: Bench, instant: Any) -> None:
        bench.put(bench.node("n", updated_at=day(1)), bench.node("m", updated_at=day(1)))
        bench.apply(RetireNode(id="n"), at=day(2))
        seen = bench.matching(scope=bench.scope(known_at=instant))
        assert seen == (["m", "n"] if day(1) <= instant < day(2) else ["m"] if instant == day(2) else [])

    def test_known_at_and_as_of_together_give_what_we_then_thought_was_true(self, bench: Bench) -> None:
        bench.put(
            bench.node("thought", updated_at=day(1), retired_at=day(5), valid_to=day(3)),
            bench.node("learned", updated_at=day(5), valid_to=day(4)),
        )
        assert bench.matching(scope=bench.scope(known_at=day(2), as_of=day(2))) == ["thought"]
        assert bench.matching(scope=bench.scope(known_at=day(6), as_of=day(2))) == ["learned"]
        assert bench.matching(scope=bench.scope(known_at=day(6), as_of=day(4))) == []

    def test_retired_shows_live_and_retired_ones(self, bench: Bench) -> None:
        bench.put(bench.node("n"), bench.node("m"))
        bench.apply(RetireNode(id="n"))
        assert bench.matching() == ["m"]
        assert bench.matching(scope=bench.scope(retired=True)) == ["m", "n"]

    @pytest.mark.parametrize(
        "states", [LIVE, ANY_STATE, frozenset({"archived"}), frozenset({"deleted", "merged"}), frozenset()]
    )
    def test_only_the_states_of_the_scope_show(self, bench: Bench, states: frozenset[Any]) -> None:
        bench.put(*(bench.node(status, status=status) for status in STATUSES))
        assert bench.matching(scope=bench.scope(states=states)) == sorted(states)

    def test_a_patched_state_shows_and_hides_at_once(self, bench: Bench) -> None:
        bench.put(bench.node("n", text="valve", vectors={"main": vector(1, 0, 0, 0)}))
        bench.apply(PatchNode(id="n", expects=1, set={"status": "archived"}))
        assert (bench.matching(), bench.found("valve"), bench.nearest(1, 0, 0, 0)) == ([], [], [])
        archived = bench.scope(states=frozenset({"archived"}))
        assert bench.found("valve", archived) == bench.nearest(1, 0, 0, 0, scope=archived) == ["n"]

    def test_edges_are_bound_to_time_as_nodes_are(self, bench: Bench) -> None:
        (edge,) = bench.chain("a", "b")
        timed = bench.edge("b", "a", valid_from=day(3), valid_to=day(5), created_at=day(1))
        bench.put(timed)
        bench.apply(RetireEdge(id=edge.id), at=day(4))
        for scope, wanted in (
            (bench.scope(), [timed]),
            (bench.scope(retired=True), [edge, timed]),
            (bench.scope(known_at=day(0)), [edge]),
            (bench.scope(known_at=day(4)), [timed]),
            (bench.scope(as_of=day(2), retired=True), [edge]),
            (bench.scope(current_at=day(5), known_at=day(2)), [edge]),
            (bench.scope(current_at=day(1), known_at=day(2)), [edge, timed]),
        ):
            assert bench.edge_ids(scope) == sorted(ids(wanted))
            assert sorted(ids(bench.store.scan_edges(scope).edges)) == sorted(ids(wanted))

    def test_every_read_shows_exactly_what_the_scope_sees(self, bench: Bench) -> None:
        nodes, edges = _varied(bench)
        bench.put(*nodes, *edges)
        times = (None, day(1), day(2), day(3))
        for as_of, current_at, known_at, retired in itertools.product(times, times[::2], times, (False, True)):
            scope = Scope(
                cubes=(bench.cube,), as_of=as_of, current_at=current_at, known_at=known_at, retired=retired,
                states=ANY_STATE,
            )  # fmt: skip
            seen = sorted(node.id for node in nodes if scope.sees(node))
            store = bench.store
            assert sorted(ids(store.match(scope))) == seen
            assert sorted(ids(store.get(scope, [node.id for node in nodes]))) == seen
            assert sorted(ids(store.scan(scope).nodes)) == seen
            assert store.count(scope) == len(seen)
            assert sorted(bench.nearest(1, 0, 0, 0, scope=scope)) == seen
            assert sorted(bench.found("valve", scope)) == seen
            (survey,) = store.survey(scope, "main", vector(1, 0, 0, 0), "valve")
            shown = {id for id, walkable in zip(survey.ids, survey.walkable, strict=True) if walkable}
            assert shown == set(seen)
            seen_edges = sorted(edge.id for edge in edges if scope.sees_edge(edge))
            assert bench.edge_ids(scope) == seen_edges
            around = {reached.node.id for reached in store.around(scope, ["hub"], limit=100)}
            ends = {edge.to_id for edge in edges if edge.id in seen_edges}
            assert around == (ends & set(seen) if "hub" in seen else set())


def _field(name: str, value: Any) -> dict[str, Any]:
    name = {"create_time": "created_at", "user_id": "info.user_id"}.get(name, name)
    if name.startswith("info."):
        return {"info": {} if value is None else {name[5:]: value}}
    return {name: value}


def _varied(bench: Bench) -> tuple[list[Node], list[Edge]]:
    """A hub that always shows, and nodes with an edge from it, each with times of their own."""
    choices = list(itertools.product((day(0), day(2)), (None, day(2), day(3)), (None, day(1)), (None, day(2), day(3))))
    nodes = [bench.node("hub", text="valve", vectors={"main": vector(1, 0, 0, 0)}, updated_at=day(-1))]
    edges = []
    for number, (since, until, start, end) in enumerate(choices):
        nodes.append(
            bench.node(
                f"n{number:02}", text="valve", vectors={"main": vector(1, number, 0, 0)}, updated_at=since,
                retired_at=until, valid_from=start, valid_to=end,
            )
        )  # fmt: skip
        edges.append(bench.edge("hub", f"n{number:02}", created_at=since, valid_from=end and day(0), valid_to=end))
    return nodes, edges
