"""Running policies over a cube: told first, done for good, gone on with after a stop."""

from __future__ import annotations

from dataclasses import replace

import pytest

from memos_graph.app import CubeHandle, Graph
from memos_graph.engines.policies import Policies
from memos_graph.model.delta import Delta, Receipt
from memos_graph.model.errors import Conflict, Invalid, NotFound
from memos_graph.model.graph import Node
from memos_graph.services.lifecycle import tidy as tidying
from tests.services.conftest import Clock

ONE = Policies(idle_days={}, capacity={"LongTermMemory": 1})
IDLE = Policies(idle_days={"LongTermMemory": 90}, capacity={})


@pytest.fixture
def cube(graph: Graph) -> CubeHandle:
    return graph.cube("people")


@pytest.fixture
def three(cube: CubeHandle) -> list[str]:
    return [cube.add(text).ids[0] for text in ("Ana lives in Porto.", "Ben lives in Riga.", "Cleo lives in Oslo.")]


def states(cube: CubeHandle, ids: list[str]) -> list[str]:
    return [node.status for node in cube.get_many(ids)]


def test_a_dry_run_tells_what_a_run_then_does_and_writes_nothing(cube: CubeHandle, three: list[str]) -> None:
    before = cube.history()
    told = cube.tidy(ONE)
    assert (cube.history(), told.wrote) == (before, 0)
    done = cube.tidy(ONE, dry_run=False)
    assert done.decided == told.decided
    assert [each.id for each in done.decided] == three[:2]
    assert states(cube, three) == ["archived", "archived", "activated"]
    (change,) = cube.history()[len(before) :]
    assert (change.reason, change.actor) == ("tidy: evicted: more than 1 LongTermMemory", "user")


def test_a_second_run_right_after_writes_nothing(cube: CubeHandle, three: list[str]) -> None:
    cube.use(three[0])
    cube.tidy(ONE, dry_run=False)
    before = cube.history()
    again = cube.tidy(ONE, dry_run=False)
    assert (again.decided, again.receipts, cube.history()) == ((), (), before)
    assert states(cube, three) == ["activated", "archived", "archived"]


def test_what_nothing_used_is_archived_and_a_restored_one_is_not_archived_again(
    cube: CubeHandle, three: list[str], clock: Clock
) -> None:
    clock.skip(days=89)
    cube.use(three[0], by="search")
    clock.skip(days=2)
    cube.tidy(IDLE, dry_run=False)
    assert states(cube, three) == ["activated", "archived", "archived"]
    cube.restore(three[1])
    cube.tidy(IDLE, dry_run=False)
    assert states(cube, three) == ["activated", "activated", "archived"]
    assert [hit.id for hit in cube.search("who lives in Oslo?", include_archived=True)][:1] == [three[2]]


def test_frozen_memories_stand_every_policy(cube: CubeHandle, three: list[str], clock: Clock) -> None:
    cube.freeze(three)
    clock.skip(days=4000)
    policies = Policies(ttl_days={"LongTermMemory": 1}, capacity={"LongTermMemory": 0})
    assert cube.tidy(policies, dry_run=False).decided == ()
    assert states(cube, three) == ["frozen"] * 3


def test_a_memory_past_its_time_to_live_leaves_a_record_without_its_words(
    cube: CubeHandle, three: list[str], clock: Clock
) -> None:
    cube.update(three[0], info={"ttl_days": 3})
    clock.skip(days=4)
    done = cube.tidy(dry_run=False)
    assert [(each.id, each.event, each.to) for each in done.decided] == [(three[0], "ttl_passed", "expired")]
    with pytest.raises(NotFound, match="expired"):
        cube.get(three[0])
    assert not any("Porto" in node.text for node in _everything(cube))
    assert cube.tidy(dry_run=False).decided == ()


def _everything(cube: CubeHandle) -> tuple[Node, ...]:
    return cube._context.store.scan(cube.scope(states=None)).nodes


