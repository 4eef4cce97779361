"""A Scope is checked when it is made, and sees what its fields say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memos_graph.model.errors import Invalid
from memos_graph.model.graph import Node, make_edge
from memos_graph.model.scope import Scope, everything

QUICK = settings(max_examples=50, deadline=None)
NOW = datetime(2025, 1, 1, tzinfo=UTC)
TIMES = st.integers(0, 6).map(lambda days: NOW + timedelta(days=days))


def node(**fields: Any) -> Node:
    return Node(**{"id": "n", "cube": "c", "kind": "Passage", "created_at": NOW, "updated_at": NOW, **fields})


@pytest.mark.parametrize("cubes", [(), ("a", "a"), ("",), ("a/b",), ("../a",), (".a",), ("é",), ("a" * 129,)])
def test_a_scope_names_real_cubes_and_each_once(cubes: tuple[str, ...]) -> None:
    with pytest.raises(Invalid):
        Scope(cubes=cubes)


@pytest.mark.parametrize("name", ["as_of", "current_at", "known_at"])
def test_a_time_without_a_zone_is_refused_by_name(name: str) -> None:
    with pytest.raises(Invalid, match=name):
        Scope(cubes=("c",), **{name: datetime(2025, 1, 1)})  # type: ignore[arg-type]


@QUICK
@given(TIMES, TIMES, st.none() | TIMES, TIMES)
def test_at_any_instant_exactly_one_of_two_adjoining_versions_is_known(
    first: datetime, second: datetime, end: datetime | None, at: datetime
) -> None:
    first, second = sorted((first, second))
    if first == second or (end is not None and end < second):
        return
    versions = (node(updated_at=first, retired_at=second), node(updated_at=second, retired_at=end))
    seen = sum(Scope(cubes=("c",), known_at=at).sees(version) for version in versions)
    assert seen == (1 if at >= first and (end is None or at < end) else 0)


@QUICK
@given(st.none() | TIMES, st.none() | TIMES, TIMES)
def test_nodes_and_edges_are_true_at_the_same_instants(
    start: datetime | None, end: datetime | None, at: datetime
) -> None:
    if start is not None and end is not None and end < start:
        return
    timed = node(valid_from=start, valid_to=end)
    edge = make_edge("c", "CAUSES", "a", "b", created_at=NOW, valid_from=start, valid_to=end)
    for scope in (Scope(cubes=("c",), as_of=at), Scope(cubes=("c",), current_at=at)):
        assert scope.sees(timed) == scope.sees_edge(edge)


@QUICK
@given(st.none() | TIMES, st.none() | TIMES, TIMES)
def test_what_is_true_now_is_current_now(start: datetime | None, end: datetime | None, at: datetime) -> None:
    if start is not None and end is not None and end < start:
        return
    timed = node(valid_from=start, valid_to=end)
    assert Scope(cubes=("c",), current_at=at).sees(timed) or not Scope(cubes=("c",), as_of=at).sees(timed)


def test_everything_sees_retired_deleted_and_ended_nodes_of_its_cubes_alone() -> None:
    gone = node(status="deleted", retired_at=NOW, valid_to=NOW)
    assert everything("c").sees(gone)
    assert not everything("d").sees(gone)


def test_a_scope_narrowed_to_a_cube_keeps_the_rest() -> None:
    scope = Scope(cubes=("a", "b"), as_of=NOW, known_at=NOW, states=frozenset({"merged"}), retired=True)
    assert scope.of("b") == Scope(cubes=("b",), as_of=NOW, known_at=NOW, states=frozenset({"merged"}), retired=True)
