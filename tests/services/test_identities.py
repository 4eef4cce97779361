"""Names that mean one, and that do not."""

from __future__ import annotations

import pytest

from memos_graph.app import CubeHandle, Graph
from memos_graph.model.errors import Invalid, NotFound
from memos_graph.model.scope import everything
from tests.services.test_undoing import live


@pytest.fixture
def cube(graph: Graph) -> CubeHandle:
    kb = graph.cube("names")
    kb.add("Robert Miller signed the contract.")
    kb.add("Bob Miller bought a boat.")
    kb.add("Lotte Hansen repaired the roof.")
    return kb


def by_name(cube: CubeHandle, name: str) -> set[str]:
    """Texts that a query of this name finds by what they mention."""
    return {hit.text for hit in cube.search(f"What did {name} do?", top_k=5) if hit.arms.get("MENTIONS", 0) > 0}


def test_search_by_either_name_finds_what_mentions_both(cube: CubeHandle) -> None:
    both = {"Robert Miller signed the contract.", "Bob Miller bought a boat."}
    assert not both <= by_name(cube, "Robert Miller") and not both <= by_name(cube, "Bob Miller")
    cube.same_as("Robert Miller", "Bob Miller")
    assert both <= by_name(cube, "Robert Miller") and both <= by_name(cube, "Bob Miller")


def test_split_and_undo_both_give_back_what_was(cube: CubeHandle) -> None:
    before = live(cube)
    receipt = cube.same_as("Robert Miller", "Bob Miller")
    assert live(cube) != before
    cube.undo(receipt)
    assert live(cube) == before
    cube.same_as("Robert Miller", "Bob Miller")
    cube.split("Bob Miller", "Robert Miller")
    assert live(cube) == before


def test_what_a_text_said_meanwhile_is_parted_too(cube: CubeHandle) -> None:
    cube.same_as("Robert Miller", "Bob Miller")
    (later,) = cube.add("Bob Miller sold the boat.").ids
    assert {r.node.text for r in cube.around(later, kinds=["MENTIONS"])} == {"Robert Miller"}
    cube.split("Robert Miller", "Bob Miller")
    assert {r.node.text for r in cube.around(later, kinds=["MENTIONS"])} == {"Bob Miller"}


def test_a_name_of_a_name_counts_for_the_first_and_goes_with_it(cube: CubeHandle) -> None:
    cube.same_as("Bob Miller", "Lotte Hansen")
    one = live(cube)
    cube.same_as("Robert Miller", "Bob Miller")
    assert len(by_name(cube, "Lotte Hansen")) == 3
    cube.split("Bob Miller")
    joined = {(kind, start, end) for kind, start, end, *_ in live(cube)[1]}
    assert joined == {(kind, start, end) for kind, start, end, *_ in one[1]}


def test_saying_it_twice_writes_nothing(cube: CubeHandle) -> None:
    cube.same_as("Robert Miller", "Bob Miller")
    before = cube.history()
    for names in (("Robert Miller", "Bob Miller"), ("Bob Miller", "Robert Miller")):
        assert cube.same_as(*names).wrote == 0
    assert cube.history() == before


def test_several_names_are_one_step(cube: CubeHandle) -> None:
    before = live(cube)
    receipt = cube.same_as("Robert Miller", "Bob Miller", "Lotte Hansen")
    assert len(by_name(cube, "Lotte Hansen")) == 3
    cube.undo(receipt)
    assert live(cube) == before


def test_names_that_can_not_be_joined_are_refused_by_name(cube: CubeHandle) -> None:
    (memory,) = cube.add("The boat of Bob Miller is red.").ids
    before = cube.history()
    with pytest.raises(NotFound, match="Nobody"):
        cube.same_as("Bob Miller", "Nobody At All")
    with pytest.raises(Invalid, match="give two"):
        cube.same_as("Bob Miller", "bob miller")
    with pytest.raises(Invalid, match="LongTermMemory"):
        cube.same_as("Bob Miller", memory)
    with pytest.raises(Invalid):
        cube.same_as("Bob Miller")
    with pytest.raises(Invalid, match="joined by nothing"):
        cube.split("Bob Miller", "Lotte Hansen")
    assert cube.history() == before


def test_the_two_nodes_stay(cube: CubeHandle) -> None:
    store = cube._context.store
    before = {n.id: n.version for n in store.scan(everything("names")).nodes}
    cube.same_as("Robert Miller", "Bob Miller")
    assert {n.id: n.version for n in store.scan(everything("names")).nodes} == before
