"""What was once known and is known no more."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from memos_graph.app import CubeHandle, Graph
from tests.services.conftest import Clock

KEY = "The spare key of the cabin hangs behind the blue door."
ASKED = "where is the spare key of the cabin?"


@pytest.fixture
def cube(graph: Graph) -> Iterator[CubeHandle]:
    cube = graph.cube("cabin")
    for thing, colour in (("winch", "red"), ("crane", "blue"), ("pump", "green"), ("mast", "white")):
        cube.add(f"The {thing} was painted {colour} by the crew.")
    yield cube


def test_what_was_deleted_without_a_successor_is_told_with_its_end(cube: CubeHandle, clock: Clock) -> None:
    (key,) = cube.add(KEY).ids
    assert cube.absence(ASKED).once == ()
    clock.skip(days=3)
    receipt = cube.delete(key)
    told = cube.absence(ASKED)
    assert told.absent
    (once,) = told.once
    assert (once.memory, once.until, once.deleted, once.successor) == (key, receipt.at, True, None)
    assert key not in {hit.id for hit in cube.search(ASKED)}


def test_what_ended_is_told_with_the_time_at_which_it_stopped_being_true(cube: CubeHandle, clock: Clock) -> None:
    (key,) = cube.add(KEY).ids
    ended = clock.skip(days=3)
    clock.skip(days=3)
    cube.update(key, valid_to=ended, correction=True)
    (once,) = cube.absence(ASKED).once
    assert (once.until, once.deleted) == (ended, False)


def test_what_was_replaced_is_not_absent_and_names_its_successor(cube: CubeHandle) -> None:
    (home,) = cube.add("Ana lives in Porto.").ids
    cube.update(home, "Ana lives in Lisbon.")
    told = cube.absence("who lives in Porto?")
    assert not told.absent
    assert told.once[0].successor is not None and told.once[0].successor.text == "Ana lives in Lisbon."
    assert cube.absence("where does Ana live?").once == ()


def test_a_successor_that_is_gone_too_leaves_nothing_known(cube: CubeHandle) -> None:
    (home,) = cube.add("Ana lives in Porto.").ids
    cube.update(home, "Ana lives in Lisbon.")
    cube.delete(home)
    told = cube.absence("where does Ana live?")
    assert told.absent and {once.memory for once in told.once} == {home}


def test_a_successor_is_found_over_superseded_facts_and_merges(cube: CubeHandle) -> None:
    first, second, third = (cube.add(text).ids[0] for text in (KEY, "It was moved.", "Everything is in the safe."))
    cube.link(second, first, "SUPERSEDES")
    cube.merge(second, third)
    cube.delete(first)
    told = cube.absence(ASKED)
    assert not told.absent and told.once[0].successor is not None
    assert "MERGED_INTO" in {edge.kind for edge in cube.edges(told.once[0].successor.id)}


def test_what_was_corrected_never_was_known(cube: CubeHandle) -> None:
    (key,) = cube.add(KEY).ids
    cube.update(key, "Nothing is known of any lock.", correction=True)
    assert cube.absence(ASKED).once == ()


def test_what_nobody_ever_knew_is_not_absent(cube: CubeHandle) -> None:
    (key,) = cube.add(KEY).ids
    cube.delete(key)
    told = cube.absence("how tall is the tower in Paris?")
    assert not told.absent and told.once == ()


def test_asking_for_the_past_itself_is_no_absence(cube: CubeHandle, clock: Clock) -> None:
    (key,) = cube.add(KEY).ids
    then = clock.skip(days=1)
    cube.delete(key)
    assert cube.absence(ASKED, as_of=then).once == ()
    assert cube.absence(ASKED, known_at=then).once == ()
    assert cube.absence(ASKED, include_archived=True).once == ()
    assert cube.absence("where was the spare key of the cabin before?").once == ()


def test_a_filter_holds_for_the_past_too(cube: CubeHandle) -> None:
    (key,) = cube.add(KEY, tags=["keys"]).ids
    cube.delete(key)
    assert cube.absence(ASKED, tags=["keys"]).absent
    assert not cube.absence(ASKED, tags=["boats"]).absent


def test_a_search_is_the_same_before_and_after_absence_was_asked(cube: CubeHandle) -> None:
    (key,) = cube.add(KEY).ids
    cube.delete(key)
    before = [(hit.id, hit.score) for hit in cube.search(ASKED)]
    cube.absence(ASKED)
    assert [(hit.id, hit.score) for hit in cube.search(ASKED)] == before


def test_answerability_says_what_was_once_known(cube: CubeHandle, graph: Graph) -> None:
    (key,) = cube.add(KEY).ids
    assert cube.answerability(ASKED).absence is None
    assert "absence" not in cube.answerability(ASKED).to_json()
    cube.delete(key)
    told = cube.answerability(ASKED)
    assert told.absence is not None and told.absence.absent and told.to_json()["absence"]["once"][0]["id"] == key
    assert graph.absence(ASKED).absent


def test_an_empty_cube_knows_of_nothing_that_ended(graph: Graph) -> None:
    assert graph.cube("empty").absence(ASKED).once == ()
