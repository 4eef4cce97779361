"""What falls with a premise, what comes back with it, and that impact says so beforehand."""

from __future__ import annotations

from typing import Any

import pytest

from memos_graph.app import CubeHandle, Graph
from memos_graph.engines.consequences.doubts import doubt_of, ended_of
from memos_graph.model.delta import Delta, PatchNode, PutEdge, PutNode, RetireNode
from memos_graph.model.errors import Conflict, Frozen, Invalid, NotFound
from memos_graph.model.graph import Node, make_edge
from memos_graph.ports import Embedder
from memos_graph.services.consequences.cascade import with_fallout
from memos_graph.services.writing import apply_delta
from tests.memories.letters import LetterEmbedder
from tests.services.conftest import Clock


@pytest.fixture
def embedder() -> Embedder:
    """Nothing here turns on meaning."""
    return LetterEmbedder()


@pytest.fixture
def cube(graph: Graph) -> CubeHandle:
    return graph.cube("court")


def told(cube: CubeHandle, text: str, *on: str, **info: Any) -> str:
    """A memory that rests on others."""
    (identity,) = cube.add(text).ids
    for premise in on:
        cube.link(identity, premise, "DEPENDS_ON", info=info or None)
    return str(identity)


def paths(cube: CubeHandle, identity: str) -> list[tuple[str, ...]]:
    return [reason.path for reason in doubt_of(cube.get(identity).info)]


def test_what_rests_on_a_deleted_premise_is_doubted_in_the_same_change_with_the_path(cube: CubeHandle) -> None:
    premise = told(cube, "The bridge over the Drau is closed.")
    detour = told(cube, "Deliveries go over Villach.", premise)
    cost = told(cube, "Deliveries cost two hours more.", detour)
    before = len(cube.history())
    receipt = cube.delete(premise)
    assert len(cube.history()) == before + 1 and {premise, detour, cost} <= set(receipt.nodes)
    assert paths(cube, detour) == [(premise,)] and paths(cube, cost) == [(detour, premise)]
    (hit, *_) = [hit for hit in cube.search("how much more do deliveries cost?") if hit.id == cost]
    assert hit.doubt is not None and hit.doubt.path == (detour, premise) and hit.doubt.why == "retired"
    assert premise[:24] in cube.history()[-1].reason


def test_what_rests_on_nothing_that_fell_is_never_doubted(cube: CubeHandle) -> None:
    premise, other = told(cube, "The bridge is closed."), told(cube, "The tunnel is open.")
    kept = told(cube, "Trucks take the tunnel.", other)
    cube.delete(premise)
    assert paths(cube, kept) == []
    assert all(hit.doubt is None for hit in cube.search("trucks"))


@pytest.mark.parametrize(
    "change", [{"text": "The bridge is open."}, {"text": "The bridge was open.", "correction": True}]
)
def test_a_premise_that_says_another_thing_has_fallen(cube: CubeHandle, change: dict[str, Any]) -> None:
    premise = told(cube, "The bridge is closed.")
    conclusion = told(cube, "Deliveries go over Villach.", premise)
    cube.update(premise, **change)
    (reason,) = doubt_of(cube.get(conclusion).info)
    assert reason.why == "changed" and reason.path == (premise,)


@pytest.mark.parametrize("change", [{"tags": ("road",)}, {"info": {"a": 1}}, {"confidence": 50.0}])
def test_a_premise_that_says_the_same_has_not_fallen(cube: CubeHandle, change: dict[str, Any]) -> None:
    premise = told(cube, "The bridge is closed.")
    conclusion = told(cube, "Deliveries go over Villach.", premise)
    cube.update(premise, **change)
    assert paths(cube, conclusion) == []


def test_a_premise_that_is_again_what_it_was_lifts_the_doubt_it_made_and_no_other(cube: CubeHandle) -> None:
    bridge, driver = told(cube, "The bridge is closed."), told(cube, "The driver is ill.")
    late = told(cube, "The load comes late.", bridge, driver)
    angry = told(cube, "The customer is angry.", late)
    cube.update(bridge, "The bridge is open.")
    cube.update(driver, "The driver is well.")
    assert set(paths(cube, late)) == {(bridge,), (driver,)}
    cube.update(bridge, "The bridge is half open.")
    cube.update(bridge, "The bridge is closed.")
    assert paths(cube, late) == [(driver,)] and paths(cube, angry) == [(late, driver)]
    cube.update(driver, "The driver is ill.")
    assert paths(cube, late) == [] and "doubt" not in cube.get(angry).info


