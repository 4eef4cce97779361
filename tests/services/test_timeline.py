"""What was true when, of an entity and of one memory."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from memos_graph.app import CubeHandle, Graph
from memos_graph.model.errors import Invalid, NotFound
from memos_graph.model.graph import Json, Node
from tests.services.conftest import Clock


@pytest.fixture
def cube(graph: Graph) -> CubeHandle:
    return graph.cube("people")


def node(cube: CubeHandle, clock: Clock, identity: str, text: str, **fields: object) -> Node:
    at = clock()
    made = Node(id=identity, cube=cube.name, kind="LongTermMemory", text=text, created_at=at, updated_at=at)
    return replace(made, **fields)  # type: ignore[arg-type]


def day(number: int) -> datetime:
    return datetime(2025, 1, 1, tzinfo=UTC) + timedelta(days=number)


def test_an_update_is_two_spans_that_meet(cube: CubeHandle, clock: Clock) -> None:
    (identity,) = cube.add("Ana lives in Porto.").ids
    clock.skip(days=10)
    cube.update(identity, "Ana lives in Lisbon.", since=day(5))
    for about in ("Ana", "ana", identity):
        first, second = cube.timeline(about).entries
        assert (first.node.text, first.end, first.replaced_by) == ("Ana lives in Porto.", day(5), identity)
        assert (second.node.text, second.start, second.end) == ("Ana lives in Lisbon.", day(5), None)


def test_a_name_that_only_the_past_held_tells_the_past_alone(cube: CubeHandle, clock: Clock) -> None:
    (identity,) = cube.add("Ana lives in Porto.").ids
    clock.skip(days=10)
    cube.update(identity, "Ana lives in Lisbon.")
    assert [entry.node.text for entry in cube.timeline("Porto").entries] == ["Ana lives in Porto."]
    assert [entry.node.text for entry in cube.timeline("Lisbon").entries] == ["Ana lives in Lisbon."]


def test_what_was_believed_and_corrected_was_never_so(cube: CubeHandle) -> None:
    (identity,) = cube.add("Ana was born in Porto.").ids
    cube.update(identity, "Ana was born in Lisbon.", correction=True)
    assert [entry.node.text for entry in cube.timeline(identity).entries] == ["Ana was born in Lisbon."]


def test_a_deleted_memory_is_no_part_of_it(cube: CubeHandle) -> None:
    (kept,) = cube.add("Ana lives in Porto.").ids
    (gone,) = cube.add("Ana owns a boat.").ids
    cube.delete(gone)
    assert [entry.head for entry in cube.timeline("Ana").entries] == [kept]


def test_events_are_points_and_facts_are_grouped_by_what_they_tell(cube: CubeHandle, clock: Clock) -> None:
    claims: list[tuple[str, dict[str, Json], int]] = [
        ("Ana visited Rome.", {"attribute": "visited", "kind": "event"}, 3),
        ("Ana lives in Porto.", {"attribute": "lives in", "kind": "state"}, 5),
        ("Ana works at Calder Works.", {"attribute": "works at", "kind": "state"}, 1),
    ]
    cube.put([
        node(cube, clock, f"n{at}", text, info={"claim": claim}, valid_from=day(at)) for text, claim, at in claims
    ])  # fmt: skip
    told = cube.timeline("Ana").entries
    assert [(e.attribute, e.event, e.end) for e in told] == [
        ("lives in", False, None), ("visited", True, None), ("works at", False, None)
    ]  # fmt: skip


@pytest.mark.parametrize("claim", [7, "x", {"attribute": 3, "kind": ["event"]}, [], None])
def test_a_claim_field_that_is_none_is_left_alone(cube: CubeHandle, clock: Clock, claim: Json) -> None:
    cube.put([node(cube, clock, "n", "Ana lives in Porto.", info={"claim": claim}, valid_from=day(1))])
    (entry,) = cube.timeline("Ana").entries
    assert (entry.attribute, entry.event) == ("", False)


def test_a_span_of_time_leaves_out_what_was_not_so_in_it(cube: CubeHandle, clock: Clock) -> None:
    cube.put([
        node(cube, clock, "a", "Ana lives in Porto.", valid_from=day(0), valid_to=day(5)),
        node(cube, clock, "b", "Ana lives in Lisbon.", valid_from=day(5)),
    ])  # fmt: skip
    assert [e.head for e in cube.timeline("Ana", since=day(5)).entries] == ["b"]
    assert [e.head for e in cube.timeline("Ana", until="2025-01-06").entries] == ["a"]
    assert cube.timeline("Ana", until=day(0)).entries == ()


def test_a_fact_that_superseded_another_is_on_its_timeline(cube: CubeHandle, clock: Clock) -> None:
    (old,) = cube.add("The valve is red.").ids
    (new,) = cube.add("The valve is blue.").ids
    cube.link(new, old, "SUPERSEDES")
    assert {e.head: e.replaced_by for e in cube.timeline(old).entries} == {old: new, new: ""}


@pytest.mark.parametrize("about", ["Nobody", "mem_unknown"])
def test_what_nothing_is_called_is_not_found(cube: CubeHandle, about: str) -> None:
    cube.add("Ana lives in Porto.")
    with pytest.raises(NotFound):
        cube.timeline(about)


def test_times_that_can_t_be_used_are_refused(cube: CubeHandle) -> None:
    cube.add("Ana lives in Porto.")
    with pytest.raises(Invalid, match="until"):
        cube.timeline("Ana", since=day(2), until=day(1))
    with pytest.raises(Invalid, match="zone"):
        cube.timeline("Ana", since=datetime(2025, 1, 1))
    with pytest.raises(Invalid, match="about"):
        cube.timeline(" ")
