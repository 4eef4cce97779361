"""What policies decide: no store here."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memos_graph.engines.policies import Decision, Policies, Row, decide, read_policies, row_of
from memos_graph.engines.usage import used
from memos_graph.model.errors import Invalid
from memos_graph.model.graph import Node
from memos_graph.model.lifecycle import legal

START = datetime(2025, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
NONE = Policies(idle_days={}, capacity={})


def memory(identity: str = "m", **fields: Any) -> Node:
    given: dict[str, Any] = {"cube": "c", "kind": "Note", "created_at": START, "updated_at": START} | fields
    return Node(id=identity, **given)


def told(policies: Policies, at: datetime, *nodes: Node) -> dict[str, str]:
    return {each.id: each.event for each in decide([row_of(node) for node in nodes], policies, at)}


def test_a_memory_goes_idle_on_the_day_and_not_a_moment_before() -> None:
    policies = replace(NONE, idle_days={"Note": 2})
    moment = timedelta(microseconds=1)
    assert told(policies, START + 2 * DAY - moment, memory()) == {}
    assert told(policies, START + 2 * DAY, memory()) == {"m": "idle"}
    assert told(policies, START + 2 * DAY, memory(kind="Passage")) == {}


def test_a_use_and_an_update_each_put_idleness_off() -> None:
    policies = replace(NONE, idle_days={"Note": 2})
    at = START + 10 * DAY
    assert told(policies, at, memory(usage=used((), START + 9 * DAY, "search"))) == {}
    assert told(policies, at, memory(updated_at=START + 9 * DAY)) == {}


def test_the_longest_unused_are_evicted_and_just_as_many_as_are_too_many() -> None:
    policies = replace(NONE, capacity={"Note": 2})
    notes = [memory(f"m{n}", created_at=START + n * DAY, updated_at=START + n * DAY) for n in range(4)]
    notes[0] = replace(notes[0], usage=used((), START + 9 * DAY, "search"))
    assert told(policies, START + 10 * DAY, *notes) == {"m1": "evicted", "m2": "evicted"}


def test_frozen_memories_take_room_and_never_go() -> None:
    policies = replace(NONE, capacity={"Note": 1}, idle_days={"Note": 1}, ttl_days={"Note": 1})
    frozen = [memory(f"f{n}", status="frozen") for n in range(3)]
    assert told(replace(policies, ttl_days={}, idle_days={}), START, *frozen, memory()) == {"m": "evicted"}
    assert told(policies, START + 10 * DAY, *frozen) == {}


def test_a_memory_s_own_time_to_live_wins_over_its_kind_s() -> None:
    policies = replace(NONE, ttl_days={"Note": 5})
    at = START + 5 * DAY
    assert told(policies, at, memory()) == {"m": "ttl_passed"}
    assert told(policies, at, memory(info={"ttl_days": 9})) == {}
    assert told(NONE, at, memory(info={"ttl_days": 0.5}, status="archived")) == {"m": "ttl_passed"}


@pytest.mark.parametrize("value", ["3", True, -1, 0, float("nan"), float("inf"), 10**400, [1], {"a": 1}, None])
def test_a_time_to_live_that_is_none_is_no_reason_to_forget(value: Any) -> None:
    assert told(NONE, START + 1000 * DAY, memory(info={"ttl_days": value})) == {}


def test_enough_uses_make_a_generated_memory_active_and_one_that_goes_is_not_made_active_first() -> None:
    usage = used(used((), START, "a"), START, "b")
    node = memory(status="generated", usage=usage)
    assert told(replace(NONE, scheduled_uses=2), START, node) == {"m": "scheduled"}
    assert told(replace(NONE, scheduled_uses=3), START, node) == {}
    assert told(replace(NONE, scheduled_uses=2, capacity={"Note": 0}), START, node) == {"m": "evicted"}


def test_a_snapshot_that_a_head_left_is_never_decided_on() -> None:
    policies = replace(NONE, ttl_days={"Note": 1})
    at = START + 2 * DAY
    assert told(policies, at, memory(), memory("m@3", status="archived"), memory("m@3~", status="archived")) == {
        "m": "ttl_passed"
    }
    assert told(policies, at, memory("order@5")) == {"order@5": "ttl_passed"}


def test_a_clock_that_went_backwards_is_told_with_both_times_and_decides_nothing() -> None:
    with pytest.raises(Invalid, match=r"2025-01-01.*2025-01-05"):
        told(Policies(), START, memory(), memory("late", updated_at=START + 4 * DAY))


@pytest.mark.parametrize(
    "given",
    [
        {"idle_days": {"Note": 0}}, {"idle_days": {"Note": True}}, {"idle_days": {"no kind": 1}}, {"idle_days": 3},
        {"ttl_days": {"Note": float("nan")}}, {"capacity": {"Note": -1}}, {"capacity": {"Note": 1.5}},
        {"scheduled_uses": "3"}, {"colour": {}}, [], "x", {1: 2}, {"capacity": {"Note": 10**400}},
    ],
)  # fmt: skip
def test_policies_that_can_t_be_are_refused(given: Any) -> None:
    with pytest.raises(Invalid):
        read_policies(given)


def test_policies_come_back_from_a_cube_s_settings_as_they_went_in() -> None:
    policies = Policies(idle_days={"Note": 1.5}, ttl_days={"Passage": 9}, capacity={"Note": 3}, scheduled_uses=0)
    assert read_policies(policies.to_json()) == policies
    assert read_policies({}) == Policies()


_ROWS = st.lists(
    st.builds(
        Row, id=st.integers(0, 40).map("m{}".format), kind=st.sampled_from(["Note", "Task"]),
        state=st.sampled_from(["generated", "activated", "merged", "archived", "frozen"]), version=st.integers(1, 9),
        created=st.integers(0, 10**13), updated=st.just(0), used=st.integers(0, 10**13), uses=st.integers(0, 5),
        ttl=st.none() | st.floats(0.1, 200),
    ),
    max_size=40, unique_by=lambda row: row.id,
)  # fmt: skip
_POLICIES = st.builds(
    Policies, idle_days=st.dictionaries(st.just("Note"), st.floats(0.1, 200)), scheduled_uses=st.integers(0, 5),
    ttl_days=st.dictionaries(st.just("Task"), st.floats(0.1, 200)),
    capacity=st.dictionaries(st.sampled_from(["Note", "Task"]), st.integers(0, 20)),
)  # fmt: skip


@given(rows=_ROWS, policies=_POLICIES)
def test_what_is_decided_is_legal_within_capacity_and_done_in_one_go(rows: list[Row], policies: Policies) -> None:
    at = datetime(1970, 6, 1, tzinfo=UTC)
    decided = {each.id: each for each in decide(rows, policies, at)}
    after = [_after(row, decided.get(row.id)) for row in rows]
    for row in rows:
        assert row.id not in decided or decided[row.id].event in legal(row.state)
    for kind, room in policies.capacity.items():
        held = [row for row in after if row.kind == kind and row.state in ("generated", "activated")]
        frozen = [row for row in after if row.kind == kind and row.state == "frozen"]
        assert len(held) <= max(0, room - len(frozen))
    left = [row for row in after if row.state != "expired"]
    assert decide(left, policies, at) == ()


def _after(row: Row, decision: Decision | None) -> Row:
    if decision is None:
        return row
    return Row(row.id, row.kind, decision.to, row.version + 1, row.created, row.updated, row.used, row.uses, row.ttl)