def test_a_deleted_premise_that_is_restored_lifts_the_doubt(cube: CubeHandle) -> None:
    premise = told(cube, "The bridge is closed.")
    conclusion = told(cube, "Deliveries go over Villach.", premise)
    next_one = told(cube, "Deliveries cost more.", conclusion)
    cube.delete(premise)
    cube.restore(premise)
    assert paths(cube, conclusion) == [] and paths(cube, next_one) == []
    cube.delete(premise)
    assert paths(cube, next_one) == [(conclusion, premise)]


def test_undoing_the_deletion_of_a_premise_undoes_the_doubt(cube: CubeHandle) -> None:
    premise = told(cube, "The bridge is closed.")
    conclusion = told(cube, "Deliveries go over Villach.", premise)
    before = cube.get(conclusion).info
    receipt = cube.delete(premise)
    cube.undo(receipt.delta)
    assert cube.get(conclusion).info == before and cube.get(premise).text == "The bridge is closed."


def test_alternatives_bear_until_the_last_of_them_falls(cube: CubeHandle) -> None:
    one, two = told(cube, "Ana saw him."), told(cube, "Ben saw him.")
    seen = told(cube, "He was in Graz.", one, two, any_of="witness")
    cube.update(one, "Ana did not see him.")
    assert paths(cube, seen) == []
    cube.delete(two)
    assert set(paths(cube, seen)) == {(one,), (two,)} or paths(cube, seen) == [(two,)]
    cube.restore(two)
    assert paths(cube, seen) == []


def test_an_alternative_that_is_back_bears_alone(cube: CubeHandle) -> None:
    one, two = told(cube, "Ana saw him."), told(cube, "Ben saw him.")
    seen = told(cube, "He was in Graz.", one, two, any_of="witness")
    cube.update(one, "Ana did not see him.")
    cube.update(one, "Ana saw him.")
    cube.delete(two)
    assert paths(cube, seen) == []


def test_the_policy_of_an_edge_wins_over_that_of_the_cube(cube: CubeHandle, clock: Clock) -> None:
    cube.set_cascade("keep")
    premise = told(cube, "The bridge is closed.")
    kept = told(cube, "Deliveries go over Villach.", premise)
    ends = told(cube, "Signs stand at the bridge.", premise, on_fall="retire")
    doubted = told(cube, "The ferry runs.", premise, on_fall="doubt")
    then = clock.skip(days=1)
    cube.delete(premise)
    assert paths(cube, kept) == [] and paths(cube, doubted) == [(premise,)]
    assert [reason.path for reason in ended_of(cube.get(ends).info)] == [(premise,)]
    assert ends not in [hit.id for hit in cube.search("where do signs stand?")]
    assert "Signs stand at the bridge." in [hit.text for hit in cube.search("signs at the bridge", as_of=then,
                                                                            include_archived=True)]  # fmt: skip
    cube.restore(premise)
    assert ends in [hit.id for hit in cube.search("where do signs stand?")] and "doubt" not in cube.get(ends).info


def test_a_circle_that_came_in_by_an_import_ends_and_does_not_hold_itself_up(cube: CubeHandle) -> None:
    premise = told(cube, "The bridge is closed.")
    a = told(cube, "Deliveries go over Villach.", premise)
    b, c = told(cube, "Villach is crowded.", a), told(cube, "Villach built a new road.")
    edges = [make_edge("court", "DEPENDS_ON", x, y, created_at=cube.get(a).created_at) for x, y in ((c, b), (a, c))]
    context = cube._context
    apply_delta(context, Delta(id="circle", cube="court", at=context.clock(),
                               operations=tuple(PutEdge(edge=edge) for edge in edges)))  # fmt: skip
    cube.delete(premise)
    assert paths(cube, a) == [(premise,)] and paths(cube, c) == [(b, a, premise)]
    cube.restore(premise)
    assert [paths(cube, each) for each in (a, b, c)] == [[], [], []]


