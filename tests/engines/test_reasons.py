"""Why a Scope or a filter leaves a memory out."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import HealthCheck, given, settings

from memos_graph.engines.reasons import hidden_by, unmet
from memos_graph.model.filter import Filter, matches, parse_filter
from memos_graph.model.graph import Cube, Node
from memos_graph.model.scope import Scope
from memos_graph.testing.bench import day
from memos_graph.testing.strategies import filters, nodes, scopes

UNHURRIED = settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])
CUBE = Cube(id="one", created_at=day(0))
NOTE = Node(
    id="n",
    cube="c",
    kind="Note",
    text="Valve",
    created_at=day(1),
    updated_at=day(1),
    valid_from=day(1),
    valid_to=day(3),
)


@UNHURRIED
@given(scopes(("one", "two")), nodes(CUBE, "a"))
def test_a_memory_is_hidden_for_a_reason_exactly_when_the_scope_does_not_see_it(scope: Scope, node: Node) -> None:
    assert (hidden_by(scope, node) == ()) is scope.sees(node)


@UNHURRIED
@given(filters(), nodes(CUBE, "a"))
def test_a_memory_fails_a_condition_exactly_when_it_does_not_match(condition: Filter | None, node: Node) -> None:
    assert (unmet(condition, node) == ()) is matches(condition, node)


def test_a_time_missed_by_two_days_says_so() -> None:
    (late,) = hidden_by(Scope(cubes=("c",), as_of=day(5)), NOTE)
    assert (late.field, late.seconds_off) == ("valid_to", 2 * 86400)
    (early,) = hidden_by(Scope(cubes=("c",), known_at=day(0)), replace(NOTE, valid_from=None, valid_to=None))
    assert (early.field, early.seconds_off) == ("updated_at", 86400)


def test_every_alternative_that_fails_is_named_and_none_that_holds() -> None:
    either = parse_filter({"or": [{"text": "Pump"}, {"kind": {"in": ["Image", "Table"]}}]})
    assert [(why.field, why.found) for why in unmet(either, NOTE)] == [("text", "Valve"), ("kind", "Note")]
    both = parse_filter({"and": [{"text": "Valve"}, {"info.team": "north"}]})
    assert [(why.field, why.asked, why.found) for why in unmet(both, NOTE)] == [("info.team", "eq north", None)]
    assert unmet(None, NOTE) == ()