def test_a_clock_that_went_backwards_is_told_and_nothing_is_done(
    cube: CubeHandle, three: list[str], clock: Clock
) -> None:
    clock.skip(days=-3)
    before = cube.history()
    with pytest.raises(Invalid, match="set the clock"):
        cube.tidy(ONE, dry_run=False)
    assert (cube.history(), states(cube, three)) == (before, ["activated"] * 3)


def test_a_run_that_is_stopped_goes_on_with_the_next(
    cube: CubeHandle, three: list[str], clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tidying, "_BATCH", 1)
    clock.skip(days=91)
    store, apply, left = cube._context.store, cube._context.store.apply, iter([True])

    def apply_once(delta: Delta) -> Receipt:
        if next(left, False):
            return apply(delta)
        raise KeyboardInterrupt

    monkeypatch.setattr(store, "apply", apply_once)
    with pytest.raises(KeyboardInterrupt):
        cube.tidy(IDLE, dry_run=False)
    monkeypatch.setattr(store, "apply", apply)
    assert sorted(states(cube, three)) == ["activated", "activated", "archived"]
    assert len(cube.tidy(IDLE, dry_run=False).receipts) == 2
    assert states(cube, three) == ["archived"] * 3


def test_what_another_writer_changes_meanwhile_is_passed_over_and_named(
    cube: CubeHandle, three: list[str], clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock.skip(days=91)
    store, apply = cube._context.store, cube._context.store.apply
    meddling = iter([True])

    def apply_late(delta: Delta) -> Receipt:
        if delta.reason.startswith("tidy") and next(meddling, False):
            cube.freeze(three[1])
        return apply(delta)

    monkeypatch.setattr(store, "apply", apply_late)
    done = cube.tidy(IDLE, dry_run=False)
    assert done.passed_over == (three[1],)
    assert {each.id for each in done.decided} == {three[0], three[2]}
    assert states(cube, three) == ["archived", "frozen", "archived"]


def test_a_store_that_always_answers_with_a_conflict_ends_the_run_with_it(
    cube: CubeHandle, three: list[str], clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock.skip(days=91)

    def refuse(delta: Delta) -> Receipt:
        raise Conflict("people", {"somebody": 1}, {"somebody": 2})

    monkeypatch.setattr(cube._context.store, "apply", refuse)
    with pytest.raises(Conflict):
        cube.tidy(IDLE, dry_run=False)


def test_policies_are_kept_with_their_cube(graph: Graph, cube: CubeHandle, three: list[str]) -> None:
    assert cube.policies == Policies()
    cube.keep_policies(ONE)
    assert cube.policies == ONE
    assert graph.cube("others").policies == Policies()
    assert cube.tidy().counts == {"evicted": 2}
    assert cube.tidy(Policies()).counts == {}


def test_kept_policies_that_someone_spoilt_are_refused_by_name(cube: CubeHandle) -> None:
    store = cube._context.store
    (record,) = store.cubes()
    store.replace_cube(replace(record, settings={**record.settings, "policies": {"idle_days": {"Note": "soon"}}}))
    with pytest.raises(Invalid, match=r"idle_days\.Note"):
        cube.tidy()


def test_tidying_leaves_the_past_as_it_was(cube: CubeHandle, three: list[str], clock: Clock) -> None:
    then = clock.skip(days=1)
    clock.skip(days=91)
    cube.tidy(IDLE, dry_run=False)
    assert cube.search("who lives in Porto?") == ()
    was = cube.search("who lives in Porto?", as_of=then, include_archived=True)
    assert [hit.id for hit in was][:1] == three[:1]


def test_tidying_puts_the_cube_in_order_too_where_its_policies_ask_for_it(cube: CubeHandle) -> None:
    for text in ("The lock gate at the east basin closes at nine.", "the lock gate at the East Basin closes at nine!"):
        cube.add(text)
    policies = Policies(idle_days={}, organise=True)
    told = cube.tidy(policies)
    assert told.organised is not None and len(told.organised.merged) == 1
    cube.keep_policies(policies)
    done = cube.tidy(dry_run=False)
    assert done.organised is not None and done.organised.merged == told.organised.merged
    before = cube.history()
    cube.tidy(dry_run=False)
    assert cube.history() == before
