"""Nodes, edges, cubes, Deltas and vectors refuse what they can't be; ids of edges follow from their ends."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memos_graph.model.delta import (
    Delta,
    EraseEdge,
    EraseNode,
    Operation,
    PatchEdge,
    PatchNode,
    PutEdge,
    PutNode,
    RetireNode,
    same_content,
)
from memos_graph.model.errors import DimensionMismatch, Invalid
from memos_graph.model.graph import MAX_ID, Cube, Node, VectorSpace, check_cube_id, edge_id, make_edge
from memos_graph.model.kinds import EDGE_KINDS, NODE_KINDS, edge_kind, node_kind
from memos_graph.model.times import from_micros, parse_time, to_micros
from memos_graph.model.vectors import check_vector

QUICK = settings(max_examples=50, deadline=None)
NOW = datetime(2025, 1, 1, tzinfo=UTC)
ENDS = st.tuples(*(st.text(max_size=8) for _ in range(5)))


def node(**fields: Any) -> Node:
    return Node(**{"id": "n", "cube": "c", "kind": "Passage", "created_at": NOW, "updated_at": NOW, **fields})


# --- edge ids


@QUICK
@given(ENDS, ENDS)
def test_edges_share_an_id_only_when_all_their_parts_are_equal(one: Any, two: Any) -> None:
    if "\x1f" not in "".join((*one, *two)):
        assert (edge_id(*one) == edge_id(*two)) == (one == two)


def test_an_edge_id_never_changes_between_releases() -> None:
    assert edge_id("c", "CAUSES", "a", "b") == "e_5e77ea7301ecb09b7f58dd463f8d55ec"


def test_an_edge_leads_one_way() -> None:
    assert edge_id("c", "CAUSES", "a", "b") != edge_id("c", "CAUSES", "b", "a")


def test_a_made_edge_has_the_id_of_its_parts() -> None:
    edge = make_edge("c", "CAUSES", "a", "b", discriminator="x", created_at=NOW, weight=2)
    assert edge.id == edge_id("c", "CAUSES", "a", "b", "x")


# --- what a node, an edge or a cube can't be


@pytest.mark.parametrize(
    "fields",
    [
        {"id": ""}, {"id": " a"}, {"id": "a\n"}, {"id": "a\x00b"}, {"id": "x" * (MAX_ID + 1)}, {"id": "\ud800"},
        {"kind": "passage"}, {"kind": "My Kind"}, {"kind": "Memory"}, {"kind": "É"}, {"kind": "A" * 64}, {"kind": "A`"},
        {"text": "\ud800"}, {"key": "a\udfff"}, {"status": "lost"}, {"confidence": -0.1}, {"confidence": 100.1},
        {"confidence": float("nan")}, {"valid_from": NOW, "valid_to": NOW - timedelta(microseconds=1)},
    ],
)  # fmt: skip
def test_a_node_that_can_not_be_kept_is_not_made(fields: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        node(**fields)


@pytest.mark.parametrize("weight", [float("nan"), float("inf"), -float("inf")])
def test_an_edge_weight_is_finite(weight: float) -> None:
    with pytest.raises(Invalid):
        make_edge("c", "CAUSES", "a", "b", created_at=NOW, weight=weight)


@pytest.mark.parametrize("kind", ["causes", "A B", "1A", "_A", "A-B", "", "A" * 64, "É", "A]->()"])
def test_an_edge_kind_that_could_be_read_as_query_language_is_refused(kind: str) -> None:
    with pytest.raises(Invalid):
        edge_kind(kind)


def test_the_kinds_in_the_tables_are_kinds() -> None:
    assert [node_kind(name) for name in NODE_KINDS] == list(NODE_KINDS)
    assert [edge_kind(name) for name in EDGE_KINDS] == list(EDGE_KINDS)


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "a b", "-a", "a\n", "é", "a" * 129])
def test_a_cube_is_named_as_a_folder_can_be(name: str) -> None:
    with pytest.raises(Invalid):
        check_cube_id(name)


def test_a_cube_knows_its_spaces_by_name() -> None:
    space = VectorSpace(name="main", model="m", dimension=3)
    cube = Cube(id="c", spaces=(space,), text_space="main", created_at=NOW)
    assert (cube.space("main"), cube.space("other")) == (space, None)
    with pytest.raises(Invalid):
        Cube(id="c", spaces=(space,), text_space="other", created_at=NOW)
    with pytest.raises(Invalid):
        Cube(id="c", spaces=(space, space), created_at=NOW)


@pytest.mark.parametrize(
    ("name", "dimension"), [("Main", 3), ("a b", 3), ("", 3), ("a" * 33, 3), ("a", 0), ("a", 8193)]
)
def test_a_space_has_a_plain_name_and_a_real_dimension(name: str, dimension: int) -> None:
    with pytest.raises(Invalid):
        VectorSpace(name=name, model="m", dimension=dimension)


# --- Deltas


def delta(*operations: Operation, cube: str = "c") -> Delta:
    return Delta(id="d", cube=cube, at=NOW, operations=operations)


def test_a_delta_writes_each_thing_once() -> None:
    with pytest.raises(Invalid, match="once"):
        delta(PutNode(node=node()), RetireNode(id="n"))
    with pytest.raises(Invalid, match="once"):
        delta(EraseEdge(id="e"), PatchEdge(id="e", expects=1, set={"weight": 1}))
    assert delta(EraseNode(id="n"), EraseEdge(id="n"))


def test_a_delta_stays_in_its_cube() -> None:
    with pytest.raises(Invalid, match="cube"):
        delta(PutNode(node=node()), cube="d")
    with pytest.raises(Invalid, match="cube"):
        delta(PutEdge(edge=make_edge("c", "CAUSES", "a", "b", created_at=NOW)), cube="d")


@pytest.mark.parametrize("name", ["text", "key", "valid_from", "version", "id", "colour"])
def test_a_patch_changes_in_place_only_what_may_change_in_place(name: str) -> None:
    with pytest.raises(Invalid, match=name):
        PatchNode(id="n", expects=1, set={name: "x"})


def test_a_patch_of_nothing_is_refused() -> None:
    with pytest.raises(Invalid):
        PatchEdge(id="e", expects=1, set={})


@pytest.mark.parametrize(
    ("change", "same"),
    [
        ({"created_at": NOW + timedelta(1)}, True), ({"updated_at": NOW + timedelta(1)}, True), ({"version": 5}, True),
        ({"usage": ("s",)}, True), ({"vectors": {"main": np.ones(2, np.float32)}}, True), ({"text": "x"}, False),
        ({"key": "x"}, False), ({"kind": "Entity"}, False), ({"status": "merged"}, False), ({"confidence": 1.0}, False),
        ({"tags": ("t",)}, False), ({"info": {"x": 1}}, False), ({"valid_from": NOW}, False),
        ({"valid_to": NOW}, False),
        ({"retired_at": NOW}, False), ({"content_hash": "x"}, False), ({}, True),
    ],
)  # fmt: skip
def test_content_is_all_but_times_of_knowing_version_usage_and_vectors(change: dict[str, Any], same: bool) -> None:
    assert same_content(node(), replace(node(), **change)) is same


# --- times


@QUICK
@given(st.datetimes(timezones=st.just(UTC)))
def test_a_time_survives_as_microseconds(moment: datetime) -> None:
    assert from_micros(to_micros(moment)) == moment


@QUICK
@given(st.datetimes(datetime(2, 1, 1), datetime(9998, 1, 1)), st.integers(-720, 720))
def test_one_instant_has_one_number_in_every_zone(moment: datetime, minutes: int) -> None:
    utc = moment.replace(tzinfo=UTC)
    assert to_micros(utc.astimezone(timezone(timedelta(minutes=minutes)))) == to_micros(utc)


def test_a_time_without_a_zone_names_no_instant() -> None:
    with pytest.raises(Invalid, match="time zone"):
        to_micros(datetime(2025, 1, 1))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("2025-01-01", NOW),
        (" 2025-01-01T00:00 ", NOW),
        ("2025-01-01T01:00:00+01:00", NOW),
        ("2025-01-01T00:00:00Z", NOW),
        ("2024-12-31 19:00:00.000001-05:00", NOW + timedelta(microseconds=1)),
    ],
)
def test_a_written_time_is_read_as_utc(text: str, wanted: datetime) -> None:
    read = parse_time(text)
    assert (read, read.utcoffset()) == (wanted, timedelta(0))


@pytest.mark.parametrize("text", ["", "now", "2025-02-30", "01.02.2025", "2025-01-01T25:00"])
def test_a_time_that_can_not_be_read_is_named_with_its_field(text: str) -> None:
    with pytest.raises(Invalid, match="valid_from"):
        parse_time(text, "valid_from")


# --- vectors

CUBE = Cube(id="c", spaces=(VectorSpace(name="main", model="m", dimension=3),), created_at=NOW)


def test_a_good_vector_comes_back_as_contiguous_float32() -> None:
    checked = check_vector(CUBE, "main", np.arange(6, dtype=np.float64)[::2], "vector")  # type: ignore[arg-type]
    assert checked.dtype == np.float32
    assert checked.flags.c_contiguous
    assert checked.tolist() == [0, 2, 4]


@pytest.mark.parametrize("wrong", [[0, 0, 0], [1, float("nan"), 0], [1, float("inf"), 0]])
def test_a_vector_without_direction_is_invalid(wrong: list[float]) -> None:
    with pytest.raises(Invalid):
        check_vector(CUBE, "main", np.array(wrong, np.float32), "vector")


@pytest.mark.parametrize("shape", [(2,), (4,), (0,), (1, 3), (3, 1)])
def test_a_vector_of_another_shape_is_a_mismatch(shape: tuple[int, ...]) -> None:
    with pytest.raises(DimensionMismatch):
        check_vector(CUBE, "main", np.ones(shape, np.float32), "vector")


def test_a_vector_of_an_unknown_space_names_the_known_ones() -> None:
    with pytest.raises(Invalid, match="main"):
        check_vector(CUBE, "other", np.ones(3, np.float32), "vector")