def test_a_link_that_closes_a_circle_is_refused_by_its_path(cube: CubeHandle) -> None:
    a = told(cube, "Ana is ill.")
    b = told(cube, "Ana stays in bed.", a)
    c = told(cube, "Ana is bored.", b)
    with pytest.raises(Invalid, match=f"{a} -> {c} -> {b} -> {a}|{a} -> {b} -> {c} -> {a}"):
        cube.link(a, c, "DEPENDS_ON")
    with pytest.raises(Invalid, match="rest on itself"):
        cube.link(a, a, "DEPENDS_ON")
    assert cube.link(a, c, "CAUSES")


def test_a_chain_longer_than_any_walk_falls_to_its_end(cube: CubeHandle) -> None:
    chain = [told(cube, "Fact number zero stands.")]
    for number in range(1, 12):
        chain.append(told(cube, f"Conclusion number {number} stands.", chain[-1]))
    cube.delete(chain[0])
    assert paths(cube, chain[-1]) == [tuple(reversed(chain[:-1]))]


def test_a_frozen_conclusion_stays_as_it_is_and_what_rests_on_it_too(cube: CubeHandle) -> None:
    premise = told(cube, "The bridge is closed.")
    frozen = told(cube, "Deliveries go over Villach.", premise)
    after = told(cube, "Deliveries cost more.", frozen)
    cube.freeze(frozen, reason="contract")
    before = cube.get(frozen)
    cube.delete(premise)
    assert cube.get(frozen) == before and paths(cube, after) == []
    cube.thaw(frozen)
    assert paths(cube, frozen) == [(premise,)] and paths(cube, after) == [(frozen, premise)]


def test_a_frozen_premise_has_no_impact_as_it_can_t_be_deleted(cube: CubeHandle) -> None:
    premise = told(cube, "The bridge is closed.")
    cube.freeze(premise, reason="contract")
    with pytest.raises(Frozen):
        cube.impact(premise)


def test_a_doubted_memory_that_is_said_anew_is_in_no_doubt(cube: CubeHandle) -> None:
    premise = told(cube, "The bridge is closed.")
    conclusion = told(cube, "Deliveries go over Villach.", premise)
    next_one = told(cube, "Villach is crowded.", conclusion)
    cube.delete(premise)
    cube.update(conclusion, "Deliveries go over the bridge.")
    assert paths(cube, conclusion) == [] and paths(cube, next_one) == [(conclusion,)]


def test_a_doubt_is_taken_away_by_hand_with_all_that_followed_from_it(cube: CubeHandle) -> None:
    premise = told(cube, "The bridge is closed.")
    conclusion = told(cube, "Deliveries go over Villach.", premise)
    next_one = told(cube, "Villach is crowded.", conclusion)
    cube.delete(premise)
    with pytest.raises(Invalid, match="reason"):
        cube.reaffirm(conclusion, reason=" ")
    cube.reaffirm(conclusion, reason="the mayor said so")
    assert paths(cube, conclusion) == [] and paths(cube, next_one) == []
    with pytest.raises(Invalid, match="nothing that it rests on"):
        cube.reaffirm(conclusion, reason="again")


def test_unlinking_a_fallen_premise_takes_its_doubt_away(cube: CubeHandle) -> None:
    premise, other = told(cube, "The bridge is closed."), told(cube, "The driver is ill.")
    conclusion = told(cube, "The load comes late.", premise, other)
    cube.update(premise, "The bridge is open.")
    (edge,) = [edge for edge in cube.edges(conclusion, kinds=["DEPENDS_ON"]) if edge.to_id == premise]
    cube.unlink(edge.id)
    assert paths(cube, conclusion) == []


@pytest.mark.parametrize("junk", ["maybe", 7, [], {"because": "x"}, {"because": [1], "why": "retired", "since": "x"}])
def test_a_doubt_field_that_is_none_of_ours_is_no_doubt_and_breaks_nothing(cube: CubeHandle, junk: Any) -> None:
    premise = told(cube, "The bridge is closed.")
    conclusion = told(cube, "Deliveries go over Villach.", premise)
    cube.update(conclusion, info={"doubt": junk, "on_fall": "retire", "also": 1})
    (hit,) = [hit for hit in cube.search("deliveries over Villach") if hit.id == conclusion]
    assert hit.doubt is None
    cube.delete(premise)
    assert paths(cube, conclusion) == [(premise,)]


