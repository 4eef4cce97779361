"""Filters are read strictly and mean what they say."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memos_graph.model.errors import Invalid
from memos_graph.model.filter import (
    ALIASES,
    FIELDS,
    INFO_NAMES,
    MAX_CONDITIONS,
    MAX_DEPTH,
    OPERATORS,
    And,
    BySource,
    Or,
    Where,
    all_of,
    compare,
    field_name,
    matches,
    parse_filter,
    parse_sources,
)
from memos_graph.model.graph import Node

QUICK = settings(max_examples=50, deadline=None)
NOW = datetime(2025, 1, 1, tzinfo=UTC)
ANYTHING: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.text(max_size=5) | st.sampled_from((*FIELDS, *OPERATORS, "and", "or", "info.x")), inner, max_size=2
        )
    ),
    max_leaves=8,
)


def node(**fields: Any) -> Node:
    return Node(**{"id": "n", "cube": "c", "kind": "Passage", "created_at": NOW, "updated_at": NOW, **fields})


@QUICK
@given(ANYTHING)
def test_any_json_is_either_a_filter_that_can_be_asked_or_invalid(tree: Any) -> None:
    try:
        parsed = parse_filter(tree)
    except Invalid:
        return
    assert matches(parsed, node(text="valve", info={"x": 1})) in (True, False)


@pytest.mark.parametrize(
    ("tree", "wanted"),
    [
        ({"kind": "Passage"}, Where("kind", "eq", "Passage")),
        ({"memory_type": "Passage"}, Where("kind", "eq", "Passage")),
        ({"user_id": "u"}, Where("info.user_id", "eq", "u")),
        ({"info.x": {"=": 1}}, Where("info.x", "eq", 1)),
        ({"confidence": {"gte": 1}}, Where("confidence", "gte", 1)),
        ({"confidence": {"gte": 1, "lt": 2}}, And((Where("confidence", "gte", 1), Where("confidence", "lt", 2)))),
        ({"kind": "A", "id": "b"}, And((Where("kind", "eq", "A"), Where("id", "eq", "b")))),
        ({"or": [{"id": "a"}, {"id": "b"}]}, Or((Where("id", "eq", "a"), Where("id", "eq", "b")))),
        ({"AND": [{"id": "a"}]}, And((Where("id", "eq", "a"),))),
        ({"id": {"in": ["a", "b"]}}, Where("id", "in", ("a", "b"))),
        ({"create_time": {"gt": "2025-01-01"}}, Where("created_at", "gt", NOW)),
        ({"created_at": {"gt": "2025-01-01T01:00:00+01:00"}}, Where("created_at", "gt", NOW)),
        ({"tags": {"contains": "a"}}, Where("tags", "contains", "a")),
    ],
)
def test_a_tree_is_read_as_its_conditions(tree: object, wanted: object) -> None:
    assert parse_filter(tree) == wanted


@pytest.mark.parametrize(
    ("tree", "named"),
    [
        ({"colour": "red"}, "colour"),
        ({"info": 1}, "info"),
        ({"info.": 1}, "info."),
        ({"vectors": 1}, "vectors"),
        ({"kind": {"is": "A"}}, "is"),
        ({"kind": {}}, "kind"),
        ({"kind": None}, "kind"),
        ({"kind": 5}, "kind"),
        ({"kind": {"in": []}}, "kind"),
        ({"kind": {"in": "Passage"}}, "kind"),
        ({"id": {"in": ["a", 5]}}, "id"),
        ({"confidence": "high"}, "confidence"),
        ({"confidence": True}, "confidence"),
        ({"confidence": {"like": "1*"}}, "confidence"),
        ({"tags": "a"}, "tags"),
        ({"tags": {"contains": 5}}, "tags"),
        ({"created_at": "yesterday"}, "created_at"),
        ({"created_at": {"contains": "2025"}}, "created_at"),
        ({"created_at": 5}, "created_at"),
        ({"info.x": {"like": 5}}, "info.x"),
        ({"info.x": {"eq": [1]}}, "info.x"),
        ({"and": []}, "and"),
        ({"or": {"id": "a"}}, "or"),
        ({"not": [{"id": "a"}]}, "not"),
        ({}, "filter"),
        ([], "filter"),
        (None, "filter"),
        ("kind", "filter"),
        ({"or": [{"id": "a"}, {}]}, "filter"),
    ],
)
def test_what_can_not_be_read_is_an_error_that_names_it(tree: object, named: str) -> None:
    with pytest.raises(Invalid, match=named.replace(".", "[.]")):
        parse_filter(tree)


def test_a_filter_for_each_source_holds_for_cubes_of_that_class() -> None:
    read = parse_sources({"user": {"and": [{"scene": "chat"}]}, "knowledgebase": {"tags": {"contains": "a"}}})
    assert isinstance(read, BySource)
    assert read.of("user") == And((Where("info.scene", "eq", "chat"),))
    assert read.of("knowledgebase") == Where("tags", "contains", "a")
    assert read.of("public") is None
    assert parse_sources({"scene": "chat"}) == Where("info.scene", "eq", "chat")


@pytest.mark.parametrize(
    "tree",
    [
        {"user": {"scene": "a"}, "and": [{"scene": "a"}]}, {"user": {"scene": "a"}, "scene": "a"}, {"user": {}},
        {"user": None}, {"public": [{"scene": "a"}]}, {"user": {"knowledgebase": {"scene": "a"}}}, {}, None,
        {"and": [{"user": {"scene": "a"}}]}, {"users": {"scene": "a"}}, {"user": {"user": {"scene": "a"}}},
    ],
)  # fmt: skip
def test_one_filter_for_all_beside_one_for_a_source_is_an_error(tree: object) -> None:
    with pytest.raises(Invalid, match="filter"):
        parse_sources(tree)


@QUICK
@given(ANYTHING)
def test_any_json_is_a_filter_for_all_or_for_sources_or_invalid(tree: Any) -> None:
    try:
        read = parse_sources({"user": tree})
    except Invalid:
        return
    assert isinstance(read, BySource) and read.user == parse_filter(tree)


def test_all_of_joins_what_there_is() -> None:
    one, other = Where("id", "eq", "a"), Where("id", "eq", "b")
    assert all_of(None, None) is all_of() is None
    assert all_of(None, one) is one
    assert all_of(one, None, other) == And((one, other))


def test_info_is_named_by_what_is_in_it() -> None:
    with pytest.raises(Invalid, match=r"info\.NAME"):
        parse_filter({"info": {"scene": "chat"}})


def test_a_filter_is_bounded_in_depth_and_size() -> None:
    deep: object = {"id": "a"}
    for _ in range(MAX_DEPTH + 1):
        deep = {"and": [deep]}
    for tree in (deep, {"or": [{"id": str(number)} for number in range(MAX_CONDITIONS + 1)]}):
        with pytest.raises(Invalid):
            parse_filter(tree)
    assert parse_filter({"or": [{"id": str(number)} for number in range(MAX_CONDITIONS)]})


def test_every_name_in_the_tables_is_a_field() -> None:
    for name in (*FIELDS, *INFO_NAMES, *ALIASES):
        assert field_name(field_name(name)) == field_name(name)


@pytest.mark.parametrize(
    ("stored", "op", "wanted", "holds"),
    [
        (1, "eq", 1.0, True), (1, "eq", True, False), (1, "eq", "1", False), (True, "eq", True, True),
        (None, "eq", "", False), ("b", "gt", "a", True), ("a", "gte", "a", True), ("a", "lt", "B", False),
        (2, "gt", "1", False), (True, "gt", False, False), ("valve", "contains", "alv", True),
        ("Valve", "contains", "valve", False), ("valve", "contains", "", True), (["a", 1], "contains", 1, True),
        (["a", 1], "contains", True, False), (["ab"], "contains", "a", False), ({"a": 1}, "contains", "a", False),
        (5, "contains", 5, False), ("a", "in", ("b", "a"), True), (1, "in", (True, "1"), False),
        ("Valve", "like", "val*", True), ("valve", "like", "val", False), ("valve", "like", "v?lve", True),
        ("[v]", "like", "[V]", True), ("v", "like", "[v]", False), ("a\nb", "like", "a*b", True),
        ("a.b", "like", "a?b", True), ("axb", "like", "a.b", False), ("", "like", "*", True),
        ("!x", "like", "[!x]", False), (5, "like", "*", False),
    ],
)  # fmt: skip
def test_a_comparison_holds_or_not(stored: Any, op: Any, wanted: Any, holds: bool) -> None:
    assert compare(stored, op, wanted) is holds


@QUICK
@given(st.text(max_size=10))
def test_like_without_wildcards_is_equality_but_for_case(text: str) -> None:
    if "*" not in text and "?" not in text:
        assert compare(text, "like", text)
        assert not compare(text + "x", "like", text)


def test_and_needs_all_or_needs_one_and_nothing_is_always_met() -> None:
    one, two = Where("id", "eq", "n"), Where("id", "eq", "other")
    assert matches(And((one, one)), node())
    assert not matches(And((one, two)), node())
    assert matches(Or((two, one)), node())
    assert not matches(Or((two,)), node())
    assert matches(None, node())
