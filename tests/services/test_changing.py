"""Updating, deleting and linking memories."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from memos_graph.app import CubeHandle, Graph
from memos_graph.model.errors import Conflict, Invalid, MissingEndpoint, NotFound
from memos_graph.model.scope import everything
from tests.services.conftest import Clock


@pytest.fixture
def cube(graph: Graph) -> CubeHandle:
    return graph.cube("people")


def test_an_id_stays_valid_over_updates_and_what_it_said_stays_readable(cube: CubeHandle, clock: Clock) -> None:
    (identity,) = cube.add("Ana lives in Porto.").ids
    then = clock.skip(days=10)
    clock.skip(days=10)
    cube.update(identity, "Ana lives in Lisbon.")
    assert cube.get(identity).text == "Ana lives in Lisbon."
    assert [hit.text for hit in cube.search("where does Ana live?")] == ["Ana lives in Lisbon."]
    for time in ({"as_of": then}, {"known_at": then}, {"as_of": then, "known_at": then}):
        assert [hit.text for hit in cube.search("where does Ana live?", **time)] == ["Ana lives in Porto."], time


def test_what_we_knew_then_of_now_is_what_we_believed(cube: CubeHandle, clock: Clock) -> None:
    (identity,) = cube.add("Ana lives in Porto.").ids
    known = clock.skip(days=10)
    clock.skip(days=10)
    cube.update(identity, "Ana lives in Lisbon.")
    later = clock.skip(days=10)
    hits = cube.search("where does Ana live?", known_at=known, as_of=later)
    assert [hit.text for hit in hits] == ["Ana lives in Porto."]


def test_a_correction_never_was_true(cube: CubeHandle, clock: Clock) -> None:
    (identity,) = cube.add("Ana was born in 1980.").ids
    then = clock.skip(days=10)
    clock.skip(days=10)
    cube.update(identity, "Ana was born in 1981.", correction=True)
    assert [hit.text for hit in cube.search("when was Ana born?", as_of=then)] == ["Ana was born in 1981."]
    assert [hit.text for hit in cube.search("when was Ana born?", known_at=then)] == ["Ana was born in 1980."]


def test_tags_change_in_place_and_leave_no_version(cube: CubeHandle) -> None:
    (identity,) = cube.add("Ana lives in Porto.").ids
    cube.update(identity, tags=("home",))
    assert cube.get(identity).tags == ("home",)
    assert cube._context.store.count(everything("people")) == len(cube.list())


def test_an_update_that_changes_nothing_writes_nothing(cube: CubeHandle) -> None:
    (identity,) = cube.add("Ana lives in Porto.").ids
    before = cube.history()
    receipt = cube.update(identity, "Ana lives in Porto.")
    assert receipt.wrote == 0 and receipt.present_nodes == (identity,)
    assert cube.history() == before


def test_an_update_names_what_it_no_longer_mentions(cube: CubeHandle) -> None:
    (identity,) = cube.add("The crane was sold to Blackfin Marine in May.").ids
    cube.update(identity, "The crane was sold to Calder Works in May.")
    named = {r.node.text for r in cube.around(identity, kinds=["MENTIONS"])}
    assert any("Calder" in name for name in named) and not any("Blackfin" in name for name in named)


@pytest.mark.parametrize("changes", [{"colour": "red"}, {}, {"text": "  "}])
def test_a_change_that_can_t_be_made_is_refused_by_name(cube: CubeHandle, changes: dict[str, Any]) -> None:
    (identity,) = cube.add("Ana lives in Porto.").ids
    with pytest.raises(Invalid):
        cube.update(identity, **changes)
    assert cube.get(identity).text == "Ana lives in Porto."


def test_deleting_one_unknown_id_deletes_none(cube: CubeHandle) -> None:
    (identity,) = cube.add("Ana lives in Porto.").ids
    with pytest.raises(NotFound, match="nobody"):
        cube.delete(identity, "nobody")
    assert cube.get(identity)


def test_a_deleted_memory_is_not_found_but_was_known(cube: CubeHandle, clock: Clock) -> None:
    (identity,) = cube.add("Ana lives in Porto.").ids
    then = clock.skip(days=1)
    cube.delete(identity)
    assert cube.search("where does Ana live?") == ()
    assert [hit.id for hit in cube.search("where does Ana live?", known_at=then)] == [identity]
    with pytest.raises(NotFound):
        cube.get(identity)


def test_an_erased_memory_leaves_no_version(cube: CubeHandle, clock: Clock) -> None:
    (identity,) = cube.add("Ana lives in Porto.").ids
    then = clock.skip(days=1)
    cube.update(identity, "Ana lives in Lisbon.")
    cube.delete(identity, erase=True)
    assert cube.search("where does Ana live?", known_at=then) == ()
    left = cube._context.store.scan(everything("people")).nodes
    assert not [node for node in left if "lives" in node.text]
    assert not any("Porto" in str(image.before) for change in cube.history() for image in change.images)


def test_a_link_of_the_caller_s_own_kind_is_walked(cube: CubeHandle) -> None:
    (boiler,) = cube.add("The boiler in the cellar was replaced.").ids
    (invoice,) = cube.add("Paid 4,300 to the heating company.").ids
    edge = cube.link(boiler, invoice, "PAID_BY", evidence="same date")
    assert cube.link(boiler, invoice, "PAID_BY").id == edge.id
    hits = cube.search("what about the boiler in the cellar?", top_k=2)
    assert [hit.id for hit in hits] == [boiler, invoice]
    assert any(step.kind == "PAID_BY" for route in hits[1].routes for step in route.steps)
    cube.unlink(edge.id)
    assert cube.edges(boiler, kinds=["PAID_BY"]) == ()
    assert cube.link(boiler, invoice, "PAID_BY").id != edge.id


@pytest.mark.parametrize("kind", ["paid by", "lower", "A-B", "X" * 64, "A`) DETACH DELETE n //", ""])
def test_an_edge_kind_that_could_be_code_is_refused(cube: CubeHandle, kind: str) -> None:
    (boiler,) = cube.add("The boiler in the cellar was replaced.").ids
    with pytest.raises(Invalid):
        cube.link(boiler, boiler, kind)


def test_a_link_to_nothing_is_refused(cube: CubeHandle) -> None:
    (boiler,) = cube.add("The boiler in the cellar was replaced.").ids
    with pytest.raises(MissingEndpoint, match="nowhere"):
        cube.link(boiler, "nowhere", "CAUSES")


def test_a_cube_never_sees_another_s_memories(graph: Graph) -> None:
    mine, yours = graph.cube("mine"), graph.cube("yours")
    mine.add("The alarm code is seven four one.")
    yours.add("The alarm is loud.")
    assert [hit.text for hit in yours.search("what is the alarm code?")] == ["The alarm is loud."]
    both = graph.search("what is the alarm code?", cubes=["mine", "yours"])
    assert {hit.cube for hit in both} == {"mine", "yours"} and both[0].cube == "mine"


def test_a_search_without_words_is_refused(cube: CubeHandle) -> None:
    for query in ("", "  \n"):
        with pytest.raises(Invalid, match="query"):
            cube.search(query)
    with pytest.raises(Invalid, match="top_k"):
        cube.search("x", top_k=0)
    with pytest.raises(Invalid, match="colour"):
        cube.search("x", filter={"colour": "red"})


def test_a_filter_holds_for_every_hit(cube: CubeHandle) -> None:
    cube.add("Ana lives in Porto.", tags=["home"], info={"scene": "chat"})
    cube.add("Ana lives by the sea.", tags=["view"])
    hits = cube.search("where does Ana live?", filter={"and": [{"tags": {"contains": "home"}}, {"scene": "chat"}]})
    assert [hit.text for hit in hits] == ["Ana lives in Porto."]
    assert cube.search("where does Ana live?", filter={"created_at": {"lt": datetime(2000, 1, 1, tzinfo=UTC)}}) == ()


def test_of_two_writers_that_read_one_version_the_second_is_told_both_versions(cube: CubeHandle) -> None:
    (boiler,) = cube.add("The boiler in the cellar was replaced.").ids
    read = cube.get(boiler).version
    cube.update(boiler, "The boiler in the cellar was mended.", expects=read)
    with pytest.raises(Conflict) as told:
        cube.update(boiler, "The boiler in the cellar was sold.", expects=read)
    assert (told.value.expected, told.value.found) == ({boiler: read}, {boiler: read + 1})
    assert cube.get(boiler).text == "The boiler in the cellar was mended."


def test_an_update_under_a_clock_that_went_backwards_is_refused(cube: CubeHandle, clock: Clock) -> None:
    (boiler,) = cube.add("The boiler in the cellar was replaced.").ids
    clock.skip(days=-1)
    before = cube.history()
    with pytest.raises(Invalid, match="set the clock right"):
        cube.update(boiler, "The boiler in the cellar was mended.")
    assert cube.history() == before