def test_nothing_of_an_erased_premise_is_left_in_the_doubts_it_made(cube: CubeHandle) -> None:
    premise = told(cube, "Zebedaeus owns a yellow submarine.")
    conclusion = told(cube, "Someone can dive.", premise)
    falls = cube.impact(premise, erase=True)
    assert conclusion in {each.id for each in falls}
    cube.delete(premise, erase=True)
    (reason,) = doubt_of(cube.get(conclusion).info)
    assert reason.why == "erased"
    everything = str(cube.get(conclusion)) + str(cube.history())
    assert "Zebedaeus" not in everything and "submarine" not in everything


def test_impact_writes_nothing_and_names_what_it_can_t_find(cube: CubeHandle) -> None:
    premise = told(cube, "The bridge is closed.")
    conclusion = told(cube, "Deliveries go over Villach.", premise)
    before = cube.history()
    (fall,) = cube.impact(premise)
    assert (fall.id, fall.what, fall.because, fall.why) == (conclusion, "doubt", (premise,), "retired")
    assert cube.history() == before and paths(cube, conclusion) == []
    with pytest.raises(NotFound, match="nobody"):
        cube.impact("nobody")
    with pytest.raises(Invalid):
        cube.impact()


def test_a_change_of_state_alone_that_keeps_a_fact_true_fells_nothing(cube: CubeHandle) -> None:
    premise = told(cube, "The bridge is closed.")
    conclusion = told(cube, "Deliveries go over Villach.", premise)
    context, head = cube._context, cube.get(premise)
    apply_delta(context, Delta(id="idle", cube="court", at=context.clock(), operations=(
        PatchNode(id=premise, expects=head.version, set={"status": "archived"}),)))  # fmt: skip
    assert paths(cube, conclusion) == []


def test_a_policy_of_another_name_is_refused(cube: CubeHandle) -> None:
    with pytest.raises(Invalid, match="doubt, retire, keep"):
        cube.set_cascade("forget")


def test_a_summary_is_made_again_without_what_fell_and_says_why(cube: CubeHandle) -> None:
    members = [told(cube, text) for text in ("Ana rows on the river.", "Ben sails on the lake.", "Cora swims far.")]
    at = cube._context.clock()
    summary = Node(id="sum", cube="court", kind="Summary", text="Ana rows, Ben sails.", created_at=at, updated_at=at)
    cube.put([summary], [make_edge("court", "PARENT", member, "sum", created_at=at) for member in members])
    after = told(cube, "They like water.", "sum")
    assert [(fall.id, fall.what) for fall in cube.impact(members[1])] == [("sum", "remake"), (after, "doubt")]
    cube.delete(members[1])
    head = cube.get("sum")
    assert "Ben" not in head.text and "Ana" in head.text
    assert head.info["remade_because"] == {"since": cube.history()[-1].at.isoformat(), "because": [members[1]]}
    assert paths(cube, after) == [("sum", members[1])]


def test_a_conclusion_that_changes_meanwhile_makes_the_deletion_a_conflict_and_a_retry_succeeds(
    cube: CubeHandle,
) -> None:
    premise = told(cube, "The bridge is closed.")
    conclusion = told(cube, "Deliveries go over Villach.", premise)
    context, store = cube._context, cube._context.store
    delta = Delta(id="late", cube="court", at=context.clock(), operations=(RetireNode(id=premise),))
    reckoned = with_fallout(context, delta)
    cube.update(conclusion, tags=("road",))
    with pytest.raises(Conflict, match=conclusion):
        store.apply(reckoned)
    assert cube.get(premise) and paths(cube, conclusion) == []
    cube.delete(premise)
    assert paths(cube, conclusion) == [(premise,)] and cube.get(conclusion).tags == ("road",)


def test_new_things_cost_no_reading(cube: CubeHandle, monkeypatch: pytest.MonkeyPatch) -> None:
    at, store = cube._context.clock(), cube._context.store
    node = Node(id="new", cube="court", kind="LongTermMemory", text="New.", created_at=at, updated_at=at)
    delta = Delta(id="puts", cube="court", at=at, operations=(PutNode(node=node),))
    for verb in ("get", "edges", "count", "cubes"):
        monkeypatch.setattr(type(store), verb, lambda *_, **__: pytest.fail("it was read"))
    assert with_fallout(cube._context, delta) is delta
