"""The table of states: complete, closed, and the page that is made from it."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from memos_graph.model.errors import IllegalTransition
from memos_graph.model.graph import LIVE, STATUSES, Node
from memos_graph.model.lifecycle import EVENTS, MEANINGS, TABLE, leading, legal, state_of, step

ROOT = Path(__file__).parents[2]
AT = datetime(2025, 1, 1, tzinfo=UTC)


def test_a_state_and_an_event_lead_to_one_state_only() -> None:
    assert len({(row.state, row.event) for row in TABLE}) == len(TABLE)


def test_every_state_and_every_event_of_the_model_is_in_the_table() -> None:
    assert {row.state for row in TABLE} == set(STATUSES) == {each.state for each in MEANINGS}
    assert {row.event for row in TABLE} == set(EVENTS)
    assert {row.to for row in TABLE} - {None} <= set(STATUSES)


def test_search_shows_by_default_what_the_table_says_it_does() -> None:
    assert {each.state for each in MEANINGS if each.search} == LIVE


def test_whatever_is_not_erased_can_be_erased_and_only_then_is_nothing_left() -> None:
    for state in STATUSES:
        assert "erased" in legal(state)
    assert all((row.to is None) == (row.event == "erased") for row in TABLE)


def test_no_policy_reaches_a_frozen_memory() -> None:
    assert set(legal("frozen")).isdisjoint({"idle", "evicted", "ttl_passed", "merged", "scheduled", "archived"})
    assert all(row.guard for row in TABLE if row.state == "frozen" and row.event not in ("used", "thawed"))


@pytest.mark.parametrize("state", STATUSES)
def test_an_event_that_the_table_does_not_have_is_refused_with_those_it_has(state: str) -> None:
    for event in set(EVENTS) - set(legal(state)):  # type: ignore[arg-type]
        with pytest.raises(IllegalTransition) as told:
            step("m", state, event)  # type: ignore[arg-type]
        assert told.value.legal == legal(state)  # type: ignore[arg-type]


def test_a_hand_leads_only_where_the_table_leads() -> None:
    for state in STATUSES:
        for to in STATUSES:
            event = leading(state, to)
            assert event is None or step("m", state, event).to in (to, "activated")
    assert leading("activated", "expired") is None
    assert leading("activated", "merged") is None
    assert leading("frozen", "archived") == "thawed"


def test_a_retired_node_is_deleted_whatever_its_status_says() -> None:
    node = Node(id="m", cube="c", kind="Note", created_at=AT, updated_at=AT, retired_at=AT, status="frozen")
    assert state_of(node) == "deleted"


def test_the_page_says_what_the_table_says() -> None:
    ran = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "lifecycle_doc.py"), "--check"], capture_output=True, text=True, cwd=ROOT
    )
    assert ran.returncode == 0, ran.stderr
